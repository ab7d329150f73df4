"""Plain psycopg sessions for writers. Owns how one is opened and what a lost one becomes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from dashboard.errors import ConnectionFailed


@contextmanager
def open_session(
    database_url: str, name: str, *, autocommit: bool = False
) -> Iterator[psycopg.Connection[Any]]:
    """A connection in UTC that commits at the end of the block, or rolls back. Raises ConnectionFailed."""
    try:
        with psycopg.connect(
            database_url,
            autocommit=autocommit,
            application_name=f"quanyu {name}",
            connect_timeout=5,
            options="-c timezone=UTC",
        ) as connection:
            yield connection
    except psycopg.OperationalError as error:
        raise ConnectionFailed(what="PostgreSQL", reason=str(error), setting="QUANYU_DATABASE_URL") from error
