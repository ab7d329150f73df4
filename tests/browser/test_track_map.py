"""The map of a day's track: it shows what it is given, its head goes to any moment, and a click finds what lies there."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.desk_stage import GRIDS, STREET, Stage
from tests.browser.page import Watched, opened

pytestmark = pytest.mark.timeout(400)
WEST, SOUTH, STEP = 103.80, 30.70, 0.01
CELL = STEP / 20
PATIENCE_S = 60.0


def moment(second: float) -> str:
    hours, rest = divmod(int(second), 3600)
    return f"2026-11-20T{hours:02d}:{rest // 60:02d}:{rest % 60:02d}+00:00"


def walked(seed: int) -> dict[str, Any]:
    """Six hours in the first grid, a fix every ten seconds: a walk with two stops, a gap and a spell outside."""
    chance = random.Random(seed)
    t, x, y = [], [], []
    lon, lat, turn = WEST + STEP / 2, SOUTH + STEP / 2, 0.0
    for n in range(2160):
        if not 600 <= n < 760 and not 1500 <= n < 1600:
            turn += chance.gauss(0, 0.25)
            lon += 1e-4 * math.cos(turn)
            lat += 1e-4 * math.sin(turn)
            if not (WEST + 1e-3 < lon < WEST + STEP - 1e-3 and SOUTH + 1e-3 < lat < SOUTH + STEP - 1e-3):
                turn = math.atan2(SOUTH + STEP / 2 - lat, WEST + STEP / 2 - lon)
        t.append(n * 100 + (9000 if n > 1200 else 0))
        x.append(round(lon * 1e6))
        y.append(round(lat * 1e6))
    own = [row * 20 + column for row in range(20) for column in range(20)]
    places = sorted(
        {int((b / 1e6 - SOUTH) / CELL) * 20 + int((a / 1e6 - WEST) / CELL) for a, b in zip(x, y, strict=True)}
    )

    def stop(first: int, last: int) -> dict[str, Any]:
        span = {"from": moment(t[first] / 10), "to": moment(t[last] / 10)}
        return span | {"lasted_s": (t[last] - t[first]) / 10, "lon": x[first] / 1e6, "lat": y[first] / 1e6}

    return {
        "worker": {"code": f"W{seed}", "name": f"网格员{seed}", "region": {"code": GRIDS[0]}},
        "start": moment(0),
        "points": {"t": t, "x": x, "y": y, "verdict": [], "breaks": [1200]},
        "stops": [stop(600, 759), stop(1500, 1599)],
        "gaps": [{"from": moment(t[1200] / 10), "to": moment(t[1201] / 10), "reason": "silent"}],
        "away": [{"from": moment(t[1900] / 10), "to": moment(t[1960] / 10)}],
        "events": [event("E1", x[300], y[300], moment(0)), event("E2", x[1800], y[1800], None)],
        "coverage": {
            "west": WEST,
            "south": SOUTH,
            "lon_step": CELL,
            "lat_step": CELL,
            "columns": 20,
            "own": own,
            "places": places,
            "times": [1 + n % 7 for n, _ in enumerate(places)],
        },
    }


def event(code: str, x: int, y: int, due: str | None) -> dict[str, Any]:
    return {
        "code": code,
        "lon": x / 1e6,
        "lat": y / 1e6,
        "due_at": due,
        "warn_at": None,
        "closed_at": "2026-11-20T09:00:00+00:00",
    }


@pytest.fixture(scope="module")
def desk(browser: Browser, stage: Stage) -> Iterator[Watched]:
    """A page of the desk."""
    with opened(browser, f"{stage.base}/region/{STREET}", width=1440, height=900) as watched:
        watched.until("globalThis.quanyu && quanyu.deskMap.leaflet && quanyu.deskMap.data", PATIENCE_S)
        yield watched


@pytest.fixture
def page(desk: Watched) -> Iterator[Watched]:
    """A page of the desk with a map of tracks laid over it, the first worker's day shown."""
    desk.page.evaluate(
        "async (day) => { const node = document.createElement('div'); node.id = 'tracks';"
        " node.style.cssText = 'position:fixed;inset:0;z-index:999;background:var(--bg)'; document.body.append(node);"
        " window.told = []; const tell = (what) => (one) => told.push([what, one.code ?? one]);"
        " window.tracks = quanyu.trackMap.create(node,"
        " { onStop: tell('stop'), onEvent: tell('event'), onPlace: tell('place') });"
        " await tracks.show([day]); }",
        walked(1),
    )
    desk.painted()
    yield desk
    desk.get("document.querySelector('#tracks canvas') && tracks.remove()")
    desk.get("document.getElementById('tracks').remove()")


def click(page: Watched, lon: float, lat: float) -> list[Any]:
    """Clicks a place on the map; gives what the map told."""
    spot = page.page.evaluate("place => tracks.map.latLngToContainerPoint(place)", [lat, lon])
    page.page.mouse.click(spot["x"], spot["y"])
    return list(page.until("told.length && told.splice(0)"))


def lit(page: Watched, pane: str) -> int:
    """How many pixels of a layer are drawn."""
    found: int = page.page.evaluate(
        "async pane => { await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));"
        " const canvas = tracks.map.getPane(pane).querySelector('canvas');"
        " const copy = Object.assign(document.createElement('canvas'), { width: canvas.width, height: canvas.height });"
        " const pen = copy.getContext('2d', { willReadFrequently: true }); pen.drawImage(canvas, 0, 0);"
        " const { data } = pen.getImageData(0, 0, copy.width, copy.height);"
        " let n = 0; for (let i = 3; i < data.length; i += 4) if (data[i]) n += 1; return n; }",
        pane,
    )
    return found


def test_a_day_is_drawn_and_its_head_goes_to_any_moment(page: Watched) -> None:
    assert lit(page, "ground") > 10_000
    assert lit(page, "ways") > 1_000
    before = lit(page, "heads")
    page.get("tracks.head(tracks.tracks[0].start + 3600000)")
    assert lit(page, "heads") > before + 500
    page.get("tracks.head(tracks.tracks[0].end)")
    page.get("tracks.head(NaN)")
    assert lit(page, "heads") == pytest.approx(before, abs=50)


def test_a_click_finds_a_stop_an_event_and_a_moment_of_the_way(page: Watched) -> None:
    day = walked(1)
    assert click(page, day["stops"][1]["lon"], day["stops"][1]["lat"]) == [["stop", 1]]
    assert click(page, day["events"][1]["lon"], day["events"][1]["lat"]) == [["event", "E2"]]
    place = 1000
    found = click(page, day["points"]["x"][place] / 1e6, day["points"]["y"][place] / 1e6)
    assert found[0][0] in ("place", "stop", "event")


def test_several_workers_have_a_head_each(page: Watched) -> None:
    page.page.evaluate(
        "async days => { await tracks.show(days); tracks.head(tracks.tracks[0].end); }",
        [walked(1), walked(2)],
    )
    assert page.get("tracks.tracks.map((track) => track.code)") == ["W1", "W2"]
    assert lit(page, "heads") > 1_000


def test_raw_fixes_keep_the_view(page: Watched) -> None:
    raw = walked(1)
    raw["points"]["verdict"] = [3 if n % 50 == 0 else 0 for n in range(len(raw["points"]["t"]))]
    page.get("tracks.map.setZoom(17, { animate: false })")
    page.page.evaluate("async day => { await tracks.show([day], { raw: true, keep: true }); }", raw)
    assert page.get("tracks.map.getZoom()") == 17
    assert lit(page, "ways") > 1_000
    page.get("tracks.remove()")
    assert page.get("document.querySelectorAll('#tracks canvas').length") == 0
