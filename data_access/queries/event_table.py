"""Pages of the table of events: which rows, in which order, with the names that a person wants to read.

What is listed is in `event_set`. Totals are counted up to 10,000; a table shows "10,000+" beyond.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from dashboard.domain.atlas import Drawn
from dashboard.domain.bigrams import terms
from dashboard.domain.colours import Colour, overdue, soon_due
from dashboard.domain.filters import Filters
from dashboard.domain.model import Source, State
from dashboard.domain.policy import Scope
from dashboard.domain.terms import terms_from
from dashboard.domain.windows import Window
from dashboard.domain.words import Words
from dashboard.domain.workflow import DONE
from dashboard.errors import DashboardError
from data_access.queries.event_set import EventSet, Listing, event_set, in_scope
from data_access.queries.regions import NEAREST, storable
from data_access.queries.session import district_settings

MOST_COUNTED: Final = 10_000
MOST_ROWS: Final = 500
"""A page never holds more, whatever was asked for."""
MOST_OFFSET: Final = 100_000
DESCENDING: Final = "-"


class Column(StrEnum):
    """What a table can be sorted by; "-" behind it turns the order round."""

    DUE = "due"
    REPORTED = "reported"
    CLOSED = "closed"
    CODE = "code"
    SEVERITY = "severity"
    STAGE = "stage"
    STATE = "state"
    SOURCE = "source"
    CATEGORY = "category"
    REGION = "region"
    DEPARTMENT = "department"


class BadSortError(DashboardError):
    """The table cannot be sorted by {text}. Known are: {known}; with "-" behind for the other direction."""

    zh = "不能按 {text} 排序。可用：{known}；后加“-”为降序。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """An order of rows; empty cells come last in both directions, equal ones by id."""

    column: Column
    descending: bool = False

    def __str__(self) -> str:
        return f"{self.column}{DESCENDING if self.descending else ''}"


USUAL: Final = {
    Listing.OPEN: Sort(column=Column.DUE),
    Listing.CLOSED: Sort(column=Column.CLOSED, descending=True),
    Listing.REPORTED: Sort(column=Column.REPORTED, descending=True),
}
"""The order of a list that nobody sorted: the most overdue, or the newest, first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One row. Times are aware, UTC; `en` of a name falls back to its `zh`; `parent`: the region's own parent.

    `duplicate`: it counts nowhere, the one that it repeats does.
    """

    id: int
    code: str
    version: int
    source: Source
    state: State
    stage: str
    severity: int
    escalation: int
    rework: int
    colour: Colour
    duplicate: bool
    category_code: str
    category: Words
    region_code: str
    region: Words
    parent: Words | None
    department_code: str | None
    department: Words | None
    worker: Words | None
    reported_at: datetime
    due_at: datetime | None
    warn_at: datetime | None
    closed_at: datetime | None
    address: str | None
    text: str | None
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRows:
    """A page of the table, and how long the whole is: `total` ends at 10,000, `capped` says that there are more."""

    rows: tuple[EventRow, ...]
    total: int
    capped: bool
    listing: Listing
    sort: Sort


SHOWN: Final = f"""
select e.id, e.code, e.version, e.source, e.state, e.stage, e.severity, e.escalation, e.rework,
       e.duplicate_of is not null as duplicate, e.reported_at, e.due_at, e.warn_at, e.closed_at,
       e.address, e.text, e.lon, e.lat,
       c.code as category_code, c.name as category, c.name_en as category_en,
       r.code as region_code, r.name as region, r.name_en as region_en,
       above.name as parent, above.name_en as parent_en,
       d.code as department_code, d.name as department, d.name_en as department_en,
       w.name as worker, w.name_en as worker_en
from picked p
join ops.events e on e.id = p.id
join ops.categories c on c.id = e.category_id
join ops.regions r on r.id = e.region_id
left join {NEAREST.format(region="r.id")} on true
left join ops.regions above on above.id = v.parent_id
left join ops.departments d on d.id = e.department_id
left join ops.workers w on w.id = e.worker_id
order by p.place
"""

# Which rows a page holds is settled before anything is joined to them. A list in another order than its own takes
# its first ten thousand rows and sorts those: that is all of a list whose length is told in full.
PAGE: Final = (
    """
with picked as materialized (
  select q.id, row_number() over () as place from (
    select e.id from ops.events e
    where {where}
    order by {usual}
    limit :limit offset :offset
  ) q
)
"""
    + SHOWN
)
SORTED: Final = (
    """
with picked as materialized (
  select q.id, row_number() over () as place from (
    select e.id from (
      select e.* from ops.events e
      where {where}
      order by {usual}
      limit :sorted
    ) e {joins}
    order by {order}
    limit :limit offset :offset
  ) q
)
"""
    + SHOWN
)

COUNT: Final = """
select count(*) from (select from ops.events e where {where} limit :most) t
"""

NAMED: Final = (
    """
with picked as materialized (
  select e.id, array_position(cast(:codes as text[]), e.code) as place
  from ops.events e where e.code = any(cast(:codes as text[]))
)
"""
    + SHOWN
)

_KEYS: Final = {
    Column.DUE: ("", "e.due_at"),
    Column.REPORTED: ("", "e.reported_at"),
    Column.CLOSED: ("", "e.closed_at"),
    Column.CODE: ("", 'e.code collate "C"'),
    Column.SEVERITY: ("", "e.severity"),
    Column.STAGE: ("", "array_position(cast(:loop as text[]), e.stage)"),
    Column.STATE: ("", "e.state"),
    Column.SOURCE: ("", "e.source"),
    Column.CATEGORY: ("join ops.categories k on k.id = e.category_id", 'k.code collate "C"'),
    Column.REGION: ("join ops.regions k on k.id = e.region_id", 'k.code collate "C"'),
    Column.DEPARTMENT: ("left join ops.departments k on k.id = e.department_id", 'k.code collate "C"'),
}


def sort_from(query: str) -> Sort | None:
    """The order of an address's parameter; None where it names none. BadSortError."""
    name = query.strip().removesuffix(DESCENDING)
    if not query.strip():
        return None
    if name not in list(Column):
        raise BadSortError(text=query[:64], known=", ".join(Column))
    return Sort(column=Column(name), descending=query.strip().endswith(DESCENDING))


def event_page_rows(
    conn: Connection,
    code: str,
    scope: Scope,
    now: datetime,
    window: Window,
    filters: Filters,
    q: str = "",
    sort: Sort | None = None,
    offset: int = 0,
    limit: int = 100,
    drawn: Drawn = Drawn.THEN,
    *,
    personal: bool = True,
) -> EventRows:
    """Rows `offset` to `offset + limit` of the events at and below a region.

    Without a state in the filters those that are open now, whatever the window; closed ones by when they were
    closed, both by when they were reported. `q`: words that must all occur in address, text or at either end of
    the code; in codes alone where the viewer may not see what is `personal`. A list that is `capped` is sorted within
    the first ten thousand of its usual order. RegionUnknown, SearchTooLong, SearchTooShort.
    """
    found = event_set(conn, code, scope, now, window, filters, terms(q), drawn, personal=personal)
    order = sort or USUAL[found.listing]
    values = found.values | {
        "limit": max(0, min(limit, MOST_ROWS)),
        "offset": max(0, min(offset, MOST_OFFSET)),
        "most": MOST_COUNTED + 1,
        "sorted": MOST_COUNTED,
        "loop": _loop(conn),
    }
    counted = conn.execute(text(COUNT.format(where=found.where)), values).scalar_one()
    rows = conn.execute(text(_page(found, order)), values) if counted else ()
    return EventRows(
        rows=tuple(_row(row, now) for row in rows),
        total=min(counted, MOST_COUNTED),
        capped=counted > MOST_COUNTED,
        listing=found.listing,
        sort=order,
    )


def named_events(conn: Connection, codes: Sequence[str], scope: Scope, now: datetime) -> tuple[EventRow, ...]:
    """The rows of events by code, as they are now, in the order asked for; those outside the scope are left out."""
    asked = [code for code in dict.fromkeys(codes) if storable(code)][:MOST_ROWS]
    rows = [_row(row, now) for row in conn.execute(text(NAMED), {"codes": asked, "now": now})]
    if scope.everything:
        return tuple(rows)
    places = {(row.region_code, row.department_code) for row in rows}
    seen = {place for place in places if in_scope(conn, scope, now, *place)}
    return tuple(row for row in rows if (row.region_code, row.department_code) in seen)


def _page(found: EventSet, sort: Sort) -> str:
    """A list's own clock is in an index; turned round it is walked from the other end."""
    usual = USUAL[found.listing]
    if sort.column is usual.column:
        return PAGE.format(where=found.where, usual=_order(found, sort))
    return SORTED.format(
        where=found.where,
        usual=_order(found, usual),
        joins=_KEYS[sort.column][0],
        order=_order(found, sort),
    )


def _order(found: EventSet, sort: Sort) -> str:
    """Empty cells last; where there are none it is said plainly, so that an index in either direction serves."""
    way = "desc" if sort.descending else "asc"
    filled = sort.column is USUAL[found.listing].column and found.listing is not Listing.OPEN
    return f"{_KEYS[sort.column][1]} {way}{'' if filled else ' nulls last'}, e.id {way}"


def _loop(conn: Connection) -> list[str]:
    return [*terms_from(district_settings(conn)).workflow.keys, DONE]


def _row(row: Row[Any], now: datetime) -> EventRow:
    values = row._asdict()
    for name in ("category", "region", "parent", "department", "worker"):
        values[name] = _words(values[name], values.pop(f"{name}_en"))
    values["source"], values["state"] = Source(row.source), State(row.state)
    values["colour"] = colour_of(State(row.state), row.due_at, row.warn_at, row.closed_at, now, row.duplicate)
    return EventRow(**values)


def colour_of(
    state: State,
    due_at: datetime | None,
    warn_at: datetime | None,
    closed_at: datetime | None,
    now: datetime,
    duplicate: bool,
) -> Colour:
    """An event's colour as on the wall: by the time left while open, by whether it was in time once closed."""
    if duplicate or state is State.VOID:
        return Colour.NONE
    if state is State.CLOSED:
        late = closed_at is not None and due_at is not None and closed_at > due_at
        return Colour.RED if late else Colour.GREEN
    if overdue(due_at, now):
        return Colour.RED
    return Colour.YELLOW if soon_due(due_at, warn_at, now) else Colour.GREEN


def _words(zh: str | None, en: str | None) -> Words | None:
    return None if zh is None else Words(zh=zh, en=en or zh)
