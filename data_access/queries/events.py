"""Lists of events with the names that a person wants to read: bounded, and cut to the viewer's scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from dashboard.domain.atlas import Drawn
from dashboard.domain.colours import Colour, colour_of
from dashboard.domain.model import Source, State
from dashboard.domain.policy import Scope
from dashboard.domain.words import Words
from data_access.queries.regions import NEAREST, region_path
from data_access.queries.selection import whole_ground, within

MOST = 500
"""A list never holds more, whatever was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEvent:
    """One line of the list of open events. Times are aware, UTC; `en` of a name falls back to its `zh`."""

    id: int
    code: str
    source: Source
    category: Words
    region_code: str
    region: Words
    parent: Words | None
    severity: int
    escalation: int
    stage: str
    reported_at: datetime
    due_at: datetime | None
    warn_at: datetime | None
    colour: Colour
    address: str | None
    department: Words | None
    worker: Words | None
    lon: float | None
    lat: float | None


# The rows to show are picked before anything is joined to them.
OPEN = text(f"""
with picked as materialized (
  select e.* from ops.events e
  where e.state = 'open' and e.duplicate_of is null
    and {within("e.region_id", ":now")}
    and (cast(:departments as text[]) is null
         or e.department_id in (select d.id from ops.departments d where d.code = any(:departments)))
  order by e.due_at nulls last, e.id
  limit :limit
)
select e.id, e.code, e.source, e.severity, e.escalation, e.stage, e.reported_at, e.due_at, e.warn_at,
       e.address, e.lon, e.lat, c.name as category, c.name_en as category_en,
       r.code as region_code, r.name as region, r.name_en as region_en,
       above.name as parent, above.name_en as parent_en,
       d.name as department, d.name_en as department_en, w.name as worker, w.name_en as worker_en
from picked e
join ops.categories c on c.id = e.category_id
join ops.regions r on r.id = e.region_id
left join {NEAREST.format(region="r.id")} on true
left join ops.regions above on above.id = v.parent_id
left join ops.departments d on d.id = e.department_id
left join ops.workers w on w.id = e.worker_id
order by e.due_at nulls last, e.id
""")


def open_events(
    conn: Connection, code: str, scope: Scope, now: datetime, *, limit: int = 50
) -> list[OpenEvent]:
    """Open events at and below a region, the longest overdue first, those without a limit last.

    RegionUnknown where the region is absent or outside the scope. At most `limit`, never over 500.
    """
    path = region_path(conn, code, scope, now)
    ground = whole_ground(conn, path, Drawn.THEN, now)
    departments = None if scope.departments is None else sorted(scope.departments)
    values = {**ground.values(), "limit": max(0, min(limit, MOST)), "now": now, "departments": departments}
    return [
        OpenEvent(
            id=row.id,
            code=row.code,
            source=Source(row.source),
            category=_words(row.category, row.category_en),
            region_code=row.region_code,
            region=_words(row.region, row.region_en),
            parent=None if row.parent is None else _words(row.parent, row.parent_en),
            severity=row.severity,
            escalation=row.escalation,
            stage=row.stage,
            reported_at=row.reported_at,
            due_at=row.due_at,
            warn_at=row.warn_at,
            colour=colour_of(State.OPEN, row.due_at, row.warn_at, None, now, duplicate=False),
            address=row.address,
            department=None if row.department is None else _words(row.department, row.department_en),
            worker=None if row.worker is None else _words(row.worker, row.worker_en),
            lon=row.lon,
            lat=row.lat,
        )
        for row in conn.execute(OPEN, values)
    ]


def _words(zh: str, en: str | None) -> Words:
    return Words(zh=zh, en=en or zh)
