"""Stored days as this process has them in memory, and what must be read from the rows instead.

Owns the copy: which days there are, as of which run of `data_access.rollups`, and their columns month by month. A
look at it belongs to one snapshot of the database, so that days, marks and rows fit together; a snapshot that is
older than the copy is refused, and the question begins again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary

import numpy as np
import psycopg
from sqlalchemy import Engine

from data_access.columns import FLAGS, NAMES, Array, Clock, unpacked, us_of

Conn = psycopg.Connection[Any]
Columns = Mapping[str, Array]
MOST_BYTES: Final = 768 * 2**20
"""Columns that one process keeps; what was asked for longest ago goes first."""
MOST_MARKS: Final = 3_000


class SnapshotTooOld(Exception):
    """The copy is already newer than the snapshot: nobody's fault, begin again."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One stored day, as far as the catalogue knows it."""

    serial: int
    settled_us: int
    made_for: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """Category, department and bits of each kind by its number (the index; number 0 is none)."""

    category: Array = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    department: Array = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    bits: Array = field(default_factory=lambda: np.zeros(1, dtype=np.int64))


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Events that changed since their days were packed, and when they may lie in them, microseconds by clock."""

    events: tuple[int, ...] = ()
    times: Mapping[Clock, Array] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The archive as of one snapshot."""

    days: Mapping[Clock, Mapping[int, Stored]]
    kinds: Kinds
    marks: Marks


@dataclass(frozen=True, slots=True, kw_only=True)
class _Month:
    """Days of a month one after the other. `serials` and `bounds` by ordinal of the day."""

    serials: Mapping[int, int]
    bounds: Mapping[int, tuple[int, int]]
    columns: Columns
    by_region: Array
    size: int


class Archive:
    """The copy of one process."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._epoch: UUID | None = None
        self._serial = -1
        self._days: dict[Clock, dict[int, Stored]] = {clock: {} for clock in Clock}
        self._kinds = Kinds()
        self._months: OrderedDict[tuple[Clock, int], _Month] = OrderedDict()

    def look(self, conn: Conn) -> Look | None:
        """What is stored as of the connection's snapshot; None where too much is marked to go one by one.
        SnapshotTooOld."""
        state = conn.execute("select epoch, serial from board.rollup_state").fetchone()
        marks = _marks(conn)
        if state is None or marks is None:
            return None
        with self._lock:
            if state[0] != self._epoch:
                self._forget(state[0])
            if state[1] < self._serial:
                raise SnapshotTooOld
            if state[1] > self._serial:
                self._catch_up(conn)
                self._serial = state[1]
            return Look(days=dict(self._days), kinds=self._kinds, marks=marks)

    def columns(
        self, conn: Conn, look: Look, clock: Clock, days: list[int]
    ) -> Iterator[tuple[Columns, Array | None]]:
        """The columns of these days (ordinals, ascending), in as few pieces as they lie together in; with each the
        number of its rows by region and flags, where it is a whole month and so has been counted."""
        for month, group in groupby(days, key=_month_of):
            mine = list(group)
            kept = self._month(conn, look, clock, month, mine)
            for start, end in _runs([kept.bounds[day] for day in mine]):
                whole = end - start == kept.columns["at"].size
                yield (
                    {name: values[start:end] for name, values in kept.columns.items()},
                    kept.by_region if whole else None,
                )

    def forget(self) -> None:
        """Begin anew: another database answers at this address."""
        with self._lock:
            self._forget(None)

    def _forget(self, epoch: UUID | None) -> None:
        self._epoch, self._serial, self._kinds = epoch, -1, Kinds()
        self._days = {clock: {} for clock in Clock}
        self._months.clear()

    def _catch_up(self, conn: Conn) -> None:
        days = {clock: dict(known) for clock, known in self._days.items()}  # looks go on with theirs
        for clock, day, serial, settled_at, made_for in conn.execute(_DAYS, (self._serial,)).fetchall():
            days[Clock(clock)][day.toordinal()] = Stored(serial, us_of(settled_at), made_for)
        self._days = days
        rows = np.array(
            conn.execute(_KINDS, (self._kinds.bits.size - 1,)).fetchall(), dtype=np.int64
        ).reshape(-1, 3)
        if rows.size:
            self._kinds = Kinds(
                category=np.concatenate([self._kinds.category, rows[:, 0]]),
                department=np.concatenate([self._kinds.department, rows[:, 1]]),
                bits=np.concatenate([self._kinds.bits, rows[:, 2]]),
            )

    def _month(self, conn: Conn, look: Look, clock: Clock, month: int, wanted: list[int]) -> _Month:
        """The month with at least these days as the look knows them."""
        with self._lock:
            kept = self._months.get((clock, month))
            serials = {day: look.days[clock][day].serial for day in wanted}
            if kept is None or any(kept.serials.get(day) != serial for day, serial in serials.items()):
                kept = _with_days(conn, clock, kept, look.days[clock], serials)
                self._months[clock, month] = kept
                self._make_room()
            self._months.move_to_end((clock, month))
            return kept

    def _make_room(self) -> None:
        size = sum(month.size for month in self._months.values())
        while size > MOST_BYTES and len(self._months) > 1:
            size -= self._months.popitem(last=False)[1].size


_ARCHIVES: Final[WeakKeyDictionary[Engine, Archive]] = WeakKeyDictionary()
_GUARD: Final = threading.Lock()


def archive_of(engine: Engine) -> Archive:
    """The copy that belongs to an engine, empty at first."""
    with _GUARD:
        return _ARCHIVES.setdefault(engine, Archive())


def _with_days(
    conn: Conn,
    clock: Clock,
    kept: _Month | None,
    known: Mapping[int, Stored],
    wanted: Mapping[int, int],
) -> _Month:
    """A month with the days of `wanted` as they are stored, and those of before that are still right."""
    parts: dict[int, list[Array]] = {}
    serials: dict[int, int] = {}
    for day, serial in kept.serials.items() if kept else ():
        if kept and day in known and known[day].serial == serial:
            start, end = kept.bounds[day]
            parts[day] = [kept.columns[name][start:end] for name in NAMES[clock]]
            serials[day] = serial
    absent = [date.fromordinal(day) for day in wanted if day not in parts]
    with conn.cursor(binary=True) as cursor:
        for day, rows, data, serial in cursor.execute(_PACKED, (clock, absent)):
            parts[day.toordinal()] = unpacked(clock, bytes(data), rows)
            serials[day.toordinal()] = serial
    bounds: dict[int, tuple[int, int]] = {}
    place = 0
    for day in sorted(parts):
        bounds[day] = (place, place + parts[day][0].size)
        place = bounds[day][1]
    columns = {
        name: np.concatenate([parts[day][n] for day in sorted(parts)]) for n, name in enumerate(NAMES[clock])
    }
    key = columns["region"].astype(np.int64) * FLAGS + columns["flags"]
    by_region = np.bincount(key, minlength=FLAGS)
    by_region = np.pad(by_region, (0, -by_region.size % FLAGS)).reshape(-1, FLAGS)
    size = by_region.nbytes + sum(values.nbytes for values in columns.values())
    return _Month(serials=serials, bounds=bounds, columns=columns, by_region=by_region, size=size)


def _runs(bounds: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges that follow upon each other as one, empty ones left out."""
    found: list[tuple[int, int]] = []
    for start, end in bounds:
        if start == end:
            continue
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _month_of(day: int) -> int:
    at = date.fromordinal(day)
    return at.year * 12 + at.month


def _marks(conn: Conn) -> Marks | None:
    rows = conn.execute(_MARKS, (MOST_MARKS + 1,)).fetchall()
    if len(rows) > MOST_MARKS:
        return None
    if not rows:
        return Marks()
    events = tuple(sorted({row[0] for row in rows}))
    told = [row[1:] for row in rows] + [
        tuple(row) for row in conn.execute(_CLOCKS_NOW, (list(events),)).fetchall()
    ]
    times = {
        clock: np.unique(np.array([us_of(row[n]) for row in told if row[n] is not None], dtype=np.int64))
        for n, clock in enumerate(Clock)
    }
    return Marks(events=events, times=times)


def _finite(*columns: str) -> str:
    return ", ".join(f"case when isfinite({column}) then {column} end" for column in columns)


_MARKS: Final = f"""
select event_id, {_finite(*(f"{clock}_at" for clock in Clock))} from board.rollup_marks limit %s
"""
_CLOCKS_NOW: Final = f"""
select {_finite("e.reported_at", "e.due_at", "e.closed_at", "f.asked_at", "f.answered_at")}
from ops.events e left join ops.feedback f on f.event_id = e.id where e.id = any(%s)
"""
_DAYS: Final = "select clock, day, serial, settled_at, made_for from board.rollup_days where serial > %s"
_KINDS: Final = "select category_id, department_id, bits from board.rollup_kinds where id > %s order by id"
_PACKED: Final = "select day, rows, packed, serial from board.rollup_days where clock = %s and day = any(%s)"
