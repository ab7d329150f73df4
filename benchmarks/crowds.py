"""Positions by the hundred million for the benchmarks: workers who walk and rest, made inside PostgreSQL.

Rows lie in the order in which they would have come: all workers' fixes of a moment beside each other, which is the
worst order for a question about one of them. Indexes are built afterwards.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import psycopg
import shapely

from data_access.writes import partitions

WORKERS: Final = 1000
FIXES: Final = 10_000
"""Of one worker in one day: one every 2.88 s over eight hours."""
FIRST_DAY: Final = date(2026, 9, 7)
STARTS: Final = time(0, 30)
"""Shifts begin at 08:30 in Chengdu."""
SHIFT: Final = timedelta(hours=8)
WEST, SOUTH, STEP = 103.80, 30.70, 0.01

# A closed figure walked at 1.2 m/s with a rest every 2,000 fixes, and a metre or two of noise.
ROWS: Final = """
insert into ops.positions (worker_id, fixed_at, received_at, lon, lat, accuracy_m, speed_mps, heading_deg, battery_pct)
select w, at, at + interval '2 s',
       %(west)s + mod(w, 40) * %(step)s + 0.005 + 0.004 * sin(a) + (hashint4(n * 1000 + w) %% 997) * 1e-8,
       %(south)s + mod(w / 40, 25) * %(step)s + 0.005 + 0.0035 * sin(1.3 * a) + (hashint4(n + w * 9973) %% 997) * 1e-8,
       5, case when mod(n + 37 * w, 2000) < 1700 then 1.2 else 0 end, 90, 100 - n / 200
from generate_series(0, %(fixes)s - 1) n
cross join lateral generate_series(1, %(workers)s + 0 * n) w   -- lateral: moment by moment, not worker by worker
cross join lateral (
  select %(start)s + %(gap)s * (n + mod(w, 7) / 7.0) as at,
         0.0075 * ((n + 37 * w) / 2000 * 1700 + least(mod(n + 37 * w, 2000), 1700)) as a
) m
"""


# The walk of the first day again, as many days later: rows lie as they lay there.
AGAIN: Final = """
insert into {table} (worker_id, fixed_at, received_at, lon, lat, accuracy_m, speed_mps, heading_deg, battery_pct)
select worker_id, fixed_at + %(later)s, received_at + %(later)s, lon, lat, accuracy_m, speed_mps, heading_deg,
       battery_pct
from {first}
"""


def load(url: str, rows: int) -> list[date]:
    """Fill an empty, migrated database with whole days of positions, at least `rows` in all; one that has positions
    stays as it is. The days, ascending."""
    count = -(-rows // (WORKERS * FIXES))
    days = [FIRST_DAY + timedelta(days=place) for place in range(count)]
    with psycopg.connect(url, autocommit=True) as conn:
        if conn.execute("select from ops.shifts limit 1").fetchone() is not None:
            return days
        _people(conn)
        partitions.ensure(conn, days[0], days[-1])
        for day in days:
            _fill(conn, day)
        conn.execute("vacuum analyze")
    return days


def _people(conn: psycopg.Connection[Any]) -> None:
    """A district with one street and community, a grid for each worker, and their shifts to come."""
    conn.execute("insert into board.settings values ('timezone', '\"Asia/Shanghai\"')")
    sheet = shapely.box(WEST, SOUTH, WEST + 40 * STEP, SOUTH + 25 * STEP).wkb
    upper = (("D1", "district", None, 1), ("S1", "street", 1, 2), ("C1", "community", 2, 3))
    for code, level, parent, id_ in upper:
        _region(conn, id_, code, level, parent, sheet)
    for place in range(WORKERS):
        west, south = WEST + (place + 1) % 40 * STEP, SOUTH + (place + 1) // 40 % 25 * STEP
        square = shapely.box(west, south, west + STEP, south + STEP).wkb
        _region(conn, 4 + place, f"G{place + 1}", "grid", 3, square)
    conn.execute(
        "insert into ops.workers (id, code, name, region_id) select n, 'W' || n, '员' || n, 3 + n "
        "from generate_series(1, %s) n",
        (WORKERS,),
    )


def _region(
    conn: psycopg.Connection[Any], id_: int, code: str, level: str, parent: int | None, shape: bytes
) -> None:
    conn.execute(
        "insert into ops.regions (id, code, level, name) values (%s, %s, %s, %s)", (id_, code, level, code)
    )
    conn.execute(
        "insert into ops.region_versions (region_id, parent_id, geom, label_lon, label_lat)"
        " values (%s, %s, %s, %s, %s)",
        (id_, parent, shape, WEST, SOUTH),
    )


def _fill(conn: psycopg.Connection[Any], day: date) -> None:
    """One day: its shifts, its rows, and only then its index."""
    start = datetime.combine(day, STARTS, UTC)
    table = f"ops.positions_{day:%Y%m%d}"
    conn.execute(
        "insert into ops.shifts (worker_id, starts_at, ends_at, checked_in_at) select n, %s, %s, %s"
        " from generate_series(1, %s) n",
        (start, start + SHIFT, start, WORKERS),
    )
    values = {
        "west": WEST,
        "south": SOUTH,
        "step": STEP,
        "fixes": FIXES,
        "workers": WORKERS,
        "start": start,
        "gap": SHIFT / FIXES,
    }
    with conn.transaction():
        conn.execute(f"alter table ops.positions detach partition {table}")
        names = conn.execute(
            "select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index"
            " where indrelid = %s::regclass",
            (table,),
        ).fetchall()
        for name, _ in names:
            conn.execute(f"drop index {name}")
        if day == FIRST_DAY:
            conn.execute(ROWS.replace("ops.positions ", f"{table} ", 1), values)
        else:
            first = f"ops.positions_{FIRST_DAY:%Y%m%d}"
            conn.execute(AGAIN.format(table=table, first=first), {"later": day - FIRST_DAY})
        for _, definition in names:
            conn.execute(definition)
        bounds = datetime.combine(day, time.min, UTC)
        conn.execute(
            f"alter table ops.positions attach partition {table}"
            f" for values from ('{bounds.isoformat()}') to ('{(bounds + timedelta(days=1)).isoformat()}')"
        )
