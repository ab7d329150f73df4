"""The relay's connections to PostgreSQL: times in UTC, dead peers noticed, odd moments bearable."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import psycopg
from psycopg.types.datetime import TimestamptzBinaryLoader, TimestamptzLoader

PAST: Final = datetime(1000, 1, 1, tzinfo=UTC)
FUTURE: Final = datetime(9000, 1, 1, tzinfo=UTC)
"""What moments read as that Python's calendar does not have, infinity among them."""


def open_session(database_url: str, application: str) -> psycopg.Connection[Any]:
    """An autocommit connection whose death shows within seconds. Raises psycopg.Error."""
    conn = psycopg.connect(
        database_url,
        autocommit=True,
        application_name=application,
        connect_timeout=5,
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
        tcp_user_timeout=8000,
        options="-c timezone=UTC -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s",
    )
    conn.adapters.register_loader("timestamptz", _FarLoader)
    conn.adapters.register_loader("timestamptz", _FarBinaryLoader)
    return conn


class _FarLoader(TimestamptzLoader):
    def load(self, data: bytes | bytearray | memoryview) -> datetime:
        try:
            return super().load(data)
        except psycopg.DataError:
            text = bytes(data)
            return PAST if text.startswith(b"-") or text.endswith(b"BC") else FUTURE


class _FarBinaryLoader(TimestamptzBinaryLoader):
    def load(self, data: bytes | bytearray | memoryview) -> datetime:
        try:
            return super().load(data)
        except psycopg.DataError:
            return PAST if bytes(data)[0] & 0x80 else FUTURE
