"""The events that count today: what each counts, and when the clock alone will change that."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from dashboard.domain.counters import Rules, event_counts, event_next_change, handler
from dashboard.domain.model import Event
from dashboard.live.counts import RegionCounts
from dashboard.live.turns import Turns
from dashboard.live.workers import WorkerBoard


class EventBoard:
    """Events by id, as long as they count anything or still can today."""

    def __init__(self, rules: Rules, counts: RegionCounts, workers: WorkerBoard) -> None:
        self._rules = rules
        self._counts = counts
        self._workers = workers
        self._counted: dict[int, tuple[str, ...]] = {}
        self._turns = Turns()
        self.events: dict[int, Event] = {}

    def load(self, events: Iterable[Event], now: datetime) -> None:
        """Take many in."""
        for event in events:
            self.put(event.id, event, now)

    def put(self, event_id: int, event: Event | None, now: datetime) -> None:
        """An event is new, changed, or gone (None): what it counted is taken back first."""
        counted: tuple[str, ...] = ()
        turn: datetime | None = None
        if event is not None:
            counted, turn = event_counts(event, now, self._rules), event_next_change(event, now)
        old = self.events.pop(event_id, None)
        if old is not None:
            self._counts.add(old.region_id, self._counted.pop(event_id), -1)
            self._turns.put(event_id, None)
            self._workers.handle(handler(old), -1)
        if event is None or (not counted and turn is None):
            return
        self.events[event_id], self._counted[event_id] = event, counted
        self._counts.add(event.region_id, counted, 1)
        self._workers.handle(handler(event), 1)
        self._turns.put(event_id, turn)

    def advance(self, now: datetime) -> list[Event]:
        """Count anew what the clock has changed by `now`; returns those events."""
        turned = [self.events[event_id] for event_id in self._turns.due(now)]
        for event in turned:
            self.put(event.id, event, now)
        return turned
