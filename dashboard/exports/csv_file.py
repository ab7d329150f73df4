"""Tables as CSV that opens right in a spreadsheet: UTF-8 with its mark, lines of two cells about it, then the table."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, TextIO
from zoneinfo import ZoneInfo

from dashboard.domain.plain_text import safe
from dashboard.exports.sheet import MOMENT_LENGTH, MOST_KNOWN, Kind, Sheet, Value

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
    writer, about = csv.writer(out, lineterminator="\r\n"), sheet.about
    cells = [_cell_of(column.kind, about.zone) for column in sheet.columns]
    out.write(BOM)
    writer.writerow([safe(about.title)])
    writer.writerows([safe(name), safe(said)] for name, said in about.lines)
    writer.writerow([])
    writer.writerow([safe(column.name) for column in sheet.columns])
    count = 0
    for row in sheet.rows:
        writer.writerow([cell(value) for cell, value in zip(cells, row, strict=True)])
        count += 1
        if count % TELL_EVERY == 0:
            tell(count)
    tell(count)
    return count


def _cell_of(kind: Kind, zone: ZoneInfo) -> Callable[[Value], str | float | None]:
    """How the cells of a column are written."""
    known: dict[str, str] = {}

    def cell(value: Value) -> str | float | None:
        if isinstance(value, str):
            return known.get(value) or _known(known, value)
        if isinstance(value, datetime):
            return value.astimezone(zone).isoformat(" ")[:MOMENT_LENGTH]
        if kind is Kind.RATE and value is not None:
            return f"{value:.1%}"
        return value

    return cell


def _known(known: dict[str, str], value: str) -> str:
    shown = safe(value)
    if len(known) < MOST_KNOWN:
        known[value] = shown
    return shown
