"""The wall's views in turn: what each shows, what holds them, and how an emergency is seen and switched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser import district
from tests.browser.page import Watched, opened, scripts
from tests.browser.playback import Playback, Server, now_ms
from tests.browser.test_accessibility import faults

LOOK = """(async () => {
  const shown = () => document.getElementById('wall').dataset.view === '{view}';
  if (!shown()) return null;
  for (let i = 0; i < 2; i += 1) await new Promise(done => requestAnimationFrame(done));
  return shown() && [{facts}, document.getElementById('wall-turn').textContent];
})()"""
CELLS = "[...document.querySelectorAll('#wall-streets tbody tr')].map(row => [...row.cells].map(one => one.textContent))"
LISTED = "[...document.querySelectorAll('#wall-pressing tr[data-event]')].map(n => +n.dataset.event)"
WORST = "quanyu.figures.alerts(quanyu.link.state).slice(0, 14).map(one => one.id)"


@pytest.fixture(scope="module")
def turning(browser: Browser, server: Server) -> Iterator[Watched]:
    """A wall that shows its views in turn, each for a second; a red alert holds it for as long as a test wants."""
    server.playback.settings["wall"] = {"rotation_s": 1, "hold_s": 3}
    with opened(browser, server.base + "/?show=rotation") as page:
        page.ready()
        yield page
    server.playback.settings.pop("wall")


@pytest.fixture(scope="module")
def pure(browser: Browser) -> Iterator[Page]:
    """An empty page with the rule of turns."""
    page = browser.new_page()
    scripts(page, "rotation")
    yield page
    page.close()


def look(wall: Watched, view: str, *facts: str) -> list[Any]:
    """Waits for a view's turn; gives facts of it and what the top line says, all of one moment."""
    script = LOOK.replace("{view}", view).replace("{facts}", ", ".join(facts))
    return list(wall.until(script))


def shows(view: str) -> str:
    return f"document.getElementById('wall').dataset.view === '{view}'"


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        ({"now_ms": 29_999}, ["wall", ""]),
        ({"now_ms": 30_000}, ["streets", ""]),
        ({"now_ms": 30_000, "red": True}, ["wall", "alert"]),
        ({"now_ms": 30_000, "emergency": True, "red": True}, ["wall", "emergency"]),
        ({"now_ms": 30_000, "resting": True}, ["wall", "hand"]),
        ({"layout": "pressing", "red": True}, ["pressing", ""]),
        ({"layout": "nonsense"}, ["wall", ""]),
        ({"now_ms": 30_000, "idle": ["streets"]}, ["pressing", ""]),
        ({"now_ms": 5, "idle": ["wall"]}, ["streets", ""]),
        ({"layout": "pressing", "idle": ["pressing"]}, ["pressing", ""]),
    ],
)
def test_a_view_is_shown_for_its_time_unless_something_holds_it(
    pure: Page, at: dict[str, object], shown: list[str]
) -> None:
    asked = {"layout": "rotation", "now_ms": 1, "red": False, "emergency": False, "resting": False, **at}
    turn = pure.evaluate("at => quanyu.rotation.step(quanyu.rotation.begin(0), at)", asked)
    assert [turn["view"], turn["why"]] == shown


def test_only_new_alerts_of_level_one_hold(pure: Page) -> None:
    found = pure.evaluate(
        """() => {
          const { reds, fresh } = quanyu.rotation;
          const old = { id: 1, al: 1, u: 1000 }, second = { id: 2, al: 2, u: 900000 }, late = { id: 3, al: 1, u: 5 };
          const first = reds(null, [old, second], 900000), next = reds(first, [old, second, late], 901000);
          return [fresh(first, 900000, 300), fresh(next, 902000, 300), fresh(next, 1201000, 300), next.size];
        }"""
    )
    assert found == [False, True, False, 2]


def test_the_views_come_in_turn_with_the_same_figures(turning: Watched, server: Server) -> None:
    counts = server.playback.made.counts
    shown, place = look(turning, "streets", CELLS)
    assert place == "轮播 2/3"
    assert len(shown) == 6
    names = {row[3]: row[0] for row in server.playback.made.regions if row[1] == "street"}
    for row in shown:
        own = counts[names[row[1]]]
        figures = [f"{own.get(key, 0):,}" for key in ("reported", "closed", "open", "overdue", "due_2h")]
        assert row[2:7] == figures
        n, d = own["on_time_due.n"], own["on_time_due.d"]
        assert row[7] == (f"{n * 1000 // d / 10:.1f}%{n:,}/{d:,}" if d else "—")
        assert row[9] == f"{own.get('on_duty', 0):,} / {own.get('rostered', 0):,}"
    listed, worst, place = look(turning, "pressing", LISTED, WORST)
    assert listed == worst != []
    assert place == "轮播 3/3"
    turning.until(f"{shows('wall')} && document.querySelector('#wall-view-pressing').hidden")


def test_a_new_red_alert_brings_the_map_and_holds_it(turning: Watched, server: Server) -> None:
    turning.until(shows("streets"))
    server.playback.report(al=1, late=1, due=now_ms() - 60_000, sev=3)
    turning.until(
        f"{shows('wall')} && document.querySelector('#wall-turn').textContent === '轮播暂停：一级告警'"
    )
    held = turning.get("quanyu.clock.now()")
    turning.until(shows("streets"))
    assert turning.get("quanyu.clock.now()") - held >= 2_000


def test_an_emergency_is_on_the_wall_with_the_next_beat_and_holds_it(
    turning: Watched, server: Server
) -> None:
    turning.until(shows("streets"))
    server.playback.posture = "emergency"
    try:
        turning.until("document.documentElement.dataset.posture === 'emergency'", 5)
        turning.until(shows("wall"))
        assert turning.text("#wall-emergency").startswith("急时状态 · ")
        assert turning.get("document.getElementById('wall-turn').hidden")
        assert turning.get("getComputedStyle(document.querySelector('.rgt')).display") == "none"
        turning.until("document.querySelectorAll('#wall-alerts .ar').length > 3")
        assert turning.get("document.getElementById('wall-alerts').clientHeight") > 500
        turning.page.click("#wall-lang")
        turning.until("document.getElementById('wall-emergency').textContent.startsWith('Emergency since')")
        turning.until(
            "(one => one.innerText.length > 20 && one.scrollWidth <= one.clientWidth)(document.querySelector('h1'))"
        )
        turning.page.click("#wall-lang")
        assert faults(turning) == []
    finally:
        server.playback.posture = "normal"
    turning.until("document.documentElement.dataset.posture === 'normal'")
    assert turning.get("document.getElementById('wall-emergency').hidden")


@pytest.mark.parametrize("view", ["streets", "pressing"])
def test_a_view_can_be_shown_alone_and_read_by_all(
    browser: Browser, server: Server, played: Playback, view: str
) -> None:
    with opened(browser, f"{server.base}/?show={view}", lang="en") as wall:
        wall.ready()
        wall.until(shows(view))
        wall.until(f"document.querySelectorAll('#wall-{view} tbody tr').length > 0")
        assert wall.get("document.getElementById('wall-turn').hidden")
        overflow = wall.get(
            f"(box => box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight)"
            f"(document.getElementById('wall-{view}'))"
        )
        assert not overflow
        assert faults(wall) == []
    assert played.made.counts[district.ROOT]["open"]


def test_keys_choose_a_view_and_one_key_asks_for_an_emergency(browser: Browser, server: Server) -> None:
    asked: list[object] = []

    def answer(route: Route) -> None:
        asked.append(route.request.post_data_json)
        route.fulfill(json={"posture": "emergency", "since": "2026-11-20T00:00:00Z", "switched": True})

    with opened(browser, server.base + "/") as wall:
        wall.page.route("**/api/v1/posture", answer)
        wall.ready()
        wall.page.keyboard.press("2")
        wall.until(shows("streets"))
        wall.page.keyboard.press("1")
        wall.until(shows("wall"))
        wall.page.keyboard.press("0")
        wall.until("document.getElementById('wall-turn').textContent.startsWith('轮播')")
        wall.page.keyboard.press("e")
        wall.until("!document.getElementById('wall-posture').disabled")
    assert asked == [{"posture": "emergency"}]
