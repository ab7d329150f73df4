"""Positions through the web process: how fast, how late, and whether what was answered 2xx is in the database.

Run as `python -m benchmarks.ingest [--seconds 30] [--rate 2000]`. Everything is the product's own: embedded PostgreSQL
and Valkey, a district with 9,756 workers, the relay, one web process. The senders are another process on the same
machine. First the most that a gateway and devices get through, in turns with raw COPY of as many rows into the same
table; then every device by the clock; then more than the server takes, to see it refuse. Exit status 1 where a fix
that was answered 2xx is missing, where one was given up, where a refusal names no time to come back, or where the
gateway reaches less than half of raw COPY.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import Popen
from typing import Any, cast

import click
import numpy as np
import psycopg

from benchmarks.machine import table
from benchmarks.positions import batches, copy_rows, copy_text
from benchmarks.processes import Cost, free_port, running, wait_ready
from dashboard.embedded import PostgresServer, ValkeyServer
from dashboard.reception.tokens import DEVICE, SYSTEM, digest, new_token
from dashboard.simulation import seed
from data_access.schema import ensure_database, migrate
from data_access.writes import partitions, tokens
from data_access.writes.positions import row_text

PROFILE = "dongguan"
ROUNDS = 3
ROWS = 100_000
EACH = 2_000
SHARE = 0.5
PACED_EACH = 5
LONGEST_ROW_S = 300.0
Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """The running product and the sending process. `settings` are the product's; `databases` the process ids of
    PostgreSQL and Valkey."""

    settings: dict[str, str]
    folder: Path
    port: int
    databases: tuple[int, int]
    workers: list[int]
    web: Cost
    relay: Cost
    senders: Popen[str]

    @property
    def database_url(self) -> str:
        """Where everything lies."""
        return self.settings["QUANYU_DATABASE_URL"]

    def job(self, **order: object) -> dict[str, Any]:
        """What came of one job of the senders."""
        assert self.senders.stdin is not None
        assert self.senders.stdout is not None
        self.senders.stdin.write(json.dumps(order) + "\n")
        self.senders.stdin.flush()
        return cast(dict[str, Any], json.loads(self.senders.stdout.readline()))


@contextmanager
def product(folder: Path) -> Iterator[Stand]:
    """A district whose workers are all on duty, each with a device, and the processes around it."""
    with ExitStack() as stack:
        postgres = stack.enter_context(PostgresServer(folder / "postgres"))
        valkey = stack.enter_context(ValkeyServer(folder / "valkey"))
        ensure_database(postgres.url(), "quanyu")
        url = postgres.url("quanyu")
        migrate(url)
        seed(url, PROFILE, days=1)
        with psycopg.connect(url) as connection:
            workers = equip(connection, folder)
        assert postgres.child is not None
        assert valkey.child is not None
        settings = {
            "QUANYU_DATABASE_URL": url,
            "QUANYU_REDIS_URL": valkey.url(),
            "QUANYU_LOG_LEVEL": "warning",
            "QUANYU_SIGN_IN": "demo",
            "QUANYU_DATA_DIR": str(folder / "data"),
        }
        relay = stack.enter_context(running("app.py", "relay", **settings))
        port = free_port()
        web = stack.enter_context(running("app.py", "serve", "--port", str(port), **settings))
        wait_ready(f"http://127.0.0.1:{port}/readyz")
        senders = stack.enter_context(running("-m", "benchmarks.senders", f"127.0.0.1:{port}", str(folder)))
        assert senders.stdout is not None
        if senders.stdout.readline().strip() != "ready":
            raise RuntimeError("the senders did not start")
        yield Stand(
            settings=settings,
            folder=folder,
            port=port,
            databases=(postgres.child.pid, valkey.child.pid),
            workers=workers,
            web=Cost(web.pid),
            relay=Cost(relay.pid),
            senders=senders,
        )


def equip(connection: Conn, folder: Path) -> list[int]:
    """Everybody on duty for two days and nowhere yet, with a token each; ids of the workers in the file's order."""
    today = datetime.now(UTC).date()
    partitions.ensure(connection, today - timedelta(days=2), today + timedelta(days=1))
    connection.execute("truncate ops.latest_positions")
    connection.execute(
        "insert into ops.shifts (worker_id, starts_at, ends_at, checked_in_at)"
        " select id, now() - interval '1 hour', now() + interval '2 days', now() - interval '1 hour'"
        " from ops.workers where active"
    )
    gateway = new_token(SYSTEM)
    tokens.add_system(connection, "grid_worker", "benchmark", digest(gateway))
    found = connection.execute(
        "select w.id, w.code, v.label_lon, v.label_lat from ops.workers w"
        " join ops.region_versions v on v.region_id = w.region_id and v.valid_to = 'infinity'"
        " where w.active order by w.id"
    ).fetchall()
    devices = [(*one, new_token(DEVICE)) for one in found]
    with (
        connection.cursor() as cursor,
        cursor.copy("copy board.tokens (kind, worker_id, name, hash) from stdin") as copy,
    ):
        for id_, code, _, _, token in devices:
            copy.write_row(("device", id_, code, digest(token)))
    lines = [gateway, *(f"{code} {token} {lon} {lat}" for _, code, lon, lat, token in devices)]
    (folder / "tokens.txt").write_text("\n".join(lines), encoding="ascii")
    (folder / "accepted.bin").touch()
    return [row[0] for row in found]


def most(stand: Stand, connection: Conn) -> tuple[float, str]:
    """The gateway's share of raw COPY, and a table of what gets through at most."""
    supply = batches(EACH, 1, random.Random(7))
    spent: dict[str, float] = dict.fromkeys(
        ("raw COPY", "ready text", "gateway", "devices, 10", "devices, 1"), 0.0
    )
    rows = dict.fromkeys(spent, 0)
    for _ in range(ROUNDS):
        for name, ready in (("raw COPY", False), ("ready text", True)):
            for _ in range(ROWS // EACH):
                fixes = next(supply)
                text = "".join(map(row_text, fixes)) if ready else ""
                begun = time.perf_counter()
                if ready:
                    copy_text(connection, text)
                else:
                    copy_rows(connection, fixes)
                connection.commit()
                spent[name] += time.perf_counter() - begun
                rows[name] += EACH
        jobs: dict[str, dict[str, int]] = {
            "gateway": {"rows": ROWS, "each": EACH, "lanes": 4},
            "devices, 10": {"rows": ROWS // 5, "each": 10, "lanes": 32, "devices": len(stand.workers)},
            "devices, 1": {"rows": ROWS // 20, "each": 1, "lanes": 200, "devices": len(stand.workers)},
        }
        for name, job in jobs.items():
            done = stand.job(job="flood", **job)
            spent[name] += done["lasted_s"]
            rows[name] += done["accepted"]
    rates = {name: rows[name] / spent[name] for name in spent}
    head = ("way", "rows a request", "rows/s", "of raw COPY", "of ready text")
    per = {"raw COPY": EACH, "ready text": EACH, "gateway": EACH, "devices, 10": 10, "devices, 1": 1}
    cells = [
        (
            name,
            f"{per[name]:,}",
            f"{rate:,.0f}",
            f"{rate / rates['raw COPY']:.0%}",
            f"{rate / rates['ready text']:.0%}",
        )
        for name, rate in rates.items()
    ]
    return rates["gateway"] / rates["raw COPY"], table("The most that gets through", head, cells)


def by_the_clock(stand: Stand, rate: float, seconds: float) -> tuple[bool, str]:
    """Whether nothing was given up, and a table of a steady load."""
    rows, good, begun = [], True, time.monotonic()
    while (left := seconds - (time.monotonic() - begun)) > 1:
        cpu = stand.web.cpu_s(), stand.relay.cpu_s()
        done = stand.job(job="paced", rate=rate, each=PACED_EACH, seconds=min(left, LONGEST_ROW_S))
        used = [
            f"{100 * (cost.cpu_s() - then) / done['lasted_s']:.0f}"
            for cost, then in zip((stand.web, stand.relay), cpu, strict=True)
        ]
        good &= done["given_up"] == 0
        rows.append(
            (
                f"{time.monotonic() - begun:,.0f}",
                f"{done['accepted'] / done['lasted_s']:,.0f}",
                *(f"{done[key]:.1f}" for key in ("p50_ms", "p95_ms", "p99_ms", "max_ms")),
                *(str(done["statuses"].get(status, 0)) for status in ("429", "503")),
                *used,
                *(f"{cost.rss_kb() / 1024:.0f}" for cost in (stand.web, stand.relay)),
            )
        )
        print("  ".join(rows[-1]), file=sys.stderr, flush=True)
    head = ("s", "rows/s", "p50 ms", "p95 ms", "p99 ms", "max ms", "429", "503", "web CPU %", "relay CPU %",
            "web MB", "relay MB")  # fmt: skip
    devices = f"{len(stand.workers):,} devices, {PACED_EACH} fixes a request"
    return good, table(f"{rate:,.0f} positions a second from {devices}", head, rows)


def too_much(stand: Stand) -> tuple[bool, str]:
    """Whether every refusal names a time and nothing was given up, and a table of what was refused."""
    rows, good = [], True
    jobs: dict[str, dict[str, int]] = {
        "gateway, 256 requests at once": {"rows": 400_000, "each": 1_000, "lanes": 256},
        "one device, 200 requests at once": {"rows": 200, "each": 1, "lanes": 1, "devices": 1},
    }
    for name, job in jobs.items():
        done = stand.job(job="flood", **job)
        good &= done["given_up"] == 0 and done["without_retry_after"] == 0
        statuses = [str(done["statuses"].get(status, 0)) for status in ("200", "429", "503")]
        rows.append((name, *statuses, f"{done['given_up']}", f"{stand.web.rss_kb() / 1024:.0f}"))
    return good, table("More than it takes", ("sender", "200", "429", "503", "given up", "web MB"), rows)


def missing(stand: Stand, connection: Conn) -> tuple[int, int, int]:
    """Fixes answered 2xx: how many, how many of them are not in the database, and how many are there twice."""
    pairs = np.fromfile(stand.folder / "accepted.bin", dtype=np.int64).reshape(-1, 2)
    ids = np.array(stand.workers)[pairs[:, 0]]
    connection.execute("create temp table answered (worker_id bigint, at_us bigint)")
    with connection.cursor() as cursor, cursor.copy("copy answered from stdin") as copy:
        for start in range(0, len(pairs), 100_000):
            part = zip(
                ids[start : start + 100_000].tolist(), pairs[start : start + 100_000, 1].tolist(), strict=True
            )
            copy.write("".join(f"{worker}\t{at}\n" for worker, at in part))
    connection.execute("analyze answered")
    row = connection.execute(
        "with kept as (select worker_id, (extract(epoch from fixed_at) * 1000000)::bigint as at_us, count(*) as times"
        "  from ops.positions where fixed_at > now() - interval '1 day' group by 1, 2)"
        " select count(*), count(*) filter (where kept.times is null), count(*) filter (where kept.times > 1)"
        " from answered left join kept using (worker_id, at_us)"
    ).fetchone()
    assert row is not None
    return row[0], row[1], row[2]


def run(rate: float, seconds: float) -> int:
    """Measure and print; the exit status."""
    with tempfile.TemporaryDirectory(prefix="quanyu-ingest-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with product(folder) as stand, psycopg.connect(stand.database_url) as connection:
            share, through = most(stand, connection)
            print(through, flush=True)
            steady, load = by_the_clock(stand, rate, seconds)
            print(load, flush=True)
            refusing, refused = too_much(stand)
            print(refused, flush=True)
            answered, lost, twice = missing(stand, connection)
    print(
        f"{answered:,} fixes were answered 2xx; of these {lost:,} are missing and {twice:,} are there twice."
    )
    return int(lost > 0 or not steady or not refusing or share < SHARE)


@click.command()
@click.option("--seconds", default=30.0, show_default=True, help="How long the steady load lasts.")
@click.option("--rate", default=2000.0, show_default=True, help="Its positions a second.")
def main(seconds: float, rate: float) -> None:
    """Load the addresses for positions."""
    sys.exit(run(rate, seconds))


if __name__ == "__main__":
    main()
