"""Events as points of a map: each of them while they are few, cells of a fixed mesh with counts when they are many.

The mesh is that of the coordinates themselves, so that a cell stays where it is whatever is asked. A map never
costs more than a bounded number of rows: of more than that the newest are shown, and the answer says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, TextClause, text

from dashboard.domain.atlas import Drawn
from dashboard.domain.bigrams import Term, terms
from dashboard.domain.filters import Filters
from dashboard.domain.policy import Scope
from dashboard.domain.terms import terms_from
from dashboard.domain.windows import Window
from data_access.queries.event_columns import AMONG, Members, among, members
from data_access.queries.event_search import Search, looked_up
from data_access.queries.event_set import EventSet, Listing, event_set
from data_access.queries.filtering import OPEN_SIEVE
from data_access.queries.session import district_settings

MOST_POINTS: Final = 5_000
MOST_CELLS: Final = 5_000
MOST_READ: Final = 20_000
UNITS: Final = 100_000
"""Coordinates are whole units of 1e-5 degrees, about a metre."""
FINEST: Final = 256
"""Units across the finest cell; coarser ones are twice, four times ... as wide."""
COLOURS: Final = ("red", "yellow", "green", "closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One event: degrees times 100,000, WGS-84; `colour` is one of `COLOURS`."""

    x: int
    y: int
    colour: str
    code: str
    region_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Events of one cell of the mesh: their middle, their number, and how many of each colour."""

    x: int
    y: int
    n: int
    red: int
    yellow: int
    green: int
    closed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPoints:
    """Spots, or cells `cell` units wide. `total` events are shown; `unplaced` of the same question have no place.

    `since`: more than a map can hold were found, and those before this moment are left out; None: all are shown.
    """

    spots: tuple[Spot, ...]
    cells: tuple[Cell, ...]
    cell: int | None
    total: int
    unplaced: int
    since: datetime | None
    listing: Listing


_COLOUR: Final = """
case when e.state = 'closed' then 'closed' when e.due_at < :now then 'red'
     when e.due_at >= :now and e.warn_at <= :now then 'yellow' else 'green' end
"""

# Along the list's own clock, so that what is left out beyond the bound is the oldest.
READ: Final = (
    """
with read as materialized (
  select e.id, e.lon, e.lat, {clock} as at, """
    + _COLOUR.strip()
    + """ as colour
  from ops.events e where {where}
  order by {clock} desc limit :most
)
"""
)
SPOTS: Final = (
    READ
    + """
select round(d.lon * {units})::bigint as x, round(d.lat * {units})::bigint as y, d.colour, e.code, r.code as region_code
from read d join ops.events e on e.id = d.id join ops.regions r on r.id = e.region_id
where d.lon is not null and d.lat is not null order by d.id
"""
)
CELLS: Final = (
    READ
    + """
select floor(lon * {units} / {finest} + 0 * lat)::bigint as x, floor(lat * {units} / {finest} + 0 * lon)::bigint as y,
       count(*) as n, sum(round(lon * {units}))::bigint as east, sum(round(lat * {units}))::bigint as north,
       count(*) filter (where colour = 'red') as red, count(*) filter (where colour = 'yellow') as yellow,
       count(*) filter (where colour = 'green') as green, count(*) filter (where colour = 'closed') as closed,
       min(at) as since
from read group by 1, 2
"""
)
"""One cell without a place holds the events that have none."""
_SUMMED: Final = ("n", "east", "north", *COLOURS)
_CLOCKS: Final = {
    Listing.OPEN: "e.reported_at",
    Listing.CLOSED: "e.closed_at",
    Listing.REPORTED: "e.reported_at",
}


def event_points(
    conn: Connection,
    code: str,
    scope: Scope,
    now: datetime,
    window: Window,
    filters: Filters,
    q: str = "",
    drawn: Drawn = Drawn.THEN,
    *,
    personal: bool = True,
) -> EventPoints:
    """The events that the table of the same question lists, on the map. RegionUnknown, SearchTooLong."""
    words = terms(q)
    found = event_set(conn, code, scope, now, window, filters, words, drawn, personal=personal)
    values = found.values | {"most": MOST_READ}
    held = _held(conn, found, words, window, now, personal=personal)
    if held is not None:
        found = replace(found, where=AMONG)
        values["ids"] = among(held.ids)
    rows = conn.execute(_statement(CELLS, found), values).all()
    placed = [row for row in rows if row.x is not None]
    total, read = sum(row.n for row in placed), sum(row.n for row in rows)
    spots: tuple[Spot, ...] = ()
    cells: tuple[Cell, ...] = ()
    width: int | None = None
    if total <= MOST_POINTS:
        spots = tuple(Spot(**row._asdict()) for row in conn.execute(_statement(SPOTS, found), values))
    else:
        cells, width = _coarser(placed)
    return EventPoints(
        spots=spots,
        cells=cells,
        cell=width,
        total=total,
        unplaced=read - total,
        since=min(row.since for row in rows) if read == MOST_READ else None,
        listing=found.listing,
    )


def _held(
    conn: Connection,
    found: EventSet,
    words: tuple[Term, ...],
    window: Window,
    now: datetime,
    *,
    personal: bool,
) -> Members | None:
    """The newest of the list, where an index or the stored days know them sooner than the rows."""
    if not words and found.ground.everywhere and found.sieve == OPEN_SIEVE:
        return None  # every row along the clock is one of them
    if not words:
        district = terms_from(district_settings(conn))
        return members(conn, found, window, district, now, most=MOST_READ, newest=True)
    search = Search(
        found=found, words=words, window=window, clock=_CLOCKS[found.listing], most=MOST_READ, newest=True
    )
    return looked_up(conn, search, personal=personal)


def _statement(template: str, found: EventSet) -> TextClause:
    return text(template.format(clock=_CLOCKS[found.listing], where=found.where, units=UNITS, finest=FINEST))


def _coarser(rows: Sequence[Any]) -> tuple[tuple[Cell, ...], int]:
    """The finest mesh that has few enough cells, and how wide its cells are."""
    table = np.array([tuple(row)[: len(_SUMMED) + 2] for row in rows], dtype=np.int64)
    step = 1
    while True:
        square = (table[:, 0] // step << 32) + table[:, 1] // step
        places, of = np.unique(square, return_inverse=True)
        if len(places) <= MOST_CELLS:
            break
        step *= 2
    sums = np.zeros((len(places), len(_SUMMED)), dtype=np.int64)
    np.add.at(sums, of, table[:, 2:])
    told = [dict(zip(_SUMMED, row, strict=True)) for row in sums.tolist()]
    return tuple(_cell(**one) for one in told), FINEST * step


def _cell(*, n: int, east: int, north: int, **colours: int) -> Cell:
    return Cell(x=round(east / n), y=round(north / n), n=n, **colours)
