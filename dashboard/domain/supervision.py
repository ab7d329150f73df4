"""Papers of supervision: reminders (提示函) and orders (督办单). Owns their kinds, numbers and standing."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from dashboard.domain.words import Words


class PaperKind(StrEnum):
    """A reminder asks, an order demands and has a due time."""

    REMINDER = "reminder"
    ORDER = "order"


class PaperState(StrEnum):
    """How a paper stands: waited for, waited for in vain, done in time, done too late."""

    OPEN = "open"
    OVERDUE = "overdue"
    CLOSED = "closed"
    CLOSED_LATE = "closed_late"


KIND_WORDS: Final[dict[PaperKind, Words]] = {
    PaperKind.REMINDER: Words(zh="提示函", en="Reminder"),
    PaperKind.ORDER: Words(zh="督办单", en="Order"),
}
STATE_WORDS: Final[dict[PaperState, Words]] = {
    PaperState.OPEN: Words(zh="办理中", en="Open"),
    PaperState.OVERDUE: Words(zh="已超期", en="Overdue"),
    PaperState.CLOSED: Words(zh="已办结", en="Closed"),
    PaperState.CLOSED_LATE: Words(zh="超期办结", en="Closed late"),
}
_PREFIX: Final[dict[PaperKind, str]] = {PaperKind.REMINDER: "TS", PaperKind.ORDER: "DB"}


def paper_number(kind: PaperKind, id_: int, issued_at: datetime, zone: ZoneInfo) -> str:
    """The number on a paper: TS20261121-000123 for a reminder, DB... for an order, with the district's day."""
    return f"{_PREFIX[kind]}{issued_at.astimezone(zone):%Y%m%d}-{id_:06d}"


def paper_state(due_at: datetime | None, closed_at: datetime | None, now: datetime) -> PaperState:
    """How a paper stands at a moment; one without due time is never late."""
    if closed_at is not None and closed_at <= now:
        late = due_at is not None and closed_at > due_at
        return PaperState.CLOSED_LATE if late else PaperState.CLOSED
    return PaperState.OVERDUE if due_at is not None and due_at < now else PaperState.OPEN
