"""The rota: who is to work which turn on which day, from patterns, the calendar, and what was changed by hand.

Owns patterns, assignments, swaps, leave and extra turns, and the plan that follows from them. A turn belongs to the
local day on which it begins. The plan of a stretch of days depends on nothing else, so that it can be made again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from dashboard.domain.worktime import Calendar
from dashboard.errors import DashboardError

LONGEST_PLAN_DAYS: Final = 400
DAY: Final = timedelta(days=1)


class RotaWrong(DashboardError):
    """The rota cannot be planned: {reason}. Correct the pattern or the change and try again."""

    zh = "无法排班：{reason_zh}。请更正班次模式或调班后重试。"
    status = 422


class Rests(StrEnum):
    """What gives days off: the pattern alone, or the calendar over it (holidays rest, make-up days work)."""

    CYCLE = "cycle"
    CALENDAR = "calendar"


class ChangeKind(StrEnum):
    """What was changed by hand. SWAP: two turns change hands; LEAVE: a turn is let off; EXTRA: one more turn."""

    SWAP = "swap"
    LEAVE = "leave"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A kind of shift: local minutes of the day; one that ends after midnight ends past 1440."""

    key: str
    start_min: int
    end_min: int

    def span(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """When the turn of a local day begins and ends, UTC, by the wall clock."""
        return _at(day, self.start_min, zone), _at(day, self.end_min, zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Turns that follow each other from day to day, None for a day off, counted from `anchor`.

    With the calendar's rests a pattern of one turn is office hours: that turn on every workday.
    """

    key: str
    turns: tuple[str | None, ...]
    anchor: date
    rests: Rests = Rests.CYCLE

    def on(self, day: date, step: int, calendar: Calendar) -> str | None:
        """The turn of a day for those who are `step` days further in the pattern; None: off."""
        if self.rests is Rests.CALENDAR and not calendar.is_workday(day):
            return None
        return self.turns[((day - self.anchor).days + step) % len(self.turns)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A worker follows a pattern from a day on, until before another. `step`: days further in it than its anchor."""

    worker: int
    pattern: str
    step: int
    first: date
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return self.first <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change by hand, for a worker and a day. A swap gives the turn to `other` for that of `other_day`; an extra
    turn names its `turn`."""

    kind: ChangeKind
    worker: int
    day: date
    other: int | None = None
    other_day: date | None = None
    turn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rota:
    """All that a plan is made from. Changes apply in their order."""

    turns: Mapping[str, Turn]
    patterns: Mapping[str, Pattern]
    assignments: Sequence[Assignment]
    changes: Sequence[Change] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Planned:
    """A shift as it should be. `cancelled`: it was planned and let off."""

    day: date
    worker: int
    starts_at: datetime
    ends_at: datetime
    turn: str
    cancelled: bool = False


Held = dict[tuple[int, date], list[str]]


def planned(rota: Rota, first: date, until: date, calendar: Calendar, zone: ZoneInfo) -> list[Planned]:
    """The shifts of the days from `first` to before `until`, by day and worker. RotaWrong where a change names a turn
    that is not there, or somebody would be in two shifts at once."""
    if (until - first).days > LONGEST_PLAN_DAYS:
        raise RotaWrong(reason="more than a year at once", reason_zh="一次超过一年")
    wanted = {first + n * DAY for n in range((until - first).days)}
    # A swap may reach to days outside of those asked for: the turn that comes in from there must be known.
    reached = {change.other_day for change in rota.changes if change.other_day is not None}
    reached |= {change.day for change in rota.changes}
    held = _by_pattern(rota, wanted | reached, calendar)
    let_off: Held = {}
    for change in rota.changes:
        _apply(change, held, let_off, rota)
    found = [
        *_shifts(rota, held, wanted, zone, cancelled=False),
        *_shifts(rota, let_off, wanted, zone, cancelled=True),
    ]
    _refuse_clashes(found)
    return sorted(found)


def _by_pattern(rota: Rota, days: Iterable[date], calendar: Calendar) -> Held:
    held: Held = {}
    for day in days:
        for assignment in rota.assignments:
            if not assignment.holds(day):
                continue
            turn = rota.patterns[assignment.pattern].on(day, assignment.step, calendar)
            if turn is not None:
                held.setdefault((assignment.worker, day), []).append(turn)
    return held


def _apply(change: Change, held: Held, let_off: Held, rota: Rota) -> None:
    if change.kind is ChangeKind.EXTRA:
        if change.turn is None or change.turn not in rota.turns:
            raise RotaWrong(reason=f"there is no turn {change.turn}", reason_zh=f"没有班次 {change.turn}")
        held.setdefault((change.worker, change.day), []).append(change.turn)
        return
    given = _taken(held, change.worker, change.day)
    if change.kind is ChangeKind.LEAVE:
        let_off.setdefault((change.worker, change.day), []).append(given)
        return
    if change.other is None or change.other_day is None:
        raise RotaWrong(reason="a swap names two workers and two days", reason_zh="换班须写明双方和日期")
    got = _taken(held, change.other, change.other_day)
    held.setdefault((change.other, change.day), []).append(given)
    held.setdefault((change.worker, change.other_day), []).append(got)


def _taken(held: Held, worker: int, day: date) -> str:
    """The turn of a worker and day, which it is no more."""
    turns = held.get((worker, day), [])
    if not turns:
        raise RotaWrong(
            reason=f"worker {worker} has no turn on {day}", reason_zh=f"人员 {worker} 在 {day} 没有班次"
        )
    return turns.pop(0)


def _shifts(
    rota: Rota, held: Held, wanted: set[date], zone: ZoneInfo, *, cancelled: bool
) -> Iterable[Planned]:
    for (worker, day), turns in held.items():
        for key in turns if day in wanted else ():
            starts_at, ends_at = rota.turns[key].span(day, zone)
            yield Planned(
                day=day, worker=worker, starts_at=starts_at, ends_at=ends_at, turn=key, cancelled=cancelled
            )


def _refuse_clashes(found: Sequence[Planned]) -> None:
    by_worker: dict[int, list[Planned]] = {}
    for one in found:
        if not one.cancelled:
            by_worker.setdefault(one.worker, []).append(one)
    for worker, shifts in by_worker.items():
        for before, after in pairwise(sorted(shifts, key=lambda one: one.starts_at)):
            if after.starts_at < before.ends_at:
                raise RotaWrong(
                    reason=f"worker {worker} would have two shifts at once on {after.day}",
                    reason_zh=f"人员 {worker} 在 {after.day} 班次重叠",
                )


def _at(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    days, rest = divmod(minutes, 1440)
    return datetime.combine(day + days * DAY, time(rest // 60, rest % 60), tzinfo=zone).astimezone(UTC)
