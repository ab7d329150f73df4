"""Keeps which cells each patrol visited once it has ended: a month of a district is then one quick question.

A row is made a while after the end of a shift, and again when fixes that come late may have changed it. Shifts of the
last days are looked at in each run; those before them in turn, from the newest back to where tracks begin and then from
the front again, so that changed shifts and drawings are found, too. A grid that was drawn anew within a month after a
shift has a row for each of its drawings: a month is shown on the last one. The caller commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import psycopg

from dashboard.domain.coverage import cells_of_wkb
from dashboard.domain.retention import tracks_from
from data_access.queries.patrols import DRAWINGS, FIXES, as_bits, walked_by
from data_access.writes.settings import present

MOST: Final = 300
"""Of one run: it holds a transaction, and the other jobs wait for it."""
SEEN_AT_ONCE: Final = 5_000
LATELY: Final = timedelta(days=2)
AGES: Final = (timedelta(minutes=10), timedelta(hours=1), timedelta(days=1), timedelta(days=8))
"""After the end of a shift: when its row is made, and when made again for fixes that came late."""
REDRAWN: Final = timedelta(days=31)

_WANTED: Final = f"""
with {DRAWINGS}, ended as (
  select s.id, s.worker_id, w.region_id, s.starts_at as since,
         greatest(least(s.ends_at, s.checked_out_at), s.starts_at) as until
  from ops.shifts s join ops.workers w on w.id = s.worker_id
  where s.starts_at >= %(first)s and s.starts_at < %(before)s and s.checked_in_at is not null and not s.cancelled
    and w.role = 'grid_worker' and least(s.ends_at, s.checked_out_at) <= %(now)s - %(soonest)s
)
select p.id, d.drawn, p.worker_id, p.since, p.until, d.geom
from ended p
join drawings d on d.region_id = p.region_id and d.until > p.since and d.since <= p.since + %(redrawn)s
left join board.patrol_cells c on c.shift_id = p.id and c.drawn = d.drawn and c.worker_id = p.worker_id
  and c.since = p.since and c.until = p.until
where c.shift_id is null or c.made_at < p.until + (
  select max(age) from unnest(%(ages)s::interval[]) as age where p.until + age <= %(now)s)
order by p.since desc, p.id, d.since limit %(most)s
"""
_FIXES: Final = FIXES.format(worker_id="%(worker_id)s", since="%(since)s", until="%(until)s")
_PUT: Final = """
insert into board.patrol_cells (shift_id, drawn, worker_id, since, until, made_at, fixes, cells, visited, walked)
values (%(id)s, %(drawn)s, %(worker_id)s, %(since)s, %(until)s, %(now)s, %(fixes)s, %(cells)s, %(visited)s, %(walked)s)
on conflict (shift_id, drawn) do update set worker_id = excluded.worker_id, since = excluded.since,
  until = excluded.until, made_at = excluded.made_at, fixes = excluded.fixes, cells = excluded.cells,
  visited = excluded.visited, walked = excluded.walked
"""
_NEXT: Final = """
select min(starts_at) from (
  select starts_at from ops.shifts where starts_at >= %(kept)s and starts_at < %(before)s
  order by starts_at desc limit %(most)s) newest
"""
_TURN: Final = """
insert into board.patrol_pass (before) values (%s) on conflict (one) do update set before = excluded.before
"""
_NO_FIX: Final = """
 and not exists (select from ops.positions p
                 where p.worker_id = c.worker_id and p.fixed_at >= c.since and p.fixed_at < c.until)
"""

Conn = psycopg.Connection[Any]


def keep(connection: Conn, now: datetime) -> int:
    """Bring the rows up to date, as many as one run may; how many were made."""
    kept = tracks_from(present(connection), now)
    lately = max(kept, now - LATELY)
    made = _make(connection, lately, now, MOST, now)
    return made + (_further_back(connection, kept, lately, MOST - made, now) if made < MOST else 0)


def drop_before(connection: Conn, first: datetime, *, walked: bool) -> int:
    """Delete what patrols covered that began before a moment; how many rows. `walked`: those of which fixes are still
    kept stay."""
    statement = "delete from board.patrol_cells c where c.since < %s" + (_NO_FIX if walked else "")
    return connection.execute(statement, (first,)).rowcount


def _further_back(connection: Conn, kept: datetime, lately: datetime, most: int, now: datetime) -> int:
    row = connection.execute("select before from board.patrol_pass").fetchone()
    before = min(row[0], lately) if row else lately
    values = {"kept": kept, "before": before, "most": SEEN_AT_ONCE}
    row = connection.execute(_NEXT, values).fetchone()
    if row is None or row[0] is None:
        connection.execute(_TURN, (lately,))
        return 0
    made = _make(connection, row[0], before, most, now)
    if made < most:
        connection.execute(_TURN, (row[0],))
    return made


def _make(connection: Conn, first: datetime, before: datetime, most: int, now: datetime) -> int:
    values = {
        "first": first,
        "before": before,
        "now": now,
        "soonest": AGES[0],
        "ages": list(AGES),
        "redrawn": REDRAWN,
        "most": most,
    }
    wanted = connection.execute(_WANTED, values).fetchall()
    rows = [_row(connection, one, now) for one in wanted]
    with connection.cursor() as cursor:
        cursor.executemany(_PUT, rows)
    return len(rows)


def _row(connection: Conn, wanted: Sequence[Any], now: datetime) -> dict[str, Any]:
    id_, drawn, worker_id, since, until, geom = wanted
    told = {"id": id_, "drawn": drawn, "worker_id": worker_id, "since": since, "until": until, "now": now}
    cells = cells_of_wkb(bytes(geom))
    packed = connection.execute(_FIXES, told).fetchone()
    fixes, walk = walked_by(packed[0] if packed else None, cells)
    if walk is None:
        walk = np.zeros(cells.count, dtype=bool)
    return told | {"fixes": fixes, "cells": cells.count, "visited": int(walk.sum()), "walked": as_bits(walk)}
