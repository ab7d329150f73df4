"""Tables as Excel workbooks: a sheet of rows, and a sheet that says what they are.

What a workbook has beside its rows is made without them; the rows are put in where they belong on the way into the
file, so that neither memory nor a second file holds them. A text is always a text: nothing that somebody typed becomes
a formula or a link.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any, BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZipFile

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from dashboard.domain.plain_text import safe
from dashboard.exports.sheet import About, Kind, Row, Sheet
from dashboard.exports.xlsx_rows import LONGEST_TEXT, RowLines

MEDIA: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OPTIONS: Final[dict[str, Any]] = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
FONT: Final = "Microsoft YaHei"
MOST_ROWS: Final = 1_000_000
"""What does not fit into one sheet goes on in the next."""
HEAD_ROWS: Final = 3
A4: Final = 9
TELL_EVERY: Final = 1_000
PACKING: Final = 2
"""How hard a file is packed: rows repeat each other, and more costs time and saves little."""
FORMS: Final = {
    Kind.COUNT: {"num_format": "#,##0"},
    Kind.RATE: {"num_format": "0.0%"},
    Kind.NUMBER: {"num_format": "0.0###"},
    Kind.MOMENT: {"num_format": "yyyy-mm-dd hh:mm:ss"},
}
ROWS_END: Final = b"</sheetData>"
EXTENT: Final = re.compile(rb"<dimension [^>]*/>")
"""Which cells a sheet has: its frame does not know, and none need say."""
_RICH: Final = re.compile(r"<r>.*</r>", re.DOTALL)


def xlsx_bytes(sheet: Sheet) -> bytes:
    """A small table as a file."""
    out = io.BytesIO()
    write_xlsx(sheet, out)
    return out.getvalue()


def write_xlsx(sheet: Sheet, out: BinaryIO, tell: Callable[[int], None] = lambda _rows: None) -> int:
    """Write a table into a workbook; how many rows it had. `tell` hears how many are written, and ends it by
    raising."""
    rows, written = iter(sheet.rows), [0]
    with ZipFile(out, "w", ZIP_DEFLATED, compresslevel=PACKING) as file:
        while True:
            written[-1] = _page(file, sheet, islice(rows, MOST_ROWS), written, tell)
            if written[-1] < MOST_ROWS:
                break
            written.append(0)
        for name, part in Frame(sheet, written).parts.items():
            if name not in file.namelist():
                file.writestr(name, part)
    return sum(written)


def texted(text: str) -> str:
    """A text as `write_string` of a workbook takes it and shows it unchanged: no formula, not too long, and none that
    only looks as if it were in several letterings."""
    shown = safe(text)[:LONGEST_TEXT]
    return f"{shown} " if _RICH.fullmatch(shown) else shown


def summary(about: About) -> str:
    """What the file is about in one line."""
    return texted("  |  ".join(f"{name} {said}" for name, said in about.lines[:5]))


def _page(
    file: ZipFile, sheet: Sheet, rows: Iterable[Row], written: list[int], tell: Callable[[int], None]
) -> int:
    """The sheet after those that are written; how many rows it holds."""
    frame, before, count = Frame(sheet, written), sum(written), 0
    name = f"xl/worksheets/sheet{len(written)}.xml"
    head, _, _ = frame.parts[name].partition(ROWS_END)
    lines = RowLines(frame.styles, sheet.about.zone)
    with file.open(name, "w", force_zip64=True) as part:
        part.write(EXTENT.sub(b"", head))
        while piece := [
            lines.line(HEAD_ROWS + count + place, row)
            for place, row in enumerate(islice(rows, TELL_EVERY), start=1)
        ]:
            part.write("".join(piece).encode())
            count += len(piece)
            tell(before + count)
        _, end, tail = Frame(sheet, [*written[:-1], count]).parts[name].partition(ROWS_END)
        part.write(end + tail)
    return count


class Frame:
    """A workbook without its rows. `written`: how many rows each of its sheets has; `parts`: its documents by name;
    `styles`: the number that each column's form has in it."""

    def __init__(self, sheet: Sheet, written: Sequence[int]) -> None:
        self._about, self._columns = sheet.about, sheet.columns
        out = io.BytesIO()
        with Workbook(out, OPTIONS) as book:
            plain = {"font_name": FONT, "font_size": 10, "valign": "vcenter"}
            self._title = book.add_format(plain | {"bold": True, "font_size": 14})
            self._small = book.add_format(plain | {"font_color": "#5B6C82"})
            self._head = book.add_format(
                plain | {"bold": True, "bg_color": "#E6ECF2", "bottom": 1, "text_wrap": True}
            )
            self._wrapped = book.add_format(plain | {"text_wrap": True, "valign": "top"})
            forms = {kind: book.add_format(plain | FORMS.get(kind, {})) for kind in Kind}
            self._forms = [forms[column.kind] for column in self._columns]
            for place, count in enumerate(written, start=1):
                name = self._about.sheet
                self._page(book.add_worksheet(name if place == 1 else f"{name} {place}"), count)
            self._notes(book.add_worksheet(self._about.notes))
        with ZipFile(out) as file:
            self.parts = {name: file.read(name) for name in file.namelist()}
        self.styles: list[int] = [form.xf_index for form in self._forms]

    def _page(self, page: Worksheet, count: int) -> None:
        """A sheet of rows, of which only the heading is here."""
        for at, (column, form) in enumerate(zip(self._columns, self._forms, strict=True)):
            page.set_column(at, at, column.width, form)
        page.write_string(0, 0, texted(self._about.title), self._title)
        page.write_string(1, 0, summary(self._about), self._small)
        for at, column in enumerate(self._columns):
            page.write_string(HEAD_ROWS - 1, at, texted(column.name), self._head)
        page.freeze_panes(HEAD_ROWS, 1)
        page.set_landscape()
        page.set_paper(A4)
        page.fit_to_pages(1, 0)
        page.repeat_rows(HEAD_ROWS - 1)
        if count:
            page.autofilter(HEAD_ROWS - 1, 0, HEAD_ROWS - 1 + count, len(self._columns) - 1)

    def _notes(self, page: Worksheet) -> None:
        page.set_column(0, 0, 14)
        page.set_column(1, 1, 100)
        page.write_string(0, 0, texted(self._about.title), self._title)
        for at, (name, said) in enumerate(self._about.lines, start=1):
            page.write_string(at, 0, texted(name), self._wrapped)
            page.write_string(at, 1, texted(said), self._wrapped)
