"""The live protocol's frames and event records: what travels from the relay through Redis to every browser.

Owns how a frame is packed and what an event record holds and how long a mirror keeps it. Leaves who publishes
frames to `data_access`, who computes them to `dashboard.live.state`, and who sends them on to
`dashboard.live.hub`.

A frame is one JSON header line and then its blocks, one per street and one (key "") for the district:

    {"v":1,"epoch":7,"offset":123,"kind":"counts","at":"2026-11-20T06:32:08.123Z","blocks":[["",120],["510117001",340]]}

Each block is raw deflate ending in Z_FULL_FLUSH of the text ``data: <one JSON object>\\n``; the object holds
its own key as "s". Blocks are independent of each other, so any selection of them, in the frame's order, may
be concatenated into an endless gzip stream.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, TypedDict

PROTOCOL: Final = 1
DISTRICT_BLOCK: Final = ""
RECENT_EVENTS: Final = 50
GONE_FLAG: Final = 9
MOST_BYTES: Final = 256 * 1024 * 1024
"""More than this no block and no snapshot unpacks to: the largest district's snapshot has 7 MB."""

Part = dict[str, Any]


class FrameKind(StrEnum):
    """Kinds of frames, which are also the names of the stream's events."""

    COUNTS = "counts"
    EVENT = "event"
    MOVE = "move"
    TREND = "trend"
    ALERT = "alert"
    BEAT = "beat"
    RESET = "reset"


class Why(StrEnum):
    """What changed an event since its last record. MOVED is also the tombstone that a street it left gets; GONE: the
    row is no more.
    """

    NEW = "new"
    STAGE = "stage"
    CLOSED = "closed"
    OVERDUE = "overdue"
    MOVED = "moved"
    VOID = "void"
    GONE = "gone"
    ESCALATED = "escalated"
    SUPERVISED = "supervised"
    REMINDED = "reminded"
    CHANGE = "change"


class EventRecord(TypedDict):
    """One event as the wall knows it: ids, codes and numbers, never text.

    `r`: code of its region. `x`, `y`: 1e-5 degrees. `t`, `u`, `due`, `warn`, `closed`: ms since 1970; `u` is
    when it last changed by itself or by the clock (overdue). `sup`: 2 under an open order, 1 under an open reminder.
    `al`: alert level, 1 the worst, 0 none. `late`:
    1 while it is open and overdue. A duplicate or a deleted event has state "void".
    """

    id: int
    code: str
    v: int
    r: str
    src: str
    cat: int
    top: int
    sev: int
    stage: str
    state: str
    x: int | None
    y: int | None
    t: int
    u: int
    due: int | None
    warn: int | None
    closed: int | None
    esc: int
    sup: int
    al: int
    late: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A frame before it has an offset: its kind, and its parts by block key in the order to apply them."""

    kind: FrameKind
    parts: Mapping[str, Part]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """First line of a frame.

    `blocks`: (key, length in bytes) in order; `body`: where the first block begins.
    """

    epoch: int
    offset: int
    kind: FrameKind
    at: datetime
    blocks: tuple[tuple[str, int], ...]
    body: int


def encode_frame(
    epoch: int, offset: int, kind: FrameKind | str, at: datetime, parts: Mapping[str, Mapping[str, object]]
) -> bytes:
    """The bytes of one frame. Every part gets its key as "s". `at`: aware; the database's time."""
    blocks = [(key, pack_block({"s": key, **part})) for key, part in parts.items()]
    header = {
        "v": PROTOCOL,
        "epoch": epoch,
        "offset": offset,
        "kind": str(kind),
        "at": iso_ms(at),
        "blocks": [[key, len(block)] for key, block in blocks],
    }
    return dump(header).encode() + b"\n" + b"".join(block for _, block in blocks)


def decode_header(frame: bytes) -> Header:
    """The header of a frame. Raises ValueError for bytes that are no frame of this protocol version."""
    line, newline, _ = frame.partition(b"\n")
    if not newline:
        raise ValueError("no frame: header line is missing")
    raw = json.loads(line)
    if raw["v"] != PROTOCOL:
        raise ValueError(f"frame of protocol version {raw['v']}, expected {PROTOCOL}")
    return Header(
        epoch=raw["epoch"],
        offset=raw["offset"],
        kind=FrameKind(raw["kind"]),
        at=datetime.fromisoformat(raw["at"]),
        blocks=tuple((key, length) for key, length in raw["blocks"]),
        body=len(line) + 1,
    )


def frame_blocks(frame: bytes, header: Header | None = None) -> dict[str, bytes]:
    """The compressed blocks of a frame by key, in the frame's order."""
    head = header or decode_header(frame)
    blocks: dict[str, bytes] = {}
    start = head.body
    for key, length in head.blocks:
        blocks[key] = frame[start : start + length]
        start += length
    return blocks


def frame_parts(frame: bytes, header: Header | None = None) -> dict[str, Part]:
    """All parts of a frame by key, in the frame's order."""
    return {key: unpack_block(block) for key, block in frame_blocks(frame, header).items()}


def pack_block(part: Mapping[str, object]) -> bytes:
    """One block: ``data: JSON\\n`` as raw deflate, ending on a byte boundary, needing nothing before."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15, 8)
    return packer.compress(f"data: {dump(part)}\n".encode()) + packer.flush(zlib.Z_FULL_FLUSH)


def unpack_block(block: bytes) -> Part:
    """The part inside one block."""
    part: Part = json.loads(inflated(block).removeprefix(b"data: "))
    return part


def inflated(block: bytes, *, wbits: int = -15, most: int = MOST_BYTES) -> bytes:
    """What was deflated. Raises ValueError where that is more than anything of ours can be."""
    unpacker = zlib.decompressobj(wbits)
    try:
        text = unpacker.decompress(block, most + 1)
    except zlib.error as error:
        raise ValueError("not deflated, or cut off") from error
    if len(text) > most:
        raise ValueError(f"more than {most} bytes unpacked")
    return text


def kept_events(records: Iterable[EventRecord]) -> dict[int, EventRecord]:
    """Which records a mirror or a browser keeps, by id: all late or alerting ones, and the 50 newest of the
    others.

    Call it after each event frame has been put in by id (a record with a lower `v` than the known one is
    dropped).
    """
    kept = {record["id"]: record for record in records}
    others = [record for record in kept.values() if not (record["late"] or record["al"])]
    if len(others) > RECENT_EVENTS:
        others.sort(key=lambda record: (record["u"], record["id"]))
        for record in others[:-RECENT_EVENTS]:
            del kept[record["id"]]
    return kept


def alert_order(records: Iterable[EventRecord]) -> list[int]:
    """Ids of the alerting events, worst first: by level, then by how long they have been due; at most 50."""
    alerting = [record for record in records if record["al"]]
    alerting.sort(key=lambda record: (record["al"], record["due"] or record["t"], record["id"]))
    return [record["id"] for record in alerting[:RECENT_EVENTS]]


def dump(value: object) -> str:
    """Compact JSON on one line; refuses NaN and infinity, which are no JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def iso_ms(at: datetime) -> str:
    """An aware time as 2026-11-20T06:32:08.123Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def epoch_ms(at: datetime) -> int:
    """An aware time as whole milliseconds since 1970, rounded down."""
    return int(at.timestamp() * 1000 // 1)
