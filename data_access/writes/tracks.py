"""Fixes of devices in columns: what is known of their workers, appended by binary COPY, the newest kept.

Owns the statements of live position ingest; what a flag means is the domain's. The caller opens the
transaction and commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import psycopg
from numpy.typing import NDArray

from dashboard.domain.fixes import NEVER_US, Known, Real, Whole
from data_access.packing import PG_EPOCH_US, packed, register, sent, unpacked
from data_access.sessions import open_session
from data_access.writes.positions import NEWEST

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HEAD: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_END: Final = b"\xff\xff"

_COPY: Final = (
    "copy ops.positions (worker_id, fixed_at, received_at, lon, lat, flags, accuracy_m, speed_mps, heading_deg,"
    " altitude_m, battery_pct) from stdin (format binary)"
)
_OPTIONAL: Final = ("accuracy_m", "speed_mps", "heading_deg", "altitude_m", "battery_pct")

_TOKENS: Final = "select id from board.tokens where id = any(%s) and revoked_at is null"

_USED: Final = """
update board.tokens set used_on = current_date where id in (
  select id from board.tokens where id = any(%s) and used_on is distinct from current_date
  order by id for update skip locked)
"""

_WORKERS: Final = f"""
select (extract(epoch from clock_timestamp()) * 1000000)::bigint,
  {sent(("id", "bigint"), ("at", "bigint"), ("lon", "float8"), ("lat", "float8"))}
from (
  select w.id, coalesce(l.lon, 'NaN') as lon, coalesce(l.lat, 'NaN') as lat,
    case when isfinite(l.fixed_at) then (extract(epoch from l.fixed_at) * 1000000)::bigint else {NEVER_US} end as at
  from ops.workers w left join ops.latest_positions l on l.worker_id = w.id
  where w.id = any(%s::bigint[]) and w.active
) known
"""

# Clipped to the time asked about: endless shifts have no number of microseconds.
_SHIFTS: Final = f"""
select {sent(("worker_id", "bigint"), ("starts", "bigint"), ("ends", "bigint"))}, coalesce(bool_or(awaited), false)
from (
  select worker_id, (extract(epoch from greatest(starts_at, %(first)s)) * 1000000)::bigint as starts,
    (extract(epoch from least(ends_at, checked_out_at, %(last)s)) * 1000000)::bigint as ends,
    checked_in_at is null as awaited
  from ops.shifts
  where worker_id = any(%(ids)s::bigint[]) and not cancelled and starts_at < %(last)s and ends_at > %(first)s
) near
"""

# Locked in one order: two processes may hear from the same workers.
_CHECK_IN: Final = """
with seen as (
  select s.id, min(f.fixed_at) as first
  from unnest(%s::bigint[], %s::timestamptz[]) as f (worker_id, fixed_at)
  join ops.shifts s on s.worker_id = f.worker_id and s.checked_in_at is null and not s.cancelled
    and s.starts_at <= f.fixed_at and f.fixed_at < least(s.ends_at, s.checked_out_at)
  group by s.id
), locked as (
  select s.id, seen.first from ops.shifts s join seen on seen.id = s.id
  where s.checked_in_at is null order by s.id for update of s
)
update ops.shifts s set checked_in_at = locked.first from locked where s.id = locked.id
"""

# One look into the index for each row, which LIMIT insists on: planned as a join over a partition whose statistics
# lag behind, the same question has taken minutes. The bounds let the planner leave whole days out.
_PRESENT: Final = """
select c.place from unnest(%s::int[], %s::bigint[], %s::timestamptz[], %s::float8[], %s::float8[])
  as c (place, worker_id, fixed_at, lon, lat)
cross join lateral (
  select from ops.positions p
  where p.worker_id = c.worker_id and p.fixed_at = c.fixed_at and p.lon = c.lon and p.lat = c.lat
    and p.fixed_at between %s and %s
  limit 1
) as kept
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Fixes, one element each. Times in microseconds since 1970; NaN where a device does not say."""

    worker_id: Whole
    at_us: Whole
    lon: Real
    lat: Real
    accuracy_m: Real
    speed_mps: Real
    heading_deg: Real
    altitude_m: Real
    battery_pct: Real
    flags: Whole

    def __len__(self) -> int:
        return len(self.worker_id)

    def picked(self, rows: NDArray[Any]) -> Columns:
        """Some of the fixes: by a mask, or by places in the order given."""
        return Columns(**{name: getattr(self, name)[rows] for name in Columns.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the database knows as a batch comes: the active ones of its workers, by id ascending, what was last
    known of each, and their shifts: whose (place in `worker_id`), from when, until when, and whether nobody has
    checked in to one of them yet."""

    now_us: int
    worker_id: Whole
    known: Known
    shift_of: Whole
    shift_start_us: Whole
    shift_end_us: Whole
    awaited: bool


def open_writer(database_url: str) -> psycopg.Connection[Any]:
    """A session for positions: no statement of it takes long. Raises psycopg.Error."""
    connection = open_session(database_url, "quanyu reception")
    connection.execute("set statement_timeout = '10s'")
    register(connection)
    return connection


def valid_tokens(connection: psycopg.Connection[Any], ids: Sequence[int]) -> set[int]:
    """Which tokens are good at this moment."""
    return {row[0] for row in connection.execute(_TOKENS, (list(ids),))}


def note_use(connection: psycopg.Connection[Any], ids: Sequence[int]) -> None:
    """Notes the day on which tokens were last used."""
    connection.execute(_USED, (sorted(ids),))


def context(connection: psycopg.Connection[Any], workers: Whole, first_us: int, last_us: int) -> Context:
    """What is known of these workers, and their shifts between two moments."""
    row = connection.execute(_WORKERS, (packed(workers, "bigint"),)).fetchone()
    assert row is not None
    now_us, known = row
    ids, at_us, lon, lat = unpacked(known, "bigint", "bigint", "float8", "float8")
    order = np.argsort(ids)
    ids = ids[order]
    bounds = {"ids": packed(ids, "bigint"), "first": moment(first_us), "last": moment(last_us + 1)}
    row = connection.execute(_SHIFTS, bounds).fetchone()
    assert row is not None
    of, starts, ends = unpacked(row[0], "bigint", "bigint", "bigint")
    return Context(
        now_us=now_us,
        worker_id=ids,
        known=Known(at_us=at_us[order], lon=lon[order], lat=lat[order]),
        shift_of=np.searchsorted(ids, of),
        shift_start_us=starts,
        shift_end_us=ends,
        awaited=row[1],
    )


def present(connection: psycopg.Connection[Any], fixes: Columns, rows: Whole) -> Whole:
    """Which of these rows are stored already: same worker, time and place."""
    if not len(rows):
        return rows
    times = [moment(at) for at in fixes.at_us[rows].tolist()]
    found = connection.execute(
        _PRESENT,
        (
            rows.tolist(),
            fixes.worker_id[rows].tolist(),
            times,
            fixes.lon[rows].tolist(),
            fixes.lat[rows].tolist(),
            min(times),
            max(times),
        ),
    ).fetchall()
    return np.array([row[0] for row in found], dtype=np.int64)


def append(connection: psycopg.Connection[Any], fixes: Columns, now_us: int) -> None:
    """Appends all fixes, received now."""
    with connection.cursor().copy(_COPY) as copy:
        copy.write(_HEAD)
        for piece in _pieces(fixes, now_us):
            copy.write(piece)
        copy.write(_END)


def keep_newest(connection: psycopg.Connection[Any], fixes: Columns, now_us: int) -> None:
    """Makes each worker's newest of these fixes the latest position, where it is newer than that one."""
    if not len(fixes):
        return
    order = np.lexsort((fixes.at_us, fixes.worker_id))
    last = np.ones(len(order), dtype=bool)
    last[:-1] = fixes.worker_id[order][1:] != fixes.worker_id[order][:-1]
    newest = fixes.picked(order[last])
    battery = np.where(np.isnan(newest.battery_pct), -1, np.rint(newest.battery_pct)).astype(np.int64)
    columns = (
        packed(newest.worker_id, "bigint"),
        packed(newest.at_us, "timestamptz"),
        packed(np.full(len(newest), now_us), "timestamptz"),
        packed(newest.lon, "float8"),
        packed(newest.lat, "float8"),
        packed(newest.accuracy_m, "real"),
        packed(newest.speed_mps, "real"),
        packed(newest.heading_deg, "real"),
        packed(battery, "smallint"),
    )
    connection.execute(NEWEST, columns)


def check_in(connection: psycopg.Connection[Any], fixes: Columns) -> None:
    """The first of these fixes in a shift that nobody checked in to is its check-in: a phone that reports is there."""
    times = [moment(at) for at in fixes.at_us.tolist()]
    connection.execute(_CHECK_IN, (fixes.worker_id.tolist(), times))


def moment(at_us: int) -> datetime:
    """Microseconds since 1970 as a time."""
    return EPOCH + timedelta(microseconds=at_us)


def _pieces(fixes: Columns, now_us: int) -> list[bytes]:
    """Rows in PostgreSQL's binary form, together what leaves the same columns unknown: their rows are alike
    in length, so that a whole array is written at once."""
    known = [~np.isnan(getattr(fixes, name)) for name in _OPTIONAL]
    pattern = sum(
        (mask.astype(np.int64) << bit for bit, mask in enumerate(known)), np.zeros(len(fixes), np.int64)
    )
    pieces = []
    for one in np.unique(pattern).tolist():
        chosen = fixes.picked(pattern == one)
        pieces.append(_rows(chosen, now_us, [name for bit, name in enumerate(_OPTIONAL) if one >> bit & 1]))
    return pieces


def _rows(fixes: Columns, now_us: int, stated: Sequence[str]) -> bytes:
    values: dict[str, tuple[str, Any]] = {
        "worker_id": (">i8", fixes.worker_id),
        "fixed_at": (">i8", fixes.at_us - PG_EPOCH_US),
        "received_at": (">i8", now_us - PG_EPOCH_US),
        "lon": (">f8", fixes.lon),
        "lat": (">f8", fixes.lat),
        "flags": (">i2", fixes.flags),
    }
    for name in _OPTIONAL:
        if name in stated:
            form = ">i2" if name == "battery_pct" else ">f4"
            value = getattr(fixes, name)
            values[name] = (form, np.rint(value) if name == "battery_pct" else value)
        else:
            values[name] = ("", None)
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for name, (form, _) in values.items():
        layout.append((f"{name} size", ">i4"))
        if form:
            layout.append((name, form))
    rows = np.zeros(len(fixes), dtype=np.dtype(layout))
    rows["fields"] = len(values)
    for name, (form, value) in values.items():
        rows[f"{name} size"] = np.dtype(form).itemsize if form else -1
        if form:
            rows[name] = value
    return rows.tobytes()
