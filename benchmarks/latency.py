"""From the commit of an event in PostgreSQL to its frame in 1,000 open streams, with four busy callbacks beside it.

Run as `python -m benchmarks.latency [--streams 1000] [--rate 100] [--seconds 20]`. Everything is the product's own:
embedded PostgreSQL and Valkey, a seeded district, the relay, one web process. Each event is a transaction of its
own; its time runs from just before COMMIT to the first bytes of its frame in each stream.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import redis

from benchmarks import machine
from benchmarks.delays import Summary, summary
from benchmarks.processes import Askers, Cost, Listeners, free_port, running, wait_ready
from dashboard.domain.messages import FrameKind, decode_header, frame_parts
from dashboard.embedded import PostgresServer, ValkeyServer
from dashboard.simulation import seed
from data_access.bus import FRAMES_CHANNEL, LOG_KEY
from data_access.schema import ensure_database, migrate

INSERT = """
insert into ops.events (code, source, category_id, severity, region_id, lon, lat, due_at)
values (%s, 'hotline', %s, 1, %s, %s, %s, clock_timestamp() + interval '1 day')
"""
PLACES = """
select v.region_id, v.label_lon, v.label_lat
from ops.region_versions v join ops.regions r on r.id = v.region_id where r.level = 'grid'
"""
HEAD = [
    "beside",
    "events/s",
    "delivered",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "max ms",
    "COMMIT p50/p99",
    "at Redis p50/p99",
    "web CPU %",
    "relay CPU %",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """The running product."""

    database_url: str
    redis_url: str
    port: int
    web: Cost
    relay: Cost


@contextmanager
def product(folder: Path, profile: str) -> Iterator[Stand]:
    """A district, a relay and one web process."""
    with ExitStack() as stack:
        postgres = stack.enter_context(PostgresServer(folder / "postgres", scratch=True))
        valkey = stack.enter_context(ValkeyServer(folder / "valkey"))
        ensure_database(postgres.url(), "quanyu")
        url = postgres.url("quanyu")
        migrate(url)
        seed(url, profile, days=2)
        settings = {"QUANYU_DATABASE_URL": url, "QUANYU_REDIS_URL": valkey.url()}
        relay = stack.enter_context(running("app.py", "relay", **settings))
        port = free_port()
        web = stack.enter_context(running("-m", "benchmarks.busy_web", str(port), **settings))
        wait_ready(f"http://127.0.0.1:{port}/readyz")
        yield Stand(
            database_url=url, redis_url=valkey.url(), port=port, web=Cost(web.pid), relay=Cost(relay.pid)
        )


class Reporter:
    """Commits events at a rate, and finds out afterwards which frame told of which."""

    def __init__(self, stand: Stand) -> None:
        self._conn: psycopg.Connection[Any] = psycopg.connect(stand.database_url)
        self._wire_url = stand.redis_url
        self._wire: Any = redis.Redis.from_url(stand.redis_url)
        self._places = self._conn.execute(PLACES).fetchall()
        self._categories = [
            row[0] for row in self._conn.execute("select id from ops.categories where level = 3")
        ]
        self._conn.commit()
        self._chance = random.Random(11)
        self._committed: dict[str, int] = {}
        self._read = "-"
        self._number = 0
        self.published: dict[int, int] = {}
        self.arrived: dict[int, int] = {}
        self.commits: list[int] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        """When each frame is out of the relay: half of the way."""
        wire: Any = redis.Redis.from_url(self._wire_url)
        channel = wire.pubsub(ignore_subscribe_messages=True)
        channel.subscribe(FRAMES_CHANNEL)
        with contextlib.suppress(redis.ConnectionError):  # the end of the benchmark
            for message in channel.listen():
                now = time.monotonic_ns()
                self.arrived[decode_header(message["data"]).offset] = now

    def report(self) -> None:
        """One event, committed."""
        region, lon, lat = self._chance.choice(self._places)
        self._number += 1
        code = f"BENCH{self._number:08d}"
        self._conn.execute(INSERT, (code, self._chance.choice(self._categories), region, lon, lat))
        began = time.monotonic_ns()
        self._committed[code] = began
        self._conn.commit()
        self.commits.append(time.monotonic_ns() - began)

    def match(self) -> None:
        """Offsets of the frames that told of events first, from the log."""
        for key, fields in self._wire.xrange(LOG_KEY, self._read, "+"):
            self._read = f"({key.decode()}"
            frame = fields[b"f"]
            header = decode_header(frame)
            if header.kind is FrameKind.EVENT:
                for part in frame_parts(frame, header).values():
                    at = self._committed.pop(part["e"]["code"], None)
                    if at is not None:
                        self.published[header.offset] = at

    @property
    def untold(self) -> int:
        """Events that no frame told of."""
        return len(self._committed)


def drive(stand: Stand, reporter: Reporter, listeners: Listeners, rate: float, seconds: float) -> list[str]:
    """Commit at a rate for some seconds; the cells of a row without the first."""
    reporter.match()
    reporter.published.clear()
    reporter.commits.clear()
    listeners.delays({})
    before = stand.web.cpu_s(), stand.relay.cpu_s()
    began = time.monotonic()
    for number in range(int(rate * seconds)):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        reporter.report()
        if number % 500 == 499:
            reporter.match()
    took = time.monotonic() - began
    used = [
        100 * (cost.cpu_s() - then) / took
        for cost, then in zip((stand.web, stand.relay), before, strict=True)
    ]
    time.sleep(2.0)
    reporter.match()
    halfway = summary(
        [reporter.arrived[one] - at for one, at in reporter.published.items() if one in reporter.arrived]
    )
    delays: Summary = listeners.delays(reporter.published)
    if reporter.untold:
        print(f"{reporter.untold} events were never told")
    times = [f"{delays[key]:.1f}" for key in ("p50_ms", "p95_ms", "p99_ms", "max_ms")]
    parts = [f"{part['p50_ms']:.1f} / {part['p99_ms']:.1f}" for part in (summary(reporter.commits), halfway)]
    return [f"{rate:g}", f"{delays['number']:,}", *times, *parts, *(f"{share:.0f}" for share in used)]


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--streams", type=int, default=1000)
    options.add_argument("--rate", type=float, default=100.0)
    options.add_argument("--seconds", type=float, default=20.0)
    options.add_argument("--profile", default="pidu")
    asked = options.parse_args()
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory(prefix="quanyu-latency-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with product(folder, asked.profile) as stand:
            reporter = Reporter(stand)
            with Listeners.opened(stand.port, asked.streams, "/live/stream") as listeners:
                rates = (1.0, asked.rate)
                rows += [["-", *drive(stand, reporter, listeners, rate, asked.seconds)] for rate in rates]
                with Askers.busy(f"http://127.0.0.1:{stand.port}/busy", 4):
                    busy = [drive(stand, reporter, listeners, rate, asked.seconds) for rate in rates]
                rows += [["4 busy callbacks", *cells] for cells in busy]
    title = f"Commit of an event to its frame in {asked.streams:,} streams, profile {asked.profile}"
    print(machine.table(title, HEAD, rows))


if __name__ == "__main__":
    main()
