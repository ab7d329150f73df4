"""The wall in a browser: its numbers, what changes without a reload, and what it says when data is late."""

from __future__ import annotations

import time

from playwright.sync_api import Browser

from tests.browser import district
from tests.browser.page import Watched, opened
from tests.browser.playback import Playback, Server, now_ms

PATIENCE_S = 60.0
DRAWN = """(() => {
  const from = document.querySelector('.leaflet-movers-pane canvas'), to = document.createElement('canvas');
  [to.width, to.height] = [from.width, from.height];
  const context = to.getContext('2d');
  context.drawImage(from, 0, 0);
  return context.getImageData(0, 0, to.width, to.height).data.filter((value, i) => i % 4 === 3 && value > 0).length;
})()"""


def count(value: int) -> str:
    return f"{value:,}"


def kpi(wall: Watched, key: str) -> str:
    return wall.text(f"[data-kpi='{key}'] .kv").replace("\n", "")


def test_figures_are_those_of_the_snapshot(wall: Watched, played: Playback) -> None:
    counts = played.made.counts[district.ROOT]
    for key in ("reported", "open", "overdue"):
        assert kpi(wall, key) == count(counts[key])
    n, d = counts["on_time_due.n"], counts["on_time_due.d"]
    assert kpi(wall, "on_time_due") == f"{n * 1000 // d / 10:.1f}%"
    assert kpi(wall, "on_duty") == f"{counts['on_duty']}/ {counts['rostered']}"


def test_stages_add_up_to_open_and_sources_to_reported(wall: Watched, played: Playback) -> None:
    counts = played.made.counts[district.ROOT]
    stages = wall.get("[...document.querySelectorAll('.pbody .pr:not(.last) .pc')].map(n => n.textContent)")
    assert sum(int(text.replace(",", "")) for text in stages) == counts["open"]
    sources = wall.get("[...document.querySelectorAll('.si b')].map(n => n.textContent)")
    assert sum(int(text.replace(",", "")) for text in sources) == counts["reported"]


def test_streets_are_ranked_by_name_and_lead_to_their_pages(wall: Watched, played: Playback) -> None:
    names = wall.get("[...document.querySelectorAll('.rbody .rn')].map(n => n.textContent)")
    assert sorted(names) == sorted(row[3] for row in played.made.regions if row[1] == "street")
    rates = wall.get("[...document.querySelectorAll('.rbody .rv')].map(n => parseFloat(n.textContent))")
    assert rates == sorted(rates, reverse=True)
    assert wall.get("document.querySelector('.rbody a').getAttribute('href')").startswith("/region/")


def test_an_event_changes_counter_ticker_and_grid_on_the_spot(wall: Watched, played: Playback) -> None:
    wall.get("window.mark = 1")
    grid = min(played.made.grids, key=lambda code: played.made.counts[code]["open"])
    before = wall.get(f"quanyu.mapGrids.colour('{grid}')")
    for _ in range(3):
        record = played.report(grid)
    open_now = count(played.made.counts[district.ROOT]["open"])
    wall.until(f"document.querySelector('[data-kpi=open] .kv').textContent === '{open_now}'")
    wall.until(f"document.querySelector('.er[data-event=\"{record['id']}\"]')")
    wall.until(f"quanyu.mapGrids.colour('{grid}') !== '{before}'")
    assert wall.get("window.mark") == 1


def test_while_the_map_is_dragged_the_panels_wait_for_the_hand(wall: Watched, played: Playback) -> None:
    box = wall.page.locator(".lf").first.bounding_box()
    assert box is not None
    mouse, middle = wall.page.mouse, (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    shown = "document.querySelector('[data-kpi=open] .kv').textContent"
    before = wall.get(shown)
    mouse.move(*middle)
    mouse.down()
    mouse.move(middle[0] + 30, middle[1] + 20, steps=4)
    wall.get("quanyu.mapDrag.spared(() => { window.painted = true; }, 60000)")
    played.report(played.made.grids[0])
    open_now = count(played.made.counts[district.ROOT]["open"])
    wall.until(f"quanyu.figures.rootCounts(quanyu.link.state).open === {open_now.replace(',', '')}")
    assert wall.get("!window.painted")
    assert wall.get(shown) in (before, open_now)
    mouse.up()
    wall.until("window.painted")
    wall.until(f"{shown} === '{open_now}'")


def test_a_worker_moves_on_the_spot_and_leaves_a_trail(wall: Watched, played: Playback) -> None:
    worker = next(one for one in played.made.workers if one["flag"] == 0)
    points = f"quanyu.mapMovers.points(quanyu.link.state.workers.index.get({worker['id']}))"
    before = wall.until(f"{points}.then(all => all.length > 10 && all)")
    wall.get("window.shown = quanyu.mapMovers.shown")
    row = [worker["id"], 0, round(worker["dx"]) + 4000, round(worker["dy"]), 0]
    street = played.made.street_of[worker["grid"]]
    played.push("move", {"s": street, "at": now_ms() + 60_000, "m": [row]})
    after = wall.until(f"{points}.then(all => all[all.length - 1][0] > {before[-1][0]} && all)")
    assert after[:10] == before[:10]
    wall.until("quanyu.mapMovers.shown > window.shown")
    wall.until(f"{DRAWN} > 1000")


def test_a_worker_that_appears_is_drawn(wall: Watched, played: Playback) -> None:
    grid = played.made.grids[0]
    x, y = played.made.places[grid]
    row = [99_999, "W99999", grid, round(x * 1e5), round(y * 1e5)]
    played.push(
        "move", {"s": played.made.street_of[grid], "at": now_ms(), "w": [row], "m": [[99_999, 0, 0, 0, 0]]}
    )
    wall.until("quanyu.link.state.workers.index.has(99999)")


def test_language_switches_on_the_page(browser: Browser, server: Server) -> None:
    with opened(browser, server.base + "/") as wall:
        wall.ready()
        wall.get("window.mark = 1")
        assert wall.text(".pipe h2") == "闭环流程"
        wall.page.click("#wall-lang")
        assert wall.text(".pipe h2") == "Closed loop"
        wall.until(
            "document.querySelector('#wall-title').textContent === 'Pidu Grid-Governance Command Centre'"
        )
        wall.until("document.querySelector('.pbody .pn span').textContent === 'Reported'")
        assert wall.get("document.documentElement.lang") == "en"
        assert wall.get("window.mark") == 1
        wall.page.reload()
        wall.ready()
        assert wall.text(".pipe h2") == "Closed loop"


def test_says_stale_within_ten_seconds_and_recovers_without_reload(wall: Watched, played: Playback) -> None:
    wall.get("window.mark = 1")
    wall.until("document.documentElement.dataset.live === 'live'")
    played.beating = False
    try:
        wall.until("document.documentElement.dataset.live === 'lost'", 10)
        assert "连接中断" in wall.text("#wall-banner")
    finally:
        played.beating = True
    wall.until("document.documentElement.dataset.live === 'live'")
    assert wall.get("document.querySelector('#wall-banner').hidden")
    assert wall.get("window.mark") == 1


def test_a_late_feed_is_named_and_its_workers_are_hollow(wall: Watched, played: Playback) -> None:
    played.held["position"] = now_ms() - 400_000
    try:
        wall.until("document.documentElement.dataset.live === 'stale'")
        assert "定位滞后" in wall.text("#wall-banner")
        wall.until("document.querySelector('[data-kpi=on_duty]').classList.contains('old')")
        assert not wall.get("document.querySelector('[data-kpi=open]').classList.contains('old')")
    finally:
        played.held.clear()
    wall.until("document.documentElement.dataset.live === 'live'")


def test_a_lost_server_is_met_again_without_reload_and_without_a_gap(wall: Watched, played: Playback) -> None:
    wall.get("window.mark = 1")
    played.serving = False
    try:
        wall.until("document.documentElement.dataset.live === 'lost'", 12)
        record = played.report()
    finally:
        played.serving = True
    wall.until("document.documentElement.dataset.live === 'live'", 40)
    wall.until(f"quanyu.link.state.events.has({record['id']})")
    open_now = count(played.made.counts[district.ROOT]["open"])
    wall.until(f"document.querySelector('[data-kpi=open] .kv').textContent === '{open_now}'")
    assert wall.get("window.mark") == 1
    wall.complaints[:] = [
        one for one in wall.complaints if "/live/stream" not in one and "Failed to load" not in one
    ]


def test_reset_fetches_the_snapshot_again(wall: Watched, played: Playback) -> None:
    played.made.counts[district.ROOT]["closed"] += 1
    wall.get("window.chance = Math.random, Math.random = () => 0, undefined")
    offset = played.push("reset", {"s": ""})
    wall.until(f"quanyu.link.state.offset >= {offset}")
    wall.until(
        f"quanyu.link.state.counts.get('{district.ROOT}').closed === {played.made.counts[district.ROOT]['closed']}"
    )
    wall.get("Math.random = window.chance, undefined")


def test_alerts_have_the_numbers_of_the_map(wall: Watched) -> None:
    listed = wall.get(
        "[...document.querySelectorAll('.ar')].map(n => [n.dataset.event, n.querySelector('.an').textContent])"
    )
    marked = wall.get("[...document.querySelectorAll('.nm')].map(n => [n.dataset.event, n.textContent])")
    assert listed
    assert listed == marked


def test_a_grid_tells_its_values_and_leads_to_its_page(browser: Browser, server: Server) -> None:
    with opened(browser, server.base + "/") as wall:
        wall.ready()
        found = wall.get(
            "(() => { const map = quanyu.map.leaflet; const box = map.getContainer().getBoundingClientRect();"
            " const [code] = [...quanyu.mapGrids.all()]; const region = quanyu.link.state.regions.get(code);"
            " const at = map.latLngToContainerPoint([region.lat, region.lon]);"
            " return [code, at.x + box.left, at.y + box.top]; })()"
        )
        code, x, y = found
        wall.page.mouse.move(x - 2, y)
        wall.page.mouse.move(x, y)
        wall.until(f"document.querySelector('.map-tip').dataset.code === '{code}'")
        assert f"在办 {server.playback.made.counts[code]['open']}" in wall.text(".map-tip")
        wall.page.mouse.click(x, y)
        wall.page.wait_for_url(f"**/region/{code}")
        wall.until("document.querySelector('main .ph')")


def test_tabs_share_one_stream(wall: Watched, played: Playback) -> None:
    second = wall.page.context.new_page()
    second.goto(wall.page.url)
    second.wait_for_selector("html[data-live='live']", state="attached")
    record = played.report()
    for page in (wall.page, second):
        page.wait_for_selector(f".er[data-event='{record['id']}']", state="attached")
    end = time.monotonic() + PATIENCE_S
    while (
        played.streams != 1 and time.monotonic() < end
    ):  # of walls that were closed before, until their next frame
        wall.page.wait_for_timeout(50)
    assert played.streams == 1
    second.close()
