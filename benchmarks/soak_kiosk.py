"""A wall left alone through an hour of failures: how soon it is live again, and how soon dark without its token.

    python -m benchmarks.soak_kiosk [--minutes 60] [--seed 7]

One kiosk in Chromium, behind a cable of its own, over relays, PostgreSQL, Valkey and a web process that are killed,
restarted, flushed, frozen and cut off; nobody touches a key. After each failure is over an event is written, and the
wall must be live and hold it within 15 s; at the end the token is revoked, and the wall must be dark within 5 s.
Ends with status 1 where one of them took longer.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click
import psycopg
from playwright.sync_api import BrowserContext, Error, Page, Playwright, sync_playwright

from benchmarks.cable import Cable
from benchmarks.machine import table
from benchmarks.soak_faults import Chaos
from dashboard.access import kiosk
from data_access.engine import make_engine
from tests.builders import insert_event
from tests.faults.rig import Rig
from tests.integration.streaming import answers, free_port, web_process
from tests.signed_site import ADMIN

LIVE_S = 15.0
DARK_S = 5.0
PATIENCE_S = 90.0
WRITING_S = 2.0
"""Between two changes: as many events in an hour as a district has in a day."""
KEPT_S = 40.0
"""A browser writes its cookies down about every half minute; a wall that crashes sooner is paired anew."""
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
IS_LIVE = (
    "globalThis.quanyu && quanyu.link && quanyu.link.status() === 'live' && quanyu.link.state.events.has({})"
)


class Hall:
    """The web process, the cable, and the wall's browser with its profile on disk."""

    def __init__(self, rig: Rig, home: Path, driver: Playwright, stack: ExitStack) -> None:
        self.rig = rig
        self._home = home
        self._driver = driver
        self._web_port = free_port()
        self._web = ExitStack()
        stack.callback(self._web.close)
        self.cable = stack.enter_context(Cable.laid(self._web_port))
        self._context: BrowserContext | None = None
        self.page: Page | None = None

    @property
    def base(self) -> str:
        """The wall's address."""
        return f"http://127.0.0.1:{self.cable.port}"

    def start_web(self) -> None:
        """A web process, answering."""
        own = {"QUANYU_DATABASE_URL": self.rig.url, "QUANYU_REDIS_URL": self.rig.valkey.url()}
        command = ("app.py", "serve", "--port", str(self._web_port))
        log = self._home / "web.log"
        self._process = self._web.enter_context(web_process(*command, log=log, **{**os.environ, **own}))
        self.wait(lambda: answers(self._web_port, "/healthz"), "the web process")

    def end_web(self, *, kill: bool) -> None:
        """It ends, in good order or not."""
        if kill:
            self._process.kill()
        else:
            self._process.terminate()
        self._process.wait(20)
        self._web.close()

    def open(self, address: str) -> None:
        """The browser starts, as it does when its machine does."""
        self._context = self._driver.chromium.launch_persistent_context(
            str(self._home / "profile"),
            executable_path="/usr/bin/chromium",
            args=ARGS,
            viewport={"width": 1920, "height": 1080},
        )
        self.page = self._context.pages[0]
        with contextlib.suppress(Error):
            self.page.goto(address, wait_until="commit", timeout=10_000)

    def close(self) -> None:
        """The browser ends."""
        if self._context is not None:
            with contextlib.suppress(Error):
                self._context.close()
            self._context = None

    def crash(self) -> None:
        """All processes of the browser are killed, as when its machine loses power."""
        profile = f"--user-data-dir={self._home / 'profile'}".encode()
        for place in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if profile in place.read_bytes():
                    os.kill(int(place.parent.name), signal.SIGKILL)
        self.close()

    def shows(self, expression: str) -> bool:
        """Whether an expression is true on the page; false while it loads anew."""
        with contextlib.suppress(Error):
            return bool(self.page and self.page.evaluate(expression))
        return False

    def wait(self, condition: Callable[[], bool], what: str) -> float:
        """Seconds until a condition holds."""
        began = time.monotonic()
        while time.monotonic() < began + PATIENCE_S:
            if condition():
                return time.monotonic() - began
            if self.page is not None:
                with contextlib.suppress(Error):
                    self.page.wait_for_timeout(50)
            time.sleep(0.05)
        if self.page is not None:
            print(f"  the wall is at {self.page.url}", flush=True)
        raise TimeoutError(f"waited {PATIENCE_S:.0f} s in vain for {what}")

    def live_after(self) -> float:
        """Seconds until the wall is live and holds an event that is written now."""
        began = time.monotonic()
        number = self._event()
        self.wait(lambda: self.shows(IS_LIVE.format(number)), "the wall")
        return time.monotonic() - began

    def _event(self) -> int:
        """An event, as soon as the database takes one."""
        while True:
            with contextlib.suppress(psycopg.Error), psycopg.connect(self.rig.url, autocommit=True) as conn:
                return insert_event(conn, code=f"K{time.time_ns()}", severity=3)
            time.sleep(0.05)


class Failures:
    """What can happen; each comes back when it is over."""

    def __init__(self, hall: Hall, dice: random.Random) -> None:
        self.hall = hall
        self.dice = dice
        self.chaos = Chaos(hall.rig, dice)
        self.every: list[Callable[[], None]] = [
            self.web_killed,
            self.web_ended,
            self.chaos.flush_valkey,
            self.chaos.restart_valkey,
            self.chaos.restart_postgres,
            self.leader_lost,
            self.cable_pulled,
            self.cable_silent,
            self.browser_crashed,
            self.web_and_cable,
        ]

    def web_killed(self) -> None:
        """SIGKILL, and it comes back."""
        self.hall.end_web(kill=True)
        self.chaos.pause(8)
        self.hall.start_web()

    def web_ended(self) -> None:
        """A new release: it ends in good order and another begins."""
        self.hall.end_web(kill=False)
        self.hall.start_web()

    def leader_lost(self) -> None:
        """One relay is killed, the leader's session too."""
        self.chaos.kill_relay()
        self.hall.rig.cut_leader()
        self.chaos.ensure_relays()

    def cable_pulled(self) -> None:
        """No network for a while."""
        self.hall.cable.unplug()
        self.chaos.pause(40)
        self.hall.cable.plug()

    def cable_silent(self) -> None:
        """Connections carry nothing for a while, then break."""
        self.hall.cable.silence()
        self.chaos.pause(30)
        self.hall.cable.unplug()
        self.hall.cable.plug()

    def browser_crashed(self) -> None:
        """The wall's browser is killed and started again at the plain address."""
        self.hall.crash()
        self.hall.open(self.hall.base + "/")

    def web_and_cable(self) -> None:
        """The server is restarted while the network is away."""
        self.hall.cable.unplug()
        self.hall.end_web(kill=True)
        self.hall.start_web()
        self.hall.cable.plug()


@contextmanager
def hall(seed: int) -> Iterator[Hall]:
    """Servers, two relays and a web process."""
    home = Path(tempfile.mkdtemp(prefix="quanyu-soak-"))
    home.chmod(0o711)
    rig = Rig(home)
    try:
        with sync_playwright() as driver, ExitStack() as stack:
            rig.start()
            rig.open(seed, pause_s=WRITING_S)
            made = Hall(rig, home, driver, stack)
            made.start_web()
            yield made
            made.close()
    finally:
        rig.close()
        rig.stop()
        shutil.rmtree(home, ignore_errors=True)


def dark_after(made: Hall, number: int) -> float:
    """Seconds from the end of the wall's token until it shows nothing any more."""
    engine = make_engine(made.rig.url)
    kiosk.revoke(engine, ADMIN, number)
    engine.dispose()
    return made.wait(lambda: made.page is not None and "/login" in made.page.url, "darkness")


@click.command()
@click.option("--minutes", default=60.0, show_default=True)
@click.option("--seed", default=time.time_ns() % 100_000)
def main(minutes: float, seed: int) -> None:
    """Let things fail until the time is over, then revoke the token."""
    dice = random.Random(seed)
    took: list[tuple[str, float]] = []
    print(f"seed {seed}, {minutes:.0f} minutes", flush=True)
    with hall(seed) as made:
        failures = Failures(made, dice)
        failures.chaos.ensure_relays()
        engine = make_engine(made.rig.url)
        number, token = kiosk.add(engine, ADMIN, "hall", None)
        engine.dispose()
        made.open(f"{made.base}/kiosk#{token}")
        print(f"live after {made.live_after():.1f} s", flush=True)
        time.sleep(KEPT_S)
        until = time.monotonic() + 60 * minutes
        order = list(failures.every)
        while time.monotonic() < until:
            if not order:
                order = list(failures.every)
            failure = order.pop(dice.randrange(len(order)))
            failure()
            took.append((failure.__name__, made.live_after()))
            print(f"{took[-1][0]}: live after {took[-1][1]:.1f} s", flush=True)
            failures.chaos.ensure_relays()
            time.sleep(dice.uniform(1, 15))
        dark_s = dark_after(made, number)
    rows = []
    for name in sorted({name for name, _ in took}):
        times = [seconds for each, seconds in took if each == name]
        rows.append((name, len(times), f"{sum(times) / len(times):.1f}", f"{max(times):.1f}"))
    print(table("Live again", ["failure", "times", "mean s", "longest s"], rows))
    print(f"dark {dark_s:.1f} s after its token ended (at most {DARK_S:.0f})")
    sys.exit(int(dark_s > DARK_S or any(seconds > LIVE_S for _, seconds in took)))


if __name__ == "__main__":
    main()
