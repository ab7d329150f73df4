"""News of events: which changes mirrors must hear of, as drafts of event and alert frames."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from dashboard.domain.counters import is_overdue
from dashboard.domain.messages import Draft, EventRecord, FrameKind, Part, Why
from dashboard.domain.model import Event, State
from dashboard.live.records import EventList, event_record, gone_record, why_changed
from dashboard.live.tree import RegionTree


class EventNews:
    """Knows the records that mirrors hold (`records`) and what to tell when an event differs from them."""

    def __init__(self) -> None:
        self._list = EventList()
        self._tree = RegionTree((), {})

    @property
    def records(self) -> Mapping[int, EventRecord]:
        """The records that every mirror holds, by id."""
        return self._list.records

    def lay(self, tree: RegionTree) -> None:
        """Go on with another region tree."""
        self._tree = tree

    def learn(self, events: Iterable[Event], now: datetime) -> None:
        """Take in what mirrors get with their first snapshot, nothing to tell."""
        for event in sorted(events, key=lambda event: (event.changed_at or event.reported_at, event.id)):
            self._list.put(self._record(event, now, Why.CHANGE))

    def changed(self, old: Event | None, event: Event, now: datetime) -> list[Draft]:
        """An event was read again; `old` is what it was, where known."""
        known = self._list.records.get(event.id)
        was_late = bool(known["late"]) if known else old is not None and is_overdue(old, now)
        record = self._record(event, now, why_changed(old, event, was_late, is_overdue(event, now)))
        return self._tell(record) if _is_news(known, record) else []

    def deleted(self, event_id: int) -> list[Draft]:
        """An event is gone from the database."""
        known = self._list.records.get(event_id)
        if known is None or known["state"] == State.VOID:
            return []
        return self._tell(gone_record(known, Why.GONE, known["v"] + 1))

    def clocked(self, event: Event, now: datetime) -> list[Draft]:
        """The clock turned something of an event: news if it became late or its alert changed."""
        known = self._list.records.get(event.id)
        late, level = (known["late"], known["al"]) if known else (0, 0)
        record = self._record(event, now, Why.CHANGE)
        if (record["late"], record["al"]) == (late, level):
            return []
        if record["late"] > late:
            record["why"] = str(Why.OVERDUE)
        return self._tell(record)

    def compared(self, old: Mapping[int, Event], events: Iterable[Event], now: datetime) -> list[Draft]:
        """After a rebuild: `old` is what was known before, `events` what can be shown now and what became of
        the shown.

        An event that is shown and not among `events` was deleted.
        """
        found = {event.id: event for event in events}
        ranked = EventList()
        for event in found.values():
            ranked.put(self._record(event, now, Why.CHANGE))
        drafts: list[Draft] = []
        for event_id in [id_ for id_ in self._list.records if id_ not in found]:
            drafts += self.deleted(event_id)
        for event in sorted(
            found.values(), key=lambda event: (event.changed_at or event.reported_at, event.id)
        ):
            known = self._list.records.get(event.id)
            if known is None and event.id not in ranked.records:
                continue
            why = why_changed(old.get(event.id), event, bool(known and known["late"]), is_overdue(event, now))
            record = self._record(event, now, why)
            if _is_news(known, record):
                drafts += self._tell(record)
        return drafts

    def _record(self, event: Event, now: datetime, why: Why) -> EventRecord:
        return event_record(event, self._tree.code(event.region_id), now, why)

    def _tell(self, record: EventRecord) -> list[Draft]:
        known = self._list.records.get(record["id"])
        block = self._tree.block_of_code(record["r"])
        if known is not None and record["v"] < known["v"]:
            # deleted and inserted again under its id: what is read is never stale, but mirrors go by versions
            record = {**record, "v": known["v"] + 1}
        parts: dict[str, Part] = {}
        left = self._tree.block_of_code(known["r"]) if known else block
        if known is not None and left != block:
            # the street it left hears first, so that who sees both ends with the record
            parts[left] = {"e": gone_record(known, Why.MOVED, record["v"])}
        parts[block] = {"e": record}
        self._list.put(record)
        drafts = [Draft(kind=FrameKind.EVENT, parts=parts)]
        level_before = known["al"] if known else 0
        if record["al"] and (not level_before or record["al"] < level_before):
            alert: Part = {"id": record["id"], "level": record["al"], "due": record["due"]}
            drafts.append(Draft(kind=FrameKind.ALERT, parts={block: alert}))
        return drafts


def _is_news(known: EventRecord | None, record: EventRecord) -> bool:
    if known is None or record["v"] > known["v"]:
        return True
    return {**record, "v": known["v"], "why": known["why"]} != known
