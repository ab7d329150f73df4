"""Sizes, states and pages around the wall: phone, many streets, nothing imported, hostile names."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.page import opened
from tests.browser.playback import Server, playback

HOSTILE = "<img src=x onerror=window.broken=1><b>街道</b>"


def test_a_phone_scrolls_in_one_column(browser: Browser, server: Server) -> None:
    with opened(browser, server.base + "/", width=390, height=844) as wall:
        wall.ready()
        assert wall.get("document.documentElement.scrollWidth") == 390
        assert wall.get("document.documentElement.scrollHeight") > 844
        lefts = wall.get(
            "[...document.querySelectorAll('.wall .panel')].filter(n => n.offsetParent).map(n => Math.round(n.getBoundingClientRect().left))"
        )
        assert len(set(lefts)) == 1


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (3840, 2160), (3840, 1080), (1440, 900)])
def test_a_wall_never_scrolls(browser: Browser, server: Server, width: int, height: int) -> None:
    with opened(browser, server.base + "/", width=width, height=height, lang="en") as wall:
        wall.ready()
        size = wall.get("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        assert size == [width, height]
        least = wall.get(
            "Math.min(...[...document.querySelectorAll('.wall *')].filter(n => n.offsetParent && n.childNodes.length &&"
            " [...n.childNodes].some(c => c.nodeType === 3 && c.textContent.trim()))"
            ".map(n => parseFloat(getComputedStyle(n).fontSize) / parseFloat(getComputedStyle(document.documentElement).fontSize)))"
        )
        assert least >= 0.999


def test_many_streets_come_in_pages(browser: Browser) -> None:
    made = playback(grids=90, streets=33, workers=5, events=100)
    with Server(made) as server, opened(browser, server.base + "/") as wall:
        wall.ready()
        rows = wall.get("document.querySelectorAll('.rbody .rr:not([hidden])').length")
        assert rows == 11
        assert "/ 33" in wall.text(".rank header .sub")


def test_nothing_imported_yet_says_what_to_do(browser: Browser) -> None:
    made = playback(grids=20, streets=2, workers=2, events=5)
    made.answer = {"district": None}
    with Server(made) as server, opened(browser, server.base + "/") as wall:
        wall.until("document.documentElement.dataset.state === 'empty'")
        assert "导入" in wall.text("#wall-empty")
        made.answer = None
        wall.ready()
        assert wall.get("document.querySelector('#wall-empty').hidden")


def test_stored_markup_stays_text(browser: Browser) -> None:
    made = playback(grids=20, streets=2, workers=2, events=20)
    for row in made.made.regions:
        row[3] = row[4] = HOSTILE
    made.settings = {"title": {"zh": HOSTILE, "en": HOSTILE}, "neighbours": []}
    with Server(made) as server, opened(browser, server.base + "/") as wall:
        wall.ready()
        assert wall.text("#wall-title") == HOSTILE
        assert HOSTILE in wall.text(".rbody")
        made.report()
        wall.until("document.querySelector('.er .ep').textContent.includes('onerror')")
        assert wall.get("window.broken === undefined && document.querySelectorAll('.wall img').length === 1")


def test_an_unknown_region_gets_a_sentence_and_the_way_back(browser: Browser, server: Server) -> None:
    with opened(browser, f"{server.base}/region/nope", lang="en") as page:
        page.until("document.querySelector('.ph p')")
        assert "nope" in page.text(".ph p")
        page.page.click(".ph a")
        page.page.wait_for_url(f"{server.base}/")
