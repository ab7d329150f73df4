"""Times of the questions behind indicators and the region page, over years of generated history.

`python -m benchmarks.queries [--rows 1000000] [--rounds 20] [--database-url URL]`: without an address it
starts a PostgreSQL of its own below a temporary folder and throws it away afterwards; with one it takes an
empty, migrated database, and keeps what it loads there, so that a second run only measures.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path

import numpy as np
from sqlalchemy import Engine

from benchmarks.history import load
from benchmarks.machine import table
from dashboard.domain.policy import EVERYTHING
from dashboard.domain.windows import Window
from dashboard.embedded.postgres import PostgresServer
from data_access.engine import make_engine
from data_access.queries.events import open_events
from data_access.queries.indicators import measure
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
DAY = timedelta(days=1)

Ask = Callable[[str, datetime], object]


def main() -> None:
    """Load, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--database-url", default=None)
    options = parser.parse_args()
    with database(options.database_url) as url:
        now = load(url, options.rows)
        engine = make_engine(url)
        try:
            rows = [measured(*question, now, options.rounds) for question in questions(engine, now)]
        finally:
            engine.dispose()
    print(
        table(f"Questions over {options.rows:,} events", ("question", "p50 ms", "p95 ms", "worst ms"), rows)
    )


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
    streets = [f"S{n}" for n in range(1, 15)]
    grids = [f"G{n}" for n in range(1, 590, 37)]
    spans = {"today": now - timedelta(hours=16), "7 days": now - 7 * DAY, "30 days": now - 30 * DAY}

    def indicators(start: datetime, keys: Sequence[str]) -> Ask:
        return lambda code, end: measure(
            engine, code, EVERYTHING, now=now, window=Window(start=start, end=end), keys=keys
        )

    def page(code: str, end: datetime) -> object:
        with reading(engine) as conn:
            return region_page(conn, code, EVERYTHING, end), open_events(conn, code, EVERYTHING, end)

    for name, codes in (("district", ["D1"]), ("street", streets), ("grid", grids)):
        yield f"region page, {name}", page, codes
        for span, start in spans.items():
            yield f"indicators of {span}, {name}", indicators(start, PAGE), codes
        yield (
            f"process indicators of today, {name}",
            indicators(
                spans["today"], ("dispatch_accuracy", "rework_rate", "feedback_rate", "supervision_closed")
            ),
            codes,
        )
        yield f"repeat rate of today, {name}", indicators(spans["today"], ("repeat_rate",)), codes
    yield (
        "stocks of a year ago, district",
        lambda code, end: measure(
            engine,
            code,
            EVERYTHING,
            now=now,
            window=Window(start=end - 366 * DAY, end=end - 365 * DAY),
            keys=("open",),
        ),
        ["D1"],
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
