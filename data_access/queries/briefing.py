"""What a briefing reads beside the indicators: events by category and source, what was left out, what is longest
overdue, typical cases, and the map of the period's end.

Every function takes the viewer's scope and counts as the indicators do (`selection`, `filtering`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, TextClause, text

from dashboard.domain.atlas import Drawn
from dashboard.domain.filters import NO_FILTERS
from dashboard.domain.outlines import Outline
from dashboard.domain.policy import Scope
from dashboard.domain.terms import terms_from
from dashboard.domain.windows import Window
from data_access.queries.event_rows import EventRow, named_events
from data_access.queries.filtering import FILTERED, sieve_of
from data_access.queries.map import borders
from data_access.queries.regions import region_path
from data_access.queries.selection import RELOCATED, Selection, event_in_region, whole_ground, within
from data_access.queries.session import district_settings

MOST_LISTED: Final = 50

KINDS: Final = text(f"""
select e.category_id, e.source, count(*) as n from ops.events e
where e.reported_at >= :start and e.reported_at < :end and {event_in_region("e.reported_at")}
group by 1, 2
""")

LEFT_OUT: Final = text(f"""
select count(*) filter (where e.state = 'void') as void,
       count(*) filter (where e.state <> 'void') as duplicate
from ops.events e
where e.reported_at >= :start and e.reported_at < :end and (e.state = 'void' or e.duplicate_of is not null)
  and {FILTERED} and {within("e.region_id", "e.reported_at", RELOCATED)}
""")

FIRST: Final = text("select min(reported_at) from ops.events")

# As the stock of a moment: what is open still, and what was closed only later.
OVERDUE: Final = text(f"""
select e.code from ops.events e
where e.due_at < :moment and (cast(:live as boolean) or e.reported_at < :moment) and {event_in_region(":moment")}
  and (e.state = 'open' or (not cast(:live as boolean) and e.state = 'closed' and e.closed_at >= :moment))
order by e.due_at, e.id limit :most
""")

# The telling ones: what was pushed upwards or sent back, the graver the better.
TELLING: Final = text(f"""
select e.code from ops.events e
where e.state = 'closed' and e.closed_at >= :start and e.closed_at < :end and {event_in_region("e.closed_at")}
order by e.severity desc, e.escalation desc, e.rework desc, e.closed_at, e.id limit :most
""")

NAMED: Final = text(f"""
select e.code from ops.events e
where e.code = any(cast(:codes as text[])) and {event_in_region("e.reported_at")}
limit :most
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class KindCounts:
    """Events reported in a window: by the id of their own category, and by source."""

    category: Counter[int]
    source: Counter[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Events reported in a window that count nowhere."""

    void: int
    duplicate: int


def selection_of(conn: Connection, code: str, scope: Scope, now: datetime, window: Window) -> Selection:
    """What the statements here are asked with. RegionUnknown."""
    path = region_path(conn, code, scope, now)
    return Selection(
        ground=whole_ground(conn, path, Drawn.THEN, now),
        window=window,
        now=now,
        terms=terms_from(district_settings(conn)),
        sieve=sieve_of(conn, scope.narrowed(NO_FILTERS)),
    )


def kind_counts(conn: Connection, selection: Selection, window: Window) -> KindCounts:
    """The same selection over another window, by category and source."""
    found = KindCounts(category=Counter(), source=Counter())
    for row in conn.execute(KINDS, replace(selection, window=window).values()):
        found.category[row.category_id] += row.n
        found.source[row.source] += row.n
    return found


def left_out(conn: Connection, selection: Selection) -> LeftOut:
    """Void events and duplicates of the window."""
    row = conn.execute(LEFT_OUT, selection.values()).one()
    return LeftOut(void=row.void, duplicate=row.duplicate)


def first_report(conn: Connection) -> datetime | None:
    """When the district's first event was reported; None where there is none."""
    found: datetime | None = conn.execute(FIRST).scalar_one()
    return found


def longest_overdue(
    conn: Connection, selection: Selection, scope: Scope, most: int = MOST_LISTED
) -> tuple[EventRow, ...]:
    """Open and overdue as of the window's end, the longest first."""
    return _rows(conn, OVERDUE, selection, scope, {"most": most})


def telling_cases(
    conn: Connection, selection: Selection, scope: Scope, most: int = MOST_LISTED
) -> tuple[EventRow, ...]:
    """Closed in the window, those from which most is to be learnt first."""
    return _rows(conn, TELLING, selection, scope, {"most": most})


def chosen_cases(
    conn: Connection, selection: Selection, scope: Scope, codes: Sequence[str]
) -> tuple[EventRow, ...]:
    """Those of these events that lie in the region, in the order asked for."""
    inside = set(_codes(conn, NAMED, selection, {"codes": list(codes), "most": MOST_LISTED}))
    return named_events(conn, [code for code in codes if code in inside], scope, selection.now)


def map_at(conn: Connection, code: str, at: datetime) -> list[Outline]:
    """Borders of a region and all below it at a moment, by code. Whoever shows them has asked for the region."""
    found = borders(conn, at)
    below: set[str] = {code}
    more = True
    while more:
        size = len(below)
        below.update(one.code for one in found if one.parent in below)
        more = len(below) > size
    return [one for one in found if one.code in below]


def _rows(
    conn: Connection, statement: TextClause, selection: Selection, scope: Scope, values: dict[str, Any]
) -> tuple[EventRow, ...]:
    return named_events(conn, list(_codes(conn, statement, selection, values)), scope, selection.now)


def _codes(
    conn: Connection, statement: TextClause, selection: Selection, values: dict[str, Any]
) -> Iterable[str]:
    codes: Iterable[str] = conn.execute(statement, selection.values() | values).scalars()
    return codes
