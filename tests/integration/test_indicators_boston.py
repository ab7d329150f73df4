"""Indicators over a real city: equal to plain pandas over the imported rows, and over the city's own file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine

from dashboard.domain.policy import EVERYTHING
from dashboard.domain.windows import Window
from dashboard.ingest import run_import
from data_access.engine import make_engine
from data_access.queries.indicators import measure
from tests.conftest import REPOSITORY
from tests.integration.test_indicators import assert_equal
from tests.oracle import load

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2011, 9, 21, 15, 10, tzinfo=NEW_YORK)
FILES = {
    "boston_wards": ("regions", "boundaries/boston_wards.geojson"),
    "boston_precincts": ("regions", "boundaries/boston_precincts.geojson"),
    "boston_events": ("events", "events/boston311_2011q3.csv.gz"),
}


def weekday(day: date) -> bool:
    return day.weekday() < 5


@pytest.fixture
def city(database_url: str, shared_data: Path) -> Iterator[tuple[str, Engine]]:
    """Boston's wards, precincts and cases, imported as a user would."""
    for mapping, (kind, file) in FILES.items():
        run_import(
            database_url, kind, shared_data / file, mapping=REPOSITORY / "mappings" / f"{mapping}.toml"
        )
    engine = make_engine(database_url)
    yield database_url, engine
    engine.dispose()


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.mark.timeout(300)
def test_a_real_city_is_measured_as_its_own_file_says(city: tuple[str, Engine], shared_data: Path) -> None:
    database_url, engine = city
    oracle = load(database_url, zone=NEW_YORK, workday=weekday)
    hurricane = Window(start=day("2011-08-28"), end=day("2011-08-29"))
    quarter = Window(start=day("2011-07-01"), end=day("2011-10-01"))
    rng = np.random.default_rng(311)
    regions = oracle.rows["regions"]
    wards = rng.choice(regions[regions.level == "street"].code, 3, replace=False)
    grids = rng.choice(regions[regions.level == "grid"].code, 3, replace=False)
    questions = [("boston", hurricane), *((str(ward), quarter) for ward in wards[:1])]
    for code in (*wards[1:], *grids):
        start = day("2011-07-01") + timedelta(hours=float(rng.uniform(0, 70 * 24)))
        questions.append(
            (str(code), Window(start=start, end=start + timedelta(days=float(rng.uniform(1, 12)))))
        )
    for code, window in questions:
        assert_equal(measure(engine, code, EVERYTHING, now=NOW, window=window), oracle, NOW)
    compare_with_file(engine, shared_data / FILES["boston_events"][1], quarter)


def compare_with_file(engine: Engine, file: Path, quarter: Window) -> None:
    """The city's figures from the columns of its own file, without the database in between."""
    rows = pd.read_csv(file, dtype=str)
    opened, target, closed = (
        pd.to_datetime(rows[name], format="mixed").dt.tz_localize(NEW_YORK)
        for name in ("open_dt", "target_dt", "closed_dt")
    )
    # no limit where it lies before the report (three rows) or ten years and more behind it (eighteen)
    target = target.where((target >= opened) & (target - opened <= timedelta(days=3650)))
    later = day("2012-01-01")
    due = target[(target >= quarter.start) & (target < quarter.end)]
    keys = ["reported", "open", "closed", "on_time_due", "on_time_closed"]
    found = measure(engine, "boston", EVERYTHING, now=later, window=quarter, keys=keys)
    readings = {reading.key: reading for reading in found.readings}
    assert readings["reported"].n == len(rows)
    done = (rows.case_status == "Closed") & (closed >= quarter.start) & (closed < quarter.end)
    assert readings["closed"].n == done.sum()
    still = (rows.case_status == "Open") | (closed >= quarter.end)
    assert readings["open"].n == still.sum()
    in_time = (rows.case_status == "Closed") & (closed <= target)
    assert (readings["on_time_due"].n, readings["on_time_due"].d) == (in_time[due.index].sum(), len(due))
    limited = done & target.notna()
    assert (readings["on_time_closed"].n, readings["on_time_closed"].d) == (
        in_time[limited].sum(),
        limited.sum(),
    )
