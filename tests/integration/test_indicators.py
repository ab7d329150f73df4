"""Indicators by SQL equal an independent pandas computation over the same rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import pytest
from sqlalchemy import Engine

from dashboard.domain.filters import NO_FILTERS, Filters
from dashboard.domain.indicators import BY_KEY, INDICATORS, Unit
from dashboard.domain.model import Level
from dashboard.domain.policy import EVERYTHING, Scope
from dashboard.domain.windows import Window
from dashboard.embedded import PostgresServer
from data_access.engine import make_engine
from data_access.queries.breakdown import breakdown
from data_access.queries.indicators import Measurement, district_terms, measure
from data_access.queries.regions import RegionUnknown
from tests.conftest import own_database
from tests.generated import NOW, fill
from tests.live_oracle import counters
from tests.oracle import Oracle, chinese_workday, load

SHANGHAI = ZoneInfo("Asia/Shanghai")
MIDNIGHT = datetime(2025, 10, 15, tzinfo=SHANGHAI)
CODES = ["D", "D1", "D2", "D3", "D1-1", "D3-2", "D2-2-3", "D1-1-1", "D3-9"]
TERMS = {"zone": SHANGHAI, "workday": chinese_workday, "radius_m": 120.0, "days": 4.0}


@pytest.fixture(scope="module")
def url(postgres: PostgresServer) -> Iterator[str]:
    """One district for all tests that change nothing."""
    with own_database(postgres) as made:
        fill(made, seed=7)
        yield made


@contextmanager
def district(postgres: PostgresServer, seed: int) -> Iterator[tuple[str, Engine]]:
    """Another district."""
    with own_database(postgres) as made:
        fill(made, seed=seed)
        engine = make_engine(made)
        yield made, engine
        engine.dispose()


def windows(rng: np.random.Generator) -> list[Window]:
    found = [
        Window(start=MIDNIGHT, end=NOW),
        Window(start=MIDNIGHT, end=MIDNIGHT + timedelta(days=1)),
        Window(start=MIDNIGHT - timedelta(days=40), end=NOW),
        Window(start=NOW, end=NOW),
        Window(start=NOW + timedelta(hours=1), end=NOW + timedelta(days=1)),
        Window(start=NOW - timedelta(days=400), end=NOW - timedelta(days=300)),
    ]
    for _ in range(10):
        start = NOW - timedelta(seconds=float(rng.uniform(0, 30 * 86400)))
        found.append(Window(start=start, end=start + timedelta(seconds=float(rng.uniform(600, 9 * 86400)))))
    return found


def assert_equal(found: Measurement, oracle: Oracle, now: datetime) -> None:
    code, start, end = found.region.code, found.window.start, found.window.end
    readings = {reading.key: reading for reading in found.readings}
    pairs = oracle.rates(code, start, end, now)
    pairs |= {
        "repeat_rate": oracle.repeats(code, start, end),
        "coverage": oracle.coverage(code, start, end, now),
    }
    for key, (n, d) in pairs.items():
        assert (readings[key].n, readings[key].d) == (n, d), (code, found.window, key)
        assert readings[key].value == (n / d if d else None)
    for key, count in oracle.counts(code, start, end, now).items():
        assert (readings[key].value, readings[key].n) == (count, count), (code, found.window, key)
    hours = oracle.handling_hours(code, start, end)
    for key, percent in (("handling_p50", 50), ("handling_p90", 90)):
        assert readings[key].n == len(hours)
        expected = pytest.approx(np.percentile(hours, percent), abs=1e-6) if hours else None
        assert readings[key].value == expected
    assert [reading.key for reading in found.readings] == [indicator.key for indicator in INDICATORS]
    for reading in found.readings:
        assert (reading.reason is None) == (reading.value is not None), reading
        assert (reading.d is None) == (BY_KEY[reading.key].unit is not Unit.RATE), reading


def test_every_indicator_equals_plain_pandas_over_the_raw_rows(url: str, engine: Engine) -> None:
    oracle = load(url, **TERMS)
    rng = np.random.default_rng(20251015)
    some = False
    for window in windows(rng):
        for code in ("D", *rng.choice(CODES[1:], size=2, replace=False).tolist()):
            found = measure(engine, code, EVERYTHING, now=NOW, window=window)
            assert_equal(found, oracle, NOW)
            some = some or all(reading.value is not None for reading in found.readings)
    assert some, "no window had every indicator: the generated rows prove too little"


WANTED: list[dict[str, Any]] = [
    {"source": {"hotline", "sensor"}},
    {"category": {"A"}},
    {"category": {"X1", "B"}, "severity": {1, 3}},
    {"department": {"B2", "B4"}},
    {"department": {"nobody"}},
    {"state": {"open"}},
    {"state": {"closed"}, "late": True},
    {"late": True},
    {"stage": {"done", "handle"}, "source": {"grid_worker", "hotline"}},
    {"stage": {"evaluate"}},
]


def filters_of(wanted: Mapping[str, Any]) -> Filters:
    given: dict[str, Any] = {
        name: value if value is True else frozenset(value) for name, value in wanted.items()
    }
    return Filters(**given)


def test_filtered_indicators_equal_pandas_over_the_rows_that_pass(postgres: PostgresServer) -> None:
    with district(postgres, seed=11) as (url, engine):
        oracle = load(url, **TERMS)
        rng = np.random.default_rng(20251016)
        for wanted in WANTED:
            some = oracle.filtered(NOW, wanted)
            for window in rng.choice(np.array(windows(rng), dtype=object), size=2, replace=False):
                code = str(rng.choice(CODES))
                found = measure(engine, code, EVERYTHING, now=NOW, window=window, filters=filters_of(wanted))
                assert_equal(found, some, NOW)


@pytest.mark.parametrize("level", [None, Level.STREET, Level.GRID])
@pytest.mark.parametrize("code", ["D", "D3"])
def test_a_breakdown_is_the_measure_of_each_part(engine: Engine, code: str, level: Level | None) -> None:
    window = Window(start=MIDNIGHT - timedelta(days=20), end=NOW)
    for filters in (NO_FILTERS, filters_of({"category": {"A"}, "severity": {1, 2}})):
        parts = breakdown(engine, code, EVERYTHING, now=NOW, window=window, filters=filters, level=level)
        codes = [part.region.code for part in parts]
        assert codes == sorted(EXPECTED_PARTS[code, level])
        for part in parts:
            alone = measure(engine, part.region.code, EVERYTHING, now=NOW, window=window, filters=filters)
            assert part.region.id == alone.region.id
            for mine, own in zip(part.readings, alone.readings, strict=True):
                if mine.key != "coverage":  # a bound on the shifts of one question
                    assert mine == own


GRIDS = [f"D{s}-{c}-{g}" for s in (1, 2, 3) for c in (1, 2) for g in (1, 2, 3)] + ["D3-9"]
EXPECTED_PARTS: dict[tuple[str, Level | None], list[str]] = {
    ("D", None): ["D1", "D2", "D3"],
    ("D", Level.STREET): ["D1", "D2", "D3"],
    ("D", Level.GRID): GRIDS,
    ("D3", None): ["D3-1", "D3-2", "D3-9"],
    ("D3", Level.STREET): [],
    ("D3", Level.GRID): [code for code in GRIDS if code.startswith("D3")],
}


def test_a_whole_is_the_sum_of_its_parts_and_of_what_lies_in_none(postgres: PostgresServer) -> None:
    with district(postgres, seed=9) as (url, engine):
        with psycopg.connect(url) as conn:
            # none left to streets alone
            conn.execute("update ops.events set region_id = 7 where region_id < 7")
        window = Window(start=MIDNIGHT - timedelta(days=20), end=NOW)
        whole = measure(engine, "D", EVERYTHING, now=NOW, window=window)
        parts = breakdown(engine, "D", EVERYTHING, now=NOW, window=window)
        for place, reading in enumerate(whole.readings):
            if reading.key in ("coverage", "handling_p50", "handling_p90"):
                continue
            if reading.key == "supervision_closed":  # orders name regions themselves, the district too
                assert sum(part.readings[place].d or 0 for part in parts) <= (reading.d or 0)
                continue
            assert sum(part.readings[place].n or 0 for part in parts) == reading.n, reading.key
            assert sum(part.readings[place].d or 0 for part in parts) == (reading.d or 0), reading.key


def test_a_breakdown_is_cut_to_the_scope(engine: Engine) -> None:
    scope = Scope(streets=frozenset({"D1"}))
    window = Window(start=MIDNIGHT, end=NOW)
    parts = breakdown(engine, "D1", scope, now=NOW, window=window, keys=["open"])
    assert [part.region.code for part in parts] == ["D1-1", "D1-2"]
    for code in ("D", "D2"):
        with pytest.raises(RegionUnknown, match=code):
            breakdown(engine, code, scope, now=NOW, window=window, keys=["open"])


def test_today_is_the_default(engine: Engine) -> None:
    found = measure(engine, "D", EVERYTHING, now=NOW)
    assert (found.window.start, found.window.end) == (MIDNIGHT, NOW)
    assert found.holidays_known


LIVE = {
    "reported": "reported",
    "open": "open",
    "closed": "closed",
    "overdue_open": "overdue",
    "due_2h": "due_2h",
    "on_duty": "on_duty",
}
LIVE_RATES = {
    "on_time_due": ("on_time_due.n", "on_time_due.d"),
    "on_time_closed": ("on_time_closed.n", "on_time_closed.d"),
    "instant_rate": ("instant.n", "instant.d"),
    "resolution_rate": ("resolved", "answered"),
    "satisfaction": ("satisfied", "answered"),
    "on_duty_rate": ("on_duty", "rostered"),
}


def test_today_is_what_the_live_counters_say(postgres: PostgresServer) -> None:
    with district(postgres, seed=3) as (url, engine):
        with psycopg.connect(url, options="-c timezone=UTC") as conn:
            live = counters(conn, NOW)
        for code in ("D", "D1", "D2", "D3"):
            readings = {item.key: item for item in measure(engine, code, EVERYTHING, now=NOW).readings}
            for key, counter in LIVE.items():
                assert readings[key].n == live[code].get(counter, 0), (code, key)
            for key, (n, d) in LIVE_RATES.items():
                expected = (live[code].get(n, 0), live[code].get(d, 0))
                assert (readings[key].n, readings[key].d) == expected, (code, key)


def test_only_what_is_asked_for_is_counted(engine: Engine) -> None:
    found = measure(engine, "D1", EVERYTHING, now=NOW, keys=["satisfaction", "open"])
    assert [reading.key for reading in found.readings] == ["open", "satisfaction"]


def test_years_without_known_holidays_are_reported(engine: Engine) -> None:
    later = NOW.replace(year=2031)
    assert not measure(engine, "D", EVERYTHING, now=later, keys=["open"]).holidays_known


def test_what_is_outside_the_scope_does_not_exist(engine: Engine) -> None:
    scope = Scope(streets=frozenset({"D1"}))
    whole = {r.key: r for r in measure(engine, "D1-1", EVERYTHING, now=NOW).readings}
    assert {r.key: r for r in measure(engine, "D1-1", scope, now=NOW).readings} == whole
    for code in ("D", "D2", "D2-1-1", "absent"):
        with pytest.raises(RegionUnknown, match=code):
            measure(engine, code, scope, now=NOW)


def test_asking_changes_nothing_and_leaves_no_setting_behind(engine: Engine) -> None:
    measure(engine, "D", EVERYTHING, now=NOW)
    with engine.connect() as conn:
        for setting, value in (("transaction_read_only", "off"), ("plan_cache_mode", "auto")):
            assert conn.exec_driver_sql(f"show {setting}").scalar_one() == value


def test_terms_come_from_the_settings(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("""insert into board.settings values
          ('timezone', '"America/New_York"'), ('workflow', '"six"'), ('satisfied_from', '4'),
          ('working_hours', '[["08:00", "16:00"]]'), ('thresholds', '{"on_time_due": [0.9, 0.95]}')""")
    engine = make_engine(database_url)
    terms = district_terms(engine)
    engine.dispose()
    assert terms.zone.key == "America/New_York"
    assert terms.workflow.key == "six"
    assert terms.satisfied_from == 4
    assert terms.schedule.spans == ((480, 960),)
    assert terms.schedule.calendar.known(2031)  # weekdays: outside China no holidays are assumed
    assert terms.thresholds == {"on_time_due": (0.9, 0.95)}
