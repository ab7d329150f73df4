"""Tables as CSV that opens right in a spreadsheet: UTF-8 with its mark, lines of two cells about it, then the table."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, TextIO
from zoneinfo import ZoneInfo

from dashboard.domain.plain_text import safe
from dashboard.exports.sheet import Kind, Row, Sheet, Value

BOM: Final = "\ufeff"
MEDIA: Final = "text/csv; charset=utf-8"
TELL_EVERY: Final = 1_000


def csv_lines(rows: Iterable[Iterable[str | float | None]]) -> bytes:
    """Rows as they are; texts cannot be formulas."""
    out = io.StringIO()
    out.write(BOM)
    csv.writer(out, lineterminator="\r\n").writerows(
        [safe(value) if isinstance(value, str) else value for value in row] for row in rows
    )
    return out.getvalue().encode("utf-8")


def csv_bytes(sheet: Sheet) -> bytes:
    """A small table as a file."""
    out = io.StringIO(newline="")
    write_csv(sheet, out)
    return out.getvalue().encode("utf-8")


def write_csv(sheet: Sheet, out: TextIO, tell: Callable[[int], None] = lambda _rows: None) -> int:
    """Write a table row by row into an open text file (newline=""); how many rows it had. `tell` hears how many are
    written, and ends it by raising."""
    writer = csv.writer(out, lineterminator="\r\n")
    about, kinds = sheet.about, [column.kind for column in sheet.columns]
    out.write(BOM)
    writer.writerow([safe(about.title)])
    writer.writerows([safe(name), safe(said)] for name, said in about.lines)
    writer.writerow([])
    writer.writerow([safe(column.name) for column in sheet.columns])
    count = 0
    for row in sheet.rows:
        writer.writerow(_cells(row, kinds, about.zone))
        count += 1
        if count % TELL_EVERY == 0:
            tell(count)
    tell(count)
    return count


def _cells(row: Row, kinds: list[Kind], zone: ZoneInfo) -> list[str | float | None]:
    return [_cell(value, kind, zone) for value, kind in zip(row, kinds, strict=True)]


def _cell(value: Value, kind: Kind, zone: ZoneInfo) -> str | float | None:
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    if kind is Kind.RATE and value is not None:
        return f"{value:.1%}"
    return value
