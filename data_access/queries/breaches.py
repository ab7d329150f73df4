"""Open events that breach a rule and have no order yet: what drafts are made of, and how many there are by street."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from dashboard.domain.atlas import Drawn
from dashboard.domain.drafts import BreachRules, Draft, Suspect, draft_of, rules_from
from dashboard.domain.filters import NO_FILTERS
from dashboard.domain.policy import Scope
from dashboard.domain.terms import terms_from
from dashboard.domain.words import Words
from data_access.queries.filtering import FILTERED, sieve_of
from data_access.queries.regions import NEAREST, region_path
from data_access.queries.selection import RELOCATED, whole_ground, within
from data_access.queries.session import district_settings

MOST: Final = 200
"""More drafts than this nobody reads at once."""

OPEN: Final = f"""
e.state = 'open' and e.duplicate_of is null and {FILTERED} and {within("e.region_id", ":now", RELOCATED)}
"""
# Of the open papers alone there are few: they are read once, not for each event.
PAPERS: Final = """
(select s.event_id, bool_or(s.kind = 'order') as ordered, bool_or(s.kind = 'reminder') as reminded,
        max(s.due_at) as due_at
 from ops.supervision s where s.closed_at is null and s.event_id is not null group by s.event_id) p
"""
RETURNED: Final = "(select count(*) from ops.event_steps t where t.event_id = e.id and t.action = 'return')"

# The worst first, as the domain ranks breaches: overdue longest, then the others by what is due next.
SUSPECTS: Final = text(f"""
with picked as materialized (
  select e.id, p.reminded, p.due_at as reminder_due_at
  from ops.events e left join {PAPERS} on p.event_id = e.id
  where {OPEN} and p.ordered is not true
    and (e.due_at < :overdue_before
         or p.due_at < :now
         or (p.reminded is not true
             and ((e.signed_at is null and e.stage = 'handle' and e.sign_due_at < :now)
                  or (e.stage_due_at < :now and (e.due_at < :now) is not true)
                  or (e.severity >= :severity and e.due_at >= :now and e.due_at < :soon)))
         or {RETURNED} >= :returned)
  order by e.due_at nulls last, e.id
  limit :limit
)
select e.code, e.version, e.severity, e.stage, e.reported_at, e.due_at, e.stage_due_at, e.signed_at, e.sign_due_at,
       e.escalation, {RETURNED} as returned, coalesce(p.reminded, false) as reminded, p.reminder_due_at,
       c.name as category, c.name_en as category_en, r.code as region_code, r.name as region, r.name_en as region_en,
       above.name as parent, above.name_en as parent_en,
       d.code as department_code, d.name as department, d.name_en as department_en
from picked p
join ops.events e on e.id = p.id
join ops.categories c on c.id = e.category_id
join ops.regions r on r.id = e.region_id
left join {NEAREST.format(region="r.id")} on true
left join ops.regions above on above.id = v.parent_id and above.level <> 'district'
left join ops.departments d on d.id = e.department_id
order by e.due_at nulls last, e.id
""")

# Each region below carries the street that it belongs to now; what lies above the streets carries none.
WATCH: Final = text(f"""
with recursive up as (
  select r.id, r.id as at, r.level, 0 as height from ops.regions r
  where r.id in (select e.region_id from ops.events e where {OPEN})
  union all
  select up.id, v.parent_id, above.level, up.height + 1
  from up cross join {NEAREST.format(region="up.at")} join ops.regions above on above.id = v.parent_id
  where up.level <> 'street' and up.height < 10
), street as (
  select id, at from up where level = 'street'
)
select r.code, r.name, r.name_en,
       count(*) as open,
       count(*) filter (where e.due_at < :now) as overdue,
       count(*) filter (where e.due_at >= :now and e.due_at < :now + interval '2 hours') as due_2h,
       count(*) filter (where e.signed_at is null and e.stage = 'handle' and e.sign_due_at < :now) as sign_late,
       count(*) filter (where e.stage_due_at < :now and (e.due_at < :now) is not true) as stage_stuck
from ops.events e
left join street on street.id = e.region_id
left join ops.regions r on r.id = street.at
where {OPEN}
group by r.id, r.code, r.name, r.name_en
order by r.code nulls last
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetWatch:
    """What a street has to look after now; `code` None: events that belong to no street. `sign_late`: not signed for
    in time; `stage_stuck`: past their stage's time, though not past their own.
    """

    code: str | None
    name: Words | None
    open: int
    overdue: int
    due_2h: int
    sign_late: int
    stage_stuck: int


def drafts(conn: Connection, code: str, scope: Scope, now: datetime, *, limit: int = 50) -> list[Draft]:
    """Reminders and orders proposed for a region and all below it, the longest overdue event first. RegionUnknown."""
    settings = district_settings(conn)
    rules, terms = rules_from(settings), terms_from(settings)
    values = _values(conn, code, scope, now) | _bounds(rules, now) | {"limit": max(0, min(limit, MOST))}
    found = (draft_of(_suspect(row), rules, terms, now) for row in conn.execute(SUSPECTS, values))
    return [one for one in found if one is not None]


def watch(conn: Connection, code: str, scope: Scope, now: datetime) -> list[StreetWatch]:
    """What is late or about to be, by street, of a region and all below it. RegionUnknown."""
    return [
        StreetWatch(
            code=row.code,
            name=None if row.code is None else _words(row.name, row.name_en),
            open=row.open,
            overdue=row.overdue,
            due_2h=row.due_2h,
            sign_late=row.sign_late,
            stage_stuck=row.stage_stuck,
        )
        for row in conn.execute(WATCH, _values(conn, code, scope, now))
    ]


def _values(conn: Connection, code: str, scope: Scope, now: datetime) -> dict[str, Any]:
    path = region_path(conn, code, scope, now)
    ground = whole_ground(conn, path, Drawn.THEN, now)
    return {**ground.values(), **sieve_of(conn, scope.narrowed(NO_FILTERS)).values(), "now": now}


def _bounds(rules: BreachRules, now: datetime) -> dict[str, Any]:
    return {
        "overdue_before": now - timedelta(hours=rules.overdue_hours),
        "returned": rules.returned,
        "severity": rules.due_soon_severity,
        "soon": now + timedelta(hours=rules.due_soon_hours),
    }


def _suspect(row: Row[Any]) -> Suspect:
    department = row.department_code
    return Suspect(
        code=row.code,
        version=row.version,
        severity=row.severity,
        stage=row.stage,
        category=_words(row.category, row.category_en),
        region=_words(row.region, row.region_en),
        parent=None if row.parent is None else _words(row.parent, row.parent_en),
        region_code=row.region_code,
        department=None if department is None else (department, _words(row.department, row.department_en)),
        reported_at=row.reported_at,
        due_at=row.due_at,
        stage_due_at=row.stage_due_at,
        signed_at=row.signed_at,
        sign_due_at=row.sign_due_at,
        returned=row.returned,
        escalation=row.escalation,
        reminded=row.reminded,
        reminder_due_at=row.reminder_due_at,
    )


def _words(zh: str, en: str | None) -> Words:
    return Words(zh=zh, en=en or zh)
