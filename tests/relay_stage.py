"""A stage for the relay: a real database, a wire in memory, a clock and a leader driven by hand."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any

import psycopg

from dashboard.domain.messages import FrameKind
from dashboard.live.state import LiveState
from data_access.leader import Leader
from data_access.memory_bus import MemoryBus
from data_access.sessions import open_session
from tests import live_oracle
from tests.wire import MirrorReader

Conn = psycopg.Connection[Any]


class RelayStage:
    """A database, a wire, a clock that the test turns, and a leader that the test drives."""

    def __init__(self, url: str, now: datetime) -> None:
        self.conn: Conn = psycopg.connect(url, autocommit=True)
        self.session = open_session(url, "test leader")
        self.bus = MemoryBus()
        self.now = now
        self.epoch = 0
        self._strides = count(step=3)  # every tick is time for a beat, every few for a snapshot
        self.reader = MirrorReader(self.bus)

    def lead(self) -> Leader:
        """A new leader takes over."""
        self.epoch += 1
        self.leader = Leader(
            self.session,
            self.bus,
            LiveState("test"),
            epoch=self.epoch,
            name="test",
            clock=lambda _: self.now,
            stopwatch=lambda: float(next(self._strides)),
        )
        self.leader.build()
        self.leader.begin()
        return self.leader

    def settle(self) -> None:
        """Let the leader work everything off and the mirror follow, then compare with SQL."""
        while self.leader.drain():
            pass
        self.leader.tick()
        mirror = self.reader.catch_up()
        assert mirror is not None
        assert live_oracle.without_zeros(mirror.indicators) == live_oracle.counters(self.conn, self.now)
        told = {id_: (row[3] + row[6], row[4] + row[7], row[8]) for id_, row in mirror.workers.items()}
        assert told == live_oracle.workers(self.conn, self.now)
        urgent = {
            id_: (record["v"], record["late"], record["al"])
            for id_, record in mirror.events.items()
            if record["late"] or record["al"]
        }
        assert urgent == live_oracle.urgent_events(self.conn, self.now)
        assert self.outbox() == 0

    def outbox(self) -> int:
        """Rows that wait."""
        return self.number("select count(*) from board.outbox")

    def number(self, query: str) -> int:
        """The one number that a query gives."""
        ((number,),) = self.conn.execute(query).fetchall()
        return int(number)

    def kinds(self) -> list[FrameKind]:
        """Kinds of all frames told so far but beats."""
        return [header.kind for header, _ in self.reader.frames if header.kind is not FrameKind.BEAT]

    def close(self) -> None:
        """Let both connections go."""
        self.conn.close()
        self.session.close()
