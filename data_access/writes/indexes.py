"""Indexes that cost more to keep up row by row than to build at once: set aside while a table is filled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import sql

WORDS: Final = "ops.events_words"
"""What the search goes by: some fifty entries an event."""


@contextmanager
def set_aside(connection: psycopg.Connection[Any], index: str = WORDS) -> Iterator[None]:
    """The index is gone within, in the caller's transaction, and built anew at the end. A table that holds rows
    already keeps its index: building that would take longer than keeping it up."""
    row = connection.execute(
        "select pg_get_indexdef(i.indexrelid), i.indrelid::regclass::text from pg_index i "
        "where i.indexrelid = to_regclass(%s)",
        (index,),
    ).fetchone()
    if row is None or not _empty(connection, row[1]):
        yield
        return
    connection.execute(sql.SQL("drop index {}").format(sql.Identifier(*index.split("."))))
    yield
    connection.execute(row[0])


def _empty(connection: psycopg.Connection[Any], table: str) -> bool:
    name = sql.Identifier(*table.split("."))
    return connection.execute(sql.SQL("select from {} limit 1").format(name)).fetchone() is None
