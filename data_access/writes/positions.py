"""Positions of workers: every fix appended by COPY, the newest of each worker kept in one row.

Owns the only way into `ops.positions` and `ops.latest_positions`. Batches are written in the workers'
order, so that writers in parallel never wait for each other in a circle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

import psycopg

AHEAD_S = 60
STILL_M = 50.0

_LINE: Any = "%d\t%s\t%s\t%.7f\t%.7f\t%.1f\t%.2f\t%.0f\t%d\n"

_COPY = (
    "copy ops.positions (worker_id, fixed_at, received_at, lon, lat, accuracy_m, speed_mps, heading_deg,"
    " battery_pct) from stdin"
)

# A rest lasts while fixes stay within 50 m of where it began; 111,195 m is a degree of the mean Earth. The statement
# says it three times, as a subquery for each row would double its cost.
_NEAR = (
    "((excluded.lon - l.still_lon) * cos(radians(excluded.lat))) ^ 2 + (excluded.lat - l.still_lat) ^ 2"
    f" <= {(STILL_M / 111_195.0) ** 2}"
)

# One row a worker, ordered: an unordered batch can deadlock with another one. What a device does not say is null, or
# NaN and -1 from those who send whole columns.
NEWEST = f"""
insert into ops.latest_positions as l (worker_id, fixed_at, received_at, lon, lat, accuracy_m, speed_mps,
  heading_deg, battery_pct, still_lon, still_lat, still_since)
select worker_id, fixed_at, received_at, lon, lat, nullif(accuracy_m, 'NaN'), nullif(speed_mps, 'NaN'),
  nullif(heading_deg, 'NaN'), nullif(battery_pct, -1), lon, lat, fixed_at
from unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::float8[], %s::float8[],
  %s::real[], %s::real[], %s::real[], %s::smallint[])
  as f (worker_id, fixed_at, received_at, lon, lat, accuracy_m, speed_mps, heading_deg, battery_pct)
order by worker_id
on conflict (worker_id) do update set
  fixed_at = excluded.fixed_at, received_at = excluded.received_at, lon = excluded.lon, lat = excluded.lat,
  accuracy_m = excluded.accuracy_m, speed_mps = excluded.speed_mps, heading_deg = excluded.heading_deg,
  battery_pct = excluded.battery_pct,
  still_lon = case when {_NEAR} then l.still_lon else excluded.lon end,
  still_lat = case when {_NEAR} then l.still_lat else excluded.lat end,
  still_since = case when {_NEAR} then l.still_since else excluded.fixed_at end
where excluded.fixed_at > l.fixed_at
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One fix of one worker: degrees in WGS-84, metres, metres a second, percent."""

    worker_id: int
    fixed_at: datetime
    received_at: datetime
    lon: float
    lat: float
    accuracy_m: float | None = None
    speed_mps: float | None = None
    heading_deg: float | None = None
    battery_pct: int | None = None


def write(connection: psycopg.Connection[Any], fixes: Sequence[Fix]) -> int:
    """Append all fixes and keep the newest of each worker; how many were appended. The caller commits.

    Late and repeated fixes are appended but never replace a newer one; fixes more than a minute ahead of the
    server's clock are appended too and do not count as newest.
    """
    if not fixes:
        return 0
    ordered = sorted(fixes, key=attrgetter("worker_id", "fixed_at"))
    rows = [row_text(fix) for fix in ordered]
    with connection.cursor() as cursor:
        with cursor.copy(_COPY) as copy:
            copy.write("".join(rows))
        limit = _server_now(cursor) + timedelta(seconds=AHEAD_S)
        newest = {fix.worker_id: row for fix, row in zip(ordered, rows, strict=True) if fix.fixed_at <= limit}
        if newest:
            columns = zip(*(row[:-1].split("\t") for row in newest.values()), strict=True)
            arrays = ["{" + ",".join(column).replace(r"\N", "NULL") + "}" for column in columns]
            cursor.execute(NEWEST, arrays)
    return len(rows)


def _server_now(cursor: psycopg.Cursor[Any]) -> datetime:
    """The server's clock rules: a fix too far ahead of it must not hide the good ones before it."""
    row = cursor.execute("select clock_timestamp()").fetchone()
    assert row is not None
    now: datetime = row[0]
    return now


def row_text(fix: Fix) -> str:
    """A fix as a line of COPY's text."""
    values = (
        fix.worker_id,
        fix.fixed_at.isoformat(),
        fix.received_at.isoformat(),
        fix.lon,
        fix.lat,
        fix.accuracy_m,
        fix.speed_mps,
        fix.heading_deg,
        fix.battery_pct,
    )
    if None not in values:
        return str(_LINE % values)
    return "\t".join(r"\N" if value is None else str(value) for value in values) + "\n"
