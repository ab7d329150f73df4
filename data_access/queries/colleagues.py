"""Field workers by the region that their own grids belong to: who is there to be chosen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, text

from dashboard.domain.atlas import Drawn
from dashboard.domain.counters import FIELD_ROLE
from dashboard.domain.policy import Scope
from dashboard.domain.words import Words
from data_access.queries.regions import staff_path
from data_access.queries.selection import whole_ground, within

MOST: Final = 200

COLLEAGUES: Final = text(f"""
select w.code, w.name, coalesce(w.name_en, w.name) as name_en,
       r.code as region_code, r.name as region, coalesce(r.name_en, r.name) as region_en
from ops.workers w join ops.regions r on r.id = w.region_id
where w.active and w.role = '{FIELD_ROLE}' and {within("w.region_id", ":now")}
order by r.code, w.code limit :limit
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """A worker and the own grid."""

    code: str
    name: Words
    region_code: str
    region: Words


def colleagues(
    conn: Connection, code: str, scope: Scope, now: datetime, *, limit: int = MOST
) -> list[Colleague]:
    """The active workers of a region and all below it, by grid. RegionUnknown."""
    path = staff_path(conn, code, scope, now, former=True)
    ground = whole_ground(conn, path, Drawn.THEN, now)
    return [
        Colleague(
            code=row.code,
            name=Words(zh=row.name, en=row.name_en),
            region_code=row.region_code,
            region=Words(zh=row.region, en=row.region_en),
        )
        for row in conn.execute(COLLEAGUES, ground.values() | {"now": now, "limit": limit})
    ]
