"""The newest frames of this process, for those who come back and those who fall behind.

Owns how many are kept and how a position is found among them. An entry is what moved the mirror in one
step: one frame as a rule, a bundle of frames after a new leader, none for the snapshot that the process
began with.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Final

from dashboard.live.sse import Frame, Position

KEPT_ENTRIES: Final = 2_000
KEPT_BYTES: Final = 32 * 1024 * 1024


class Ring:
    """Entries by sequence number, which only this process knows, and by position, which all processes
    share."""

    def __init__(self, *, entries: int = KEPT_ENTRIES, size: int = KEPT_BYTES) -> None:
        self._entries: deque[tuple[Position, tuple[Frame, ...]]] = deque()
        self._number_of: dict[Position, int] = {}
        self._most = entries
        self._most_bytes = size
        self._bytes = 0
        self.head = 0
        """Sequence number of the newest entry; 0 while there is none."""

    @property
    def position(self) -> Position | None:
        """Position of the newest entry."""
        return self._entries[-1][0] if self._entries else None

    def append(self, position: Position, frames: Sequence[Frame]) -> int:
        """Add the step to `position` and return its sequence number."""
        self._entries.append((position, tuple(frames)))
        self._bytes += sum(len(frame.data) for frame in frames)
        self.head += 1
        self._number_of[position] = self.head
        while len(self._entries) > self._most or (self._bytes > self._most_bytes and len(self._entries) > 1):
            oldest, gone = self._entries.popleft()
            self._bytes -= sum(len(frame.data) for frame in gone)
            if self._number_of.get(oldest, self.head) <= self.head - len(self._entries):
                del self._number_of[oldest]
        return self.head

    def find(self, position: Position) -> int | None:
        """Sequence number of the entry that led to a position, None if it is not kept."""
        return self._number_of.get(position)

    def after(self, number: int) -> list[Frame] | None:
        """The frames of all later entries, None if some of them are no longer kept."""
        missing = self.head - number
        if missing > len(self._entries):
            return None
        later = islice(self._entries, len(self._entries) - missing, None)
        return [frame for _, frames in later for frame in frames]
