"""Events as points of a map: each of them while they are few, cells of a fixed mesh with counts when they are many.

The mesh is that of the coordinates themselves, so that a cell stays where it is whatever is asked. A map never
costs more than a bounded number of rows: of more than that the newest are shown, and the answer says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
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
PLACES: Final = (
    READ
    + """
select count(*) as read, min(at) as since,
       string_agg(float8send(lon) || float8send(lat) || int2send(array_position(:colours, colour)::int2), '') as packed
from (select lon, lat, at, colour from read) d
"""
)
"""Those without a place are only counted: what is put together of them is nothing."""
_PLACE: Final = np.dtype([("lon", ">f8"), ("lat", ">f8"), ("colour", ">i2")])
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
    values = found.values | {"most": MOST_READ, "colours": list(COLOURS)}
    held = _held(conn, found, words, window, now, personal=personal)
    if held is not None:
        found = replace(found, where=AMONG)
        values["ids"] = among(held.ids)
    told = conn.execute(_statement(PLACES, found), values).one()
    placed = np.frombuffer(told.packed or b"", dtype=_PLACE)
    total = len(placed)
    spots: tuple[Spot, ...] = ()
    cells: tuple[Cell, ...] = ()
    width: int | None = None
    if total <= MOST_POINTS:
        spots = tuple(Spot(**row._asdict()) for row in conn.execute(_statement(SPOTS, found), values))
    else:
        cells, width = _mesh(placed)
    return EventPoints(
        spots=spots,
        cells=cells,
        cell=width,
        total=total,
        unplaced=told.read - total,
        since=told.since if told.read == MOST_READ else None,
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
    return text(template.format(clock=_CLOCKS[found.listing], where=found.where, units=UNITS))


def _mesh(placed: NDArray[Any]) -> tuple[tuple[Cell, ...], int]:
    """The finest mesh that has few enough cells, and how wide its cells are."""
    east, north = (placed[name].astype(np.float64) * UNITS for name in ("lon", "lat"))
    column, row = (np.floor(units / FINEST).astype(np.int64) for units in (east, north))
    step = 1
    while True:
        _, of = np.unique((column // step << 32) + row // step, return_inverse=True)
        if of.max() < MOST_CELLS:
            break
        step *= 2
    count = np.bincount(of)
    middles = (np.rint(np.bincount(of, np.rint(units)) / count).astype(np.int64) for units in (east, north))
    colours = (
        np.bincount(of[placed["colour"] == n], minlength=len(count)) for n in range(1, len(COLOURS) + 1)
    )
    sums = zip(*(sums.tolist() for sums in (*middles, count, *colours)), strict=True)
    return tuple(
        Cell(x=x, y=y, n=n, red=red, yellow=yellow, green=green, closed=closed)
        for x, y, n, red, yellow, green, closed in sums
    ), FINEST * step
