"""The hubs' side of the wire: one subscription, the log and the snapshot, asynchronously from Redis."""

from __future__ import annotations

import asyncio
import gzip
import json
import math
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import redis
import redis.asyncio
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from dashboard.domain.messages import inflated
from data_access.bus import FRAMES_CHANNEL, LOG_KEY, SNAPSHOT_KEY, STATUS_KEY, BusAway

SILENCE_S: Final = 4.0
"""After this long without a frame the connection is asked whether it lives, and given as long to answer."""

T = TypeVar("T")


class RedisListener:
    """Frames, their log, the newest snapshot. All raise BusAway, a ConnectionError, while Redis is away."""

    def __init__(self, redis_url: str, *, timeout_s: float = 4.0) -> None:
        self._client: redis.asyncio.Redis = redis.asyncio.Redis.from_url(
            redis_url,
            protocol=2,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 0),
        )

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[AsyncIterator[bytes]]:
        """One subscription on its own connection, which never reconnects: what was missed would not show."""
        connection: AbstractConnection = self._client.connection_pool.make_connection()  # type: ignore[no-untyped-call]
        try:
            await _reached(connection.connect())  # type: ignore[no-untyped-call]
            await _reached(connection.send_command("SUBSCRIBE", FRAMES_CHANNEL))
            await _reached(connection.read_response())
            yield _frames(connection)
        finally:
            await connection.disconnect(nowait=True)

    async def read_log(self, after: tuple[int, int] | None) -> list[bytes]:
        """The log's frames later than (epoch, offset), in order; all of them for None."""
        start = "-" if after is None else f"({after[0]}-{after[1]}"
        entries: list[Any] = await self._ask("XRANGE", LOG_KEY, start, "+")
        return [fields[b"f"] for _, fields in entries]

    async def snapshot(self) -> dict[str, Any] | None:
        """The newest snapshot that the leader wrote, or None."""
        packed: bytes | None = await self._ask("GET", SNAPSHOT_KEY)
        return None if packed is None else await asyncio.to_thread(unpack_snapshot, packed)

    async def status(self) -> dict[str, Any] | None:
        """What the leader last said of itself; None where it has been silent for a minute."""
        text: bytes | None = await self._ask("GET", STATUS_KEY)
        return None if text is None else dict(json.loads(text))

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.aclose()

    async def _ask(self, *command: str) -> Any:  # noqa: ANN401 - as many kinds as commands
        return await _reached(self._client.execute_command(*command))  # type: ignore[no-untyped-call]


def pack_snapshot(snapshot: dict[str, Any]) -> bytes:
    """A snapshot as it lies in Redis: gzip of JSON. Level 3: a leader must not pause for it."""
    text = json.dumps(snapshot, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return gzip.compress(text.encode(), compresslevel=3, mtime=0)


def unpack_snapshot(packed: bytes) -> dict[str, Any]:
    """The snapshot inside."""
    return dict(json.loads(inflated(packed, wbits=31)))


async def _frames(connection: AbstractConnection) -> AsyncIterator[bytes]:
    asked = False
    while True:
        try:
            async with asyncio.timeout(SILENCE_S):
                answer = await _reached(connection.read_response(timeout=math.inf, disconnect_on_error=False))
        except TimeoutError as error:
            if asked:
                raise BusAway(reason="no answer") from error
            asked = True
            await _reached(connection.send_command("PING"))
            continue
        asked = False
        if answer[0] == b"message":
            yield answer[2]


async def _reached(call: Awaitable[T]) -> T:
    try:
        return await call
    except (redis.RedisError, ConnectionError) as error:
        raise BusAway(reason=type(error).__name__) from error
