"""How high a table stands on a slide, and over which slides its rows go on, in points.

Pure. Rows are shared evenly: no slide is left with the last one or two of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from dashboard.briefing.content import Cell, Table
from dashboard.briefing.themes import GLYPHS
from dashboard.briefing.typeset import BOLD, ems, lines_of, widths

CELL_PT: Final = 11.0
TABLE_PTS: Final = (14.0, 13.0, 12.0, 11.0, 10.0)
CELL_PAD: Final = 12.0
HEAD_PT: Final = 24.0
"""Above a table or a map: its title."""
NOTE_PT: Final = 18.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Rows of a table that go on from the slide before, in the same type."""

    table: Table
    type_pt: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where a table goes on: its width, the height on the slide begun, and on each one after it."""

    width: float
    high: float
    later: float


def divided(table: Table, room: Room, type_pt: float | None = None) -> tuple[Table, float, Rest | None]:
    """The rows for the slide begun, their type, and those for later. `type_pt`: of the rows before, if there are."""
    if type_pt is None:
        least = slides(table, room, CELL_PT)
        type_pt = next(size for size in TABLE_PTS if size == CELL_PT or slides(table, room, size) <= least)
    kept = _kept(table, room, type_pt)
    if kept >= len(table.rows):
        return table, type_pt, None
    rest = Rest(table=replace(table, rows=table.rows[kept:]), type_pt=type_pt)
    return replace(table, rows=table.rows[:kept], note=""), type_pt, rest


def slides(table: Table, room: Room, type_pt: float) -> int:
    """How many slides its rows take."""
    rows, taken = _rows(table, room, type_pt)
    return _count(rows, room.high - taken, room.later - taken)


def _kept(table: Table, room: Room, type_pt: float) -> int:
    """The fewest rows for the slide begun that leave an even share for as few slides as there must be."""
    rows, taken = _rows(table, room, type_pt)
    most = max(1, fitting(rows, room.high - taken))
    count = _count(rows, room.high - taken, room.later - taken)
    if count < 2:
        return len(rows)
    for few in range(max(1, ceil(len(rows) / count)), most):
        if _count(rows[few:], room.later - taken, room.later - taken) < count:
            return few
    return most


def _rows(table: Table, room: Room, type_pt: float) -> tuple[list[float], float]:
    """Heights of the rows, and what stands around them on each slide."""
    head, *rows = row_heights(table, column_widths(table, room.width, type_pt), type_pt)
    return rows, HEAD_PT + head + note_height(table, room.width)


def _count(rows: Sequence[float], high: float, later: float) -> int:
    count = 0
    while rows or not count:
        rows = rows[max(1, fitting(rows, later if count else high)) :]
        count += 1
    return count


def fitting(sizes: Sequence[float], high: float) -> int:
    """How many of these, from the first, are no higher together."""
    count, taken = 0, 0.0
    for size in sizes:
        taken += size
        if taken > high:
            break
        count += 1
    return count


def table_height(table: Table, width: float, type_pt: float = CELL_PT) -> float:
    """Of a table with its title and the words below it."""
    sizes = row_heights(table, column_widths(table, width, type_pt), type_pt)
    return HEAD_PT + sum(sizes) + note_height(table, width)


def natural(table: Table, type_pt: float) -> float:
    """How wide a table is whose texts stand in one line."""
    return sum(max(ems(text) for text in column) * type_pt + CELL_PAD for column in _texts(table))


def note_height(table: Table, width: float) -> float:
    """Of the words below a table."""
    return lines_of(table.note, width, CELL_PT) * NOTE_PT if table.note else 0.0


def column_widths(table: Table, width: float, type_pt: float = CELL_PT) -> list[float]:
    """Widths of a table's columns, in all the width given."""
    return widths(_texts(table), width, type_pt, CELL_PAD, bold=BOLD)


def row_heights(table: Table, columns: Sequence[float], type_pt: float = CELL_PT) -> list[float]:
    """Heights of the heading and of the rows."""
    texts = [[column.name for column in table.columns]]
    texts += [[cell_text(cell) for cell in row] for row in table.rows]
    return [
        max(lines_of(text, wide - CELL_PAD, type_pt) for text, wide in zip(row, columns, strict=True))
        * type_pt
        * 1.3
        + 6
        for row in texts
    ]


def cell_text(cell: Cell) -> str:
    """What is printed in a cell: with a standing, its shape before the words."""
    return cell.text if cell.status is None else f"{GLYPHS[cell.status]} {cell.text}"


def _texts(table: Table) -> list[list[str]]:
    return [
        [column.name, *(cell_text(row[place]) for row in table.rows)]
        for place, column in enumerate(table.columns)
    ]
