"""Attendance: what a shift comes to beside what was planned, and the sums of many.

Owns the marks (late, early, absent, left post, silent, not checked out), their tolerances and the sums of a day and a
month. When a worker was away or silent is told by `trails.presence`; this decides which of it counts. A shift belongs
to the local day on which it begins. What a supervisor excused keeps its minutes and counts in no rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from dashboard.domain.words import Words

MINUTE: Final = timedelta(minutes=1)
Stretch = tuple[datetime, datetime]
"""From when until when, aware."""


class Mark(StrEnum):
    """What was not as planned."""

    LATE = "late"
    EARLY = "early"
    ABSENT = "absent"
    LEFT_POST = "left_post"
    SILENT = "silent"
    NOT_OUT = "not_out"


class Standing(StrEnum):
    """How a shift stands: LEAVE: let off; TO_COME: not begun, or nobody expected yet; ON: somebody is there."""

    LEAVE = "leave"
    TO_COME = "to_come"
    ON = "on"
    DONE = "done"
    ABSENT = "absent"


MARK_WORDS: Final[dict[Mark, Words]] = {
    Mark.LATE: Words(zh="迟到", en="Late"),
    Mark.EARLY: Words(zh="早退", en="Left early"),
    Mark.ABSENT: Words(zh="缺勤", en="Absent"),
    Mark.LEFT_POST: Words(zh="脱岗", en="Left post"),
    Mark.SILENT: Words(zh="失联", en="Silent"),
    Mark.NOT_OUT: Words(zh="未签退", en="Not checked out"),
}
STANDING_WORDS: Final[dict[Standing, Words]] = {
    Standing.LEAVE: Words(zh="休假", en="On leave"),
    Standing.TO_COME: Words(zh="未到班", en="To come"),
    Standing.ON: Words(zh="在岗", en="On duty"),
    Standing.DONE: Words(zh="已下班", en="Done"),
    Standing.ABSENT: Words(zh="缺勤", en="Absent"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceRules:
    """Tolerances, minutes. What lies within is as planned; past it all minutes count."""

    late_min: float = 5.0
    early_min: float = 5.0
    absent_min: float = 120.0
    """Who has not come so long after the begin is absent, also when coming later."""
    left_post_min: float = 15.0
    """A stretch away from the own grid that lasted longer is a left post."""
    silent_min: float = 15.0
    """A stretch without any fix that lasted longer is a silence."""
    not_out_min: float = 120.0
    """Who has not checked out so long after the end forgot it; worked is then until the end."""


def attendance_rules_from(settings: Mapping[str, Any]) -> AttendanceRules:
    """The rules of a district's setting `attendance`. ValueError for a name or number that cannot be."""
    stated = settings.get("attendance", {})
    unknown = sorted(set(stated) - {one.name for one in fields(AttendanceRules)})
    if unknown:
        raise ValueError(f"attendance: there is no {', '.join(unknown)}")
    values = {name: float(value) for name, value in stated.items()}
    wrong = sorted(name for name, value in values.items() if not 0 <= value <= 1440)
    if wrong:
        raise ValueError(f"attendance: {', '.join(wrong)} must be 0 to 1440 minutes")
    return AttendanceRules(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turnout:
    """A shift as it went so far. `excused`: marks that a supervisor gave a reason for."""

    starts_at: datetime
    ends_at: datetime
    checked_in_at: datetime | None = None
    checked_out_at: datetime | None = None
    cancelled: bool = False
    away: tuple[Stretch, ...] = ()
    silent: tuple[Stretch, ...] = ()
    excused: frozenset[Mark] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """One thing that was not as planned, and how many whole minutes it came to."""

    mark: Mark
    minutes: int
    excused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a shift comes to. `worked_min`: whole minutes between begin and end that somebody was there."""

    standing: Standing
    worked_min: int = 0
    marks: tuple[Marked, ...] = ()

    @property
    def counted(self) -> tuple[Mark, ...]:
        """The marks that nobody excused."""
        return tuple(one.mark for one in self.marks if not one.excused)


def judged(turnout: Turnout, rules: AttendanceRules, now: datetime) -> Judged:
    """How a shift stands at a moment, and its marks."""
    if turnout.cancelled:
        return Judged(standing=Standing.LEAVE)
    came = turnout.checked_in_at if turnout.checked_in_at and turnout.checked_in_at <= now else None
    if came is not None and came < turnout.ends_at:
        if came - turnout.starts_at <= rules.absent_min * MINUTE:
            return _attended(turnout, came, rules, now)
    elif now < min(turnout.starts_at + rules.absent_min * MINUTE, turnout.ends_at):
        return Judged(standing=Standing.TO_COME)
    lost = whole_minutes(turnout.ends_at - turnout.starts_at)
    return Judged(standing=Standing.ABSENT, marks=(_marked(turnout, Mark.ABSENT, lost),))


def _attended(turnout: Turnout, came: datetime, rules: AttendanceRules, now: datetime) -> Judged:
    left = turnout.checked_out_at if turnout.checked_out_at and turnout.checked_out_at <= now else None
    marks = []
    if came - turnout.starts_at > rules.late_min * MINUTE:
        marks.append(_marked(turnout, Mark.LATE, whole_minutes(came - turnout.starts_at)))
    if left is not None and turnout.ends_at - left > rules.early_min * MINUTE:
        marks.append(_marked(turnout, Mark.EARLY, whole_minutes(turnout.ends_at - left)))
    there = (max(came, turnout.starts_at), max(came, min(left or now, turnout.ends_at)))
    for mark, stretches, tolerated in (
        (Mark.LEFT_POST, turnout.away, rules.left_post_min),
        (Mark.SILENT, turnout.silent, rules.silent_min),
    ):
        if lost := _lost_minutes(stretches, there, tolerated):
            marks.append(_marked(turnout, mark, lost))
    if left is None and now - turnout.ends_at > rules.not_out_min * MINUTE:
        marks.append(_marked(turnout, Mark.NOT_OUT, 0))
    return Judged(
        standing=Standing.ON if left is None and now < turnout.ends_at else Standing.DONE,
        worked_min=whole_minutes(there[1] - there[0]),
        marks=tuple(marks),
    )


def _lost_minutes(stretches: Iterable[Stretch], there: Stretch, tolerated_min: float) -> int:
    """Whole minutes of the stretches, each cut to when somebody was there, that lasted longer than tolerated."""
    lasted = (min(until, there[1]) - max(since, there[0]) for since, until in stretches)
    return sum(whole_minutes(one) for one in lasted if one > tolerated_min * MINUTE)


def _marked(turnout: Turnout, mark: Mark, minutes: int) -> Marked:
    return Marked(mark=mark, minutes=minutes, excused=mark in turnout.excused)


def whole_minutes(length: timedelta) -> int:
    """Minutes that were full; none of a negative time."""
    return max(0, length // MINUTE)


@dataclass(slots=True, kw_only=True)
class Tally:
    """Sums of shifts, of one worker or of many. Marks are counted where nobody excused them, and so are minutes.

    `due`: shifts that were to be worked and have begun so far, without leave and excused absences; `attended`: of
    those. `to_come`: not begun, or still awaited.
    """

    due: int = 0
    attended: int = 0
    leave: int = 0
    to_come: int = 0
    excused: int = 0
    nights: int = 0
    rest_days: int = 0
    worked_min: int = 0
    times: dict[Mark, int] = field(default_factory=lambda: dict.fromkeys(Mark, 0))
    minutes: dict[Mark, int] = field(default_factory=lambda: dict.fromkeys(Mark, 0))

    def add(self, found: Judged, *, night: bool = False, rest_day: bool = False) -> None:
        """One more shift. `night`: it goes past midnight; `rest_day`: it begins on a day that the calendar rests."""
        self.worked_min += found.worked_min
        for one in found.marks:
            if one.excused:
                self.excused += 1
            else:
                self.times[one.mark] += 1
                self.minutes[one.mark] += one.minutes
        if found.standing is Standing.LEAVE:
            self.leave += 1
        elif found.standing is Standing.TO_COME:
            self.to_come += 1
        elif found.standing is not Standing.ABSENT:
            self.due += 1
            self.attended += 1
            self.nights += night
            self.rest_days += rest_day
        elif found.counted:
            self.due += 1

    def join(self, other: Tally) -> None:
        """The sums of others as well."""
        for name in _NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for mark in Mark:
            self.times[mark] += other.times[mark]
            self.minutes[mark] += other.minutes[mark]

    @property
    def rate(self) -> float | None:
        """Attended of due; None where nothing was due."""
        return self.attended / self.due if self.due else None


_NUMBERS: Final = ("due", "attended", "leave", "to_come", "excused", "nights", "rest_days", "worked_min")

SIGNS: Final[dict[Mark, str]] = {
    Mark.LATE: "迟",
    Mark.EARLY: "早",
    Mark.ABSENT: "缺",
    Mark.LEFT_POST: "脱",
    Mark.SILENT: "失",
    Mark.NOT_OUT: "未",
}
SIGNS_EN: Final[dict[Mark, str]] = {
    Mark.LATE: "L",
    Mark.EARLY: "E",
    Mark.ABSENT: "A",
    Mark.LEFT_POST: "P",
    Mark.SILENT: "S",
    Mark.NOT_OUT: "N",
}


def sign(found: Judged, lang: str) -> str:
    """A shift in a cell of the month sheet: √ as planned, a letter for each mark, in brackets where excused."""
    if found.standing is Standing.LEAVE:
        return "假" if lang == "zh" else "V"
    if found.standing is Standing.TO_COME:
        return "·"
    signs = SIGNS if lang == "zh" else SIGNS_EN
    return "".join(f"({signs[one.mark]})" if one.excused else signs[one.mark] for one in found.marks) or "√"
