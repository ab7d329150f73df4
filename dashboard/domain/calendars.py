"""Calendars: China's holidays and make-up days, plain weekdays, and a district's own days over either.

Beyond the years that the package knows, weekdays count and `known` is False, so that screens can say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import chinese_calendar

from dashboard.domain.worktime import Calendar

SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekdayCalendar:
    """Monday to Friday, every year: for districts outside China."""

    def is_workday(self, day: date) -> bool:
        """True from Monday to Friday."""
        return day.weekday() < SATURDAY

    def known(self, year: int) -> bool:  # noqa: ARG002 - the protocol's word
        """Always: there is nothing that could be missing."""
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChineseCalendar:
    """Public holidays and make-up days as the State Council announced them, by `chinesecalendar`."""

    def is_workday(self, day: date) -> bool:
        """Holidays rest and make-up days work; in unknown years Monday to Friday work."""
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:  # the package's word for a year it does not know
            return day.weekday() < SATURDAY

    def known(self, year: int) -> bool:
        """Whether the package has the holidays of that year."""
        try:
            chinese_calendar.is_workday(date(year, 1, 1))
        except NotImplementedError:
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCalendar:
    """A district's own days (True: worked) over another calendar. A year with own days is known."""

    days: Mapping[date, bool]
    base: Calendar

    def is_workday(self, day: date) -> bool:
        """The district's word on that day, else the other calendar's."""
        own = self.days.get(day)
        return self.base.is_workday(day) if own is None else own

    def known(self, year: int) -> bool:
        """Whether the other calendar knows the year or the district gave days for it."""
        return self.base.known(year) or any(day.year == year for day in self.days)


def calendar_named(name: str, own_days: Mapping[str, bool] | None = None) -> Calendar:
    """The calendar of a district's settings: "china" or "weekdays", with own days by ISO date."""
    base: Calendar
    if name == "china":
        base = ChineseCalendar()
    elif name == "weekdays":
        base = WeekdayCalendar()
    else:
        raise ValueError(f"unknown calendar: {name}")
    if not own_days:
        return base
    return OwnCalendar(days={date.fromisoformat(day): worked for day, worked in own_days.items()}, base=base)
