"""Why an event is where it is: what its assignment said, or what the duties say today."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, text

from dashboard.domain.assignment import ALL, Duty, responsible
from dashboard.domain.words import Words

UNSAID: Final = Words(
    zh="没有记录派发原因；现行职责中也没有对应的部门。",
    en="No reason was recorded, and no department has this duty today.",
)

CHAINS: Final = text("""
with recursive kinds as (
  select c.id, c.parent_id, 0 as height
  from ops.events e join ops.categories c on c.id = e.category_id where e.id = :id
  union all
  select c.id, c.parent_id, k.height + 1
  from kinds k join ops.categories c on c.id = k.parent_id where k.height < 10
), places as (
  select e.region_id as id, 0 as height from ops.events e where e.id = :id
  union all
  select v.parent_id, p.height + 1
  from places p cross join lateral (
    select x.parent_id from ops.region_versions x where x.region_id = p.id order by x.valid_from desc limit 1
  ) v
  where v.parent_id is not null and p.height < 10
)
select array(select id from kinds order by height) as categories,
       array(select id from places order by height) as regions
""")
DUTIES: Final = text("""
select department_id, category_id, region_id from ops.duties
where (category_id is null or category_id = any(:categories))
  and (region_id is null or region_id = any(:regions))
order by id
""")
NAMES: Final = text("""
select d.name, coalesce(d.name_en, d.name) as name_en,
       (select c.name from ops.categories c where c.id = :category) as category,
       (select coalesce(c.name_en, c.name) from ops.categories c where c.id = :category) as category_en,
       (select r.name from ops.regions r where r.id = :region) as region,
       (select coalesce(r.name_en, r.name) from ops.regions r where r.id = :region) as region_en,
       (select e.department_id from ops.events e where e.id = :id) = d.id as has_it
from ops.departments d where d.id = :department
""")


def why_here(conn: Connection, event_id: int, *, steps_say: Words | None) -> Words:
    """The recorded reason; where none was recorded, whose duty it is today, said as such."""
    if steps_say is not None:
        return steps_say
    chains = conn.execute(CHAINS, {"id": event_id}).one()
    values: dict[str, Any] = {"categories": chains.categories, "regions": chains.regions}
    duties = [Duty(**row._asdict()) for row in conn.execute(DUTIES, values)]
    duty = responsible(duties, chains.categories, chains.regions)
    if duty is None:
        return UNSAID
    named = conn.execute(
        NAMES,
        {
            "id": event_id,
            "department": duty.department_id,
            "category": duty.category_id,
            "region": duty.region_id,
        },
    ).one()
    category = ALL if named.category is None else Words(zh=named.category, en=named.category_en)
    area = ALL if named.region is None else Words(zh=named.region, en=named.region_en)
    rule_zh, rule_en = f"类别：{category.zh}，区域：{area.zh}", f"category: {category.en}, region: {area.en}"
    if named.has_it:
        return Words(
            zh=f"没有记录派发原因；与现行职责（{rule_zh}）一致：由{named.name}负责。",
            en=f"No reason was recorded; it is with {named.name_en}, whose duty it is today ({rule_en}).",
        )
    return Words(
        zh=f"没有记录派发原因；按现行职责（{rule_zh}）应由{named.name}负责。",
        en=f"No reason was recorded; by today's duties ({rule_en}) it would be with {named.name_en}.",
    )
