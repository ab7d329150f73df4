"""Foreign keys and row triggers, taken away while empty tables are filled, and put back as they were.

Each row costs a look-up per foreign key; checked once at the end, they cost one join. For loads into a new
database only: the tables stay locked until the transaction ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

_KEYS = """
select n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid)
from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
where k.contype = 'f' and k.conrelid = any(%s::regclass[]) and k.conparentid = 0
order by k.oid
"""

_TRIGGERS = """
select n.nspname, c.relname, t.tgname, t.tgenabled::text
from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
where not t.tgisinternal and t.tgrelid = any(%s::regclass[])
order by t.oid
"""

_ENABLE = {
    "A": "enable always trigger",
    "O": "enable trigger",
    "R": "enable replica trigger",
    "D": "disable trigger",
}


@contextmanager
def suspended(connection: psycopg.Connection[Any], tables: tuple[str, ...]) -> Iterator[None]:
    """Within the block, rows enter those tables without foreign keys and row triggers.

    Then all keys are checked.
    """
    keys = connection.execute(_KEYS, (list(tables),)).fetchall()
    triggers = connection.execute(_TRIGGERS, (list(tables),)).fetchall()
    for schema, table, name, _ in keys:
        _alter(connection, schema, table, sql.SQL("drop constraint {}").format(sql.Identifier(name)))
    for schema, table, name, _ in triggers:
        _alter(connection, schema, table, sql.SQL("disable trigger {}").format(sql.Identifier(name)))
    yield
    for schema, table, name, definition in keys:
        add = sql.SQL("add constraint {} {}").format(sql.Identifier(name), sql.SQL(definition))
        _alter(connection, schema, table, add)
    for schema, table, name, state in triggers:
        _alter(connection, schema, table, sql.SQL(_ENABLE[state] + " {}").format(sql.Identifier(name)))


def _alter(connection: psycopg.Connection[Any], schema: str, table: str, change: sql.Composable) -> None:
    connection.execute(sql.SQL("alter table {} {}").format(sql.Identifier(schema, table), change))
