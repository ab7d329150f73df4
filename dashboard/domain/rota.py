"""The rota: who is to work which turn on which day, from patterns, the calendar, and what was changed by hand.

Owns patterns, assignments, swaps, leave and extra turns, and the plan that follows from them. A turn belongs to the
local day on which it begins. The plan of a stretch of days depends on nothing else, so that it can be made again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from dashboard.domain.words import Words
from dashboard.domain.worktime import Calendar
from dashboard.errors import DashboardError

LONGEST_PLAN_DAYS: Final = 400
DAY: Final = timedelta(days=1)


class RotaWrong(DashboardError):
    """The rota cannot be planned: {reason}. Correct the pattern or the change and try again."""

    zh = "无法排班：{reason_zh}。请更正班次模式或调班后重试。"
    status = 422

    @property
    def worker(self) -> int | None:
        """Whom it is about, where that is one worker."""
        found = self.facts.get("worker")
        return found if isinstance(found, int) else None

    def told_of(self, who: Words) -> RotaWrong:
        """The same with the worker called so."""
        facts = self.facts
        return RotaWrong(reason=f"{who.en} {facts['what']}", reason_zh=f"{who.zh} {facts['what_zh']}")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What cannot be planned, and why: a change, or None for all that a worker has by pattern."""

    worker: int
    change: Change | None = None
    error: RotaWrong = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWithoutWrongs:
    """The shifts that can be planned, by day and worker, and what was left out of them."""

    shifts: list[Planned]
    left_out: list[LeftOut]


Held = dict[tuple[int, date], list[str]]


def planned(rota: Rota, first: date, until: date, calendar: Calendar, zone: ZoneInfo) -> list[Planned]:
    """The shifts of the days from `first` to before `until`, by day and worker. RotaWrong where a change names a turn
    that is not there, or somebody would be in two shifts at once."""
    plan = plan_without_wrongs(rota, first, until, calendar, zone)
    for one in plan.left_out:
        raise one.error
    return plan.shifts


def plan_without_wrongs(
    rota: Rota, first: date, until: date, calendar: Calendar, zone: ZoneInfo
) -> PlanWithoutWrongs:
    """The same where something cannot be planned: without that, so that it is nobody else's trouble."""
    if (until - first).days > LONGEST_PLAN_DAYS:
        raise RotaWrong(reason="more than a year at once", reason_zh="一次超过一年")
    wanted = {first + n * DAY for n in range((until - first).days)}
    # A swap may reach to days outside of those asked for: the turn that comes in from there must be known.
    reached = {change.other_day for change in rota.changes if change.other_day is not None}
    reached |= {change.day for change in rota.changes}
    by_pattern, left_out = _by_pattern(rota, wanted | reached, calendar)
    changes = list(rota.changes)
    while True:
        held, let_off, refused = _changed(by_pattern, changes, rota)
        found = [
            *_shifts(rota, held, wanted, zone, cancelled=False),
            *_shifts(rota, let_off, wanted, zone, cancelled=True),
        ]
        clashes = _clashes(found, changes)
        if not clashes:
            return PlanWithoutWrongs(shifts=sorted(found), left_out=[*left_out, *refused])
        left_out += clashes
        changes = _without(changes, [one.change for one in clashes if one.change is not None])
        cut = {one.worker for one in clashes if one.change is None}
        by_pattern = {key: turns for key, turns in by_pattern.items() if key[0] not in cut}


def _by_pattern(rota: Rota, days: Iterable[date], calendar: Calendar) -> tuple[Held, list[LeftOut]]:
    held: Held = {}
    unknown: dict[int, LeftOut] = {}
    for day in sorted(days):
        for assignment in rota.assignments:
            if not assignment.holds(day):
                continue
            turn = rota.patterns[assignment.pattern].on(day, assignment.step, calendar)
            if turn is not None and turn not in rota.turns:
                unknown[assignment.worker] = LeftOut(worker=assignment.worker, error=_no_such(turn))
            elif turn is not None:
                held.setdefault((assignment.worker, day), []).append(turn)
    return {key: turns for key, turns in held.items() if key[0] not in unknown}, list(unknown.values())


def _changed(by_pattern: Held, changes: Iterable[Change], rota: Rota) -> tuple[Held, Held, list[LeftOut]]:
    """Who holds which turns after the changes, which were let off, and the changes that cannot be."""
    held = {key: list(turns) for key, turns in by_pattern.items()}
    let_off: Held = {}
    refused = []
    for change in changes:
        try:
            _apply(change, held, let_off, rota)
        except RotaWrong as error:
            refused.append(LeftOut(worker=change.worker, change=change, error=error))
    return held, let_off, refused


def _apply(change: Change, held: Held, let_off: Held, rota: Rota) -> None:
    """RotaWrong, with everything as it was before."""
    if change.kind is ChangeKind.EXTRA:
        if change.turn is None or change.turn not in rota.turns:
            raise _no_such(change.turn)
        held.setdefault((change.worker, change.day), []).append(change.turn)
        return
    if change.kind is ChangeKind.LEAVE:
        given = _taken(held, change.worker, change.day)
        let_off.setdefault((change.worker, change.day), []).append(given)
        return
    if change.other is None or change.other_day is None:
        raise RotaWrong(reason="a swap names two workers and two days", reason_zh="换班须写明双方和日期")
    given = _taken(held, change.worker, change.day)
    try:
        got = _taken(held, change.other, change.other_day)
    except RotaWrong:
        held[change.worker, change.day].insert(0, given)
        raise
    held.setdefault((change.other, change.day), []).append(given)
    held.setdefault((change.worker, change.other_day), []).append(got)


def _taken(held: Held, worker: int, day: date) -> str:
    """The turn of a worker and day, which it is no more."""
    turns = held.get((worker, day), [])
    if not turns:
        raise _about(worker, f"has no turn on {day}", f"在 {day} 没有班次")
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


def _clashes(found: Sequence[Planned], changes: Sequence[Change]) -> list[LeftOut]:
    """For each worker with two shifts at once the last change that had a part in it, or all of the worker's pattern."""
    by_worker: dict[int, list[Planned]] = {}
    for one in found:
        if not one.cancelled:
            by_worker.setdefault(one.worker, []).append(one)
    clashes = []
    for worker, shifts in by_worker.items():
        for before, after in pairwise(sorted(shifts, key=lambda one: one.starts_at)):
            if after.starts_at < before.ends_at:
                error = _about(
                    worker, f"would have two shifts at once on {after.day}", f"在 {after.day} 班次重叠"
                )
                change = _last_of(changes, worker, {before.day, after.day})
                clashes.append(LeftOut(worker=worker, change=change, error=error))
                break
    return clashes


def _last_of(changes: Sequence[Change], worker: int, days: set[date]) -> Change | None:
    for change in reversed(changes):
        has_part = worker in (change.worker, change.other) and days & {change.day, change.other_day}
        if has_part and change.kind is not ChangeKind.LEAVE:
            return change
    return None


def _without(changes: Sequence[Change], gone: Sequence[Change]) -> list[Change]:
    """Of changes that are alike the last goes first."""
    kept, leaving = [], Counter(set(gone))
    for change in reversed(changes):
        if leaving[change]:
            leaving[change] -= 1
        else:
            kept.append(change)
    return kept[::-1]


def _no_such(turn: str | None) -> RotaWrong:
    return RotaWrong(reason=f"there is no turn {turn}", reason_zh=f"没有班次 {turn}")


def _about(worker: int, what: str, what_zh: str) -> RotaWrong:
    return RotaWrong(
        reason=f"worker {worker} {what}",
        reason_zh=f"人员 {worker} {what_zh}",
        worker=worker,
        what=what,
        what_zh=what_zh,
    )


def _at(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    days, rest = divmod(minutes, 1440)
    return datetime.combine(day + days * DAY, time(rest // 60, rest % 60), tzinfo=zone).astimezone(UTC)
