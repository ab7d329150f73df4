"""Transactions of writers: how one is opened, and what a lost database becomes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Engine

from dashboard.errors import ConnectionFailed
from data_access.sessions import open_session


@contextmanager
def writing(database_url: str, name: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection that commits at the end of the block, or rolls back. Raises ConnectionFailed."""
    try:
        connection = open_session(database_url, f"quanyu {name}")
        connection.autocommit = False
        with connection:
            yield connection
    except psycopg.OperationalError as error:
        raise ConnectionFailed(what="PostgreSQL", reason=str(error), setting="QUANYU_DATABASE_URL") from error


@contextmanager
def pooled(engine: Engine) -> Iterator[psycopg.Connection[Any]]:
    """A connection of an engine's pool that commits at the end of the block, or rolls back."""
    with engine.connect() as conn:
        connection = conn.connection.driver_connection
        assert isinstance(connection, psycopg.Connection)
        try:
            yield connection
            connection.commit()
        except BaseException:
            if not connection.closed:
                connection.rollback()
            raise
