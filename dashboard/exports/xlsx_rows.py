"""Rows of a sheet in Excel's own words, a line for each: what makes a long table quick.

Pure: knows how cells are written, nothing of the workbook around them. A text is a text, whatever it looks like.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from xlsxwriter.utility import xl_col_to_name

from dashboard.domain.plain_text import safe
from dashboard.exports.sheet import MOMENT_LENGTH, MOST_KNOWN, Row, Value

LONGEST_TEXT: Final = 32_000
"""Excel refuses more than 32,767 characters in a cell."""
DAY_ZERO: Final = datetime(1899, 12, 30, tzinfo=UTC)
DAY: Final = timedelta(days=1)
FIRST: Final = datetime(1900, 3, 1, tzinfo=UTC)
"""Before it Excel counts a day that never was."""
_UNFIT: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)|[\x00-\x08\x0b-\x1f\ufffe\uffff]")

Cell = Callable[[str, Value], str]


class RowLines:
    """Writes rows. `styles`: the numbers of the columns' forms in the workbook."""

    def __init__(self, styles: Sequence[int], zone: ZoneInfo) -> None:
        self._cells = [_cell(xl_col_to_name(place), style, zone) for place, style in enumerate(styles)]

    def line(self, number: int, row: Row) -> str:
        """A row by its number, which counts from one. Empty cells are left out."""
        n = str(number)
        cells = [cell(n, value) for cell, value in zip(self._cells, row, strict=True) if value is not None]
        return f'<row r="{n}">{"".join(cells)}</row>'


def _cell(column: str, style: int, zone: ZoneInfo) -> Cell:
    known: dict[str, str] = {}

    def text(value: str) -> str:
        found = known.get(value)
        if found is None:
            found = _text(value, style)
            if len(known) < MOST_KNOWN:
                known[value] = found
        return found

    def cell(n: str, value: Value) -> str:
        if isinstance(value, str):
            return f'<c r="{column}{n}{text(value)}'
        if isinstance(value, datetime):
            local = value.astimezone(zone).replace(tzinfo=UTC)  # Excel's times have no zone
            if local < FIRST:
                return f'<c r="{column}{n}{_text(local.isoformat(" ")[:MOMENT_LENGTH], style)}'
            return f'<c r="{column}{n}" s="{style}"><v>{(local - DAY_ZERO) / DAY:.16g}</v></c>'
        if value is None or not math.isfinite(value):
            return ""
        return f'<c r="{column}{n}" s="{style}"><v>{value:.16g}</v></c>'

    return cell


def _text(value: str, style: int) -> str:
    """What follows the address of a cell that holds a text."""
    shown = escape(_UNFIT.sub(_named, safe(value)[:LONGEST_TEXT]))
    kept = ' xml:space="preserve"' if shown != shown.strip() or "\n" in shown else ""
    return f'" s="{style}" t="inlineStr"><is><t{kept}>{shown}</t></is></c>'


def _named(found: re.Match[str]) -> str:
    """A character that no document can hold, as Excel writes it; and what only looks as if it were one."""
    return f"_x{ord(found[0]):04X}_"
