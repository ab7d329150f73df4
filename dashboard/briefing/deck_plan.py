"""Which part of a briefing stands where on slides: pages of boxes, in points.

Pure: owns the division into pages, so that nothing is cut off or lies on something else. How a box is drawn is for
`dashboard.briefing.pptx` and the modules beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from dashboard.briefing.content import Card, Chart, ChartKind, GridMap, Section, Table
from dashboard.briefing.slide_tables import (
    CELL_PT,
    TABLE_PTS,
    Rest,
    Room,
    divided,
    fitting,
    natural,
    table_height,
)
from dashboard.briefing.typeset import joined, lines_of

WIDTH: Final = 960.0
HEIGHT: Final = 540.0
MARGIN: Final = 36.0
ROOM: Final = WIDTH - 2 * MARGIN
SAFE_ROOM: Final = ROOM * 0.93
"""For text whose lines must not be more than reckoned: programs put room between Chinese and Latin."""
BODY_END: Final = 498.0
GAP: Final = 16.0
TITLE_PT: Final = 26.0
AGAIN_PT: Final = 8 * TITLE_PT
"""Room for the words that a section goes on."""
LEAD_PT: Final = 14.0
MOST_LEAD_LINES: Final = 5
CARD_PT: Final = 66.0
CHART_PT: Final = 40.0
"""Of a chart, around its bars."""
LEAST_PITCH_PT: Final = 10.0
PROSE_PTS: Final = (20.0, 18.0, 16.0, 14.0)
PROSE_PT: Final = PROSE_PTS[-1]
HALF: Final = (ROOM - GAP) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """Sentences that do not fit above the charts."""

    texts: tuple[str, ...]


Item = Chart | Table | GridMap | Prose
Waiting = Item | Rest


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
    items: list[Waiting] = [
        *([section.map] if section.map else []),
        *([Prose(texts=rest)] if rest else []),
        *section.charts,
        *section.tables,
    ]
    made: list[Page] = []
    later = BODY_END - _below(_title_lines(section, again=True)) - 8
    while items or not made:
        again = bool(made)
        title_lines = _title_lines(section, again=again)
        lead_top = _below(title_lines)
        top = lead_top + (0 if again or not lead else _lead_lines(lead) * LEAD_PT * 1.45) + 8
        cards = () if again else _cards(section.cards, top)
        top = max((one.box.top + one.box.height + 14 for one in cards), default=top)
        placed, items = _fill(
            items, Space(top=top, high=BODY_END - top, later=later, first=not lead and not again)
        )
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


def _title_lines(section: Section, *, again: bool) -> int:
    return min(2, lines_of(section.headline.text, SAFE_ROOM - AGAIN_PT * again, TITLE_PT))


def _below(title_lines: int) -> float:
    """Where a title ends."""
    return 24 + title_lines * TITLE_PT * 1.3


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """What is free on a slide, and how high the slides after it are. `first`: no sentence stands above."""

    top: float
    high: float
    later: float
    first: bool


def _fill(waiting: list[Waiting], space: Space) -> tuple[tuple[Placed, ...], list[Waiting]]:
    """As many of the items as fit on a slide, and the rest."""
    items = [one for one in waiting if not isinstance(one, Rest)]
    if len(items) < len(waiting) or not items:
        return _stacked(waiting, space)
    if len(items) > 1 and _crowded(items[0], space.high):
        items = [*items[1:], items[0]]
    if _wide(items[0]):
        return _stacked(items, space)
    narrow = next((place for place, item in enumerate(items) if _wide(item)), len(items))
    for count in range(min(4, narrow), 1, -1):
        placed = _beside(items[:count], space)
        if placed:
            return placed, [*items[count:]]
    first, rest = _stacked(items[:1], space)
    return first, [*rest, *items[1:]]


def _beside(items: Sequence[Item], space: Space) -> tuple[Placed, ...]:
    """All of them in two columns; none where they do not fit."""
    columns = _columns(items)
    left = HALF * 1.15 if _tall(items[0]) else HALF
    sizes = (left, ROOM - GAP - left)
    for column, wide in zip(columns, sizes, strict=True):
        if sum(needed(one, wide) for one in column) + GAP * (len(column) - 1) > space.high:
            return ()
    box = Box(left=MARGIN, top=space.top, width=left, height=space.high)
    beside = replace(box, left=MARGIN + left + GAP, width=sizes[1])
    return (*_column(columns[0], box), *_column(columns[1], beside))


def _stacked(waiting: Sequence[Waiting], space: Space) -> tuple[tuple[Placed, ...], list[Waiting]]:
    """Items at full width below one another; the first is divided if it alone is too high."""
    placed: list[Placed] = []
    rest, top, high = list(waiting), space.top, space.high
    while rest and (not placed or _joins(rest[0], high)):
        first = rest.pop(0)
        joined_by = (
            bool(rest) and not isinstance(first, Rest) and _joins(rest[0], high - needed(first, ROOM) - GAP)
        )
        item, size, more = _part(first, replace(space, high=high), alone=not placed and not joined_by)
        need = needed(item, ROOM, size)
        height = high if isinstance(item, Chart | GridMap) else min(need, high)
        wide = min(ROOM, natural(item, size) * 1.8) if isinstance(item, Table) else ROOM
        box = Box(left=MARGIN, top=top, width=wide, height=height)
        placed.append(Placed(item=item, box=box, type_pt=size))
        top, high = top + height + GAP, high - height - GAP
        if more is not None:
            return tuple(placed), [more, *rest]
    return tuple(placed), rest


def _joins(item: Waiting, high: float) -> bool:
    """Whether it stands below what is on the slide already."""
    return not isinstance(item, Rest) and _wide(item) and needed(item, ROOM) <= high


def _part(item: Waiting, space: Space, *, alone: bool) -> tuple[Item, float, Waiting | None]:
    """What of an item stands on a slide, its type, and what goes on. `alone`: it has the slide to itself."""
    room = Room(width=ROOM, high=space.high, later=space.later)
    if isinstance(item, Rest):
        return divided(item.table, room, item.type_pt)
    if needed(item, ROOM) <= space.high:
        large = alone and (space.first or not isinstance(item, Prose))
        return item, _largest(item, space.high) if large else CELL_PT, None
    if isinstance(item, Table):
        return divided(item, room)
    if isinstance(item, Prose):
        sizes = [lines_of(text, ROOM - 16, PROSE_PT) * PROSE_PT * 1.45 + 6 for text in item.texts]
        kept = max(1, fitting(sizes, space.high))
        rest = item.texts[kept:]
        return Prose(texts=item.texts[:kept]), CELL_PT, Prose(texts=rest) if rest else None
    return item, CELL_PT, None


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
    """The type of a table or of sentences that have a slide to themselves."""
    sizes = PROSE_PTS if isinstance(item, Prose) else TABLE_PTS
    return next((size for size in sizes if needed(item, ROOM, size) <= high), CELL_PT)


def needed(item: Item, width: float, type_pt: float = CELL_PT) -> float:
    """The least height of an item at a width; `type_pt`: of a table, or of sentences where it is more than theirs."""
    if isinstance(item, GridMap):
        return 230
    if isinstance(item, Prose):
        size = max(type_pt, PROSE_PT)
        return sum(lines_of(text, width - 16, size) * size * 1.45 + 6 for text in item.texts)
    if isinstance(item, Table):
        return table_height(item, width, type_pt)
    if item.kind in {ChartKind.BAR, ChartKind.DOTS}:
        return CHART_PT + 15 * len(item.categories)
    return 120


def _wide(item: Item) -> bool:
    if not isinstance(item, Table):
        return False
    return natural(item, CELL_PT) > HALF * 1.1


def _crowded(item: Item, high: float) -> bool:
    """Whether a chart's bars would lie closer than their names are high."""
    if not isinstance(item, Chart) or item.kind not in {ChartKind.BAR, ChartKind.DOTS}:
        return False
    return needed(item, ROOM) > high and high - CHART_PT < len(item.categories) * LEAST_PITCH_PT


def _tall(item: Item) -> bool:
    return isinstance(item, GridMap) or (isinstance(item, Chart) and len(item.categories) > 8
                                         and item.kind in {ChartKind.BAR, ChartKind.DOTS})  # fmt: skip
