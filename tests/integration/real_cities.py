"""Real files as they are imported by the mappings that the product brings, and what lies in the database then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import psycopg

from dashboard.ingest import Report, run_import
from tests.conftest import REPOSITORY

BOSTON_EVENTS = "events/boston311_2011q3.csv.gz"
City = tuple[str, dict[str, Report]]
"""A database, and the reports of what was imported into it by name."""


def load(database_url: str, kind: str, path: Path, mapping: str, **options: Any) -> Report:
    """The report of an import by the mapping of that name."""
    return run_import(
        database_url, kind, path, mapping=REPOSITORY / "mappings" / f"{mapping}.toml", **options
    )


def rows_of(database_url: str, query: str) -> pd.DataFrame:
    """What a question to the database gives."""
    with psycopg.connect(database_url) as conn:
        cursor = conn.execute(query.encode())
        assert cursor.description is not None
        return pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description])


def import_boston(database_url: str, files: Path) -> City:
    """The city in the documented order."""
    reports = {
        name: load(database_url, "regions", files / f"boundaries/boston_{name}.geojson", f"boston_{name}")
        for name in ("wards", "precincts")
    }
    return database_url, reports | {
        "events": load(database_url, "events", files / BOSTON_EVENTS, "boston_events")
    }
