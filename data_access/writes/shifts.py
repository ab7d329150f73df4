"""Shifts as an attendance system writes them: rostered ahead, checked in, checked out. The caller commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg

_ROSTER = """
insert into ops.shifts (worker_id, kind, starts_at, ends_at, cancelled)
select * from unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::boolean[])
"""


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
