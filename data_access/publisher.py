"""Numbers frames without holes and brings them onto the wire in order, through outages and losses of the
wire.

A frame stays queued until the wire has it. Where the wire has forgotten everything, the publisher begins
again with a snapshot as of the last frame that was out: what is still queued follows on it, and being
absolute does no harm twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final

from dashboard.domain.messages import Draft, encode_frame
from data_access.bus import LOG_LENGTH, BusLost, LeaderBus, Place
from data_access.listening import pack_snapshot

SNAPSHOT_FRAMES: Final = 1000
"""So many frames after the last snapshot a new one is due: the log must always reach back to it."""


class Publisher:
    """One leader's frames.

    `confirm` must raise when the leadership is gone; `picture` gives the snapshot's content.
    """

    def __init__(
        self, bus: LeaderBus, epoch: int, confirm: Callable[[], None], picture: Callable[[], dict[str, Any]]
    ) -> None:
        self._bus = bus
        self._epoch = epoch
        self._confirm = confirm
        self._picture = picture
        self._queue: deque[tuple[Place, bytes]] = deque()
        self._numbered = 0
        self._sent = 0
        self._saved = 0

    @property
    def place(self) -> Place:
        """The last frame that is out."""
        return Place(epoch=self._epoch, offset=self._sent)

    @property
    def waiting(self) -> int:
        """How many frames are not out yet."""
        return len(self._queue)

    @property
    def snapshot_due(self) -> bool:
        """Whether so many frames are out since the last snapshot that a new one should be saved."""
        return self._sent - self._saved >= SNAPSHOT_FRAMES

    def begin(self) -> None:
        """Write a snapshot and a new log that goes on from it. Raises BusAway, Deposed."""
        self._confirm()
        self._bus.begin(self.place, self._packed())
        self._saved = self._sent

    def put(self, drafts: Iterable[Draft], at: datetime) -> None:
        """Number the drafts and queue them."""
        for draft in drafts:
            self._numbered += 1
            frame = encode_frame(self._epoch, self._numbered, draft.kind, at, draft.parts)
            self._queue.append((Place(epoch=self._epoch, offset=self._numbered), frame))

    def flush(self) -> None:
        """Send everything queued. Raises BusAway with the rest still queued, and Deposed."""
        while self._queue:
            place, frame = self._queue[0]
            try:
                self._bus.publish(place, frame, LOG_LENGTH + place.offset - self._saved)
            except BusLost:
                self.begin()
                continue
            self._queue.popleft()
            self._sent = place.offset

    def save_snapshot(self) -> None:
        """Replace the snapshot, when nothing is queued. Raises BusAway, Deposed."""
        try:
            self._bus.save_snapshot(self.place, self._packed())
            self._saved = self._sent
        except BusLost:
            self.begin()

    def _packed(self) -> bytes:
        return pack_snapshot({**self._picture(), "epoch": self._epoch, "offset": self._sent})
