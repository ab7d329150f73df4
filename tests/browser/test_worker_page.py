"""The pages of workers: a day played back by mouse and by keys, several at once, and who is out, followed on the map."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser

from tests import builders
from tests.browser.desk_stage import GRIDS, STREET, Stage
from tests.browser.page import Watched, opened

pytestmark = pytest.mark.timeout(400)
ZONE = ZoneInfo("Asia/Shanghai")
PATIENCE_S = 60.0
STEP_S = 3
FIXES = 9_600
STOP = (3_000, 3_200)
GAP = 6_000
GAP_S = 780
PLAYS = "globalThis.quanyu && quanyu.workerPage.player && quanyu.workerPage.map.tracks.length && document.querySelector('.wk-knob')"


def past_day() -> date:
    """A day on which no shift of the stage lies: those began an hour ago, just after midnight that is yesterday."""
    return datetime.now(ZONE).date() - timedelta(days=2)


def morning(day: date) -> datetime:
    return datetime.combine(day, time(9), ZONE).astimezone(UTC)


def walk(stage: Stage, worker: int, day: date, grid: int, count: int = FIXES) -> list[datetime]:
    """A shift from nine to a quarter past five with a fix every three seconds: rounds, one stop, one gap."""
    start = morning(day)
    builders.insert_shift(
        stage.conn,
        worker,
        starts_at=start,
        ends_at=start + timedelta(hours=8, minutes=15),
        checked_in_at=start,
    )
    west, times, angle = builders.WEST + grid * builders.STEP, [], 0.0
    statement = "copy ops.positions (worker_id, fixed_at, received_at, lon, lat, accuracy_m, battery_pct, flags) from stdin"
    with stage.conn.cursor() as cursor, cursor.copy(statement) as copy:
        for n in range(count):
            if not STOP[0] <= n < STOP[1]:
                angle += 0.006
            at = start + timedelta(seconds=n * STEP_S + (GAP_S if n >= GAP else 0))
            reach = 0.002 + 0.002 * angle / (0.006 * FIXES)
            lon = west + builders.STEP / 2 + reach * math.cos(angle)
            lat = builders.SOUTH + builders.STEP / 2 + reach * math.sin(angle)
            copy.write_row((worker, at, at, lon, lat, 5, 80, 0))
            times.append(at)
    return times


@pytest.fixture(scope="module")
def walked(stage: Stage) -> list[datetime]:
    """The days of two workers of one community, and the day before of the first; the times of the first one's fixes."""
    stage.conn.execute("update ops.workers set name_en = 'Guo ' || code")
    walk(stage, stage.ids["W1"], past_day(), 1, 2_000)
    walk(stage, stage.ids["W0"], past_day() - timedelta(days=1), 0)
    builders.insert_event(
        stage.conn,
        code="E-WALKED",
        worker_id=stage.ids["W0"],
        region_id=stage.ids[GRIDS[0]],
        lon=builders.WEST + builders.STEP / 2,
        lat=builders.SOUTH + builders.STEP / 2,
        reported_at=morning(past_day()) + timedelta(hours=2),
        resolved_at=morning(past_day()) + timedelta(hours=3),
        source="grid_worker",
    )
    return walk(stage, stage.ids["W0"], past_day(), 0)


@pytest.fixture
def page(browser: Browser, stage: Stage, walked: list[datetime]) -> Iterator[Watched]:
    """The first worker's day."""
    with opened(browser, f"{stage.base}/worker/W0?day={past_day()}", width=1440, height=900) as watched:
        watched.until(PLAYS, PATIENCE_S)
        yield watched


def asked(page: Watched) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.page.url).query).items()}


def at(page: Watched) -> float:
    return float(page.get("quanyu.workerPage.player.at")) / 1000


def looks(stage: Stage, code: str) -> int:
    row = stage.conn.execute(
        "select count(*) from board.audit where what = 'track.seen' and about = %s", (code,)
    ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_day_shows_what_the_rows_say(page: Watched, walked: list[datetime]) -> None:
    assert page.get("quanyu.workerPage.map.tracks[0].size") == len(walked) == FIXES
    assert at(page) == pytest.approx(walked[-1].timestamp(), abs=0.2)
    assert page.text("[data-wk=now]") == walked[-1].astimezone(ZONE).strftime("%H:%M:%S")
    rows = page.page.locator(".wk-stops li").all_inner_texts()
    assert [row.split("\n")[0] for row in rows if row.split("\n")[0] == "1"] == ["1"]
    lasted = [b - a for a, b in pairwise(walked) if b - a > timedelta(minutes=5)]
    assert len(lasted) == 1
    assert f"{int(lasted[0].total_seconds()) // 60} 分" in next(row for row in rows if "信号中断" in row)
    assert "09:00" in page.text(".wk-row")
    assert page.text(".wk-quality dd") == "9,600 个"
    assert page.page.locator("[data-wk=events] tr").count() == 1
    assert page.page.locator(".wk-course .wk-gap").count() == 1
    assert page.page.locator(".wk-course .wk-stop").count() == 1
    page.until("document.querySelectorAll('.wk-day').length === 7", PATIENCE_S)
    shares = page.page.locator(".wk-rate").all_text_contents()
    assert shares[-1] == shares[-2] == page.text(".wk-covered b").removesuffix("%").strip()


def test_it_plays_stops_and_steps_by_keys(page: Watched, walked: list[datetime]) -> None:
    page.page.keyboard.press("ArrowLeft")
    assert at(page) == pytest.approx(walked[-1].timestamp() - 60, abs=0.2)
    page.page.keyboard.press("Shift+ArrowLeft")
    assert at(page) == pytest.approx(walked[-1].timestamp() - 660, abs=0.2)
    page.page.keyboard.press("Space")
    page.until(f"quanyu.workerPage.player.at > {(walked[-1].timestamp() - 600) * 1000}")
    assert page.get("document.querySelector('[data-wk=play]').classList.contains('on')")
    page.page.keyboard.press("Space")
    assert not page.get("quanyu.workerPage.player.playing")
    page.page.locator("[role=slider]").focus()
    page.page.keyboard.press("Home")
    assert at(page) == pytest.approx(walked[0].timestamp(), abs=0.2)
    told = page.page.locator("[role=slider]").get_attribute("aria-valuetext")
    assert told is not None
    assert told.startswith("09:00:00")
    page.until("location.search.includes('at=09:00:00')")


def test_an_address_opened_anew_shows_the_same_moment(
    browser: Browser, stage: Stage, walked: list[datetime]
) -> None:
    address = f"{stage.base}/worker/W0?day={past_day()}&at=10:15:30&raw=1"
    with opened(browser, address, width=1440, height=900, lang="en") as page:
        page.until(PLAYS, PATIENCE_S)
        assert at(page) == (morning(past_day()) + timedelta(minutes=75, seconds=30)).timestamp()
        assert page.text("[data-raw='1'][aria-pressed=true]") == "Raw fixes"
        assert page.text(".wk-who b") == "Guo W0"


def test_another_day_is_there_soon_after_the_click_and_back_returns(page: Watched, stage: Stage) -> None:
    before = looks(stage, "W0")
    other = past_day() - timedelta(days=1)
    page.page.click("[data-wk=days-menu] summary")
    page.get(
        "window.began = 0; document.addEventListener('click', (event) => event.target.closest('[data-day]') &&"
        " (began = performance.now()), true); window.took = new Promise((done) => { const look = () => {"
        f" const own = quanyu.workerPage.map.tracks[0]; if (began && quanyu.workerPage.state.day === '{other}' &&"
        f" own && own.start < {morning(past_day()).timestamp() * 1000} && quanyu.workerPage.player.at < own.end + 1)"
        " done(performance.now() - began); else requestAnimationFrame(look); }; look(); }), undefined"
    )
    page.page.click(f"[data-day='{other}']")
    took_ms = page.page.evaluate("window.took")
    print(f"from the click to the moved head: {took_ms:.0f} ms of {FIXES} fixes")
    assert took_ms < 5_000
    assert asked(page)["day"] == str(other)
    assert looks(stage, "W0") == before + 1
    page.page.go_back()
    page.until(
        f"quanyu.workerPage.map.tracks[0].start >= {morning(past_day()).timestamp() * 1000}", PATIENCE_S
    )
    assert asked(page)["day"] == str(past_day())


def test_another_worker_joins_and_a_community_plays_together(
    page: Watched, browser: Browser, stage: Stage
) -> None:
    page.page.click("[data-wk=people-menu] summary")
    page.page.click(".wk-beside")
    page.until("quanyu.workerPage.map.tracks.length === 2", PATIENCE_S)
    assert asked(page)["with"] == "W1"
    assert page.page.locator(".wk-several li").count() == 2
    page.page.locator(".wk-toggle").last.click()
    page.until("quanyu.workerPage.map.tracks.length === 1")
    address = f"{stage.base}/worker?region={STREET}001&day={past_day()}"
    with opened(browser, address, width=1440, height=900) as several:
        several.until(PLAYS, PATIENCE_S)
        assert several.get("quanyu.workerPage.map.tracks.map((one) => one.code)") == ["W0", "W1"]
        several.page.click("[data-wk=play]")
        several.until("quanyu.workerPage.player.playing")


def test_a_file_has_the_fixes_of_the_day(page: Watched) -> None:
    page.page.click("[data-wk=export] summary")
    with page.page.expect_download() as started:
        page.page.click("[data-form=csv]")
    lines = started.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines[lines.index("") + 1 :]) == FIXES + 1


def test_the_map_and_the_lists_of_a_day_can_be_taken_away(page: Watched) -> None:
    drawn = page.get("quanyu.pictureDrawing.of(document.querySelector('.wk-place')).svg.outerHTML")
    number = next(text for text in re.findall(r"<text[^>]*>1</text>", drawn) if "middle" in text)
    assert 'font-weight="700"' in number
    assert "stroke-dasharray" in drawn
    posted = "quanyu.exportRows.posted('{}', document.querySelector('{}'), 'csv')"
    stops = page.get(posted.format("stops", ".wk-stops-panel"))
    assert len(stops["columns"]) == 4
    assert [row[0] for row in stops["rows"]].count("1") == 1
    gap = next(row for row in stops["rows"] if "信号中断" in row[2])
    assert gap[0] == ""
    assert gap[3].endswith("分")
    assert len(page.get(posted.format("handled", ".wk-events-panel"))["rows"]) == 1
    page.get(
        "void document.querySelector('[data-wk=events]')"
        ".replaceChildren(quanyu.dom.el('tr', '', quanyu.dom.el('td', 'none', '0')))"
    )
    assert page.get(posted.format("handled", ".wk-events-panel"))["rows"] == []


def test_who_is_out_is_found_by_name_and_followed(browser: Browser, stage: Stage) -> None:
    with opened(browser, f"{stage.base}/worker?region={STREET}", width=1440, height=900) as page:
        page.until("document.querySelectorAll('tr[data-worker]').length", PATIENCE_S)
        assert page.page.locator("tr[data-worker]").count() == len(GRIDS)
        page.page.fill(".wk-find", "网格员2")
        page.until("document.querySelectorAll('tr[data-worker]:not([hidden])').length === 1")
        page.until("quanyu.deskMapWorkers.known().get('W2')?.fixed", PATIENCE_S)
        page.page.press(".wk-find", "Enter")
        page.until("quanyu.workerLive.map.getZoom() >= 16")
        assert "网格员2" in page.text("[data-wk=head]")
        lon, lat = builders.WEST + 2.6 * builders.STEP, builders.SOUTH + 0.6 * builders.STEP
        builders.put_position(stage.conn, stage.ids["W2"], lon, lat)
        page.until(f"quanyu.workerLive.map.getBounds().contains([{lat}, {lon}])", PATIENCE_S)
        page.until("location.search.includes('follow=W2')")


def test_the_desk_finds_somebody_and_follows_on_its_map(browser: Browser, stage: Stage) -> None:
    with opened(browser, f"{stage.base}/region/{STREET}", width=1440, height=900) as page:
        page.until("document.querySelectorAll('#desk-crew [data-follow]').length", PATIENCE_S)
        page.until("quanyu.deskMap.leaflet && quanyu.deskMapWorkers.known().get('W3')?.fixed", PATIENCE_S)
        page.page.fill(".dk-find", "网格员3")
        page.until("document.querySelectorAll('#desk-crew tbody tr:not([hidden])').length === 1")
        page.page.click("#desk-crew tbody tr:not([hidden]) .dk-follow")
        page.until("quanyu.deskMap.leaflet.getZoom() >= 16")
        lon, lat = builders.WEST + 3.4 * builders.STEP, builders.SOUTH + 0.7 * builders.STEP
        builders.put_position(stage.conn, stage.ids["W3"], lon, lat)
        page.until(f"quanyu.deskMap.leaflet.getBounds().contains([{lat}, {lon}])", PATIENCE_S)
        pressed = page.page.locator("#desk-crew tbody tr:not([hidden]) .dk-follow").get_attribute(
            "aria-pressed"
        )
        assert pressed == "true"
