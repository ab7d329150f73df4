"""Which part of a briefing stands where on slides: pages of boxes, in points.

Pure: owns the division into pages, so that nothing is cut off or lies on something else. How a box is drawn is for
`dashboard.briefing.pptx` and the modules beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from dashboard.briefing.content import Card, Cell, Chart, ChartKind, GridMap, Section, Table
from dashboard.briefing.themes import GLYPHS
from dashboard.briefing.typeset import ems, joined, lines_of, widths

WIDTH: Final = 960.0
HEIGHT: Final = 540.0
MARGIN: Final = 36.0
ROOM: Final = WIDTH - 2 * MARGIN
SAFE_ROOM: Final = ROOM * 0.93
"""For text whose lines must not be more than reckoned: programs put room between Chinese and Latin."""
BODY_END: Final = 498.0
GAP: Final = 16.0
TITLE_PT: Final = 26.0
LEAD_PT: Final = 14.0
MOST_LEAD_LINES: Final = 5
CARD_PT: Final = 66.0
CELL_PT: Final = 11.0
TABLE_PTS: Final = (14.0, 13.0, 12.0, 11.0, 10.0)
CELL_PAD: Final = 12.0
HEAD_PT: Final = 24.0
"""Above a table or a map: its title."""
NOTE_PT: Final = 18.0
CHART_PT: Final = 40.0
"""Of a chart, around its bars."""
LEAST_PITCH_PT: Final = 10.0
PROSE_PT: Final = 14.0
HALF: Final = (ROOM - GAP) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """Sentences that do not fit above the charts."""

    texts: tuple[str, ...]


Item = Chart | Table | GridMap | Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle on a slide."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What stands where."""

    item: Item
    box: Box
    type_pt: float = CELL_PT


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPlace:
    """A card and its box."""

    card: Card
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One slide of a section. `again`: the section began on a slide before."""

    section: Section
    lead: str
    title_lines: int
    lead_top: float
    cards: tuple[CardPlace, ...]
    placed: tuple[Placed, ...]
    again: bool = False


def pages(section: Section) -> list[Page]:
    """A section on as many slides as it needs, at least one."""
    lead, rest = _lead(section)
    items: list[Item] = [
        *([section.map] if section.map else []),
        *([Prose(texts=rest)] if rest else []),
        *section.charts,
        *section.tables,
    ]
    title_lines = min(2, lines_of(section.headline.text, SAFE_ROOM, TITLE_PT))
    lead_top = 24 + title_lines * TITLE_PT * 1.3
    made: list[Page] = []
    while items or not made:
        again = bool(made)
        top = lead_top + (0 if again or not lead else _lead_lines(lead) * LEAD_PT * 1.45) + 8
        cards = () if again else _cards(section.cards, top)
        top = max((one.box.top + one.box.height + 14 for one in cards), default=top)
        placed, items = _fill(items, top)
        made.append(
            Page(
                section=section,
                lead="" if again else lead,
                title_lines=title_lines,
                lead_top=lead_top,
                cards=cards,
                placed=placed,
                again=again,
            )
        )
    return made


def _lead_lines(lead: str) -> int:
    return min(MOST_LEAD_LINES, lines_of(lead, SAFE_ROOM, LEAD_PT))


def _lead(section: Section) -> tuple[str, tuple[str, ...]]:
    """The sentences below the title, and those that find no room there."""
    texts = [one.text for one in section.sentences]
    drawn = section.charts or section.tables or section.map or section.cards
    if not drawn:
        return "", tuple(texts)
    kept: list[str] = []
    while texts and lines_of(joined([*kept, texts[0]]), SAFE_ROOM, LEAD_PT) <= MOST_LEAD_LINES:
        kept.append(texts.pop(0))
    return joined(kept), tuple(texts)


def _cards(cards: Sequence[Card], top: float) -> tuple[CardPlace, ...]:
    if not cards:
        return ()
    rows = 1 if len(cards) <= 6 else ceil(len(cards) / 6)
    columns = max(ceil(len(cards) / rows), 3)
    wide = (ROOM - (columns - 1) * 10) / columns
    return tuple(
        CardPlace(
            card=card,
            box=Box(
                left=MARGIN + place % columns * (wide + 10),
                top=top + place // columns * (CARD_PT + 8),
                width=wide,
                height=CARD_PT,
            ),
        )
        for place, card in enumerate(cards)
    )


def _fill(items: list[Item], top: float) -> tuple[tuple[Placed, ...], list[Item]]:
    """As many of the items as fit on a slide below `top`, and the rest."""
    if not items:
        return (), []
    high = BODY_END - top
    if len(items) > 1 and _crowded(items[0], high):
        items = [*items[1:], items[0]]
    if _wide(items[0]):
        return _stacked(items, top, high)
    narrow = next((place for place, item in enumerate(items) if _wide(item)), len(items))
    for count in range(min(4, narrow), 1, -1):
        columns = _columns(items[:count])
        left = HALF * 1.15 if _tall(items[0]) else HALF
        sizes = (left, ROOM - GAP - left)
        if all(sum(needed(one, wide) for one in column) + GAP * (len(column) - 1) <= high
               for column, wide in zip(columns, sizes, strict=True)):  # fmt: skip
            placed = [
                *_column(columns[0], Box(left=MARGIN, top=top, width=sizes[0], height=high)),
                *_column(columns[1], Box(left=MARGIN + sizes[0] + GAP, top=top, width=sizes[1], height=high)),
            ]
            return tuple(placed), items[count:]
    return _stacked(items[:1], top, high, items[1:])


def _stacked(
    items: list[Item], top: float, high: float, later: Sequence[Item] = ()
) -> tuple[tuple[Placed, ...], list[Item]]:
    """Items at full width below one another; the first is divided if it alone is too high."""
    placed: list[Placed] = []
    rest = list(items)
    while rest and (not placed or (_wide(rest[0]) and needed(rest[0], ROOM) <= high)):
        first, more = _divided(rest.pop(0), high)
        size = _largest(first, high) if more is None and not placed and not rest else CELL_PT
        need = needed(first, ROOM, size)
        height = high if isinstance(first, Chart | GridMap) else min(need, high)
        wide = min(ROOM, _natural(first, size) * 1.8) if isinstance(first, Table) else ROOM
        box = Box(left=MARGIN, top=top, width=wide, height=height)
        placed.append(Placed(item=first, box=box, type_pt=size))
        top, high = top + height + GAP, high - height - GAP
        if more is not None:
            return tuple(placed), [more, *rest, *later]
    return tuple(placed), [*rest, *later]


def _divided(item: Item, high: float) -> tuple[Item, Item | None]:
    if needed(item, ROOM) <= high:
        return item, None
    if isinstance(item, Prose):
        kept = max(1, _fitting([lines_of(text, ROOM - 16, PROSE_PT) * PROSE_PT * 1.45 + 6 for text in item.texts],
                               high))  # fmt: skip
        return _parted(item, kept)
    if isinstance(item, Table):
        sizes = row_heights(item, column_widths(item, ROOM))
        kept = max(1, _fitting(sizes[1:], high - HEAD_PT - sizes[0] - note_height(item, ROOM)))
        if kept < len(item.rows):
            return replace(item, rows=item.rows[:kept], note=""), replace(item, rows=item.rows[kept:])
    return item, None


def _parted(item: Prose, kept: int) -> tuple[Item, Item | None]:
    rest = item.texts[kept:]
    return Prose(texts=item.texts[:kept]), Prose(texts=rest) if rest else None


def _fitting(sizes: Sequence[float], high: float) -> int:
    count, taken = 0, 0.0
    for size in sizes:
        taken += size
        if taken > high:
            break
        count += 1
    return count


def _columns(items: Sequence[Item]) -> tuple[Sequence[Item], Sequence[Item]]:
    split = 2 if len(items) == 4 else 1
    return items[:split], items[split:]


def _column(items: Sequence[Item], box: Box) -> list[Placed]:
    """Below one another: tables and prose as high as they need, charts share what is left."""
    needs = [needed(one, box.width) for one in items]
    free = box.height - sum(needs) - GAP * (len(items) - 1)
    growing = [isinstance(one, Chart | GridMap) for one in items]
    each = free / sum(growing) if any(growing) else 0.0
    top, placed = box.top, []
    for item, need, grows in zip(items, needs, growing, strict=True):
        height = need + each if grows else need
        placed.append(Placed(item=item, box=replace(box, top=top, height=height)))
        top += height + GAP
    return placed


def _largest(item: Item, high: float) -> float:
    """The type of a table that has a slide to itself."""
    return next((size for size in TABLE_PTS if needed(item, ROOM, size) <= high), CELL_PT)


def needed(item: Item, width: float, type_pt: float = CELL_PT) -> float:
    """The least height of an item at a width; `type_pt`: of a table."""
    if isinstance(item, GridMap):
        return 230
    if isinstance(item, Prose):
        return sum(lines_of(text, width - 16, PROSE_PT) * PROSE_PT * 1.45 + 6 for text in item.texts)
    if isinstance(item, Table):
        sizes = row_heights(item, column_widths(item, width, type_pt), type_pt)
        return HEAD_PT + sum(sizes) + note_height(item, width)
    if item.kind in {ChartKind.BAR, ChartKind.DOTS}:
        return CHART_PT + 15 * len(item.categories)
    return 120


def note_height(table: Table, width: float) -> float:
    """Of the words below a table."""
    return lines_of(table.note, width, CELL_PT) * NOTE_PT if table.note else 0.0


def column_widths(table: Table, width: float, type_pt: float = CELL_PT) -> list[float]:
    """Widths of a table's columns, in all the width given."""
    return widths(_texts(table), width, type_pt, CELL_PAD)


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


def _wide(item: Item) -> bool:
    if not isinstance(item, Table):
        return False
    return _natural(item, CELL_PT) > HALF * 1.1


def _natural(table: Table, type_pt: float) -> float:
    return sum(max(ems(text) for text in column) * type_pt + CELL_PAD for column in _texts(table))


def _texts(table: Table) -> list[list[str]]:
    return [
        [column.name, *(cell_text(row[place]) for row in table.rows)]
        for place, column in enumerate(table.columns)
    ]


def _crowded(item: Item, high: float) -> bool:
    """Whether a chart's bars would lie closer than their names are high."""
    if not isinstance(item, Chart) or item.kind not in {ChartKind.BAR, ChartKind.DOTS}:
        return False
    return needed(item, ROOM) > high and high - CHART_PT < len(item.categories) * LEAST_PITCH_PT


def _tall(item: Item) -> bool:
    return isinstance(item, GridMap) or (isinstance(item, Chart) and len(item.categories) > 8
                                         and item.kind in {ChartKind.BAR, ChartKind.DOTS})  # fmt: skip
