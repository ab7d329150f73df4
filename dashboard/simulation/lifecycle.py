"""The whole life of an event, drawn at its beginning.

Owns the statistics of handling; history and feed share it. Everything is vectorised: arrays of seconds
since 1970, NaN where a thing never happens. Handling advances on the service clock; limits run by
`dashboard.domain.worktime`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from dashboard.domain.worktime import WARN_SHARE, WorkTable
from dashboard.simulation.rhythm import HOUR_S, Seconds, ServiceClock

Flags = NDArray[np.bool_]

# Shares of the way from report to close: report, file, dispatch, handle, feedback, verify.
SHARES = np.array([0.055, 0.042, 0.08, 0.6, 0.105, 0.118])
LATE_SHARES = np.array([0.03, 0.03, 0.1, 0.74, 0.05, 0.05])
FIRMNESS = 14.0
LATE_FIRMNESS = 5.0

LATENESS_H = 16.0
LONGEST_LATENESS_H = 120.0
EVALUATION_H = 19.0
SIGN_LIMIT_H = 2.0
ESCALATE_AFTER_H = (24.0, 48.0)

INSTANT = 0.52
VOID = 0.008
REWORK = 0.035
MISROUTED = 0.03
ASKED = 0.62
ANSWERED = 0.86
RESOLVED = 0.968
SATISFACTION = (0.012, 0.016, 0.092, 0.27, 0.61)
"""Chances of the answers 1 (not at all) ... 5 (very satisfied)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """Lives of n events, one array per clock.

    `misrouted`: a first dispatch came back. `returned`: the check sent the work back to handling;
    `first_resolved` and `first_replied` are the clocks of the round before.
    """

    reported: Seconds
    accepted: Seconds
    filed: Seconds
    dispatched: Seconds
    signed: Seconds
    resolved: Seconds
    replied: Seconds
    verified: Seconds
    evaluated: Seconds
    due: Seconds
    warn: Seconds
    sign_due: Seconds
    misrouted: Seconds
    first_resolved: Seconds
    first_replied: Seconds
    returned: Seconds
    voided: Seconds
    asked: Seconds
    answered: Seconds
    resolution: Flags
    satisfaction: NDArray[np.int64]
    instant: Flags

    def __len__(self) -> int:
        return len(self.reported)

    def faster(self, speed: float) -> Lives:
        """The same lives from the same report on, lived `speed` times as fast."""
        changed = {}
        for field in fields(self):
            values = getattr(self, field.name)
            if values.dtype == np.float64:
                values = self.reported + (values - self.reported) / speed
            changed[field.name] = values
        return Lives(**changed)


def due_times(reported: Seconds, hours: Seconds, working: Flags, table: WorkTable) -> tuple[Seconds, Seconds]:
    """When events are due and when they turn yellow, by their limits."""
    micros = np.rint(reported * 1e6).astype(np.int64)
    result = []
    for share in (1.0, 1.0 - WARN_SHARE):
        plain = reported + hours * share * HOUR_S
        worked = table.add_working_time(micros, hours * share) / 1e6
        result.append(np.where(working, worked, plain))
    return result[0], result[1]


def draw(
    reported: Seconds,
    *,
    hours: Seconds,
    working: Flags,
    late: Seconds,
    hotline: Flags,
    clock: ServiceClock,
    table: WorkTable,
    rng: np.random.Generator,
) -> Lives:
    """Lives of events: reported when, with which limits, how likely late, and whether by telephone."""
    count = len(reported)
    due, warn = due_times(reported, hours, working, table)
    instant = hotline & (rng.random(count) < INSTANT)
    tardy = (rng.random(count) < late) & ~instant
    closed = _closing(reported, due, working=working, tardy=tardy, instant=instant, clock=clock, rng=rng)
    marks = _marks(reported, closed, tardy, clock, rng)
    signed = _signing(marks[:, 2], marks[:, 3], clock, rng)
    sign_due = table.add_working_time(np.rint(marks[:, 2] * 1e6).astype(np.int64), SIGN_LIMIT_H) / 1e6
    again = (rng.random(count) < REWORK) & ~instant
    round_s = np.where(again, (marks[:, 3] - signed) * rng.uniform(0.4, 0.8, count), np.nan)
    astray = (rng.random(count) < MISROUTED) & ~instant
    voided = np.where(rng.random(count) < VOID, marks[:, 0] + 300 + rng.exponential(HOUR_S, count), np.nan)
    voided = np.where((voided < closed) & ~instant, voided, np.nan)
    asked, answered = _asking(closed, voided, clock, rng)
    return Lives(
        reported=reported,
        accepted=marks[:, 0],
        filed=marks[:, 1],
        dispatched=marks[:, 2],
        signed=signed,
        resolved=marks[:, 3],
        replied=marks[:, 4],
        verified=closed,
        evaluated=clock.after(closed, rng.gamma(2.0, EVALUATION_H / 2, count) * HOUR_S),
        due=due,
        warn=warn,
        sign_due=sign_due,
        misrouted=np.where(astray, (marks[:, 1] + marks[:, 2]) / 2, np.nan),
        first_resolved=signed + 0.6 * round_s,
        first_replied=signed + 0.8 * round_s,
        returned=signed + round_s,
        voided=voided,
        asked=asked,
        answered=answered,
        resolution=rng.random(count) < RESOLVED,
        satisfaction=rng.choice(np.arange(1, 6), size=count, p=SATISFACTION),
        instant=instant,
    )


def _closing(
    reported: Seconds,
    due: Seconds,
    *,
    working: Flags,
    tardy: Flags,
    instant: Flags,
    clock: ServiceClock,
    rng: np.random.Generator,
) -> Seconds:
    """In time: somewhere on the way to the limit. Late: a while after it. At once: within minutes."""
    count = len(reported)
    span = clock.served(due) - clock.served(reported)
    way = np.where(working, rng.beta(1.15, 2.75, count), rng.beta(1.9, 1.7, count))
    in_time = clock.after(reported, span * np.clip(way, 0.03, 0.985))
    overtime = np.minimum(rng.exponential(LATENESS_H, count) + 0.2, LONGEST_LATENESS_H)
    after = clock.after(due, overtime * HOUR_S)
    return np.where(instant, reported + rng.uniform(180, 1500, count), np.where(tardy, after, in_time))


def _marks(
    reported: Seconds, closed: Seconds, tardy: Flags, clock: ServiceClock, rng: np.random.Generator
) -> Seconds:
    """Ends of the six stages before the close, shape (n, 6); the last is the close itself."""
    count = len(reported)
    shape = np.where(tardy[:, None], LATE_SHARES * LATE_FIRMNESS, SHARES * FIRMNESS)
    parts = rng.standard_gamma(shape) + 1e-6
    way = np.cumsum(parts, axis=1)
    way /= way[:, -1:]
    span = clock.served(closed) - clock.served(reported)
    marks = np.interp(clock.served(reported)[:, None] + span[:, None] * way, clock.served_s, clock.at_s)
    marks[:, -1] = closed
    assert marks.shape == (count, 6)
    return np.minimum(np.maximum(marks, reported[:, None]), closed[:, None])


def _signing(
    dispatched: Seconds, resolved: Seconds, clock: ServiceClock, rng: np.random.Generator
) -> Seconds:
    wait = rng.lognormal(np.log(0.45), 0.9, len(dispatched)) * HOUR_S
    return np.minimum(clock.after(dispatched, wait), dispatched + 0.6 * (resolved - dispatched))


def _asking(
    closed: Seconds, voided: Seconds, clock: ServiceClock, rng: np.random.Generator
) -> tuple[Seconds, Seconds]:
    count = len(closed)
    asked = clock.after(closed, rng.exponential(1.6 * HOUR_S, count) + 60)
    asked = np.where((rng.random(count) < ASKED) & np.isnan(voided), asked, np.nan)
    answered = clock.after(asked, rng.exponential(0.8 * HOUR_S, count) + 30)
    return asked, np.where(rng.random(count) < ANSWERED, answered, np.nan)
