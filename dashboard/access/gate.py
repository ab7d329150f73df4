"""The gate before the threads that answer pages: a request is complete, and not too large, before it takes one
of them, and a client that takes nothing of its answer does not keep one.

There are few threads, and who sends or reads byte by byte would hold one for as long as it likes. What is
native to the event loop (streams, the JSON interface) holds no thread and needs no gate.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

from dashboard.access.door import App, Message, Receive, Send, refuse

MOST_BYTES: Final = 4 * 1024 * 1024
"""A callback's question is a few kilobytes."""
BODY_S: Final = 20.0
"""How long a body may take to arrive."""
STALL_S: Final = 30.0
"""How long a client may take nothing of its answer."""


class _TooLarge(Exception):
    """The body is larger than it may be."""


class _Gone(Exception):
    """The client went away before its request was complete."""


class Gate:
    """ASGI middleware around the part of the web process that runs in threads."""

    def __init__(
        self, app: App, *, most_bytes: int = MOST_BYTES, body_s: float = BODY_S, stall_s: float = STALL_S
    ) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._body_s = body_s
        self._stall_s = stall_s

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._body_s):
                body = await self._body(scope, receive)
        except TimeoutError:
            await refuse(send, 408, "The request did not arrive in time. Send it again.", last=True)
        except _TooLarge:
            await refuse(send, 413, f"The request is larger than {self._most_bytes:,} bytes.", last=True)
        except _Gone:
            return
        else:
            await self._app(scope, _complete(body, receive), self._impatient(send))

    async def _body(self, scope: Mapping[str, Any], receive: Receive) -> bytes:
        if _stated_bytes(scope) > self._most_bytes:
            raise _TooLarge
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _Gone
            body += message.get("body", b"")
            if len(body) > self._most_bytes:
                raise _TooLarge
            more = message.get("more_body", False)
        return bytes(body)

    def _impatient(self, send: Send) -> Send:
        """A `send` that gives up a client which takes nothing: the thread goes on into the void, and ends."""
        given_up = False

        async def impatient(message: Message) -> None:
            nonlocal given_up
            if given_up:
                return
            try:
                async with asyncio.timeout(self._stall_s):
                    await send(message)
            except TimeoutError:
                given_up = True

        return impatient


def _stated_bytes(scope: Mapping[str, Any]) -> int:
    """The length that the request states; 0 where it states none."""
    stated = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return int(stated) if stated.isdigit() else 0


def _complete(body: bytes, receive: Receive) -> Receive:
    """A `receive` that has the whole body at once; after it only the disconnect is left."""
    given = False

    async def complete() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return complete
