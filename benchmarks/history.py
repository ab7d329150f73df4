"""Years of generated history for the benchmarks: made inside PostgreSQL, indexes built afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg
import shapely
from psycopg import sql

STREETS, COMMUNITIES, GRIDS, WORKERS = 14, 195, 589, 638
TOPS, MIDDLES, LEAVES, DEPARTMENTS = 8, 16, 40, 20
YEARS = 3

# Where, from whom and about what are drawn apart from each other, so that no filter says anything about another;
# the department follows from the matter in nine of ten. One of five thousand stays open for ever.
EVENTS = """
insert into ops.events (id, code, source, category_id, severity, region_id, lon, lat, address, text,
  department_id, stage, state, reported_at, accepted_at, filed_at, dispatched_at, signed_at, resolved_at, replied_at,
  verified_at, closed_at, evaluated_at, due_at, warn_at, sign_due_at, first_contact, rework, changed_at)
select n, 'E' || n,
  (array['hotline', 'grid_worker', 'citizen_app', 'sensor', 'department'])[1 + floor(5 * c * c)::int],
  matter, 1 + (d > 0.8)::int + (d > 0.95)::int, %(first)s + mod((a * 1e6)::bigint, %(grids)s),
  103.8 + a * 0.3, 30.7 + b * 0.3,
  chr(19968 + mod(n * 31, 900)::int) || chr(20200 + mod(n * 17, 700)::int) || '路 ' || mod(n, 400) || ' 号',
  (array['占道经营', '垃圾满溢', '井盖松动', '消防通道堵塞', '路灯不亮', '噪音扰民', '乱停乱放', '违规搭建',
         '油烟直排', '管道漏水', '树木倒伏', '邻里纠纷'])[1 + floor(12 * a * a)::int]
    || '，' || chr(19968 + mod(n * 7919, 2000)::int) || chr(20968 + mod(n * 104729, 3000)::int)
    || (array['小区', '市场', '学校', '公园', '大厦'])[1 + mod(n, 5)] || '门口'
    || (array['影响通行', '群众反映强烈', '请尽快处理', '已多次投诉', '存在安全隐患', '有老人摔倒']
       )[1 + floor(6 * b * b)::int] || '。',
  1 + mod(case when d < 0.1 then (d * 1000)::bigint else matter end, %(departments)s),
  case when done is null then 'handle' when done + interval '1 day' > %(now)s then 'evaluate' else 'done' end,
  case when mod(n, 97) = 0 then 'void' when done is null then 'open' else 'closed' end,
  at, at + interval '5 min', at + interval '12 min', at + interval '30 min', at + interval '1 hour',
  done, done, done, done, case when done + interval '1 day' <= %(now)s then done + interval '1 day' end,
  at + interval '72 hours' * b, at + interval '54 hours' * b, at + interval '2 hours', e < 0.3, (b < 0.06)::int,
  coalesce(done, at)
from (
  select n, at, a, b, c, d, e, %(leaf)s + floor(%(leaves)s * (a + c + e - floor(a + c + e)))::bigint as matter,
         case when mod(n, 4999) <> 0 and at + interval '80 hours' * a * b <= %(now)s
              then at + interval '80 hours' * a * b end as done
  from (
    select n, %(now)s - interval '1 second' * (%(seconds)s * (1.0 - n::float8 / %(rows)s)) as at,
           random() as a, random() as b, random() as c, random() as d, random() as e
    from generate_series(1::bigint, %(rows)s) n
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
select e.id, 'handle', 'done', e.reported_at + interval '2 hours' from ops.events e
union all
select e.id, 'handle', 'return', e.reported_at + interval '1 hour' from ops.events e where mod(e.id, 33) = 0
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
        values = {
            "now": now,
            "rows": rows,
            "seconds": YEARS * 365 * 86400.0,
            "first": first,
            "leaf": 1 + TOPS + MIDDLES,
            "leaves": LEAVES,
            "departments": DEPARTMENTS,
            "grids": GRIDS,
            "workers": WORKERS,
        }
        for statement in (EVENTS, FEEDBACK, STEPS, SHIFTS):
            conn.execute(statement, values)
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
    _taxonomy(conn)
    conn.execute(
        "insert into ops.workers (id, code, name, region_id) select n, 'W' || n, '员' || n, %s + mod(n, %s) "
        "from generate_series(1, %s) n",
        (above, GRIDS, WORKERS),
    )
    return above


def _taxonomy(conn: psycopg.Connection[Any]) -> None:
    """Three levels of categories, "C1" and on, and the departments "B1" and on."""
    for n in range(1, TOPS + MIDDLES + LEAVES + 1):
        level = 1 if n <= TOPS else 2 if n <= TOPS + MIDDLES else 3
        parent = (None, 1 + n % TOPS, 1 + TOPS + n % MIDDLES)[level - 1]
        top = n if level == 1 else 1 + (n if level == 2 else 1 + TOPS + n % MIDDLES) % TOPS
        conn.execute(
            "insert into ops.categories (id, code, parent_id, level, top_id, name) values (%s, %s, %s, %s, %s, %s)",
            (n, f"C{n}", parent, level, top, f"类别{n}"),
        )
    conn.execute(
        "insert into ops.departments (id, code, name) select n, 'B' || n, '部门' || n from generate_series(1, %s) n",
        (DEPARTMENTS,),
    )


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
