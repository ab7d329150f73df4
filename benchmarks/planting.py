"""Noise planted into sound tracks, of which it is known where: jumps, cold starts, drift at rest, fixes told twice,
and fixes in the wrong order.

Every planted fix lies at least `LEAST_M` from where the worker was: nearer ones no method could tell from the
receiver's own noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dashboard.domain.fixes import Real, Truth, Whole
from dashboard.domain.geo import degrees_per_metre
from dashboard.domain.trails.track import SECOND_US, Track, track_of
from dashboard.simulation.patrol import Patrol
from dashboard.simulation.world import World

LEAST_M: Final = 30.0
START_S: Final = 1_795_000_000.0
STEP_S: Final = 1.0
Places = NDArray[np.intp]


class Kind(StrEnum):
    """What was planted."""

    JUMP = "jump"
    BURST = "burst of 2 to 5"
    COLD_START = "cold start"
    DRIFT = "drift at rest"
    TWICE = "told twice"
    MOMENT = "one moment, two places"
    ORDER = "wrong order"


KINDS: Final = tuple(Kind)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Planted:
    """A track with noise in it: which kind each fix is (place in KINDS), -1 for those that were sound."""

    track: Track
    kind: Whole


def sound_days(world: World, hours: float, workers: int, seed: int) -> list[tuple[Track, Truth]]:
    """Workers' days of the simulated patrol, and at which fixes each rested: receiver's noise, rests and gaps as
    there."""
    rng = np.random.default_rng(seed)
    patrol = Patrol(world, rng, START_S)
    out = np.arange(min(workers, len(world.worker_ids)))
    patrol.begin(out, START_S, np.full(len(out), START_S))
    rows: list[tuple[Whole, Real, Real, Real, Real, Real]] = []
    for at in np.arange(START_S + STEP_S, START_S + hours * 3600, STEP_S).tolist():
        fixes = patrol.advance(at)
        if len(fixes.worker):
            when = np.full(len(fixes.worker), at)
            rows.append((fixes.worker, when, fixes.lon, fixes.lat, fixes.accuracy_m, fixes.speed_mps))
    who, when, lon, lat, accuracy_m, speed_mps = (
        np.concatenate(column) for column in zip(*rows, strict=True)
    )
    found = []
    for worker in out.tolist():
        mine = who == worker
        at_us = np.rint(when[mine] * SECOND_US).astype(np.int64)
        track = track_of(at_us, lon[mine], lat[mine], accuracy_m=accuracy_m[mine], speed_mps=speed_mps[mine])
        found.append((track, speed_mps[mine] < 0.05))
    return found


def plant(track: Track, resting: Truth, rng: np.random.Generator, *, silent: bool) -> Planted:
    """A track with noise. `silent`: the device states neither speed nor accuracy."""
    kind = np.full(len(track), -1)
    lon, lat = track.lon.copy(), track.lat.copy()
    lon_m, lat_m = degrees_per_metre(float(lat.mean()))
    for rows, what, off_m in (
        *_cold_starts(track, rng),
        *_drifts(track, resting, rng),
        *_jumps(len(track), rng),
    ):
        if (kind[_around(rows, len(track))] == -1).all():
            kind[rows] = KINDS.index(what)
            lon[rows] += off_m[:, 0] * lon_m
            lat[rows] += off_m[:, 1] * lat_m
    received_us = track.at_us + rng.integers(1, 3, len(track)) * SECOND_US // 10
    late = rng.choice(np.flatnonzero(kind == -1)[:-12], len(track) // 100, replace=False)
    received_us[late] = track.at_us[late + rng.integers(2, 10, len(late))] + SECOND_US
    kind[late] = KINDS.index(Kind.ORDER)
    columns = {} if silent else {"accuracy_m": track.accuracy_m, "speed_mps": track.speed_mps}
    noisy = track_of(track.at_us, lon, lat, received_us=received_us, **columns)
    return _told_twice(noisy, kind, rng)


def _jumps(count: int, rng: np.random.Generator) -> list[tuple[Places, Kind, Real]]:
    """One fix in eighty jumps alone, one in three hundred begins a burst beside the way."""
    alone = rng.choice(np.arange(12, count - 12), count // 80, replace=False)
    found = [(np.array([first]), Kind.JUMP, _offset(rng, 80.0, 1500.0)) for first in alone.tolist()]
    for first in rng.choice(np.arange(12, count - 12), count // 300, replace=False).tolist():
        rows = np.arange(first, first + int(rng.integers(2, 6)))
        off_m = _offset(rng, 150.0, 1500.0) + rng.normal(0, 3, (len(rows), 2))
        found.append((rows, Kind.BURST, off_m))
    return found


def _cold_starts(track: Track, rng: np.random.Generator) -> list[tuple[Places, Kind, Real]]:
    """After each start and gap the receiver comes nearer from some hundred metres, halving its error each fix."""
    starts = np.concatenate(([0], np.flatnonzero(np.diff(track.at_us) > 300 * SECOND_US) + 1))
    found = []
    for first in starts.tolist():
        off_m, size = _offset(rng, 120.0, 600.0), 0
        while float(np.hypot(*off_m[0])) * 0.5**size >= LEAST_M:
            size += 1
        if first + size + 12 < len(track):
            rows = np.arange(first, first + size)
            found.append((rows, Kind.COLD_START, off_m * 0.5 ** np.arange(size)[:, None]))
    return found


def _drifts(track: Track, resting: Truth, rng: np.random.Generator) -> list[tuple[Places, Kind, Real]]:
    """In rests of five minutes and more the place wanders off for up to a minute, again and again."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], resting, [False])).astype(np.int8))).reshape(
        -1, 2
    )
    found = []
    for first, last in edges.tolist():
        time_s = (track.at_us[first:last] - track.at_us[first]) / 1e6
        at = 100.0
        while len(time_s) and at + 160 < time_s[-1]:
            lasts = float(rng.uniform(20, 60))
            rows = first + np.flatnonzero((time_s >= at) & (time_s < at + lasts))
            steps = np.cumsum(rng.normal(0, 4, (len(rows), 2)), axis=0)
            away = _offset(rng, 45.0, 80.0) + np.clip(steps, -10, 10)
            if len(rows):
                found.append((rows, Kind.DRIFT, away))
            at += lasts + float(rng.uniform(150, 300))
    return found


def _told_twice(track: Track, kind: Whole, rng: np.random.Generator) -> Planted:
    """Some fixes come again, and some moments are told a second time from elsewhere."""
    sound = np.flatnonzero(kind == -1)
    again = rng.choice(sound, len(track) // 60, replace=False)
    rest = np.setdiff1d(sound[12:-12], again)
    elsewhere = rng.choice(rest, len(track) // 300, replace=False)
    rows = np.concatenate((np.arange(len(track)), again, elsewhere))
    kinds = np.concatenate(
        (
            kind,
            np.full(len(again), KINDS.index(Kind.TWICE)),
            np.full(len(elsewhere), KINDS.index(Kind.MOMENT)),
        )
    )
    lon, lat, received_us = track.lon[rows], track.lat[rows], track.received_us[rows].copy()
    received_us[len(track) :] += SECOND_US // 20
    lon_m, lat_m = degrees_per_metre(float(lat.mean()))
    for place in range(len(rows) - len(elsewhere), len(rows)):
        off_m = _offset(rng, 80.0, 900.0)[0]
        lon[place] += off_m[0] * lon_m
        lat[place] += off_m[1] * lat_m
    noisy = track_of(
        track.at_us[rows],
        lon,
        lat,
        received_us=received_us,
        accuracy_m=track.accuracy_m[rows],
        speed_mps=track.speed_mps[rows],
    )
    shuffled = rng.permutation(len(rows))
    return Planted(track=noisy.picked(shuffled), kind=kinds[shuffled])


def _offset(rng: np.random.Generator, least_m: float, most_m: float) -> Real:
    """Metres east and north in any direction, short ones as likely as long ones of double the length."""
    angle, length = rng.uniform(0, 2 * np.pi), np.exp(rng.uniform(np.log(least_m), np.log(most_m)))
    return np.array([[np.cos(angle) * length, np.sin(angle) * length]])


def _around(rows: Places, count: int) -> Places:
    """The fixes and two on each side."""
    return np.arange(max(0, int(rows[0]) - 2), min(count, int(rows[-1]) + 3))
