"""Windows in local days, clock changes included."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.windows import (
    Comparison,
    Preset,
    Step,
    Window,
    days,
    local_day,
    preset,
    same_part,
    steps,
    today,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
NAIVE = (datetime(2020, 1, 1), datetime(2030, 1, 1))  # noqa: DTZ001 - hypothesis wants them so


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def test_today_runs_from_local_midnight_to_now() -> None:
    window = today(at("2026-11-20 14:32"), SHANGHAI)
    assert window.start == datetime(2026, 11, 19, 16, tzinfo=UTC)
    assert window.end == at("2026-11-20 14:32")
    assert window.start in window
    assert window.end not in window


@pytest.mark.parametrize(("day", "hours"), [("2025-03-09", 23), ("2025-11-02", 25), ("2025-06-01", 24)])
def test_a_day_of_a_clock_change_has_its_real_length(day: str, hours: int) -> None:
    when = date.fromisoformat(day)
    assert days(when, when, NEW_YORK).length == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        (Comparison.YESTERDAY, "2026-11-19 14:32"),
        (Comparison.LAST_WEEK, "2026-11-13 14:32"),
        (Comparison.LAST_YEAR, "2025-11-20 14:32"),
    ],
)
def test_the_same_part_ends_at_the_same_wall_clock(comparison: Comparison, expected: str) -> None:
    window = same_part(today(at("2026-11-20 14:32"), SHANGHAI), comparison, SHANGHAI)
    assert window.end == at(expected)
    assert window.start == at(expected[:10] + " 00:00")


def test_the_same_part_across_a_clock_change_keeps_the_wall_clock() -> None:
    window = same_part(today(at("2025-03-10 14:00", NEW_YORK), NEW_YORK), Comparison.YESTERDAY, NEW_YORK)
    assert window.end == at("2025-03-09 14:00", NEW_YORK)
    assert window.length == timedelta(hours=13)


def test_a_wall_time_that_was_skipped_lies_behind_the_gap() -> None:
    window = same_part(today(at("2025-03-10 02:30", NEW_YORK), NEW_YORK), Comparison.YESTERDAY, NEW_YORK)
    assert window.end == at("2025-03-09 03:30", NEW_YORK)


def test_the_twenty_ninth_of_february_is_compared_with_the_twenty_eighth() -> None:
    window = same_part(today(at("2024-02-29 10:00"), SHANGHAI), Comparison.LAST_YEAR, SHANGHAI)
    assert window.end == at("2023-02-28 10:00")


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        (Preset.TODAY, "2026-11-20 00:00", "2026-11-20 14:32"),
        (Preset.YESTERDAY, "2026-11-19 00:00", "2026-11-20 00:00"),
        (Preset.THIS_WEEK, "2026-11-16 00:00", "2026-11-20 14:32"),
        (Preset.LAST_WEEK, "2026-11-09 00:00", "2026-11-16 00:00"),
        (Preset.LAST_7_DAYS, "2026-11-14 00:00", "2026-11-20 14:32"),
        (Preset.LAST_30_DAYS, "2026-10-22 00:00", "2026-11-20 14:32"),
        (Preset.THIS_MONTH, "2026-11-01 00:00", "2026-11-20 14:32"),
        (Preset.LAST_MONTH, "2026-10-01 00:00", "2026-11-01 00:00"),
        (Preset.THIS_YEAR, "2026-01-01 00:00", "2026-11-20 14:32"),
    ],
)
def test_presets(name: Preset, start: str, end: str) -> None:
    window = preset(name, at("2026-11-20 14:32"), SHANGHAI)
    assert (window.start, window.end) == (at(start), at(end))


def test_windows_refuse_what_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="before"):
        Window(start=at("2026-11-20 14:32"), end=at("2026-11-20 14:31"))
    with pytest.raises(ValueError, match="aware"):
        Window(start=datetime(2026, 1, 1), end=datetime(2026, 1, 2))  # noqa: DTZ001


@given(
    now=st.datetimes(*NAIVE, timezones=st.just(UTC)),
    zone=st.sampled_from([SHANGHAI, NEW_YORK]),
    comparison=st.sampled_from(list(Comparison)),
)
def test_the_same_part_never_leaves_its_day(now: datetime, zone: ZoneInfo, comparison: Comparison) -> None:
    window = same_part(today(now, zone), comparison, zone)
    day = local_day(window.start, zone)
    whole = days(day, day, zone)
    assert window.start == whole.start
    assert window.end <= whole.end


@given(
    start=st.integers(0, 5_000_000).map(
        lambda far: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=far)
    ),
    length=st.timedeltas(timedelta(0), timedelta(days=70)),
    step=st.sampled_from(list(Step)),
    zone=st.sampled_from([ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")]),
)
def test_steps_are_the_whole_window_cut_where_the_local_clock_begins_them(
    start: datetime, length: timedelta, step: Step, zone: ZoneInfo
) -> None:
    whole = Window(start=start, end=start + length)
    cut = steps(whole, step, zone, 2000)
    assert (cut[0].start, cut[-1].end) == (whole.start, whole.end)
    for before, after in pairwise(cut):
        assert before.end == after.start
        local = after.start.astimezone(zone)
        assert (local.minute, local.second) == (0, 0)
        assert step is Step.HOUR or local.hour == 0
        assert step is not Step.HOUR or after.length <= timedelta(hours=1)
        assert step is not Step.WEEK or local.weekday() == 0
        assert step is not Step.MONTH or local.day == 1
        assert step is not Step.DAY or after.length <= timedelta(hours=25)
    assert len(steps(whole, step, zone, 2)) <= 2
