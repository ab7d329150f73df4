"""The record of who looked at what and who did what: added to, never changed. The chain of hashes over it is made
by the database itself at the commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from dashboard.domain.audit import Entry

LONGEST = 300
ADD = (
    "insert into board.audit (actor, what, about, outcome, address, details)"
    " values (%(actor)s, %(what)s, %(about)s, %(outcome)s, %(address)s, %(details)s)"
)


def add(conn: Connection | psycopg.Connection[Any], entries: Sequence[Entry]) -> None:
    """Add lines within the caller's transaction: they stand if it commits, and with what it did."""
    values = [_values(entry) for entry in entries]
    if isinstance(conn, Connection):
        for one in values:
            conn.exec_driver_sql(ADD, one)
    else:
        with conn.cursor() as cursor:
            cursor.executemany(ADD, values)


def prune(conn: psycopg.Connection[Any], before: datetime) -> int:
    """Drop the lines before a moment, as the policy of keeping says; their hashes stay. Returns how many went."""
    row = conn.execute("select board.prune_audit(%s)", (before,)).fetchone()
    return 0 if row is None else int(row[0])


def _values(entry: Entry) -> dict[str, Any]:
    return {
        "actor": _plain(entry.actor),
        "what": entry.what,
        "about": _plain(entry.about),
        "outcome": str(entry.outcome),
        "address": entry.address,
        "details": Jsonb(dict(entry.details)),
    }


def _plain(text: str) -> str:
    """As PostgreSQL takes it, and no longer than a line."""
    return "".join(letter for letter in text if letter.isprintable())[:LONGEST]
