"""The wire without Redis, inside one process: for tests, held to the same suite as the real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from threading import RLock
from typing import Any

from data_access.bus import LOG_LENGTH, BusAway, BusLost, Deposed, Place
from data_access.listening import unpack_snapshot

_Inbox = tuple[asyncio.AbstractEventLoop, "asyncio.Queue[bytes | None]"]


class MemoryBus:
    """Both sides of the wire.

    `away`: a server that cannot be reached; `flush`: one that forgot everything.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._head: Place | None = None
        self._log: list[tuple[Place, bytes]] = []
        self._packed: bytes | None = None
        self._status: dict[str, Any] | None = None
        self._inboxes: list[_Inbox] = []
        self._away = False

    @property
    def away(self) -> bool:
        """Whether the wire is cut."""
        return self._away

    @away.setter
    def away(self, away: bool) -> None:
        with self._lock:
            self._away = away
            if away:
                for inbox in self._inboxes:
                    _deliver(inbox, None)

    def flush(self) -> None:
        """Forget everything, as FLUSHALL does."""
        with self._lock:
            self._head, self._packed, self._status = None, None, None
            self._log.clear()

    def head(self) -> Place | None:
        """Where the log ends, if there is one."""
        self._reach()
        return self._head

    def begin(self, place: Place, snapshot: bytes) -> None:
        """A new, empty log that goes on after `place`, with the snapshot as of `place`."""
        with self._lock:
            self._reach()
            if self._head is not None and self._head.epoch > place.epoch:
                raise Deposed
            self._log.clear()
            self._packed, self._head = snapshot, place

    def publish(self, place: Place, frame: bytes, keep: int = LOG_LENGTH) -> None:
        """Log a frame and send it, once however often called. BusLost if it does not follow on the log."""
        with self._lock:
            last = self._follow(place)
            if last.offset == place.offset:
                return
            if last.offset != place.offset - 1:
                raise BusLost
            self._log.append((place, frame))
            del self._log[: -max(keep, LOG_LENGTH)]
            self._head = place
            for inbox in self._inboxes:
                _deliver(inbox, frame)

    def save_snapshot(self, place: Place, snapshot: bytes) -> None:
        """Replace the snapshot. Raises BusLost."""
        with self._lock:
            self._follow(place)
            self._packed = snapshot

    def save_status(self, status: Mapping[str, Any]) -> None:
        """What the leader says of itself."""
        self._reach()
        self._status = dict(status)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[AsyncIterator[bytes]]:
        """One subscription; it ends with BusAway when the wire is cut."""
        inbox: _Inbox = (asyncio.get_running_loop(), asyncio.Queue())
        with self._lock:
            self._reach()
            self._inboxes.append(inbox)
        try:
            yield _frames(inbox[1])
        finally:
            with self._lock:
                self._inboxes.remove(inbox)

    async def read_log(self, after: tuple[int, int] | None) -> list[bytes]:
        """The log's frames later than (epoch, offset), in order; all of them for None."""
        with self._lock:
            self._reach()
            start = Place(epoch=0, offset=0) if after is None else Place(epoch=after[0], offset=after[1])
            return [frame for place, frame in self._log if place > start]

    async def snapshot(self) -> dict[str, Any] | None:
        """The newest snapshot that the leader wrote, or None."""
        self._reach()
        return None if self._packed is None else unpack_snapshot(self._packed)

    async def status(self) -> dict[str, Any] | None:
        """What the leader last said of itself."""
        self._reach()
        return self._status

    async def close(self) -> None:
        """Nothing to let go."""

    def _reach(self) -> None:
        if self._away:
            raise BusAway(reason="away")

    def _follow(self, place: Place) -> Place:
        self._reach()
        if self._head is None or self._packed is None or self._head.epoch < place.epoch:
            raise BusLost
        if self._head.epoch > place.epoch:
            raise Deposed
        return self._head


def _deliver(inbox: _Inbox, frame: bytes | None) -> None:
    loop, queue = inbox
    if not loop.is_closed():
        loop.call_soon_threadsafe(queue.put_nowait, frame)


async def _frames(queue: asyncio.Queue[bytes | None]) -> AsyncIterator[bytes]:
    while (frame := await queue.get()) is not None:
        yield frame
    raise BusAway(reason="away")
