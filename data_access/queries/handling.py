"""Handling times in working hours: the percentiles over the events closed in a window.

PostgreSQL hands over the two times of each event as packed bytes, a day a row; the working hours between
them are the domain's own sums over arrays: there is one arithmetic of working time, not a second in SQL.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, text

from dashboard.domain.indicators import Reading, hours_reading
from dashboard.domain.windows import local_day
from dashboard.domain.worktime import EPOCH, MICROSECOND, WorkSchedule
from data_access.queries.selection import Selection, event_in_region

SINCE_2000_US = (datetime(2000, 1, 1, tzinfo=UTC) - EPOCH) // MICROSECOND
"""PostgreSQL counts from 2000, the domain's tables from 1970."""

BATCH = 20
"""Days read at once."""

PACKED = text(f"""
select string_agg(timestamptz_send(e.reported_at) || timestamptz_send(e.closed_at), '' ::bytea) as packed
from ops.events e
where e.state = 'closed' and e.closed_at >= :start and e.closed_at < :end and {event_in_region("e.closed_at")}
group by date_bin('1 day', e.closed_at, :start)
""")


def handling_times(conn: Connection, selection: Selection) -> list[Reading]:
    """Readings of the median and the 90th percentile (linear between neighbours), working hours."""
    hours: list[npt.NDArray[np.float64]] = []
    result = conn.execute(PACKED, selection.values())
    for rows in result.partitions(BATCH):
        times = np.frombuffer(b"".join(row.packed for row in rows), dtype=">i8").astype(np.int64)
        pairs = times.reshape(-1, 2) + SINCE_2000_US
        hours.append(_working_hours(selection.terms.schedule, pairs))
    every = np.concatenate(hours) if hours else np.zeros(0)
    if not every.size:
        return [hours_reading(key, None, 0) for key in ("handling_p50", "handling_p90")]
    middle, high = np.percentile(every, [50, 90])
    return [
        hours_reading("handling_p50", float(middle), every.size),
        hours_reading("handling_p90", float(high), every.size),
    ]


def _working_hours(schedule: WorkSchedule, pairs: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    first = EPOCH + timedelta(microseconds=int(pairs.min()))
    last = EPOCH + timedelta(microseconds=int(pairs.max()))
    table = schedule.table(local_day(first, schedule.zone), local_day(last, schedule.zone))
    return table.working_hours_between(pairs[:, 0], pairs[:, 1])
