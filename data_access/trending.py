"""The side thread that reads the wall's series once a minute, on a connection of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self

import psycopg
from psycopg import Connection

from data_access.backoff import Backoff
from data_access.queries.trends import load_trends
from data_access.sessions import open_session

log = logging.getLogger(__name__)

PERIOD_S: Final = 60.0
GRACE_S: Final = 5.0


class Trending:
    """Runs while entered.

    What it has read waits to be taken; what was not taken is replaced by newer series.
    """

    def __init__(self, database_url: str, clock: Callable[[Connection[Any]], datetime]) -> None:
        self._database_url = database_url
        self._clock = clock
        self._stop = threading.Event()
        self._asked = threading.Event()
        self._lock = threading.Lock()
        self._trends: dict[str, Any] | None = None
        self._conn: Connection[Any] | None = None
        self._thread = threading.Thread(target=self._run, name="relay-trends", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._asked.set()
        conn = self._conn
        if conn is not None:
            conn.cancel_safe(timeout=1.0)
        self._thread.join(GRACE_S)

    def ask(self) -> None:
        """Read again at once: much has changed."""
        self._asked.set()

    def take(self) -> dict[str, Any] | None:
        """The newest series, by region code, once."""
        with self._lock:
            trends, self._trends = self._trends, None
            return trends

    def _run(self) -> None:
        backoff = Backoff(first_s=0.5, cap_s=PERIOD_S)
        while not self._stop.is_set():
            try:
                with open_session(self._database_url, "quanyu relay trends") as conn:
                    self._conn = conn
                    while True:
                        self._asked.clear()
                        if (
                            self._stop.is_set()
                        ):  # looked at after clearing, or the request to stop could be lost
                            break
                        trends = load_trends(conn, self._clock(conn))
                        with self._lock:
                            self._trends = trends
                        backoff.reset()
                        self._asked.wait(PERIOD_S)
            except psycopg.Error as error:
                if not self._stop.is_set():
                    extra = {"action": "relay_trends_lost", "error": type(error).__name__}
                    log.warning("series could not be read", extra=extra)
            except Exception:
                log.exception("series could not be read", extra={"action": "relay_trends_failed"})
            finally:
                self._conn = None
            backoff.wait(self._stop)
