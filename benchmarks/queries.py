"""Times of the questions behind indicators and the region page, over years of generated history.

`python -m benchmarks.queries [--rows 1000000] [--rounds 20] [--only WORDS] [--database-url URL]`: without an
address it starts a PostgreSQL of its own below a temporary folder and throws it away afterwards; with one it takes
an empty, migrated database, and keeps what it loads there, so that a second run only measures. Before it measures it
stores the days that are not stored yet, as the `work` process does within minutes.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
from sqlalchemy import Engine

from benchmarks.history import load
from benchmarks.machine import table
from dashboard.domain.filters import NO_FILTERS, Filters
from dashboard.domain.model import Level, Source
from dashboard.domain.policy import EVERYTHING
from dashboard.domain.windows import Comparison, Preset, Step, Window, preset, same_part, steps, today
from dashboard.embedded.postgres import PostgresServer
from data_access import rollups
from data_access.engine import make_engine
from data_access.queries.breakdown import breakdown
from data_access.queries.events import open_events
from data_access.queries.indicators import measure, measure_each
from data_access.queries.regions import region_page
from data_access.queries.session import reading
from data_access.schema import ensure_database, migrate

PAGE = (
    *(
        "reported",
        "open",
        "closed",
        "overdue_open",
        "due_2h",
        "closure_rate",
        "on_time_due",
        "on_time_closed",
    ),
    *("satisfaction", "resolution_rate", "response_rate", "handling_p50", "handling_p90", "on_duty_rate"),
)
TREND = ("reported", "closed", "on_time_due", "satisfaction", "handling_p50", "handling_p90")
RANKING = (
    "reported",
    "open",
    "overdue_open",
    "on_time_due",
    "on_time_closed",
    "satisfaction",
    "handling_p50",
)
REPEATS = ("repeat_rate",)
DAY = timedelta(days=1)
ZONE = ZoneInfo("Asia/Shanghai")
MOST_STEPS = 120
REGIONS = {
    "district": ["D1"],
    "street": [f"S{n}" for n in range(1, 15)],
    "community": [f"C{n}" for n in range(1, 196, 13)],
    "grid": [f"G{n}" for n in range(1, 590, 37)],
}
FILTERS = {
    "all": NO_FILTERS,
    "one filter": Filters(source=frozenset({Source.HOTLINE})),
    "two filters": Filters(category=frozenset({"C3"}), department=frozenset({"B2", "B5", "B9"})),
}

Ask = Callable[[str, datetime], object]


def main() -> None:
    """Load, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--only", default="", help="questions whose name holds this, a regular expression")
    parser.add_argument("--database-url", default=None)
    options = parser.parse_args()
    with database(options.database_url) as url:
        now = load(url, options.rows)
        store(url, now)
        engine = make_engine(url)
        try:
            rows = [
                measured(*question, now, options.rounds)
                for question in questions(engine, now)
                if re.search(options.only, question[0])
            ]
        finally:
            engine.dispose()
    print(
        table(f"Questions over {options.rows:,} events", ("question", "p50 ms", "p95 ms", "worst ms"), rows)
    )


def store(url: str, now: datetime) -> None:
    """Store the days that are not stored yet."""
    began, days = time.perf_counter(), 0
    with psycopg.connect(url, options="-c timezone=UTC") as conn:
        while True:
            with conn.transaction():
                written = rollups.keep(conn, now)
            if not written:
                break
            days += written
    print(f"{days} days stored in {time.perf_counter() - began:.0f} s")


@contextmanager
def database(url: str | None) -> Iterator[str]:
    """The address that was given, or a fresh database of a server of our own."""
    if url is not None:
        yield url
        return
    with tempfile.TemporaryDirectory(prefix="quanyu-bench-") as folder:
        options = {"shared_buffers": "1GB", "max_wal_size": "8GB", "maintenance_work_mem": "512MB"}
        with PostgresServer(Path(folder), scratch=True, options=options) as server:
            ensure_database(server.url(), "bench")
            migrate(server.url("bench"))
            yield server.url("bench")


def questions(engine: Engine, now: datetime) -> Iterator[tuple[str, Ask, Sequence[str]]]:
    """Name, question, and the regions that it goes round."""

    def page(code: str, end: datetime) -> object:
        with reading(engine) as conn:
            return region_page(conn, code, EVERYTHING, end), open_events(conn, code, EVERYTHING, end)

    for name, codes in REGIONS.items():
        yield f"region page, {name}", page, codes
        for span, window in windows(now).items():
            for kept, filters in FILTERS.items():
                yield f"figures, {span}, {name}, {kept}", _figures(engine, now, window, filters), codes
                yield f"trend, {span}, {name}, {kept}", _trend(engine, now, window, filters), codes
                if name != "grid":
                    yield f"ranking, {span}, {name}, {kept}", _ranking(engine, now, window, filters), codes
        yield f"map by grid, 30 days, {name}", _map(engine, now, windows(now)["30 days"]), codes
        yield (
            f"repeat rate of today, {name}",
            _figures(engine, now, today(now, ZONE), NO_FILTERS, REPEATS),
            codes,
        )


def windows(now: datetime) -> dict[str, Window]:
    """What people ask for: presets, and stretches of their own that begin and end in the middle of a day."""
    return {
        "today": today(now, ZONE),
        "7 days": preset(Preset.LAST_7_DAYS, now, ZONE),
        "30 days": preset(Preset.LAST_30_DAYS, now, ZONE),
        "30 days a year ago": same_part(preset(Preset.LAST_30_DAYS, now, ZONE), Comparison.LAST_YEAR, ZONE),
        "this year": preset(Preset.THIS_YEAR, now, ZONE),
        "own 9 months": Window(
            start=now - timedelta(days=400, hours=5), end=now - timedelta(days=130, hours=2)
        ),
    }


def _figures(
    engine: Engine, now: datetime, window: Window, filters: Filters, keys: Sequence[str] = PAGE
) -> Ask:
    return lambda code, _: measure(
        engine, code, EVERYTHING, now=now, window=window, keys=keys, filters=filters
    )


def _trend(engine: Engine, now: datetime, window: Window, filters: Filters) -> Ask:
    length = window.length / DAY
    step = Step.HOUR if length <= 2 else Step.DAY if length <= 60 else Step.WEEK
    parts = steps(window, step, ZONE, MOST_STEPS)
    return lambda code, _: measure_each(
        engine, code, EVERYTHING, now=now, windows=parts, keys=TREND, filters=filters
    )


def _ranking(engine: Engine, now: datetime, window: Window, filters: Filters) -> Ask:
    return lambda code, _: breakdown(
        engine, code, EVERYTHING, now=now, window=window, keys=RANKING, filters=filters
    )


def _map(engine: Engine, now: datetime, window: Window) -> Ask:
    return lambda code, _: breakdown(
        engine, code, EVERYTHING, now=now, window=window, keys=("on_time_due",), level=Level.GRID
    )


def measured(
    name: str, ask: Ask, codes: Sequence[str], now: datetime, rounds: int
) -> tuple[str, str, str, str]:
    """One line of the table: the first call is not counted."""
    times_ms = []
    for n, code in zip(range(rounds + 1), cycle(codes), strict=False):
        began = time.perf_counter()
        ask(code, now)
        if n:
            times_ms.append((time.perf_counter() - began) * 1000)
    middle, high = np.percentile(times_ms, [50, 95])
    return name, f"{middle:.1f}", f"{high:.1f}", f"{max(times_ms):.1f}"


if __name__ == "__main__":
    main()
