"""Work that one process does at a time: the holder of a session's advisory lock, woken by notifications.

Owns taking the lock, waiting for work and waiting out a database that is away; what there is to do is the caller's.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from data_access.backoff import Backoff
from data_access.sessions import open_session
from data_access.work import LOCK_SPACE

log = logging.getLogger(__name__)

IDLE_S: Final = 1.0

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A part of the work. `part`: the number of its lock, which no job of `work` has; `channel`: what wakes it.

    `begin` runs once the lock is held, `turn` again and again; it says whether there was anything to do."""

    name: str
    part: int
    channel: str
    begin: Callable[[Conn], None]
    turn: Callable[[Conn], bool]


def take_lock(conn: Conn, part: int) -> bool:
    """Whether this session does a part of the work from now on."""
    row = conn.execute("select pg_try_advisory_lock(%s, %s)", (LOCK_SPACE, part)).fetchone()
    return bool(row and row[0])


def keep_at(database_url: str, duty: Duty, stop: threading.Event) -> None:
    """Turns, as long as this process holds the duty's lock; then again, until `stop`."""
    backoff = Backoff(first_s=0.5)
    extra: dict[str, Any] = {"action": duty.name}
    while not stop.is_set():
        try:
            with open_session(database_url, f"quanyu {duty.name}") as conn:
                while not take_lock(conn, duty.part):
                    if stop.wait(IDLE_S):
                        return
                conn.execute(f"listen {duty.channel}")
                duty.begin(conn)
                while not stop.is_set():
                    backoff.reset()
                    if not duty.turn(conn):
                        _wait(conn, IDLE_S)
        except psycopg.OperationalError as error:
            log.warning("a duty lost the database", extra={**extra, "reason": str(error)})
            backoff.wait(stop)
        except Exception:
            log.exception("a duty stumbled", extra=extra)
            backoff.wait(stop)


def _wait(conn: Conn, timeout_s: float) -> None:
    """Until something was decided, or for so long."""
    deque(conn.notifies(timeout=timeout_s, stop_after=1), maxlen=0)
