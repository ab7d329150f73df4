"""Connections on which a request arrives slowly or never, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from dashboard.access.door import Receive, Send
from dashboard.arrival import PunctualProtocol

HEAD = b"GET / HTTP/1.1\r\nHost: here\r\n"
END = b"\r\n"
HEAD_S = 0.3
WAIT_S = 10.0


class Hasty(PunctualProtocol):
    head_s = HEAD_S


async def app(_scope: dict[str, Any], _receive: Receive, send: Send) -> None:
    await asyncio.sleep(2 * HEAD_S)  # answering may take longer than asking
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def server(protocol: type[PunctualProtocol] = Hasty) -> AsyncIterator[int]:
    config = uvicorn.Config(app, http=protocol, lifespan="off", log_config=None, access_log=False)
    running = uvicorn.Server(config)
    sock = socket.create_server(("127.0.0.1", 0))  # who connects before uvicorn is there waits in its queue
    serving = asyncio.create_task(running.serve(sockets=[sock]))
    try:
        yield sock.getsockname()[1]
    finally:
        running.should_exit = True
        await serving


async def said(*parts: bytes) -> bytes:
    """What the server says to these parts, each sent after the answer to the one before, until it hangs up."""
    async with server() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        heard = b""
        try:
            async with asyncio.timeout(WAIT_S):
                for part in parts:
                    writer.write(part)
                    if part.endswith(END + END):
                        heard += await reader.readuntil(b"ok")
                heard += await reader.read()
        except ConnectionResetError:
            heard += b"|"
        finally:
            writer.close()
        return heard


def test_a_connection_without_a_request_is_closed() -> None:
    assert asyncio.run(said()) in (b"", b"|")


def test_a_head_that_never_ends_is_closed() -> None:
    assert asyncio.run(said(HEAD)) in (b"", b"|")


def test_a_complete_request_is_answered_however_long_that_takes_and_the_next_one_is_watched_again() -> None:
    assert asyncio.run(said(HEAD + END, HEAD)).rstrip(b"|").endswith(b"ok")


def test_a_head_of_any_size_is_not_taken() -> None:
    class Patient(PunctualProtocol):
        head_s = 60.0

    async def flood() -> int:
        sent = 0
        async with server(Patient) as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(HEAD + b"X: ")
            with contextlib.suppress(ConnectionError):
                while sent < 200:
                    writer.write(b"x" * 100_000)
                    await writer.drain()
                    sent += 1
            writer.close()
        return sent

    assert asyncio.run(flood()) < 200
