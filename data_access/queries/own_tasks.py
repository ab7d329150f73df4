"""The events that one worker has in hand, and those that the worker finished on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, text

from dashboard.domain.words import Words
from data_access.queries.selection import COUNTED
from data_access.queries.tracks import TrackWorker

MOST: Final = 200
LOOK_BACK: Final = timedelta(days=30)
"""What was reported longer ago is not looked for among those finished on a day."""

# Open events of a worker lie in one index, those of the own grid in another.
TASKS: Final = text(f"""
select e.code, e.stage, e.state, e.severity, e.address, e.reported_at, e.signed_at, e.resolved_at, e.due_at,
       e.warn_at, c.name as category, coalesce(c.name_en, c.name) as category_en, r.name as place,
       coalesce(r.name_en, r.name) as place_en
from (
  select * from ops.events where worker_id = :worker_id and state = 'open' and reported_at <= :now
  union
  select * from ops.events where region_id = :region_id and worker_id = :worker_id
    and reported_at >= :earliest and reported_at <= :now and resolved_at >= :start and resolved_at < :end
) e
join ops.categories c on c.id = e.category_id
join ops.regions r on r.id = e.region_id
where {COUNTED}
order by e.resolved_at is not null, e.due_at nulls last, e.code
limit {MOST}
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One of them. `finished`: the worker has resolved it."""

    code: str
    category: Words
    place: Words
    address: str | None
    stage: str
    state: str
    severity: int
    reported_at: datetime
    due_at: datetime | None
    warn_at: datetime | None
    resolved_at: datetime | None

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do for the worker."""
        return self.resolved_at is not None or self.state != "open"


def own_tasks(
    conn: Connection, worker: TrackWorker, day: tuple[datetime, datetime], now: datetime
) -> list[Task]:
    """What waits first, by due time; then what was resolved on the day, of the own grid."""
    values: Mapping[str, object] = {
        "worker_id": worker.id,
        "region_id": worker.path.region.id,
        "now": now,
        "start": day[0],
        "end": day[1],
        "earliest": day[0] - LOOK_BACK,
    }
    return [
        Task(
            code=row.code,
            category=Words(zh=row.category, en=row.category_en),
            place=Words(zh=row.place, en=row.place_en),
            address=row.address,
            stage=row.stage,
            state=row.state,
            severity=row.severity,
            reported_at=row.reported_at,
            due_at=row.due_at,
            warn_at=row.warn_at,
            resolved_at=row.resolved_at,
        )
        for row in conn.execute(TASKS, values)
    ]
