"""A relay in miniature for tests of what comes after it: it counts one number up and tells it over any wire."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dashboard.domain.messages import FrameKind, encode_frame
from data_access.bus import LeaderBus, Place
from data_access.listening import pack_snapshot

SNAPSHOT: dict[str, Any] = json.loads((Path(__file__).parent / "contract" / "snapshot.json").read_text())
AT = datetime(2026, 11, 20, 6, 32, 8, 123000, UTC)
DISTRICT, FIRST, SECOND = "510117", "510117001", "510117002"


class Leader:
    """`value` is what every mirror must show as the district's open events."""

    def __init__(self, bus: LeaderBus, epoch: int = 7, value: int = 0) -> None:
        self.bus = bus
        self.epoch = epoch
        self.offset = 0
        self.value = value
        self.static: dict[str, Any] = {}
        self.begin()

    @property
    def place(self) -> Place:
        return Place(epoch=self.epoch, offset=self.offset)

    def begin(self) -> None:
        """Write the wire anew, as after it forgot everything."""
        self.bus.begin(self.place, pack_snapshot(self.snapshot()))

    def snapshot(self) -> dict[str, Any]:
        indicators = {**SNAPSHOT["indicators"], DISTRICT: {"open": self.value}}
        return {
            **SNAPSHOT,
            "epoch": self.epoch,
            "offset": self.offset,
            "indicators": indicators,
            **self.static,
        }

    def save(self) -> None:
        self.bus.save_snapshot(self.place, pack_snapshot(self.snapshot()))

    def tell(self, kind: FrameKind = FrameKind.COUNTS, part: dict[str, Any] | None = None) -> None:
        """One frame in the district's block: the next number, or another part."""
        self.value += 1
        self.tell_parts(kind, {"": part or {"as_of": "x", "c": {DISTRICT: {"open": self.value}}}})

    def tell_parts(self, kind: FrameKind, parts: dict[str, dict[str, Any]]) -> None:
        """One frame with any blocks."""
        frame = self.frame(kind, parts)
        self.bus.publish(self.place, frame)

    def frame(self, kind: FrameKind, parts: dict[str, dict[str, Any]]) -> bytes:
        """The next frame, not told to anybody."""
        self.offset += 1
        return encode_frame(self.epoch, self.offset, kind, AT + timedelta(seconds=self.offset), parts)

    def beat(self) -> None:
        """One beat."""
        part = {"now": 5, "feeds": {"event": 1}, "release": "0.1.0", "map_version": "m", "workers": 1}
        self.tell_parts(FrameKind.BEAT, {"": part})
