"""Progress of files for open pages, as server-sent events.

However many pages look on, the database is asked twice a second per web process, and only while somebody's files are
being made. A stream ends by itself when all of its owner's files rest, when its page goes away, when the session
ends or rights change, and when the server ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection
from typing import Any, Final

import anyio.to_thread
from sqlalchemy.exc import SQLAlchemyError

from dashboard.domain.messages import dump
from data_access.queries.file_jobs import FileJob, FileState

log = logging.getLogger(__name__)

EVERY_S: Final = 0.5
MOST_STREAMS: Final = 8
"""Of one login; a page that gets none asks again from time to time."""
QUIET_S: Final = 15.0
"""A stream that has nothing to say sends a comment so often, so that boxes on the way keep it open."""

Ask = Callable[[Collection[str]], list[FileJob]]
Watch = Callable[[Callable[[], None]], Callable[[], None]]
"""Have something called when a viewer's session ends or the rights change; returns what ends the watch."""


class FileBoard:
    """What is known of the files of those who look on."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._watched: Counter[str] = Counter()
        self._known: dict[str, list[FileJob]] = {}
        self._asking = asyncio.Lock()
        self._due_s = 0.0
        self._closed = False
        self._ends: set[asyncio.Event] = set()

    def close(self) -> None:
        """End all streams. Call it on the loop."""
        self._closed = True
        for end in self._ends:
            end.set()

    def has_room(self, login: str) -> bool:
        """Whether somebody may open another stream."""
        return self._watched[login] < MOST_STREAMS

    async def follow(self, login: str, lang: str, watch: Watch | None = None) -> AsyncIterator[bytes]:
        """Somebody's files whenever something of them changes, until all of them rest; nothing without room."""
        if not self.has_room(login) or self._closed:
            return
        end = asyncio.Event()
        self._ends.add(end)
        forget = None if watch is None else watch(end.set)
        self._watched[login] += 1
        clock = asyncio.get_running_loop().time
        shown, said_s = "", clock()
        self._due_s = 0.0  # who begins to look asked for something just now: what is known may be older
        try:
            while not end.is_set():
                found = await self._look(login, clock())
                told = dump([told_of(job, lang) for job in found])
                if told != shown:
                    shown, said_s = told, clock()
                    yield f'event: files\ndata: {{"jobs":{told}}}\n\n'.encode()
                elif clock() - said_s >= QUIET_S:
                    said_s = clock()
                    yield b": quiet\n\n"
                if not any(job.busy for job in found):
                    return
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(end.wait(), EVERY_S)
        finally:
            self._ends.discard(end)
            if forget is not None:
                forget()
            self._watched[login] -= 1
            self._watched += Counter()  # drops those who look on no more

    async def _look(self, login: str, now_s: float) -> list[FileJob]:
        """One question for all who look on."""
        async with self._asking:
            if now_s >= self._due_s or login not in self._known:
                try:
                    found = await anyio.to_thread.run_sync(self._ask, tuple(self._watched))
                except SQLAlchemyError:
                    log.warning("progress of files cannot be read", extra={"action": "file_progress"})
                else:
                    self._known = {one: [] for one in self._watched}
                    for job in found:
                        self._known.setdefault(job.owner, []).append(job)
                self._due_s = now_s + EVERY_S
        return self._known.get(login, [])


def told_of(job: FileJob, lang: str) -> dict[str, Any]:
    """A file as its owner's page shows it."""
    kept = job.state is FileState.DONE
    return {
        "id": job.id,
        "kind": job.kind,
        "title": job.title,
        "state": str(job.state),
        "cancelling": job.cancelling,
        "done": job.done,
        "total": job.total,
        "note": job.note,
        "file_name": job.file_name if kept else None,
        "size_bytes": job.size_bytes if kept else None,
        "rows": job.rows,
        "error": (job.error or {}).get(lang) if job.error else None,
        "created_at": job.created_at.isoformat(timespec="seconds"),
        "ended_at": None if job.ended_at is None else job.ended_at.isoformat(timespec="seconds"),
    }
