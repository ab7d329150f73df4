"""Requests that come in: how much of them a process holds, whoever sends them."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

from dashboard.reception.calls import SMALL, Answer, Bodies, Call, Endpoint

POST = frozenset({"POST"})
LARGE = 100_000
SCOPE = {"method": "POST", "path": "/ingest/events", "headers": [], "query_string": b""}
Sent = list[MutableMapping[str, Any]]


async def taken(call: Call) -> Answer:
    return Answer(status=200, body=str(len(call.body)).encode())


class Sender:
    """Somebody who sends a body and then, if he likes, the end of it."""

    def __init__(self, endpoint: Endpoint, body: bytes, *, ends: bool = False) -> None:
        self._body, self._more = body, asyncio.Event()
        if ends:
            self._more.set()
        self._come = 0
        self.sent: Sent = []
        self.task = asyncio.create_task(endpoint(dict(SCOPE), self._receive, self._send))

    async def _receive(self) -> MutableMapping[str, Any]:
        self._come += 1
        if self._come == 1:
            return {"type": "http.request", "body": self._body, "more_body": True}
        await self._more.wait()
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        self.sent.append(message)

    async def status(self) -> int:
        """How he was answered, at the end of what he sends."""
        self._more.set()
        await self.task
        return int(self.sent[0]["status"])


async def test_all_requests_together_take_bounded_memory_and_small_ones_are_always_taken() -> None:
    bodies = Bodies(10 * LARGE)
    endpoint = Endpoint(taken, methods=POST, most_bytes=2 * LARGE, bodies=bodies)
    slow = [Sender(endpoint, b"x" * LARGE) for _ in range(10)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert bodies.held == 10 * LARGE
    late = Sender(endpoint, b"x" * LARGE, ends=True)
    assert await late.status() == 503
    assert (b"retry-after", b"1") in late.sent[0]["headers"]
    assert await Sender(endpoint, b"x" * SMALL, ends=True).status() == 200
    assert bodies.held == 10 * LARGE
    assert [await one.status() for one in slow] == [200] * 10
    assert bodies.held == 0
    assert await Sender(endpoint, b"x" * LARGE, ends=True).status() == 200


async def test_what_is_refused_or_breaks_is_let_go_of() -> None:
    async def broken(_call: Call) -> Answer:
        raise RuntimeError

    bodies = Bodies(10 * LARGE)
    assert (
        await Sender(Endpoint(taken, methods=POST, most_bytes=10, bodies=bodies), b"x" * 11).status() == 413
    )
    sender = Sender(Endpoint(broken, methods=POST, most_bytes=LARGE, bodies=bodies), b"x" * 11, ends=True)
    await asyncio.gather(sender.task, return_exceptions=True)
    assert bodies.held == 0
