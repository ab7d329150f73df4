"""The hub over a wire in memory that is cut, loses frames, forgets everything and changes leaders."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from dashboard.domain.messages import FrameKind, decode_header, encode_frame, frame_parts
from dashboard.domain.policy import EVERYTHING
from dashboard.live import hub as hub_module
from dashboard.live.fanout import Fanout
from dashboard.live.hub import Hub
from dashboard.live.mirror import Mirror, cut
from dashboard.live.streams import Form
from dashboard.live.trails import Point
from data_access.memory_bus import MemoryBus
from tests.leaders import AT, DISTRICT, SNAPSHOT, Leader
from tests.unit.test_fanout import Socket, until

PLAIN = Form(scope=EVERYTHING, packed=False, chunked=False)


class LossyBus(MemoryBus):
    """Loses the next `lose` frames on the channel; the log has them."""

    def __init__(self) -> None:
        super().__init__()
        self.lose = 0
        self.closed = False

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[AsyncIterator[bytes]]:
        async with super().subscribe() as frames:
            yield self._some(frames)

    async def _some(self, frames: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for frame in frames:
            if self.lose > 0:
                self.lose -= 1
            else:
                yield frame

    async def close(self) -> None:
        self.closed = True


@asynccontextmanager
async def running(hub: Hub) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    task = asyncio.create_task(hub.run(stop))
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.wait_for(task, 5)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "FIRST_WAIT_S", 0.002)
    monkeypatch.setattr(hub_module, "LONGEST_WAIT_S", 0.01)


@pytest.fixture
def bus() -> LossyBus:
    return LossyBus()


def shown(hub: Hub) -> int:
    return -1 if hub.mirror is None else hub.mirror.indicators[DISTRICT]["open"]


async def reached(hub: Hub, leader: Leader) -> None:
    await until(lambda: hub.mirror is not None and hub.mirror.position == (leader.epoch, leader.offset))
    assert shown(hub) == leader.value


def open_stream(hub: Hub) -> Socket:
    assert hub.mirror is not None
    socket = Socket()
    hub.fanout.join(PLAIN, socket, lambda: None, hub.mirror.position)
    return socket


def told(socket: Socket) -> list[int]:
    return [one["data"][0]["c"][DISTRICT]["open"] for one in socket.events if one["event"] == "counts"]


async def test_it_begins_with_the_snapshot_and_the_log_after_it(bus: LossyBus) -> None:
    leader = Leader(bus)
    for _ in range(5):
        leader.tell()
    leader.save()
    for _ in range(3):
        leader.tell()
    hub = Hub(bus)
    async with running(hub):
        await reached(hub, leader)
        leader.tell()
        await reached(hub, leader)
    assert bus.closed


async def test_it_waits_for_the_first_snapshot(bus: LossyBus) -> None:
    hub = Hub(bus)
    async with running(hub):
        await until(lambda: hub.following.connected)
        assert hub.mirror is None
        leader = Leader(bus)
        leader.tell()
        await reached(hub, leader)


async def test_a_hole_is_filled_from_the_log_in_order(bus: LossyBus) -> None:
    leader, hub = Leader(bus), Hub(bus)
    async with running(hub):
        await reached(hub, leader)
        socket = open_stream(hub)
        bus.lose = 3
        for _ in range(5):
            leader.tell()
        await reached(hub, leader)
        assert told(socket) == [1, 2, 3, 4, 5]
        assert (hub.following.holes, hub.following.recoveries) == (1, 1)


async def test_what_happened_while_the_wire_was_cut_comes_from_the_log(bus: LossyBus) -> None:
    leader, hub = Leader(bus), Hub(bus)
    async with running(hub):
        await reached(hub, leader)
        socket = open_stream(hub)
        bus.away = True
        await until(lambda: not hub.following.connected)
        bus.away = False
        leader.tell()
        await reached(hub, leader)
        assert told(socket) == [1]


async def test_a_hole_that_the_log_cannot_fill_is_closed_by_the_difference(bus: LossyBus) -> None:
    leader, hub = Leader(bus), Hub(bus)
    async with running(hub):
        await reached(hub, leader)
        socket = open_stream(hub)
        bus.lose = 4
        for _ in range(4):
            leader.tell()
        bus.flush()
        leader.begin()
        leader.tell()
        await reached(hub, leader)
        assert told(socket) == [4, 5]
        assert [one["id"] for one in socket.events] == ["7:4", "7:5"]


async def test_after_everything_was_forgotten_the_stream_goes_on(bus: LossyBus) -> None:
    leader, hub = Leader(bus), Hub(bus)
    async with running(hub):
        await reached(hub, leader)
        socket = open_stream(hub)
        leader.tell()
        bus.flush()
        leader.begin()
        leader.tell()
        await reached(hub, leader)
        assert told(socket) == [1, 2]
        assert hub.following.recoveries == 1


async def test_a_new_leaders_difference_comes_as_an_ordinary_frame(bus: LossyBus) -> None:
    leader, hub = Leader(bus), Hub(bus)
    async with running(hub):
        await reached(hub, leader)
        socket = open_stream(hub)
        leader.tell()
        new = Leader(bus, epoch=8, value=40)
        new.tell()
        await reached(hub, new)
        assert told(socket) == [1, 40, 41]
        assert [one["id"] for one in socket.events] == ["7:1", "8:0", "8:1"]


async def test_who_comes_back_from_the_old_epoch_gets_the_difference(bus: LossyBus) -> None:
    leader, hub = Leader(bus), Hub(bus)
    async with running(hub):
        await reached(hub, leader)
        leader.tell()
        await reached(hub, leader)
        new = Leader(bus, epoch=8, value=40)
        new.tell()
        await reached(hub, new)
        socket = Socket()
        hub.fanout.join(PLAIN, socket, lambda: None, (7, 1))
        assert told(socket) == [40, 41]


async def test_a_lower_epoch_is_ignored(bus: LossyBus) -> None:
    leader, hub = Leader(bus, epoch=9), Hub(bus)
    async with running(hub):
        await reached(hub, leader)
        stale = encode_frame(8, 50, "counts", AT, {"": {"as_of": "x", "c": {DISTRICT: {"open": 999}}}})
        for inbox in bus._inboxes:
            inbox[1].put_nowait(stale)
        leader.tell()
        await reached(hub, leader)
        assert hub.following.ignored == 1


async def test_bytes_that_are_no_frame_do_no_harm(bus: LossyBus) -> None:
    leader, hub = Leader(bus), Hub(bus)
    async with running(hub):
        await reached(hub, leader)
        for inbox in bus._inboxes:
            inbox[1].put_nowait(b"nonsense")
        leader.tell()
        await reached(hub, leader)
        assert hub.following.unreadable == 1


async def test_a_frame_that_cannot_be_taken_in_does_not_stop_the_next(bus: LossyBus) -> None:
    leader, hub = Leader(bus), Hub(bus)
    async with running(hub):
        await reached(hub, leader)
        leader.tell(FrameKind.MOVE, {"nothing": "known"})
        leader.tell()
        await reached(hub, leader)
        assert hub.following.unreadable == 1


async def test_new_settings_come_with_a_reset_and_the_new_snapshot(bus: LossyBus) -> None:
    leader, hub = Leader(bus), Hub(bus)
    async with running(hub):
        await reached(hub, leader)
        socket = open_stream(hub)
        leader.static = {"map_version": "new"}
        leader.save()
        leader.tell(FrameKind.RESET, {"s": ""})
        await until(lambda: hub.mirror is not None and hub.mirror.static["map_version"] == "new")
        leader.tell()
        await reached(hub, leader)
        assert [one["event"] for one in socket.events] == ["reset", "counts"]


async def test_a_new_leader_with_another_map_resets(bus: LossyBus) -> None:
    leader, hub = Leader(bus), Hub(bus)
    async with running(hub):
        await reached(hub, leader)
        socket = open_stream(hub)
        new = Leader(bus, epoch=8)
        new.static = {"map_version": "new"}
        new.save()
        new.tell()
        await reached(hub, new)
        assert [one["event"] for one in socket.events] == ["reset", "counts"]


async def test_it_makes_no_beat_of_its_own(bus: LossyBus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "SWEEP_S", 0.002)
    leader, hub = Leader(bus), Hub(bus)
    async with running(hub):
        await reached(hub, leader)
        socket = open_stream(hub)
        for _ in range(20):
            await asyncio.sleep(0.002)
        assert socket.received == b""
        leader.beat()
        await until(lambda: len(socket.events) == 1)
        assert hub.following.beat_at is not None
        assert hub.mirror is not None
        assert hub.mirror.feeds == {"event": 1}


async def test_stopping_ends_all_streams(bus: LossyBus) -> None:
    leader, hub, ended = Leader(bus), Hub(bus), asyncio.Event()
    async with running(hub) as stop:
        await reached(hub, leader)
        hub.fanout.join(PLAIN, Socket(), ended.set, (7, 0))
        stop.set()
        await asyncio.wait_for(ended.wait(), 5)


async def test_trails_know_the_time_before_this_process(bus: LossyBus) -> None:
    leader = Leader(bus)
    now = SNAPSHOT["as_of"]
    past = {7: [Point(now - 120_000 + 60_000 * n, 10388700 + n, 3081200) for n in range(2)]}
    hub = Hub(bus, history=lambda: past)
    async with running(hub):
        await reached(hub, leader)
        leader.tell(FrameKind.MOVE, {"at": now, "m": [[7, 0, 9, 9, 0]]})
        await until(lambda: len(hub.trails._points.get(7, ())) == 3)
        assert hub.mirror is not None
        payload = hub.trails.excerpt(hub.mirror, EVERYTHING).payload()
        assert [point[1:] for point in payload["t"]["7"]] == [
            [10388700, 3081200],
            [10388701, 3081200],
            [10388709, 3081209],
        ]


@pytest.mark.parametrize("seed", range(12))
async def test_any_mix_of_faults_leaves_every_stream_with_the_number(bus: LossyBus, seed: int) -> None:
    chance = random.Random(seed)
    leader, hub = Leader(bus), Hub(bus, fanout=Fanout(full_bytes=600))
    async with running(hub):
        await reached(hub, leader)
        assert hub.mirror is not None
        start = cut(hub.mirror, EVERYTHING)
        sockets = [open_stream(hub) for _ in range(4)]
        for _ in range(60):
            leader = fault(chance, bus, leader, sockets)
            if not bus.away:
                leader.tell()
            await asyncio.sleep(0.001)
        bus.away = False
        bus.lose = 0
        leader.save()
        leader.tell()
        await reached(hub, leader)
        for socket in sockets:
            socket.drain()
        await until(lambda: sweep_shows(hub, sockets, start, leader.value))


def fault(chance: random.Random, bus: LossyBus, leader: Leader, sockets: list[Socket]) -> Leader:
    """One thing that goes wrong, or gets well again."""
    what = chance.randrange(10)
    if what == 0:
        bus.away = True
    elif what in (1, 2):
        bus.away = False
    elif what == 3:
        bus.lose = chance.randrange(1, 4)
    elif what == 4 and not bus.away:
        bus.flush()
        leader.begin()
    elif what == 5 and not bus.away:
        return Leader(bus, epoch=leader.epoch + 1, value=leader.value + chance.randrange(-5, 5))
    elif what == 6 and not bus.away:
        leader.save()
    elif what == 7:
        chance.choice(sockets).stuck = True
    elif what == 8:
        chance.choice(sockets).drain()
    return leader


def sweep_shows(hub: Hub, sockets: list[Socket], start: dict[str, Any], value: int) -> bool:
    """Whether a browser on every socket would show the number."""
    hub.fanout.sweep()
    return all(in_browser(socket, start) == value for socket in sockets)


def in_browser(socket: Socket, start: dict[str, Any]) -> int:
    mirror = Mirror.from_snapshot(start)
    for one in socket.events:
        if one["event"] == "reset":
            return -1
        epoch, offset = map(int, (one["id"] or "7:0").split(":"))
        parts = {part["s"]: part for part in one["data"]}
        frame = encode_frame(epoch, offset, one["event"], AT, parts)
        mirror.apply(decode_header(frame), frame_parts(frame))
    return mirror.indicators[DISTRICT]["open"]
