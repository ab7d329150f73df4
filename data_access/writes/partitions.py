"""Day partitions of `ops.positions`: made ahead, and dropped when their time is over. Days are UTC days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import psycopg
from psycopg import sql

AHEAD_DAYS = 7
PREFIX = "positions_"
VACUUM = "autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 500000"
"""Pages are marked as visible to all soon after they are filled: tracks are then read from the index alone."""


def ensure(connection: psycopg.Connection[Any], first: date, last: date) -> int:
    """Partitions for all days from `first` to `last`; how many were new.

    Rows of such a day that already lie in the default partition move into the new one.
    """
    present = set(days(connection))
    made = 0
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        if day not in present:
            _make(connection, day)
            made += 1
    return made


def days(connection: psycopg.Connection[Any]) -> list[date]:
    """Days that have a partition, ascending."""
    rows = connection.execute(
        "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid"
        " where i.inhparent = 'ops.positions'::regclass order by 1"
    ).fetchall()
    names = [str(name).removeprefix(PREFIX) for (name,) in rows]
    return [date(int(name[:4]), int(name[4:6]), int(name[6:])) for name in names if name.isdigit()]


def drop_before(connection: psycopg.Connection[Any], day: date) -> int:
    """Drop the partitions of all days before `day`; how many. The default partition is left alone."""
    old = [one for one in days(connection) if one < day]
    for one in old:
        connection.execute(sql.SQL("drop table {}").format(_table(one)))
    return len(old)


def delete_stray_before(connection: psycopg.Connection[Any], day: date) -> int:
    """Delete fixes of the days before `day` that came when their day had no partition any more; how many."""
    start = datetime.combine(day, time.min, UTC)
    return connection.execute("delete from ops.positions_default where fixed_at < %s", (start,)).rowcount


def _make(connection: psycopg.Connection[Any], day: date) -> None:
    table = _table(day)
    start = datetime.combine(day, time.min, UTC)
    bounds = (start, start + timedelta(days=1))
    with connection.transaction():
        connection.execute(
            sql.SQL(
                "create table {} (like ops.positions including defaults including constraints) with ({})"
            ).format(table, sql.SQL(VACUUM))
        )
        connection.execute("lock table ops.positions_default in access exclusive mode")
        connection.execute(
            sql.SQL(
                "with moved as (delete from ops.positions_default"
                " where fixed_at >= %s and fixed_at < %s returning *)"
                " insert into {} select * from moved"
            ).format(table),
            bounds,
        )
        connection.execute(
            sql.SQL("alter table ops.positions attach partition {} for values from ({}) to ({})").format(
                table, sql.Literal(bounds[0]), sql.Literal(bounds[1])
            )
        )


def _table(day: date) -> sql.Identifier:
    return sql.Identifier("ops", f"{PREFIX}{day:%Y%m%d}")
