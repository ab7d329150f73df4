"""Tables as Excel workbooks, row by row in bounded memory: a sheet of rows, and a sheet that says what they are.

A text is always a text: nothing that somebody typed becomes a formula or a link.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from dashboard.domain.plain_text import safe
from dashboard.exports.sheet import About, Column, Kind, Row, Sheet, Value

MEDIA: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OPTIONS: Final[dict[str, Any]] = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "remove_timezone": True,
}
FONT: Final = "Microsoft YaHei"
LONGEST_TEXT: Final = 32_000
"""Excel refuses more than 32,767 characters in a cell."""
MOST_ROWS: Final = 1_000_000
"""What does not fit into one sheet goes on in the next."""
HEAD_ROWS: Final = 3
A4: Final = 9
FIRST_YEAR: Final = 1900
"""Of times that Excel knows."""
TELL_EVERY: Final = 1_000
_RICH: Final = re.compile(r"<r>.*</r>", re.DOTALL)
FORMS: Final = {
    Kind.COUNT: {"num_format": "#,##0"},
    Kind.RATE: {"num_format": "0.0%"},
    Kind.NUMBER: {"num_format": "0.0###"},
    Kind.MOMENT: {"num_format": "yyyy-mm-dd hh:mm:ss"},
}


def xlsx_bytes(sheet: Sheet) -> bytes:
    """A small table as a file."""
    out = io.BytesIO()
    write_xlsx(sheet, out)
    return out.getvalue()


def write_xlsx(
    sheet: Sheet,
    out: BinaryIO | Path,
    tell: Callable[[int], None] = lambda _rows: None,
    *,
    folder: Path | None = None,
) -> int:
    """Write a table into a workbook; how many rows it had. `tell` hears how many are written, and ends it by raising.
    `folder`: where rows wait while the workbook is put together."""
    options = OPTIONS | ({} if folder is None else {"tmpdir": str(folder)})
    book = Workbook(str(out) if isinstance(out, Path) else out, options)
    with ExitStack() as unfinished:
        unfinished.callback(_abandon, book)
        count = _Book(book, sheet).write(tell)
        unfinished.pop_all()
    book.close()
    return count


def texted(text: str) -> str:
    """A text as `write_string` of a workbook takes it and shows it unchanged: no formula, not too long, and none that
    only looks as if it were in several letterings."""
    shown = safe(text)[:LONGEST_TEXT]
    return f"{shown} " if _RICH.fullmatch(shown) else shown


class _Book:
    """A workbook under way."""

    def __init__(self, book: Workbook, sheet: Sheet) -> None:
        self._book = book
        self._sheet = sheet
        plain = {"font_name": FONT, "font_size": 10, "valign": "vcenter"}
        self._title = book.add_format(plain | {"bold": True, "font_size": 14})
        self._small = book.add_format(plain | {"font_color": "#5B6C82"})
        self._head = book.add_format(
            plain | {"bold": True, "bg_color": "#E6ECF2", "bottom": 1, "text_wrap": True}
        )
        self._text = book.add_format(plain)
        self._wrapped = book.add_format(plain | {"text_wrap": True, "valign": "top"})
        self._forms = {kind: book.add_format(plain | form) for kind, form in FORMS.items()}

    def write(self, tell: Callable[[int], None]) -> int:
        """All of it; how many rows."""
        rows, part, count = iter(self._sheet.rows), 0, 0
        while count == part * MOST_ROWS:
            part += 1
            count += self._page(islice(rows, MOST_ROWS), part, count, tell)
        self._notes()
        return count

    def _page(self, rows: Iterable[Row], part: int, before: int, tell: Callable[[int], None]) -> int:
        """One sheet of rows, after `before` rows in others."""
        name = self._sheet.about.sheet
        page = self._book.add_worksheet(name if part == 1 else f"{name} {part}")
        self._heading(page)
        writers = [self._writer(page, column) for column in self._sheet.columns]
        count = 0
        for row in rows:
            for at, value in enumerate(row):
                if value is not None:
                    writers[at](HEAD_ROWS + count, at, value)
            count += 1
            if count % TELL_EVERY == 0:
                tell(before + count)
        tell(before + count)
        if count:
            page.autofilter(HEAD_ROWS - 1, 0, HEAD_ROWS - 1 + count, len(self._sheet.columns) - 1)
        return count

    def _heading(self, page: Worksheet) -> None:
        about, columns = self._sheet.about, self._sheet.columns
        for at, column in enumerate(columns):
            page.set_column(at, at, column.width)
        page.write_string(0, 0, texted(about.title), self._title)
        page.write_string(1, 0, summary(about), self._small)
        for at, column in enumerate(columns):
            page.write_string(HEAD_ROWS - 1, at, texted(column.name), self._head)
        page.freeze_panes(HEAD_ROWS, 1)
        page.set_landscape()
        page.set_paper(A4)
        page.fit_to_pages(1, 0)
        page.repeat_rows(HEAD_ROWS - 1)

    def _writer(self, page: Worksheet, column: Column) -> Callable[[int, int, Value], None]:
        zone, form = self._sheet.about.zone, self._forms.get(column.kind, self._text)

        def write(row: int, at: int, value: Value) -> None:
            if isinstance(value, datetime):
                local = value.astimezone(zone).replace(tzinfo=None)
                if local.year >= FIRST_YEAR:
                    page.write_datetime(row, at, local, form)
                    return
                value = local.isoformat(" ", "seconds")
            if isinstance(value, str):
                page.write_string(row, at, texted(value), self._text)
            else:
                page.write_number(row, at, value, form)

        return write

    def _notes(self) -> None:
        about = self._sheet.about
        page = self._book.add_worksheet(about.notes)
        page.set_column(0, 0, 14)
        page.set_column(1, 1, 100)
        page.write_string(0, 0, texted(about.title), self._title)
        for at, (name, said) in enumerate(about.lines, start=1):
            page.write_string(at, 0, texted(name), self._wrapped)
            page.write_string(at, 1, texted(said), self._wrapped)


def summary(about: About) -> str:
    """What the file is about in one line."""
    return texted("  |  ".join(f"{name} {said}" for name, said in about.lines[:5]))


def _abandon(book: Workbook) -> None:
    """A workbook that is not finished leaves its rows in files of its own: they go at once."""
    for page in book.worksheets():
        handle = getattr(page, "row_data_fh", None)
        if handle is not None:
            handle.close()
            Path(getattr(page, "row_data_filename", "")).unlink(missing_ok=True)
    book.fileclosed = True
