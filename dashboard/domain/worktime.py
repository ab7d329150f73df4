"""Working time: what counts as it, limits that run in it, and the same sums over whole arrays.

Owns the arithmetic. Leaves the knowledge of holidays to a `Calendar`. All results are exact to the
microsecond, and the vectorised `WorkTable` gives the same ones as the scalar methods.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

WARN_SHARE = 0.25
"""An event turns yellow when less than this share of its limit is left."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
HOUR_US = 3_600_000_000
DAY_MINUTES = 24 * 60
LONGEST_REST_DAYS = 400

Microseconds = npt.NDArray[np.int64]


class Calendar(Protocol):
    """Says which days are worked."""

    def is_workday(self, day: date) -> bool:
        """True where people work on that day."""
        ...

    def known(self, year: int) -> bool:
        """False where the holidays of that year are unknown, and weekdays stand in for them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """When something is due and from when on it is yellow; both None without a limit."""

    due_at: datetime | None
    warn_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSchedule:
    """Working hours of a district: minutes of the local day in `zone`, on the calendar's workdays.

    `spans` are half-open (start, end) minutes from local midnight, ascending, without overlap.
    """

    zone: ZoneInfo
    calendar: Calendar
    spans: tuple[tuple[int, int], ...] = ((9 * 60, 12 * 60), (13 * 60 + 30, 17 * 60 + 30))

    def __post_init__(self) -> None:
        previous = 0
        for start, end in self.spans:
            if not previous <= start < end <= DAY_MINUTES:
                raise ValueError(f"working hours must ascend within one day: {self.spans}")
            previous = end
        if not self.spans:
            raise ValueError("working hours are empty")

    def day_spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The worked spans of a local day as instants in UTC; none on a day off."""
        if not self.calendar.is_workday(day):
            return
        previous = datetime.min.replace(tzinfo=UTC)
        for start, end in self.spans:
            # A clock change can make local spans overlap as instants: no instant counts twice.
            opens = max(self._instant(day, start), previous)
            closes = self._instant(day, end)
            if opens < closes:
                yield opens, closes
                previous = closes

    def add_working_time(self, start: datetime, hours: float) -> datetime:
        """The first instant, UTC, at which `hours` of working time have passed since `start`."""
        left = timedelta(microseconds=_hours_us(hours))
        start = start.astimezone(UTC)
        if not left:
            return start
        day, rest = self._local_day(start), 0
        while rest <= LONGEST_REST_DAYS:
            rest += 1
            for opens, closes in self.day_spans(day):
                rest = 0
                begins = max(opens, start)
                if begins >= closes:
                    continue
                if left <= closes - begins:
                    return begins + left
                left -= closes - begins
            day += timedelta(days=1)
        raise ValueError("the calendar has no working day within a year")

    def working_hours_between(self, a: datetime, b: datetime) -> float:
        """Working hours from `a` to `b`; negative where b is before a."""
        if b < a:
            return -self.working_hours_between(b, a)
        a, b = a.astimezone(UTC), b.astimezone(UTC)
        total, day, last = timedelta(0), self._local_day(a), self._local_day(b)
        while day <= last:
            for opens, closes in self.day_spans(day):
                total += max(min(closes, b) - max(opens, a), timedelta(0))
            day += timedelta(days=1)
        return (total // MICROSECOND) / HOUR_US

    def deadline(self, start: datetime, hours: float | None, *, working: bool = True) -> Deadline:
        """Due and warn times of a limit of `hours`, in working time or by the plain clock."""
        if hours is None:
            return Deadline(due_at=None, warn_at=None)
        early = hours * (1 - WARN_SHARE)
        if working:
            return Deadline(
                due_at=self.add_working_time(start, hours),
                warn_at=self.add_working_time(start, early),
            )
        start = start.astimezone(UTC)
        return Deadline(
            due_at=start + timedelta(microseconds=_hours_us(hours)),
            warn_at=start + timedelta(microseconds=_hours_us(early)),
        )

    def known(self, start: datetime, end: datetime) -> bool:
        """False where a year of that time has no known holidays."""
        years = range(self._local_day(start).year, self._local_day(end).year + 1)
        return all(self.calendar.known(year) for year in years)

    def table(self, first: date, last: date) -> WorkTable:
        """The spans of all local days from `first` to `last`, both included, for arrays."""
        opens: list[int] = []
        closes: list[int] = []
        for ordinal in range(first.toordinal(), last.toordinal() + 1):
            for start, end in self.day_spans(date.fromordinal(ordinal)):
                opens.append(_to_us(start))
                closes.append(_to_us(end))
        low = self._instant(first, 0)
        high = self._instant(last, DAY_MINUTES)
        lengths = np.array(closes, dtype=np.int64) - np.array(opens, dtype=np.int64)
        return WorkTable(
            opens_us=np.array(opens, dtype=np.int64),
            closes_us=np.array(closes, dtype=np.int64),
            done_us=np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(lengths))),
            low_us=_to_us(low),
            high_us=_to_us(high),
        )

    def _local_day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def _instant(self, day: date, minute: int) -> datetime:
        # Arithmetic on an aware time is arithmetic on its wall clock: the offset is looked up afterwards.
        wall = datetime.combine(day, time(), tzinfo=self.zone) + timedelta(minutes=minute)
        return wall.astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTable:
    """Working spans of a stretch of days, for arrays of instants (int64 microseconds since 1970, UTC).

    `done_us[i]` is the working time in the spans before span i. Instants outside the table raise.
    """

    opens_us: Microseconds
    closes_us: Microseconds
    done_us: Microseconds
    low_us: int
    high_us: int

    def add_working_time(self, start_us: Microseconds, hours: npt.ArrayLike) -> Microseconds:
        """`WorkSchedule.add_working_time` over arrays; ValueError where a result leaves the table."""
        need = np.rint(np.asarray(hours, dtype=np.float64) * HOUR_US).astype(np.int64)
        target = self._passed(start_us) + need
        if target.size and target.max() > self.done_us[-1]:
            raise ValueError("the table of working time ends before the last result")
        # The first span whose end reaches the target: a limit may end with the day's last minute.
        place = np.maximum(np.searchsorted(self.done_us, target, side="left") - 1, 0)
        result = self.opens_us[place] + (target - self.done_us[place])
        return np.where(need == 0, start_us, result)

    def working_hours_between(self, a_us: Microseconds, b_us: Microseconds) -> npt.NDArray[np.float64]:
        """`WorkSchedule.working_hours_between` over arrays."""
        passed: npt.NDArray[np.float64] = self.working_us_between(a_us, b_us) / HOUR_US
        return passed

    def working_us_between(self, a_us: Microseconds, b_us: Microseconds) -> Microseconds:
        """The same in microseconds."""
        return self._passed(b_us) - self._passed(a_us)

    def _passed(self, at_us: Microseconds) -> Microseconds:
        """Working time from the beginning of the table to each instant."""
        if at_us.size and (at_us.min() < self.low_us or at_us.max() > self.high_us):
            raise ValueError("an instant lies outside the table of working time")
        if not self.opens_us.size:
            return np.zeros_like(at_us)
        place = np.maximum(np.searchsorted(self.opens_us, at_us, side="right") - 1, 0)
        inside = np.clip(at_us, self.opens_us[place], self.closes_us[place]) - self.opens_us[place]
        passed: Microseconds = self.done_us[place] + inside
        return passed


def parse_spans(texts: list[list[str]]) -> tuple[tuple[int, int], ...]:
    """Spans from a setting such as [["09:00", "12:00"], ["13:30", "17:30"]]; "24:00" ends a day."""
    return tuple((_minute(start), _minute(end)) for start, end in texts)


def _minute(text: str) -> int:
    hour, _, minute = text.partition(":")
    return int(hour) * 60 + int(minute)


def _hours_us(hours: float) -> int:
    if hours < 0:
        raise ValueError(f"a limit cannot be negative: {hours}")
    return round(hours * HOUR_US)


def _to_us(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND
