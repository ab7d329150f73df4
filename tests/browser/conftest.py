"""One browser, one playback and one street in trouble for each module of browser tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from dashboard.embedded import PostgresServer
from tests.browser.desk_stage import Stage, desk_stage
from tests.browser.page import Watched, opened, running_browser
from tests.browser.playback import Playback, Server, playback
from tests.conftest import own_database


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


@pytest.fixture(scope="module")
def stage(postgres: PostgresServer, wire_url: str) -> Iterator[Stage]:
    """A running desk over a street in trouble; each test acts on events of its own."""
    with own_database(postgres) as url, desk_stage(url, wire_url) as running:
        yield running
