"""The rest of the lives of events that a database already holds: what a restarted feed goes on with.

Drawn from where each event stands now, so that stocks keep their size: an event that is overdue stays so
for a while, one with little time left is likelier to become late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from dashboard.domain.workflow import SEVEN
from dashboard.simulation import lifecycle
from dashboard.simulation.lifecycle import Lives
from dashboard.simulation.rhythm import HOUR_S, Seconds, ServiceClock
from data_access.queries.scene import TaskRow

STAGES = {key: place for place, key in enumerate(SEVEN.keys)}
MARKS = ("accepted", "filed", "dispatched", "resolved", "replied", "verified")
HANDLE = STAGES["handle"]
WITHOUT_LIMIT_H = 12.0
ASK_WITHIN_S = 2 * HOUR_S


def rest(
    tasks: Sequence[TaskRow], late: Seconds, *, now_s: float, clock: ServiceClock, rng: np.random.Generator
) -> Lives:
    """Lives from now on: clocks in the past are NaN, as they need no step any more. `late` by task."""
    count = len(tasks)
    nothing = np.full(count, np.nan)
    lives = {field.name: nothing.copy() for field in fields(Lives)}
    lives["reported"] = np.full(count, now_s)  # lives are sped up from here on
    lives["due"] = np.array([task.due_at.timestamp() if task.due_at else np.nan for task in tasks])
    closed = _closing(tasks, late, lives["due"], now_s=now_s, clock=clock, rng=rng)
    _stages(tasks, closed, now_s, lives, rng)
    done = np.array([task.state == "closed" for task in tasks])
    left = rng.gamma(2.0, lifecycle.EVALUATION_H / 2, count) * np.where(done, rng.random(count), 1.0)
    lives["evaluated"] = clock.after(np.where(done, now_s, closed), left * HOUR_S)
    _asking(tasks, closed, done, lives, now_s=now_s, clock=clock, rng=rng)
    return Lives(
        **{
            **lives,
            "resolution": rng.random(count) < lifecycle.RESOLVED,
            "satisfaction": rng.choice(np.arange(1, 6), size=count, p=lifecycle.SATISFACTION),
            "instant": np.zeros(count, dtype=bool),
        }
    )


def _closing(
    tasks: Sequence[TaskRow],
    late: Seconds,
    due: Seconds,
    *,
    now_s: float,
    clock: ServiceClock,
    rng: np.random.Generator,
) -> Seconds:
    count = len(tasks)
    begun = np.array([task.reported_at.timestamp() for task in tasks])
    now = np.full(count, now_s)
    overtime = rng.exponential(lifecycle.LATENESS_H, count) * HOUR_S
    span = np.maximum(clock.served(due) - clock.served(begun), 1.0)
    passed = np.clip((clock.served(now) - clock.served(begun)) / span, 0, 1)
    # By Bayes: events in time leave on the way, late ones do not.
    chance = late / (late + (1 - late) * (1 - passed) ** 2 + 1e-9)
    tardy = rng.random(count) < chance
    in_time = clock.after(
        now, np.maximum(clock.served(due) - clock.served(now), 60) * rng.beta(1.2, 2.2, count)
    )
    after = clock.after(np.maximum(due, now), overtime)
    result = np.where(tardy | (due <= now_s), after, in_time)
    free = clock.after(now, rng.exponential(WITHOUT_LIMIT_H, count) * HOUR_S)
    return np.maximum(np.where(np.isnan(due), free, result), now_s + 30)


def _stages(
    tasks: Sequence[TaskRow],
    closed: Seconds,
    now_s: float,
    lives: dict[str, NDArray[np.float64]],
    rng: np.random.Generator,
) -> None:
    """Ends of the present stage and of those to come; the present one has already taken some of its time."""
    for place, task in enumerate(tasks):
        if task.state != "open":
            continue
        at = STAGES[task.stage]
        parts = rng.standard_gamma(lifecycle.SHARES[at:] * lifecycle.FIRMNESS) + 1e-6
        parts[0] *= rng.uniform(0.1, 1.0)
        marks = now_s + (closed[place] - now_s) * np.cumsum(parts) / parts.sum()
        for name, mark in zip(MARKS[at:], marks.tolist(), strict=True):
            lives[name][place] = mark
        if at <= HANDLE and task.signed_at is None:
            start = lives["dispatched"][place] if at < HANDLE else now_s
            lives["signed"][place] = start + (lives["resolved"][place] - start) * rng.uniform(0.02, 0.3)


def _asking(
    tasks: Sequence[TaskRow],
    closed: Seconds,
    done: NDArray[np.bool_],
    lives: dict[str, NDArray[np.float64]],
    *,
    now_s: float,
    clock: ServiceClock,
    rng: np.random.Generator,
) -> None:
    count = len(tasks)
    waiting = np.array([task.feedback_id is not None for task in tasks])
    recent = np.array(
        [task.closed_at is not None and now_s - task.closed_at.timestamp() < ASK_WITHIN_S for task in tasks]
    )
    asked = clock.after(np.where(done, now_s, closed), rng.exponential(1.6 * HOUR_S, count) + 60)
    wanted = (rng.random(count) < lifecycle.ASKED) & (~done | (recent & ~waiting & (rng.random(count) < 0.5)))
    lives["asked"] = np.where(wanted, asked, np.nan)
    begin = np.where(waiting, now_s, lives["asked"])
    answered = clock.after(begin, rng.exponential(0.8 * HOUR_S, count) + 30)
    lives["answered"] = np.where(rng.random(count) < lifecycle.ANSWERED, answered, np.nan)
