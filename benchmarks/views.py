"""How soon a page of the desk is there, with its figures, lists and charts, over many events.

    python -m benchmarks.views [--rows 10000000] [--times 7] [--database-url URL]

Relay, one web process and Chromium at 1440 x 900 on this machine. Each page is opened in a browser that has never seen
it ("first") and again in the same one, from the navigation to the first picture after everything is there.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Final

import click
import numpy as np
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from benchmarks.history import load
from benchmarks.machine import table
from benchmarks.processes import free_port, running, wait_ready
from benchmarks.queries import database
from dashboard.embedded import ValkeyServer

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CHROMIUM = os.environ.get("QUANYU_CHROMIUM", "/usr/bin/chromium")
LIMIT_MS: Final = 1500.0
PATIENCE_MS: Final = 60_000
REGION: Final = (
    "document.querySelectorAll('.dk-kpi[data-kpi] b').length >= 6 && document.querySelector('#desk-ranking tbody tr')"
    " && document.querySelector('.ch-now')?.getAttribute('d') && document.querySelectorAll('.ag-row').length > 4"
)
PAGES: Final = {
    "a district": ("/region/D1", REGION),
    "a street": ("/region/S3", REGION),
    "a community": ("/region/C20", REGION),
    "one event": ("/event/E9000000", "document.querySelector('.case-facts')"),
    "the ledger": ("/supervision", "document.querySelector('.sv-kpi b')?.textContent"),
}
WATCH: Final = """
const look = () => {
  if (!(CONDITION)) return void requestAnimationFrame(look);
  requestAnimationFrame(() => { window.shownAt = performance.now(); });
};
requestAnimationFrame(look);
"""


def shown_ms(context: BrowserContext, url: str, condition: str) -> float:
    """From the navigation until the page is there."""
    page = context.new_page()
    page.add_init_script(WATCH.replace("CONDITION", condition))
    page.goto(url, wait_until="commit")
    page.wait_for_load_state("load", timeout=PATIENCE_MS)
    spent = 0.0
    while not spent:
        page.wait_for_timeout(20)
        spent = float(page.evaluate("window.shownAt || (performance.now() > 60000 ? -1 : 0)"))
    page.close()
    if spent < 0:
        raise TimeoutError(f"{url} was not there within a minute")
    return spent


def measured(browser: Browser, base: str, times: int) -> list[list[str]]:
    """A row for each page and each kind of opening."""
    rows = []
    for name, (path, condition) in PAGES.items():
        first, again = [], []
        for number in range(times + 1):
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            spent = [shown_ms(context, base + path, condition) for _ in range(2)]
            context.close()
            if number:  # the server has seen the question once
                first.append(spent[0])
                again.append(spent[1])
        for kind, found in (("first", first), ("again", again)):
            p50, p95 = np.percentile(found, [50, 95])
            rows.append([name, kind, f"{len(found)}", f"{p50:.0f}", f"{p95:.0f}", f"{max(found):.0f}"])
    return rows


@click.command()
@click.option("--rows", default=1_000_000, show_default=True, help="Events over three years.")
@click.option("--times", default=7, show_default=True)
@click.option("--database-url", default=None, help="An empty, migrated database, or one that is filled.")
def main(rows: int, times: int, database_url: str | None) -> None:
    """Fill, open, watch, print; status 1 where the median of a page is over its limit."""
    with (
        tempfile.TemporaryDirectory(prefix="quanyu-views-") as folder,
        database(database_url) as url,
        ValkeyServer(Path(folder) / "valkey") as valkey,
    ):
        load(url, rows)
        settings = {
            "QUANYU_DATABASE_URL": url,
            "QUANYU_REDIS_URL": valkey.url(),
            "QUANYU_SIGN_IN": "demo",
            "QUANYU_DATA_DIR": folder,
        }
        port = free_port()
        with (
            running("app.py", "relay", **settings),
            running("app.py", "serve", "--port", str(port), **settings),
            sync_playwright() as driver,
        ):
            wait_ready(f"http://127.0.0.1:{port}/readyz", 120)
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGS)
            found = measured(browser, f"http://127.0.0.1:{port}", times)
            browser.close()
    head = ["page", "opened", "times", "p50 ms", "p95 ms", "worst ms"]
    print(table(f"Until a page is there, {rows:,} events", head, found))
    sys.exit(any(float(row[3]) > LIMIT_MS for row in found))


if __name__ == "__main__":
    main()
