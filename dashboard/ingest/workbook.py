"""Sheets of XLSX workbooks. Owns what a cell says as text; row numbers are those of the spreadsheet.

Dates become ISO 8601, numbers are written as people write codes, a formula counts as the value that was
stored with it. The workbook is measured before it is parsed (`archives`), and read row by row.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, time
from itertools import chain, islice
from pathlib import Path
from typing import Protocol

from dashboard.ingest.archives import SHEET_ROWS, MeasuredArchive, SheetSurvey, opened_archive
from dashboard.ingest.mapping import FileRules
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.report import Finding, shown
from dashboard.ingest.tables import COLUMN_LIMIT, EXACT_WHOLE, Record, Table, checked_columns, number_text
from dashboard.ingest.wording import Flaw

TITLE_ROWS = 20
"""How far down the header is looked for, below a title."""
_AT_ONCE = 200
_ZEROS = re.compile(r"0{2,}")


class Cell(Protocol):
    """A cell as the library gives it out. `data_type`: "e" an error, "f" a formula."""

    value: object
    data_type: str
    number_format: str


_Cells = Sequence[Cell]


@contextmanager
def workbook_table(path: Path, rules: FileRules) -> Iterator[Table]:
    """An open sheet: the one that the rules name, else the first that is not hidden."""
    with ExitStack() as stack:
        archive = stack.enter_context(opened_archive(path))
        survey = SheetSurvey(archive, path)
        book = _Book(path, stack)
        title = book.title(rules.layer)
        part = book.part(title)
        reader = _SheetReader(book.rows(title), path)
        header = reader.header(rules.header)
        formulas = _Book(path, stack, formulas=True).rows(title) if part in survey.formulas else None
        rows = reader.rows(header, formulas)
        total = max(survey.rows.get(part, 0) - reader.number, 0)
        yield Table(columns=tuple(filter(None, header)), rows=rows, shapes=False, total=total, dates=True)


class _Book:
    """A workbook as the library reads it. Whatever it breaks on becomes ImportRefused."""

    def __init__(self, path: Path, stack: ExitStack, *, formulas: bool = False) -> None:
        from openpyxl.reader.excel import ExcelReader

        self._path = path
        stream = stack.enter_context(path.open("rb"))
        with _complaints(path):
            reader = ExcelReader(stream, read_only=True, data_only=not formulas, keep_links=False)
            reader.archive = MeasuredArchive(stream)
            reader.read()
            self._book = reader.wb
        stack.callback(self._book.close)

    def title(self, name: str) -> str:
        """The title of the sheet of this name, or of the first that is not hidden."""
        sheets = self._book.worksheets
        if name:
            sheets = [sheet for sheet in sheets if sheet.title == name]
        else:
            sheets = [sheet for sheet in sheets if sheet.sheet_state == "visible"] or sheets
        if not sheets:
            has = "、".join(self._book.sheetnames[:20])
            raise ImportRefused(
                f"文件 {self._path.name} 中没有工作表 {name}；有：{has}。",
                f"The file {self._path.name} has no sheet {name}; it has: {has}.",
            )
        return str(sheets[0].title)

    def part(self, title: str) -> str:
        """The archive's member that holds a sheet."""
        return str(getattr(self._book[title], "_worksheet_path", "")).lstrip("/")

    def rows(self, title: str) -> Iterator[_Cells]:
        """The cells of a sheet, row after row from the first; empty rows are there too."""
        sheet = self._book[title]
        sheet.reset_dimensions()
        rows = iter(sheet.iter_rows(min_row=1, max_row=SHEET_ROWS, max_col=COLUMN_LIMIT + 1))
        while True:
            with _complaints(self._path):
                some = list(islice(rows, _AT_ONCE))
            if not some:
                return
            yield from some


class _SheetReader:
    """Finds the header, then turns rows into records."""

    def __init__(self, rows: Iterator[_Cells], path: Path) -> None:
        self._rows, self._path = rows, path
        self.number = 0

    def header(self, place: int) -> list[str]:
        """The names of the columns, "" where a column has none: of the row that is named, else of the first
        with more than one text in it."""
        tops: list[list[str]] = []
        for row in islice(self._rows, place or TITLE_ROWS):
            tops.append([_text(cell).strip() for cell in row])
            if not place and sum(map(bool, tops[-1])) > 1:
                break
        filled = [number for number, names in enumerate(tops, start=1) if any(names)]
        if not filled or (place and place not in filled):
            raise ImportRefused(
                f"文件 {self._path.name} 的工作表没有表头。", f"The sheet of {self._path.name} has no header."
            )
        self.number = len(tops)
        titled = sum(map(bool, tops[-1])) > 1 or bool(place)
        if not titled:
            # one column only: its first cell is the header, and what was read on belongs to the rows
            kept: list[_Cells] = [[_Plain(name) for name in row] for row in tops[filled[0] :]]
            self._rows = chain(kept, self._rows)
            self.number = filled[0]
        names = tops[self.number - 1]
        while names and not names[-1]:
            names.pop()
        checked_columns(names, self._path)
        return names

    def rows(self, header: list[str], formulas: Iterator[_Cells] | None) -> Iterator[Record | Finding]:
        """Records of the rows below the header. `formulas`: the same sheet with formulas instead of values."""
        if formulas is not None:
            formulas = islice(formulas, self.number, None)
        empty: _Cells | None = None
        for number, cells in enumerate(self._rows, start=self.number + 1):
            if cells is empty:  # the library fills gaps with one and the same row
                continue
            beside: _Cells = next(formulas, ()) if formulas is not None else ()
            values: dict[str, str] = {}
            fault: Finding | None = None
            for place, (name, cell) in enumerate(zip(header, cells, strict=False)):
                if name:
                    values[name] = _text(cell)
                    fault = fault or _fault(
                        number, name, cell, beside[place] if place < len(beside) else None
                    )
            if fault is not None:
                yield fault
            elif any(values.values()):
                yield Record(number=number, values={**dict.fromkeys(filter(None, header), ""), **values})
            elif formulas is None:
                empty = cells


class _Plain:
    """A cell whose text is known already."""

    def __init__(self, value: str) -> None:
        self.value: object = value
        self.data_type, self.number_format = "s", "General"


def _text(cell: Cell) -> str:
    """What a cell shows, as text."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value, cell.number_format)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ").removesuffix(" 00:00:00")
    return value.isoformat() if isinstance(value, time) else str(value)


def _number(value: float, form: object) -> str:
    """A number as a code: a format of zeros alone is how spreadsheets keep the zeros in front of one."""
    text = number_text(value)
    padded = isinstance(form, str) and _ZEROS.fullmatch(form) and text.isdigit()
    return text.zfill(len(str(form))) if padded else text


def _fault(number: int, name: str, cell: Cell, formula: Cell | None) -> Finding | None:
    """What makes a cell worthless: an error value, a formula without its value, digits that were lost."""
    flaw, value = None, cell.value
    if cell.data_type == "e":
        flaw = Flaw.ERROR_CELL
    elif value is None and formula is not None and formula.data_type == "f":
        flaw, value = Flaw.FORMULA_WITHOUT_VALUE, formula.value
    elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= EXACT_WHOLE:
        flaw = Flaw.NUMBER_INEXACT
    if flaw is None:
        return None
    return Finding(row=number, field=name, value=shown(value), flaw=flaw, rejected=True)


@contextmanager
def _complaints(path: Path) -> Iterator[None]:
    """Runs the library; its warnings are about looks, and its errors are the file's."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ImportRefused:
        raise
    except Exception as error:
        raise ImportRefused(
            f"文件 {path.name} 不是可以读取的 XLSX 工作簿，未写入任何内容。",
            f"The file {path.name} is no XLSX workbook that can be read; nothing was written.",
        ) from error
