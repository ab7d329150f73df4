"""A worker's day: who it is, the shifts of the day, and the fixes that came in them.

Nothing outside of shifts leaves the database: fixes are asked for by the shifts' own times, and what the door marked as
off shift stays out. A day's shifts are those that begin on it, to their ends past midnight. All reads take the
viewer's scope, which must hold the worker's own grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, text

from dashboard.domain.atlas import Drawn
from dashboard.domain.fixes import FixFlag, Whole
from dashboard.domain.policy import Scope
from dashboard.domain.trails.facts import Duty
from dashboard.domain.trails.track import Track, track_of
from dashboard.domain.windows import local_day, midnight
from dashboard.domain.words import Words
from dashboard.errors import DashboardError
from data_access.packing import PG_EPOCH_US
from data_access.queries.regions import RegionPath, RegionUnknown, staff_path, storable
from data_access.queries.selection import whole_ground, within

MOST_FIXES: Final = 200_000
"""Of one shift: a fix every half second for over a day."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)

WORKER: Final = text("""
select w.id, w.code, w.name, w.name_en, w.role, w.active, r.code as region_code
from ops.workers w join ops.regions r on r.id = w.region_id where w.code = :code
""")

SHIFTS: Final = text("""
select s.id, s.worker_id, s.kind, s.starts_at, s.ends_at, s.checked_in_at, s.checked_out_at,
       least(s.ends_at, s.checked_out_at, :now) as until, v.id as version_id, v.geom
from ops.shifts s
join ops.workers w on w.id = s.worker_id
left join lateral (
  select x.id, x.geom from ops.region_versions x where x.region_id = w.region_id
  order by x.valid_from <= s.starts_at desc, case when x.valid_from <= s.starts_at then x.valid_from end desc,
           x.valid_from
  limit 1
) v on true
where s.worker_id = any(cast(:ids as bigint[])) and s.starts_at >= :start and s.starts_at < :end
  and s.starts_at <= :now and not s.cancelled
order by s.worker_id, s.starts_at
limit :most
""")

UNDER_WAY: Final = text("""
select max(s.starts_at) from ops.shifts s join ops.workers w on w.id = s.worker_id
where w.code = :code and not s.cancelled and s.starts_at <= :now and least(s.ends_at, s.checked_out_at) > :now
""")

# Whole columns as arrays in their binary form, two of them in one where that can be: a tenth of the cost of rows.
# Everything stands in the index.
TRACK: Final = f"""
select array_send(array_agg(fixed_at)), array_send(array_agg(received_at)), array_send(array_agg(point(lon, lat))),
       array_send(array_agg(point(coalesce(accuracy_m, 'NaN'), coalesce(speed_mps, 'NaN')))),
       array_send(array_agg(coalesce(battery_pct, -1)::integer << 16 | flags))
from (
  select fixed_at, received_at, lon, lat, accuracy_m, speed_mps, battery_pct, flags from ops.positions
  where worker_id = %(worker_id)s and fixed_at >= %(since)s and fixed_at < %(until)s
    and flags & {int(FixFlag.OFF_SHIFT)} = 0
  limit {MOST_FIXES}
) p
"""
_TWO: Final = np.dtype([("x", ">f8"), ("y", ">f8")])
_FORMS: Final = tuple(np.dtype(form) for form in (">i8", ">i8", _TWO, _TWO, ">i4"))
_HEAD_BYTES: Final = 20
"""Of an array of one dimension: dimensions, nulls, element type, length, first subscript."""

GROUP: Final = text(f"""
select w.id, w.code, w.name, w.name_en, w.role, w.active, r.code as region_code
from ops.workers w join ops.regions r on r.id = w.region_id
where {within("w.region_id", ":start")}
  and exists (select from ops.shifts s where s.worker_id = w.id and not s.cancelled
              and s.starts_at >= :start and s.starts_at < :end and s.starts_at <= :now)
order by w.code limit :most
""")


class WorkerUnknown(DashboardError):
    """There is no worker {code}, or not within your scope. Check the code."""

    zh = "没有人员 {code}，或其不在您的权限范围内。请核对编号。"
    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackWorker:
    """A worker and the place of the own grid in the tree, as it is now."""

    id: int
    code: str
    name: Words
    role: str
    active: bool
    path: RegionPath


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrackShift:
    """One shift that has begun. `until`: its end, the check-out or now, whichever came first; `shape`: the own grid as
    it was drawn then."""

    id: int
    worker_id: int
    kind: str
    starts_at: datetime
    ends_at: datetime
    checked_in_at: datetime | None
    checked_out_at: datetime | None
    until: datetime
    version_id: int | None
    shape: BaseGeometry | None

    @property
    def duty(self) -> Duty:
        """The time of which fixes may be shown."""
        return Duty(start_us=micros(self.starts_at), end_us=micros(self.until))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WorkerDay:
    """A worker's shifts of one local day and the fixes in them, as they were sent."""

    worker: TrackWorker
    day: date
    shifts: tuple[TrackShift, ...]
    track: Track

    @property
    def shape(self) -> BaseGeometry | None:
        """The own grid of the day's first shift."""
        return self.shifts[0].shape if self.shifts else None


def find_worker(conn: Connection, code: str, scope: Scope, now: datetime) -> TrackWorker:
    """The worker of that code. WorkerUnknown where absent or outside the scope."""
    row = conn.execute(WORKER, {"code": code}).one_or_none() if storable(code) else None
    if row is None:
        raise WorkerUnknown(code=ascii(code)[1:-1])
    return _worker(conn, row, scope, now)


def worker_day(
    conn: Connection, code: str, day: date, scope: Scope, now: datetime, zone: ZoneInfo
) -> WorkerDay:
    """One worker's day. WorkerUnknown."""
    return _day(conn, find_worker(conn, code, scope, now), day, now, zone)


def working_day(conn: Connection, code: str, now: datetime, zone: ZoneInfo) -> date:
    """The day of a worker that goes on: that of the shift under way, which a night shift began yesterday; else the
    local today."""
    began = conn.execute(UNDER_WAY, {"code": code, "now": now}).scalar_one() if storable(code) else None
    return local_day(began or now, zone)


def group_days(
    conn: Connection, code: str, day: date, scope: Scope, now: datetime, zone: ZoneInfo, most: int
) -> list[WorkerDay]:
    """The day of each worker of a region who had a shift, by code, at most so many. RegionUnknown."""
    path = staff_path(conn, code, scope, now)
    ground = whole_ground(conn, path, Drawn.THEN, now)
    start, end = bounds(day, zone)
    values = ground.values() | {"start": start, "end": end, "now": now, "most": most}
    workers = []
    for row in conn.execute(GROUP, values).all():
        with suppress(WorkerUnknown):  # of a grid that belongs elsewhere since
            workers.append(_worker(conn, row, scope, now))
    return [_day(conn, worker, day, now, zone) for worker in workers]


def shifts_of(
    conn: Connection,
    worker_ids: Sequence[int],
    start: datetime,
    end: datetime,
    now: datetime,
    *,
    most: int = 100,
) -> list[TrackShift]:
    """Shifts that began in a stretch of time, by worker and time."""
    values = {"ids": list(worker_ids), "start": start, "end": end, "now": now, "most": most}
    shapes: dict[int | None, BaseGeometry | None] = {None: None}
    found = []
    for row in conn.execute(SHIFTS, values):
        if row.version_id not in shapes:
            shapes[row.version_id] = shapely.from_wkb(bytes(row.geom))
        found.append(
            TrackShift(
                id=row.id,
                worker_id=row.worker_id,
                kind=row.kind,
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                checked_in_at=row.checked_in_at,
                checked_out_at=row.checked_out_at,
                until=max(row.until, row.starts_at),
                version_id=row.version_id,
                shape=shapes[row.version_id],
            )
        )
    return found


def read_track(conn: Connection, shifts: Sequence[TrackShift]) -> Track:
    """All fixes of some shifts, as they were sent."""
    parts = [_columns(conn, shift) for shift in shifts]
    columns = [
        np.concatenate([part[place] for part in parts] or [_nothing(form)])
        for place, form in enumerate(_FORMS)
    ]
    at_us, received_us, place, motion, rest = columns
    battery = (rest >> 16).astype(np.float64)
    return track_of(
        _unix_us(at_us),
        np.ascontiguousarray(place["x"]),
        np.ascontiguousarray(place["y"]),
        received_us=_unix_us(received_us),
        accuracy_m=np.ascontiguousarray(motion["x"]),
        speed_mps=np.ascontiguousarray(motion["y"]),
        battery_pct=np.where(battery < 0, np.nan, battery),
        flags=(rest & 0xFFFF).astype(np.int64),
    )


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The local midnights that a day begins and ends at."""
    return midnight(day, zone), midnight(day + timedelta(days=1), zone)


def micros(at: datetime) -> int:
    """An aware time as microseconds since 1970."""
    return round((at - _EPOCH) / _SECOND * 1_000_000)


def _day(conn: Connection, worker: TrackWorker, day: date, now: datetime, zone: ZoneInfo) -> WorkerDay:
    start, end = bounds(day, zone)
    shifts = shifts_of(conn, [worker.id], start, end, now)
    return WorkerDay(worker=worker, day=day, shifts=tuple(shifts), track=read_track(conn, shifts))


def _worker(conn: Connection, row: Any, scope: Scope, now: datetime) -> TrackWorker:  # noqa: ANN401 - a row
    try:
        path = staff_path(conn, row.region_code, scope, now, former=True)
    except RegionUnknown:
        raise WorkerUnknown(code=row.code) from None
    return TrackWorker(
        id=row.id,
        code=row.code,
        name=Words(zh=row.name, en=row.name_en or row.name),
        role=row.role,
        active=row.active,
        path=path,
    )


def _columns(conn: Connection, shift: TrackShift) -> list[NDArray[Any]]:
    values = {"worker_id": shift.worker_id, "since": shift.starts_at, "until": shift.until}
    driver = conn.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    with driver.cursor(binary=True) as cursor:
        row = cursor.execute(TRACK, values).fetchone()
    return [_array(data, form) for data, form in zip(row or (), _FORMS, strict=True)]


def _array(data: bytes | None, form: np.dtype[Any]) -> NDArray[Any]:
    """The elements of an array as PostgreSQL sends it, none of them null."""
    if data is None:
        return _nothing(form)
    rows = np.frombuffer(data, dtype=np.dtype([("size", ">i4"), ("value", form)]), offset=_HEAD_BYTES)
    return rows["value"].astype(form.newbyteorder("="))


def _nothing(form: np.dtype[Any]) -> NDArray[Any]:
    return np.zeros(0, dtype=form.newbyteorder("="))


def _unix_us(column: Whole) -> Whole:
    return column + PG_EPOCH_US
