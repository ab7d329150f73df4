"""Three colours and the alert levels: how urgent an event is, how a region stands.

Owns the rules; thresholds come from the district's settings, reasons in words from `verdicts`, tokens and shapes from
the screens.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from dashboard.domain.model import Event, State

MAJOR = 3
"""The severity of a major event."""


class Colour(StrEnum):
    """Green: well; yellow: soon late, or below the aim; red: late, or far below; none: nothing to judge."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    NONE = "none"


def overdue(due_at: datetime | None, now: datetime) -> bool:
    """Whether an open event's limit has passed. At the due instant itself it has not."""
    return due_at is not None and due_at < now


def soon_due(due_at: datetime | None, warn_at: datetime | None, now: datetime) -> bool:
    """Whether an open event is yellow: past its warning time, not past its limit."""
    return due_at is not None and warn_at is not None and warn_at <= now <= due_at


def colour_of(
    state: State,
    due_at: datetime | None,
    warn_at: datetime | None,
    closed_at: datetime | None,
    now: datetime,
    duplicate: bool,
) -> Colour:
    """Colour of an event: by the time left while open, by whether it was in time once closed."""
    if duplicate or state is State.VOID:
        return Colour.NONE
    if state is State.CLOSED:
        late = closed_at is not None and due_at is not None and closed_at > due_at
        return Colour.RED if late else Colour.GREEN
    if overdue(due_at, now):
        return Colour.RED
    return Colour.YELLOW if soon_due(due_at, warn_at, now) else Colour.GREEN


def alert_level(event: Event, now: datetime) -> int:
    """1: for the leader on duty, 2: for the supervisor, 0: no alert. Only open, counted events alert."""
    if event.state is not State.OPEN or not event.counted:
        return 0
    major = event.severity >= MAJOR
    if event.escalation >= 2 or (major and overdue(event.due_at, now)):
        return 1
    if (
        event.escalation >= 1
        or event.supervision > 1
        or (major and soon_due(event.due_at, event.warn_at, now))
    ):
        return 2
    return 0


def region_colour(
    value: float | None,
    thresholds: tuple[float, float],
    *,
    n: int | None = None,
    min_n: int = 0,
    higher_is_better: bool = True,
) -> Colour:
    """Colour of a region by an indicator and two thresholds: beyond the worse one red.

    `n` is the size of what was measured: below `min_n` the region is not judged.
    """
    if value is None or (n is not None and n < min_n):
        return Colour.NONE
    low, high = sorted(thresholds)
    if higher_is_better:
        return Colour.RED if value < low else Colour.YELLOW if value < high else Colour.GREEN
    return Colour.RED if value > high else Colour.YELLOW if value > low else Colour.GREEN
