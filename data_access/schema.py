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

from dashboard.errors import DashboardError
from data_access.engine import make_engine

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x7175616E7975  # "quanyu": only one process migrates at a time


OLDEST_SERVER = 15


class ServerTooOld(DashboardError):
    """The database's PostgreSQL is of version {found}; version {needed} or newer is needed."""

    zh = "数据库的 PostgreSQL 版本为 {found}，需要 {needed} 或更新版本。"


class SchemaNewer(DashboardError):
    """
    The schema is at {found}, which this program, at {newest}, does not know: install the release that made it.
    """

    zh = "数据库结构为 {found}，本程序（{newest}）不认识：请安装创建它的版本。"


def migrate(database_url: str) -> None:
    """Bring the schema to the newest version. Safe to call from several processes at once.

    Raises ServerTooOld, SchemaNewer.
    """
    engine = make_engine(database_url, application="quanyu migrate")
    try:
        with engine.connect() as connection:
            connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": LOCK})
            connection.commit()
            _check(connection)
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
    """The schema's version in the database (None: no schema yet), and the newest one.

    Raises ServerTooOld, SchemaNewer.
    """
    engine = make_engine(database_url, application="quanyu doctor")
    try:
        with engine.connect() as connection:
            return _check(connection)
    finally:
        engine.dispose()


def _check(connection: Connection) -> tuple[str | None, str]:
    """The schema's version and the newest one, provided that this program can go from one to the other."""
    major = connection.connection.dbapi_connection.info.server_version // 10_000  # type: ignore[union-attr]
    if major < OLDEST_SERVER:
        raise ServerTooOld(found=major, needed=OLDEST_SERVER)
    scripts = ScriptDirectory.from_config(_config(connection))
    newest = str(scripts.get_current_head())
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise SchemaNewer(found=current, newest=newest)
    return current, newest


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
