"""What a hub needs of the wire. Owns the protocol; leaves Redis to `data_access`, which the root hands in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol


class AsyncBus(Protocol):
    """Frames, their log and the newest snapshot. Everything raises ConnectionError while the wire is away."""

    def subscribe(self) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """One subscription. Entering returns once it is confirmed; it never reconnects by itself."""

    async def read_log(self, after: tuple[int, int] | None) -> list[bytes]:
        """The log's frames later than (epoch, offset), in order; all of them for None."""

    async def snapshot(self) -> dict[str, Any] | None:
        """The newest snapshot that the leader wrote, or None."""

    async def close(self) -> None:
        """Let the connections go."""
