"""Fanning out: who gets what when some drain slowly, come back, or have had their time."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard.domain.messages import encode_frame
from dashboard.domain.policy import EVERYTHING, Scope
from dashboard.live import fanout as fanout_module
from dashboard.live.fanout import MANY, WHOLE_FRAMES, Fanout
from dashboard.live.ring import Ring
from dashboard.live.sse import Frame, Position
from dashboard.live.streams import Form, Stream

AT = datetime(2026, 11, 20, 6, 32, 8, 123000, UTC)
A, B = "510117001", "510117002"
PLAIN = Form(scope=EVERYTHING, packed=False, chunked=False)


class Socket:
    """A connection that takes everything, or nothing while `stuck`."""

    def __init__(self) -> None:
        self.received = b""
        self.waiting = b""
        self.stuck = False
        self.aborted = False
        self.closed = False

    def write(self, data: bytes) -> None:
        if self.closed:
            raise RuntimeError("closed")
        if self.stuck:
            self.waiting += data
        else:
            self.received += data

    def get_write_buffer_size(self) -> int:
        return len(self.waiting)

    def abort(self) -> None:
        self.aborted = True

    def drain(self) -> None:
        self.received += self.waiting
        self.waiting, self.stuck = b"", False

    @property
    def events(self) -> list[dict[str, Any]]:
        """Events as a browser would see them: name, id (the last one stated), parts."""
        found, last = [], ""
        for block in self.received.decode().split("\n\n")[:-1]:
            lines = [line.partition(": ")[::2] for line in block.split("\n")]
            fields = dict(lines)
            last = fields.get("id", last)
            data = [json.loads(value) for name, value in lines if name == "data"]
            found.append({"event": fields["event"], "id": last, "data": data})
        return found


def counts(offset: int, value: int = 0) -> Frame:
    parts = {"": {"as_of": "x", "c": {"d": {"open": value}}}, A: {"as_of": "x", "c": {A: {"open": value}}}}
    return Frame.of(encode_frame(7, offset, "counts", AT, parts))


def event(offset: int, number: int) -> Frame:
    return Frame.of(encode_frame(7, offset, "event", AT, {A: {"e": {"id": number, "v": 1}}}))


def publish(fanout: Fanout, *frames: Frame) -> None:
    for frame in frames:
        fanout.publish(frame.position, [frame])


def join(fanout: Fanout, socket: Socket, at: Position | None = (7, 0), form: Form = PLAIN) -> Stream:
    return fanout.join(form, socket, lambda: None, at)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110  (what is waited for says nothing by itself)
            await asyncio.sleep(0.005)


@pytest.fixture
async def fanout() -> AsyncIterator[Fanout]:
    made = Fanout(full_bytes=1000)
    made.publish((7, 0), [])
    yield made
    made.close()


async def test_everybody_of_a_form_gets_the_same_bytes(fanout: Fanout) -> None:
    sockets = [Socket() for _ in range(5)]
    for socket in sockets:
        join(fanout, socket)
    publish(fanout, counts(1), counts(2))
    assert len({socket.received for socket in sockets}) == 1
    assert [one["id"] for one in sockets[0].events] == ["7:1", "7:2"]
    assert fanout.counts.deliveries == 10


async def test_coming_back_continues_without_loss(fanout: Fanout) -> None:
    publish(fanout, *(counts(offset, offset) for offset in range(1, 6)))
    socket = Socket()
    join(fanout, socket, (7, 2))
    publish(fanout, counts(6))
    assert [one["id"] for one in socket.events] == ["7:3", "7:4", "7:5", "7:6"]


@pytest.mark.parametrize("at", [None, (6, 4), (7, 99_999), (9, 1)])
async def test_who_cannot_continue_is_sent_back_to_the_snapshot(fanout: Fanout, at: Position | None) -> None:
    publish(fanout, counts(1))
    socket = Socket()
    join(fanout, socket, at)
    publish(fanout, counts(2))
    assert [(one["event"], one["id"]) for one in socket.events] == [("reset", "7:1"), ("counts", "7:2")]


async def test_who_is_ahead_of_this_process_waits_for_it(fanout: Fanout) -> None:
    socket = Socket()
    join(fanout, socket, (7, 2))
    publish(fanout, counts(1), counts(2))
    assert socket.events == []
    publish(fanout, counts(3))
    assert [one["id"] for one in socket.events] == ["7:3"]


async def test_who_is_ahead_for_too_long_is_reset(fanout: Fanout, monkeypatch: pytest.MonkeyPatch) -> None:
    socket = Socket()
    join(fanout, socket, (7, 2))
    monkeypatch.setattr(fanout_module, "AHEAD_S", 0.0)
    fanout.sweep()
    assert [one["event"] for one in socket.events] == ["reset"]


async def test_a_slow_stream_is_not_written_to_and_loses_nothing(fanout: Fanout) -> None:
    slow, quick = Socket(), Socket()
    join(fanout, slow)
    join(fanout, quick)
    slow.stuck = True
    publish(fanout, *(counts(offset, offset) for offset in range(1, 25)))
    assert len(slow.waiting) < 1300
    assert len(quick.events) == 24
    slow.drain()
    fanout.sweep()
    assert slow.received == quick.received
    assert fanout.counts.behind == 1


async def test_a_very_slow_stream_gets_the_sum_of_what_it_missed(fanout: Fanout) -> None:
    slow = Socket()
    join(fanout, slow)
    slow.stuck = True
    last = WHOLE_FRAMES * 3
    publish(fanout, *(counts(offset, offset) for offset in range(1, last)), event(last, 1))
    slow.drain()
    fanout.sweep()
    await until(lambda: slow.events[-1]["id"] == f"7:{last}")
    first_sum = next(at for at, one in enumerate(slow.events) if one["data"][0]["c"]["d"]["open"] == last - 1)
    assert [one["event"] for one in slow.events[first_sum:]] == ["counts", "event"]
    assert slow.events[first_sum]["id"] == slow.events[first_sum - 1]["id"]
    publish(fanout, counts(last + 1))
    assert slow.events[-1]["id"] == f"7:{last + 1}"


async def test_too_many_missed_events_are_a_reset(fanout: Fanout) -> None:
    slow = Socket()
    join(fanout, slow)
    slow.stuck = True
    publish(fanout, *(event(offset, offset) for offset in range(1, 600)))
    slow.drain()
    fanout.sweep()
    await until(lambda: slow.events[-1]["event"] == "reset")
    assert slow.events[-1]["id"] == "7:599"


async def test_what_fell_out_of_the_ring_is_a_reset() -> None:
    fanout = Fanout(Ring(entries=5), full_bytes=100)
    fanout.publish((7, 0), [])
    slow = Socket()
    join(fanout, slow)
    slow.stuck = True
    publish(fanout, *(counts(offset) for offset in range(1, 20)))
    slow.drain()
    publish(fanout, counts(20))
    assert [one["event"] for one in slow.events][-1] == "reset"
    assert fanout.counts.resets == 1


async def test_a_stuck_stream_is_cut_off(fanout: Fanout, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = Socket()
    stream = join(fanout, stuck)
    stuck.stuck = True
    publish(fanout, *(counts(offset) for offset in range(1, 25)))
    monkeypatch.setattr(fanout_module, "STUCK_S", 0.0)
    fanout.sweep()
    assert stuck.aborted
    assert stream.ended
    assert len(fanout) == 0


async def test_a_closed_connection_does_not_keep_the_frame_from_others(fanout: Fanout) -> None:
    sockets = [Socket() for _ in range(4)]
    for socket in sockets:
        join(fanout, socket)
    sockets[0].closed = sockets[2].closed = True
    publish(fanout, counts(1))
    assert [len(socket.events) for socket in sockets] == [0, 1, 0, 1]


async def test_after_writing_to_many_it_rests_and_then_sends_all_at_once(fanout: Fanout) -> None:
    sockets = [Socket() for _ in range(MANY)]
    for socket in sockets:
        join(fanout, socket)
    publish(fanout, counts(1), counts(2), counts(3))
    assert [len(socket.events) for socket in sockets] == [1] * MANY
    late = Socket()
    join(fanout, late, (7, 1))
    publish(fanout, counts(4), counts(5))
    await until(lambda: all(len(socket.events) == 5 for socket in sockets))
    assert [one["id"] for one in sockets[0].events] == [f"7:{offset}" for offset in range(1, 6)]
    assert [one["id"] for one in late.events] == [f"7:{offset}" for offset in range(2, 6)]
    assert fanout.counts.deliveries == 5 * MANY + 2


async def test_a_street_never_gets_a_byte_of_another(fanout: Fanout) -> None:
    mine, other = Socket(), Socket()
    join(fanout, mine, form=Form(scope=Scope(streets=frozenset({A})), packed=False, chunked=False))
    join(fanout, other, form=Form(scope=Scope(streets=frozenset({B})), packed=False, chunked=False))
    publish(fanout, counts(1), event(2, 1))
    assert [part["s"] for one in mine.events for part in one["data"]] == [A, A]
    assert other.received == b""


async def test_packed_and_chunked_streams_carry_the_same_text(fanout: Fanout) -> None:
    plain, packed, chunked = Socket(), Socket(), Socket()
    join(fanout, plain)
    join(fanout, packed, form=Form(scope=EVERYTHING, packed=True, chunked=False))
    join(fanout, chunked, form=Form(scope=EVERYTHING, packed=True, chunked=True))
    publish(fanout, counts(1), event(2, 1))
    assert zlib.decompressobj(31).decompress(packed.received) == plain.received
    body, rest = b"", chunked.received
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        body, rest = body + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    assert body == packed.received


async def test_streams_end_when_their_time_is_over() -> None:
    fanout = Fanout(life_s=(0.0, 0.0))
    fanout.publish((7, 0), [])
    ended: list[int] = []
    stream = fanout.join(PLAIN, Socket(), lambda: ended.append(1), (7, 0))
    fanout.sweep()
    fanout.sweep()
    assert ended == [1]
    fanout.leave(stream)
    fanout.leave(stream)
    assert len(fanout) == 0


async def test_a_revoked_scope_ends_its_streams_only(fanout: Fanout) -> None:
    street = Scope(streets=frozenset({A}))
    of_all = join(fanout, Socket())
    of_street = join(fanout, Socket(), form=Form(scope=street, packed=False, chunked=False))
    fanout.end(street)
    assert (of_all.ended, of_street.ended) == (False, True)
    fanout.close()
    assert of_all.ended


async def test_forms_are_counted(fanout: Fanout) -> None:
    join(fanout, Socket())
    join(fanout, Socket(), (7, 1))
    assert fanout.forms() == {PLAIN: 2}
