"""The wire: the same suite for Redis and for the one in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest
import redis

from dashboard.domain.messages import FrameKind, encode_frame
from data_access.bus import BusAway, BusLost, Deposed, LeaderBus, Place, RedisBus
from data_access.listening import RedisListener, pack_snapshot
from data_access.memory_bus import MemoryBus

AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


class Listener(Protocol):
    def subscribe(self) -> AbstractAsyncContextManager[AsyncIterator[bytes]]: ...

    async def read_log(self, after: tuple[int, int] | None) -> list[bytes]: ...

    async def snapshot(self) -> dict[str, Any] | None: ...

    async def status(self) -> dict[str, Any] | None: ...

    async def close(self) -> None: ...


class BothEnds:
    """A leader's and a hub's end of one wire, and a way to make it forget."""

    def __init__(self, leader: LeaderBus, listener: Listener, server: redis.Redis | None) -> None:
        self.leader = leader
        self.listener = listener
        self._server = server

    def forget(self) -> None:
        if self._server is not None:
            self._server.flushall()
        else:
            assert isinstance(self.leader, MemoryBus)
            self.leader.flush()

    def begin(self, epoch: int, offset: int = 0) -> None:
        self.leader.begin(
            Place(epoch=epoch, offset=offset), pack_snapshot({"epoch": epoch, "offset": offset})
        )

    def publish(self, epoch: int, offset: int) -> bytes:
        frame = encode_frame(epoch, offset, FrameKind.BEAT, AT, {"": {"now": offset}})
        self.leader.publish(Place(epoch=epoch, offset=offset), frame)
        return frame


@pytest.fixture(params=["memory", "redis"])
async def wire(request: pytest.FixtureRequest) -> AsyncIterator[BothEnds]:
    if request.param == "memory":
        bus = MemoryBus()
        yield BothEnds(bus, bus, None)
        return
    url = request.getfixturevalue("redis_url")
    leader, listener, server = RedisBus(url), RedisListener(url), redis.Redis.from_url(url)
    yield BothEnds(leader, listener, server)
    await listener.close()
    leader.close()
    server.close()


async def test_frames_come_in_order_over_log_and_channel(wire: BothEnds) -> None:
    wire.begin(7)
    async with wire.listener.subscribe() as frames:
        sent = [wire.publish(7, offset) for offset in (1, 2, 3)]
        assert [await asyncio.wait_for(anext(frames), 5) for _ in sent] == sent
    assert await wire.listener.read_log(None) == sent
    assert await wire.listener.read_log((7, 1)) == sent[1:]
    assert await wire.listener.read_log((7, 3)) == []
    assert await wire.listener.read_log((6, 900)) == sent
    assert wire.leader.head() == Place(epoch=7, offset=3)


async def test_a_frame_sent_again_is_published_once(wire: BothEnds) -> None:
    wire.begin(7)
    async with wire.listener.subscribe() as frames:
        sent = [wire.publish(7, offset) for offset in (1, 1, 2)]
        got = [await asyncio.wait_for(anext(frames), 5) for _ in range(2)]
    assert got == sent[1:]
    assert await wire.listener.read_log(None) == sent[1:]


async def test_a_lower_epoch_is_refused(wire: BothEnds) -> None:
    wire.begin(7)
    wire.publish(7, 1)
    wire.begin(8)
    for refused in (lambda: wire.publish(7, 2), lambda: wire.begin(7, 2)):
        with pytest.raises(Deposed):
            refused()
    with pytest.raises(Deposed):
        wire.leader.save_snapshot(Place(epoch=7, offset=2), b"old")
    assert await wire.listener.read_log(None) == []
    assert await wire.listener.snapshot() == {"epoch": 8, "offset": 0}


async def test_nothing_is_published_before_a_beginning(wire: BothEnds) -> None:
    with pytest.raises(BusLost):
        wire.publish(7, 1)
    with pytest.raises(BusLost):
        wire.leader.save_snapshot(Place(epoch=7, offset=0), b"")
    assert await wire.listener.snapshot() is None
    assert wire.leader.head() is None


async def test_a_hole_is_refused(wire: BothEnds) -> None:
    wire.begin(7)
    with pytest.raises(BusLost):
        wire.publish(7, 2)


async def test_a_wire_that_forgot_begins_again_in_the_middle(wire: BothEnds) -> None:
    wire.begin(7)
    wire.publish(7, 1)
    wire.forget()
    with pytest.raises(BusLost):
        wire.publish(7, 2)
    wire.begin(7, 1)
    frame = wire.publish(7, 2)
    assert await wire.listener.snapshot() == {"epoch": 7, "offset": 1}
    assert await wire.listener.read_log((7, 1)) == [frame]


async def test_the_log_is_bounded(wire: BothEnds) -> None:
    wire.begin(7)
    for offset in range(1, 2301):
        wire.publish(7, offset)
    log = await wire.listener.read_log(None)
    assert 2000 <= len(log) < 2300


async def test_snapshot_and_status_are_kept(wire: BothEnds) -> None:
    wire.begin(7)
    wire.leader.save_snapshot(Place(epoch=7, offset=0), pack_snapshot({"name": "郫都区"}))
    wire.leader.save_status({"epoch": 7})
    assert await wire.listener.snapshot() == {"name": "郫都区"}
    assert await wire.listener.status() == {"epoch": 7}


async def test_a_server_that_is_not_there_is_a_connection_error() -> None:
    leader, listener = RedisBus("unix:///nowhere/at-all.sock"), RedisListener("unix:///nowhere/at-all.sock")
    memory = MemoryBus()
    memory.away = True
    for bus in (leader, memory):
        with pytest.raises(BusAway):
            bus.head()
    for ear in (listener, memory):
        with pytest.raises(ConnectionError):
            await ear.read_log(None)
        with pytest.raises(ConnectionError):
            await ear.snapshot()
        with pytest.raises(ConnectionError):
            async with ear.subscribe():
                pass
    await listener.close()
    leader.close()


async def test_a_subscription_ends_with_its_connection(wire: BothEnds) -> None:
    wire.begin(7)
    async with wire.listener.subscribe() as frames:
        wire.publish(7, 1)
        await anext(frames)
        if isinstance(wire.leader, MemoryBus):
            wire.leader.away = True
        else:
            assert wire._server is not None
            wire._server.client_kill_filter(_type="pubsub")
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(anext(frames), 5)
