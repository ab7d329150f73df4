"""Event records of the wall: how one is made, why it changed, and which ones every mirror holds."""

from __future__ import annotations

from datetime import datetime

from dashboard.domain.colours import alert_level, soon_due
from dashboard.domain.counters import is_overdue
from dashboard.domain.messages import RECENT_EVENTS, EventRecord, Why, epoch_ms
from dashboard.domain.model import Event, State


def event_record(event: Event, region_code: str, now: datetime, why: Why) -> EventRecord:
    """The record of an event as it stands at `now`."""
    late = is_overdue(event, now)
    level = alert_level(event, now)
    return EventRecord(
        id=event.id,
        code=event.code,
        v=event.version,
        r=region_code,
        src=str(event.source),
        cat=event.category_id,
        top=event.category_top,
        sev=event.severity,
        stage=event.stage,
        state=str(event.state if event.counted else State.VOID),
        x=_degrees_e5(event.lon),
        y=_degrees_e5(event.lat),
        t=epoch_ms(event.reported_at),
        u=epoch_ms(_changed_at(event, now, late, level)),
        due=_ms(event.due_at),
        warn=_ms(event.warn_at),
        closed=_ms(event.closed_at),
        esc=event.escalation,
        sup=event.supervision,
        al=level,
        late=int(late),
        why=str(why),
    )


def gone_record(known: EventRecord, why: Why, version: int) -> EventRecord:
    """What tells a mirror that an event is no more, or no more there."""
    return {
        **known,
        "v": max(version, known["v"]),
        "state": str(State.VOID),
        "x": None,
        "y": None,
        "al": 0,
        "late": 0,
        "why": str(why),
    }


def why_changed(old: Event | None, new: Event, was_late: bool, late: bool) -> Why:
    """The most telling difference between two states of an event; `old` is None where it was not known."""
    if not new.counted:
        return Why.VOID
    if old is None:
        return Why.NEW if new.version == 1 else (Why.CLOSED if new.state is State.CLOSED else Why.CHANGE)
    if new.state is State.CLOSED and old.state is not State.CLOSED:
        return Why.CLOSED
    reasons = (
        (Why.MOVED, new.region_id != old.region_id),
        (Why.ESCALATED, new.escalation > old.escalation),
        (Why.SUPERVISED if new.supervision > 1 else Why.REMINDED, _issued_since(old, new)),
        (Why.STAGE, new.stage != old.stage),
        (Why.OVERDUE, late and not was_late),
    )
    return next((why for why, applies in reasons if applies), Why.CHANGE)


class EventList:
    """The records that every mirror holds: all late and alerting ones, and the newest 50 of the others.

    The same rule as `messages.kept_events`, kept up record by record.
    """

    def __init__(self) -> None:
        self.records: dict[int, EventRecord] = {}
        self._others: dict[int, tuple[int, int]] = {}

    def put(self, record: EventRecord) -> None:
        """Take a record in, unless a newer version is known, and let the oldest go that is one too many."""
        id_ = record["id"]
        known = self.records.get(id_)
        if known is not None and record["v"] < known["v"]:
            return
        self.records[id_] = record
        if record["late"] or record["al"]:
            self._others.pop(id_, None)
            return
        self._others[id_] = (record["u"], id_)
        if len(self._others) > RECENT_EVENTS:
            oldest = min(self._others, key=self._others.__getitem__)
            del self._others[oldest], self.records[oldest]


def _changed_at(event: Event, now: datetime, late: bool, level: int) -> datetime:
    """When it last changed by itself or by the clock."""
    changed = event.changed_at or event.reported_at
    if late and event.due_at is not None:
        return max(changed, event.due_at)
    if level and event.warn_at is not None and soon_due(event.due_at, event.warn_at, now):
        return max(changed, event.warn_at)
    return changed


def _issued_since(old: Event, new: Event) -> bool:
    """Whether a reminder or an order is newer than what was known."""
    if new.supervised_at is None:
        return False
    return old.supervised_at is None or new.supervised_at > old.supervised_at


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else epoch_ms(moment)


def _degrees_e5(degrees: float | None) -> int | None:
    return None if degrees is None else round(degrees * 100_000)
