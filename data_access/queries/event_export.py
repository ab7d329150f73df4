"""All events of a table, not a page of it: which they are, in their order, then their rows in pieces.

One look at the database holds both, so that a long list is of one moment; memory holds the numbers of the events and
one piece of rows.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, text

from dashboard.domain.atlas import Drawn
from dashboard.domain.bigrams import terms
from dashboard.domain.filters import Filters
from dashboard.domain.policy import Scope
from dashboard.domain.terms import terms_from
from dashboard.domain.windows import Window
from dashboard.domain.workflow import DONE
from dashboard.errors import DashboardError
from data_access.queries.event_rows import EventRow, row_of
from data_access.queries.event_set import Listing, event_set
from data_access.queries.event_table import HELD, SORT_KEYS, USUAL, Sort, order_of
from data_access.queries.session import district_settings

MOST_EVENTS: Final = 1_000_000
PIECE: Final = 2_000
PATIENCE: Final = "set local statement_timeout = '10min'"
"""A file is made in the background: nobody waits before a page."""

IDS: Final = """
select e.id from ops.events e {joins}
where {where}
order by {order}
limit :most
"""


class TooManyEvents(DashboardError):
    """More than {most} events are listed. Ask for a shorter time, a smaller region or fewer kinds."""

    zh = "列表超过 {most} 件，请缩短时段、缩小区域或增加筛选条件。"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEvents:
    """Which events a table lists, by their numbers in its order."""

    ids: array[int]
    listing: Listing
    sort: Sort


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
    personal: bool = True,
) -> ListedEvents:
    """All events that the table of the same question lists. RegionUnknown, SearchTooLong, TooManyEvents."""
    conn.exec_driver_sql(PATIENCE)
    found = event_set(conn, code, scope, now, window, filters, terms(q), drawn, personal=personal)
    order = sort or USUAL[found.listing]
    statement = IDS.format(joins=SORT_KEYS[order.column][0], where=found.where, order=order_of(found, order))
    stages = [*terms_from(district_settings(conn)).workflow.keys, DONE]
    rows = conn.execute(
        text(statement).execution_options(stream_results=True, yield_per=10 * PIECE),
        found.values | {"most": MOST_EVENTS + 1, "loop": stages},
    )
    ids = array("q", (row[0] for row in rows))
    if len(ids) > MOST_EVENTS:
        raise TooManyEvents(most=f"{MOST_EVENTS:,}")
    return ListedEvents(ids=ids, listing=found.listing, sort=order)


def rows_of_events(conn: Connection, ids: array[int], now: datetime) -> Iterator[EventRow]:
    """The rows of events in the order given, read in pieces."""
    for start in range(0, len(ids), PIECE):
        held = ",".join(map(str, ids[start : start + PIECE]))
        for row in conn.execute(text(HELD), {"ids": f"{{{held}}}", "now": now}):
            yield row_of(row, now)
