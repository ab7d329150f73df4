"""A month of three workers and the sheet that it must come to, worked out by hand on a calendar.

October 2026: 1 to 7 are public holidays, Saturday 10 is a make-up day. Worker 1 keeps office hours (D, 08:30 to 17:30
on workdays); 2 and 3 follow two early (E, 06:00 to 14:00), two late (L, 14:00 to 22:00), two night turns (N, 22:00 to
06:00) and two days off; 3 is four days further. Tolerances are the defaults: 5 minutes, absent after 120, 15 away or
silent.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dashboard.domain.attendance import Mark, Turnout
from dashboard.domain.rota import Assignment, Change, ChangeKind, Pattern, Planned, Rests, Rota, Turn

ZONE: Final = ZoneInfo("Asia/Shanghai")
FIRST, NEXT = date(2026, 10, 1), date(2026, 11, 1)
NOW: Final = datetime(2026, 11, 1, 12, tzinfo=ZONE)


def day(number: int) -> date:
    """A day of the month."""
    return date(2026, 10, number)


ROTA: Final = Rota(
    turns={
        "D": Turn(key="D", start_min=510, end_min=1050),
        "E": Turn(key="E", start_min=360, end_min=840),
        "L": Turn(key="L", start_min=840, end_min=1320),
        "N": Turn(key="N", start_min=1320, end_min=1800),
    },
    patterns={
        "office": Pattern(key="office", turns=("D",), anchor=FIRST, rests=Rests.CALENDAR),
        "round": Pattern(key="round", turns=("E", "E", "L", "L", "N", "N", None, None), anchor=FIRST),
    },
    assignments=(
        Assignment(worker=1, pattern="office", step=0, first=date(2026, 1, 1)),
        Assignment(worker=2, pattern="round", step=0, first=date(2026, 9, 1)),
        Assignment(worker=3, pattern="round", step=4, first=date(2026, 9, 1)),
    ),
    changes=(
        Change(kind=ChangeKind.EXTRA, worker=1, day=day(3), turn="N"),
        Change(kind=ChangeKind.EXTRA, worker=1, day=day(18), turn="E"),
        Change(kind=ChangeKind.SWAP, worker=1, day=day(12), other=2, other_day=day(12)),
        Change(kind=ChangeKind.SWAP, worker=2, day=day(20), other=3, other_day=day(24)),
        Change(kind=ChangeKind.LEAVE, worker=1, day=day(22)),
        Change(kind=ChangeKind.LEAVE, worker=1, day=day(23)),
        Change(kind=ChangeKind.LEAVE, worker=3, day=day(14)),
    ),
)

# One letter a day, 1 to 31: the turn, "-" for none, "v" for one that was let off.
PLAN: Final = {
    1: "--N----DDD-LDDDD-EDDDvv--DDDDD-",
    2: "EELLNN--EELDNN--EEL-NN-LEELLNN-",
    3: "NN--EELLNN--EvLLNN-LEEL-NN--EEL",
}

SHEET: Final = {
    1: "休 休 √ 休 休 休 休 迟 缺 早 休 √ 缺 迟 (迟) 未 休 √ 脱 脱失 脱 假 假 休 休 (缺) √ √ √ √ 休",
    2: "√ √ √ √ 迟早 失 休 休 √ √ √ √ √ √ 休 休 √ √ √ 休 √ 缺 休 √ √ √ √ √ √ √ 休",
    3: "√ √ 休 休 √ √ √ √ √ √ 休 休 √ 假 √ √ √ √ 休 √ √ √ √ 休 早 √ 休 休 √ √ √",
}
_NONE: Final = dict.fromkeys(Mark, 0)


@dataclass(frozen=True, kw_only=True)
class Sums:
    """The right-hand side of a line of the sheet."""

    due: int
    attended: int
    leave: int
    excused: int
    nights: int
    rest_days: int
    worked_min: int
    times: dict[Mark, int] = field(default_factory=dict)
    minutes: dict[Mark, int] = field(default_factory=dict)


SUMS: Final = {
    1: Sums(
        due=17,  # 18 turns without leave; the excused absence of the 26th is not due
        attended=15,
        leave=2,
        excused=2,
        nights=1,
        rest_days=2,  # Saturday 3 and Sunday 18; Saturday 10 is a workday
        # 476 + 529 + 510 + 475 + 420 + 520 + 540 + 480 + 3 x 540 + 4 x 540
        worked_min=7730,
        times=_NONE
        | {Mark.LATE: 2, Mark.EARLY: 1, Mark.ABSENT: 2, Mark.LEFT_POST: 3, Mark.SILENT: 1, Mark.NOT_OUT: 1},
        minutes=_NONE
        | {Mark.LATE: 131, Mark.EARLY: 30, Mark.ABSENT: 1080, Mark.LEFT_POST: 76, Mark.SILENT: 40},
    ),
    2: Sums(
        due=24,
        attended=23,
        leave=0,
        excused=0,
        nights=7,  # 5 6 13 14 21 29 30
        rest_days=11,  # 1 2 3 4 5 6 11 17 18 24 25
        worked_min=11046,  # 21 x 480 + 536 on the 12th + 430 on the 5th
        times=_NONE | {Mark.LATE: 1, Mark.EARLY: 1, Mark.ABSENT: 1, Mark.SILENT: 1},
        minutes=_NONE | {Mark.LATE: 20, Mark.EARLY: 30, Mark.ABSENT: 480, Mark.SILENT: 40},
    ),
    3: Sums(
        due=22,
        attended=22,
        leave=1,
        excused=0,
        nights=8,  # 1 2 9 10 17 18 25 26
        rest_days=9,  # 1 2 5 6 7 17 18 25 31
        worked_min=10550,  # 22 x 480 - 4 on the 1st - 6 on the 25th
        times=_NONE | {Mark.EARLY: 1},
        minutes=_NONE | {Mark.EARLY: 6},
    ),
}

# What was not five minutes before the begin and three after the end. Hours past 24 are of the next morning.
_CAME: Final[dict[tuple[int, int], str | None]] = {
    (1, 3): "22:04",
    (1, 8): "08:41",
    (1, 9): None,
    (1, 12): "14:05",
    (1, 13): "10:31",
    (1, 14): "10:30",
    (1, 15): "08:50",
    (1, 26): None,
    (2, 5): "22:20",
    (2, 22): None,
}
_LEFT: Final[dict[tuple[int, int], str | None]] = {
    (1, 9): None,
    (1, 10): "17:00",
    (1, 16): None,
    (1, 26): None,
    (2, 5): "29:30",
    (2, 12): "17:26",
    (2, 22): None,
    (3, 1): "29:56",
    (3, 25): "29:54",
}
_AWAY: Final = {
    (1, 18): ("09:00", "09:15"),
    (1, 19): ("10:00", "10:16"),
    (1, 20): ("09:00", "09:20"),
    (1, 21): ("16:50", "18:10"),
}
_SILENT: Final = {(1, 20): ("12:00", "12:40"), (2, 6): ("23:50", "24:30")}
EXCUSED: Final = {(1, 15): Mark.LATE, (1, 26): Mark.ABSENT}


def turnout(shift: Planned) -> Turnout:
    """How a planned shift went."""
    key = (shift.worker, shift.day.day)
    went = Turnout(starts_at=shift.starts_at, ends_at=shift.ends_at, cancelled=shift.cancelled)
    if shift.cancelled:
        return went
    came, left = shift.starts_at - timedelta(minutes=5), shift.ends_at + timedelta(minutes=3)
    return replace(
        went,
        checked_in_at=_clock(shift.day, _CAME[key]) if key in _CAME else came,
        checked_out_at=_clock(shift.day, _LEFT[key]) if key in _LEFT else left,
        away=_stretch(shift.day, _AWAY.get(key)),
        silent=_stretch(shift.day, _SILENT.get(key)),
        excused=frozenset({EXCUSED[key]}) if key in EXCUSED else frozenset(),
    )


def _stretch(on: date, told: tuple[str, str] | None) -> tuple[tuple[datetime, datetime], ...]:
    if told is None:
        return ()
    since, until = (_clock(on, one) for one in told)
    assert since is not None
    assert until is not None
    return ((since, until),)


def _clock(on: date, told: str | None) -> datetime | None:
    if told is None:
        return None
    hours, minutes = map(int, told.split(":"))
    return datetime.combine(on, time(), tzinfo=ZONE) + timedelta(hours=hours, minutes=minutes)
