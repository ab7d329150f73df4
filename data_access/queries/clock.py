"""The database's clock: the only one that decides what is due."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import Connection


def database_now(conn: Connection[Any]) -> datetime:
    """The database's time of day as it runs, not the transaction's. Aware, UTC."""
    row = conn.execute("select clock_timestamp()").fetchone()
    assert row is not None
    now: datetime = row[0]
    return now
