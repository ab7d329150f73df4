"""Workers on duty: those of a region, and those nearest to a point, with how old their last fix is.

Only who is on shift right now is here, and a fix from before the shift began tells nothing: where somebody
is outside of it is nobody's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, text

from dashboard.domain.atlas import Drawn
from dashboard.domain.geo import EARTH_RADIUS_M
from dashboard.domain.policy import Scope
from dashboard.domain.words import Words
from data_access.queries.crew import worker_of
from data_access.queries.regions import NEAREST, RegionUnknown, staff_path
from data_access.queries.selection import whole_ground, within

MOST: Final = 500
FIELD: Final = "grid_worker"
"""The role whose duty is counted, on the wall and in the indicators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearWorker:
    """A worker on duty. Degrees, WGS-84, and None like the fix's age where no fix of this shift has come."""

    id: int
    code: str
    name: Words
    region_code: str
    region: Words
    parent: Words | None
    lon: float | None
    lat: float | None
    fixed_at: datetime | None
    fix_age_s: float | None
    battery_pct: int | None
    open_events: int
    distance_m: float | None


ON_DUTY: Final = f"""
select s.worker_id, min(s.checked_in_at) as since
from ops.shifts s join ops.workers w on w.id = s.worker_id
where s.ends_at > :now and s.starts_at <= :now and not s.cancelled and s.checked_in_at <= :now
  and not coalesce(s.checked_out_at <= :now, false) and w.role = '{FIELD}'
  and {within("w.region_id", ":now")}
group by s.worker_id
"""

WORKERS: Final = text(f"""
with duty as ({ON_DUTY}), picked as materialized (
  select d.worker_id, l.lon, l.lat, l.fixed_at, l.battery_pct,
         case when l.lon + l.lat + cast(:lon as double precision) is not null then
           2 * {EARTH_RADIUS_M} * asin(sqrt(least(1.0,
           sin(radians(l.lat - :lat) / 2) ^ 2
           + cos(radians(l.lat)) * cos(radians(:lat)) * sin(radians(l.lon - :lon) / 2) ^ 2))) end as distance_m
  from duty d left join ops.latest_positions l on l.worker_id = d.worker_id and l.fixed_at >= d.since
  where cast(:lon as double precision) is null or l.worker_id is not null
)
select w.id, w.code, w.name, coalesce(w.name_en, w.name) as name_en,
       r.code as region_code, r.name as region, coalesce(r.name_en, r.name) as region_en,
       above.name as parent, coalesce(above.name_en, above.name) as parent_en,
       p.lon, p.lat, p.fixed_at, p.battery_pct, p.distance_m,
       (select count(*) from ops.events e where e.worker_id = w.id and e.state = 'open'
          and e.duplicate_of is null) as open_events
from picked p join ops.workers w on w.id = p.worker_id join ops.regions r on r.id = w.region_id
left join {NEAREST.format(region="r.id")} on true
left join ops.regions above on above.id = v.parent_id and above.level <> 'district'
order by p.distance_m nulls last, w.code
limit :limit
""")


def duty_workers(
    conn: Connection,
    code: str,
    scope: Scope,
    now: datetime,
    *,
    near: tuple[float, float] | None = None,
    limit: int = 100,
) -> list[NearWorker]:
    """Workers of a region and all below it who are on duty now, by code; nearest first where `near` (degrees) is
    given, and then only those whose place is known. RegionUnknown."""
    path = staff_path(conn, code, scope, now)
    ground = whole_ground(conn, path, Drawn.THEN, now)
    lon, lat = near or (None, None)
    values = ground.values() | {"now": now, "lon": lon, "lat": lat, "limit": max(0, min(limit, MOST))}
    return [
        NearWorker(
            **worker_of(row),
            fix_age_s=None if row.fixed_at is None else max(0.0, (now - row.fixed_at).total_seconds()),
            open_events=row.open_events,
            distance_m=row.distance_m,
        )
        for row in conn.execute(WORKERS, values)
    ]


def nearest_workers(
    conn: Connection, scope: Scope, now: datetime, lon: float, lat: float, *, limit: int = 5
) -> list[NearWorker]:
    """The nearest of all workers on duty in the scope, whatever region they belong to."""
    found: list[NearWorker] = []
    for code in scope_codes(conn, scope):
        try:
            found += duty_workers(conn, code, scope, now, near=(lon, lat), limit=limit)
        except RegionUnknown:  # granted once, and gone
            continue
    unique = {one.id: one for one in found}
    return sorted(unique.values(), key=lambda one: (one.distance_m or 0.0, one.code))[:limit]


def scope_codes(conn: Connection, scope: Scope) -> list[str]:
    """Codes of the regions that together are the scope."""
    roots = scope.roots()
    if roots is not None:
        return roots
    return list(conn.execute(text("select code from ops.regions where level = 'district'")).scalars())
