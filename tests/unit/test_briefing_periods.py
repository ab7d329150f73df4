"""Periods of briefings: weeks of ISO 8601, what they are compared with, and how much of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.briefing.content import Cadence, Versus
from dashboard.briefing.periods import BadPeriod, NotBegun, Period, latest, named_period, period_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))


def week(text: str) -> Period:
    return named_period(text, SHANGHAI, Cadence.WEEKLY)


def earlier(period: Period, versus: Versus) -> Period:
    found = period.earlier(versus)
    assert found is not None
    return found


def test_a_week_is_named_with_its_days() -> None:
    assert week("2026-W46").name("zh") == "2026 年第 46 周（11-09 至 11-15）"
    assert week("2026-W46").name("en") == "Week 46 of 2026 (09 Nov to 15 Nov)"
    assert week("2026-11-11") == week("2026-W46") == week("2026W46")
    assert named_period("2026-11", SHANGHAI).name("zh") == "2026 年 11 月"
    assert named_period("2026-11-09", SHANGHAI).name("zh") == "2026-11-09 周一"
    assert named_period("2026-11-09", SHANGHAI).name("en") == "Mon 9 Nov 2026"


@pytest.mark.parametrize(
    ("text", "versus", "first"),
    [
        ("2026-W46", Versus.BEFORE, "2026-11-02"),
        ("2026-W46", Versus.LAST_MONTH, "2026-10-12"),
        ("2026-W46", Versus.LAST_YEAR, "2025-11-10"),
        ("2026-W53", Versus.LAST_YEAR, "2025-12-22"),  # 2025 has 52 weeks
        ("2025-03-31", Versus.LAST_MONTH, "2025-02-28"),
        ("2024-02-29", Versus.LAST_YEAR, "2023-02-28"),
        ("2026-01", Versus.BEFORE, "2025-12-01"),
        ("2026-01", Versus.LAST_YEAR, "2025-01-01"),
    ],
)
def test_what_a_period_is_compared_with(text: str, versus: Versus, first: str) -> None:
    assert earlier(named_period(text, SHANGHAI), versus).first.isoformat() == first


def test_a_month_is_not_compared_with_the_month_before_twice() -> None:
    assert named_period("2026-11", SHANGHAI).earlier(Versus.LAST_MONTH) is None


@pytest.mark.parametrize(
    "text", ["", "2026-W54", "2026-13", "2026-02-30", "W46", "46", "0001-01-01", "9999-12-31", "今天"]
)
def test_what_names_no_period_is_refused(text: str) -> None:
    with pytest.raises(BadPeriod):
        named_period(text, SHANGHAI)


def test_of_a_running_period_the_same_part_is_compared() -> None:
    now = datetime(2026, 11, 11, 6, 30, tzinfo=UTC)
    period = week("2026-W46")
    assert period.seen(now).end == now
    part = period.same_part(now, earlier(period, Versus.BEFORE))
    assert part.end == now - timedelta(days=7)
    month = named_period("2026-03", SHANGHAI)
    part = month.same_part(datetime(2026, 3, 31, 4, tzinfo=UTC), earlier(month, Versus.BEFORE))
    assert part == earlier(month, Versus.BEFORE).window  # February is over by then
    with pytest.raises(NotBegun):
        week("2026-W47").seen(now)


@given(day=DAYS, cadence=st.sampled_from(Cadence), zone=st.sampled_from([SHANGHAI, NEW_YORK]))
def test_periods_follow_each_other_without_a_gap(day: date, cadence: Cadence, zone: ZoneInfo) -> None:
    period = period_of(cadence, day, zone)
    assert period.first <= day < period.until
    before = earlier(period, Versus.BEFORE)
    assert before.until == period.first
    assert before.window.end == period.window.start
    assert latest(cadence, period.window.start, zone) == before
    course = period.course()
    assert len(course) == 8
    assert course[-2:] == [before, period]
    assert len({one.name("zh") for one in course}) == 8
