"""From the commit of an event, and of a worker's position, to the picture of an open wall.

Run as `python -m benchmarks.page [--times 60]`. Everything is the product's own: embedded PostgreSQL and Valkey, a
seeded district, the relay, one web process, and the wall in Chromium at 1920 x 1080. A change counts as shown one
animation frame after the page holds it. Changes come some four seconds apart, as the ticker swaps its rows at most
every three.
"""

from __future__ import annotations

import random
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import psycopg
from playwright.sync_api import Page, sync_playwright

from benchmarks.delays import summary
from benchmarks.latency import INSERT, PLACES, product
from benchmarks.machine import table
from data_access.writes.positions import Fix, write

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CHROMIUM = "/usr/bin/chromium"
PAUSE_MS = 3500
SETTLE_MS = 5000
DEADLINE_S = 20
STEP = 0.001
ON_DUTY = """
select p.worker_id, p.lon, p.lat from ops.latest_positions p join ops.shifts s on s.worker_id = p.worker_id
where s.checked_in_at is not null and s.checked_out_at is null and s.starts_at <= now() and s.ends_at > now()
"""
WATCH = """() => {
  window.seen = { ...window.seen, NAME: 0 };
  const look = () => {
    if (!(CONDITION)) return void requestAnimationFrame(look);
    requestAnimationFrame(() => { window.seen.NAME = Date.now(); });
  };
  look();
}"""
COUNTER = "document.querySelector('[data-kpi=reported] .num').textContent"


class Wall:
    """The open wall, and when it shows something."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def watch(self, name: str, condition: str) -> None:
        """Begin to wait for a condition, by a name."""
        self._page.evaluate(WATCH.replace("NAME", name).replace("CONDITION", condition))

    def shown_ns(self, name: str) -> int:
        """When it held, ns since 1970."""
        deadline = time.monotonic() + DEADLINE_S
        while not (seen := int(self._page.evaluate(f"window.seen.{name}"))):
            if time.monotonic() > deadline:
                raise TimeoutError(f"the wall did not show the {name} within {DEADLINE_S} s")
            self._page.wait_for_timeout(20)
        return seen * 1_000_000

    def text(self, expression: str) -> str:
        """The value of an expression in the page, as text."""
        return str(self._page.evaluate(expression))

    def pause(self, chance: random.Random) -> None:
        """Let the ticker's turn pass, and come at any moment of the relay's second."""
        self._page.wait_for_timeout(PAUSE_MS + chance.uniform(0, 1000))


def events(connection: psycopg.Connection[Any], wall: Wall, times: int) -> tuple[list[int], list[int]]:
    """Delays of the counter and of the ticker, in ns."""
    chance = random.Random(5)
    places = connection.execute(PLACES).fetchall()
    category = connection.execute("select min(id) from ops.categories where level = 3").fetchone()
    assert category is not None
    counter, ticker = [], []
    for number in range(times):
        wall.pause(chance)
        count = int(wall.text(COUNTER).replace(",", "")) + 1
        wall.watch("counter", f"{COUNTER} === '{count:,}'")
        region, lon, lat = chance.choice(places)
        connection.execute(INSERT, (f"PAGE{number:06d}", category[0], region, lon, lat))
        row = connection.execute("select max(id) from ops.events").fetchone()
        assert row is not None
        wall.watch("ticker", f"document.querySelector('.er[data-event=\"{row[0]}\"]')")
        began = time.time_ns()
        connection.commit()
        counter.append(wall.shown_ns("counter") - began)
        ticker.append(wall.shown_ns("ticker") - began)
    return counter, ticker


def moves(connection: psycopg.Connection[Any], wall: Wall, times: int) -> list[int]:
    """Delays of a worker's new place on the map, in ns."""
    chance = random.Random(6)
    workers = connection.execute(ON_DUTY).fetchall()
    delays = []
    for number in range(times):
        wall.pause(chance)
        worker, lon, lat = chance.choice(workers)
        lon += STEP * (1 + number)
        at = f"quanyu.link.state.workers.places[2 * quanyu.link.state.workers.index.get({worker})]"
        shown = wall.text("quanyu.mapMovers.shown")
        wall.watch("move", f"{at} === {round(lon * 1e5)} && quanyu.mapMovers.shown > {shown}")
        now = datetime.now(UTC)
        write(connection, [Fix(worker_id=worker, fixed_at=now, received_at=now, lon=lon, lat=lat)])
        began = time.time_ns()
        connection.commit()
        delays.append(wall.shown_ns("move") - began)
    return delays


@click.command()
@click.option("--profile", default="pidu", show_default=True)
@click.option("--times", default=60, show_default=True)
def main(profile: str, times: int) -> None:
    """Open, change, watch, print."""
    with (
        tempfile.TemporaryDirectory(prefix="quanyu-page-") as folder,
        product(Path(folder), profile) as stand,
        sync_playwright() as driver,
        psycopg.connect(stand.database_url) as connection,
    ):
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(f"http://127.0.0.1:{stand.port}/", wait_until="load")
        page.wait_for_selector("html[data-state='ready']", state="attached", timeout=60_000)
        page.wait_for_timeout(SETTLE_MS)
        counter, ticker = events(connection, Wall(page), times)
        moved = moves(connection, Wall(page), times)
        browser.close()
    rows = []
    for name, delays in (("event, counter", counter), ("event, ticker", ticker), ("position, map", moved)):
        found = summary(delays)
        rows.append(
            [name, len(delays), *(f"{found[key]:.0f}" for key in ("p50_ms", "p95_ms", "p99_ms", "max_ms"))]
        )
    title = f"From commit to the open wall, profile {profile}"
    print(table(title, ["what", "times", "p50 ms", "p95 ms", "p99 ms", "max ms"], rows))


if __name__ == "__main__":
    main()
