"""Servers and places that tests share. Each test gets a database and an empty Valkey of its own."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from psycopg.conninfo import conninfo_to_dict
from xdist.scheduler import LoadScopeScheduling

from dashboard.embedded import PostgresServer, ValkeyServer
from data_access.schema import ensure_database, migrate

TEMPLATE = "quanyu_template"
REPOSITORY = Path(__file__).parent.parent
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
OF_BOSTON = ("tests/integration/test_import_real_city.py", "tests/integration/test_indicators_boston.py")
LONGEST = "tests/browser/"
_numbers = itertools.count(1)


class FilesTogether(LoadScopeScheduling):  # type: ignore[misc]
    """Tests of a file share a process; and so do all with a browser, for two browsers starve each other, and all over
    the one imported city.
    """

    def _split_scope(self, nodeid: str) -> str:
        place = nodeid.split("::", 1)[0]
        if place.startswith("tests/browser/"):
            return "browser"
        return "boston" if place in OF_BOSTON else place


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesTogether:
    """Which process gets which tests; files in the order that they have here."""
    config.option.loadscopereorder = False
    return FilesTogether(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, so that no process works alone at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A folder that the servers' own user can reach, unlike pytest's."""
    folder = Path(tempfile.mkdtemp(prefix="quanyu-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(scratch: Path) -> Iterator[PostgresServer]:
    """A running PostgreSQL with a migrated template database."""
    with PostgresServer(scratch / "postgres-home", scratch=True) as server:
        ensure_database(server.url(), TEMPLATE)
        migrate(server.url(TEMPLATE))
        yield server


@contextmanager
def own_database(postgres: PostgresServer, like: str | None = None) -> Iterator[str]:
    """The address of a new, migrated database, dropped at the end: empty, or a copy of the one that stands at `like`,
    to which nobody is connected.
    """
    name = f"test_{next(_numbers)}"
    template = conninfo_to_dict(like)["dbname"] if like else TEMPLATE
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f"create database {name} template {template} strategy file_copy")
    yield postgres.url(name)
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f"drop database if exists {name} with (force)")


@pytest.fixture
def database_url(postgres: PostgresServer) -> Iterator[str]:
    """A new, migrated, empty database."""
    with own_database(postgres) as url:
        yield url


@pytest.fixture(scope="session")
def valkey(scratch: Path) -> Iterator[ValkeyServer]:
    """A running Valkey."""
    with ValkeyServer(scratch / "valkey-home") as server:
        yield server


@pytest.fixture(scope="module")
def wire_url(valkey: ValkeyServer) -> str:
    """The address of a Valkey that is empty when the module's tests begin: no relay has led on it yet."""
    with redis.Redis.from_url(valkey.url()) as client:
        client.flushall()
    return valkey.url()


@pytest.fixture
def redis_url(valkey: ValkeyServer) -> Iterator[str]:
    """The address of an empty Valkey, empty again afterwards."""
    with redis.Redis.from_url(valkey.url()) as client:
        client.flushall()
        yield valkey.url()
        client.flushall()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's program. Without one the test skips, or fails where a browser is required."""
    chosen = os.environ.get("QUANYU_CHROMIUM", "")
    for name in (chosen, *CHROMIUM_NAMES):
        if name and (found := shutil.which(name)) is not None:
            return found
    reason = "no Chromium is installed: Debian has it as the package chromium"
    if os.environ.get("QUANYU_REQUIRE_BROWSER"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the real cities' files. Without it the test skips, or fails where CI=true."""
    chosen = os.environ.get("QUANYU_SHARED_DATA")
    folder = Path(chosen) if chosen else REPOSITORY.parent / "shared" / "data"
    if folder.is_dir():
        return folder
    reason = "the real data is absent: set QUANYU_SHARED_DATA to its folder"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
