"""Three colours and the alert levels: how urgent an event is, how a region stands, and why, in words.

Owns the rules; thresholds come from the district's settings, tokens and shapes from the screens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dashboard.domain.model import Event, State
from dashboard.domain.words import Words

BELOW = Words(zh="低于", en="below")
ABOVE = Words(zh="高于", en="above")

MAJOR = 3
"""The severity of a major event."""


class Colour(StrEnum):
    """Green: well; yellow: soon late, or below the aim; red: late, or far below; none: nothing to judge."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A colour and why."""

    colour: Colour
    reason: Words


def overdue(due_at: datetime | None, now: datetime) -> bool:
    """Whether an open event's limit has passed. At the due instant itself it has not."""
    return due_at is not None and due_at < now


def soon_due(due_at: datetime | None, warn_at: datetime | None, now: datetime) -> bool:
    """Whether an open event is yellow: past its warning time, not past its limit."""
    return due_at is not None and warn_at is not None and warn_at <= now <= due_at


def event_colour(event: Event, now: datetime) -> Colour:
    """Colour of an event: by the time left while open, by whether it was in time once closed."""
    if not event.counted or event.due_at is None:
        return Colour.NONE if not event.counted else Colour.GREEN
    if event.state is State.CLOSED:
        late = event.closed_at is not None and event.closed_at > event.due_at
        return Colour.RED if late else Colour.GREEN
    if overdue(event.due_at, now):
        return Colour.RED
    return Colour.YELLOW if soon_due(event.due_at, event.warn_at, now) else Colour.GREEN


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
) -> Verdict:
    """Colour of a region by a rate between 0 and 1 and two thresholds: beyond the worse one red.

    `n` is the rate's denominator: below `min_n` the region is not judged.
    """
    if value is None:
        return Verdict(colour=Colour.NONE, reason=Words(zh="暂无数据", en="No data yet"))
    if n is not None and n < min_n:
        reason = Words(
            zh=f"样本不足（{n} 件，少于 {min_n} 件）", en=f"Too few cases ({n}, fewer than {min_n})"
        )
        return Verdict(colour=Colour.NONE, reason=reason)
    low, high = sorted(thresholds)
    if higher_is_better:
        colour = Colour.RED if value < low else Colour.YELLOW if value < high else Colour.GREEN
        missed, words = (low if colour is Colour.RED else high), BELOW
        met = Words(zh="达到", en="at least")
    else:
        colour = Colour.RED if value > high else Colour.YELLOW if value > low else Colour.GREEN
        missed, words = (high if colour is Colour.RED else low), ABOVE
        met = Words(zh="不高于", en="at most")
    words = met if colour is Colour.GREEN else words
    return Verdict(
        colour=colour,
        reason=Words(zh=f"{value:.1%}，{words.zh} {missed:.1%}", en=f"{value:.1%}, {words.en} {missed:.1%}"),
    )
