"""What the leading relay does: takes changes in, publishes the live picture's frames, clears the outbox.

All reads and deletes run on the one connection that holds the leader's lock: whoever loses it can do neither.
Leaves who leads to `data_access.relay`, and what follows from a change to the live picture that is handed in.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from psycopg import Connection

from dashboard.domain.messages import Draft, FrameKind, epoch_ms
from dashboard.domain.posture import CALM
from data_access.bus import LeaderBus
from data_access.intake import UNREADABLE, Intake, Picture
from data_access.outbox import BATCH, delete_rows, next_rows, outbox_depth
from data_access.publisher import Publisher
from data_access.queries.facts import load_facts
from data_access.queries.fixes import load_fixes
from data_access.queries.posture import standing
from data_access.writes.presence import PresenceBook
from data_access.writes.samples import write_samples

log = logging.getLogger(__name__)

BATCHES: Final = 4
BEAT_S: Final = 2.0
COUNTS_S: Final = 1.0
SNAPSHOT_S: Final = 30.0
IDLE_LIMIT: Final = "5s"
"""The server ends the leader's session when it has been silent for this long: a frozen leader is deposed."""
BUSY_LIMIT: Final = "60s"
"""The same while a rebuild computes."""

Clock = Callable[[Connection[Any]], datetime]


class Leader:
    """One term: `build`, `begin`; then `drain` whenever rows may wait, and `tick` once a second."""

    def __init__(
        self,
        conn: Connection[Any],
        bus: LeaderBus,
        picture: Picture,
        *,
        epoch: int,
        name: str,
        clock: Clock,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._conn = conn
        self._bus = bus
        self._picture = picture
        self._epoch = epoch
        self._name = name
        self._clock = clock
        self._stopwatch = stopwatch
        self._now = clock(conn)
        self._intake = Intake(conn, picture)
        self._presence = PresenceBook()
        self._publisher = Publisher(bus, epoch, self.confirm, lambda: picture.snapshot(self._now))
        self._beat_at = self._saved_at = self._counted_at = float("-inf")
        self._minute: datetime | None = None
        self._standing = CALM
        self._reset: Draft | None = None
        self.rebuilds = 0
        self._tick_ms = 0.0

    def confirm(self) -> None:
        """Raises psycopg.Error when the connection, and the lock with it, is gone.

        Keeps the session awake.
        """
        self._conn.execute("select 1")

    def build(self) -> None:
        """Read everything; nothing is published yet."""
        self._now = self._clock(self._conn)
        self._rebuild()
        self._picture.tick(load_fixes(self._conn), self._now)

    def begin(self) -> None:
        """Publish the snapshot and the first beat of this epoch. Raises BusAway, Deposed."""
        self._publisher.begin()
        self._saved_at = self._beat_at = self._stopwatch()
        self._standing = standing(self._conn)
        self._publisher.put([self._picture.beat(self._now, self._standing)], self._now)
        self._publisher.flush()

    def drain(self) -> bool:
        """Take in what the outbox holds and publish the events' frames at once; True if more may wait.

        Ends after a few batches, so that a flood does not keep the second's work waiting. Raises BusAway, Deposed.
        """
        self._publisher.flush()
        for _ in range(BATCHES):
            rows = next_rows(self._conn, self._intake.pending)
            if rows:
                self._now = self._clock(self._conn)
                self._publisher.put(self._intake.take(rows, self._now), self._now)
                self._publisher.flush()
            if len(rows) < BATCH:
                return False
        return True

    @property
    def owes_counts(self) -> bool:
        """Whether news waits for its counters, and the last ones are a second old: then the tick need not wait."""
        return bool(self._intake.pending) and self._stopwatch() - self._counted_at >= COUNTS_S

    def tick(self, trends: Mapping[str, Any] | None = None) -> None:
        """The second's work: timers, positions, counters, beat, cleared outbox. Raises BusAway, Deposed."""
        self._publisher.flush()
        started = time.perf_counter()
        self._now = self._clock(self._conn)
        drafts = self._rebuild_if_asked()
        told = set(self._intake.pending)
        drafts += self._picture.tick(load_fixes(self._conn), self._now)
        if trends is not None:
            drafts += self._picture.trend(trends)
        if self._switched() or self._stopwatch() - self._beat_at >= BEAT_S - 0.1:
            self._beat_at = self._stopwatch()
            drafts.append(self._picture.beat(self._now, self._standing))
        if any(draft.kind is FrameKind.COUNTS for draft in drafts):
            self._counted_at = self._stopwatch()
        self._publisher.put(drafts, self._now)
        self._publisher.flush()
        delete_rows(self._conn, told)
        self._intake.cleared(told)
        self._presence.keep(self._conn, self._picture.watched())
        self._tick_ms = (time.perf_counter() - started) * 1000
        self._keep_books()

    def _switched(self) -> bool:
        """Whether the district's posture is another one than told last: then the beat does not wait."""
        before, self._standing = self._standing, standing(self._conn)
        return self._standing != before

    def _keep_books(self) -> None:
        """What may be due after a tick: snapshot, reset, samples, status."""
        self._reset = self._picture.reset() or self._reset
        aged = self._stopwatch() - self._saved_at >= SNAPSHOT_S
        if self._reset is not None or aged or self._publisher.snapshot_due:
            self._publisher.save_snapshot()
            self._saved_at = self._stopwatch()
        if self._reset is not None:
            self._publisher.put([self._reset], self._now)
            self._reset = None
            self._publisher.flush()
        minute = self._now.replace(second=0, microsecond=0)
        if self._minute is not None and minute != self._minute:
            write_samples(self._conn, minute, self._picture.samples())
        self._minute = minute
        self._bus.save_status(self._status())

    def _rebuild_if_asked(self) -> list[Draft]:
        if self._picture.must_rebuild(self._now):
            return self._rebuild()
        if not self._intake.asking:
            return []
        try:
            return self._rebuild()
        except UNREADABLE as error:
            self._intake.refuse_rebuild(error)
            return []

    def _rebuild(self) -> list[Draft]:
        started = time.perf_counter()
        self._conn.execute("select set_config('idle_session_timeout', %s, false)", (BUSY_LIMIT,))
        facts = load_facts(self._conn, self._now, self._picture.shown_events())
        drafts = self._picture.rebuild(facts, self._now)
        self._conn.execute("select set_config('idle_session_timeout', %s, false)", (IDLE_LIMIT,))
        self._intake.rebuilt()
        self.rebuilds += 1
        seconds = round(time.perf_counter() - started, 3)
        log.info("live picture rebuilt", extra={"action": "relay_rebuild", "seconds": seconds})
        return drafts

    def _status(self) -> dict[str, Any]:
        depth = outbox_depth(self._conn)
        return {
            "at": epoch_ms(self._now),
            "leader": self._name,
            "epoch": self._epoch,
            "offset": self._publisher.place.offset,
            "lag_ms": round(depth.lag_ms, 1),
            "outbox": depth.waiting,
            "dead": depth.dead,
            "rows": self._intake.taken,
            "buried": self._intake.buried,
            "rebuilds": self.rebuilds,
            "tick_ms": round(self._tick_ms, 1),
        }
