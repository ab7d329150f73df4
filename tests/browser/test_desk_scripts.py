"""Scripts of the desk without a server: axes, lines, addresses, and how often the server's parts are read again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from dashboard import i18n
from tests.browser.page import scripts


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    yield opened
    opened.close()


@pytest.fixture
def page(tab: Page) -> Page:
    """An empty page with nothing but the scripts."""
    tab.goto("about:blank")
    scripts(tab, "dom", "desk-view", "desk-course", "desk-live")
    return tab


def axis(page: Page, kind: str, values: list[float | None], target: float | None = None) -> dict[str, Any]:
    points = [{"now": value, "before": None} for value in values]
    found: dict[str, Any] = page.evaluate(
        "chart => quanyu.deskCourse.axis(chart)", {"kind": kind, "points": points, "target": target}
    )
    return found


@pytest.mark.parametrize(
    ("kind", "values", "target"),
    [
        ("rate", [96.4, 91.0, None, 93.2], 95.0),
        ("rate", [100.0, 100.0], None),
        ("rate", [0.0, 0.0], None),
        ("rate", [89.9, 100.0], 97.5),
        ("count", [0.0, 1271.0, 3.0], None),
        ("count", [0.0], None),
        ("hours", [0.2, 15.0], None),
        ("hours", [0.001], None),
        ("count", [123_456.0], None),
    ],
)
def test_axes_hold_all_values_between_few_round_ticks(
    page: Page, kind: str, values: list[float | None], target: float | None
) -> None:
    found = axis(page, kind, values, target)
    known = [value for value in values if value is not None] + ([target] if target is not None else [])
    assert found["low"] <= min(known)
    assert found["high"] >= max(known)
    assert found["low"] < found["high"]
    assert 2 <= len(found["ticks"]) <= 5
    assert kind == "rate" or found["low"] == 0
    assert kind != "rate" or 0 <= found["low"] < found["high"] <= 100


def test_nothing_to_draw_has_an_axis_without_ticks(page: Page) -> None:
    assert axis(page, "rate", [None, None])["ticks"] == []


def test_a_line_breaks_where_nothing_is_known(page: Page) -> None:
    path = page.evaluate("quanyu.deskCourse.line([1, null, 2, 3, null, 4], i => i, v => v)")
    assert path == "M0.0,1.0h.01M2.0,2.0L3.0,3.0M5.0,4.0h.01"


def test_addresses_leave_out_what_is_usual_and_a_window_drops_own_ends(page: Page) -> None:
    merged = "changes => { history.replaceState = () => 0; return quanyu.desk.view.write(quanyu.desk.view.merged(changes)); }"
    assert page.evaluate(merged, {"window": "today", "layer": "open"}) == ""
    assert page.evaluate(merged, {"source": "hotline,sensor", "late": "1"}) == "?source=hotline,sensor&late=1"
    assert page.evaluate(merged, {"window": "last_hour", "from": None}) == "?window=last_hour"
    assert page.evaluate(merged, {"from": "2026-11-01", "to": "2026-11-02", "window": None}) == (
        "?from=2026-11-01&to=2026-11-02"
    )


SOUND = """
for (const [tag, id] of [["button", "desk-sound"], ["div", "desk-alarm"], ["p", "desk-loud"]]) {
  document.body.append(Object.assign(document.createElement(tag), { id, hidden: tag === "div" }));
}
quanyu.desk = { holds: code => code === "R" };
quanyu.link = { onFrame: hearer => { window.frame = hearer; } };
quanyu.deskSound.start();
window.news = (id, more) => document.dispatchEvent(new CustomEvent("quanyu:events", {
  detail: [{ id, code: `E${id}`, r: "R", state: "open", al: 1, why: "change", ...more }] }));
window.alert1 = (id, level) => window.frame("alert", [{ id, level: level ?? 1, due: null }]);
"""


@pytest.fixture
def sound(page: Page) -> Page:
    scripts(page, "words", "desk-sound")
    page.evaluate("words => quanyu.words.open(words, 'zh')", i18n.both())
    page.evaluate(SOUND)
    return page


def ringing(page: Page) -> int:
    found: int = page.evaluate("quanyu.deskSound.ringing")
    return found


@pytest.mark.parametrize("order", ["news(7); alert1(7)", "alert1(7); news(7)"])
def test_the_alarm_rings_for_what_became_an_alert(sound: Page, order: str) -> None:
    sound.evaluate(order)
    assert ringing(sound) == 1
    assert "E7" in sound.inner_text("#desk-alarm")
    sound.keyboard.press("a")
    assert ringing(sound) == 0
    sound.evaluate("alert1(7)")
    assert ringing(sound) == 1, "it fell out of the first level, and came back"
    sound.evaluate("news(7, { state: 'closed', al: 0 })")
    assert ringing(sound) == 0


@pytest.mark.parametrize("why", ["supervised", "reminded", "stage", "change"])
def test_what_is_done_about_an_old_alert_does_not_ring(sound: Page, why: str) -> None:
    sound.evaluate(f"news(7, {{ why: '{why}' }})")
    assert ringing(sound) == 0


def test_alerts_of_the_second_level_and_of_other_regions_are_silent(sound: Page) -> None:
    sound.evaluate("alert1(7, 2); news(7, { al: 2 }); alert1(8); news(8, { r: 'elsewhere' })")
    assert ringing(sound) == 0
