"""Field workers: duty, activity, position; what they add to the counters, and who must be drawn anew.

Leaves the arithmetic on columns to `columns`, and adding up over regions to `counts`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from dashboard.domain.counters import (
    ACTIVITIES,
    FIELD_ROLE,
    STILL_AFTER,
    duty,
    duty_came,
    duty_next_change,
    duty_since,
)
from dashboard.domain.facts import Fixes
from dashboard.domain.messages import GONE_FLAG, Part, epoch_ms
from dashboard.domain.model import Activity, Shift, Worker
from dashboard.domain.trails.rules import TrailRules
from dashboard.live.columns import ABSENT, ROSTERED, STATE_KEYS, Drawn, WorkerColumns
from dashboard.live.counts import RegionCounts
from dashboard.live.grids import GridShapes
from dashboard.live.tree import RegionTree
from dashboard.live.turns import Turns
from dashboard.live.watch import Watch

REFRESH_US = 30_000_000
"""A worker who rests and goes on reporting is sent again this often, so that the shown age stays true."""

_SECOND_US = 1_000_000
_STILL_US = round(STILL_AFTER.total_seconds()) * _SECOND_US
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class WorkerBoard:
    """Field workers, their shifts and positions, and what mirrors know of them (`drawn`)."""

    def __init__(
        self,
        tree: RegionTree,
        shapes: Mapping[int, bytes],
        counts: RegionCounts,
        drawn: Mapping[int, Drawn],
        rules: TrailRules,
    ) -> None:
        self._tree = tree
        self._shapes = GridShapes(shapes)
        self._counts = counts
        self._workers: dict[int, Worker] = {}
        self._shifts: dict[int, Shift] = {}
        self._shifts_of: dict[int, dict[int, Shift]] = {}
        self._handling: Counter[int] = Counter()
        self._turns = Turns()
        self._unsettled: set[int] = set()
        self._columns: WorkerColumns | None = None
        self._rules = rules
        self._last = WorkerColumns({}, tree, self._shapes, rules.out_m)
        self._fixes: Fixes | None = None
        self.drawn = dict(drawn)

    def put_workers(self, workers: Mapping[int, Worker | None]) -> None:
        """Workers are new, changed, or gone (None)."""
        columns = self._laid_out()
        for worker_id, worker in workers.items():
            row = columns.row_of.get(worker_id)
            if row is not None:
                self._count(columns, row, ABSENT)
            if worker is not None and worker.active and worker.role == FIELD_ROLE:
                self._workers[worker_id] = worker
            else:
                self._workers.pop(worker_id, None)
            self._unsettled.add(worker_id)
        self._last, self._columns = columns, None

    def put_shift(self, shift_id: int, shift: Shift | None) -> None:
        """A shift is new, changed, or cancelled (None)."""
        old = self._shifts.pop(shift_id, None)
        if old is not None:
            del self._shifts_of[old.worker_id][shift_id]
            self._unsettled.add(old.worker_id)
        if shift is not None:
            self._shifts[shift_id] = shift
            self._shifts_of.setdefault(shift.worker_id, {})[shift_id] = shift
            self._unsettled.add(shift.worker_id)

    def handle(self, worker_id: int | None, amount: int) -> None:
        """An event passed into (+1) or out of (-1) the hands of a worker."""
        if worker_id is not None:
            self._handling[worker_id] += amount
            self._unsettled.add(worker_id)

    def tick(self, fixes: Fixes | None, watch: Watch, now: datetime) -> None:
        """Bring duty, positions and activities up to `now`. `fixes` None: positions as before."""
        columns = self._laid_out()
        if fixes is not None:
            self._fixes = fixes
            columns.take(fixes)
        self._unsettled.update(self._turns.due(now))
        for worker_id in self._unsettled:
            self._settle(columns, worker_id, now)
        self._unsettled.clear()
        watch.update(columns, self._shapes, epoch_us(now))
        state = _states(columns, epoch_us(now))
        for row in np.flatnonzero(state != columns.state).tolist():
            self._count(columns, row, int(state[row]))

    def moves(self, now: datetime) -> list[dict[str, Part]]:
        """Parts by block of the frames that bring mirrors up to the last tick: at most two, leavers first."""
        columns, at, now_us = self._laid_out(), epoch_ms(now), epoch_us(now)
        visible = (columns.state >= 0) & (columns.fixed_us > 0) & (columns.fixed_us >= columns.since_us)
        leaving: dict[str, Part] = {}
        for worker_id, known in list(self.drawn.items()):
            row = columns.row_of.get(worker_id)
            if row is not None and visible[row] and known.block == columns.blocks[row]:
                continue
            leaving.setdefault(known.block, {"at": at, "m": []})["m"].append([worker_id, 0, 0, 0, GONE_FLAG])
            del self.drawn[worker_id]
            if row is not None:
                columns.drawn[row] = False
        changed = (
            (columns.x != columns.told_x)
            | (columns.y != columns.told_y)
            | (columns.state != columns.told_flags)
        )
        aged = columns.fixed_us - columns.told_fixed_us >= REFRESH_US
        moving: dict[str, Part] = {}
        for row in np.flatnonzero(visible & (changed | aged | ~columns.drawn)).tolist():
            part = moving.setdefault(columns.blocks[row], {"at": at})
            self._draw(columns, row, now_us, part)
        return [parts for parts in (leaving, moving) if parts]

    def listing(self, now: datetime) -> list[list[object]]:
        """All drawn workers, as the snapshot lists them."""
        now_us = epoch_us(now)
        return [
            [
                id_,
                known.code,
                known.grid,
                *known.anchor,
                _age_s(now_us, known.fixed_us),
                *known.step,
                known.flags,
            ]
            for id_, known in self.drawn.items()
        ]

    def _laid_out(self) -> WorkerColumns:
        if self._columns is None:
            self._columns = WorkerColumns(self._workers, self._tree, self._shapes, self._rules.out_m)
            self._columns.keep(self._last)
            if self._fixes is not None:
                self._columns.take(self._fixes)
            for worker_id, known in self.drawn.items():
                row = self._columns.row_of.get(worker_id)
                # drawn with another grid or anchor, he is introduced again
                if row is not None and (known.grid, known.anchor) == self._columns.home(row):
                    self._columns.mark(row, known)
        return self._columns

    def _settle(self, columns: WorkerColumns, worker_id: int, now: datetime) -> None:
        shifts = self._shifts_of.get(worker_id, {}).values()
        self._turns.put(worker_id, duty_next_change(shifts, now))
        row = columns.row_of.get(worker_id)
        if row is not None:
            columns.rostered[row], columns.on_duty[row] = duty(shifts, now)
            since, came = duty_since(shifts, now), duty_came(shifts, now)
            columns.since_us[row] = 0 if since is None else epoch_us(since)
            columns.came_us[row] = 0 if came is None else epoch_us(came)
            columns.handling[row] = self._handling[worker_id] > 0

    def _count(self, columns: WorkerColumns, row: int, state: int) -> None:
        region_id = columns.workers[row].region_id
        self._counts.add(region_id, STATE_KEYS[int(columns.state[row])], -1)
        self._counts.add(region_id, STATE_KEYS[state], 1)
        columns.state[row] = state

    def _draw(self, columns: WorkerColumns, row: int, now_us: int, part: Part) -> None:
        worker, anchor = columns.workers[row], columns.anchors[row]
        known = Drawn(
            code=worker.code,
            block=columns.blocks[row],
            grid=columns.grids[row],
            anchor=anchor,
            step=(int(columns.x[row]) - anchor[0], int(columns.y[row]) - anchor[1]),
            flags=int(columns.state[row]),
            fixed_us=int(columns.fixed_us[row]),
        )
        if not columns.drawn[row]:
            part.setdefault("w", []).append([worker.id, worker.code, known.grid, *anchor])
        move = [worker.id, _age_s(now_us, known.fixed_us), *known.step, known.flags]
        part.setdefault("m", []).append(move)
        columns.mark(row, known)
        self.drawn[worker.id] = known


def epoch_us(at: datetime) -> int:
    """An aware time as microseconds since 1970."""
    gap = at - _EPOCH
    return (gap.days * 86_400 + gap.seconds) * _SECOND_US + gap.microseconds


def _states(columns: WorkerColumns, now_us: int) -> NDArray[np.int8]:
    """What each worker is doing; of what applies the last rule here wins."""
    flag = {activity: index for index, activity in enumerate(ACTIVITIES)}
    state = np.full(len(columns.worker_id), flag[Activity.PATROL], dtype=np.int8)
    state[columns.handling] = flag[Activity.HANDLING]
    stood = (columns.still_us > 0) & (columns.still_us < now_us - _STILL_US)
    state[stood & ~columns.handling] = flag[Activity.STILL]
    state[columns.away] = flag[Activity.OFF_GRID]
    state[columns.silent] = flag[Activity.OFFLINE]
    state[~columns.on_duty] = ABSENT
    state[columns.rostered & ~columns.on_duty] = ROSTERED
    return state


def _age_s(now_us: int, fixed_us: int) -> int:
    return max(0, (now_us - fixed_us) // _SECOND_US)
