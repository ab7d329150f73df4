"""Who is away from the own grid and who is silent just now, by dwell and hysteresis, from fixes as they come.

Owns the state between fixes, of those only who gave reason: it outlives rebuilds, and what it says is kept by the
leader so that the next one goes on with it. The arithmetic is `trails.presence`'s; a day's history comes to the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.domain.facts import Watched
from dashboard.domain.trails.presence import Leash
from dashboard.domain.trails.rules import TrailRules
from dashboard.live.columns import WorkerColumns
from dashboard.live.grids import GridShapes

_SECOND_US = 1_000_000
Rows = NDArray[np.intp]


@dataclass(slots=True, kw_only=True)
class _Hush:
    """Silent since; the last fix; the first of those that keep coming since, if any do."""

    since_us: int
    last_us: int
    back_us: int | None = None


class Watch:
    """Away and silent workers by id. Begins with what an earlier leader said (`watched`)."""

    def __init__(self, watched: Mapping[int, Watched], rules: TrailRules) -> None:
        self._rules = rules
        self._leashes = {
            worker: Leash(rules=rules, out=True, since_us=told.away_us)
            for worker, told in watched.items()
            if told.away_us is not None
        }
        self._hushed = {
            worker: _Hush(since_us=told.silent_us, last_us=told.silent_us)
            for worker, told in watched.items()
            if told.silent_us is not None
        }

    def follow(self, rules: TrailRules) -> None:
        """Go on by other rules."""
        self._rules = rules
        for leash in self._leashes.values():
            leash.rules = rules

    def update(self, columns: WorkerColumns, shapes: GridShapes, now_us: int) -> None:
        """Take in the fixes that are new since the last time, and say who is away and who silent."""
        self._let_go(columns)
        shown = columns.on_duty & (columns.fixed_us >= columns.since_us)
        fresh = shown & (columns.fixed_us != columns.heard_us)
        self._stray(columns, shapes, fresh)
        self._hear(columns, np.flatnonzero(fresh))
        columns.heard_us[fresh] = columns.fixed_us[fresh]
        self._miss(columns, np.where(shown, columns.fixed_us, 0), now_us)
        columns.away[:] = columns.silent[:] = False
        out = (worker for worker, leash in self._leashes.items() if leash.out)
        columns.away[_rows(columns, out)] = True
        columns.silent[_rows(columns, self._hushed)] = True

    def told(self) -> dict[int, Watched]:
        """Everybody who is away or silent, and since when."""
        away = {worker: leash.since_us for worker, leash in self._leashes.items() if leash.out}
        silent = {worker: hush.since_us for worker, hush in self._hushed.items()}
        return {
            worker: Watched(away_us=away.get(worker), silent_us=silent.get(worker))
            for worker in away.keys() | silent.keys()
        }

    def _let_go(self, columns: WorkerColumns) -> None:
        """Off duty nobody is watched."""
        for states in (self._leashes, self._hushed):
            for worker in list(states):
                row = columns.row_of.get(worker)
                if row is None or not columns.on_duty[row]:
                    del states[worker]

    def _stray(self, columns: WorkerColumns, shapes: GridShapes, fresh: NDArray[np.bool_]) -> None:
        suspect = columns.beyond.copy()
        suspect[_rows(columns, self._leashes)] = True
        rows = np.flatnonzero(suspect & fresh)
        far_m = shapes.distance(columns.polygons[rows], columns.lon[rows], columns.lat[rows])
        for row, outside_m in zip(rows.tolist(), far_m.tolist(), strict=True):
            worker, at_us = int(columns.worker_id[row]), int(columns.fixed_us[row])
            leash = self._leashes.setdefault(worker, Leash(rules=self._rules))
            if leash.last_us is None or at_us > leash.last_us:
                since_us = leash.since_us
                if not leash.put(at_us, outside_m) and leash.out:
                    # what begins with the first fixes back is not what is told: since when somebody is away
                    leash.since_us = since_us
            if not leash.out and leash.filled_s <= 0.0:
                del self._leashes[worker]

    def _hear(self, columns: WorkerColumns, rows: Rows) -> None:
        silent_us, back_us = self._spans()
        lasted = columns.fixed_us[rows] - columns.heard_us[rows]
        # a pause that nobody looked at while it was going on
        for row in rows[(columns.heard_us[rows] >= columns.since_us[rows]) & (lasted > silent_us)].tolist():
            before_us = int(columns.heard_us[row])
            hush = _Hush(since_us=before_us, last_us=before_us)
            self._hushed.setdefault(int(columns.worker_id[row]), hush)
        for worker, hush in list(self._hushed.items()):
            at_us = int(columns.fixed_us[columns.row_of[worker]])
            if at_us <= hush.last_us:
                continue
            if hush.back_us is None or at_us - hush.last_us > silent_us:
                hush.back_us = at_us
            hush.last_us = at_us
            if at_us - hush.back_us >= back_us:
                del self._hushed[worker]

    def _miss(self, columns: WorkerColumns, fixed_us: NDArray[np.int64], now_us: int) -> None:
        silent_us, _ = self._spans()
        heard_us = np.maximum(fixed_us, columns.came_us)
        for row in np.flatnonzero(columns.on_duty & (now_us - heard_us > silent_us)).tolist():
            at_us = int(heard_us[row])
            hush = _Hush(since_us=at_us, last_us=at_us)
            self._hushed.setdefault(int(columns.worker_id[row]), hush).back_us = None

    def _spans(self) -> tuple[int, int]:
        return round(self._rules.silent_s * _SECOND_US), round(self._rules.back_s * _SECOND_US)


def _rows(columns: WorkerColumns, workers: Iterable[int]) -> Rows:
    return np.array([columns.row_of[worker] for worker in workers], dtype=np.intp)
