"""What a wall does by itself while nobody touches it: night, burn-in, a new release, four in the morning."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.browser.page import Watched, opened
from tests.browser.playback import Playback, Server

JUMP = """hour => {
  const now = quanyu.clock.now();
  const { hour: h, minute: m } = quanyu.clock.local(now);
  quanyu.clock.jump(now + ((((hour - h + 24) % 24) * 60 - m + 10 + 1440) % 1440) * 60000);
}"""
NIGHT = "document.documentElement.classList.contains('is-night')"
DRIFT = "document.getElementById('wall').style.getPropertyValue('--drift-x')"


def test_the_wall_is_dimmed_at_night_by_the_districts_clock(wall: Watched) -> None:
    wall.page.evaluate(JUMP, 23)
    wall.until(NIGHT)
    wall.page.evaluate(JUMP, 12)
    wall.until(f"!{NIGHT}")


def test_the_picture_moves_a_little_every_few_minutes(browser: Browser, server: Server) -> None:
    with opened(browser, server.base + "/", own_clock=True) as wall:
        wall.ready()
        seen = [wall.get(DRIFT)]
        for _ in range(2):
            wall.page.clock.fast_forward(180_000)
            wall.until(f"{DRIFT} !== '{seen[-1]}'")
            seen.append(wall.get(DRIFT))
        assert all(abs(int(value.removesuffix("px"))) <= 4 for value in seen)


def test_a_new_release_loads_the_page_anew_once(wall: Watched, played: Playback) -> None:
    try:
        with wall.page.expect_navigation(wait_until="load"):
            played.release = "9.9.9"
        wall.ready()
        wall.get("window.mark = 2")
        beat = wall.get("quanyu.link.state.beat_ms")
        wall.until(f"quanyu.link.state.beat_ms > {beat + 4000}")
        assert wall.get("window.mark") == 2
    finally:
        played.release = "0.1.0"


def test_an_old_page_is_loaded_anew_at_four_in_the_morning(browser: Browser, server: Server) -> None:
    with opened(browser, server.base + "/", own_clock=True) as wall:
        wall.ready()
        wall.get("window.mark = 1")
        wall.page.evaluate(JUMP, 4)
        wall.until("quanyu.clock.local(quanyu.clock.now()).hour === '04'")
        assert wall.get("window.mark") == 1
        with wall.page.expect_navigation(wait_until="load"):
            wall.page.clock.fast_forward("03:00:00")
            wall.page.evaluate(JUMP, 4)
        wall.ready()
