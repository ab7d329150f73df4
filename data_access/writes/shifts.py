"""Shifts as an attendance system writes them: rostered ahead, checked in, checked out. The caller commits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import psycopg

_ROSTER = """
insert into ops.shifts (worker_id, kind, starts_at, ends_at, cancelled)
select * from unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::boolean[])
"""


_HELD = """
select s.row_no, o.starts_at, o.ends_at
from import_stage s cross join lateral (
  select t.starts_at, t.ends_at from ops.shifts t
  where t.worker_id = s.worker_id and t.starts_at < s.ends_at and t.ends_at > s.starts_at
    and t.starts_at between s.starts_at - %(longest)s and s.ends_at and not t.cancelled
    and not exists (
      select from import_stage i where i.worker_id = t.worker_id and i.starts_at = t.starts_at)
  order by t.starts_at limit 1) o
where not coalesce({cancelled}, false) order by s.row_no
"""
_STAGED = """
select row_no, worker_id, starts_at, ends_at from import_stage
where not coalesce({cancelled}, false) order by worker_id, starts_at
"""


def held_clashes(
    connection: psycopg.Connection[Any], longest: timedelta, *, cancelled: bool
) -> list[tuple[int, datetime, datetime]]:
    """Staged shifts that overlap a stored one of the same worker: row, and when the stored one begins and ends.
    `cancelled`: the stage says which shifts are."""
    connection.execute("create index on import_stage (worker_id, starts_at)")
    return connection.execute(_told(_HELD, cancelled=cancelled), {"longest": longest}).fetchall()


def staged_shifts(
    connection: psycopg.Connection[Any], *, cancelled: bool
) -> Iterator[tuple[int, int, datetime, datetime]]:
    """Staged shifts by worker and start: row, worker, start, end. Read it to its end."""
    yield from connection.cursor().stream(_told(_STAGED, cancelled=cancelled))


def _told(query: str, *, cancelled: bool) -> bytes:
    return query.replace("{cancelled}", "cancelled" if cancelled else "null::boolean").encode()


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
