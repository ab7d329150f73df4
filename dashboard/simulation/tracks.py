"""Recorded tracks as endless loops: each worker walks the own track again and again.

Long silences are cut short, so that somebody is always on the move; between the end of a loop and its
beginning the worker is silent for a while, as the two lie apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from data_access.writes.positions import Fix

LONGEST_GAP_S = 90.0
BETWEEN_LOOPS_S = 900.0
GOLDEN = 0.618_033_988_75


class Tracks:
    """Loops of all workers that have a track of at least two fixes."""

    def __init__(self, rows: Sequence[tuple[int, datetime, float, float]]) -> None:
        ids = np.array([row[0] for row in rows], dtype=np.int64)
        times = np.array([row[1].timestamp() for row in rows])
        self._where = np.array([row[2:] for row in rows], dtype=np.float64).reshape(-1, 2)
        edges = (
            np.flatnonzero(np.concatenate(([True], ids[1:] != ids[:-1], [True])))
            if len(ids)
            else np.zeros(1, int)
        )
        self._loops: list[tuple[int, int, NDArray[np.float64]]] = []
        for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            if end - start > 1:
                steps = np.minimum(np.diff(times[start:end]), LONGEST_GAP_S)
                self._loops.append((int(ids[start]), start, np.concatenate(([0.0], np.cumsum(steps)))))
        self._seen = [-1] * len(self._loops)

    @property
    def workers(self) -> list[int]:
        """Ids of those who have a loop."""
        return [worker for worker, _, _ in self._loops]

    def advance(self, now: datetime, speed: float) -> list[Fix]:
        """The fixes that are new at `now`, one a worker at most."""
        fixes = []
        for place, (worker, start, offsets) in enumerate(self._loops):
            length = float(offsets[-1]) + BETWEEN_LOOPS_S
            begun = (place * GOLDEN % 1.0) * length
            at = int(np.searchsorted(offsets, (now.timestamp() * speed + begun) % length, side="right")) - 1
            if at != self._seen[place]:
                self._seen[place] = at
                lon, lat = self._where[start + at].tolist()
                fixes.append(Fix(worker_id=worker, fixed_at=now, received_at=now, lon=lon, lat=lat))
        return fixes
