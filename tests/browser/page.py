"""A page under test: what it says on the console, whom it asks, and waiting for what it shows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, sync_playwright

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
SCRIPTS = Path(__file__).resolve().parents[2] / "assets" / "js"
DEADLINE_S = 60.0
OPENING_S = 100.0
NAVIGATION_MS = 90_000
LOOKING = """(async () => {
  for (const end = performance.now() + 500; ;) {
    const value = await (%s);
    if (value || performance.now() > end) return value;
    await new Promise(done => setTimeout(done, 40));
  }
})()"""
"""Looks for a while in the page itself, which costs far less than asking it again and again."""
_resting: WeakKeyDictionary[Browser, list[Page]] = WeakKeyDictionary()
"""Pages of each browser that have left their address. To open another with one of them takes a fraction of the time
of a new one, whose scripts must all be read again."""


class Watched:
    """A page that keeps all complaints: console errors and warnings, page errors, requests to other hosts."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        self._base = base
        page.on("console", self._heard)
        page.on("pageerror", self._failed)
        page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _failed(self, error: Error) -> None:
        self.complaints.append(f"page error: {error}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self._base, "data:", "blob:", "about:")):
            self.complaints.append(f"other host: {request.url}")

    def left(self) -> None:
        """Leaves the address. What it kept in the browser goes with it, so that the page can be used for another."""
        page, context = self.page, self.page.context
        page.unroute_all()
        page.goto(f"{self._base}/assets/icons/mark.svg")  # without scripts: nothing is kept anew
        page.evaluate("sessionStorage.clear()")
        page.mouse.move(0, 0)
        for other in context.pages:
            if other is not page:
                other.close()
        page.goto("about:blank")
        page.remove_listener("console", self._heard)
        page.remove_listener("pageerror", self._failed)
        page.remove_listener("request", self._asked)
        session = context.new_cdp_session(page)
        session.send("Storage.clearDataForOrigin", {"origin": self._base, "storageTypes": "all"})
        session.detach()
        context.clear_cookies()
        context.clear_permissions()

    def get(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        return self.page.evaluate(expression)

    def until(self, expression: str, deadline_s: float = DEADLINE_S) -> Any:
        """Waits until an expression is true; gives its value. AssertionError past the deadline."""
        end = time.monotonic() + deadline_s
        while True:
            try:
                value = self.page.evaluate(LOOKING % expression)
            except Error as error:
                if (
                    "context was destroyed" not in error.message
                ):  # by a navigation: what is there next is looked at
                    raise
                value = None
            if value:
                return value
            assert time.monotonic() < end, f"not within {deadline_s:.0f} s: {expression}"

    def text(self, selector: str) -> str:
        """The text of an element."""
        return self.page.locator(selector).first.inner_text()

    def ready(self) -> None:
        """Waits for a wall with data and a drawn map."""
        self.until(
            "document.documentElement.dataset.state === 'ready' && quanyu.mapGrids.size > 0 && quanyu.mapMovers.shown > 0",
            OPENING_S,
        )

    def painted(self) -> None:
        """Waits until what the page knows is painted: the frame under way, and one more."""
        self.get("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))")


@contextmanager
def running_browser(program: str) -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=ARGS)
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: Browser,
    url: str,
    *,
    width: int = 1920,
    height: int = 1080,
    lang: str | None = None,
    own_clock: bool = False,
) -> Iterator[Watched]:
    """A page at an address, apart from all others that are open; no complaint may be left at the end.

    With `own_clock` its time can be turned forward (`page.clock`).
    """
    resting = _resting.setdefault(browser, [])
    page = resting.pop() if resting and not own_clock else browser.new_context().new_page()
    page.set_viewport_size({"width": width, "height": height})
    page.set_default_navigation_timeout(NAVIGATION_MS)
    base = "/".join(url.split("/")[:3])
    if lang:
        page.context.add_cookies([{"name": "lang", "value": lang, "url": base}])
    watched = Watched(page, base)
    try:
        if own_clock:
            page.clock.install()
        page.goto(url, wait_until="load")
        yield watched
    except BaseException:
        page.context.close()
        raise
    complaints = list(watched.complaints)
    if own_clock:
        page.context.close()
    else:
        watched.left()
        resting.append(page)
    assert complaints == [], complaints


def scripts(page: Page, *names: str) -> None:
    """Loads scripts of the product into an empty page."""
    for name in names:
        page.add_script_tag(path=SCRIPTS / f"{name}.js")
