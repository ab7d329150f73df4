"""Connections to PostgreSQL: how an address becomes an SQLAlchemy engine, whose pool the caller owns."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url

from data_access.sessions import DEAD_PEERS


def sqlalchemy_url(database_url: str) -> str:
    """The address as SQLAlchemy wants it: `postgresql://...` with the psycopg driver named."""
    for scheme in ("postgresql://", "postgres://"):
        if database_url.startswith(scheme):
            return "postgresql+psycopg://" + database_url.removeprefix(scheme)
    return database_url


def make_engine(
    database_url: str, *, pool_size: int = 5, max_overflow: int = 5, application: str = "quanyu"
) -> Engine:
    """An engine with a checked, bounded pool. Nothing connects before the first use; the caller disposes."""
    return create_engine(
        make_url(sqlalchemy_url(database_url)),
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args={
            "application_name": application,
            "connect_timeout": 5,
            "options": "-c timezone=UTC",
            **DEAD_PEERS,
        },
    )
