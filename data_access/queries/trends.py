"""Reads the wall's series for all streets and the district at once, once a minute, whoever watches.

A row counts in the tree of its own time: what a region was part of when the row was counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from psycopg import Connection

from dashboard.domain.terms import terms_from
from dashboard.domain.trends import (
    SAME_MOMENT,
    STOCKS,
    Place,
    Spans,
    TrendRow,
    TrendRows,
    TrendSums,
    spans_at,
)

Conn = Connection[Any]
INSTANT: Final = timedelta(microseconds=1)

COUNTED: Final = "e.state <> 'void' and e.duplicate_of is null"
IN_TIME: Final = "e.state = 'closed' and e.closed_at <= e.due_at"

# All that any version says, region by region: a region that exists no more still counts for what was above it.
TREE: Final = """
select r.id, r.code, r.level, v.parent_id, nullif(v.valid_from, '-infinity')
from ops.regions r join ops.region_versions v on v.region_id = r.id
order by r.id, v.valid_from
"""


def _place(clock: str) -> str:
    """Where a row counts: its region, and which of the trees that changed meanwhile it was counted in."""
    return f"e.region_id, width_bucket({clock}, %(turns)s::timestamptz[])"


REPORTED: Final = f"""
select {_place("e.reported_at")}, width_bucket(e.reported_at, %(hours)s) - 1, 0, count(*),
       0, count(*) filter (where e.reported_at <= %(elapsed)s)
from ops.events e where e.reported_at between %(yesterday)s and %(now)s and {COUNTED}
group by 1, 2, 3
"""

DUE: Final = f"""
select {_place("e.due_at")}, width_bucket(e.due_at, %(hours)s) - 1,
       count(*) filter (where {IN_TIME}), count(*),
       count(*) filter (where {IN_TIME} and e.due_at <= %(elapsed)s),
       count(*) filter (where e.due_at <= %(elapsed)s)
from ops.events e where e.due_at between %(yesterday)s and %(now)s and {COUNTED}
group by 1, 2, 3
"""

SATISFIED: Final = f"""
select {_place("f.answered_at")}, width_bucket(f.answered_at, %(hours)s) - 1,
       count(*) filter (where f.satisfaction >= %(satisfied)s), count(*),
       count(*) filter (where f.satisfaction >= %(satisfied)s and f.answered_at <= %(elapsed)s),
       count(*) filter (where f.answered_at <= %(elapsed)s)
from ops.feedback f join ops.events e on e.id = f.event_id
where f.answered_at between %(yesterday)s and %(now)s and {COUNTED}
group by 1, 2, 3
"""

DUE_DAYS: Final = f"""
select {_place("e.due_at")}, width_bucket(e.due_at, %(days)s) - 1, count(*) filter (where {IN_TIME}), count(*), 0, 0
from ops.events e where e.due_at between %(first_day)s and %(now)s and {COUNTED}
group by 1, 2, 3
"""

SATISFIED_DAYS: Final = f"""
select {_place("f.answered_at")}, width_bucket(f.answered_at, %(days)s) - 1,
       count(*) filter (where f.satisfaction >= %(satisfied)s), count(*), 0, 0
from ops.feedback f join ops.events e on e.id = f.event_id
where f.answered_at between %(first_day)s and %(now)s and {COUNTED}
group by 1, 2, 3
"""

CLOSED: Final = f"""
select {_place("e.closed_at")}, count(*) from ops.events e
where e.closed_at between %(yesterday)s and %(elapsed)s and e.state = 'closed' and {COUNTED}
group by 1, 2
"""

SOURCES: Final = f"""
select {_place("e.reported_at")}, e.source, count(*) from ops.events e
where e.reported_at between %(yesterday)s and %(elapsed)s and {COUNTED}
group by 1, 2, 3
"""

CATEGORIES: Final = f"""
select {_place("e.reported_at")}, coalesce(c.top_id, c.id)::text, count(*)
from ops.events e join ops.categories c on c.id = e.category_id
where e.reported_at between %(yesterday)s and %(elapsed)s and {COUNTED}
group by 1, 2, 3
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
        tree = _Tree(conn.execute(TREE).fetchall())
        spans = spans_at(now, terms.zone)
        turns = tree.turns(spans.days[0], now)
        rows = _load(conn, spans, turns, list(tree.shown), terms.satisfied_from)
    sums = TrendSums(spans, rows, tree.above(turns, now))
    return {code: sums.trend(id_) for id_, code in tree.shown.items()}


class _Tree:
    """Who belonged to whom, and since when."""

    def __init__(self, rows: Sequence[Sequence[Any]]) -> None:
        self.shown = {id_: code for id_, code, level, *_ in rows if level in ("district", "street")}
        self._parents: defaultdict[int, list[tuple[datetime | None, int | None]]] = defaultdict(list)
        for id_, _, _, parent_id, since in rows:
            told = self._parents[id_]
            if not told or told[-1][1] != parent_id:
                told.append((since, parent_id))

    def turns(self, start: datetime, now: datetime) -> list[datetime]:
        """When somebody came to belong elsewhere, between two moments."""
        found = {since for told in self._parents.values() for since, _ in told[1:] if since is not None}
        return sorted(at for at in found if start < at <= now)

    def above(self, turns: Sequence[datetime], now: datetime) -> dict[Place, list[int]]:
        """Each region with itself and all above it, in each of the trees between the turns."""
        found: dict[Place, list[int]] = {}
        for span in range(len(turns) + 1):
            moment = turns[span] - INSTANT if span < len(turns) else now
            parents = {id_: _parent_at(told, moment) for id_, told in self._parents.items()}
            found.update(((id_, span), _above(id_, parents)) for id_ in parents)
        return found


def _parent_at(told: Sequence[tuple[datetime | None, int | None]], moment: datetime) -> int | None:
    """As the newest version says that had begun, or the first of all."""
    parent = told[0][1]
    for since, parent_id in told[1:]:
        if since is not None and since <= moment:
            parent = parent_id
    return parent


def _load(
    conn: Conn, spans: Spans, turns: list[datetime], regions: list[int], satisfied_from: int
) -> TrendRows:
    scope = {
        "hours": list(spans.hours),
        "days": list(spans.days),
        "yesterday": spans.hours[0],
        "first_day": spans.days[0],
        "elapsed": spans.elapsed,
        "now": spans.now,
        "turns": turns,
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
        closed=_keyed(conn.execute(CLOSED, scope)),
        sources=_keyed(conn.execute(SOURCES, scope)),
        categories=_keyed(conn.execute(CATEGORIES, scope)),
        stocks=stocks,
    )


def _rows(rows: Iterable[Sequence[Any]]) -> list[TrendRow]:
    return [
        TrendRow(place=(row[0], row[1]), bucket=row[2], n=row[3], d=row[4], early_n=row[5], early_d=row[6])
        for row in rows
    ]


def _keyed(rows: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
    return [((row[0], row[1]), *row[2:]) for row in rows]


def _above(region_id: int, parents: dict[int, int | None]) -> list[int]:
    above: list[int] = []
    at: int | None = region_id
    while at is not None and at not in above:
        above.append(at)
        at = parents.get(at)
    return above
