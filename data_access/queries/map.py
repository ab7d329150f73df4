"""The borders as they are now. Drawing them is for others."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, text

from dashboard.domain.model import Level
from dashboard.domain.outlines import Outline

# As many rows as the map has regions; the version rows of one moment come through their exclusion index.
BORDERS = text("""
select r.code, r.level, p.code as parent, v.geom
from ops.region_versions v
join ops.regions r on r.id = v.region_id
left join ops.regions p on p.id = v.parent_id
where v.valid_from <= :now and :now < v.valid_to
order by r.code
limit 100000
""")


def borders(conn: Connection, now: datetime) -> list[Outline]:
    """Every region's border at a moment, by code. Whoever shows them cuts them to a scope."""
    return [
        Outline(code=row.code, level=Level(row.level), parent=row.parent, shape=bytes(row.geom))
        for row in conn.execute(BORDERS, {"now": now})
    ]
