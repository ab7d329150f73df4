"""Working time against hand-checked dates, and the array variant against the scalar one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.calendars import ChineseCalendar, OwnCalendar, WeekdayCalendar, calendar_named
from dashboard.domain.worktime import EPOCH, MICROSECOND, WorkSchedule, parse_spans

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
NAIVE = (datetime(2025, 1, 10), datetime(2026, 6, 1))  # noqa: DTZ001 - hypothesis wants them so
CHINA = WorkSchedule(zone=SHANGHAI, calendar=ChineseCalendar())
AROUND_THE_CLOCK = WorkSchedule(zone=NEW_YORK, calendar=WeekdayCalendar(), spans=((0, 1440),))


def local(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def us(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2025-11-19 10:00", 1, "2025-11-19 11:00"),
        ("2025-11-19 11:30", 1, "2025-11-19 14:00"),  # over lunch
        ("2025-11-19 16:30", 1, "2025-11-19 17:30"),  # ends with the day's last minute
        ("2025-11-19 17:00", 1, "2025-11-20 09:30"),
        ("2025-11-19 20:00", 7, "2025-11-20 17:30"),
        ("2025-11-21 17:00", 1, "2025-11-24 09:30"),  # Friday to Monday
        ("2025-11-22 10:00", 2, "2025-11-24 11:00"),  # a Saturday off
        ("2025-09-28 10:00", 1, "2025-09-28 11:00"),  # a Sunday worked to make up for National Day
        ("2025-09-30 17:00", 1, "2025-10-09 09:30"),  # National Day and Mid-Autumn, 1 to 8 October
        ("2025-10-10 17:00", 1, "2025-10-11 09:30"),  # a Saturday worked to make up
        ("2025-10-11 17:00", 1, "2025-10-13 09:30"),
        ("2026-02-14 17:00", 1, "2026-02-24 09:30"),  # Spring Festival: 15 to 23 February, the 14th is worked
        ("2025-11-19 10:00", 0, "2025-11-19 10:00"),
        ("2025-11-22 10:00", 0, "2025-11-22 10:00"),
    ],
)
def test_limits_run_in_working_time(start: str, hours: float, due: str) -> None:
    assert CHINA.add_working_time(local(start), hours) == local(due)


@pytest.mark.parametrize(
    ("a", "b", "hours"),
    [
        ("2025-11-19 08:00", "2025-11-19 18:00", 7),
        ("2025-11-19 11:00", "2025-11-19 14:00", 1.5),
        ("2025-09-30 09:00", "2025-10-09 12:00", 10),
        ("2025-10-01 09:00", "2025-10-08 17:00", 0),
        ("2025-11-20 09:00", "2025-11-19 16:30", -1),
    ],
)
def test_hours_between_skip_what_is_not_worked(a: str, b: str, hours: float) -> None:
    assert CHINA.working_hours_between(local(a), local(b)) == hours


def test_yellow_begins_when_less_than_a_quarter_is_left() -> None:
    deadline = CHINA.deadline(local("2025-09-30 15:30"), 4)
    assert deadline.due_at == local("2025-10-09 11:00")
    assert deadline.warn_at == local("2025-10-09 10:00")


def test_clock_limits_ignore_nights_and_holidays() -> None:
    deadline = CHINA.deadline(local("2025-09-30 15:30"), 4, working=False)
    assert deadline.due_at == local("2025-09-30 19:30")
    assert deadline.warn_at == local("2025-09-30 18:30")


def test_no_limit_is_never_due() -> None:
    deadline = CHINA.deadline(local("2025-09-30 15:30"), None)
    assert deadline.due_at is None
    assert deadline.warn_at is None


def test_beyond_the_known_years_weekdays_count_and_it_says_so() -> None:
    calendar = ChineseCalendar()
    assert calendar.known(2004)
    assert calendar.known(2026)
    assert not calendar.known(2003)
    assert not calendar.known(2027)
    assert calendar.is_workday(date(2030, 10, 1))  # a Tuesday, holiday unknown
    assert not calendar.is_workday(date(2030, 10, 5))
    assert not CHINA.known(local("2026-12-31 12:00"), local("2027-01-01 12:00"))
    assert CHINA.known(local("2026-12-31 12:00"), local("2026-12-31 23:59"))


def test_a_district_brings_its_own_days() -> None:
    calendar = calendar_named("china", {"2030-10-01": False, "2030-10-05": True})
    assert not calendar.is_workday(date(2030, 10, 1))
    assert calendar.is_workday(date(2030, 10, 5))
    assert calendar.known(2030)
    assert not calendar.known(2031)
    assert calendar_named("weekdays").known(2031)
    with pytest.raises(ValueError, match="unknown calendar"):
        calendar_named("martian")


@pytest.mark.parametrize("spans", [(), ((600, 500),), ((500, 700), (600, 800)), ((0, 1441),)])
def test_impossible_working_hours_are_refused(spans: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(ValueError, match="working hours"):
        WorkSchedule(zone=SHANGHAI, calendar=WeekdayCalendar(), spans=spans)


def test_a_calendar_without_work_is_refused_instead_of_searched_for_ever() -> None:
    days = {date(2025, 1, 1) + timedelta(days=n): False for n in range(800)}
    idle = WorkSchedule(zone=SHANGHAI, calendar=OwnCalendar(days=days, base=WeekdayCalendar()))
    with pytest.raises(ValueError, match="no working day"):
        idle.add_working_time(local("2025-01-02 10:00"), 1)


def test_spans_are_read_from_settings() -> None:
    assert parse_spans([["09:00", "12:00"], ["13:30", "24:00"]]) == ((540, 720), (810, 1440))


def test_days_of_a_clock_change_have_their_real_length() -> None:
    night = WorkSchedule(
        zone=NEW_YORK,
        calendar=OwnCalendar(days={date(2025, 3, 9): True, date(2025, 11, 2): True}, base=WeekdayCalendar()),
        spans=((0, 1440),),
    )
    assert (
        night.working_hours_between(local("2025-03-09 00:00", NEW_YORK), local("2025-03-10 00:00", NEW_YORK))
        == 23
    )
    assert (
        night.working_hours_between(local("2025-11-02 00:00", NEW_YORK), local("2025-11-03 00:00", NEW_YORK))
        == 25
    )


def test_spans_that_a_clock_change_pushes_together_count_once() -> None:
    night = WorkSchedule(
        zone=NEW_YORK,
        calendar=OwnCalendar(days={date(2025, 3, 9): True}, base=WeekdayCalendar()),
        spans=((60, 150), (180, 240)),
    )  # 02:30 does not exist on that day
    spans = list(night.day_spans(date(2025, 3, 9)))
    assert all(a < b for a, b in spans)
    assert all(spans[i][1] <= spans[i + 1][0] for i in range(len(spans) - 1))


instants = st.datetimes(*NAIVE, timezones=st.just(UTC))
limits = st.one_of(st.floats(min_value=0, max_value=400), st.integers(min_value=0, max_value=400).map(float))
schedules = st.sampled_from(
    [
        CHINA,
        AROUND_THE_CLOCK,
        WorkSchedule(zone=NEW_YORK, calendar=WeekdayCalendar()),
    ]
)
TABLES = {
    id(schedule): schedule.table(date(2025, 1, 1), date(2027, 1, 1)) for schedule in (CHINA, AROUND_THE_CLOCK)
}


@given(schedule=schedules, starts=st.lists(instants, min_size=1, max_size=8), hours=limits)
def test_arrays_give_the_same_due_times(schedule: WorkSchedule, starts: list[datetime], hours: float) -> None:
    table = TABLES.get(id(schedule)) or schedule.table(date(2025, 1, 1), date(2027, 1, 1))
    array = np.array([us(start) for start in starts], dtype=np.int64)
    expected = [us(schedule.add_working_time(start, hours)) for start in starts]
    assert table.add_working_time(array, hours).tolist() == expected


@given(schedule=schedules, a=instants, b=instants)
def test_arrays_give_the_same_hours(schedule: WorkSchedule, a: datetime, b: datetime) -> None:
    table = TABLES.get(id(schedule)) or schedule.table(date(2025, 1, 1), date(2027, 1, 1))
    found = table.working_hours_between(np.array([us(a)]), np.array([us(b)]))
    assert found[0] == schedule.working_hours_between(a, b)


@given(start=instants, hours=limits, more=limits)
def test_a_limit_is_used_up_exactly_when_it_is_due(start: datetime, hours: float, more: float) -> None:
    due = CHINA.add_working_time(start, hours)
    assert CHINA.working_hours_between(start, due) == pytest.approx(hours, abs=1e-9)
    assert CHINA.add_working_time(start, hours + more) >= due


@given(a=instants, b=instants, c=instants)
def test_hours_add_up(a: datetime, b: datetime, c: datetime) -> None:
    total = CHINA.working_hours_between(a, b) + CHINA.working_hours_between(b, c)
    assert total == pytest.approx(CHINA.working_hours_between(a, c), abs=1e-9)


def test_leaving_the_table_is_an_error_and_not_a_wrong_date() -> None:
    table = CHINA.table(date(2025, 11, 1), date(2025, 11, 30))
    inside = np.array([us(local("2025-11-19 10:00"))])
    with pytest.raises(ValueError, match="ends before"):
        table.add_working_time(inside, 500)
    with pytest.raises(ValueError, match="outside"):
        table.add_working_time(np.array([us(local("2025-12-02 10:00"))]), 1)
