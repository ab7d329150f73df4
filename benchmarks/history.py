"""Years of generated history for the benchmarks: made inside PostgreSQL, indexes built afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg
import shapely
from psycopg import sql

STREETS, COMMUNITIES, GRIDS, WORKERS = 14, 195, 589, 638
YEARS = 3

EVENTS = """
insert into ops.events (id, code, source, category_id, severity, region_id, lon, lat, address, text, stage,
  state, reported_at, accepted_at, filed_at, dispatched_at, signed_at, resolved_at, replied_at, verified_at,
  closed_at, evaluated_at, due_at, warn_at, sign_due_at, first_contact, rework, changed_at)
select n, 'E' || n, (array['grid_worker', 'hotline', 'citizen_app', 'sensor', 'department'])[1 + mod(n, 5)],
  4 + mod(n, 60), 1 + mod(n, 20) / 19, %(first)s + mod((a * 1e6)::bigint, %(grids)s),
  103.8 + a * 0.3, 30.7 + b * 0.3, '某某街道某某路 ' || mod(n, 400) || ' 号',
  repeat('占道经营，影响通行。', 4),
  case when done is null then 'handle' else 'done' end,
  case when mod(n, 97) = 0 then 'void' when done is null then 'open' else 'closed' end,
  at, at + interval '5 min', at + interval '12 min', at + interval '30 min', at + interval '1 hour',
  done, done, done, done, done + interval '1 day', at + interval '72 hours' * b, at + interval '54 hours' * b,
  at + interval '2 hours', a < 0.3, (b < 0.06)::int, coalesce(done, at)
from (
  select n, at, a, b,
         case when at + interval '80 hours' * a * b <= %(now)s
              then at + interval '80 hours' * a * b end as done
  from (
    select n, %(now)s - interval '1 second' * (%(seconds)s * (1.0 - n::float8 / %(rows)s)) as at,
           random() as a, random() as b
    from generate_series(1, %(rows)s) n
  ) s
) t
"""

FEEDBACK = """
insert into ops.feedback (event_id, asked_at, answered_at, resolved, satisfaction)
select e.id, e.closed_at + interval '1 hour', e.closed_at + interval '5 hours',
  mod(e.id, 9) > 0, 2 + mod(e.id, 4)
from ops.events e where e.closed_at is not null and mod(e.id, 3) = 0
"""

STEPS = """
insert into ops.event_steps (event_id, stage, action, at)
select e.id, s.stage, s.action, e.reported_at + interval '1 hour'
from ops.events e
cross join lateral (
  values ('report', 'done'), ('handle', case when mod(e.id, 33) = 0 then 'return' else 'done' end)
) s (stage, action)
"""

SHIFTS = """
insert into ops.shifts (worker_id, starts_at, ends_at, checked_in_at)
select w, t, t + interval '8 hours', t + interval '5 min'
from generate_series(1, %(workers)s) w
cross join generate_series(%(now)s - interval '91 days', %(now)s, interval '1 day') d (day)
cross join lateral (select d.day - interval '1 hour' * mod(w, 16)) s (t)
"""

LOADED = ("ops.events", "ops.feedback", "ops.event_steps", "ops.shifts")


def load(url: str, rows: int) -> datetime:
    """Fill an empty, migrated database with `rows` events; one that has events stays as it is.

    Returns the moment at which the history ends, aware, UTC.
    """
    with psycopg.connect(url) as conn:
        found = conn.execute("select max(reported_at) from ops.events").fetchone()
        if found is not None and found[0] is not None:
            newest: datetime = found[0]
            return newest.astimezone(UTC)
        now = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0)
        # No foreign keys are checked and no trigger runs: the rows are right by construction.
        conn.execute("set local session_replication_role = 'replica'")
        first = _regions(conn)
        conn.execute("insert into board.settings values ('timezone', '\"Asia/Shanghai\"')")
        triggers, indexes = _bare(conn)
        values = {"now": now, "rows": rows, "seconds": YEARS * 365 * 86400.0, "first": first}
        for statement in (EVENTS, FEEDBACK, STEPS, SHIFTS):
            conn.execute(statement, values | {"grids": GRIDS, "workers": WORKERS})
        for definition in (*indexes, *triggers):
            conn.execute(definition)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("vacuum analyze")
    return now


def _regions(conn: psycopg.Connection[Any]) -> int:
    """The tree, the taxonomy and the people; the id of the first grid."""
    counts = {"district": 1, "street": STREETS, "community": COMMUNITIES, "grid": GRIDS}
    square = shapely.box(103.8, 30.7, 103.82, 30.72).wkb
    start, above = 1, 0
    for level, count in counts.items():
        for n in range(count):
            parent = None if level == "district" else above + n % (start - above)
            conn.execute(
                "insert into ops.regions (id, code, level, name) values (%s, %s, %s, %s)",
                (start + n, f"{level[0].upper()}{n + 1}", level, f"{level} {n + 1}"),
            )
            conn.execute(
                "insert into ops.region_versions (region_id, parent_id, geom, label_lon, label_lat) "
                "values (%s, %s, %s, 103.81, 30.71)",
                (start + n, parent, square),
            )
        above, start = start, start + count
    conn.execute(
        "insert into ops.categories (id, code, level, top_id, name) "
        "select n, 'C' || n, case when n < 4 then 1 else 2 end, 1 + mod(n, 3), '类别' || n "
        "from generate_series(1, 64) n"
    )
    conn.execute(
        "insert into ops.workers (id, code, name, region_id) select n, 'W' || n, '员' || n, %s + mod(n, %s) "
        "from generate_series(1, %s) n",
        (above, GRIDS, WORKERS),
    )
    return above


def _bare(conn: psycopg.Connection[Any]) -> tuple[list[sql.SQL], list[sql.SQL]]:
    """Take triggers and plain indexes off the large tables; what puts them back."""
    triggers, indexes = [], []
    for table in LOADED:
        rows = conn.execute(
            "select tgname from pg_trigger where tgrelid = %s::regclass and not tgisinternal", (table,)
        ).fetchall()
        for (name,) in rows:
            conn.execute(f"alter table {table} disable trigger {name}")
            triggers.append(sql.SQL(f"alter table {table} enable always trigger {name}"))
        rows = conn.execute(
            "select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) from pg_index i "
            "where i.indrelid = %s::regclass and not i.indisunique",
            (table,),
        ).fetchall()
        for name, definition in rows:
            conn.execute(f"drop index {name}")
            indexes.append(sql.SQL(definition))
    return triggers, indexes
