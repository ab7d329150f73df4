"""Whole working minutes between arrays of instants: the one arithmetic behind handling times, stored or not."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from dashboard.domain.windows import local_day
from dashboard.domain.worktime import EPOCH, WorkSchedule

MINUTE_US: Final = 60_000_000
Whole = npt.NDArray[np.int64]


def working_minutes(schedule: WorkSchedule, since_us: Whole, until_us: Whole) -> Whole:
    """Working minutes that have passed between instants (microseconds since 1970, UTC); a minute that has only
    begun does not count, and none where the end lies before."""
    if not since_us.size:
        return since_us
    first = EPOCH + timedelta(microseconds=int(min(since_us.min(), until_us.min())))
    last = EPOCH + timedelta(microseconds=int(max(since_us.max(), until_us.max())))
    table = schedule.table(local_day(first, schedule.zone), local_day(last, schedule.zone))
    passed: Whole = table.working_us_between(since_us, until_us) // MINUTE_US
    return np.maximum(passed, 0)
