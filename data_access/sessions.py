"""Connections to PostgreSQL that last: times in UTC, dead peers noticed, odd moments bearable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import psycopg
from psycopg.types.datetime import TimestamptzLoader

PAST: Final = datetime(1000, 1, 1, tzinfo=UTC)
FUTURE: Final = datetime(9000, 1, 1, tzinfo=UTC)
"""What moments read as that Python's calendar does not have, infinity among them."""

DEAD_PEERS: Final[dict[str, Any]] = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 8000,
}
"""A server whose machine is gone says nothing at all: with these the kernel gives it up within some 10 s."""


def open_session(database_url: str, application: str) -> psycopg.Connection[Any]:
    """An autocommit connection whose death shows within seconds. Raises psycopg.Error."""
    return psycopg.connect(
        database_url,
        autocommit=True,
        application_name=application,
        connect_timeout=5,
        **DEAD_PEERS,
        options="-c timezone=UTC -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s",
    )


def all_rows(
    conn: psycopg.Connection[Any], query: str, values: Mapping[str, Any] | Sequence[Any] | None = None
) -> list[tuple[Any, ...]]:
    """All rows of a query. Moments that Python's calendar does not have are read as `PAST` or `FUTURE`.

    The quick reader refuses such rows; the patient one, ten times slower, takes over only then.
    """
    try:
        return conn.execute(query, values).fetchall()
    except psycopg.DataError:
        with conn.cursor() as cursor:
            cursor.adapters.register_loader("timestamptz", _FarLoader)
            return cursor.execute(query, values).fetchall()


class _FarLoader(TimestamptzLoader):
    def load(self, data: bytes | bytearray | memoryview) -> datetime:
        try:
            return super().load(data)
        except psycopg.DataError:
            text = bytes(data)
            return PAST if text.startswith(b"-") or text.endswith(b"BC") else FUTURE
