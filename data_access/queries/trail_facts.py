"""What belongs to tracks besides fixes: the events of a worker's day, and a month of patrols over a region.

Reads that a question bounds: a month of patrols is counted by the database, cell by cell, from the index of positions,
for a grid, a community or a small street.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
from sqlalchemy import Connection, text

from dashboard.domain.coverage import Cells, Degrees, Places, cells_of
from dashboard.domain.fixes import WRONG, FixFlag
from dashboard.domain.policy import Scope
from dashboard.domain.trails.blind_spots import Heat, heat_of
from dashboard.domain.words import Words
from dashboard.errors import DashboardError
from data_access.packing import sent, unpacked
from data_access.queries.event_set import places_in_scope
from data_access.queries.selection import COUNTED, within
from data_access.queries.tracks import TrackShift, TrackWorker, shifts_of

MOST_EVENTS: Final = 200
MOST_PATROLS: Final = 600
LOOK_BACK: Final = timedelta(days=30)
"""An event that was reported longer ago is not looked for among those handled on a day."""

# Events of the own grid lie in one index, open ones of the worker in another: no other is worth a scan.
EVENTS: Final = text(f"""
select e.code, e.lon, e.lat, e.source, e.stage, e.state, e.severity, e.reported_at, e.signed_at, e.resolved_at,
       e.closed_at, e.due_at, e.warn_at, c.name as category, coalesce(c.name_en, c.name) as category_en,
       r.code as region, d.code as department
from (
  select * from ops.events where region_id = any(cast(:regions as bigint[])) and worker_id = :worker_id
    and reported_at >= :earliest and reported_at < :end
  union
  select * from ops.events where worker_id = :worker_id and state = 'open' and reported_at < :end
) e
join ops.categories c on c.id = e.category_id
join ops.regions r on r.id = e.region_id
left join ops.departments d on d.id = e.department_id
where {COUNTED} and (
  (e.reported_at >= :start and e.reported_at < :end) or (e.signed_at >= :start and e.signed_at < :end)
  or (e.resolved_at >= :start and e.resolved_at < :end))
order by coalesce(e.resolved_at, e.signed_at, e.reported_at), e.code
limit {MOST_EVENTS}
""")

PATROLLERS: Final = text(f"""
select w.id, w.region_id, r.code from ops.workers w join ops.regions r on r.id = w.region_id
where {within("w.region_id", ":start")} and w.role = 'grid_worker' and r.level in ('grid', 'micro_grid')
order by w.id limit 5000
""")

VISITED: Final = text(f"""
select {sent(("place", "bigint"))} from (
  select distinct floor((lon - :west) / :lon_step)::bigint
         + :columns * floor((lat - :south) / :lat_step)::bigint as place
  from ops.positions
  where worker_id = :worker_id and fixed_at >= :since and fixed_at < :until
    and flags & {int(WRONG | FixFlag.OFF_SHIFT)} = 0
    and lon >= :west and lon < :west + :columns * :lon_step and lat >= :south
) cells
""")

POINTS: Final = text(f"""
select {sent(("e.lon", "float8"), ("e.lat", "float8"))} from ops.events e
where e.region_id = :region_id and e.reported_at >= :start and e.reported_at < :end and {COUNTED}
  and e.lon is not null
""")


class TooManyPatrols(DashboardError):
    """{n} patrols are too many to lay over each other at once. Ask for a community or a grid."""

    zh = "班次过多（{n}），无法一次叠加。请选择社区或网格。"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEvent:
    """An event that a worker had to do with on a day; degrees, WGS-84."""

    code: str
    category: Words
    source: str
    stage: str
    state: str
    severity: int
    lon: float | None
    lat: float | None
    reported_at: datetime
    signed_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None
    warn_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GridHeat:
    """A month of patrols and events over one grid."""

    code: str
    heat: Heat


def day_events(
    conn: Connection,
    worker: TrackWorker,
    shifts: list[TrackShift] | tuple[TrackShift, ...],
    scope: Scope,
    now: datetime,
) -> list[DayEvent]:
    """Events of the scope that a worker got, signed for or resolved during the shifts of a day."""
    if not shifts:
        return []
    start, end = shifts[0].starts_at, max(shift.until for shift in shifts)
    values = {
        "worker_id": worker.id,
        "regions": [worker.path.region.id],
        "start": start,
        "end": end,
        "earliest": start - LOOK_BACK,
    }
    rows = conn.execute(EVENTS, values).all()
    seen = places_in_scope(conn, scope, now, ((row.region, row.department) for row in rows))
    return [
        DayEvent(
            code=row.code,
            category=Words(zh=row.category, en=row.category_en),
            source=row.source,
            stage=row.stage,
            state=row.state,
            severity=row.severity,
            lon=row.lon,
            lat=row.lat,
            reported_at=row.reported_at,
            signed_at=row.signed_at,
            resolved_at=row.resolved_at,
            closed_at=row.closed_at,
            due_at=row.due_at,
            warn_at=row.warn_at,
        )
        for row in rows
        if (row.region, row.department) in seen
    ]


def month_heat(
    conn: Connection,
    start: datetime,
    end: datetime,
    now: datetime,
    ground: dict[str, object],
) -> list[GridHeat]:
    """Patrols and events of a stretch of time over each grid of a region, by code; grids without workers of their
    own are missing. `ground`: the parameters of `selection.within`. TooManyPatrols."""
    homes = {row.id: (row.region_id, row.code) for row in conn.execute(PATROLLERS, ground | {"start": start})}
    shifts = [
        shift
        for shift in shifts_of(conn, list(homes), start, end, now, most=MOST_PATROLS + 1)
        if shift.shape is not None and shift.checked_in_at is not None
    ]
    if len(shifts) > MOST_PATROLS:
        raise TooManyPatrols(n=f"{len(shifts):,}")
    by_grid: dict[tuple[str, int], list[TrackShift]] = {}
    for shift in shifts:
        region_id, code = homes[shift.worker_id]
        by_grid.setdefault((code, region_id), []).append(shift)
    found = []
    for (code, region_id), patrols in sorted(by_grid.items()):
        shape = patrols[
            -1
        ].shape  # the newest of the month: patrols of an earlier drawing count where they overlap
        assert shape is not None
        cells = cells_of(shape)
        visited = [_visited(conn, shift, cells) for shift in patrols]
        lon, lat = _points(conn, region_id, start, end)
        found.append(GridHeat(code=code, heat=heat_of(cells, visited, lon, lat)))
    return found


def month_of(day: date) -> tuple[date, date]:
    """The first day of a month, and of the next."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def _visited(conn: Connection, shift: TrackShift, cells: Cells) -> Places:
    values = {
        "worker_id": shift.worker_id,
        "since": shift.starts_at,
        "until": shift.until,
        "west": cells.west,
        "south": cells.south,
        "lon_step": cells.lon_step,
        "lat_step": cells.lat_step,
        "columns": cells.columns,
    }
    (places,) = unpacked(conn.execute(VISITED, values).scalar_one(), "bigint")
    return np.asarray(places)


def _points(conn: Connection, region_id: int, start: datetime, end: datetime) -> tuple[Degrees, Degrees]:
    packed = conn.execute(POINTS, {"region_id": region_id, "start": start, "end": end}).scalar_one()
    lon, lat = unpacked(packed, "float8", "float8")
    return lon, lat
