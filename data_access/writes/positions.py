"""Positions of workers: every fix appended by COPY, the newest of each worker kept in one row.

Owns the only way into `ops.positions` and `ops.latest_positions`. Batches are written in the workers'
order, so that writers in parallel never wait for each other in a circle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg

AHEAD_S = 60
STILL_M = 50.0

_COPY = (
    "copy ops.positions (worker_id, fixed_at, received_at, lon, lat, accuracy_m, speed_mps, heading_deg,"
    " battery_pct) from stdin"
)

# One row a worker, ordered: an unordered batch can deadlock with another one. A rest lasts while fixes stay
# within
# 50 m of where it began; 111,195 m is a degree of the mean Earth.
_NEWEST = """
insert into ops.latest_positions as l (worker_id, fixed_at, received_at, lon, lat, accuracy_m, speed_mps,
  heading_deg, battery_pct, still_lon, still_lat, still_since)
select worker_id, fixed_at, received_at, lon, lat, accuracy_m, speed_mps, heading_deg, battery_pct,
  lon, lat, fixed_at
from unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::float8[], %s::float8[],
  %s::real[], %s::real[], %s::real[], %s::smallint[])
  as f (worker_id, fixed_at, received_at, lon, lat, accuracy_m, speed_mps, heading_deg, battery_pct)
order by worker_id
on conflict (worker_id) do update set
  fixed_at = excluded.fixed_at, received_at = excluded.received_at, lon = excluded.lon, lat = excluded.lat,
  accuracy_m = excluded.accuracy_m, speed_mps = excluded.speed_mps, heading_deg = excluded.heading_deg,
  battery_pct = excluded.battery_pct,
  (still_lon, still_lat, still_since) = (
    select case when near then l.still_lon else excluded.lon end,
           case when near then l.still_lat else excluded.lat end,
           case when near then l.still_since else excluded.fixed_at end
    from (select (((excluded.lon - l.still_lon) * cosd(excluded.lat)) ^ 2 + (excluded.lat - l.still_lat) ^ 2)
                 * (111195.0 ^ 2) <= %s as near) as rest)
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
    ordered = sorted(fixes, key=lambda fix: (fix.worker_id, fix.fixed_at))
    rows = [_row(fix) for fix in ordered]
    with connection.cursor() as cursor:
        with cursor.copy(_COPY) as copy:
            copy.write("\n".join(map("\t".join, rows)) + "\n")
        limit = _server_now(cursor) + timedelta(seconds=AHEAD_S)
        newest = {fix.worker_id: row for fix, row in zip(ordered, rows, strict=True) if fix.fixed_at <= limit}
        columns = zip(*newest.values(), strict=True)
        arrays = [
            "{" + ",".join("NULL" if text == r"\N" else text for text in column) + "}" for column in columns
        ]
        if arrays:
            cursor.execute(_NEWEST, (*arrays, STILL_M**2))
    return len(rows)


def _server_now(cursor: psycopg.Cursor[Any]) -> datetime:
    """The server's clock rules: a fix too far ahead of it must not hide the good ones before it."""
    row = cursor.execute("select clock_timestamp()").fetchone()
    assert row is not None
    now: datetime = row[0]
    return now


def _row(fix: Fix) -> tuple[str, ...]:
    return (
        str(fix.worker_id),
        fix.fixed_at.isoformat(),
        fix.received_at.isoformat(),
        f"{fix.lon:.7f}",
        f"{fix.lat:.7f}",
        r"\N" if fix.accuracy_m is None else f"{fix.accuracy_m:.1f}",
        r"\N" if fix.speed_mps is None else f"{fix.speed_mps:.2f}",
        r"\N" if fix.heading_deg is None else f"{fix.heading_deg:.0f}",
        r"\N" if fix.battery_pct is None else str(fix.battery_pct),
    )
