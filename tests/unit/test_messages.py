"""Frames: packed and read back, joined in an endless gzip stream, and as the contract's samples have them."""

from __future__ import annotations

import gzip
import json
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.messages import (
    RECENT_EVENTS,
    EventRecord,
    FrameKind,
    alert_order,
    decode_header,
    encode_frame,
    frame_blocks,
    frame_parts,
    inflated,
    kept_events,
)
from dashboard.live.records import EventList

AT = datetime(2026, 11, 20, 6, 32, 8, 123456, tzinfo=UTC)
CONTRACT = Path(__file__).parents[1] / "contract"
FRAMES = [path for path in sorted(CONTRACT.glob("*.json")) if "parts" in json.loads(path.read_text("utf-8"))]


def test_a_frame_reads_back_as_it_was_made() -> None:
    parts: dict[str, dict[str, Any]] = {"": {"c": {"510117": {"open": 1}}}, "510117001": {"c": {}}}
    frame = encode_frame(7, 123, "counts", AT, parts)
    header = decode_header(frame)
    assert (header.epoch, header.offset, header.kind) == (7, 123, FrameKind.COUNTS)
    assert header.at == AT.replace(microsecond=123000)
    assert frame_parts(frame) == {key: {"s": key, **part} for key, part in parts.items()}


def test_any_selection_of_blocks_joins_into_one_gzip_stream() -> None:
    first = encode_frame(7, 1, "beat", AT, {"": {"now": 1}})
    second = encode_frame(7, 2, "counts", AT, {key: {"c": {key: {"open": 5}}} for key in ("a", "b", "c")})
    stream = zlib.decompressobj(31)
    head = gzip.compress(b"")[:10]
    blocks = [frame_blocks(first)[""], frame_blocks(second)["a"], frame_blocks(second)["c"]]
    text = b"".join(stream.decompress(piece) for piece in (head, *blocks))
    assert [json.loads(line.removeprefix(b"data: "))["s"] for line in text.splitlines()] == ["", "a", "c"]


def test_what_is_no_frame_is_refused() -> None:
    for junk in (b"", b"{}", b'{"v":2}\n'):
        with pytest.raises((ValueError, KeyError)):
            decode_header(junk)
    with pytest.raises(ValueError, match="JSON"):
        encode_frame(1, 1, "beat", AT, {"": {"now": float("nan")}})


@pytest.mark.parametrize("wbits", [-15, 31])
def test_what_unpacks_to_more_than_anything_of_ours_is_refused(wbits: int) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    block = packer.compress(b"x" * 5000) + packer.flush()
    assert inflated(block, wbits=wbits, most=5000) == b"x" * 5000
    with pytest.raises(ValueError, match="more than 4999 bytes"):
        inflated(block, wbits=wbits, most=4999)
    with pytest.raises(ValueError, match="not deflated"):
        inflated(b"\xff" + block, wbits=wbits)


@pytest.mark.parametrize("path", FRAMES, ids=lambda path: path.stem)
def test_samples_of_the_contract_survive_the_wire(path: Path) -> None:
    sample = json.loads(path.read_text("utf-8"))
    parts = {part["s"]: part for part in sample["parts"]}
    frame = encode_frame(sample["epoch"], sample["offset"], sample["kind"], AT, parts)
    assert list(frame_parts(frame).values()) == sample["parts"]
    assert decode_header(frame).kind in set(FrameKind)


def record(id_: int, changed: int, late: int = 0, level: int = 0, version: int = 1) -> EventRecord:
    sample: EventRecord = json.loads((CONTRACT / "event.json").read_text("utf-8"))["parts"][0]["e"]
    return {**sample, "id": id_, "u": changed, "late": late, "al": level, "v": version, "due": changed}


records = st.builds(
    record,
    st.integers(1, 90),
    st.integers(0, 1000),
    st.integers(0, 1),
    st.integers(0, 2),
)


@given(st.lists(records, max_size=200))
def test_the_list_that_is_kept_up_holds_what_the_rule_keeps(news: list[EventRecord]) -> None:
    kept: dict[int, EventRecord] = {}
    growing = EventList()
    for one in news:
        growing.put(one)
        kept = kept_events({**kept, one["id"]: one}.values())
    assert growing.records == kept
    others = [one for one in kept.values() if not one["late"] and not one["al"]]
    assert len(others) <= RECENT_EVENTS


def test_older_versions_are_dropped() -> None:
    growing = EventList()
    growing.put(record(1, 5, version=3))
    growing.put(record(1, 9, version=2))
    assert growing.records[1]["v"] == 3


def test_alerts_come_worst_first() -> None:
    found = alert_order([record(1, 5, level=2), record(2, 9, level=1), record(3, 7, level=1), record(4, 1)])
    assert found == [3, 2, 1]
