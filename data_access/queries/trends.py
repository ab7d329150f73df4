"""Reads the wall's series for all streets and the district at once, once a minute, whoever watches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from psycopg import Connection

from dashboard.domain.terms import terms_from
from dashboard.domain.trends import SAME_MOMENT, STOCKS, Spans, TrendRow, TrendRows, TrendSums, spans_at

Conn = Connection[Any]

COUNTED: Final = "e.state <> 'void' and e.duplicate_of is null"
IN_TIME: Final = "e.state = 'closed' and e.closed_at <= e.due_at"

# Each row with its newest version: a region that exists no more still counts for what was above it.
TREE: Final = """
select distinct on (r.id) r.id, r.code, r.level, v.parent_id
from ops.regions r join ops.region_versions v on v.region_id = r.id
order by r.id, (v.valid_from <= %(now)s and %(now)s < v.valid_to) desc, v.valid_to desc
"""

REPORTED: Final = f"""
select e.region_id, width_bucket(e.reported_at, %(hours)s) - 1, 0, count(*),
       0, count(*) filter (where e.reported_at <= %(elapsed)s)
from ops.events e where e.reported_at between %(yesterday)s and %(now)s and {COUNTED}
group by 1, 2
"""

DUE: Final = f"""
select e.region_id, width_bucket(e.due_at, %(hours)s) - 1,
       count(*) filter (where {IN_TIME}), count(*),
       count(*) filter (where {IN_TIME} and e.due_at <= %(elapsed)s),
       count(*) filter (where e.due_at <= %(elapsed)s)
from ops.events e where e.due_at between %(yesterday)s and %(now)s and {COUNTED}
group by 1, 2
"""

SATISFIED: Final = f"""
select e.region_id, width_bucket(f.answered_at, %(hours)s) - 1,
       count(*) filter (where f.satisfaction >= %(satisfied)s), count(*),
       count(*) filter (where f.satisfaction >= %(satisfied)s and f.answered_at <= %(elapsed)s),
       count(*) filter (where f.answered_at <= %(elapsed)s)
from ops.feedback f join ops.events e on e.id = f.event_id
where f.answered_at between %(yesterday)s and %(now)s and {COUNTED}
group by 1, 2
"""

DUE_DAYS: Final = f"""
select e.region_id, width_bucket(e.due_at, %(days)s) - 1, count(*) filter (where {IN_TIME}), count(*), 0, 0
from ops.events e where e.due_at between %(first_day)s and %(now)s and {COUNTED}
group by 1, 2
"""

SATISFIED_DAYS: Final = f"""
select e.region_id, width_bucket(f.answered_at, %(days)s) - 1,
       count(*) filter (where f.satisfaction >= %(satisfied)s), count(*), 0, 0
from ops.feedback f join ops.events e on e.id = f.event_id
where f.answered_at between %(first_day)s and %(now)s and {COUNTED}
group by 1, 2
"""

CLOSED: Final = f"""
select e.region_id, count(*) from ops.events e
where e.closed_at between %(yesterday)s and %(elapsed)s and e.state = 'closed' and {COUNTED}
group by 1
"""

SOURCES: Final = f"""
select e.region_id, e.source, count(*) from ops.events e
where e.reported_at between %(yesterday)s and %(elapsed)s and {COUNTED}
group by 1, 2
"""

CATEGORIES: Final = f"""
select e.region_id, coalesce(c.top_id, c.id)::text, count(*)
from ops.events e join ops.categories c on c.id = e.category_id
where e.reported_at between %(yesterday)s and %(elapsed)s and {COUNTED}
group by 1, 2
"""

# The last sample of each hour: one probe of the primary key for each region and hour.
SAMPLES: Final = """
select r.id, h.bucket - 1, (s.counters ->> 'open')::int, (s.counters ->> 'overdue')::int,
       (s.counters ->> 'on_duty')::int
from unnest(%(regions)s::bigint[]) as r (id)
cross join unnest(%(ends)s::timestamptz[]) with ordinality as h (ends_at, bucket)
cross join lateral (
  select counters from board.samples
  where region_id = r.id and at <= h.ends_at and at > h.ends_at - interval '1 hour'
  order by at desc limit 1) s
"""


def load_trends(conn: Conn, now: datetime) -> dict[str, Any]:
    """The trends of the district and its streets by code.

    ValueError or KeyError for settings without sense.
    """
    with conn.transaction():
        conn.execute("set transaction isolation level repeatable read read only")
        terms = terms_from(dict(conn.execute("select key, value from board.settings").fetchall()))
        tree = conn.execute(TREE, {"now": now}).fetchall()
        codes = {id_: code for id_, code, level, _ in tree if level in ("district", "street")}
        spans = spans_at(now, terms.zone)
        rows = _load(conn, spans, list(codes), terms.satisfied_from)
    parents = {id_: parent_id for id_, _, _, parent_id in tree}
    sums = TrendSums(spans, rows, {id_: _above(id_, parents) for id_ in parents})
    return {code: sums.trend(id_) for id_, code in codes.items()}


def _load(conn: Conn, spans: Spans, regions: list[int], satisfied_from: int) -> TrendRows:
    scope = {
        "hours": list(spans.hours),
        "days": list(spans.days),
        "yesterday": spans.hours[0],
        "first_day": spans.days[0],
        "elapsed": spans.elapsed,
        "now": spans.now,
        "satisfied": satisfied_from,
    }
    ends = {"regions": regions, "ends": [*spans.ends, spans.elapsed]}
    stocks: dict[tuple[int, int], dict[str, int]] = {}
    for id_, bucket, *values in conn.execute(SAMPLES, ends):
        place = SAME_MOMENT if bucket == len(spans.hours) else bucket
        stocks[id_, place] = {key: value or 0 for key, value in zip(STOCKS, values, strict=True)}
    return TrendRows(
        reported=_rows(conn.execute(REPORTED, scope)),
        due=_rows(conn.execute(DUE, scope)),
        satisfied=_rows(conn.execute(SATISFIED, scope)),
        due_days=_rows(conn.execute(DUE_DAYS, scope)),
        satisfied_days=_rows(conn.execute(SATISFIED_DAYS, scope)),
        closed=conn.execute(CLOSED, scope).fetchall(),
        sources=conn.execute(SOURCES, scope).fetchall(),
        categories=conn.execute(CATEGORIES, scope).fetchall(),
        stocks=stocks,
    )


def _rows(rows: Iterable[Sequence[Any]]) -> list[TrendRow]:
    return [
        TrendRow(region_id=row[0], bucket=row[1], n=row[2], d=row[3], early_n=row[4], early_d=row[5])
        for row in rows
    ]


def _above(region_id: int, parents: dict[int, int | None]) -> list[int]:
    above: list[int] = []
    at: int | None = region_id
    while at is not None and at not in above:
        above.append(at)
        at = parents.get(at)
    return above
