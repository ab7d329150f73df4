"""Stretches of time that people ask about: today, presets, and what today is compared with.

All windows are half-open [start, end) and aware in UTC; days, weeks and months begin at local midnight of
the district, so a day of a clock change has its real length.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)


class Comparison(StrEnum):
    """What the present is compared with: 环比 with yesterday or last week, 同比 with last year."""

    YESTERDAY = "yesterday"
    LAST_WEEK = "last_week"
    LAST_YEAR = "last_year"


class Preset(StrEnum):
    """Windows offered by name. Those of the running hour, day, week, month and year end now."""

    LAST_HOUR = "last_hour"
    TODAY = "today"
    YESTERDAY = "yesterday"
    THIS_WEEK = "this_week"
    LAST_WEEK = "last_week"
    LAST_7_DAYS = "last_7_days"
    LAST_30_DAYS = "last_30_days"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    THIS_YEAR = "this_year"


class Step(StrEnum):
    """Into what a longer window is cut. Hours begin on the local clock's full hour, weeks on Monday."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A half-open stretch of time [start, end), UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a window needs aware times")
        if self.end < self.start:
            raise ValueError("a window ends before it starts")

    @property
    def length(self) -> timedelta:
        """How long it really takes."""
        return self.end - self.start

    def __contains__(self, at: datetime) -> bool:
        return self.start <= at < self.end


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant, UTC, at which a local day begins."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """The local date of an instant."""
    return at.astimezone(zone).date()


def days(first: date, last: date, zone: ZoneInfo) -> Window:
    """All of the local days from `first` to `last`, both included."""
    return Window(start=midnight(first, zone), end=midnight(last + timedelta(days=1), zone))


def today(now: datetime, zone: ZoneInfo) -> Window:
    """From local midnight to now."""
    return Window(start=midnight(local_day(now, zone), zone), end=now.astimezone(UTC))


def preset(name: Preset, now: datetime, zone: ZoneInfo) -> Window:
    """The window of that name as it is at `now`. Weeks begin on Monday."""
    day = local_day(now, zone)
    monday = day - timedelta(days=day.weekday())
    first = day.replace(day=1)
    before_first = first - timedelta(days=1)
    match name:
        case Preset.LAST_HOUR:
            return Window(start=now.astimezone(UTC) - HOUR, end=now.astimezone(UTC))
        case Preset.YESTERDAY:
            return days(day - timedelta(days=1), day - timedelta(days=1), zone)
        case Preset.LAST_WEEK:
            return days(monday - timedelta(days=7), monday - timedelta(days=1), zone)
        case Preset.LAST_MONTH:
            return days(before_first.replace(day=1), before_first, zone)
    begins = {
        Preset.TODAY: day,
        Preset.THIS_WEEK: monday,
        Preset.LAST_7_DAYS: day - timedelta(days=6),
        Preset.LAST_30_DAYS: day - timedelta(days=29),
        Preset.THIS_MONTH: first,
        Preset.THIS_YEAR: day.replace(month=1, day=1),
    }
    return Window(start=midnight(begins[name], zone), end=now.astimezone(UTC))


def steps(window: Window, step: Step, zone: ZoneInfo, most: int) -> list[Window]:
    """The window cut where steps begin on the local clock, at most so many; whole if it is empty."""
    found: list[Window] = []
    start = window.start
    while len(found) < most and (start < window.end or not found):
        end = min(step_after(start, step, zone), window.end)
        found.append(Window(start=start, end=end))
        start = end
    return found


def step_start(at: datetime, step: Step, zone: ZoneInfo) -> datetime:
    """The instant, UTC, at which the step that holds `at` began."""
    if step is Step.HOUR:
        return _full_hour(at, zone)
    day = local_day(at, zone)
    match step:
        case Step.WEEK:
            day -= timedelta(days=day.weekday())
        case Step.MONTH:
            day = day.replace(day=1)
    return midnight(day, zone)


def step_after(at: datetime, step: Step, zone: ZoneInfo) -> datetime:
    """The instant, UTC, at which the step that holds `at` ends."""
    if step is Step.HOUR:
        return _until(at, at.astimezone(UTC) - _past(at, zone) + HOUR, zone)
    return midnight(_next_step(local_day(at, zone), step), zone)


def same_part(window: Window, comparison: Comparison, zone: ZoneInfo) -> Window:
    """The window at the same wall-clock times one day, week or year earlier.

    29 February is compared with 28 February. A wall time that a clock change skips is moved behind the gap.
    """
    return Window(
        start=earlier(window.start, comparison, zone),
        end=max(earlier(window.end, comparison, zone), earlier(window.start, comparison, zone)),
    )


def earlier(at: datetime, comparison: Comparison, zone: ZoneInfo) -> datetime:
    """The instant, UTC, with the same wall clock one day, week or year earlier."""
    match comparison:
        case Comparison.YESTERDAY:
            return shifted(at, 1, zone)
        case Comparison.LAST_WEEK:
            return shifted(at, 7, zone)
    wall = at.astimezone(zone)
    return datetime.combine(_year_before(wall.date()), wall.timetz()).astimezone(UTC)


def shifted(at: datetime, days_back: int, zone: ZoneInfo) -> datetime:
    """The instant, UTC, with the same wall clock so many days earlier."""
    wall = at.astimezone(zone)
    return datetime.combine(wall.date() - timedelta(days=days_back), wall.timetz()).astimezone(UTC)


def _full_hour(at: datetime, zone: ZoneInfo) -> datetime:
    """The wall clock's last full hour, or the clock change (by half an hour, say) that came after it."""
    start = at.astimezone(UTC) - _past(at, zone)
    while start.astimezone(zone).utcoffset() != at.astimezone(zone).utcoffset():
        start += MINUTE
    return start


def _until(at: datetime, end: datetime, zone: ZoneInfo) -> datetime:
    """`end`, or the clock change that comes before it."""
    while (end - MINUTE).astimezone(zone).utcoffset() != at.astimezone(zone).utcoffset():
        end -= MINUTE
    return end


def _past(at: datetime, zone: ZoneInfo) -> timedelta:
    wall = at.astimezone(zone)
    return timedelta(minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)


def _next_step(day: date, step: Step) -> date:
    match step:
        case Step.WEEK:
            return day + timedelta(days=7 - day.weekday())
        case Step.MONTH:
            return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day + timedelta(days=1)


def _year_before(day: date) -> date:
    if day.month == 2 and day.day == 29:
        return date(day.year - 1, 2, 28)
    return day.replace(year=day.year - 1)
