"""Pages of the table of events: which rows, in which order, with the names that a person wants to read.

What is listed is in `event_set`. Totals are counted up to 10,000; a table shows "10,000+" beyond.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, text

from dashboard.domain.atlas import Drawn
from dashboard.domain.bigrams import Term, terms
from dashboard.domain.filters import Filters
from dashboard.domain.policy import Scope
from dashboard.domain.terms import terms_from
from dashboard.domain.windows import Window
from dashboard.domain.workflow import DONE
from dashboard.errors import DashboardError
from data_access.queries.event_columns import AMONG, Members, members
from data_access.queries.event_rows import MOST_ROWS, SHOWN, EventRow, row_of
from data_access.queries.event_search import Search, looked_up
from data_access.queries.event_set import EventSet, Listing, event_set
from data_access.queries.session import district_settings

MOST_COUNTED: Final = 10_000
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
class EventRows:
    """A page of the table, and how long the whole is: `total` ends at 10,000, `capped` says that there are more."""

    rows: tuple[EventRow, ...]
    total: int
    capped: bool
    listing: Listing
    sort: Sort


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

HELD: Final = (
    f"""
with picked as materialized (
  select e.id, array_position(cast(:ids as bigint[]), e.id) as place from ops.events e where {AMONG}
)
"""
    + SHOWN
)

SORT_KEYS: Final = {
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
"""What a column sorts by, and the join that it needs."""


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
    words = terms(q)
    found = event_set(conn, code, scope, now, window, filters, words, drawn, personal=personal)
    order, district = sort or USUAL[found.listing], terms_from(district_settings(conn))
    values = found.values | {
        "limit": max(0, min(limit, MOST_ROWS)),
        "offset": max(0, min(offset, MOST_OFFSET)),
        "most": MOST_COUNTED + 1,
        "sorted": MOST_COUNTED,
        "loop": [*district.workflow.keys, DONE],
    }
    usual = order.column is USUAL[found.listing].column
    newest = (order if usual else USUAL[found.listing]).descending
    if words:
        held = _searched(conn, found, words, window, newest=newest, personal=personal)
    else:
        most = values["offset"] + values["limit"] if usual else MOST_COUNTED
        held = members(conn, found, window, district, now, most=most, newest=newest)
    if held is None:
        counted = conn.execute(text(COUNT.format(where=found.where)), values).scalar_one()
        statement = _page(found, order)
    else:
        counted = held.total
        statement = HELD if usual else _page(replace(found, where=AMONG), order)
        ids = held.ids[values["offset"] :][: values["limit"]] if usual else held.ids[:MOST_COUNTED]
        values["ids"] = (
            f"{{{','.join(map(str, ids))}}}"  # ten thousand numbers one by one take the driver 20 ms
        )
    rows = conn.execute(text(statement), values) if counted else ()
    return EventRows(
        rows=tuple(row_of(row, now) for row in rows),
        total=min(counted, MOST_COUNTED),
        capped=counted > MOST_COUNTED,
        listing=found.listing,
        sort=order,
    )


def _searched(
    conn: Connection,
    found: EventSet,
    words: tuple[Term, ...],
    window: Window,
    *,
    newest: bool,
    personal: bool,
) -> Members | None:
    clock = SORT_KEYS[USUAL[found.listing].column][1]
    search = Search(
        found=found, words=words, window=window, clock=clock, most=MOST_COUNTED + 1, newest=newest
    )
    return looked_up(conn, search, personal=personal)


def _page(found: EventSet, sort: Sort) -> str:
    """A list's own clock is in an index; turned round it is walked from the other end."""
    usual = USUAL[found.listing]
    if sort.column is usual.column:
        return PAGE.format(where=found.where, usual=order_of(found, sort))
    return SORTED.format(
        where=found.where,
        usual=order_of(found, usual),
        joins=SORT_KEYS[sort.column][0],
        order=order_of(found, sort),
    )


def order_of(found: EventSet, sort: Sort) -> str:
    """Empty cells last; where there are none it is said plainly, so that an index in either direction serves."""
    way = "desc" if sort.descending else "asc"
    filled = sort.column is USUAL[found.listing].column and found.listing is not Listing.OPEN
    return f"{SORT_KEYS[sort.column][1]} {way}{'' if filled else ' nulls last'}, e.id {way}"
