"""Periods of visits: they cover all days without overlap, whatever the year."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.visits import Tier, VisitCount, earlier_periods, period


@given(tier=st.sampled_from(list(Tier)), day=st.dates(date(2004, 1, 1), date(2100, 1, 1)))
def test_every_day_lies_in_one_period_and_periods_follow_each_other(tier: Tier, day: date) -> None:
    first, after = period(tier, day)
    assert first <= day < after
    assert period(tier, first) == period(tier, after - timedelta(days=1)) == (first, after)
    assert period(tier, after)[0] == after


@pytest.mark.parametrize(
    ("tier", "first", "after"),
    [
        (Tier.WEEK, date(2026, 11, 16), date(2026, 11, 23)),
        (Tier.MONTH, date(2026, 11, 1), date(2026, 12, 1)),
        (Tier.QUARTER, date(2026, 10, 1), date(2027, 1, 1)),
        (Tier.HALF_YEAR, date(2026, 7, 1), date(2027, 1, 1)),
    ],
)
def test_the_periods_of_a_day_are_those_of_the_calendar(tier: Tier, first: date, after: date) -> None:
    assert period(tier, date(2026, 11, 20)) == (first, after)


def test_earlier_periods_come_in_order() -> None:
    found = earlier_periods(Tier.QUARTER, date(2026, 2, 3), 3)
    assert found == [date(2025, 7, 1), date(2025, 10, 1), date(2026, 1, 1)]


def test_nothing_due_has_no_rate() -> None:
    assert VisitCount(due=0, done=0, overdue=0).rate is None
    assert VisitCount(due=4, done=3, overdue=1).rate == 0.75
