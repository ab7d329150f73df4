"""Bytes of the event stream: frames become server-sent events, joined for a scope, plain or gzipped.

Owns the text of an event and its coding; leaves who gets it to `fanout`. A gzipped stream has no end: it is
a gzip header and then deflate blocks, each complete in itself, so blocks made once by the relay serve every
scope. What this module adds is small and goes into stored blocks, which need no compressor.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dashboard.domain.messages import (
    DISTRICT_BLOCK,
    FrameKind,
    Header,
    Part,
    decode_header,
    dump,
    inflated,
    unpack_block,
)
from dashboard.domain.policy import Scope

GZIP_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
Position = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame as it came, and its header."""

    header: Header
    data: bytes

    @classmethod
    def of(cls, data: bytes) -> Frame:
        """Raises ValueError or KeyError for bytes that are no frame."""
        return cls(header=decode_header(data), data=data)

    @property
    def position(self) -> Position:
        return self.header.epoch, self.header.offset

    def blocks(self, scope: Scope) -> list[bytes]:
        """The compressed blocks that the scope may see, in order."""
        wanted = set(scope.blocks((key for key, _ in self.header.blocks), self.header.kind))
        found: list[bytes] = []
        start = self.header.body
        for key, length in self.header.blocks:
            if key in wanted:
                found.append(self.data[start : start + length])
            start += length
        return found

    def parts(self, scope: Scope) -> dict[str, Part]:
        """What the blocks that the scope may see say, by block key, in order."""
        keys = scope.blocks((key for key, _ in self.header.blocks), self.header.kind)
        return dict(zip(keys, map(unpack_block, self.blocks(scope)), strict=True))


def event_text(kind: FrameKind, position: Position | None) -> bytes:
    """The lines of an event before its data. None: no id, because a client must not resume from here."""
    identity = "" if position is None else f"id: {position[0]}:{position[1]}\n"
    return f"{identity}event: {kind}\n".encode()


def stored(text: bytes) -> bytes:
    """A deflate block that holds a short text as it is. It must begin on a byte boundary, as all of ours
    do."""
    length = len(text)
    return b"\x00" + length.to_bytes(2, "little") + (length ^ 0xFFFF).to_bytes(2, "little") + text


_END: Final = stored(b"\n")


def joined(frames: Sequence[Frame], scope: Scope, *, packed: bool) -> bytes:
    """The events of consecutive frames for a scope; empty if it may see none of them.

    Frames of one position (a bundle) count as one: only the last that the scope sees carries the id.
    """
    seen = [(frame, blocks) for frame in frames if (blocks := frame.blocks(scope))]
    out: list[bytes] = []
    for number, (frame, blocks) in enumerate(seen):
        ends_bundle = number + 1 == len(seen) or seen[number + 1][0].position != frame.position
        text = event_text(frame.header.kind, frame.position if ends_bundle else None)
        if packed:
            out += [stored(text), *blocks, _END]
        else:
            out += [text, *map(inflated, blocks), b"\n"]
    return b"".join(out)


def reset_event(position: Position | None, *, packed: bool) -> bytes:
    """The event that sends a client back to the snapshot."""
    data: Mapping[str, object] = {"s": DISTRICT_BLOCK}
    text = event_text(FrameKind.RESET, position) + f"data: {dump(data)}\n\n".encode()
    return stored(text) if packed else text


def http_chunk(data: bytes) -> bytes:
    """One chunk of a chunked HTTP/1.1 body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def parse_position(text: str) -> Position:
    """`epoch:offset` as numbers. Raises ValueError for anything else."""
    epoch, colon, offset = text.partition(":")
    if not colon or not (epoch.isascii() and epoch.isdigit() and offset.isascii() and offset.isdigit()):
        raise ValueError("a position is two whole numbers, epoch:offset")
    if len(text) > 40:
        raise ValueError("a position has at most 40 characters")
    return int(epoch), int(offset)


def accepts_gzip(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a request's Accept-Encoding takes gzip (and does not rule it out with q=0)."""
    for name, value in headers:
        if name != b"accept-encoding":
            continue
        for item in value.decode("latin-1").split(","):
            coding, _, parameters = item.partition(";")
            quality = parameters.strip().removeprefix("q=").strip() or "1"
            if coding.strip().lower() in ("gzip", "*"):
                return quality.strip("0.") != ""
    return False
