"""Handling times of the events closed in a window, in whole working minutes from report to close.

PostgreSQL hands over the two times of each event as packed bytes, a day a row; the working time between them is the
domain's own sum over arrays: there is one arithmetic of working time, not a second in SQL. A minute that has begun
does not count, so that the events of any number of days and regions add up as counts by minute.
"""

from __future__ import annotations

import numpy as np
from sqlalchemy import Connection, text

from dashboard.domain.worktime import WorkSchedule
from data_access.columns import SINCE_2000_US
from data_access.queries.placing import Placing, of_event
from data_access.queries.selection import Selection, event_in_region
from data_access.queries.tallies import Minutes, Tally
from data_access.working_minutes import working_minutes

BATCH = 20
"""Rows read at once."""

PACKED = text(f"""
select {of_event("e.closed_at")},
       string_agg(timestamptz_send(e.reported_at) || timestamptz_send(e.closed_at), '' ::bytea) as packed
from ops.events e
where e.state = 'closed' and e.closed_at >= :start and e.closed_at < :end and {event_in_region("e.closed_at")}
group by 1, 2, date_bin('1 day', e.closed_at, :start)
""")


def handling_times(conn: Connection, selection: Selection, placing: Placing, found: dict[int, Tally]) -> None:
    """Add the minutes of each event to its region's tally."""
    result = conn.execute(PACKED, selection.values() | placing.values())
    for rows in result.partitions(BATCH):
        for row in rows:
            minutes = packed_minutes(selection.terms.schedule, row.packed)
            for target in placing.target(row.region, row.span):
                found[target].add_minutes(minutes)


def packed_minutes(schedule: WorkSchedule, packed: bytes) -> Minutes:
    """How many pairs of times took how many whole working minutes (the index)."""
    pairs = np.frombuffer(packed, dtype=">i8").astype(np.int64).reshape(-1, 2) + SINCE_2000_US
    return np.bincount(working_minutes(schedule, pairs[:, 0], pairs[:, 1]))
