"""Who leads: of all relays on a database, the one whose connection holds an advisory lock. The others wait.

The lock lives and dies with its connection, and everything that a leader does to the outbox runs on it. Its
epoch is taken from a sequence under the lock, so that a later leader's frames outrank those of a deposed one.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import psycopg
from psycopg import Connection

from data_access.backoff import Backoff
from data_access.bus import BusAway, Deposed, LeaderBus
from data_access.intake import Picture
from data_access.leader import IDLE_LIMIT, Clock, Leader
from data_access.outbox import CHANNEL
from data_access.queries.clock import database_now
from data_access.sessions import open_session
from data_access.trending import Trending

log = logging.getLogger(__name__)

LOCK: Final = 0x7175616E0001
TICK_S: Final = 1.0
POLL_S: Final = 0.25
STANDBY_S: Final = 0.5
STEADY_S: Final = 10.0
"""Who held out this long may try again soon."""

# A leader that was frozen in the middle of reading blocks its backend in a write, where no timeout strikes.
UNBLOCK: Final = """
select pg_terminate_backend(a.pid) from pg_locks l join pg_stat_activity a using (pid)
where l.locktype = 'advisory' and l.granted and l.database = (select oid from pg_database
                                                              where datname = current_database())
  and l.objsubid = 1 and (l.classid::bigint << 32) | l.objid::bigint = %s
  and a.wait_event = 'ClientWrite' and clock_timestamp() - a.query_start > interval '5 s'
"""


class Relay:
    """Leads or waits until told to stop. `new_picture` makes the empty live picture of each term."""

    def __init__(
        self,
        database_url: str,
        bus: LeaderBus,
        new_picture: Callable[[], Picture],
        *,
        clock: Clock = database_now,
    ) -> None:
        self._database_url = database_url
        self._bus = bus
        self._new_picture = new_picture
        self._clock = clock
        self._name = f"{socket.gethostname()}:{os.getpid()}"

    def run(self, stop: threading.Event) -> None:
        """Lead or wait; lost connections are made anew, with growing waits between attempts."""
        backoff = Backoff()
        while not stop.is_set():
            started = time.monotonic()
            try:
                with open_session(self._database_url, "quanyu relay") as conn:
                    if self._elected(conn, stop):
                        self._lead(conn, stop)
            except psycopg.Error as error:
                extra = {"action": "relay_database_lost", "error": type(error).__name__}
                if isinstance(
                    error, psycopg.OperationalError | psycopg.ProgrammingError
                ):  # others may quote what is in a row
                    extra["cause"] = str(error).partition("\n")[0]
                log.warning("relay lost its database connection", extra=extra)
            except Deposed:
                log.warning("relay was deposed", extra={"action": "relay_deposed"})
            except Exception:
                log.exception("relay failed and starts again", extra={"action": "relay_failed"})
            if time.monotonic() - started > STEADY_S:
                backoff.reset()
            backoff.wait(stop)

    def _elected(self, conn: Connection[Any], stop: threading.Event) -> bool:
        conn.execute("select set_config('idle_session_timeout', %s, false)", (IDLE_LIMIT,))
        log.info("relay waits to lead", extra={"action": "relay_standby"})
        while not stop.is_set():
            ((locked,),) = conn.execute("select pg_try_advisory_lock(%s)", (LOCK,)).fetchall()
            if locked:
                return True
            conn.execute(UNBLOCK, (LOCK,))
            stop.wait(STANDBY_S)
        return False

    def _lead(self, conn: Connection[Any], stop: threading.Event) -> None:
        epoch = self._epoch(conn, stop)
        log.info("relay leads", extra={"action": "relay_leads", "epoch": epoch})
        picture = self._new_picture()
        leader = Leader(conn, self._bus, picture, epoch=epoch, name=self._name, clock=self._clock)
        leader.build()
        conn.execute(f"listen {CHANNEL}")
        with Trending(self._database_url, self._clock) as trending:
            self._serve(conn, leader, trending, stop)

    def _serve(
        self, conn: Connection[Any], leader: Leader, trending: Trending, stop: threading.Event
    ) -> None:
        begun, trends, rebuilds = False, None, leader.rebuilds
        outage = Backoff(cap_s=1.0)
        next_tick = time.monotonic()
        while not stop.is_set():
            try:
                if not begun:
                    leader.begin()
                    begun = True
                more = leader.drain()
                if time.monotonic() >= next_tick or leader.owes_counts:
                    trends = trending.take() or trends
                    leader.tick(trends)
                    trends = None
                    if leader.rebuilds != rebuilds:
                        rebuilds = leader.rebuilds
                        trending.ask()
                    now_s = time.monotonic()
                    next_tick = max(min(next_tick, now_s) + TICK_S, now_s + TICK_S / 2)
                outage.reset()
            except BusAway as error:
                log.warning(
                    "relay cannot reach Redis", extra={"action": "relay_bus_away", "error": str(error)}
                )
                leader.confirm()
                outage.wait(stop)
            else:
                pause_s = 0.0 if more else min(POLL_S, next_tick - time.monotonic())
                _wait_for_rows(conn, max(0.0, pause_s))

    def _epoch(self, conn: Connection[Any], stop: threading.Event) -> int:
        """The next epoch: above every earlier leader's, and above what the wire has seen."""
        ((epoch,),) = conn.execute("select nextval('board.epoch')").fetchall()
        backoff = Backoff(cap_s=1.0)
        while not stop.is_set():
            try:
                head = self._bus.head()
            except BusAway:
                conn.execute("select 1")
                backoff.wait(stop)
                continue
            if head is not None and head.epoch >= epoch:
                # a database that was restored from a backup may lag behind the wire
                conn.execute("select setval('board.epoch', %s)", (head.epoch,))
                ((epoch,),) = conn.execute("select nextval('board.epoch')").fetchall()
            break
        return int(epoch)


def _wait_for_rows(conn: Connection[Any], timeout_s: float) -> None:
    # all that came, or what came while we worked would pile up in the driver
    deque(conn.notifies(timeout=timeout_s, stop_after=1), maxlen=0)
