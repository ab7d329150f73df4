"""The bytes of the event stream."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard.domain.messages import encode_frame
from dashboard.domain.policy import EVERYTHING, Scope
from dashboard.live.ring import Ring
from dashboard.live.sse import (
    GZIP_HEADER,
    Frame,
    accepts_gzip,
    http_chunk,
    joined,
    parse_position,
    reset_event,
)

AT = datetime(2026, 11, 20, 6, 32, 8, 123000, UTC)
A, B = "510117001", "510117002"


def frame(offset: int, kind: str = "counts", parts: dict[str, dict[str, Any]] | None = None) -> Frame:
    return Frame.of(encode_frame(7, offset, kind, AT, parts or {}))


def counts(offset: int) -> Frame:
    parts = {"": {"c": {"d": 1}}, A: {"c": {A: 2}}, B: {"c": {B: 3}}}
    return frame(offset, parts=parts)


def unpacked(data: bytes) -> bytes:
    return zlib.decompressobj(31).decompress(GZIP_HEADER + data)


def test_plain_and_packed_say_the_same_in_every_scope() -> None:
    frames = [counts(1), frame(2, "beat", {"": {"now": 5}}), counts(3)]
    for scope in (EVERYTHING, Scope(streets=frozenset({A})), Scope(streets=frozenset())):
        assert unpacked(joined(frames, scope, packed=True)) == joined(frames, scope, packed=False)


def test_an_event_has_its_id_its_kind_and_a_line_of_data_for_each_block() -> None:
    assert joined([counts(9)], EVERYTHING, packed=False).decode() == (
        "id: 7:9\nevent: counts\n"
        'data: {"s":"","c":{"d":1}}\n'
        'data: {"s":"510117001","c":{"510117001":2}}\n'
        'data: {"s":"510117002","c":{"510117002":3}}\n\n'
    )


def test_a_street_gets_its_own_blocks_and_the_beat() -> None:
    text = joined(
        [counts(1), frame(2, "beat", {"": {"now": 5}})], Scope(streets=frozenset({B})), packed=False
    )
    assert text.decode() == (
        'id: 7:1\nevent: counts\ndata: {"s":"510117002","c":{"510117002":3}}\n\n'
        'id: 7:2\nevent: beat\ndata: {"s":"","now":5}\n\n'
    )


def test_a_frame_that_concerns_somebody_else_is_nothing() -> None:
    assert joined([frame(1, parts={A: {"c": {}}})], Scope(streets=frozenset({B})), packed=True) == b""


def test_only_the_end_of_a_bundle_can_be_resumed_from() -> None:
    text = joined([counts(5), frame(5, "trend", {A: {"t": {}}}), counts(6)], EVERYTHING, packed=False)
    assert [line for line in text.decode().split("\n") if line.startswith(("id", "event"))] == [
        "event: counts",
        "id: 7:5",
        "event: trend",
        "id: 7:6",
        "event: counts",
    ]


def test_a_reset_reads_the_same_plain_and_packed() -> None:
    plain = reset_event((7, 3), packed=False)
    assert plain == b'id: 7:3\nevent: reset\ndata: {"s":""}\n\n'
    assert unpacked(reset_event((7, 3), packed=True)) == plain


def test_blocks_of_many_frames_are_one_gzip_stream() -> None:
    frames = [counts(number) for number in range(1, 200)]
    stream = zlib.decompressobj(31)
    text = stream.decompress(GZIP_HEADER + b"".join(joined([one], EVERYTHING, packed=True) for one in frames))
    assert text == joined(frames, EVERYTHING, packed=False)
    assert not stream.eof


def test_a_chunk_states_its_length_in_hex() -> None:
    assert http_chunk(b"x" * 26) == b"1a\r\n" + b"x" * 26 + b"\r\n"


@pytest.mark.parametrize(
    "text", ["", "7", "7:", ":3", "7:3:1", "-1:3", "7:-3", "a:b", "7:３", " 7:3", "9" * 60 + ":1"]
)
def test_nonsense_is_no_position(text: str) -> None:
    with pytest.raises(ValueError, match="position"):
        parse_position(text)


def test_a_position_is_two_numbers() -> None:
    assert parse_position("7:123") == (7, 123)


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        (b"gzip, deflate, br", True),
        (b"br;q=1.0, gzip;q=0.8", True),
        (b"*", True),
        (b"deflate", False),
        (b"gzip;q=0", False),
        (b"gzip; q=0.0", False),
        (b"", False),
    ],
)
def test_what_accept_encoding_takes(value: bytes, taken: bool) -> None:
    assert accepts_gzip([(b"accept-encoding", value)]) is taken


def test_without_accept_encoding_nothing_is_packed() -> None:
    assert accepts_gzip([]) is False


def test_the_ring_finds_what_followed_a_position() -> None:
    ring = Ring()
    ring.append((7, 1), [])
    ring.append((7, 2), [counts(2)])
    ring.append((8, 0), [counts(0), counts(0)])
    number = ring.find((7, 2))
    assert number == 2
    assert [len(ring.after(at) or []) for at in (1, 2, 3)] == [3, 2, 0]
    assert ring.find((7, 3)) is None
    assert ring.position == (8, 0)


def test_the_ring_forgets_the_oldest_by_number_and_by_size() -> None:
    few = Ring(entries=3)
    small = Ring(size=len(counts(10).data) * 3)
    for ring in (few, small):
        for offset in range(1, 11):
            ring.append((7, offset), [counts(offset)])
        assert ring.find((7, 7)) is None
        assert ring.find((7, 8)) == 8
        assert len(ring.after(8) or []) == 2
        assert ring.after(6) is None
