"""How departments stand in a region: their indicators over a window in one pass each, and their papers.

Events count for the department that has them, papers for the one that they are addressed to, or else for who has the
event. Events of nobody are in no line. Counting is that of the indicators, with the department for a filter.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, TextClause, text

from dashboard.domain.atlas import Drawn
from dashboard.domain.filters import NO_FILTERS
from dashboard.domain.indicators import Reading, count_reading, rate_reading
from dashboard.domain.policy import Scope
from dashboard.domain.terms import terms_from
from dashboard.domain.windows import Window
from dashboard.domain.words import Words
from data_access.queries.filtering import FILTERED, sieve_of
from data_access.queries.regions import region_path
from data_access.queries.selection import (
    COUNTED,
    RELOCATED,
    Selection,
    event_in_region,
    whole_ground,
    within,
)
from data_access.queries.session import district_settings

MOST: Final = 500
KEYS: Final = (
    *("reported", "open", "closed", "overdue_open", "due_2h"),
    *("on_time_due", "on_time_closed", "rework_rate", "sign_on_time", "supervision_closed"),
)
"""What is read of each department, in this order."""

REPORTED: Final = text(f"""
select e.department_id as department, count(*) as reported,
       count(*) filter (where e.signed_at is not null or e.sign_due_at < :now) as to_sign,
       count(*) filter (where e.signed_at <= e.sign_due_at) as signed
from ops.events e
where e.department_id is not null and e.reported_at >= :start and e.reported_at < :end
  and {event_in_region("e.reported_at")} and {FILTERED}
group by 1
""")
DUE: Final = text(f"""
select e.department_id as department, count(*) as due,
       count(*) filter (where e.state = 'closed' and e.closed_at <= e.due_at) as due_in_time
from ops.events e
where e.department_id is not null and e.due_at >= :start and e.due_at < :moment
  and {event_in_region("e.due_at")} and {FILTERED}
group by 1
""")
CLOSED: Final = text(f"""
select e.department_id as department, count(*) as closed,
       count(*) filter (where e.due_at is not null) as limited,
       count(*) filter (where e.closed_at <= e.due_at) as in_time,
       count(*) filter (where e.rework > 0) as reworked
from ops.events e
where e.department_id is not null and e.state = 'closed' and e.closed_at >= :start and e.closed_at < :end
  and {event_in_region("e.closed_at")} and {FILTERED}
group by 1
""")
STOCK: Final = text(f"""
select e.department_id as department, count(*) as open,
       count(*) filter (where e.due_at < :now) as overdue,
       count(*) filter (where e.due_at >= :now and e.due_at < :now + interval '2 hours') as due_2h
from ops.events e
where e.department_id is not null and e.state = 'open' and {event_in_region(":now")} and {FILTERED}
group by 1
""")
OF_EVENT: Final = f"case when s.region_id is null then {RELOCATED} end"
PAPERS: Final = text(f"""
select coalesce(s.department_id, e.department_id) as department, count(*) as issued,
       count(*) filter (where s.closed_at <= :now) as ended,
       count(*) filter (where s.due_at < :now and (s.closed_at <= :now) is not true) as papers_overdue
from ops.supervision s left join ops.events e on e.id = s.event_id
where coalesce(s.department_id, e.department_id) is not null and s.issued_at >= :start and s.issued_at < :end
  and (e.id is null or ({COUNTED})) and {FILTERED}
  and {within("coalesce(s.region_id, e.region_id)", "s.issued_at", OF_EVENT)}
group by 1
""")
NAMES: Final = text("""
select id, code, name, name_en from ops.departments where id = any(cast(:ids as bigint[])) order by code limit :most
""")
PASSES: Final[tuple[TextClause, ...]] = (REPORTED, DUE, CLOSED, STOCK, PAPERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentStanding:
    """A department with its readings, and its papers that are open past their due time."""

    code: str
    name: Words
    readings: tuple[Reading, ...]
    papers_overdue: int

    def reading(self, key: str) -> Reading:
        """The reading of that key. StopIteration where it is not among them."""
        return next(reading for reading in self.readings if reading.key == key)


def department_standings(
    conn: Connection, code: str, scope: Scope, now: datetime, window: Window
) -> list[DepartmentStanding]:
    """Departments with anything to count in a region and all below it, by code. RegionUnknown."""
    path = region_path(conn, code, scope, now)
    ground = whole_ground(conn, path, Drawn.THEN, now)
    terms = terms_from(district_settings(conn))
    selection = Selection(ground=ground, window=window, now=now, terms=terms)
    values = selection.values() | sieve_of(conn, scope.narrowed(NO_FILTERS)).values()
    counts: defaultdict[int, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for statement in PASSES:
        for row in conn.execute(statement, values).mappings():
            counts[row["department"]] |= {name: int(n) for name, n in row.items() if name != "department"}
    named = conn.execute(NAMES, {"ids": list(counts), "most": MOST})
    return [_standing(row, counts[row.id]) for row in named]


def _standing(row: Row[Any], counts: defaultdict[str, int]) -> DepartmentStanding:
    return DepartmentStanding(
        code=row.code,
        name=Words(zh=row.name, en=row.name_en or row.name),
        papers_overdue=counts["papers_overdue"],
        readings=(
            count_reading("reported", counts["reported"]),
            count_reading("open", counts["open"]),
            count_reading("closed", counts["closed"]),
            count_reading("overdue_open", counts["overdue"]),
            count_reading("due_2h", counts["due_2h"]),
            rate_reading("on_time_due", counts["due_in_time"], counts["due"]),
            rate_reading("on_time_closed", counts["in_time"], counts["limited"]),
            rate_reading("rework_rate", counts["reworked"], counts["closed"]),
            rate_reading("sign_on_time", counts["signed"], counts["to_sign"]),
            rate_reading("supervision_closed", counts["ended"], counts["issued"]),
        ),
    )
