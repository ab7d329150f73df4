"""The timer heap: for each thing the one moment at which the clock alone changes it."""

from __future__ import annotations

import heapq
from datetime import datetime
from typing import Final

SLACK: Final = 1000
"""So many outdated entries the heap may hold besides as many as there are things."""


class Turns:
    """Moments by id. Setting one anew outdates the old entry, which is swept out later; memory stays bounded."""

    def __init__(self) -> None:
        self._moment_of: dict[int, datetime] = {}
        self._heap: list[tuple[datetime, int]] = []

    def __len__(self) -> int:
        return len(self._heap)

    def put(self, id_: int, moment: datetime | None) -> None:
        """The thing's next moment; None: never."""
        if moment is None:
            self._moment_of.pop(id_, None)
            return
        if self._moment_of.get(id_) == moment:
            return
        self._moment_of[id_] = moment
        heapq.heappush(self._heap, (moment, id_))
        if len(self._heap) > 2 * len(self._moment_of) + SLACK:
            self._heap = [(at, one) for one, at in self._moment_of.items()]
            heapq.heapify(self._heap)

    def due(self, now: datetime) -> list[int]:
        """Ids whose moment has come, earliest first; they have no moment any more."""
        found: list[int] = []
        while self._heap and self._heap[0][0] <= now:
            moment, id_ = heapq.heappop(self._heap)
            if self._moment_of.get(id_) == moment:
                del self._moment_of[id_]
                found.append(id_)
        return found
