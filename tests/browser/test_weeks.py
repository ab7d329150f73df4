"""What a wall does by itself while nobody touches it: night, burn-in, a new release, four in the morning."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.page import Watched, opened
from tests.browser.playback import Server

JUMP = """hour => {
  const now = quanyu.clock.now();
  const { hour: h, minute: m } = quanyu.clock.local(now);
  quanyu.clock.jump(now + ((((hour - h + 24) % 24) * 60 - m + 10 + 1440) % 1440) * 60000);
}"""
AT_ONCE = "Math.random = () => 0, undefined"
"""Walls load anew at different moments, each by chance."""
NIGHT = "document.documentElement.classList.contains('is-night')"
DRIFT = "document.getElementById('wall').style.getPropertyValue('--drift-x')"


@pytest.fixture(scope="module")
def untouched(browser: Browser, server: Server) -> Iterator[Watched]:
    """A wall whose time can be turned forward."""
    with opened(browser, server.base + "/", own_clock=True) as wall:
        wall.ready()
        yield wall


def test_the_wall_is_dimmed_at_night_by_the_districts_clock(untouched: Watched) -> None:
    untouched.page.evaluate(JUMP, 23)
    untouched.until(NIGHT)
    untouched.page.evaluate(JUMP, 12)
    untouched.until(f"!{NIGHT}")


def test_the_picture_moves_a_little_every_few_minutes(untouched: Watched) -> None:
    seen = [untouched.get(DRIFT)]
    for _ in range(2):
        untouched.page.clock.fast_forward(180_000)
        untouched.until(f"{DRIFT} !== '{seen[-1]}'")
        seen.append(untouched.get(DRIFT))
    assert all(abs(int(value.removesuffix("px"))) <= 4 for value in seen)


def test_a_new_release_loads_the_page_anew_once(browser: Browser, server: Server) -> None:
    played = server.playback
    with opened(browser, server.base + "/") as wall:
        wall.ready()
        wall.get(AT_ONCE)
        try:
            with wall.page.expect_navigation(wait_until="load"):
                played.release = "9.9.9"
            wall.ready()
            wall.get("window.mark = 2")
            wall.get(AT_ONCE)
            beat = wall.get("quanyu.link.state.beat_ms")
            wall.until(f"quanyu.link.state.beat_ms > {beat + 4000}")
            assert wall.get("window.mark") == 2
        finally:
            played.release = "0.1.0"


def test_an_old_page_is_loaded_anew_at_four_in_the_morning(untouched: Watched) -> None:
    untouched.get("window.mark = 1")
    untouched.get(AT_ONCE)
    untouched.page.evaluate(JUMP, 4)
    untouched.until("quanyu.clock.local(quanyu.clock.now()).hour === '04'")
    assert untouched.get("window.mark") == 1
    with untouched.page.expect_navigation(wait_until="load"):
        untouched.page.clock.fast_forward("03:00:00")
        untouched.page.evaluate(JUMP, 4)
    untouched.ready()
