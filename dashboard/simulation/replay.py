"""Imported data played again: the busiest day of the events as today, the tracks as today's patrols.

Owns the moving of time and the loop. What the rows are and how they are kept lies in
`data_access.writes.replay`.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from dashboard.domain.terms import DEFAULT_ZONE
from dashboard.domain.workflow import WORKFLOWS
from dashboard.errors import ConnectionFailed, DashboardError
from dashboard.simulation.feed import FIRST_PAUSE_S, TICK_S
from dashboard.simulation.tracks import Tracks
from data_access.backoff import Backoff
from data_access.queries import scene
from data_access.writes import partitions, positions, replay, settings
from data_access.writes.replay import Shift
from data_access.writes.session import writing

log = logging.getLogger(__name__)

TRACK_LIMIT = 3_000_000


class NothingToReplay(DashboardError):
    """There is nothing to replay. Import events or positions first: python app.py import events FILE."""

    zh = "没有可回放的数据。请先导入事件或轨迹：python app.py import events 文件。"


def run_replay(database_url: str, *, speed: float, stop: threading.Event) -> None:
    """Replay until `stop`; waits out a database that is away. NothingToReplay where nothing was imported."""
    backoff = Backoff(first_s=FIRST_PAUSE_S)
    while not stop.is_set():
        begun = time.monotonic()
        try:
            with writing(database_url, "replay") as connection:
                Replay(connection, speed, datetime.now(UTC)).run(stop)
        except ConnectionFailed as error:
            log.warning("the replay lost the database", extra={"action": "replay_lost", "reason": str(error)})
            if time.monotonic() - begun > 10:
                backoff.reset()
            backoff.wait(stop)


class Replay:
    """One session's replay."""

    def __init__(self, connection: psycopg.Connection[Any], speed: float, now: datetime) -> None:
        self._connection = connection
        self._speed = speed
        self._zone = ZoneInfo(str(scene.setting(connection, "timezone") or DEFAULT_ZONE))
        self._workflow = WORKFLOWS[str(scene.setting(connection, "workflow") or "seven")]
        events, fixes = replay.capture(connection)
        if not events and not fixes:
            raise NothingToReplay
        settings.put(connection, {"mode": "replay"})
        partitions.ensure(connection, now.date(), now.date() + timedelta(days=1))
        connection.commit()
        self._tracks = Tracks(replay.tracks(connection, TRACK_LIMIT))
        self._shift: Shift | None = None
        self._end: datetime | None = None
        self._day: date | None = None
        self._last = now
        self.restart(now)

    def run(self, stop: threading.Event) -> None:
        """A round a second until `stop`."""
        due = time.monotonic()
        while not stop.is_set():
            self.advance(datetime.now(UTC))
            due = max(due + TICK_S, time.monotonic() - TICK_S)
            stop.wait(max(due - time.monotonic(), 0.0))

    def restart(self, now: datetime) -> None:
        """Begin again: the busiest day is today, at this time of day."""
        self._last = now
        found = replay.busiest_day(self._connection, self._zone.key)
        if found is None:
            return
        day, last = found
        # At the end of its last day the whole begins again.
        midnight = last.astimezone(self._zone).replace(hour=0, minute=0, second=0, microsecond=0)
        self._end = (midnight + timedelta(days=1)).astimezone(UTC)
        local = now.astimezone(self._zone)
        original = local.replace(year=day.year, month=day.month, day=day.day)
        self._shift = Shift(original=original.astimezone(UTC), now=now, speed=self._speed)
        count = replay.restart(self._connection, self._shift, self._workflow)
        self._connection.commit()
        log.info("the replay begins", extra={"action": "replay", "events": count, "day": day.isoformat()})

    def advance(self, now: datetime) -> None:
        """One round: what happened meanwhile, and where everybody is."""
        today = now.astimezone(self._zone).date()
        if today != self._day:
            self._day = today
            self._new_day(now)
        if self._shift is not None:
            if self._end is not None and self._shift.original_at(now) >= self._end:
                self.restart(now)
            replay.advance(self._connection, self._shift, self._workflow, self._last, now)
            self._connection.commit()
        fixes = self._tracks.advance(now, self._speed)
        if fixes:
            positions.write(self._connection, fixes)
            self._connection.commit()
        self._last = now

    def _new_day(self, now: datetime) -> None:
        local = now.astimezone(self._zone).replace(hour=0, minute=0, second=0, microsecond=0)
        partitions.ensure(self._connection, now.date(), now.date() + timedelta(days=1))
        replay.put_on_duty(
            self._connection,
            self._tracks.workers,
            local.astimezone(UTC),
            (local + timedelta(days=1)).astimezone(UTC),
        )
        self._connection.commit()
