"""What most tests of imports begin with. A module that begins otherwise has fixtures of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.builders import make_district
from tests.event_rows import MAPPING


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to a small district of which the board has heard."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        make_district(connection)
        connection.execute("delete from board.outbox")
        yield connection


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    """The mapping of `tests.event_rows` as a file."""
    path = tmp_path / "m.toml"
    path.write_text(MAPPING, encoding="utf-8")
    return path
