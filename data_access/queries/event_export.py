"""All events of a table, not a page of it: how many there are, and their rows in the order of the table.

One look at the database holds both, so that a long list is of one moment. Rows come with numbers where a page has
names: a name is looked up once for a whole file, not once for each row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection, text

from dashboard.domain.atlas import Drawn
from dashboard.domain.bigrams import terms
from dashboard.domain.filters import Filters
from dashboard.domain.policy import Scope
from dashboard.domain.terms import terms_from
from dashboard.domain.windows import Window
from dashboard.domain.words import Words
from dashboard.domain.workflow import DONE
from dashboard.errors import DashboardError
from data_access.queries.event_set import event_set
from data_access.queries.event_table import SORT_KEYS, USUAL, Sort, order_of
from data_access.queries.regions import NEAREST
from data_access.queries.session import district_settings

MOST_EVENTS: Final = 1_000_000
PIECE: Final = 2_000
PATIENCE: Final = "set local statement_timeout = '10min'; set local cursor_tuple_fraction = 1"
"""A file is made in the background: nobody waits before a page, and every row of it is read."""

COUNT: Final = "select count(*) from (select from ops.events e where {where} limit :most) t"
ROWS: Final = """
select e.code, e.source, e.category_id, e.severity, e.state, e.stage, e.duplicate_of is not null, e.region_id,
       e.department_id, e.reported_at, e.due_at, e.warn_at, e.closed_at, e.rework, e.escalation, e.lon, e.lat, {words}
from ops.events e {joins}
where {where}
order by {order}
"""
WORDS: Final = {True: "e.address, e.text, e.worker_id", False: "null, null, null"}
CALLED: Final = "select id, code, name, name_en from {table}"
REGIONS: Final = text(f"""
select r.id, r.code, r.name, r.name_en, above.name, above.name_en
from ops.regions r
left join {NEAREST.format(region="r.id")} on true
left join ops.regions above on above.id = v.parent_id
""")


class TooManyEvents(DashboardError):
    """More than {most} events are listed. Ask for a shorter time, a smaller region or fewer kinds."""

    zh = "列表超过 {most} 件，请缩短时段、缩小区域或增加筛选条件。"


class ListedEvent(NamedTuple):
    """A row. Words that people wrote, and who the worker is, are None where they were not asked for."""

    code: str
    source: str
    category_id: int
    severity: int
    state: str
    stage: str
    duplicate: bool
    region_id: int
    department_id: int | None
    reported_at: datetime
    due_at: datetime | None
    warn_at: datetime | None
    closed_at: datetime | None
    rework: int
    escalation: int
    lon: float | None
    lat: float | None
    address: str | None
    text: str | None
    worker_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEvents:
    """The events that a table lists. `rows` are read once, while the connection is open."""

    total: int
    rows: Iterator[ListedEvent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """Something that rows name by its number. `above`: of a region, that which it lies in or lay in last."""

    code: str
    name: Words
    above: Words | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the numbers of rows are called. `workers`: only where words that are personal were asked for."""

    categories: Mapping[int, Called]
    departments: Mapping[int, Called]
    regions: Mapping[int, Called]
    workers: Mapping[int, Called]


def listed_events(
    conn: Connection,
    code: str,
    scope: Scope,
    now: datetime,
    window: Window,
    filters: Filters,
    q: str = "",
    sort: Sort | None = None,
    drawn: Drawn = Drawn.THEN,
    *,
    searchable: bool = True,
    words: bool = True,
) -> ListedEvents:
    """All events that the table of the same question lists. `searchable`: `q` looks into what people wrote;
    `words`: rows hold it. RegionUnknown, SearchTooLong, TooManyEvents."""
    conn.exec_driver_sql(PATIENCE)
    found = event_set(conn, code, scope, now, window, filters, terms(q), drawn, personal=searchable)
    order = sort or USUAL[found.listing]
    stages = [*terms_from(district_settings(conn)).workflow.keys, DONE]
    values = found.values | {"most": MOST_EVENTS + 1, "loop": stages}
    total = conn.execute(text(COUNT.format(where=found.where)), values).scalar_one()
    if total > MOST_EVENTS:
        raise TooManyEvents(most=f"{MOST_EVENTS:,}")
    statement = ROWS.format(
        words=WORDS[words], joins=SORT_KEYS[order.column][0], where=found.where, order=order_of(found, order)
    )
    streamed = text(statement).execution_options(stream_results=True, yield_per=PIECE)
    return ListedEvents(total=total, rows=map(ListedEvent._make, conn.execute(streamed, values)))


def names_of_events(conn: Connection, now: datetime, *, workers: bool) -> Names:
    """What the numbers of rows are called, those of regions and departments that are no more too."""
    return Names(
        categories=_called(conn, "ops.categories"),
        departments=_called(conn, "ops.departments"),
        workers=_called(conn, "ops.workers") if workers else {},
        regions={
            number: Called(code=code, name=_words(zh, en), above=_words(above, its_en) if above else None)
            for number, code, zh, en, above, its_en in conn.execute(REGIONS, {"now": now})
        },
    )


def _called(conn: Connection, table: str) -> dict[int, Called]:
    rows = conn.exec_driver_sql(CALLED.format(table=table))
    return {number: Called(code=code, name=_words(zh, en)) for number, code, zh, en in rows}


def _words(zh: str, en: str | None) -> Words:
    return Words(zh=zh, en=en or zh)
