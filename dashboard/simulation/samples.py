"""Counters of the past, as `board.samples` would hold them had the board been running.

Owns no definitions of its own. A stock at a moment is how many intervals cover it, a flow how many instants
lie between midnight and it: the same numbers as a count over the rows, taken from sorted clocks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from dashboard.simulation.history import Past, instants
from dashboard.simulation.people import Indices, Roster
from dashboard.simulation.rhythm import HOUR_S, Seconds
from data_access.writes.history import Column

Counts = NDArray[np.int64]
FINE_DAYS = 2
FINE_MIN = 10
WARM_UP_DAYS = 5
HALF_TICK_S = 0.0005


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """Which of the counted regions (streets, then the district) an event and a worker belong to, by place."""

    region_ids: NDArray[np.int64]
    event_street: Indices
    worker_street: Indices


def moments(start_s: float, now: datetime, zone: ZoneInfo) -> Seconds:
    """When samples are taken: every hour, and every ten minutes in the last two days.

    The last one before `now`.
    """
    local = now.astimezone(zone)
    hour = local.replace(minute=0, second=0, microsecond=0)
    hours = int((hour.timestamp() - start_s) / HOUR_S) - WARM_UP_DAYS * 24
    coarse = hour.timestamp() - np.arange(max(hours, 0) + 1) * HOUR_S
    fine_start = (hour - timedelta(days=FINE_DAYS)).timestamp()
    fine = np.arange(fine_start, now.timestamp(), FINE_MIN * 60.0)
    return np.unique(np.concatenate([coarse, fine]))


def columns(
    past: Past, rosters: list[Roster], at: Seconds, zone: ZoneInfo, belonging: Belonging
) -> Mapping[str, Column]:
    """Rows for `board.samples`."""
    midnight = np.array(
        [
            datetime.fromtimestamp(moment, zone)
            .replace(hour=0, minute=0, second=0, microsecond=0)
            .timestamp()
            for moment in at.tolist()
        ]
    )
    streets = len(belonging.region_ids) - 1
    ids: list[NDArray[np.int64]] = []
    texts: list[str] = []
    duty = _join(rosters)
    for place in range(streets + 1):
        whole = place == streets
        events = past.counted & (whole | (belonging.event_street == place))
        turns = ~duty.cancelled & (whole | (belonging.worker_street[duty.worker] == place))
        counted = {
            **_stocks(past, events, at),
            **_flows(past, events, at, midnight),
            **_duty(duty, turns, at),
        }
        keys = list(counted)
        rows = np.stack([counted[key] for key in keys], axis=1).tolist()
        texts.extend(json.dumps(dict(zip(keys, row, strict=True))) for row in rows)
        ids.append(np.full(len(at), belonging.region_ids[place]))
    return {
        "region_id": np.concatenate(ids),
        "at": np.tile(instants(at), streets + 1),
        "counters": texts,
    }


def _stocks(past: Past, events: NDArray[np.bool_], at: Seconds) -> dict[str, Counts]:
    clocks = past.clocks
    begin = clocks["reported_at"][events]
    end = _never(clocks["closed_at"][events])
    rated = _never(clocks["evaluated_at"][events])
    due, warn = clocks["due_at"][events], clocks["warn_at"][events]
    late = end > due
    # Limits end on the full minute, as samples do: what is due at the very moment is not overdue yet.
    until = due + HALF_TICK_S
    soon = np.maximum(until - 2 * HOUR_S, begin)
    return {
        "open": _covering(begin, end, at),
        "overdue": _covering(due[late], end[late], at, side="left"),
        "due_2h": _covering(soon, np.maximum(np.minimum(until, end), soon), at),
        "yellow": _covering(warn, np.maximum(np.minimum(until, end), warn), at),
        "evaluating": _covering(end, rated, at),
    }


def _flows(past: Past, events: NDArray[np.bool_], at: Seconds, midnight: Seconds) -> dict[str, Counts]:
    clocks, lives = past.clocks, past.lives
    closed = _never(clocks["closed_at"][events])
    due = clocks["due_at"][events]
    in_time = closed <= due
    between = _between(at, midnight)
    asked = np.where(past.closed[events], lives.asked[events], np.inf)
    answered = np.where(
        np.isnan(lives.answered[events]), np.inf, np.where(np.isinf(asked), np.inf, lives.answered[events])
    )
    content = answered[lives.satisfaction[events] >= 3]
    return {
        "reported": between(clocks["reported_at"][events]),
        "closed": between(closed),
        "on_time_due.d": between(due),
        "on_time_due.n": between(due[in_time]),
        "asked": between(_never(asked)),
        "answered": between(answered),
        "satisfied": between(content),
    }


def _duty(duty: Roster, turns: NDArray[np.bool_], at: Seconds) -> dict[str, Counts]:
    starts, ends = duty.starts[turns], duty.ends[turns]
    there = ~np.isnan(duty.checked_in[turns])
    came = np.maximum(starts, duty.checked_in[turns])[there]
    left = np.minimum(ends, _never(duty.checked_out[turns]))[there]
    return {"rostered": _covering(starts, ends, at), "on_duty": _covering(came, np.maximum(left, came), at)}


def _covering(begin: Seconds, end: Seconds, at: Seconds, side: str = "right") -> Counts:
    """How many intervals [begin, end) hold each moment; (begin, end) with side "left"."""
    begun = np.searchsorted(np.sort(begin), at, side=side)  # type: ignore[call-overload]
    return np.asarray(begun - np.searchsorted(np.sort(end), at, side="right"))


def _between(at: Seconds, midnight: Seconds) -> Callable[[Seconds], Counts]:
    def count(instants_s: Seconds) -> Counts:
        ordered = np.sort(instants_s)
        return np.asarray(
            np.searchsorted(ordered, at, side="right") - np.searchsorted(ordered, midnight, side="left")
        )

    return count


def _never(values: Seconds) -> Seconds:
    return np.where(np.isnan(values), np.inf, values)


def _join(rosters: list[Roster]) -> Roster:
    return Roster(
        worker=np.concatenate([one.worker for one in rosters]),
        kind=np.concatenate([one.kind for one in rosters]),
        starts=np.concatenate([one.starts for one in rosters]),
        ends=np.concatenate([one.ends for one in rosters]),
        checked_in=np.concatenate([one.checked_in for one in rosters]),
        checked_out=np.concatenate([one.checked_out for one in rosters]),
        cancelled=np.concatenate([one.cancelled for one in rosters]),
    )
