"""One browser for all, and one playback and one street in trouble for each module of browser tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from dashboard.embedded import PostgresServer
from tests.browser.desk_stage import Stage, desk_stage
from tests.browser.page import Watched, opened, running_browser
from tests.browser.playback import Playback, Server, playback
from tests.conftest import own_database


@pytest.fixture(scope="package")
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


@pytest.fixture(scope="module")
def open_wall(browser: Browser, server: Server) -> Iterator[Watched]:
    """A wall with data that stays open for all tests of a module."""
    with opened(browser, server.base + "/") as page:
        page.ready()
        yield page


@pytest.fixture
def wall(open_wall: Watched, played: Playback) -> Iterator[Watched]:
    """The open wall, live, with all that was sent so far on it. A test leaves it as it is, and without complaints."""
    open_wall.until("document.documentElement.dataset.live === 'live'")
    open_wall.until(f"quanyu.link.state.offset >= {played.offset}")
    open_wall.painted()
    yield open_wall
    assert open_wall.complaints == []


@pytest.fixture(scope="module")
def stage(postgres: PostgresServer, wire_url: str) -> Iterator[Stage]:
    """A running desk over a street in trouble; each test acts on events of its own."""
    with own_database(postgres) as url, desk_stage(url, wire_url) as running:
        yield running
