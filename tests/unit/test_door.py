"""The door: which names the server answers to."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dashboard.access.door import Message
from dashboard.config import Settings
from dashboard.factory import WebApp, create_app


@pytest.fixture(scope="module")
def app() -> WebApp:
    """A web process that listens on an address of the network."""
    return create_app(
        Settings(
            database_url="postgresql://nobody@127.0.0.1:1/none",
            redis_url="redis://127.0.0.1:1/0",
            host="192.0.2.7",
            allowed_hosts=("wall.example",),
        )
    )


def status(app: WebApp, host: str) -> int:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/healthz", "query_string": b""}
    scope |= {"headers": [(b"host", host.encode())], "root_path": ""}
    asyncio.run(app(scope, receive, send))
    return int(sent[0]["status"])


@pytest.mark.parametrize("host", ["192.0.2.7:8050", "wall.example", "WALL.example:80", "127.0.0.1"])
def test_the_address_that_it_listens_on_is_one_of_its_names(app: WebApp, host: str) -> None:
    assert status(app, host) == 200


@pytest.mark.parametrize("host", ["192.0.2.8", "wall.example.evil.example", "0.0.0.0", ""])
def test_other_names_are_not(app: WebApp, host: str) -> None:
    assert status(app, host) == 421
