"""A worker's day of 10,000 fixes out of a table of 100,000,000: the query, and the whole way to the answer.

    python -m benchmarks.tracks [--rows 100000000] [--rounds 60] [--database-url URL]

Without an address it starts a PostgreSQL of its own below a temporary folder and throws it away afterwards (25 GB for
100,000,000 rows); with one it takes an empty, migrated database, keeps what it loads there, and only measures the next
time. Each round asks for another worker and day. Exit status 1 where the query's p95 is over 30 ms or the answer's over
300 ms.
"""

from __future__ import annotations

import random
import sys
import time
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import click
import numpy as np
from sqlalchemy import Engine

from benchmarks.crowds import FIXES, WORKERS, load
from benchmarks.machine import table
from benchmarks.queries import database
from dashboard.api_trails import track
from dashboard.domain.messages import dump
from dashboard.domain.policy import DEMO, EVERYTHING
from dashboard.domain.trails.facts import day_facts
from dashboard.domain.trails.rules import TrailRules
from dashboard.questions import Question
from data_access.engine import make_engine
from data_access.queries.session import reading
from data_access.queries.tracks import read_track, worker_day
from data_access.writes.partitions import days as partition_days
from data_access.writes.session import writing

QUERY_MS, ANSWER_MS = 30.0, 300.0
ZONE = ZoneInfo("Asia/Shanghai")


@click.command()
@click.option("--rows", default=100_000_000, show_default=True, help="Positions in the table, at least.")
@click.option("--rounds", default=60, show_default=True, help="Questions of each kind.")
@click.option(
    "--database-url", default=None, help="An empty, migrated database, or one filled by this benchmark."
)
def main(rows: int, rounds: int, database_url: str | None) -> None:
    """Load, measure, print."""
    with database(database_url) as url:
        days = load(url, rows)
        engine = make_engine(url)
        try:
            worst = _measure(engine, days, rounds, _stored(url))
        finally:
            engine.dispose()
    sys.exit(1 if worst["query"] > QUERY_MS or worst["answer"] > ANSWER_MS else 0)


def _measure(engine: Engine, days: list[date], rounds: int, stored: int) -> dict[str, float]:
    chance = random.Random(11)
    now = datetime.combine(days[-1], datetime.min.time(), ZONE) + timedelta(days=1)
    spent: dict[str, list[float]] = {}
    for place in range(rounds + 1):
        for name, milliseconds in _round(engine, chance, chance.choice(days), now).items():
            if place:
                spent.setdefault(name, []).append(milliseconds)
    lines = [
        (name, *(f"{value:.1f}" for value in np.percentile(times, [50, 95, 100])))
        for name, times in spent.items()
    ]
    head = ("what", "p50 ms", "p95 ms", "worst ms")
    print(table(f"A day of {FIXES:,} fixes out of {stored:,}", head, lines))
    return {name: float(np.percentile(times, 95)) for name, times in spent.items()}


def _round(engine: Engine, chance: random.Random, day: date, now: datetime) -> dict[str, float]:
    """Milliseconds of the query, of all that a day asks the database, of the arithmetic, and of a whole answer: each
    of the first and the last for a worker of its own."""
    spent: dict[str, float] = {}
    with reading(engine) as conn:
        shifts = worker_day(conn, _worker(chance), day, EVERYTHING, now, ZONE).shifts
    with reading(engine) as conn:
        begun = time.perf_counter()
        found = worker_day(conn, _worker(chance), day, EVERYTHING, now, ZONE)
        spent["worker, shifts and query"] = (time.perf_counter() - begun) * 1000
    other = replace(shifts[0], worker_id=chance.randint(1, WORKERS))
    with reading(engine) as conn:
        begun = time.perf_counter()
        track_of_other = read_track(conn, [other])
        spent["query"] = (time.perf_counter() - begun) * 1000
    if len(track_of_other) != FIXES or len(found.track) != FIXES:
        raise RuntimeError(f"a day has {len(track_of_other)} and {len(found.track)} fixes")
    begun = time.perf_counter()
    day_facts(found.track, [shift.duty for shift in found.shifts], found.shape, TrailRules())
    spent["cleaning and facts"] = (time.perf_counter() - begun) * 1000
    question = Question(
        engine=engine,
        scope=EVERYTHING,
        now=now,
        lang="zh",
        query={"day": day.isoformat(), "zoom": "16"},
        path={"code": _worker(chance)},
        viewer=DEMO,
    )
    begun = time.perf_counter()
    dump(track(question))
    spent["answer"] = (time.perf_counter() - begun) * 1000
    return spent


def _worker(chance: random.Random) -> str:
    return f"W{chance.randint(1, WORKERS)}"


def _stored(url: str) -> int:
    """Positions in the table, as the planner knows them."""
    with writing(url, "benchmark") as connection:
        names = [f"positions_{day:%Y%m%d}" for day in partition_days(connection)]
        row = connection.execute(
            "select sum(reltuples) from pg_class where relname = any(%s)", (names,)
        ).fetchone()
    return int(row[0]) if row else 0


if __name__ == "__main__":
    main()
