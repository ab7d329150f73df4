"""The field workers as columns, one row a worker, so that ten thousand cost milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dashboard.domain.counters import ACTIVITIES
from dashboard.domain.facts import Fixes
from dashboard.domain.model import Worker
from dashboard.live.grids import GridShapes
from dashboard.live.tree import RegionTree

ABSENT = -2
ROSTERED = -1
"""States of a worker who is not on duty; on duty the state is the activity's index."""

STATE_KEYS: Mapping[int, tuple[str, ...]] = {
    ABSENT: (),
    ROSTERED: ("rostered",),
    **{flag: ("rostered", "on_duty", str(activity)) for flag, activity in enumerate(ACTIVITIES)},
}
"""What a worker in that state counts."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A worker as every mirror has him. `anchor`, `step`: 1e-5 degrees, the point and the way from it."""

    code: str
    block: str
    grid: str
    anchor: tuple[int, int]
    step: tuple[int, int]
    flags: int
    fixed_us: int


class WorkerColumns:
    """Columns in the order of the workers' ids. `told_*` is what mirrors know of those `drawn`. `beyond`: the last
    fix is farther than `out_m` from the own grid; `away` and `silent` are for `watch` to say, who keeps in `heard_us`
    which fix it heard of last."""

    def __init__(
        self, workers: Mapping[int, Worker], tree: RegionTree, grids: GridShapes, out_m: float
    ) -> None:
        self.workers = [workers[id_] for id_ in sorted(workers)]
        count = len(self.workers)
        self.worker_id = np.array([worker.id for worker in self.workers], dtype=np.int64)
        self.row_of = {worker.id: row for row, worker in enumerate(self.workers)}
        self.blocks = [tree.block(worker.region_id) for worker in self.workers]
        self.grids = [tree.code(worker.region_id) for worker in self.workers]
        self.anchors = [_anchor(tree, worker.region_id) for worker in self.workers]
        self.polygons = np.empty(count, dtype=object)
        for row, worker in enumerate(self.workers):
            self.polygons[row] = grids.polygon(worker.region_id)
        self.state = np.full(count, ABSENT, dtype=np.int8)
        self.rostered, self.on_duty, self.handling, self.drawn = np.zeros((4, count), dtype=bool)
        self.beyond, self.away, self.silent = np.zeros((3, count), dtype=bool)
        self.fixed_us, self.still_us, self.heard_us, self.x, self.y = np.zeros((5, count), dtype=np.int64)
        self.since_us, self.came_us = np.zeros((2, count), dtype=np.int64)
        self.told_fixed_us, self.told_x, self.told_y, self.told_flags = np.zeros((4, count), dtype=np.int64)
        self.lon, self.lat = np.full((2, count), np.nan)
        self._shapes, self._out_m = grids, out_m

    def take(self, fixes: Fixes) -> None:
        """Put in the newest fixes; a worker without one has none any more."""
        if not len(self.worker_id):
            return
        row = np.searchsorted(self.worker_id, fixes.worker_id)
        row[row == len(self.worker_id)] = 0
        known = self.worker_id[row] == fixes.worker_id
        row = row[known]
        lon, lat = np.full((2, len(self.worker_id)), np.nan)
        lon[row], lat[row] = fixes.lon[known], fixes.lat[known]
        self.fixed_us, self.still_us = np.zeros((2, len(self.worker_id)), dtype=np.int64)
        self.fixed_us[row], self.still_us[row] = fixes.fixed_us[known], fixes.still_us[known]
        moved = np.flatnonzero(((lon != self.lon) | (lat != self.lat)) & ~np.isnan(lon))
        self.lon, self.lat = lon, lat
        self.x[moved] = np.rint(lon[moved] * 100_000).astype(np.int64)
        self.y[moved] = np.rint(lat[moved] * 100_000).astype(np.int64)
        self.beyond[moved] = self._shapes.beyond(self.polygons[moved], lon[moved], lat[moved], self._out_m)

    def keep(self, old: WorkerColumns) -> None:
        """Go on with what the old columns counted and knew of the same workers."""
        _, here, there = np.intersect1d(
            self.worker_id, old.worker_id, assume_unique=True, return_indices=True
        )
        flags, times = ("state", "rostered", "on_duty", "handling"), ("since_us", "came_us", "heard_us")
        for name in (*flags, "fixed_us", "still_us", *times):
            getattr(self, name)[here] = getattr(old, name)[there]

    def home(self, row: int) -> tuple[str, tuple[int, int]]:
        """Grid and anchor of the worker in that row."""
        return self.grids[row], self.anchors[row]

    def mark(self, row: int, drawn: Drawn) -> None:
        """Mirrors know this of the worker in that row."""
        self.drawn[row] = True
        self.told_x[row], self.told_y[row] = drawn.anchor[0] + drawn.step[0], drawn.anchor[1] + drawn.step[1]
        self.told_flags[row], self.told_fixed_us[row] = drawn.flags, drawn.fixed_us


def _anchor(tree: RegionTree, region_id: int) -> tuple[int, int]:
    chain = tree.chain(region_id)
    if not chain:
        return (0, 0)
    region = tree.regions[chain[0]]
    return (round(region.lon * 100_000), round(region.lat * 100_000))
