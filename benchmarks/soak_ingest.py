"""An hour of 2,000 positions a second under a wall on screen: no fix is lost, frames and memory keep their bounds.

    python -m benchmarks.soak_ingest [--seconds 3600] [--rate 2000]

The largest profile with all its workers on duty. PostgreSQL, Valkey, relay, web and work as in a district, and the
senders beside them, step back for Chromium with the wall's map, as if it were on another machine. Each minute the map
is watched at rest and while it is dragged, and memory is read: shared pages count once (PSS). Exit status 1 where a fix
that was answered 2xx is missing, where one was given up, where the wall is not live, where more than 1 % of the frames
were dropped while the map was dragged, or where memory went over what stands in `MOST_MB`.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any, Final

import click
import psycopg
import redis
from playwright.sync_api import Page, sync_playwright

from benchmarks.ingest import Stand, by_the_clock, missing, product
from benchmarks.machine import table
from benchmarks.map import ARGS, WATCH, dropped_of
from benchmarks.processes import running

DROPPED: Final = 0.01
MOST_MB: Final = {"PostgreSQL": 1024.0, "Valkey": 128.0, "relay": 256.0, "web": 384.0, "work": 256.0}
"""Valkey: what it says of its data; the others: their processes' share of the machine's memory."""
WATCHED_S: Final = 10
EVERY_S: Final = 60.0
LIVE: Final = "globalThis.quanyu && quanyu.link && quanyu.link.status() === 'live'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One look: seconds since the load began, whether the wall was live, frames as [gap, script] in ms, and MB."""

    at_s: float
    live: bool
    rest: list[list[float]]
    drag: list[list[float]]
    memory_mb: dict[str, float]

    def cells(self) -> list[str]:
        """A row of the table."""
        gaps = sorted(gap for gap, _ in self.drag)
        return [
            f"{self.at_s:,.0f}",
            "yes" if self.live else "NO",
            f"{dropped_of(self.rest):.1%}",
            f"{dropped_of(self.drag):.1%}",
            f"{gaps[int(len(gaps) * 0.99)]:.0f}",
            *(f"{self.memory_mb[name]:,.0f}" for name in MOST_MB),
        ]


HEAD: Final = (
    "s",
    "live",
    "dropped at rest",
    "dropped in drag",
    "gap p99 ms",
    *(f"{name} MB" for name in MOST_MB),
)


def share_mb(root: int) -> float:
    """Memory of a process and all below it, in MB; what several of them share is counted once."""
    total_kb, left = 0, [root]
    while left:
        folder = Path("/proc") / str(left.pop())
        with suppress(OSError):  # it ended just now
            left += [int(pid) for pid in (folder / f"task/{folder.name}/children").read_text().split()]
            found = re.search(r"^Pss:\s+(\d+)", (folder / "smaps_rollup").read_text(), re.MULTILINE)
            total_kb += int(found[1]) if found else 0
    return total_kb / 1024


def watch(stand: Stand, work: Popen[str], page: Page, load: Future[Any]) -> list[Sample]:
    """A look each minute for as long as the load lasts."""
    wire = redis.Redis.from_url(stand.settings["QUANYU_REDIS_URL"])
    found: list[Sample] = []
    begun = time.monotonic()
    while not load.done():
        due_s = begun + EVERY_S * (len(found) + 1) - 2 * WATCHED_S
        while time.monotonic() < due_s and not load.done():
            page.wait_for_timeout(500)
        if load.done():
            break
        rest, drag = (
            page.evaluate("([seconds, drag]) => bench.run(seconds, drag)", [WATCHED_S, dragged])
            for dragged in (False, True)
        )
        memory = {
            "PostgreSQL": share_mb(stand.databases[0]),
            "Valkey": float(wire.info("memory")["used_memory"]) / 2**20,
            "relay": share_mb(stand.relay.pid),
            "web": share_mb(stand.web.pid),
            "work": share_mb(work.pid),
        }
        at_s, live = time.monotonic() - begun, bool(page.evaluate(LIVE))
        found.append(Sample(at_s=at_s, live=live, rest=rest, drag=drag, memory_mb=memory))
        print("  ".join(found[-1].cells()), file=sys.stderr, flush=True)
    return found


def judged(samples: list[Sample]) -> tuple[bool, str]:
    """Whether all stayed within its bounds, and a table of the bounds."""
    dragged = dropped_of([frame for sample in samples for frame in sample.drag])
    rows = [("frames dropped while dragged", f"{dragged:.2%}", f"{DROPPED:.0%}", dragged <= DROPPED)]
    for name, most_mb in MOST_MB.items():
        highest = max(sample.memory_mb[name] for sample in samples)
        rows.append((f"{name}, MB", f"{highest:,.0f}", f"{most_mb:,.0f}", highest <= most_mb))
    live = sum(sample.live for sample in samples)
    rows.append(("looks at which the wall was live", f"{live}", f"{len(samples)}", live == len(samples)))
    cells = [(what, seen, bound, "yes" if good else "NO") for what, seen, bound, good in rows]
    return all(row[-1] for row in rows), table("Bounds", ("what", "seen", "bound", "kept"), cells)


def run(rate: float, seconds: float) -> int:
    """Load, watch, print; the exit status."""
    with tempfile.TemporaryDirectory(prefix="quanyu-ingest-") as name, sync_playwright() as driver:
        folder = Path(name)
        folder.chmod(0o711)
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=[*ARGS, "--disable-gpu"],
        )
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.add_init_script(f"({WATCH})()")
        os.nice(10)  # whatever starts from here on
        with product(folder) as stand, running("app.py", "work", **stand.settings) as work:
            page.goto(f"http://127.0.0.1:{stand.port}/", wait_until="load")
            page.wait_for_selector("html[data-state='ready']", state="attached", timeout=60_000)
            with ThreadPoolExecutor(1, "load") as pool:
                load = pool.submit(by_the_clock, stand, rate, seconds)
                samples = watch(stand, work, page, load)
                steady, through = load.result()
            browser.close()
            with psycopg.connect(stand.database_url) as connection:
                answered, lost, twice = missing(stand, connection)
    kept, bounds = judged(samples)
    print(
        through, table("The wall and memory", HEAD, [sample.cells() for sample in samples]), bounds, sep="\n"
    )
    print(
        f"{answered:,} fixes were answered 2xx; of these {lost:,} are missing and {twice:,} are there twice."
    )
    return int(lost > 0 or not steady or not kept)


@click.command()
@click.option(
    "--seconds", type=click.FloatRange(90), default=3600.0, show_default=True, help="How long the load lasts."
)
@click.option("--rate", default=2000.0, show_default=True, help="Its positions a second.")
def main(seconds: float, rate: float) -> None:
    """Load the addresses for positions for long, with a wall on screen."""
    sys.exit(run(rate, seconds))


if __name__ == "__main__":
    main()
