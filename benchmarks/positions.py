"""Position ingest through the writer, beside raw COPY of the same rows on the same machine.

    python -m benchmarks.positions [--seconds 5]

Starts its own PostgreSQL. Raw COPY appends the rows and does nothing else, once as a plain client does it
(psycopg writes each row's values) and once with text that was made before the clock started. The writer appends
the same rows, keeps the newest fix of each worker with where it has been resting, and commits every batch.
Exit status 1 where it reaches less than half of raw COPY's rate, or where writers in parallel block each other.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click
import psycopg

from benchmarks.machine import table
from dashboard.embedded import PostgresServer
from data_access.schema import ensure_database, migrate
from data_access.writes import partitions, positions
from data_access.writes.positions import Fix
from data_access.writes.session import writing

WORKERS = 9_756
SHAPES = ((350, 1), (1000, 1), (2000, 1), (2000, 4))
WRITERS = 4
SHARE = 0.5
COLUMNS = "worker_id, fixed_at, received_at, lon, lat, accuracy_m, speed_mps, heading_deg, battery_pct"
COPY = f"copy ops.positions ({COLUMNS}) from stdin"


def batches(rows: int, each: int, chance: random.Random) -> Iterator[list[Fix]]:
    """Endless batches in no order: `each` fixes a worker, each batch ten seconds after the last."""
    start = datetime.now(UTC) - timedelta(days=1)
    while True:
        start += timedelta(seconds=10)
        workers = chance.sample(range(1, WORKERS + 1), rows // each)
        found = [
            Fix(
                worker_id=worker,
                fixed_at=start + timedelta(seconds=place),
                received_at=start + timedelta(seconds=each),
                lon=103.9 + chance.random() / 10,
                lat=30.8 + chance.random() / 10,
                accuracy_m=5.0,
                speed_mps=1.2,
                heading_deg=90.0,
                battery_pct=80,
            )
            for worker in workers
            for place in range(each)
        ]
        chance.shuffle(found)
        yield found


def copy_rows(connection: psycopg.Connection[Any], fixes: list[Fix]) -> None:
    """Raw COPY as a plain client does it."""
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for fix in fixes:
            copy.write_row(
                (
                    fix.worker_id,
                    fix.fixed_at,
                    fix.received_at,
                    fix.lon,
                    fix.lat,
                    fix.accuracy_m,
                    fix.speed_mps,
                    fix.heading_deg,
                    fix.battery_pct,
                )
            )


def copy_text(connection: psycopg.Connection[Any], text: str) -> None:
    """Raw COPY of text that is ready."""
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        copy.write(text)


def rates(connection: psycopg.Connection[Any], shape: tuple[int, int], seconds: float) -> list[float]:
    """Rows a second of COPY by rows, COPY of ready text, and the writer.

    The three take turns, batch by batch, so that whatever else the machine does meets all of them; making the
    batches is not counted, each is committed.
    """
    supply = batches(*shape, random.Random(7))
    for _ in range(WORKERS * shape[1] // shape[0] + 1):
        positions.write(connection, next(supply))  # every worker has a newest fix, as in the long run
    connection.commit()
    spent, rows = [0.0, 0.0, 0.0], 0
    while spent[-1] < seconds:
        fixes, *others = next(supply), next(supply), next(supply)
        text = "".join(positions.row_text(fix) for fix in fixes)
        ways: tuple[Callable[[], object], ...] = (
            partial(copy_rows, connection, others[0]),
            partial(copy_text, connection, text),
            partial(positions.write, connection, others[1]),
        )
        for place, way in enumerate(ways):
            begun = time.perf_counter()
            way()
            connection.commit()
            spent[place] += time.perf_counter() - begun
        rows += len(fixes)
    return [rows / one for one in spent]


def together(database_url: str, seconds: float) -> tuple[int, list[str]]:
    """Writers in parallel over the same workers in no order: rows a second in all, and what went wrong."""
    done, errors = [0] * WRITERS, list[str]()
    until = time.monotonic() + seconds

    def work(place: int) -> None:
        supply = batches(1000, 1, random.Random(place))
        try:
            with writing(database_url, f"benchmark {place}") as connection:
                while time.monotonic() < until:
                    done[place] += positions.write(connection, next(supply))
                    connection.commit()
        except Exception as error:  # noqa: BLE001  a thread's failure is the finding
            errors.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=work, args=(place,)) for place in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return round(sum(done) / seconds), errors


@click.command()
@click.option("--seconds", default=5.0, show_default=True, help="How long each way of writing is timed.")
def main(seconds: float) -> None:
    """Time the writer and raw COPY."""
    folder = Path(tempfile.mkdtemp(prefix="quanyu-bench-"))
    folder.chmod(0o711)
    try:
        with PostgresServer(folder / "postgres") as server:
            ensure_database(server.url(), "bench")
            migrate(server.url("bench"))
            worst, errors = _measure(server.url("bench"), seconds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if errors or worst < SHARE else 0)


def _measure(url: str, seconds: float) -> tuple[float, list[str]]:
    worst, rows = 1.0, []
    today = datetime.now(UTC).date()
    with writing(url, "benchmark") as connection:
        partitions.ensure(connection, today - timedelta(days=2), today)
        for shape in SHAPES:
            plain, ready, ours = rates(connection, shape, seconds)
            worst = min(worst, ours / plain)
            name = f"{shape[0]} rows, {shape[1]} a worker"
            figures = (f"{plain:,.0f}", f"{ready:,.0f}", f"{ours:,.0f}")
            rows.append((name, *figures, f"{ours / plain:.0%}", f"{ours / ready:.0%}"))
    head = ("batch", "raw COPY rows/s", "ready text", "writer", "of raw COPY", "of ready text")
    print(table("Positions through the writer and by raw COPY", head, rows))
    total, errors = together(url, seconds)
    print(
        f"{WRITERS} writers at once, batches in no order: {total:,} rows/s, {len(errors)} errors {errors[:3]}"
    )
    return worst, errors


if __name__ == "__main__":
    main()
