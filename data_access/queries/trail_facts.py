"""What belongs to a track besides fixes: the events of a worker's day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, text

from dashboard.domain.policy import Scope
from dashboard.domain.words import Words
from data_access.queries.event_set import places_in_scope
from data_access.queries.selection import COUNTED
from data_access.queries.tracks import TrackShift, TrackWorker

MOST_EVENTS: Final = 200
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
