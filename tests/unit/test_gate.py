"""The gate before the threads: what it lets through, what it refuses, and whom it gives up."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, MutableMapping
from typing import Any

from dashboard.access.door import Message, Receive, Send
from dashboard.access.gate import Gate

PART = {"type": "http.request", "body": b"part ", "more_body": True}
REST = {"type": "http.request", "body": b"rest", "more_body": False}
LEFT = {"type": "http.disconnect"}


class Connection:
    """What an ASGI server hands over: the messages in order, then silence; `stuck` takes no answer."""

    def __init__(
        self, messages: Iterable[Message] = (), *, stuck: bool = False, length: int | None = None
    ) -> None:
        stated = [] if length is None else [(b"content-length", b"%d" % length)]
        self.scope: dict[str, Any] = {"type": "http", "method": "POST", "path": "/", "headers": stated}
        self.sent: list[Message] = []
        self._messages = list(messages)
        self._stuck = stuck

    async def receive(self) -> Message:
        if not self._messages:
            await asyncio.Event().wait()
        return self._messages.pop(0)

    async def send(self, message: Message) -> None:
        if self._stuck:
            await asyncio.Event().wait()
        self.sent.append(message)

    @property
    def status(self) -> int | None:
        return next((int(one["status"]) for one in self.sent if "status" in one), None)


class Pages:
    """An application that notes what it is asked and gives a long answer."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.ended = False

    async def __call__(self, _scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        message = await receive()
        assert not message["more_body"]
        self.asked.append(message["body"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(100):
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
        self.ended = True


def passed(connection: Connection, **limits: float) -> Pages:
    """The pages behind a gate that a connection has gone through."""
    pages = Pages()
    gate = Gate(pages, most_bytes=10, **({"body_s": 5.0, "stall_s": 5.0} | limits))
    asyncio.run(gate(connection.scope, connection.receive, connection.send))
    return pages


def test_a_request_is_handed_on_when_it_is_complete() -> None:
    connection = Connection([PART, REST])
    assert passed(connection).asked == [b"part rest"]
    assert connection.status == 200


def test_a_body_that_does_not_come_takes_no_thread() -> None:
    connection = Connection([PART])
    assert passed(connection, body_s=0.01).asked == []
    assert connection.status == 408


def test_a_body_that_is_too_large_is_refused_before_it_is_read() -> None:
    stated = Connection([PART], length=11)
    assert passed(stated).asked == []
    assert stated.status == 413
    unstated = Connection([PART, PART, PART])
    assert passed(unstated).asked == []
    assert unstated.status == 413


def test_who_leaves_before_the_request_is_complete_gets_nothing() -> None:
    connection = Connection([PART, LEFT])
    assert passed(connection).asked == []
    assert connection.sent == []


def test_who_takes_nothing_of_the_answer_is_given_up() -> None:
    connection = Connection([REST], stuck=True)
    assert passed(connection, stall_s=0.01).ended
