"""What one event, one worker adds to the live counters, and when the clock alone will change that.

Owns the definitions of the live counters. Leaves adding them up over regions to `dashboard.live.counts`, and
rates over any window of time to `indicators`. All functions are pure: `now` comes in, aware, UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dashboard.domain.colours import overdue, soon_due
from dashboard.domain.model import Activity, Event, Shift, Source, State
from dashboard.domain.workflow import Workflow

TICK: Final = timedelta(microseconds=1)
"""Resolution of the database's clock: a strict inequality turns true one tick later."""

DUE_SOON: Final = timedelta(hours=2)
STILL_AFTER: Final = timedelta(minutes=30)
FIELD_ROLE: Final = "grid_worker"
HANDLING_STAGE: Final = "handle"

MAP_KEYS: Final = ("open", "overdue")
"""The counters of communities, grids and micro-grids: what the map shows."""

ACTIVITIES: Final = tuple(Activity)
"""Activities in the order of the wire's flags: 0 patrol ... 4 offline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the counters depend on besides the facts.

    `day_start`: the local midnight that today began at, UTC.
    """

    workflow: Workflow
    day_start: datetime
    satisfied_from: int = 3


def keys(workflow: Workflow, top_categories: Iterable[int]) -> tuple[str, ...]:
    """All counters of a district or a street, in the order they are shown. `top_categories`: level-1 ids."""
    open_stages = [stage.key for stage in workflow.open_stages]
    return (
        *("reported", "open", "closed", "overdue", "due_2h", "yellow", "evaluating"),
        *(f"stage.{key}" for key in open_stages),
        *(f"late.{key}" for key in open_stages),
        *(f"passed.{key}" for key in workflow.keys),
        *(f"source.{source}" for source in Source),
        *(f"category.{top}" for top in top_categories),
        *("on_time_due.n", "on_time_due.d", "on_time_closed.n", "on_time_closed.d", "instant.n", "instant.d"),
        *("asked", "answered", "resolved", "satisfied"),
        *("rostered", "on_duty", *ACTIVITIES),
    )


def is_overdue(event: Event, now: datetime) -> bool:
    """Open, counted, and past its due time."""
    return event.state is State.OPEN and event.counted and overdue(event.due_at, now)


def handler(event: Event) -> int | None:
    """Id of the worker who is handling the event in the field now, if any."""
    if event.state is State.OPEN and event.counted and event.signed_at and event.stage == HANDLING_STAGE:
        return event.worker_id
    return None


def event_counts(event: Event, now: datetime, rules: Rules) -> tuple[str, ...]:
    """Keys that the event adds one to, each as often as it counts. Void events and duplicates add nothing."""
    if not event.counted:
        return ()
    found: list[str] = []
    if event.state is State.OPEN:
        _count_open(event, now, rules, found)
    if event.state is State.CLOSED:
        _count_closed(event, now, rules, found)
    if rules.day_start <= event.reported_at <= now:
        found += ("reported", f"source.{event.source}", f"category.{event.category_top}")
        if event.source is Source.HOTLINE:
            found.append("instant.d")
            if event.first_contact:
                found.append("instant.n")
    for stage in rules.workflow.stages:
        if _today(getattr(event, stage.done_column), now, rules):
            found.append(f"passed.{stage.key}")
    if _today(event.due_at, now, rules):
        found.append("on_time_due.d")
        if _closed_in_time(event):
            found.append("on_time_due.n")
    _count_feedback(event, now, rules, found)
    return tuple(found)


def event_next_change(event: Event, now: datetime) -> datetime | None:
    """The next moment at which the clock alone may change what the event counts or its alert; None: never."""
    if not event.counted:
        return None
    turns: list[datetime | None] = [
        event.reported_at,
        event.accepted_at,
        event.filed_at,
        event.dispatched_at,
        event.resolved_at,
        event.replied_at,
        event.verified_at,
        event.closed_at,
        event.evaluated_at,
        event.warn_at,
        event.due_at,
    ]
    if event.due_at is not None:
        turns += (event.due_at + TICK, event.due_at - DUE_SOON + TICK)
    for feedback in event.feedback:
        turns += (feedback.asked_at, feedback.answered_at)
    return min((turn for turn in turns if turn is not None and turn > now), default=None)


def duty(shifts: Iterable[Shift], now: datetime) -> tuple[bool, bool]:
    """(rostered, on duty) of one worker by his shifts, cancelled ones left out."""
    rostered = on_duty = False
    for shift in shifts:
        if shift.starts_at <= now < shift.ends_at:
            rostered = True
            checked_in = shift.checked_in_at is not None and shift.checked_in_at <= now
            checked_out = shift.checked_out_at is not None and shift.checked_out_at <= now
            on_duty = on_duty or (checked_in and not checked_out)
    return rostered, on_duty


def duty_since(shifts: Iterable[Shift], now: datetime) -> datetime | None:
    """When the shift began that somebody is on duty in; None: off duty. What was before it is nobody's business."""
    return min((shift.starts_at for shift in shifts if duty((shift,), now)[1]), default=None)


def duty_came(shifts: Iterable[Shift], now: datetime) -> datetime | None:
    """When somebody who is on duty began to be: with the shift at the soonest. Silence counts from it."""
    came = (
        max(shift.starts_at, shift.checked_in_at)
        for shift in shifts
        if shift.checked_in_at is not None and duty((shift,), now)[1]
    )
    return min(came, default=None)


def duty_next_change(shifts: Iterable[Shift], now: datetime) -> datetime | None:
    """The next moment at which the clock alone may change the duty; None: never."""
    turns = (
        turn
        for shift in shifts
        for turn in (shift.starts_at, shift.ends_at, shift.checked_in_at, shift.checked_out_at)
        if turn is not None and turn > now
    )
    return min(turns, default=None)


def _today(moment: datetime | None, now: datetime, rules: Rules) -> bool:
    return moment is not None and rules.day_start <= moment <= now


def _closed_in_time(event: Event) -> bool:
    return (
        event.state is State.CLOSED
        and event.closed_at is not None
        and event.due_at is not None
        and event.closed_at <= event.due_at
    )


def _count_open(event: Event, now: datetime, rules: Rules, found: list[str]) -> None:
    staged = any(stage.key == event.stage for stage in rules.workflow.open_stages)
    found.append("open")
    if staged:
        found.append(f"stage.{event.stage}")
    if overdue(event.due_at, now):
        found.append("overdue")
        if staged:
            found.append(f"late.{event.stage}")
    elif overdue(event.due_at, now + DUE_SOON):
        found.append("due_2h")
    if soon_due(event.due_at, event.warn_at, now):
        found.append("yellow")


def _count_closed(event: Event, now: datetime, rules: Rules, found: list[str]) -> None:
    if event.evaluated_at is None:
        found.append("evaluating")
    if _today(event.closed_at, now, rules):
        found.append("closed")
        if event.due_at is not None:
            found.append("on_time_closed.d")
        if _closed_in_time(event):
            found.append("on_time_closed.n")


def _count_feedback(event: Event, now: datetime, rules: Rules, found: list[str]) -> None:
    for feedback in event.feedback:
        if _today(feedback.asked_at, now, rules):
            found.append("asked")
        if _today(feedback.answered_at, now, rules):
            found.append("answered")
            if feedback.resolved:
                found.append("resolved")
            if feedback.satisfaction is not None and feedback.satisfaction >= rules.satisfied_from:
                found.append("satisfied")
