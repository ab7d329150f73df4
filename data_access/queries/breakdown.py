"""Indicators of all regions below one, in one pass: what rankings and coloured maps show.

A row that lies in the region but in none of those below it (an event known only to the street) counts for the region
alone. So counts of the parts are the whole's but for such rows; rates are not sums.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, text

from dashboard.domain.atlas import Drawn
from dashboard.domain.filters import NO_FILTERS, Filters
from dashboard.domain.indicators import Reading
from dashboard.domain.model import Level
from dashboard.domain.policy import Scope
from dashboard.domain.terms import terms_from
from dashboard.domain.windows import Window
from data_access.queries.filtering import sieve_of
from data_access.queries.history import asked, tallied_each
from data_access.queries.indicators import groups_of, wanted_of
from data_access.queries.placing import placing_of
from data_access.queries.regions import COLUMNS, NEAREST, RegionNode, node_of, region_path
from data_access.queries.selection import Selection, whole_ground
from data_access.queries.session import district_settings
from data_access.queries.tallies import Tally, readings_of

# What is no more comes with its last version: it is shown where it still counts for something.
PARTS = text(f"""
select {COLUMNS}, p.code as parent_code, v.valid_from <= :now and v.valid_to > :now as present
from ops.regions r cross join {NEAREST.format(region="r.id")}
left join ops.regions p on p.id = v.parent_id
where r.id = any(cast(:ids as bigint[]))
order by r.code
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionReading:
    """A region with its readings, in the order of the indicators."""

    region: RegionNode
    readings: tuple[Reading, ...]


def breakdown(
    engine: Engine,
    code: str,
    scope: Scope,
    *,
    now: datetime,
    window: Window,
    keys: Collection[str] | None = None,
    filters: Filters = NO_FILTERS,
    level: Level | None = None,
    drawn: Drawn = Drawn.THEN,
) -> list[RegionReading]:
    """Indicators of the children of a region, or of all regions of a level below it, by code.

    A region that is no more is among them where something of the window counts for it. RegionUnknown.
    """
    return asked(
        engine,
        lambda conn: broken_down(
            engine,
            conn,
            code,
            scope,
            now=now,
            window=window,
            keys=keys,
            filters=filters,
            level=level,
            drawn=drawn,
        ),
    )


def broken_down(
    engine: Engine,
    conn: Connection,
    code: str,
    scope: Scope,
    *,
    now: datetime,
    window: Window,
    keys: Collection[str] | None = None,
    filters: Filters = NO_FILTERS,
    level: Level | None = None,
    drawn: Drawn = Drawn.THEN,
) -> list[RegionReading]:
    """The same on a connection of the caller's, who asks more of the same moment (see `history.asked`)."""
    wanted = wanted_of(keys)
    terms = terms_from(district_settings(conn))
    path = region_path(conn, code, scope, now, former=drawn is Drawn.THEN)
    placing = placing_of(conn, path.region.id, level, drawn, now)
    selection = Selection(
        ground=whole_ground(conn, path, drawn, now),
        window=window,
        now=now,
        terms=terms,
        sieve=sieve_of(conn, scope.narrowed(filters)),
    )
    (tallies,) = tallied_each(engine, conn, [selection], placing, groups_of(wanted))
    nodes = _parts(conn, placing.every(), {id_ for id_, tally in tallies.items() if tally}, now)
    return [
        RegionReading(region=node, readings=readings_of(tallies.get(node.id, Tally()), wanted))
        for node in nodes
    ]


def _parts(conn: Connection, ids: Iterable[int], counted: Collection[int], now: datetime) -> list[RegionNode]:
    rows = conn.execute(PARTS, {"ids": sorted(ids), "now": now})
    return [node_of(row) for row in rows if row.present or row.id in counted]
