"""What stands around one event: the one that it repeats, copies of it, and events of its kind near by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, text

from dashboard.domain.geo import EARTH_RADIUS_M
from dashboard.domain.model import State
from dashboard.domain.terms import Terms
from dashboard.domain.words import Words

MOST: Final = 30


class Relation(StrEnum):
    """How another event stands to this one: marked as the same matter, or of one category and near by."""

    ORIGINAL = "original"
    COPY = "copy"
    REPEAT = "repeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Another event. `distance_m` is None where one of the two has no place."""

    code: str
    relation: Relation
    category: Words
    state: State
    stage: str
    reported_at: datetime
    distance_m: float | None
    region_code: str
    department_code: str | None


OWN: Final = text("""
select e.category_id, e.lon, e.lat, e.reported_at, e.duplicate_of from ops.events e where e.id = :id
""")

_FAR: Final = f"""
case when e.lon + e.lat + cast(:lon as double precision) + cast(:lat as double precision) is not null then
  2 * {EARTH_RADIUS_M} * asin(sqrt(least(1.0,
    sin(radians(e.lat - :lat) / 2) ^ 2
    + cos(radians(e.lat)) * cos(radians(:lat)) * sin(radians(e.lon - :lon) / 2) ^ 2))) end
"""

# A repeat is what the repeat rate counts, in both directions of time. The category's own index bounds the search:
# its values are known to the planner, which would else walk through all of history.
AROUND: Final = text(f"""
with found as (
  select cast(:duplicate_of as bigint) as id, 'original' as relation where cast(:duplicate_of as bigint) is not null
  union
  select e.id, 'copy' from ops.events e
  where e.duplicate_of = coalesce(cast(:duplicate_of as bigint), :id) and e.id <> :id
  union
  select t.id, 'repeat' from (
    select e.id from ops.events e
    where e.category_id = :category_id and e.reported_at >= :since and e.reported_at <= :until
      and e.id <> :id and e.state <> 'void' and e.duplicate_of is null
      and e.id is distinct from cast(:duplicate_of as bigint)
      and abs(e.lat - :lat) <= degrees(cast(:radius_m as double precision) / {EARTH_RADIUS_M}) * 1.001
      and {_FAR} <= :radius_m
    order by e.reported_at desc, e.id desc limit :most
  ) t
)
select e.code, f.relation, c.name, coalesce(c.name_en, c.name) as name_en, e.state, e.stage, e.reported_at,
       r.code as region_code, d.code as department_code, {_FAR} as distance_m
from found f
join ops.events e on e.id = f.id
join ops.categories c on c.id = e.category_id
join ops.regions r on r.id = e.region_id
left join ops.departments d on d.id = e.department_id
order by array_position(array['original', 'copy', 'repeat'], f.relation), e.reported_at desc, e.id desc
limit :most
""")


def neighbours(conn: Connection, event_id: int, terms: Terms) -> tuple[Neighbour, ...]:
    """At most thirty: the original and its copies first, then repeats by the district's own terms, newest first."""
    own = conn.execute(OWN, {"id": event_id}).one()._asdict()
    reach = timedelta(days=terms.repeat_days)
    values = {
        **own,
        "id": event_id,
        "since": own["reported_at"] - reach,
        "until": own["reported_at"] + reach,
        "radius_m": terms.repeat_radius_m,
        "most": MOST,
    }
    return tuple(
        Neighbour(
            code=row.code,
            relation=Relation(row.relation),
            category=Words(zh=row.name, en=row.name_en),
            state=State(row.state),
            stage=row.stage,
            reported_at=row.reported_at,
            distance_m=row.distance_m,
            region_code=row.region_code,
            department_code=row.department_code,
        )
        for row in conn.execute(AROUND, values)
    )
