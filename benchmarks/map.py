"""Frame times of the wall's map: every worker of the largest profile on the move, at rest and while it is dragged.

    python -m benchmarks.map [--workers 10000] [--grids 2958] [--seconds 20]

Serves a made-up district (`tests.browser.playback`) in a process of its own, which steps back for the browser as if it
were on another machine, opens the wall in Chromium, waits for
30-minute trails, and reads the gaps between animation frames. A frame is dropped where a gap is longer than one and a
half frames of the display. Script is the time that the page's own code took in a frame.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
from playwright.sync_api import Page, sync_playwright

from benchmarks.machine import table
from benchmarks.processes import free_port, wait_ready

ROOT = Path(__file__).resolve().parent.parent
ARGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
SIZES = {"1920x1080": (1920, 1080), "3840x2160": (3840, 2160)}
FRAME_MS = 1000 / 60

WATCH = """
() => {
  const original = window.requestAnimationFrame.bind(window);
  window.bench = { script: 0, frames: [] };
  window.requestAnimationFrame = (callback) => original((now) => {
    const start = performance.now();
    try { return callback(now); } finally { window.bench.script += performance.now() - start; }
  });
  window.bench.run = (seconds, drag) => new Promise((done) => {
    const box = document.querySelector('.lf').getBoundingClientRect();
    const [cx, cy] = [box.left + box.width / 2, box.top + box.height / 2];
    const target = document.querySelector('.lf');
    const mouse = (type, x, y, on) => on.dispatchEvent(new MouseEvent(type, {
      bubbles: true, cancelable: true, clientX: x, clientY: y, button: 0, buttons: 1, view: window }));
    const frames = []; const begun = performance.now(); let last = null; let down = false;
    const frame = (now) => {
      if (last !== null) frames.push([now - last, window.bench.script]);
      window.bench.script = 0; last = now;
      const t = (performance.now() - begun) / 1000;
      if (drag) {
        if (!down) { mouse('mousedown', cx, cy, target); down = true; }
        const r = Math.min(box.width, box.height) * 0.1;
        mouse('mousemove', cx + r * Math.sin(t * 2), cy + r * Math.sin(t * 3.1), document);
      }
      if (t < seconds) return void original(frame);
      if (down) mouse('mouseup', cx, cy, document);
      done(frames);
    };
    original(frame);
  });
}
"""


def summary(size: str, phase: str, frames: list[list[float]]) -> list[str]:
    """One row of the table from [gap, script] pairs in ms."""
    gaps = sorted(gap for gap, _ in frames)
    script = sorted(spent for _, spent in frames)
    return [
        size,
        phase,
        str(len(gaps)),
        f"{statistics.median(gaps):.1f}",
        f"{_at(gaps, 0.99):.1f}",
        f"{gaps[-1]:.0f}",
        f"{dropped_of(frames):.1%}",
        f"{statistics.median(script):.1f}",
        f"{_at(script, 0.99):.1f}",
    ]


def dropped_of(frames: list[list[float]]) -> float:
    """The share of dropped ones among the frames that were due."""
    missed = sum(max(0, round(gap / FRAME_MS) - 1) for gap, _ in frames if gap > 1.5 * FRAME_MS)
    return missed / (missed + len(frames))


def _at(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))]


def measure(page: Page, size: str, seconds: int) -> list[list[str]]:
    """Rows for a resting wall and for one that is dragged."""
    page.wait_for_selector("html[data-state='ready']", state="attached", timeout=60_000)
    page.wait_for_timeout(8000)
    rows = []
    for phase, drag in (("rest", False), ("drag", True)):
        frames: Any = page.evaluate("([seconds, drag]) => bench.run(seconds, drag)", [seconds, drag])
        rows.append(summary(size, phase, frames))
    return rows


@click.command()
@click.option("--workers", default=10_000, show_default=True)
@click.option("--grids", default=2958, show_default=True)
@click.option("--streets", default=33, show_default=True)
@click.option("--seconds", default=20, show_default=True)
@click.option("--gpu/--no-gpu", default=False, help="leave the browser's graphics processor on")
def main(workers: int, grids: int, streets: int, seconds: int, *, gpu: bool) -> None:
    """Serve, open, measure, print."""
    port = free_port()
    size = ["--workers", str(workers), "--grids", str(grids), "--streets", str(streets)]
    server = subprocess.Popen(
        ["nice", sys.executable, "-m", "tests.browser.playback", "--port", str(port), *size], cwd=ROOT
    )
    rows: list[list[str]] = []
    try:
        wait_ready(f"http://127.0.0.1:{port}/", 180)
        with sync_playwright() as driver:
            program = shutil.which("chromium") or shutil.which("google-chrome")
            browser = driver.chromium.launch(
                executable_path=program, args=ARGS + ([] if gpu else ["--disable-gpu"])
            )
            for name, (width, height) in SIZES.items():
                page = browser.new_page(viewport={"width": width, "height": height})
                page.add_init_script(f"({WATCH})()")
                page.goto(f"http://127.0.0.1:{port}/", wait_until="load")
                rows += measure(page, name, seconds)
                page.close()
            browser.close()
    finally:
        server.terminate()
        server.wait(20)
    head = [
        "size",
        "phase",
        "frames",
        "gap p50 ms",
        "gap p99",
        "longest",
        "dropped",
        "script p50 ms",
        "script p99",
    ]
    print(table(f"The map with {workers:,} workers, 30-minute trails and {grids:,} grids", head, rows))


if __name__ == "__main__":
    main()
