"""Progress of imports for open pages, as server-sent events.

However many pages look on, the database is asked twice a second per web process, and only while somebody looks at
an import that moves. A stream ends by itself when its import rests, when its page goes away, and when the server
ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection
from typing import Final

import anyio.to_thread
from sqlalchemy.exc import SQLAlchemyError

from dashboard.domain.messages import dump
from data_access.queries.import_jobs import ImportProgress

log = logging.getLogger(__name__)

EVERY_S: Final = 0.5
QUIET_S: Final = 15.0
"""A stream that has nothing to say sends a comment so often, so that boxes on the way keep it open."""

Ask = Callable[[Collection[int]], list[ImportProgress]]


class ProgressBoard:
    """What is known of the imports that somebody looks at."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._watched: Counter[int] = Counter()
        self._known: dict[int, ImportProgress] = {}
        self._asking = asyncio.Lock()
        self._due_s = 0.0
        self._closed = asyncio.Event()

    def close(self) -> None:
        """End all streams. Call it on the loop."""
        self._closed.set()

    async def follow(self, job_id: int) -> AsyncIterator[bytes]:
        """Events of one import until it rests; none for one that does not exist."""
        self._watched[job_id] += 1
        clock = asyncio.get_running_loop().time
        shown, said_s = None, clock()
        try:
            while not self._closed.is_set():
                found = await self._look(job_id, clock())
                if found is None:
                    return
                if found != shown:
                    shown, said_s = found, clock()
                    yield _event(found)
                elif clock() - said_s >= QUIET_S:
                    said_s = clock()
                    yield b": quiet\n\n"
                if not found.moving:
                    return
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._closed.wait(), EVERY_S)
        finally:
            self._watched[job_id] -= 1
            self._watched += Counter()  # drops what nobody looks at

    async def _look(self, job_id: int, now_s: float) -> ImportProgress | None:
        """One question for all who look on."""
        async with self._asking:
            if now_s >= self._due_s or job_id not in self._known:
                try:
                    found = await anyio.to_thread.run_sync(self._ask, tuple(self._watched))
                except SQLAlchemyError:
                    log.warning("progress of imports cannot be read", extra={"action": "import_progress"})
                else:
                    self._known = {one.id: one for one in found}
                self._due_s = now_s + EVERY_S
        return self._known.get(job_id)


def _event(found: ImportProgress) -> bytes:
    data = {
        "state": str(found.state),
        "stamp": found.stamp,
        "moving": found.moving,
        "read": found.rows_read,
        "total": found.rows_total,
    }
    return f"event: progress\ndata: {dump(data)}\n\n".encode()
