"""The database's clock: the only one that decides what is due."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from psycopg import Connection


def database_now(conn: Connection[Any]) -> datetime:
    """The database's time of day as it runs, not the transaction's. Aware, UTC."""
    ((now,),) = conn.execute("select clock_timestamp()").fetchall()
    return cast(datetime, now)
