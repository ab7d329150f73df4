"""Workers on patrol: blocks walked inside the own grid, rests, noise, gaps and flat batteries. Vectorised.

Owns where the workers are. Leaves who is out to the roster and the writing of fixes to the feed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from dashboard.simulation.people import Indices
from dashboard.simulation.rhythm import Seconds
from dashboard.simulation.world import METRES_PER_DEGREE, World

LEGS = 4
BLOCK_M = (50.0, 260.0)
REST = 0.22
REST_S = 150.0
LONG_REST = 0.011
LONG_REST_S = (1900.0, 3200.0)
STRAY = 0.008
STRAY_M = (90.0, 260.0)
CADENCE_S = (5.0, 15.0)
SHORT_GAP = 0.0012
SHORT_GAP_S = (45.0, 240.0)
LONG_GAP = 0.00035
LONG_GAP_S = (660.0, 2100.0)
WEAK_BATTERY = 0.03
DRAIN_PCT_PER_H = 8.0
ACCURACY_M = (3.0, 8.0)
DRIFT = 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixes:
    """Fixes of some workers (places in the world's arrays) at one moment. Degrees, metres, m/s, percent."""

    worker: Indices
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    accuracy_m: NDArray[np.float64]
    speed_mps: NDArray[np.float64]
    heading_deg: NDArray[np.float64]
    battery_pct: NDArray[np.int64]


class Patrol:
    """All workers of a world. Times are seconds since 1970; `pace` multiplies the walking."""

    def __init__(self, world: World, rng: np.random.Generator, now_s: float, *, pace: float = 1.0) -> None:
        count = len(world.worker_ids)
        self._world = world
        self._rng = rng
        self._pace = pace
        self._grid = world.worker_grids
        self._scale = np.array([np.cos(np.radians(world.points[..., 1].mean())), 1.0]) * METRES_PER_DEGREE
        self.at = world.points[self._grid, rng.integers(world.points.shape[1], size=count)].copy()
        self._target = self.at.copy()
        self._axis = rng.uniform(0, np.pi / 2, len(world.grid_ids))[self._grid]
        self._turn = rng.integers(0, 4, count)
        self._gait_mps = rng.uniform(0.9, 1.5, count) * np.where(rng.random(count) < 0.12, 2.4, 1.0)
        self._rest_until = np.full(count, 0.0)
        self._stay_s = np.full(count, 0.0)
        self._quiet_until = np.full(count, 0.0)
        self._accuracy_m = rng.uniform(*ACCURACY_M, count)
        self._drift_m = rng.normal(0, 2, (count, 2))
        self._moved_s = np.full(count, now_s)
        self._heading = rng.uniform(0, 360, count)
        self._battery = np.full(count, 100.0)
        self._cadence_s = rng.uniform(*CADENCE_S, count)
        self._next_s = now_s + rng.uniform(0, 1, count) * self._cadence_s
        self._out = np.zeros(count, dtype=bool)

    @property
    def out(self) -> NDArray[np.bool_]:
        """Who is out now."""
        return self._out

    def begin(self, workers: Indices, now_s: float, since_s: Seconds) -> None:
        """Workers are on duty, since when they came."""
        count = len(workers)
        full = np.where(
            self._rng.random(count) < WEAK_BATTERY,
            self._rng.uniform(8, 40, count),
            self._rng.uniform(75, 100, count),
        )
        hours = (now_s - since_s) / 3600
        self._battery[workers] = np.clip(full - hours * DRAIN_PCT_PER_H, 0, 100)
        self._out[workers] = True
        self._moved_s[workers] = now_s
        self._next_s[workers] = now_s + self._rng.uniform(0, 1, count) * self._cadence_s[workers]
        self._rest_until[workers] = 0
        self._quiet_until[workers] = 0

    def end(self, workers: Indices) -> None:
        """Workers go home."""
        self._out[workers] = False

    def place(self, workers: Indices, at: NDArray[np.float64]) -> None:
        """Put workers where they were last seen, rows of (lon, lat)."""
        self.at[workers] = at
        self._target[workers] = at

    def send(self, worker: int, lon: float, lat: float, stay_s: float) -> None:
        """A worker who is out goes to a place and stays for a while: there is something to handle."""
        if self._out[worker]:
            self._target[worker] = (lon, lat)
            self._rest_until[worker] = 0.0
            self._stay_s[worker] = stay_s

    def begin_if_due(self, workers: Indices, now_s: float, came_s: Seconds) -> None:
        """Those of the workers who are not out yet start, each since when they came (`came_s` by worker)."""
        fresh = workers[~self._out[workers]]
        self.begin(fresh, now_s, came_s[fresh])

    def advance(self, now_s: float, *, everyone: bool = False) -> Fixes:
        """Move on, and the fixes of those whose device reports now, or of all."""
        due = np.flatnonzero(self._out & (everyone | (self._next_s <= now_s)))
        self._next_s[due] = now_s + self._cadence_s[due] * self._rng.uniform(0.8, 1.25, len(due))
        before = self.at[due].copy()
        elapsed = now_s - self._moved_s[due]
        self._walk(due, elapsed, now_s)
        self._moved_s[due] = now_s
        self._battery[due] = np.maximum(self._battery[due] - elapsed / 3600 * DRAIN_PCT_PER_H, 0)
        moved_m = (self.at[due] - before) * self._scale
        length = np.hypot(moved_m[:, 0], moved_m[:, 1])
        walking = length > 1
        self._heading[due[walking]] = np.degrees(np.arctan2(moved_m[walking, 0], moved_m[walking, 1])) % 360
        return self._report(due, length / np.maximum(elapsed, 0.5), now_s)

    def _report(self, due: Indices, speed_mps: NDArray[np.float64], now_s: float) -> Fixes:
        chance = self._rng.random(len(due))
        for low, high, lengths in (
            (0.0, SHORT_GAP, SHORT_GAP_S),
            (SHORT_GAP, SHORT_GAP + LONG_GAP, LONG_GAP_S),
        ):
            silent = due[(chance >= low) & (chance < high)]
            self._quiet_until[silent] = now_s + self._rng.uniform(*lengths, len(silent))
        heard = (self._quiet_until[due] <= now_s) & (self._battery[due] > 0.5)
        who = due[heard]
        noise = self._rng.normal(0, 1, (len(who), 2)) * (self._accuracy_m[who] * 0.35)[:, None]
        self._drift_m[who] = self._drift_m[who] * DRIFT + noise * np.sqrt(1 - DRIFT**2) * 1.6
        seen = self.at[who] + self._drift_m[who] / self._scale
        return Fixes(
            worker=who,
            lon=seen[:, 0],
            lat=seen[:, 1],
            accuracy_m=self._accuracy_m[who] * self._rng.uniform(0.8, 1.4, len(who)),
            speed_mps=np.minimum(speed_mps[heard], 60.0),
            heading_deg=self._heading[who],
            battery_pct=self._battery[who].astype(np.int64),
        )

    def _walk(self, who: Indices, elapsed_s: NDArray[np.float64], now_s: float) -> None:
        left_m = np.where(self._rest_until[who] > now_s, 0.0, self._gait_mps[who] * elapsed_s * self._pace)
        for _ in range(LEGS):
            going = left_m > 0.01
            if not going.any():
                return
            some = who[going]
            away = (self._target[some] - self.at[some]) * self._scale
            length = np.hypot(away[:, 0], away[:, 1])
            step = np.minimum(left_m[going], length)
            share = np.where(length > 0, step / np.maximum(length, 1e-9), 1.0)
            self.at[some] += away / self._scale * share[:, None]
            arrived = step >= length - 1e-6
            left_m[going] -= step
            self._choose(some[arrived], now_s)
            left_m[np.flatnonzero(going)[self._rest_until[some] > now_s]] = 0.0
        far = who[left_m > BLOCK_M[1]]
        self.at[far] = self._inside(far)
        self._target[far] = self.at[far]

    def _choose(self, who: Indices, now_s: float) -> None:
        """The next block for those who have arrived: around a corner, inside the grid; some rest first."""
        count = len(who)
        if not count:
            return
        chance = self._rng.random(count)
        rests = self._rng.exponential(REST_S, count) / self._pace
        self._rest_until[who] = np.where(chance < REST, now_s + rests, self._rest_until[who])
        long = chance > 1 - LONG_REST
        self._rest_until[who[long]] = now_s + self._rng.uniform(*LONG_REST_S, int(long.sum())) / self._pace
        self._rest_until[who] = np.where(
            self._stay_s[who] > 0, now_s + self._stay_s[who], self._rest_until[who]
        )
        self._stay_s[who] = 0.0
        self._turn[who] += self._rng.choice((1, 3, 0), size=count, p=(0.4, 0.4, 0.2))
        angle = self._axis[who] + self._turn[who] * (np.pi / 2)
        length = self._rng.uniform(*BLOCK_M, count)
        target = self.at[who] + (np.stack([np.cos(angle), np.sin(angle)], 1) * length[:, None]) / self._scale
        shapes = self._world.grid_shapes[self._grid[who]]
        outside = ~shapely.contains_xy(shapes, target[:, 0], target[:, 1])
        target[outside] = self._inside(who[outside])
        self._target[who] = target
        stray = (chance > REST) & (chance < REST + STRAY)
        if stray.any():
            self._stray(who[stray])

    def _stray(self, who: Indices) -> None:
        """Out of the own grid for a while: past the nearest border."""
        for worker in who.tolist():
            border = self._world.grid_shapes[self._grid[worker]].boundary
            point = border.interpolate(border.project(shapely.Point(self.at[worker])))
            over = (np.array([point.x, point.y]) - self.at[worker]) * self._scale
            length = max(float(np.hypot(*over)), 1.0)
            beyond = over / length * (length + self._rng.uniform(*STRAY_M))
            self._target[worker] = self.at[worker] + beyond / self._scale

    def _inside(self, who: Indices) -> NDArray[np.float64]:
        points = self._world.points
        return np.asarray(points[self._grid[who], self._rng.integers(points.shape[1], size=len(who))])
