"""A page under test: what it says on the console, whom it asks, and waiting for what it shows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
SCRIPTS = Path(__file__).resolve().parents[2] / "assets" / "js"
DEADLINE_S = 20.0
NAVIGATION_MS = 90_000


class Watched:
    """A page that keeps all complaints: console errors and warnings, page errors, requests to other hosts."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on("request", lambda request: self._asked(request.url, base))

    def _heard(self, kind: str, said: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(f"{kind}: {said}")

    def _asked(self, url: str, base: str) -> None:
        if not url.startswith((base, "data:", "blob:", "about:")):
            self.complaints.append(f"other host: {url}")

    def get(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        return self.page.evaluate(expression)

    def until(self, expression: str, deadline_s: float = DEADLINE_S) -> Any:
        """Waits until an expression is true; gives its value. AssertionError past the deadline."""
        end = time.monotonic() + deadline_s
        while True:
            value = self.page.evaluate(expression)
            if value:
                return value
            assert time.monotonic() < end, f"not within {deadline_s:.0f} s: {expression}"
            self.page.wait_for_timeout(50)

    def text(self, selector: str) -> str:
        """The text of an element."""
        return self.page.locator(selector).first.inner_text()

    def ready(self) -> None:
        """Waits for a wall with data and a drawn map."""
        self.until("document.documentElement.dataset.state === 'ready'")
        self.until("quanyu.mapGrids.size > 0 && quanyu.mapMovers.shown > 0")


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
    """A page of its own context at an address; no complaint may be left at the end.

    With `own_clock` its time can be turned forward (`page.clock`).
    """
    context = browser.new_context(viewport={"width": width, "height": height})
    base = "/".join(url.split("/")[:3])
    if lang:
        context.add_cookies([{"name": "lang", "value": lang, "url": base}])
    context.set_default_navigation_timeout(NAVIGATION_MS)
    watched = Watched(context.new_page(), base)
    if own_clock:
        watched.page.clock.install()
    watched.page.goto(url, wait_until="load")
    yield watched
    complaints = watched.complaints
    context.close()
    assert complaints == [], complaints


def scripts(page: Page, *names: str) -> None:
    """Loads scripts of the product into an empty page."""
    for name in names:
        page.add_script_tag(path=SCRIPTS / f"{name}.js")
