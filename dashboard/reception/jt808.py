"""JT/T 808: frames of vehicle terminals, taken apart and put together. Pure; who sends them is `terminals`'s.

A frame lies between two 0x7e; 0x7e and 0x7d inside are escaped; the last byte is the exclusive or of all others.
The header of 2013 names the terminal by six bytes of BCD, that of 2019 (bit 14 of the properties) by ten. Times
are BCD in GMT+8, coordinates in 1e-6 degrees without sign, their hemispheres bits of the status.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum
from typing import Final

from dashboard.domain.fixes import FixFlag
from dashboard.reception import readings
from dashboard.reception.readings import Reading

DELIMITER: Final = b"\x7e"
GMT8: Final = timezone(timedelta(hours=8))
LONGEST: Final = 4096
MOST_IN_BATCH: Final = 500

_LENGTH: Final = 0x03FF
_ENCRYPTED: Final = 0x1C00
_DIVIDED: Final = 0x2000
_VERSIONED: Final = 0x4000
_FIXED, _SOUTH, _WEST = 0x02, 0x04, 0x08
_ESCAPE: Final = re.compile(rb"\x7d[\x01\x02]")
_LOCATION: Final = struct.Struct(">IIIIHHH6s")


class Kind(IntEnum):
    """Messages that are understood or sent."""

    HEARTBEAT = 0x0002
    LOGOUT = 0x0003
    REGISTER = 0x0100
    AUTHENTICATE = 0x0102
    LOCATION = 0x0200
    LOCATIONS = 0x0704
    ANSWER = 0x8001
    REGISTERED = 0x8100


class Result(IntEnum):
    """What the general answer says."""

    DONE = 0
    FAILED = 1
    WRONG = 2
    UNKNOWN = 3


NO_SUCH_TERMINAL: Final = 4
"""What the answer to a registration says instead of a code."""


class BadFrame(ValueError):
    """These bytes are no frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One message. `terminal`: its number without leading zeros, "" for zero; `header`: the form of the
    header, 2013 or 2019. `whole`: False for a part of a divided or an encrypted message."""

    kind: int
    header: int
    terminal: str
    serial: int
    body: bytes
    whole: bool


def unpack(content: bytes) -> Frame:
    """The frame of the bytes between two delimiters. Raises BadFrame."""
    data = _unescaped(content)
    if len(data) < 13:
        raise BadFrame("too short")
    if _checksum(data[:-1]) != data[-1]:
        raise BadFrame("checksum")
    kind, properties = struct.unpack_from(">HH", data)
    versioned = bool(properties & _VERSIONED)
    start, size = (5, 10) if versioned else (4, 6)
    number = data[start : start + size].hex()
    place = start + size
    body_at = place + 2 + (4 if properties & _DIVIDED else 0)
    body = data[body_at:-1]
    if len(data) < body_at + 1 or len(body) != properties & _LENGTH:
        raise BadFrame("length")
    (serial,) = struct.unpack_from(">H", data, place)
    return Frame(
        kind=kind,
        header=2019 if versioned else 2013,
        terminal=number.lstrip("0"),
        serial=serial,
        body=body,
        whole=not properties & (_DIVIDED | _ENCRYPTED),
    )


def pack(kind: Kind, body: bytes, *, to: Frame, serial: int) -> bytes:
    """A frame with its delimiters, in the form of the terminal's own header."""
    size, properties = (20, _VERSIONED) if to.header == 2019 else (12, 0)
    number = bytes.fromhex(to.terminal.rjust(size, "0"))
    version = b"\x01" if properties else b""
    data = (
        struct.pack(">HH", kind, properties | len(body)) + version + number + struct.pack(">H", serial) + body
    )
    return DELIMITER + _escaped(data + bytes([_checksum(data)])) + DELIMITER


def location(body: bytes, device: str) -> Reading:
    """The reading of a location report (0x0200). Raises BadFrame, BadTime."""
    if len(body) < _LOCATION.size:
        raise BadFrame("location")
    _alarm, status, lat, lon, altitude, speed, course, time = _LOCATION.unpack_from(body)
    latitude, longitude = lat / 1e6, lon / 1e6
    if latitude > 90 or longitude > 180:
        raise BadFrame("place")
    return Reading(
        device=device,
        at=_time(time),
        lon=-longitude if status & _WEST else longitude,
        lat=-latitude if status & _SOUTH else latitude,
        speed_mps=round(speed / 10 / readings.KMH, 6),
        heading_deg=readings.heading(course),
        altitude_m=float(altitude),
        flags=FixFlag(0) if status & _FIXED else FixFlag.NO_FIX,
    )


def locations(body: bytes, device: str) -> list[Reading]:
    """The readings of a batch (0x0704). Raises BadFrame, BadTime."""
    if len(body) < 3:
        raise BadFrame("batch")
    (count,) = struct.unpack_from(">H", body)
    found: list[Reading] = []
    at = 3
    while at < len(body) and len(found) < MOST_IN_BATCH:
        if at + 2 > len(body):
            raise BadFrame("batch")
        (size,) = struct.unpack_from(">H", body, at)
        found.append(location(body[at + 2 : at + 2 + size], device))
        at += 2 + size
    if len(found) != count:
        raise BadFrame("batch")
    return found


def code_of(frame: Frame) -> str:
    """The code of an authentication (0x0102). Raises BadFrame."""
    body = frame.body
    if frame.header == 2019:
        if not body or len(body) < 1 + body[0]:
            raise BadFrame("code")
        body = body[1 : 1 + body[0]]
    try:
        return body.rstrip(b"\x00").decode("gb18030")
    except UnicodeDecodeError as error:
        raise BadFrame("code") from error


def answer(frame: Frame, result: Result, serial: int) -> bytes:
    """The general answer (0x8001) to a frame."""
    return pack(Kind.ANSWER, struct.pack(">HHB", frame.serial, frame.kind, result), to=frame, serial=serial)


def registered(frame: Frame, code: str | None, serial: int) -> bytes:
    """The answer to a registration (0x8100): a code, or that there is no such terminal."""
    body = struct.pack(">HB", frame.serial, NO_SUCH_TERMINAL if code is None else 0)
    return pack(Kind.REGISTERED, body + (code or "").encode(), to=frame, serial=serial)


def _time(packed: bytes) -> datetime:
    """Raises BadFrame."""
    try:
        return datetime.strptime(packed.hex(), "%y%m%d%H%M%S").replace(tzinfo=GMT8).astimezone(UTC)
    except ValueError as error:
        raise BadFrame("time") from error


def _checksum(data: bytes) -> int:
    found = 0
    for byte in data:
        found ^= byte
    return found


def _unescaped(content: bytes) -> bytes:
    """Some terminals leave a 0x7d alone that escapes nothing: it stands for itself, and the checksum decides."""
    return _ESCAPE.sub(lambda found: bytes([0x7C + found[0][1]]), content)


def _escaped(data: bytes) -> bytes:
    return data.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02")
