"""What may be wrong with a fix, as bits, and the rules that say so. Owns the bits of `ops.positions.flags`.

A fix with one of the `HIDDEN` bits is kept as it came and never becomes a worker's latest position. Works on
whole batches: arrays with one element a fix, in the order in which the fixes arrived.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntFlag
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dashboard.domain.geo import EARTH_RADIUS_M

Whole = NDArray[np.int64]
Real = NDArray[np.float64]
Truth = NDArray[np.bool_]

SECOND_US: Final = 1_000_000
STALE_AFTER_US: Final = 600 * SECOND_US
"""A fix that is older than this when it comes tells where somebody was, not where he is."""
AHEAD_AFTER_US: Final = 60 * SECOND_US
"""A device's clock may be that much ahead of the server's."""
FASTEST_MPS: Final = 70.0
"""No service vehicle is faster: 252 km/h."""
JUMP_M: Final = 300.0
"""A hop shorter than this is noise of the receiver, not speed."""
JUMP_WITHIN_US: Final = 600 * SECOND_US
"""A hop over a longer time is not judged, so that one wrong fix cannot hide the right ones after it for long."""
VAGUE_M: Final = 1_000.0
"""What is known no better than this comes from a mobile mast, not from satellites."""
NEVER_US: Final = np.iinfo(np.int64).min


class FixFlag(IntFlag):
    """Bits of `ops.positions.flags`; 0: nothing to say."""

    STALE = 1
    DUPLICATE = 2
    OUT_OF_ORDER = 4
    TOO_FAST = 8
    AHEAD = 16
    NO_FIX = 32
    NULL_ISLAND = 64
    MOCK = 128
    VAGUE = 256
    OFF_SHIFT = 512


HIDDEN: Final = FixFlag(
    FixFlag.STALE
    | FixFlag.DUPLICATE
    | FixFlag.OUT_OF_ORDER
    | FixFlag.TOO_FAST
    | FixFlag.AHEAD
    | FixFlag.NO_FIX
    | FixFlag.NULL_ISLAND
    | FixFlag.MOCK
    | FixFlag.VAGUE
)
"""With any of these a fix is nobody's latest position."""

WRONG: Final = FixFlag(HIDDEN & ~(FixFlag.STALE | FixFlag.OUT_OF_ORDER))
"""With any of these a fix is no place where the worker was, or says it twice: trails leave it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was known of the workers before: one element a worker. `at_us` is NEVER_US where nothing was."""

    at_us: Whole
    lon: Real
    lat: Real


def judge(
    worker: Whole,
    at_us: Whole,
    lon: Real,
    lat: Real,
    accuracy_m: Real,
    *,
    said: Whole,
    now_us: int,
    known: Known,
) -> Whole:
    """Flags of fixes. `worker` are places in `known`; `said` are bits that the device itself gives away."""
    flags = said.copy()
    flags[at_us < now_us - STALE_AFTER_US] |= FixFlag.STALE
    flags[at_us > now_us + AHEAD_AFTER_US] |= FixFlag.AHEAD
    flags[(np.abs(lon) < 1e-6) & (np.abs(lat) < 1e-6)] |= FixFlag.NULL_ISLAND
    flags[accuracy_m > VAGUE_M] |= FixFlag.VAGUE
    order = np.argsort(worker, kind="stable")
    doubtful = _doubtful(worker[order], at_us[order], lon[order], lat[order], flags[order], known)
    rows = order[doubtful]
    _follow(rows, worker, at_us, lon, lat, flags, known)
    return flags


def _doubtful(worker: Whole, at_us: Whole, lon: Real, lat: Real, flags: Whole, known: Known) -> Truth:
    """Which rows, sorted by worker, belong to a worker of whom not every fix follows soundly from the last."""
    if not len(worker):
        return np.zeros(0, dtype=bool)
    first = np.ones(len(worker), dtype=bool)
    first[1:] = worker[1:] != worker[:-1]
    before_us, before_lon, before_lat = np.roll(at_us, 1), np.roll(lon, 1), np.roll(lat, 1)
    before_us[first] = known.at_us[worker[first]]
    before_lon[first] = known.lon[worker[first]]
    before_lat[first] = known.lat[worker[first]]
    odd = (flags & HIDDEN != 0) | (at_us <= before_us)
    odd |= _too_fast(at_us, lon, lat, before_us, before_lon, before_lat)
    group = np.cumsum(first) - 1
    return np.asarray(np.bincount(group, weights=odd)[group] > 0)


def _too_fast(
    at_us: Whole, lon: Real, lat: Real, before_us: Whole, before_lon: Real, before_lat: Real
) -> Truth:
    """Whether hops are impossible; a hop from nowhere never is."""
    from_somewhere = before_us != NEVER_US
    lasted_us = np.where(from_somewhere, at_us - np.where(from_somewhere, before_us, 0), JUMP_WITHIN_US + 1)
    east = np.radians(lon - before_lon) * np.cos(np.radians(lat))
    north = np.radians(lat - before_lat)
    hop_m = EARTH_RADIUS_M * np.sqrt(east * east + north * north)
    lasted_s = np.maximum(lasted_us, SECOND_US) / SECOND_US
    judged = from_somewhere & (lasted_us > 0) & (lasted_us <= JUMP_WITHIN_US)
    return np.asarray(judged & (hop_m > JUMP_M) & (hop_m > FASTEST_MPS * lasted_s))


def _follow(
    rows: Whole, worker: Whole, at_us: Whole, lon: Real, lat: Real, flags: Whole, known: Known
) -> None:
    """Each doubtful fix against the last sound one of its worker, one by one."""
    last: dict[int, tuple[int, float, float]] = {}
    seen: set[tuple[int, int, float, float]] = set()
    for row in rows.tolist():
        who, at, x, y = int(worker[row]), int(at_us[row]), float(lon[row]), float(lat[row])
        when, was_x, was_y = last.get(who) or (
            int(known.at_us[who]),
            float(known.lon[who]),
            float(known.lat[who]),
        )
        if (who, at, x, y) in seen or (at, x, y) == (when, was_x, was_y):
            flags[row] |= FixFlag.DUPLICATE
        elif at <= when:
            flags[row] |= FixFlag.OUT_OF_ORDER
        elif not flags[row] & HIDDEN and _hop_too_fast(at, x, y, when, was_x, was_y):
            flags[row] |= FixFlag.TOO_FAST
        seen.add((who, at, x, y))
        if not flags[row] & HIDDEN:
            last[who] = (at, x, y)


def _hop_too_fast(at: int, x: float, y: float, when: int, was_x: float, was_y: float) -> bool:
    """`_too_fast` of a single hop: an array of one costs a hundred times as much."""
    if when == NEVER_US or not 0 < at - when <= JUMP_WITHIN_US:
        return False
    east, north = math.radians(x - was_x) * math.cos(math.radians(y)), math.radians(y - was_y)
    hop_m = EARTH_RADIUS_M * math.hypot(east, north)
    return hop_m > JUMP_M and hop_m > FASTEST_MPS * max(at - when, SECOND_US) / SECOND_US


def on_shift(worker: Whole, at_us: Whole, *, of: Whole, start_us: Whole, end_us: Whole) -> Truth:
    """Whether fixes lie in a shift [start, end) of their worker; `of` says whose each shift is."""
    inside = np.zeros(len(worker), dtype=bool)
    most = int(max(worker.max(initial=-1), of.max(initial=-1))) + 1
    order = np.argsort(of, kind="stable")
    of, start_us, end_us = of[order], start_us[order], end_us[order]
    while len(of):
        first = np.ones(len(of), dtype=bool)
        first[1:] = of[1:] != of[:-1]
        starts, ends = np.zeros(most, dtype=np.int64), np.zeros(most, dtype=np.int64)
        starts[of[first]], ends[of[first]] = start_us[first], end_us[first]
        inside |= (starts[worker] <= at_us) & (at_us < ends[worker])
        of, start_us, end_us = of[~first], start_us[~first], end_us[~first]
    return inside
