"""The database's schema: made, brought to the newest version, and asked for its version."""

from __future__ import annotations

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Connection, text

from data_access.engine import make_engine

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x7175616E7975  # "quanyu": only one process migrates at a time


def migrate(database_url: str) -> None:
    """Bring the schema to the newest version. Safe to call from several processes at once."""
    engine = make_engine(database_url, application="quanyu migrate")
    try:
        with engine.connect() as connection:
            connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": LOCK})
            connection.commit()
            command.upgrade(_config(connection), "head")
            connection.commit()
    finally:
        engine.dispose()


def ensure_database(server_url: str, name: str) -> None:
    """Create the database `name` if it is missing. `server_url` names any other database of the server."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        found = connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone()
        if found is None:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))


def versions(database_url: str) -> tuple[str | None, str]:
    """The schema's version in the database (None: no schema yet), and the newest one."""
    engine = make_engine(database_url, application="quanyu doctor")
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
            return current, str(ScriptDirectory.from_config(_config(connection)).get_current_head())
    finally:
        engine.dispose()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
