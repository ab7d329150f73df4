"""Indicators over a real city: equal to plain pandas over the imported rows, and over the city's own file; and the
same by its stored days as by the rows, for any region, window and filters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import psycopg
import pytest
from sqlalchemy import Engine, event

from dashboard.briefing.content import Cadence, Order
from dashboard.briefing_desk import BriefingDesk
from dashboard.domain.filters import Filters
from dashboard.domain.model import Source, State
from dashboard.domain.policy import DEMO, EVERYTHING
from dashboard.domain.windows import Window
from dashboard.embedded import PostgresServer
from data_access import rollups
from data_access.engine import make_engine
from data_access.queries.indicators import measure
from tests.briefing_oracle import Checker
from tests.conftest import own_database
from tests.integration.real_cities import BOSTON_EVENTS, City
from tests.integration.test_indicators import assert_equal
from tests.integration.test_rollups import KEYS, by_rows, stored
from tests.oracle import load

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2011, 9, 21, 15, 10, tzinfo=NEW_YORK)


def weekday(day: date) -> bool:
    return day.weekday() < 5


@pytest.fixture(scope="module")
def city(postgres: PostgresServer, boston: City) -> Iterator[tuple[str, Engine]]:
    """Boston's wards, precincts and cases, imported as a user would."""
    with own_database(postgres, like=boston[0]) as url:
        engine = make_engine(url)
        yield url, engine
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
    compare_with_file(engine, shared_data / BOSTON_EVENTS, quarter)


@pytest.mark.timeout(300)
def test_every_number_of_a_real_weeks_briefing_is_found(city: tuple[str, Engine]) -> None:
    url, engine = city
    checker = Checker(oracle=load(url, zone=NEW_YORK, workday=weekday), now=NOW)
    desk, rng = BriefingDesk(engine, lambda: NOW), np.random.default_rng(46)
    regions = checker.oracle.rows["regions"]
    order = Order(
        region=str(rng.choice(regions[regions.level == "street"].code)),
        cadence=Cadence.WEEKLY,
        day=(date(2011, 7, 11) + timedelta(weeks=int(rng.integers(0, 10)))).isoformat(),
        lang="en",
    )
    assert checker.check(desk.draft(DEMO, order)) > 100


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


def lots(url: str, rng: np.random.Generator) -> Iterator[tuple[str, Window, Filters]]:
    """Any region, window and filters of the city, without end."""
    with psycopg.connect(url) as conn:
        regions = column(conn, "select code from ops.regions order by level, code")
        kinds = column(
            conn, "select distinct c.code from ops.events e join ops.categories c on c.id = e.category_id"
        )
        departments = column(conn, "select code from ops.departments")
    quarter = day("2011-07-01")
    while True:
        start = quarter + timedelta(seconds=int(rng.integers(0, 80 * 86_400)))
        start = start if rng.random() < 0.5 else quarter + timedelta(days=int(rng.integers(0, 80)))
        window = Window(start=start, end=start + timedelta(hours=float(rng.integers(2, 60 * 24))))
        some: dict[str, Any] = {
            "source": rng.choice(list(Source), 2),
            "category": rng.choice(sorted(kinds), 5),
            "department": rng.choice(sorted(departments), min(3, len(departments))),
            "state": [rng.choice([State.OPEN, State.CLOSED])],
        }
        named = rng.choice(sorted(some), int(rng.integers(0, 3)), replace=False)
        chosen: dict[str, Any] = {str(name): frozenset(some[name]) for name in named if len(some[name])}
        yield (
            "boston" if rng.random() < 0.3 else str(rng.choice(regions)),
            window,
            Filters(**chosen, late=bool(rng.random() < 0.2)),
        )


def column(conn: psycopg.Connection[Any], query: str) -> list[str]:
    return [row[0] for row in conn.execute(query.encode()).fetchall()]


@pytest.mark.timeout(300)
def test_a_real_city_by_its_stored_days_is_the_city_by_its_rows(city: tuple[str, Engine]) -> None:
    url, engine = city
    rng = np.random.default_rng(1630)
    asked = lots(url, rng)
    with psycopg.connect(url, options="-c timezone=UTC", autocommit=True) as conn:
        with conn.transaction():
            rollups.keep(conn, NOW)  # gives up the marks of an import: they are too many to follow one by one
        assert stored(conn, now=NOW) > 100
        read: list[str] = []
        event.listen(engine, "before_cursor_execute", lambda *args: read.append(args[2]))
        whole = Window(start=day("2011-07-01"), end=NOW)
        measure(engine, "boston", EVERYTHING, now=NOW, window=whole, keys=KEYS)
        assert not [statement for statement in read if "from ops.events" in statement], (
            "days are what is read"
        )
        for code, window, filters in (next(asked) for _ in range(40)):
            found = measure(engine, code, EVERYTHING, now=NOW, window=window, keys=KEYS, filters=filters)
            assert found.readings == by_rows(engine, code, window, filters, NOW), (code, window, filters)
        conn.execute(
            "update ops.events set severity = 3, closed_at = closed_at - interval '1 day' where id % 97 = 0"
        )
        conn.execute("update ops.events set due_at = due_at + interval '9 days' where id % 89 = 0")
        for code, window, filters in (next(asked) for _ in range(10)):
            found = measure(engine, code, EVERYTHING, now=NOW, window=window, keys=KEYS, filters=filters)
            assert found.readings == by_rows(engine, code, window, filters, NOW), (code, window, filters)
