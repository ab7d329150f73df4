"""The wall's memory in the browser over half an hour, every worker of the largest profile on the map.

    python -m benchmarks.soak_heap [--profile dongguan] [--minutes 30] [--settle 5]

Starts the demo in an empty folder, opens the wall in Chromium, and reads the JS heap after a forced
collection each minute. Exit status 1 where it grew by 2 % or more between minute `settle` and the end.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import click
from playwright.sync_api import CDPSession, sync_playwright

from benchmarks.machine import table
from benchmarks.processes import free_port, wait_ready

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
]
ROOT = Path(__file__).resolve().parent.parent
LIMIT = 0.02


def heap_mb(devtools: CDPSession) -> float:
    """JS heap in use after the developer tools' forced collection, which repeats until no more is freed, in MB."""
    devtools.send("HeapProfiler.collectGarbage")
    return float(devtools.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


def watch(base: str, minutes: int) -> list[tuple[int, float, int]]:
    """(minute, heap in MB, DOM nodes) for each minute that the wall was open."""
    readings = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(base, wait_until="load")
        devtools = page.context.new_cdp_session(page)
        for minute in range(1, minutes + 1):
            page.wait_for_timeout(60_000)
            nodes = int(page.evaluate("document.getElementsByTagName('*').length"))
            readings.append((minute, heap_mb(devtools), nodes))
            print(f"minute {minute}: {readings[-1][1]:.2f} MB, {nodes} nodes", flush=True)
        browser.close()
    return readings


@click.command()
@click.option("--profile", default="dongguan", show_default=True)
@click.option("--minutes", default=30, show_default=True)
@click.option("--settle", default=5, show_default=True, help="the minute that growth is counted from")
def main(profile: str, minutes: int, settle: int) -> None:
    """Run the demo, watch the heap, judge its growth."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="quanyu-soak-") as folder:
        command = [sys.executable, "app.py", "demo", "--profile", profile]
        command += ["--port", str(port), "--data-dir", folder]
        demo = subprocess.Popen(command, cwd=ROOT)
        try:
            wait_ready(f"{base}/readyz", 300)
            readings = watch(base, minutes)
        finally:
            demo.send_signal(signal.SIGTERM)
            demo.wait(20)
    first = next(heap for minute, heap, _ in readings if minute == settle)
    growth = readings[-1][1] / first - 1
    print(
        table(
            f"JS heap of the wall, profile {profile}",
            ["minute", "MB", "nodes"],
            [(minute, f"{heap:.2f}", nodes) for minute, heap, nodes in readings],
        )
    )
    print(f"growth from minute {settle} to {minutes}: {growth:+.2%} (limit {LIMIT:.0%})")
    sys.exit(int(growth >= LIMIT))


if __name__ == "__main__":
    main()
