"""Bulk loads of operational rows by COPY, in one transaction and without a row in the outbox for each.

Owns the text format of COPY for whole columns. Leaves what the rows say to the callers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import sql

from dashboard.errors import ConnectionFailed
from data_access.writes.checks import suspended
from data_access.writes.indexes import set_aside
from data_access.writes.session import writing

CHUNK_ROWS = 10_000
NULL = r"\N"

Column = NDArray[Any] | Sequence[Any]

SEQUENCES = (
    "ops.regions",
    "ops.region_versions",
    "ops.departments",
    "ops.categories",
    "ops.workers",
    "ops.shifts",
    "ops.events",
    "ops.event_steps",
    "ops.feedback",
    "ops.supervision",
)
HEAVY = ("ops.shifts", "ops.events", "ops.event_steps", "ops.feedback", "ops.supervision", "board.samples")


@contextmanager
def bulk(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A transaction that fills a new database silently, and at its end has readers look at everything."""
    with writing(database_url, "history") as connection:
        connection.execute("set local quanyu.bulk = 'on'")
        for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
            connection.execute(sql.SQL("set local {} = 0").format(sql.Identifier(limit)))
        with suspended(connection, HEAVY), set_aside(connection):
            yield connection
        for table in SEQUENCES:
            connection.execute(
                sql.SQL("select setval(pg_get_serial_sequence({name}, 'id'), max(id)) from {table}").format(
                    name=sql.Literal(table), table=_identifier(table)
                )
            )
        connection.execute("insert into board.outbox (kind) values ('resync')")
        connection.execute("notify quanyu_outbox")


def analyze(database_url: str) -> None:
    """Let the planner see what was loaded.

    Outside of the load's transaction, so that others are not kept waiting.
    """
    with writing(database_url, "analyze") as connection:
        for table in (*SEQUENCES, "ops.positions", "ops.latest_positions", "board.samples"):
            connection.execute(sql.SQL("analyze {}").format(_identifier(table)))


def load(connection: psycopg.Connection[Any], table: str, columns: Mapping[str, Column]) -> int:
    """COPY columns of equal length into a table; how many rows. See `_texts` for what a column may hold."""
    names = sql.SQL(", ").join(sql.Identifier(name) for name in columns)
    statement = sql.SQL("copy {table} ({names}) from stdin").format(table=_identifier(table), names=names)
    count = len(next(iter(columns.values())))
    try:
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for start in range(0, count, CHUNK_ROWS):
                part = slice(start, start + CHUNK_ROWS)
                texts = [_texts(values[part]) for values in columns.values()]
                copy.write("\n".join(map("\t".join, zip(*texts, strict=True))) + "\n")
    except psycopg.OperationalError as error:
        raise ConnectionFailed(what="PostgreSQL", reason=str(error), setting="QUANYU_DATABASE_URL") from error
    return count


def _texts(values: Column) -> list[str]:
    """A column as COPY's text.

    Instants (datetime64, NaT is null), whole numbers (masked is null), flags, else str.

    Of other sequences None is null; floats that are not numbers are null too.
    """
    if isinstance(values, np.ma.MaskedArray):
        hidden = np.ma.getmaskarray(values).tolist()
        return [
            NULL if gone else str(value) for gone, value in zip(hidden, values.data.tolist(), strict=True)
        ]
    if isinstance(values, np.ndarray):
        kind = values.dtype.kind
        if kind == "M":
            texts = np.datetime_as_string(values.astype("datetime64[ms]"))
            return [NULL if text == "NaT" else f"{text}Z" for text in texts.tolist()]
        if kind == "b":
            return ["t" if flag else "f" for flag in values.tolist()]
        if kind == "f":
            return [NULL if math.isnan(value) else repr(value) for value in values.tolist()]
        return [str(value) for value in values.tolist()]
    return [NULL if value is None else _escape(value) for value in values]


def _escape(value: object) -> str:
    if isinstance(value, bytes):
        return r"\\x" + value.hex()
    text = str(value)
    if "\\" in text or "\t" in text or "\n" in text or "\r" in text:
        text = text.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")
    return text


def _identifier(table: str) -> sql.Identifier:
    return sql.Identifier(*table.split("."))
