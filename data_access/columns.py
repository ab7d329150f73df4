"""Events and askings as columns: how PostgreSQL hands them over packed, and how a day of them is stored.

Owns the layout, one for what is read from the rows and one for what is kept by day. Leaves what is kept and when to
`rollups`, and counting to `queries.columnar`.

A record holds the clock by which it counts, its event, region, category and department, bits: source (3 bits),
severity (2), lateness (1), stage (6), and flags of the clock from bit 12 on; when the event began (of an asking: when
it was answered), and when it was due.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import psycopg

from dashboard.domain.model import Source
from dashboard.domain.workflow import DONE, WORKFLOWS
from dashboard.domain.worktime import EPOCH, MICROSECOND, WorkSchedule

Array = npt.NDArray[Any]
Conn = psycopg.Connection[Any]
LAYOUT: Final = 1
STAGES: Final = tuple(sorted({key for flow in WORKFLOWS.values() for key in flow.keys} | {DONE}))
SOURCES: Final = tuple(Source)
KIND_BITS: Final = 12
FLAGS: Final = 64
"""More than the flags of any clock say."""
SINCE_2000_US: Final = (datetime(2000, 1, 1, tzinfo=UTC) - EPOCH) // MICROSECOND
"""PostgreSQL counts from 2000, the domain's tables from 1970."""
DAY_US: Final = 86_400_000_000
NEVER_US: Final = (datetime(9000, 1, 1, tzinfo=UTC) - EPOCH) // MICROSECOND


class Clock(StrEnum):
    """By which moment something counts. The first three are an event's, the others an asking's."""

    REPORTED = "reported"
    DUE = "due"
    CLOSED = "closed"
    ASKED = "asked"
    ANSWERED = "answered"


ABOUT_EVENTS: Final = (Clock.REPORTED, Clock.DUE, Clock.CLOSED)
RETURNED = """exists (select from ops.event_steps s where s.event_id = e.id and s.action = 'return'
                      and s.stage in ('dispatch', 'handle'))"""
FLAG_SQL: Final[Mapping[Clock, tuple[str, ...]]] = {
    Clock.REPORTED: (
        "e.source = 'hotline'",
        "e.source = 'hotline' and e.first_contact",
        "e.signed_at is not null or e.sign_due_at < %(now)s",
        "e.signed_at <= e.sign_due_at",
        "e.dispatched_at is not null",
        f"%(returns)s and e.dispatched_at is not null and {RETURNED}",
    ),
    Clock.DUE: ("e.state = 'closed' and e.closed_at <= e.due_at",),
    Clock.CLOSED: (
        "e.due_at is not null",
        "e.closed_at <= e.due_at",
        "e.rework > 0",
        "exists (select from ops.feedback f where f.event_id = e.id)",
    ),
    Clock.ASKED: ("f.answered_at is not null", "f.resolved"),
    Clock.ANSWERED: ("f.answered_at is not null", "f.resolved"),
}
"""What each clock knows of its rows beside their kind, as bits from the first. Of askings the satisfaction follows."""
SATISFACTION_BIT: Final = 2

RECORD: Final = np.dtype(
    [
        ("at", ">i8"),
        ("id", ">i8"),
        ("region", ">i8"),
        ("category", ">i8"),
        ("department", ">i8"),
        ("bits", ">i4"),
        ("began", ">i8"),
        ("due", ">i8"),
    ]
)


def _record(clock: Clock) -> str:
    flags = [f"(coalesce({sql}, false)::int << {KIND_BITS + n})" for n, sql in enumerate(FLAG_SQL[clock])]
    began = "e.reported_at" if clock in ABOUT_EVENTS else "coalesce(f.answered_at, timestamptz '9000-01-01')"
    if clock not in ABOUT_EVENTS:
        flags.append(f"(coalesce(f.satisfaction, 0)::int << {KIND_BITS + SATISFACTION_BIT})")
    return f"""
  timestamptz_send({column(clock)}) || int8send(e.id) || int8send(e.region_id) || int8send(e.category_id)
  || int8send(coalesce(e.department_id, 0))
  || int4send((array_position(%(sources)s::text[], e.source) - 1) | (e.severity::int << 3)
       | (coalesce(e.due_at < case when e.state = 'closed' then e.closed_at else %(now)s end, false)::int << 5)
       | (coalesce(array_position(%(stages)s::text[], e.stage), 0) << 6)
       | {" | ".join(flags)})
  || timestamptz_send({began})
  || timestamptz_send(coalesce(e.due_at, timestamptz '9000-01-01'))"""


def column(clock: Clock) -> str:
    """The clock in SQL, of an event "e" or an asking "f"."""
    return f"{'e' if clock in ABOUT_EVENTS else 'f'}.{clock}_at"


_CLOSED = "e.state = 'closed' and e.duplicate_of is null"
_OPEN = "e.state = 'open' and e.duplicate_of is null"
_PLACE = "(%(everywhere)s or e.region_id = any(%(regions)s::bigint[]))"


def _in_spans(clock: Clock) -> str:
    spans = "unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) as w (a, b)"
    held = f"{column(clock)} >= w.a and {column(clock)} < w.b"
    if clock in ABOUT_EVENTS:
        return f"{spans} join ops.events e on {held}"
    return f"{spans} join ops.feedback f on {held} join ops.events e on e.id = f.event_id"


def _of_events(clock: Clock) -> str:
    return (
        "ops.events e" if clock in ABOUT_EVENTS else "ops.events e join ops.feedback f on f.event_id = e.id"
    )


def _statement(clock: Clock, tables: str, condition: str) -> str:
    return f"""select string_agg({_record(clock)}, ''::bytea) from {tables}
where {condition} and {column(clock)} is not null and {_PLACE}"""


IN_SPANS: Final = {clock: _statement(clock, _in_spans(clock), _CLOSED) for clock in Clock}
BY_ID: Final = {
    clock: _statement(clock, _of_events(clock), f"{_CLOSED} and e.id = any(%(ids)s::bigint[])")
    for clock in Clock
}
OPEN: Final = {clock: _statement(clock, _of_events(clock), _OPEN) for clock in Clock}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """To which regions rows are limited before they are read; None: all."""

    regions: tuple[int, ...] | None = None

    def values(self) -> dict[str, Any]:
        """Bound parameters."""
        return {"everywhere": self.regions is None, "regions": list(self.regions or ())}


ANYWHERE: Final = Place()


def read(conn: Conn, statement: str, now: datetime | str, place: Place, **values: object) -> Array:
    """Records of a statement in the order of their clock, times as microseconds since 1970."""
    parameters = {
        "sources": list(SOURCES),
        "stages": list(STAGES),
        "now": now,
        "returns": True,
        **place.values(),
        **values,
    }
    with conn.cursor(binary=True) as cursor:
        row = cursor.execute(statement, parameters).fetchone()
    packed = row[0] if row is not None and row[0] is not None else b""
    records = np.frombuffer(packed, dtype=RECORD).astype(RECORD.newbyteorder("="))
    for name in ("at", "began", "due"):
        records[name] += SINCE_2000_US
    found: Array = records[np.lexsort((records["id"], records["at"]))]
    return found


NAMES: Final[Mapping[Clock, tuple[str, ...]]] = {
    clock: ("at", "id", "region", "kind", "flags")
    + (("minutes", "began", "due") if clock is Clock.CLOSED else ())
    for clock in Clock
}
"""The columns of a stored day. `kind` is a row of `board.rollup_kinds`, `minutes` are whole working minutes."""


def packed(columns: Sequence[Array]) -> bytes:
    """Columns as they are stored: each in the smallest whole numbers that hold it."""
    small = []
    for values in columns:
        low, high = (int(values.min()), int(values.max())) if values.size else (0, 0)
        size = next(size for size in (1, 2, 4, 8) if size == 8 or (low >= 0 and high < 256**size))
        small.append(values.astype(f"<u{size}" if size < 8 else "<i8"))
    return bytes(values.itemsize for values in small) + b"".join(values.tobytes() for values in small)


def unpacked(clock: Clock, data: bytes, rows: int) -> list[Array]:
    """The columns of a stored day."""
    names, offset = NAMES[clock], len(NAMES[clock])
    found = []
    for size in data[: len(names)]:
        found.append(np.frombuffer(data, dtype=f"<u{size}" if size < 8 else "<i8", count=rows, offset=offset))
        offset += rows * size
    return found


def made_for(schedule: WorkSchedule, settings: Mapping[str, Any]) -> str:
    """What stored days depend on beside the rows: this layout, and what working minutes are."""
    calendar = [settings.get(key) for key in ("calendar", "own_days")]
    told = repr((LAYOUT, STAGES, SOURCES, schedule.zone.key, schedule.spans, calendar))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def us_of(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - EPOCH) // MICROSECOND
