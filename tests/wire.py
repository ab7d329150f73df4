"""A hub in small for tests: keeps one mirror up from the wire and remembers every frame it applied."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

from dashboard.domain.messages import FrameKind, Header, Part, decode_header, frame_parts
from dashboard.live.mirror import Mirror

T = TypeVar("T")


class Wire(Protocol):
    """The log and the snapshot, asynchronously."""

    async def read_log(self, after: tuple[int, int] | None) -> list[bytes]:
        """Frames later than (epoch, offset)."""

    async def snapshot(self) -> dict[str, Any] | None:
        """The newest snapshot."""


class MirrorReader:
    """Catches up when asked. `frames`: what was applied; `reloads`: how many snapshots were needed."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.mirror: Mirror | None = None
        self.frames: list[tuple[Header, dict[str, Part]]] = []
        self.reloads = 0

    def catch_up(self) -> Mirror | None:
        """Apply what is new. A hole or another epoch means the snapshot, and then what follows on it."""
        snapshot = _now(self._wire.snapshot())
        if snapshot is None:
            return self.mirror
        if self.mirror is None or snapshot["epoch"] != self.mirror.epoch:
            self._reload(snapshot)
        if not self._follow():
            self._reload(_now(self._wire.snapshot()))
            assert self._follow(), "the log does not reach back to the snapshot"
        return self.mirror

    def records(self, event_id: int) -> list[dict[str, Any]]:
        """All records of an event that were told by frames, in order."""
        told = [parts for header, parts in self.frames if header.kind is FrameKind.EVENT]
        return [part["e"] for parts in told for part in parts.values() if part["e"]["id"] == event_id]

    def _reload(self, snapshot: dict[str, Any] | None) -> None:
        assert snapshot is not None
        self.mirror = Mirror.from_snapshot(snapshot)
        self.reloads += 1

    def _follow(self) -> bool:
        assert self.mirror is not None
        for frame in _now(self._wire.read_log(self.mirror.position)):
            header = decode_header(frame)
            if (header.epoch, header.offset) != (self.mirror.epoch, self.mirror.offset + 1):
                return False
            parts = frame_parts(frame, header)
            self.mirror.apply(header, parts)
            self.frames.append((header, parts))
            if header.kind is FrameKind.RESET:
                self._reload(_now(self._wire.snapshot()))
                self.mirror.offset = max(self.mirror.offset, header.offset)
        return True


def _now(call: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(call)
