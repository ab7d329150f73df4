"""What most tests of imports begin with. A module that begins otherwise has fixtures of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import Engine

from dashboard.embedded import PostgresServer
from data_access.engine import make_engine
from tests.builders import make_district
from tests.conftest import own_database
from tests.event_oracle import EventOracle, add_tables
from tests.event_rows import MAPPING
from tests.generated import NOW
from tests.integration.file_hall import Hall, opened_hall
from tests.integration.patrolled import patrolled
from tests.integration.real_cities import City, import_boston
from tests.oracle import chinese_workday, load


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to a small district of which the board has heard."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        make_district(connection)
        connection.execute("delete from board.outbox")
        yield connection


@pytest.fixture(scope="module")
def url(postgres: PostgresServer) -> Iterator[str]:
    """An empty database for all tests of a module. A module whose tests need rows fills its own."""
    with own_database(postgres) as made:
        yield made


@pytest.fixture(scope="module")
def patrolled_district(postgres: PostgresServer) -> Iterator[str]:
    """A district with a day of patrols, of which tests that write have copies."""
    with patrolled(postgres) as url:
        yield url


@pytest.fixture
def hall(url: str, tmp_path: Path) -> Iterator[Hall]:
    """A place where files are made."""
    with opened_hall(url, tmp_path / "files") as made:
        yield made


@pytest.fixture(scope="module")
def engine(url: str) -> Iterator[Engine]:
    """Connections to the module's own district, which none of its tests changes."""
    engine = make_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def oracle(url: str) -> EventOracle:
    """What plain Python says of the module's own district."""
    rows = load(url, zone=ZoneInfo("Asia/Shanghai"), workday=chinese_workday)
    return EventOracle(oracle=add_tables(rows, url), now=NOW)


@pytest.fixture(scope="session")
def boston(postgres: PostgresServer, shared_data: Path) -> Iterator[City]:
    """A real city for all modules of `tests.conftest.OF_BOSTON`. Nobody changes it: who writes has a copy."""
    with own_database(postgres) as url:
        yield import_boston(url, shared_data)


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    """The mapping of `tests.event_rows` as a file."""
    path = tmp_path / "m.toml"
    path.write_text(MAPPING, encoding="utf-8")
    return path
