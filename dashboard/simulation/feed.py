"""The live feed: writes to `ops` as field systems would, at the pace of a day or faster.

Owns the loop and its order. All state that matters lies in the database: a feed that was stopped goes on
from there.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg

from dashboard.errors import ConnectionFailed, DashboardError
from dashboard.simulation import profiles
from dashboard.simulation.dispatch import Dispatch
from dashboard.simulation.duty import Duty
from dashboard.simulation.patrol import Fixes, Patrol
from dashboard.simulation.profiles import Profile
from dashboard.simulation.world import ForeignDistrict, World, assemble
from data_access.backoff import Backoff
from data_access.queries import scene
from data_access.writes import partitions, positions
from data_access.writes.positions import Fix
from data_access.writes.session import writing

log = logging.getLogger(__name__)

TICK_S = 1.0
SPEEDS = (0.01, 600.0)
FIRST_PAUSE_S = 0.5


class WrongSpeed(DashboardError):
    """The speed must lie between {low} and {high}; it is {speed}."""

    zh = "速度须在 {low} 与 {high} 之间，现为 {speed}。"


def run_feed(database_url: str, *, profile: str, speed: float, stop: threading.Event) -> None:
    """Feed the database until `stop`; waits out a database that is away.

    Raises ForeignDistrict, WrongSpeed.
    """
    if not SPEEDS[0] <= speed <= SPEEDS[1]:
        raise WrongSpeed(low=SPEEDS[0], high=SPEEDS[1], speed=speed)
    chosen = profiles.load(profile)
    backoff = Backoff(first_s=FIRST_PAUSE_S)
    while not stop.is_set():
        begun = time.monotonic()
        try:
            with writing(database_url, "simulation") as connection:
                Feed(connection, chosen, speed, datetime.now(UTC)).run(stop)
        except ConnectionFailed as error:
            log.warning("the feed lost the database", extra={"action": "feed_lost", "reason": str(error)})
            if time.monotonic() - begun > 10:
                backoff.reset()
            backoff.wait(stop)


class Feed:
    """One session's feed."""

    def __init__(
        self, connection: psycopg.Connection[Any], profile: Profile, speed: float, now: datetime
    ) -> None:
        self._connection = connection
        seed = self._seed(profile)
        self._world = self._assemble(profile, seed)
        rng = np.random.default_rng([seed, 10, int(now.timestamp())])
        self._patrol = Patrol(self._world, rng, now.timestamp(), pace=speed)
        self._put_workers()
        self._duty = Duty(self._world, self._patrol, seed)
        self._dispatch = Dispatch(self._world, profile, self._patrol, speed, rng)
        partitions.ensure(connection, now.date(), now.date() + timedelta(days=1))
        connection.commit()
        self._duty.start(connection, now)
        self._dispatch.start(connection, now)

    def run(self, stop: threading.Event) -> None:
        """A round a second until `stop`."""
        log.info("the feed runs", extra={"action": "feed", "unfinished": self._dispatch.unfinished})
        due = time.monotonic()
        while not stop.is_set():
            self.advance(datetime.now(UTC))
            due = max(due + TICK_S, time.monotonic() - TICK_S)
            stop.wait(max(due - time.monotonic(), 0.0))

    def advance(self, now: datetime) -> None:
        """One round: who comes and goes, what happens to events, where everybody is."""
        self._duty.advance(self._connection, now)
        self._dispatch.advance(self._connection, now)
        fixes = self._patrol.advance(now.timestamp())
        if len(fixes.worker):
            positions.write(self._connection, to_rows(self._world, fixes, now))
            self._connection.commit()

    def _seed(self, profile: Profile) -> int:
        found = scene.setting(self._connection, "simulation")
        if not isinstance(found, dict) or found.get("profile") != profile.key:
            raise ForeignDistrict(name=profile.name)
        return int(found["seed"])

    def _assemble(self, profile: Profile, seed: int) -> World:
        return assemble(
            profile,
            grids=scene.grids(self._connection),
            workers=scene.workers(self._connection),
            categories=scene.categories(self._connection),
            departments=scene.departments(self._connection),
            seed=seed,
        )

    def _put_workers(self) -> None:
        """Workers go on from where they were last seen."""
        place = self._world.worker_places()
        spots = [spot for spot in scene.spots(self._connection) if spot.worker_id in place]
        self._patrol.place(
            np.array([place[spot.worker_id] for spot in spots], dtype=np.intp),
            np.array([(spot.lon, spot.lat) for spot in spots], dtype=np.float64).reshape(-1, 2),
        )


def to_rows(world: World, fixes: Fixes, now: datetime) -> list[Fix]:
    """Fixes of one moment as rows."""
    return [
        Fix(
            worker_id=worker,
            fixed_at=now,
            received_at=now,
            lon=lon,
            lat=lat,
            accuracy_m=accuracy,
            speed_mps=speed,
            heading_deg=heading,
            battery_pct=battery,
        )
        for worker, lon, lat, accuracy, speed, heading, battery in zip(
            world.worker_ids[fixes.worker].tolist(),
            fixes.lon.tolist(),
            fixes.lat.tolist(),
            fixes.accuracy_m.tolist(),
            fixes.speed_mps.tolist(),
            fixes.heading_deg.tolist(),
            fixes.battery_pct.tolist(),
            strict=True,
        )
    ]
