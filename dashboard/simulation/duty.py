"""Who comes and who goes: the roster made ahead, check-ins and check-outs at their time.

Owns the shifts of the feed.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import psycopg

from dashboard.simulation import people, turns
from dashboard.simulation.patrol import Patrol
from dashboard.simulation.people import SHIFTS
from dashboard.simulation.world import World
from data_access.queries import scene
from data_access.writes import rota, shifts

AHEAD_DAYS = 1
LOOK_BACK_H = 14
CHECK_EVERY_S = 300.0
EARLY_S = 1800.0


class Duty:
    """The comings and goings of one day and the next, read again from the database every few minutes."""

    def __init__(self, world: World, patrol: Patrol, seed: int) -> None:
        self._world = world
        self._patrol = patrol
        self._seed = seed
        self._place = world.worker_places()
        self._arrivals: list[tuple[float, int, int]] = []
        self._departures: list[tuple[float, int, int]] = []
        self._checked_s = 0.0
        self._proposed: date | None = None

    def start(self, connection: psycopg.Connection[Any], now: datetime) -> None:
        """Make the roster where it is missing and find out who is there."""
        self._refresh(connection, now)
        self._checked_s = now.timestamp()

    def advance(self, connection: psycopg.Connection[Any], now: datetime) -> None:
        """Those come and go whose time it is."""
        now_s = now.timestamp()
        if now_s - self._checked_s >= CHECK_EVERY_S:
            self.start(connection, now)
        coming = self._take(self._arrivals, now_s)
        going = self._take(self._departures, now_s)
        if not coming and not going:
            return
        shifts.check_in(connection, [(shift, now) for _, shift, _ in coming])
        shifts.check_out(connection, [(shift, now) for _, shift, _ in going])
        connection.commit()
        self._patrol.end(np.array([worker for _, _, worker in going], dtype=np.intp))
        fresh = np.array([worker for _, _, worker in coming], dtype=np.intp)
        self._patrol.begin(fresh, now_s, np.full(len(fresh), now_s))

    @staticmethod
    def _take(queue: list[tuple[float, int, int]], now_s: float) -> list[tuple[float, int, int]]:
        taken = []
        while queue and queue[-1][0] <= now_s:
            taken.append(queue.pop())
        return taken

    def _refresh(self, connection: psycopg.Connection[Any], now: datetime) -> None:
        today = now.astimezone(self._world.zone).date()
        for offset in range(AHEAD_DAYS + 1):
            self._make(connection, today + timedelta(days=offset))
        if self._proposed != today:
            ahead = turns.ahead(today, len(self._world.worker_ids), self._seed)
            rota.propose(connection, turns.PATTERN, turns.by_id(ahead, self._world.worker_ids), turns.ACTOR)
            self._proposed = today
        connection.commit()
        plans = {day: self._clocks(day) for day in (today + timedelta(days=offset) for offset in (-1, 0, 1))}
        self._arrivals, self._departures = [], []
        present: list[tuple[int, float]] = []
        for turn in scene.turns(
            connection, now - timedelta(hours=LOOK_BACK_H), now + timedelta(hours=LOOK_BACK_H)
        ):
            worker = self._place.get(turn.worker_id)
            if worker is None:
                continue
            day = turn.starts_at.astimezone(self._world.zone).date()
            comes, goes = _within(turn, plans.get(day, {}).get(worker))
            if turn.checked_in_at is None and not math.isnan(comes) and now < turn.ends_at:
                self._arrivals.append((comes, turn.id, worker))
            if turn.checked_out_at is None and not math.isnan(comes):
                if turn.checked_in_at is not None or now < turn.ends_at:
                    self._departures.append((max(goes, comes + 60), turn.id, worker))
                if turn.checked_in_at is not None and now_within(now, turn):
                    present.append((worker, turn.checked_in_at.timestamp()))
        connection.commit()
        self._arrivals.sort(reverse=True)
        self._departures.sort(reverse=True)
        self._find(present, now.timestamp())

    def _find(self, present: list[tuple[int, float]], now_s: float) -> None:
        """Those who are there already walk on."""
        fresh = [(worker, came) for worker, came in present if not self._patrol.out[worker]]
        workers = np.array([worker for worker, _ in fresh], dtype=np.intp)
        self._patrol.begin(workers, now_s, np.array([came for _, came in fresh], dtype=np.float64))

    def _make(self, connection: psycopg.Connection[Any], day: date) -> None:
        start = datetime.combine(day, time.min, self._world.zone)
        if shifts.rostered(connection, start, start + timedelta(days=1)):
            return
        turn = people.roster(day, len(self._world.worker_ids), self._world.zone, self._seed)
        rows = [
            (
                int(self._world.worker_ids[worker]),
                SHIFTS[kind].key,
                datetime.fromtimestamp(start_s, UTC),
                datetime.fromtimestamp(end_s, UTC),
                cancelled,
            )
            for worker, kind, start_s, end_s, cancelled in zip(
                turn.worker.tolist(),
                turn.kind.tolist(),
                turn.starts.tolist(),
                turn.ends.tolist(),
                turn.cancelled.tolist(),
                strict=True,
            )
        ]
        shifts.roster(connection, rows)

    def _clocks(self, day: date) -> dict[int, tuple[float, float]]:
        """When each worker of that day's roster comes and goes."""
        turn = people.roster(day, len(self._world.worker_ids), self._world.zone, self._seed)
        both = zip(turn.checked_in.tolist(), turn.checked_out.tolist(), strict=True)
        return dict(zip(turn.worker.tolist(), both, strict=True))


def _within(turn: scene.TurnRow, planned: tuple[float, float] | None) -> tuple[float, float]:
    """When the worker comes and goes: as planned where the plan fits the rostered turn, else on the dot."""
    starts_s, ends_s = turn.starts_at.timestamp(), turn.ends_at.timestamp()
    if planned is None or (not math.isnan(planned[0]) and not starts_s - EARLY_S <= planned[0] < ends_s):
        return starts_s, ends_s
    return planned


def now_within(now: datetime, turn: scene.TurnRow) -> bool:
    """Whether a shift is on, overtime included."""
    return turn.starts_at - timedelta(minutes=30) <= now < turn.ends_at + timedelta(minutes=10)
