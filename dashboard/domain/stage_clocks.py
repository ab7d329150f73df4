"""The clocks of one event's way through the loop: when each stage began and ended, how long it may and did take.

Pure sums over the event's own clocks and its trace; the limits are those of the workflow, for the stage without
one those of the category. A stage that the event came back to runs again from its return.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.domain.model import State
from dashboard.domain.terms import Terms
from dashboard.domain.workflow import Stage

HOUR = timedelta(hours=1)
RETURN = "return"
DONE_ACTIONS = ("done", "enter")
"""What tells who worked in a stage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One line of the trace, as far as clocks need it."""

    stage: str
    action: str
    at: datetime
    actor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What an event says of itself. `done`: its clocks by column; `limit_hours`: its category's limit."""

    stage: str
    state: State
    reported_at: datetime
    done: Mapping[str, datetime | None]
    due_at: datetime | None
    stage_due_at: datetime | None
    signed_at: datetime | None
    sign_due_at: datetime | None
    limit_hours: float | None
    limit_working: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StageClock:
    """One stage of one event.

    Hours are working hours, plain ones where `working` is False. `running`: it is in this stage now; `late`: `due_at`
    was over when it ended or is so by now; `late_hours`: by how much, 0 over a night without work; `returned`: how
    often it was sent back from here.
    """

    key: str
    started_at: datetime | None
    done_at: datetime | None
    running: bool
    limit_hours: float | None
    working: bool
    used_hours: float | None
    due_at: datetime | None
    late: bool
    late_hours: float
    returned: int
    actor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignClock:
    """Whether the department signed for its task, and in time; `late_hours` are working hours."""

    signed_at: datetime | None
    due_at: datetime | None
    late: bool
    late_hours: float


def stage_clocks(life: Life, trace: Sequence[Passage], terms: Terms, now: datetime) -> tuple[StageClock, ...]:
    """The clocks of every stage of the loop, in order."""
    workflow = terms.workflow
    here = workflow.index(life.stage) if life.stage in (*workflow.keys, "done") else None
    found: list[StageClock] = []
    began: datetime | None = life.reported_at
    for place, stage in enumerate(workflow.stages):
        mine = [one for one in trace if one.stage == stage.key]
        reached = began is not None if here is None else place <= here
        running = place == here and life.state is not State.VOID
        done_at = life.done.get(stage.done_column) if reached and not running else None
        passed = running or done_at is not None
        started_at = _started(began, running, trace) if reached and passed else None
        found.append(
            _clock(life, stage, terms, now, mine, started_at=started_at, done_at=done_at, running=running)
        )
        began = done_at or (began if here is not None and place < here else None)
    return tuple(found)


def sign_clock(life: Life, terms: Terms, now: datetime) -> SignClock:
    """The clock of the signature inside the handling stage."""
    waiting = now if life.state is State.OPEN else None
    end = life.signed_at or waiting
    return SignClock(
        signed_at=life.signed_at,
        due_at=life.sign_due_at,
        late=_late(life.sign_due_at, end),
        late_hours=_late_hours(life.sign_due_at, end, terms, working=True),
    )


def _clock(
    life: Life,
    stage: Stage,
    terms: Terms,
    now: datetime,
    trace: Sequence[Passage],
    *,
    started_at: datetime | None,
    done_at: datetime | None,
    running: bool,
) -> StageClock:
    own = stage.limit_hours is not None
    working = own or life.limit_working
    limit_hours = stage.limit_hours if own else life.limit_hours
    end = now if running else done_at
    used_hours = None if started_at is None or end is None else _hours(started_at, end, terms, working)
    due_at = _due(life, stage, terms, started_at, running=running)
    return StageClock(
        key=stage.key,
        started_at=started_at,
        done_at=done_at,
        running=running,
        limit_hours=limit_hours,
        working=working,
        used_hours=used_hours,
        due_at=due_at,
        late=_late(due_at, end),
        late_hours=_late_hours(due_at, end, terms, working=working),
        returned=sum(one.action == RETURN for one in trace),
        actor=next((one.actor for one in reversed(trace) if one.action in DONE_ACTIONS and one.actor), None),
    )


def _started(began: datetime | None, running: bool, trace: Sequence[Passage]) -> datetime | None:
    """When the stage began: with the end of the one before, or when the event came back to it."""
    if not running or not trace:
        return began
    back = [one.at for one in trace if one.action == RETURN]
    moved = [one.at for one in trace if one.action == "done"]
    if not back or (moved and moved[-1] > back[-1]) or (began is not None and back[-1] <= began):
        return began
    return back[-1]


def _due(
    life: Life, stage: Stage, terms: Terms, started_at: datetime | None, *, running: bool
) -> datetime | None:
    if started_at is None:
        return None
    if running and life.stage_due_at is not None:
        return life.stage_due_at
    if stage.limit_hours is None:
        return life.due_at
    return terms.schedule.add_working_time(started_at, stage.limit_hours)


def _hours(start: datetime, end: datetime, terms: Terms, working: bool) -> float:
    if end <= start:
        return 0.0
    return terms.schedule.working_hours_between(start, end) if working else (end - start) / HOUR


def _late(due_at: datetime | None, end: datetime | None) -> bool:
    return due_at is not None and end is not None and end > due_at


def _late_hours(due_at: datetime | None, end: datetime | None, terms: Terms, *, working: bool) -> float:
    if due_at is None or end is None:
        return 0.0
    return _hours(due_at, end, terms, working)
