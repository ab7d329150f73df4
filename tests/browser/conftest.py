"""One browser and one playback for each module of browser tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.page import Watched, opened, running_browser
from tests.browser.playback import Playback, Server, playback


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A headless browser."""
    with running_browser(chromium) as running:
        yield running


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A wall with a small made-up district."""
    made = playback(grids=120, streets=6, workers=60, events=200)
    made.happening = False
    made.moving = False
    with Server(made) as running:
        yield running


@pytest.fixture
def played(server: Server) -> Playback:
    """The playback behind the wall, beating and without events of its own."""
    return server.playback


@pytest.fixture
def wall(browser: Browser, server: Server) -> Iterator[Watched]:
    """An open wall with data."""
    with opened(browser, server.base + "/") as page:
        page.ready()
        yield page
