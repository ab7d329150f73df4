"""A month of patrols over the grids of a region, and the events in them.

Patrols that ended are counted from what `work` keeps of them; the few that go on or ended just now, from their fixes.
Where those are many, as in a whole district in working hours, they are left out and their number is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, Row, text

from dashboard.domain.coverage import Cells, Degrees, Truth, cells_of_wkb
from dashboard.domain.trails.blind_spots import Heat, heat_of
from data_access.packing import sent, unpacked
from data_access.queries.patrols import DRAWINGS, KEPT, PATROLS, from_bits, walked
from data_access.queries.selection import COUNTED

MOST_READ: Final = 600
"""Patrols whose fixes one question reads."""

# The drawing of a grid's last patrol: those before it count where they overlap.
MONTH: Final = text(f"""
with {DRAWINGS}, {PATROLS}, last as (
  select region_id, max(since) as since from patrols group by region_id
), ground as (
  select l.region_id, d.drawn, d.geom from last l
  join drawings d on d.region_id = l.region_id and l.since >= d.since and l.since < d.until
), walks as (
  select p.region_id, count(c.walked) as counted, string_agg(c.walked, ''::bytea) as walked,
         array_agg(p.worker_id) filter (where c.walked is null) as workers,
         array_agg(p.since) filter (where c.walked is null) as sinces,
         array_agg(p.until) filter (where c.walked is null) as untils
  from patrols p join ground d on d.region_id = p.region_id
  left join board.patrol_cells c on {KEPT}
  group by p.region_id
)
select r.code, w.region_id, d.geom, w.counted, w.walked, w.workers, w.sinces, w.untils
from walks w join ground d on d.region_id = w.region_id join ops.regions r on r.id = w.region_id
order by r.code
""")
POINTS: Final = text(f"""
select e.region_id, {sent(("e.lon", "float8"), ("e.lat", "float8"))} as points from ops.events e
where e.region_id = any(cast(:regions as bigint[])) and e.reported_at >= :start and e.reported_at < :end
  and {COUNTED} and e.lon is not null
group by e.region_id
""")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GridHeat:
    """A month of patrols and events over one grid."""

    code: str
    heat: Heat


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PatrolMonth:
    """The grids that have workers of their own, by code; `waiting`: patrols that are not counted yet."""

    grids: tuple[GridHeat, ...]
    waiting: int


def patrol_month(
    conn: Connection, start: datetime, end: datetime, now: datetime, ground: Mapping[str, Any]
) -> PatrolMonth:
    """Patrols that began in a stretch of time, and the events reported in it. `ground`: the parameters of
    `selection.within`."""
    rows = conn.execute(MONTH, {**ground, "start": start, "end": end, "now": now, "most": None}).all()
    values = {"regions": [row.region_id for row in rows], "start": start, "end": end}
    points = {row.region_id: bytes(row.points) for row in conn.execute(POINTS, values)}
    waiting = sum(len(row.workers or ()) for row in rows)
    read = waiting <= MOST_READ
    grids = tuple(_grid(conn, row, points.get(row.region_id), read=read) for row in rows)
    return PatrolMonth(grids=grids, waiting=0 if read else waiting)


def month_of(day: date) -> tuple[date, date]:
    """The first day of a month, and of the next."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def _grid(conn: Connection, row: Row[Any], points: bytes | None, *, read: bool) -> GridHeat:
    cells = cells_of_wkb(bytes(row.geom))
    walks = from_bits(bytes(row.walked), row.counted, cells) if row.counted else _nobody(0, cells)
    if read and row.workers:
        walks = np.concatenate([walks, *(_patrol(conn, row, n, cells) for n in range(len(row.workers)))])
    lon, lat = _columns(points)
    return GridHeat(code=row.code, heat=heat_of(cells, walks, lon, lat))


def _patrol(conn: Connection, row: Row[Any], place: int, cells: Cells) -> Truth:
    walk = walked(conn, row.workers[place], row.sinces[place], row.untils[place], cells)
    return _nobody(1, cells) if walk is None else walk[np.newaxis]


def _nobody(patrols: int, cells: Cells) -> Truth:
    return np.zeros((patrols, cells.count), dtype=bool)


def _columns(points: bytes | None) -> tuple[Degrees, Degrees]:
    lon, lat = unpacked(points, "float8", "float8")
    return lon, lat
