"""Ways for bytes into a response that never ends.

Owns the choice: straight into uvicorn's socket transport where that is what serves us, else through ASGI's
`send`. The straight way is worth its knowledge of uvicorn: one frame is chunked once and handed to 1,500
transports in a loop that never returns to the interpreter, so busy threads cannot get between (a `send` for
each costs three times as much, and each may lose the interpreter lock).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]


class Transport(Protocol):
    """What a stream needs of the connection below it. Writing never waits; what waits is counted."""

    def write(self, data: bytes) -> None: ...

    def get_write_buffer_size(self) -> int: ...

    def abort(self) -> None: ...


class SendTransport:
    """A transport over ASGI's `send`, for servers that let nobody at their sockets."""

    __slots__ = ("_queue", "_send", "_task", "_waiting")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._queue: deque[bytes] = deque()
        self._waiting = 0
        self._task: asyncio.Task[None] | None = None

    def write(self, data: bytes) -> None:
        self._queue.append(data)
        self._waiting += len(data)
        if self._task is None:
            self._task = asyncio.create_task(self._drain(), name="stream writer")

    def get_write_buffer_size(self) -> int:
        return self._waiting

    def abort(self) -> None:
        self._queue.clear()
        if self._task is not None:
            self._task.cancel()

    async def _drain(self) -> None:
        try:
            while self._queue:
                data = self._queue.popleft()
                await self._send({"type": "http.response.body", "body": data, "more_body": True})
                self._waiting -= len(data)
        finally:
            self._task = None


def straight_transport(send: Send) -> Transport | None:
    """The socket transport behind a `send` of uvicorn, once its response has begun; None behind any other.

    Only for a response that uvicorn sends in chunks: whoever writes must write whole chunks.
    """
    cycle = getattr(send, "__self__", None)
    if cycle is None or type(cycle).__module__ != "uvicorn.protocols.http.httptools_impl":
        return None
    transport = getattr(cycle, "transport", None)
    if not getattr(cycle, "chunked_encoding", False) or transport is None:
        return None
    if not all(hasattr(transport, name) for name in ("write", "get_write_buffer_size", "abort")):
        return None
    straight: Transport = transport
    return straight
