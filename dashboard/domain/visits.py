"""Visits as duties: tiers, their periods, and what counts say. No visit and nobody visited is known, only counts.

Owns when a period of a tier begins and ends, and how due, done and overdue become a rate. Weeks begin on Monday, and
pairs of weeks are counted from the first Monday of 1970, so that a pair never depends on the year.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from dashboard.domain.words import Words

_FIRST_MONDAY: Final = date(1970, 1, 5)


class Tier(StrEnum):
    """How often somebody is to be visited."""

    WEEK = "week"
    TWO_WEEKS = "two_weeks"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"


TIER_WORDS: Final[dict[Tier, Words]] = {
    Tier.WEEK: Words(zh="每周", en="Weekly"),
    Tier.TWO_WEEKS: Words(zh="每两周", en="Every two weeks"),
    Tier.MONTH: Words(zh="每月", en="Monthly"),
    Tier.QUARTER: Words(zh="每季度", en="Quarterly"),
    Tier.HALF_YEAR: Words(zh="每半年", en="Half-yearly"),
}
_MONTHS: Final = {Tier.MONTH: 1, Tier.QUARTER: 3, Tier.HALF_YEAR: 6}
_WEEKS: Final = {Tier.WEEK: 1, Tier.TWO_WEEKS: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitCount:
    """Visits of a tier and period: due in it, done of those, and overdue: due earlier or by now, and not done."""

    due: int
    done: int
    overdue: int

    @property
    def rate(self) -> float | None:
        """Done of due; None where nothing was due."""
        return self.done / self.due if self.due else None


def period(tier: Tier, day: date) -> tuple[date, date]:
    """First day of the period that holds a day, and of the next."""
    if (weeks := _WEEKS.get(tier)) is not None:
        length = 7 * weeks
        first = day - timedelta(days=(day - _FIRST_MONDAY).days % length)
        return first, first + timedelta(days=length)
    months = _MONTHS[tier]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return first, _months_later(first, months)


def earlier_periods(tier: Tier, day: date, count: int) -> list[date]:
    """First days of the period that holds a day and of those before it, the earliest first."""
    found = [period(tier, day)[0]]
    while len(found) < count:
        found.append(period(tier, found[-1] - timedelta(days=1))[0])
    return found[::-1]


def _months_later(first: date, months: int) -> date:
    place = first.year * 12 + first.month - 1 + months
    return date(place // 12, place % 12 + 1, 1)
