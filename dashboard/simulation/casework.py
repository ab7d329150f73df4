"""Events on their way: what each will do next and when. Owns the plan of unfinished events; writes nothing.

The plan is a heap with one entry an event, so that its size is the number of unfinished events.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from dashboard.domain.workflow import DONE, SEVEN
from dashboard.domain.worktime import WorkSchedule
from dashboard.simulation.lifecycle import SIGN_LIMIT_H, Lives
from data_access.writes.events import Change

CLOSED_STAGE = SEVEN.following(SEVEN.closing)

# Step: the action in the trace, the clock that it sets, and the stage that it belongs to.
STEPS: dict[str, tuple[str, str, str]] = {
    "accepted": ("done", "accepted_at", "report"),
    "filed": ("done", "filed_at", "file"),
    "misrouted": ("return", "", "dispatch"),
    "dispatched": ("done", "dispatched_at", "dispatch"),
    "signed": ("sign", "signed_at", "handle"),
    "first_resolved": ("done", "resolved_at", "handle"),
    "first_replied": ("done", "replied_at", "feedback"),
    "returned": ("return", "", "verify"),
    "resolved": ("done", "resolved_at", "handle"),
    "replied": ("done", "replied_at", "feedback"),
    "verified": ("done", "verified_at", "verify"),
    "evaluated": ("done", "evaluated_at", "evaluate"),
    "voided": ("void", "", ""),
}
ANSWERS = ("asked", "answered")


@dataclass(slots=True, kw_only=True)
class Case:
    """An unfinished event: where it stands and what is to come, the next last.

    `worker` is a place, -1 for none.
    """

    id: int
    source: str
    stage: str
    state: str
    worker: int
    lon: float
    lat: float
    resolution: bool
    satisfaction: int
    ahead: list[tuple[float, str]] = field(default_factory=list)


@dataclass(order=True, slots=True)
class _Entry:
    at_s: float
    serial: int
    case: Case = field(compare=False)


class Plan:
    """All unfinished events in the order of their next step."""

    def __init__(self, schedule: WorkSchedule, speed: float) -> None:
        self._schedule = schedule
        self._speed = speed
        self._heap: list[_Entry] = []
        self._serial = 0

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, case: Case, lives: Lives, place: int) -> None:
        """Plan a case along a life."""
        ahead = []
        for order, key in enumerate((*STEPS, *ANSWERS)):
            at = float(getattr(lives, key)[place])
            if not np.isnan(at):
                ahead.append((at, order, key))
        ahead.sort()
        steps = [(at, key) for at, _, key in ahead]
        voided = [at for at, key in steps if key == "voided"]
        if voided:
            steps = [step for step in steps if step[0] <= voided[0]]
        case.ahead = steps[::-1]
        self._push(case)

    def due(self, now_s: float, horizon_s: float, limit: int) -> list[tuple[Case, str]]:
        """Cases with a step to take now, at most `limit`.

        Where there is none, the next one within the horizon.
        """
        taken: list[tuple[Case, str]] = []
        while self._heap and self._heap[0].at_s <= now_s and len(taken) < limit:
            taken.append(self._pop())
        if not taken and self._heap and self._heap[0].at_s <= now_s + horizon_s:
            taken.append(self._pop())
        return taken

    def keep(self, case: Case) -> None:
        """Put a case back whose step was taken."""
        self._push(case)

    def _pop(self) -> tuple[Case, str]:
        case = heapq.heappop(self._heap).case
        _, key = case.ahead.pop()
        return case, key

    def _push(self, case: Case) -> None:
        if case.ahead:
            self._serial += 1
            heapq.heappush(self._heap, _Entry(case.ahead[-1][0], self._serial, case))

    def change(self, case: Case, key: str, now: datetime) -> Change:
        """The step as a change of the event's row; the case is moved on."""
        action, column, own = STEPS[key]
        was_stage, was_state = case.stage, case.state
        stage, state = was_stage, was_state
        if action == "done":
            stage = SEVEN.following(own)
            state = "closed" if own == SEVEN.closing else state
        elif key == "returned":
            stage = "handle"
        elif key == "voided":
            state = "void"
        case.stage, case.state = stage, state
        return Change(
            event_id=case.id,
            action=action,
            at=now,
            column=column,
            was_stage=was_stage,
            was_state=was_state,
            stage=stage,
            state=state,
            stage_due_at=self.stage_due(stage, now) if stage != was_stage else None,
            sign_due_at=self._limit(SIGN_LIMIT_H, now) if key == "dispatched" else None,
        )

    def stage_due(self, stage: str, now: datetime) -> datetime | None:
        """When a stage that begins now should be done; None where the whole limit rules."""
        if stage == DONE:
            return None
        hours = SEVEN.stage(stage).limit_hours
        return None if hours is None else self._limit(hours, now)

    def _limit(self, hours: float, now: datetime) -> datetime:
        due = self._schedule.add_working_time(now, hours)
        return now.astimezone(UTC) + (due - now) / self._speed if self._speed != 1 else due
