"""Fan-out: one frame to 1,500 streams. Delay, processor time per delivery, memory per stream; nchan beside
it.

Run as `python -m benchmarks.fanout [--streams 1500] [--seconds 30]`. Publisher, web process and listeners are
processes of their own on one machine; delays run from just before the publish to the arrival of the frame's
first bytes. The stream is the product's own, from Valkey through the hub; nchan gets the same bytes by HTTP.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import machine, nchan
from benchmarks.delays import Summary
from benchmarks.processes import REPOSITORY, Askers, Cost, Listeners, free_port, running, wait_ready
from dashboard.domain.messages import encode_frame
from dashboard.domain.policy import EVERYTHING
from dashboard.embedded import ValkeyServer
from dashboard.live.sse import Frame, joined
from data_access.bus import Place, RedisBus
from data_access.listening import pack_snapshot

STREETS = 33
FRAME_BYTES = 11_000
SETTLE_S = 3.0
Publish = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table."""

    server: str
    beside: str
    rate: float
    delays: Summary
    deliveries_per_core_s: float
    us_per_delivery: float

    def cells(self) -> list[str]:
        times = [f"{self.delays[key]:.1f}" for key in ("p50_ms", "p95_ms", "p99_ms", "max_ms")]
        cost = [f"{self.us_per_delivery:.1f}", f"{self.deliveries_per_core_s:,.0f}"]
        return [self.server, self.beside, f"{self.rate:g}", f"{self.delays['number']:,}", *times, *cost]


HEAD = [
    "server",
    "beside",
    "frames/s",
    "delivered",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "max ms",
    "us CPU each",
    "per core s",
]


def move_frames(number: int) -> list[dict[str, Any]]:
    """Parts of frames as a district of 33 towns sends them each second, about 11 KB packed."""
    chance = random.Random(7)
    at = 1_795_000_000_000
    workers = FRAME_BYTES // STREETS // 8
    return [
        {
            f"44190{street:04d}": {
                "at": at,
                "m": [
                    [
                        street * 300 + n,
                        chance.randrange(9),
                        chance.randrange(-900, 900),
                        chance.randrange(-900, 900),
                        0,
                    ]
                    for n in range(workers)
                ],
            }
            for street in range(STREETS)
        }
        for _ in range(number)
    ]


@contextmanager
def quanyu(folder: Path) -> Iterator[tuple[int, int, Publish, bytes]]:
    """The product's web process; yields port, process id, how to publish frame N, and a frame's bytes on a stream."""
    snapshot = json.loads((REPOSITORY / "tests" / "contract" / "snapshot.json").read_text())
    parts = move_frames(16)
    with ValkeyServer(folder) as valkey:
        bus = RedisBus(valkey.url())
        bus.begin(Place(epoch=7, offset=0), pack_snapshot(snapshot | {"epoch": 7, "offset": 0}))

        def publish(offset: int) -> None:
            frame = encode_frame(7, offset, "move", datetime.now(UTC), parts[offset % len(parts)])
            published[offset] = time.monotonic_ns()
            bus.publish(Place(epoch=7, offset=offset), frame)

        sample = Frame.of(encode_frame(7, 1, "move", datetime.now(UTC), parts[0]))
        port = free_port()
        settings = {
            "QUANYU_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
            "QUANYU_REDIS_URL": valkey.url(),
        }
        with running("-m", "benchmarks.busy_web", str(port), **settings) as process:
            wait_ready(f"http://127.0.0.1:{port}/live/snapshot")
            yield port, process.pid, publish, joined([sample], EVERYTHING, packed=True)
        bus.close()


published: dict[int, int] = {}
_offset = iter(range(1, 10**9))


def drive(
    publish: Publish, listeners: Listeners, cost: Cost, rate: float, seconds: float
) -> tuple[Summary, float]:
    """Publish at a rate for some seconds; delays and processor seconds of the server."""
    published.clear()
    began_cpu, began = cost.cpu_s(), time.monotonic()
    for number in range(int(rate * seconds)):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        publish(next(_offset))
    time.sleep(1.0)
    used = cost.cpu_s() - began_cpu
    return listeners.delays(published), used


def row(server: str, beside: str, rate: float, delays: Summary, cpu_s: float) -> Row:
    return Row(
        server=server,
        beside=beside,
        rate=rate,
        delays=delays,
        deliveries_per_core_s=delays["number"] / cpu_s if cpu_s else 0.0,
        us_per_delivery=cpu_s / delays["number"] * 1e6 if delays["number"] else 0.0,
    )


def measure_quanyu(
    folder: Path, streams: int, seconds: float, rates: list[float]
) -> tuple[list[Row], float, bytes]:
    """Rows for the product, KB per idle stream, and a frame for the yardstick."""
    rows: list[Row] = []
    with quanyu(folder) as (port, pid, publish, sample):
        cost = Cost(pid)
        publish(next(_offset))
        with Listeners.opened(port, 50, "/live/stream?from=7:0"):
            pass
        time.sleep(SETTLE_S)
        before = cost.rss_kb()
        with Listeners.opened(port, streams, "/live/stream?from=7:1") as listeners:
            time.sleep(SETTLE_S)
            idle_kb = (cost.rss_kb() - before) / streams
            for rate in rates:
                delays, cpu_s = drive(publish, listeners, cost, rate, seconds if rate <= 1 else seconds / 3)
                rows.append(row("quanyu", "-", rate, delays, cpu_s))
            with Askers.busy(f"http://127.0.0.1:{port}/busy", 4) as askers:
                before_answers = askers.answers()
                delays, _ = drive(publish, listeners, cost, 1.0, seconds)
                beside = f"4 busy callbacks ({(askers.answers() - before_answers) / seconds:.0f}/s)"
                rows.append(row("quanyu", beside, 1.0, delays, 0.0))
    return rows, idle_kb, sample


def measure_nchan(streams: int, seconds: float, rates: list[float], sample: bytes) -> tuple[list[Row], float]:
    """The same for nginx with nchan."""
    rows: list[Row] = []
    port = free_port()
    with nchan.served(port) as pid:
        cost = Cost(pid)
        head, _, rest = sample.partition(b"id: 7:1\n")

        def publish(offset: int) -> None:
            body = head + b"id: 7:%d\n" % offset + rest
            published[offset] = time.monotonic_ns()
            nchan.publish(port, body)

        time.sleep(1.0)
        publish(0)
        before = cost.rss_kb()
        with Listeners.opened(port, streams, "/stream") as listeners:
            time.sleep(SETTLE_S)
            idle_kb = (cost.rss_kb() - before) / streams
            for rate in rates:
                delays, cpu_s = drive(publish, listeners, cost, rate, seconds if rate <= 1 else seconds / 3)
                rows.append(row("nchan", "-", rate, delays, cpu_s))
    return rows, idle_kb


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--streams", type=int, default=1500)
    options.add_argument("--seconds", type=float, default=30.0)
    options.add_argument("--rates", type=float, nargs="+", default=[1.0, 10.0, 15.0])
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="quanyu-fanout-") as folder:
        Path(folder).chmod(0o711)
        rows, idle_kb, sample = measure_quanyu(Path(folder) / "v", asked.streams, asked.seconds, asked.rates)
    memory = [["quanyu", f"{idle_kb:.1f}"]]
    if nchan.available():
        more, nchan_kb = measure_nchan(asked.streams, asked.seconds, asked.rates, sample)
        rows += more
        memory.append(["nchan", f"{nchan_kb:.1f}"])
    else:
        print("nginx with nchan is not installed here: Debian has it as libnginx-mod-nchan")
    title = f"Fan-out to {asked.streams:,} streams, {len(sample) / 1000:.1f} KB frames"
    print(machine.table(title, HEAD, [one.cells() for one in rows]))
    print(machine.table("Memory of an idle stream", ["server", "KB"], memory))


if __name__ == "__main__":
    main()
