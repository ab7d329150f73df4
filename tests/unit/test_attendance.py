"""Attendance: a month against a sheet worked out by hand, and the edges of every tolerance."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from dashboard.domain.attendance import (
    AttendanceRules,
    Mark,
    Standing,
    Tally,
    Turnout,
    attendance_rules_from,
    judged,
    sign,
)
from dashboard.domain.calendars import ChineseCalendar
from dashboard.domain.rota import Change, ChangeKind, Planned, RotaWrong, plan_without_wrongs, planned
from tests.month_sheet import FIRST, NEXT, NOW, PLAN, ROTA, SHEET, SUMS, ZONE, day, turnout

RULES = AttendanceRules()
STARTS = datetime(2026, 11, 20, 8, tzinfo=ZONE)
SHIFT = Turnout(starts_at=STARTS, ends_at=STARTS + timedelta(hours=8))


def october() -> list[Planned]:
    return planned(ROTA, FIRST, NEXT, ChineseCalendar(), ZONE)


def at(minutes: float) -> datetime:
    return STARTS + timedelta(minutes=minutes)


def test_the_plan_of_the_month_is_the_one_drawn_by_hand() -> None:
    drawn = {worker: ["-"] * 31 for worker in PLAN}
    for shift in october():
        assert drawn[shift.worker][shift.day.day - 1] == "-"
        drawn[shift.worker][shift.day.day - 1] = "v" if shift.cancelled else shift.turn
    assert {worker: "".join(line) for worker, line in drawn.items()} == PLAN


def test_the_month_comes_to_the_sheet_worked_out_by_hand() -> None:
    cells = {worker: ["休"] * 31 for worker in SHEET}
    tallies = {worker: Tally() for worker in SHEET}
    calendar = ChineseCalendar()
    for shift in october():
        found = judged(turnout(shift), RULES, NOW)
        cells[shift.worker][shift.day.day - 1] = sign(found, "zh")
        night = shift.ends_at.astimezone(ZONE).date() > shift.day
        tallies[shift.worker].add(found, night=night, rest_day=not calendar.is_workday(shift.day))
    for worker, line in SHEET.items():
        assert " ".join(cells[worker]) == line
        for name in ("due", "attended", "leave", "excused", "nights", "rest_days", "worked_min"):
            assert getattr(tallies[worker], name) == getattr(SUMS[worker], name), (worker, name)
        assert tallies[worker].times == SUMS[worker].times
        assert tallies[worker].minutes == SUMS[worker].minutes


def test_a_part_of_the_month_is_that_part_of_the_plan() -> None:
    whole = october()
    part = planned(ROTA, day(12), day(21), ChineseCalendar(), ZONE)
    assert part == [shift for shift in whole if day(12) <= shift.day < day(21)]


def test_a_night_turn_ends_the_next_morning_and_belongs_to_the_day_it_begins() -> None:
    (night,) = [shift for shift in october() if shift.worker == 2 and shift.day == day(30)]
    assert night.starts_at == datetime(2026, 10, 30, 22, tzinfo=ZONE)
    assert night.ends_at == datetime(2026, 10, 31, 6, tzinfo=ZONE)


@pytest.mark.parametrize(
    "change",
    [
        Change(kind=ChangeKind.SWAP, worker=2, day=day(7), other=3, other_day=day(7)),  # 2 is off
        Change(kind=ChangeKind.SWAP, worker=3, day=day(8), other=2, other_day=day(7)),
        Change(kind=ChangeKind.LEAVE, worker=1, day=day(1)),
        Change(kind=ChangeKind.LEAVE, worker=1, day=day(22)),  # a second time
        Change(kind=ChangeKind.EXTRA, worker=2, day=day(3), turn="D"),  # 14:00 to 17:30 twice
        Change(kind=ChangeKind.EXTRA, worker=2, day=day(7), turn="X"),
    ],
)
def test_a_change_that_cannot_be_is_refused_or_left_out_alone(change: Change) -> None:
    rota = replace(ROTA, changes=(*ROTA.changes, change))
    with pytest.raises(RotaWrong):
        planned(rota, FIRST, NEXT, ChineseCalendar(), ZONE)
    plan = plan_without_wrongs(rota, FIRST, NEXT, ChineseCalendar(), ZONE)
    assert [one.change for one in plan.left_out] == [change]
    assert plan.shifts == october()


def test_who_would_be_in_two_shifts_at_once_by_pattern_is_left_out_alone() -> None:
    office = next(one for one in ROTA.assignments if one.worker == 1)
    twice = replace(ROTA, assignments=(*ROTA.assignments, replace(office, worker=2)), changes=())
    plan = plan_without_wrongs(twice, FIRST, NEXT, ChineseCalendar(), ZONE)
    assert [(one.worker, one.change) for one in plan.left_out] == [(2, None)]
    alone = planned(replace(ROTA, changes=()), FIRST, NEXT, ChineseCalendar(), ZONE)
    assert plan.shifts == [shift for shift in alone if shift.worker != 2]


@pytest.mark.parametrize(
    ("minutes", "marks"),
    [(-30, []), (5, []), (5.02, [Mark.LATE]), (120, [Mark.LATE]), (120.02, [Mark.ABSENT])],
)
def test_late_and_absent_begin_past_their_tolerance(minutes: float, marks: list[Mark]) -> None:
    came = replace(SHIFT, checked_in_at=at(minutes), checked_out_at=at(480))
    assert [one.mark for one in judged(came, RULES, at(600)).marks] == marks


def test_nobody_is_absent_before_the_time_and_nothing_is_known_ahead() -> None:
    told = replace(SHIFT, checked_in_at=at(30), checked_out_at=at(400))
    assert judged(told, RULES, at(-1)).standing is Standing.TO_COME
    assert judged(told, RULES, at(29)).standing is Standing.TO_COME
    running = judged(told, RULES, at(90))
    assert (running.standing, running.worked_min, running.counted) == (Standing.ON, 60, (Mark.LATE,))
    assert judged(told, RULES, at(400)).counted == (Mark.LATE, Mark.EARLY)
    assert judged(SHIFT, RULES, at(119)).standing is Standing.TO_COME
    assert judged(SHIFT, RULES, at(120)).standing is Standing.ABSENT


def test_minutes_away_count_only_while_somebody_was_there() -> None:
    away = ((at(-60), at(31)), (at(100), at(115)), (at(470), at(600)))
    went = replace(SHIFT, checked_in_at=at(0), checked_out_at=at(490), away=away)
    (mark,) = judged(went, RULES, at(700)).marks
    assert (mark.mark, mark.minutes) == (Mark.LEFT_POST, 31)


def test_what_is_excused_counts_in_no_rate() -> None:
    tally = Tally()
    tally.add(judged(replace(SHIFT, excused=frozenset({Mark.ABSENT})), RULES, at(700)))
    assert (tally.due, tally.excused, tally.rate) == (0, 1, None)
    tally.add(judged(SHIFT, RULES, at(700)))
    assert (tally.due, tally.attended, tally.rate) == (1, 0, 0.0)


def test_a_district_sets_its_own_tolerances_and_is_told_of_wrong_ones() -> None:
    assert attendance_rules_from({"attendance": {"late_min": 0}}).late_min == 0
    for wrong in ({"later": 1}, {"late_min": -1}):
        with pytest.raises(ValueError, match="attendance"):
            attendance_rules_from({"attendance": wrong})


def test_the_calendar_of_the_sheet_is_the_real_one() -> None:
    rests = [n for n in range(1, 32) if not ChineseCalendar().is_workday(date(2026, 10, n))]
    assert rests == [1, 2, 3, 4, 5, 6, 7, 11, 17, 18, 24, 25, 31]
