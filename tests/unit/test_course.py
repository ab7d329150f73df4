"""Courses: steps without gap or overlap up to the window's end, each beside an earlier one of its own kind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.course import LEAST, MOST, course_of
from dashboard.domain.view import View, view_from
from dashboard.domain.windows import Comparison, Preset, Step, same_part, step_after, step_start

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
ZONES = st.sampled_from((SHANGHAI, NEW_YORK, LORD_HOWE))
NOWS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.sampled_from(Preset), st.none() | st.sampled_from(Step), NOWS, ZONES)
def test_steps_follow_each_other_to_the_end_of_the_window(
    name: Preset, step: Step | None, now: datetime, zone: ZoneInfo
) -> None:
    view = View(preset=name, step=step)
    course = course_of(view, now, zone)
    window = view.window(now, zone)
    assert step is None or course.step is step
    assert 1 <= len(course.windows) <= MOST[course.step] + 1
    assert all(one.end == other.start for one, other in pairwise(course.windows))
    assert course.windows[-1].end == window.end
    if window.length:
        assert len(course.windows) >= LEAST[course.step] - 1
    for one in course.windows:
        assert step_start(one.start, course.step, zone) == one.start
        assert one.end == min(step_after(one.start, course.step, zone), window.end)


@given(st.sampled_from(Preset), st.sampled_from((Step.DAY, Step.WEEK)), NOWS, ZONES)
def test_each_step_lies_beside_an_earlier_one_that_began_at_the_same_clock(
    name: Preset, step: Step, now: datetime, zone: ZoneInfo
) -> None:
    course = course_of(View(preset=name, step=step), now, zone)
    assert len(course.before) == len(course.windows)
    assert all(one.end == other.start for one, other in pairwise(course.before))
    for one, other in zip(course.windows, course.before, strict=True):
        assert other.start < one.start
        assert (
            one.start.astimezone(zone).weekday() == other.start.astimezone(zone).weekday() or step is Step.DAY
        )
        assert other.end <= course.windows[0].start + timedelta(days=1)


@given(NOWS, ZONES)
def test_last_year_lies_beside_its_same_days(now: datetime, zone: ZoneInfo) -> None:
    course = course_of(View(compare=Comparison.LAST_YEAR), now, zone)
    assert list(course.before) == [same_part(one, Comparison.LAST_YEAR, zone) for one in course.windows]


@pytest.mark.parametrize(
    ("query", "step", "count"),
    [
        ({}, Step.DAY, 14),
        ({"window": "last_hour"}, Step.HOUR, 24),
        ({"window": "last_7_days"}, Step.DAY, 14),
        ({"window": "last_30_days"}, Step.DAY, 30),
        ({"window": "last_30_days", "step": "week"}, Step.WEEK, 12),
        ({"window": "this_year"}, Step.WEEK, 47),
        ({"from": "2026-11-01", "to": "2026-11-02", "step": "hour"}, Step.HOUR, 24),
        ({"from": "2020-01-01", "to": "2026-01-01", "step": "day"}, Step.DAY, 62),
    ],
)
def test_short_windows_show_what_came_before_long_ones_their_end(
    query: dict[str, str], step: Step, count: int
) -> None:
    course = course_of(view_from(query), datetime(2026, 11, 20, 6, 32, tzinfo=UTC), SHANGHAI)
    assert (course.step, len(course.windows)) == (step, count)
