"""Shifts as an attendance system writes them: rostered ahead, checked in, checked out. The caller commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import psycopg

_ROSTER = """
insert into ops.shifts (worker_id, kind, starts_at, ends_at, cancelled)
select * from unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::boolean[])
"""


_CLASHES = """
with staged as (
  select row_no, worker_id, starts_at, ends_at from import_stage where not coalesce({cancelled}, false))
select s.row_no, o.row_no, o.starts_at, o.ends_at
from staged s join staged o on o.worker_id = s.worker_id and o.row_no < s.row_no
  and o.starts_at < s.ends_at and o.ends_at > s.starts_at
union all
select s.row_no, null, t.starts_at, t.ends_at
from staged s join ops.shifts t on t.worker_id = s.worker_id
  and t.starts_at < s.ends_at and t.ends_at > s.starts_at
  and t.starts_at between s.starts_at - %(longest)s and s.ends_at
where not t.cancelled and not exists (
  select from import_stage i where i.worker_id = t.worker_id and i.starts_at = t.starts_at)
order by 1, 2 nulls first
"""


def staged_clashes(
    connection: psycopg.Connection[Any], longest: timedelta, *, cancelled: bool
) -> list[tuple[int, int | None, datetime, datetime]]:
    """Staged shifts that overlap another of the same worker: row, the earlier row (None: one that is stored), and
    when the other begins and ends. `cancelled`: the stage says which ones are."""
    connection.execute("create index on import_stage (worker_id, starts_at)")
    query = _CLASHES.replace("{cancelled}", "cancelled" if cancelled else "null::boolean")
    return connection.execute(query.encode(), {"longest": longest}).fetchall()


def unstage(connection: psycopg.Connection[Any], rows: Sequence[int]) -> None:
    """Takes rows out of the stage."""
    connection.execute("delete from import_stage where row_no = any(%s)", (list(rows),))


def roster(
    connection: psycopg.Connection[Any], rows: Sequence[tuple[int, str, datetime, datetime, bool]]
) -> int:
    """New shifts: (worker, kind, start, end, cancelled); how many.

    They begin in the future: nobody is told at once.
    """
    if not rows:
        return 0
    return connection.execute(_ROSTER, [list(column) for column in zip(*rows, strict=True)]).rowcount


def rostered(connection: psycopg.Connection[Any], start: datetime, end: datetime) -> bool:
    """Whether any shift begins in that time."""
    found = connection.execute(
        "select 1 from ops.shifts where starts_at >= %s and starts_at < %s limit 1", (start, end)
    ).fetchone()
    return found is not None


def check_in(connection: psycopg.Connection[Any], shifts: Sequence[tuple[int, datetime]]) -> None:
    """Workers arrive: (shift, when). A shift that has a check-in keeps it."""
    _check(connection, "checked_in_at", shifts)


def check_out(connection: psycopg.Connection[Any], shifts: Sequence[tuple[int, datetime]]) -> None:
    """Workers leave: (shift, when)."""
    _check(connection, "checked_out_at", shifts)


def _check(connection: psycopg.Connection[Any], column: str, shifts: Sequence[tuple[int, datetime]]) -> None:
    if not shifts:
        return
    ordered = sorted(shifts)
    connection.execute(
        f"with c as (select * from unnest(%s::bigint[], %s::timestamptz[]) as c (id, at)),"
        f" held as (select id from ops.shifts where id in (select id from c) order by id for update)"
        f" update ops.shifts s set {column} = c.at from c join held on held.id = c.id"
        f" where s.id = c.id and s.{column} is null",
        [list(column_values) for column_values in zip(*ordered, strict=True)],
    )
