"""Workers of a region who are on shift now: on duty or still missing, their last fix, what they hold and reported.

Only this shift is read: where somebody was before it is nobody's business.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from dashboard.domain.atlas import Drawn
from dashboard.domain.counters import FIELD_ROLE, HANDLING_STAGE
from dashboard.domain.policy import Scope
from dashboard.domain.words import Words
from data_access.queries.regions import NEAREST, staff_path
from data_access.queries.selection import whole_ground, within

MOST: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftWorker:
    """A worker with a shift now. Degrees, WGS-84; no place where no fix of this shift has come. `came_at`: when being
    on duty began; `away`, `silent`: as the wall shows it."""

    id: int
    code: str
    name: Words
    region_code: str
    region: Words
    parent: Words | None
    on_duty: bool
    came_at: datetime | None
    away: bool
    silent: bool
    lon: float | None
    lat: float | None
    fixed_at: datetime | None
    still_since: datetime | None
    handling: bool
    accuracy_m: float | None = None
    battery_pct: int | None = None


ON_SHIFT = text(f"""
with shift as (
  select s.worker_id, bool_or(s.checked_in_at <= :now and not coalesce(s.checked_out_at <= :now, false)) as on_duty,
         min(s.checked_in_at) as since, min(greatest(s.starts_at, s.checked_in_at))
           filter (where s.checked_in_at <= :now and not coalesce(s.checked_out_at <= :now, false)) as came_at
  from ops.shifts s join ops.workers w on w.id = s.worker_id
  where s.ends_at > :now and s.starts_at <= :now and not s.cancelled and w.role = '{FIELD_ROLE}' and w.active
    and {within("w.region_id", ":now")}
  group by s.worker_id
), busy as (
  select distinct e.worker_id from ops.events e
  where e.state = 'open' and e.duplicate_of is null and e.signed_at is not null and e.stage = '{HANDLING_STAGE}'
    and e.worker_id = any(array(select worker_id from shift))
)
select w.id, w.code, w.name, coalesce(w.name_en, w.name) as name_en, coalesce(t.on_duty, false) as on_duty,
       t.came_at, r.code as region_code, r.name as region, coalesce(r.name_en, r.name) as region_en,
       p.name as parent, coalesce(p.name_en, p.name) as parent_en,
       l.lon, l.lat, l.fixed_at, l.still_since, l.accuracy_m, l.battery_pct,
       b.worker_id is not null as handling, k.away_since is not null as away, k.silent_since is not null as silent
from shift t
join ops.workers w on w.id = t.worker_id
join ops.regions r on r.id = w.region_id
left join {NEAREST.format(region="r.id")} on true
left join ops.regions p on p.id = v.parent_id
left join ops.latest_positions l on l.worker_id = t.worker_id and t.on_duty and l.fixed_at >= t.since
left join busy b on b.worker_id = t.worker_id
left join board.presence k on k.worker_id = t.worker_id
order by w.code
limit :limit
""")

REPORTED = text("""
select e.worker_id, count(*) as n from ops.events e
where e.reported_at >= :since and e.reported_at <= :now and e.source = 'grid_worker' and e.state <> 'void'
  and e.duplicate_of is null and e.worker_id = any(cast(:ids as bigint[]))
group by e.worker_id
""")


def shift_workers(conn: Connection, code: str, scope: Scope, now: datetime) -> list[ShiftWorker]:
    """Workers with a shift now whose own region is this one or lies below it, by code. RegionUnknown."""
    path = staff_path(conn, code, scope, now)
    ground = whole_ground(conn, path, Drawn.THEN, now)
    rows = conn.execute(ON_SHIFT, ground.values() | {"now": now, "limit": MOST})
    return [
        ShiftWorker(
            **worker_of(row),
            on_duty=row.on_duty,
            came_at=row.came_at,
            away=row.away,
            silent=row.silent,
            still_since=row.still_since,
            handling=row.handling,
            accuracy_m=row.accuracy_m,
        )
        for row in rows
    ]


def worker_of(row: Row[Any]) -> dict[str, Any]:
    """Who a worker is, the own region, and the last fix of the shift, from a row that names them so."""
    return {
        "id": row.id,
        "code": row.code,
        "name": Words(zh=row.name, en=row.name_en),
        "region_code": row.region_code,
        "region": Words(zh=row.region, en=row.region_en),
        "parent": None if row.parent is None else Words(zh=row.parent, en=row.parent_en),
        "lon": row.lon,
        "lat": row.lat,
        "fixed_at": row.fixed_at,
        "battery_pct": row.battery_pct,
    }


def reported_by(conn: Connection, ids: Collection[int], since: datetime, now: datetime) -> dict[int, int]:
    """How many events each of these workers reported since a moment."""
    values = {"ids": sorted(ids), "since": since, "now": now}
    return {row.worker_id: row.n for row in conn.execute(REPORTED, values)}
