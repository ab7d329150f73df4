"""The schema: migrations and the mirror agree, and migrating is safe at any time."""

from __future__ import annotations

import threading

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from dashboard.embedded import PostgresServer
from data_access import (
    schema,
    tables_access,
    tables_acts,
    tables_attendance,
    tables_briefings,
    tables_files,
    tables_patrols,
    tables_rollups,
)
from data_access.engine import make_engine
from data_access.schema import SchemaNewer, ServerTooOld, ensure_database, migrate, versions
from data_access.tables import METADATA

MIRRORS = (
    tables_access,
    tables_acts,
    tables_attendance,
    tables_briefings,
    tables_files,
    tables_patrols,
    tables_rollups,
)
"""The modules that add tables to the mirror's own."""


def test_the_mirror_is_what_the_migrations_make(database_url: str) -> None:
    def compared(item: object, name: str | None, kind: str, reflected: bool, other: object) -> bool:
        partition = kind == "table" and str(name).startswith("positions_")
        return kind != "index" and not partition and name != "alembic_version"

    engine = make_engine(database_url)
    try:
        with engine.connect() as connection:
            options = {"include_schemas": True, "include_object": compared, "compare_type": True}
            context = MigrationContext.configure(connection, opts=options)
            assert all(module.METADATA is METADATA for module in MIRRORS)
            assert compare_metadata(context, METADATA) == []
    finally:
        engine.dispose()


def test_migrating_twice_and_at_once_changes_nothing(postgres: PostgresServer) -> None:
    ensure_database(postgres.url(), "twice")
    url = postgres.url("twice")
    assert versions(url)[0] is None
    runs = [threading.Thread(target=migrate, args=(url,)) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    current, newest = versions(url)
    assert current == newest
    with psycopg.connect(url) as connection:
        assert connection.execute("select count(*) from ops.regions").fetchone() == (0,)


def test_a_schema_of_a_newer_program_is_refused(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    for look in (migrate, versions):
        with pytest.raises(SchemaNewer, match="9999"):
            look(database_url)


def test_a_server_that_is_too_old_is_refused(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "OLDEST_SERVER", 99)
    with pytest.raises(ServerTooOld, match="version 99 or newer"):
        migrate(database_url)
