"""JT/T 808 frames: all collected ones give their expected reading; what is no frame is refused."""

from __future__ import annotations

import json
import struct
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.fixes import FixFlag
from dashboard.reception import jt808
from dashboard.reception.jt808 import BadFrame, Frame, Kind, Result


def vectors(shared_data: Path) -> list[dict[str, Any]]:
    found = json.loads((shared_data / "payloads" / "location_vectors.json").read_text(encoding="utf-8"))
    return [one for one in found["vectors"] if one["protocol"] == "jt808-0200"]


def test_every_collected_frame_gives_its_expected_reading(shared_data: Path) -> None:
    found = vectors(shared_data)
    assert len(found) == 47
    for vector in found:
        expect = vector["expect"]
        wire = bytes.fromhex(vector["frame_hex"])
        assert wire[:1] == wire[-1:] == jt808.DELIMITER
        frame = jt808.unpack(wire[1:-1])
        assert frame.whole
        assert (frame.kind, frame.header) == (Kind.LOCATION, expect["header_version"])
        assert (frame.terminal, frame.serial) == (expect["device_id"], expect["serial"])
        reading = jt808.location(frame.body, frame.terminal)
        assert (reading.lon, reading.lat) == (expect["lon"], expect["lat"]), vector["id"]
        assert reading.at == datetime.fromisoformat(expect["time_utc"])
        assert reading.speed_mps is not None
        assert reading.speed_mps * 3.6 == pytest.approx(expect["speed_kmh"], abs=1e-4)
        assert (reading.heading_deg, reading.altitude_m) == (expect["course_deg"], expect["altitude_m"])
        assert (reading.flags == FixFlag(0)) is expect["fix_valid"], vector["id"]


def test_one_wrong_byte_is_no_frame(shared_data: Path) -> None:
    wire = bytes.fromhex(vectors(shared_data)[2]["frame_hex"])[1:-1]
    for place in range(len(wire)):
        broken = bytearray(wire)
        broken[place] ^= 0x10
        with pytest.raises(BadFrame):
            jt808.unpack(bytes(broken))


@given(st.binary(max_size=300))
def test_bytes_are_a_frame_or_refused(content: bytes) -> None:
    try:
        jt808.unpack(content)
    except BadFrame:
        return


@given(st.binary(max_size=200), st.sampled_from([2013, 2019]), st.integers(0, 65535))
def test_what_is_packed_unpacks_and_holds_no_delimiter_inside(body: bytes, header: int, serial: int) -> None:
    to = Frame(kind=0, header=header, terminal="13800138000", serial=7, body=b"", whole=True)
    wire = jt808.pack(Kind.ANSWER, body, to=to, serial=serial)
    assert jt808.DELIMITER not in wire[1:-1]
    assert jt808.unpack(wire[1:-1]) == Frame(
        kind=Kind.ANSWER, header=header, terminal="13800138000", serial=serial, body=body, whole=True
    )


def test_a_batch_holds_several_and_says_how_many() -> None:
    one = struct.pack(">IIIIHHH6s", 0, 2, 30705000, 103805000, 500, 36, 90, bytes.fromhex("261120143000"))
    item = struct.pack(">H", len(one)) + one
    found = jt808.locations(struct.pack(">HB", 2, 0) + item + item, "1")
    assert [(reading.lat, reading.lon) for reading in found] == [(30.705, 103.805)] * 2
    for body in (b"", b"\x00\x03\x00" + item, b"\x00\x01\x00\x00", b"\x00\x01\x00\x00\x05abcde"):
        with pytest.raises(BadFrame):
            jt808.locations(body, "1")


def test_impossible_places_and_times_are_refused() -> None:
    def body(lat: int, lon: int, time: str) -> bytes:
        return struct.pack(">IIIIHHH6s", 0, 2, lat, lon, 0, 0, 0, bytes.fromhex(time))

    jt808.location(body(90_000_000, 180_000_000, "261120143000"), "1")
    for odd in (body(91_000_000, 0, "261120143000"), body(0, 0, "261320143000"), body(0, 0, "2611201430ff")):
        with pytest.raises(BadFrame):
            jt808.location(odd, "1")


def test_codes_come_in_two_forms() -> None:
    def frame(header: int, body: bytes) -> Frame:
        return Frame(kind=Kind.AUTHENTICATE, header=header, terminal="1", serial=1, body=body, whole=True)

    assert jt808.code_of(frame(2013, b"secret")) == "secret"
    assert jt808.code_of(frame(2019, b"\x06secret" + b"imei")) == "secret"
    for body in (b"", b"\x09short"):
        with pytest.raises(BadFrame):
            jt808.code_of(frame(2019, body))
    answer = jt808.unpack(jt808.answer(frame(2013, b""), Result.FAILED, 9)[1:-1])
    assert struct.unpack(">HHB", answer.body) == (1, Kind.AUTHENTICATE, Result.FAILED)
