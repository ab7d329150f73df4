"""Panels taken away from the page: pictures are what stood on screen, drawings hold texts, long tables come when made."""

from __future__ import annotations

import csv
import io
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from PIL import Image, ImageFilter
from playwright.sync_api import Browser, Download

from dashboard.config import Settings
from dashboard.embedded import PostgresServer
from dashboard.file_runs import Makers, making_files
from tests.browser.desk_stage import STREET, Stage, desk_stage
from tests.browser.page import Watched, opened
from tests.conftest import own_database

pytestmark = pytest.mark.timeout(400)
PATIENCE_S = 60.0
FAR = 30
"""Of 255: an empty panel is so far apart from a full one in 5 to 50 % of its points."""
PANELS = {
    "figures": "#desk-kpis",
    "map": "#desk-map",
    "trends": "#desk-trends",
    "ranking": "#desk-ranking",
    "crew": "#desk-crew",
    "events": "#desk-table",
}
WALL = {
    "kpis": "#wall-kpis",
    "loads": "#wall-map-panel",
    "pipeline": ".wall .pipe",
    "sources": ".wall .src",
    "categories": ".wall .cat",
    "rates": ".wall .trd",
    "streets": ".wall .rank",
    "news": ".wall .tick",
    "alerts": ".wall .alr",
    "activities": ".wall .act",
}
VIEWS = {"standings": "#wall-view-streets", "pressing": "#wall-view-pressing"}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def stage(
    postgres: PostgresServer, wire_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """A running desk whose files are made beside it."""
    folder, stop = tmp_path_factory.mktemp("data"), threading.Event()
    with own_database(postgres) as url, desk_stage(url, wire_url, data_dir=folder) as running:
        files = Settings(database_url=url, redis_url=wire_url, data_dir=folder).files
        with making_files(Makers(database_url=url, folder=files, demo=True), stop):
            yield running


@pytest.fixture(scope="module")
def desk(browser: Browser, stage: Stage) -> Iterator[Watched]:
    """The page of the street, at rest."""
    with opened(browser, f"{stage.base}/region/{STREET}", width=1440, height=900) as page:
        page.until("quanyu.deskMap.leaflet && quanyu.mapMovers.shown > 0", PATIENCE_S)
        page.until("document.querySelectorAll('.ex-open').length === 6", PATIENCE_S)
        page.until("document.querySelectorAll('.evt .ag-row').length > 5", PATIENCE_S)
        page.until("document.querySelectorAll('.dk-crew tbody tr').length === 4", PATIENCE_S)
        page.until("document.querySelectorAll('.ch-now[d]').length === 2", PATIENCE_S)
        yield page


def take(page: Watched, panel: str, form: str) -> Download:
    """Chooses a form in a panel's menu; the file that comes."""
    with page.page.expect_download() as coming:
        choose(page, panel, form)
    return coming.value


def choose(page: Watched, panel: str, form: str) -> None:
    page.page.locator(f"[data-export='{panel}']").click()
    page.page.locator(f".ex-menu [data-form='{form}']").click()


def body(download: Download) -> bytes:
    return Path(download.path()).read_bytes()


def picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


@pytest.mark.parametrize("panel", PANELS)
def test_a_picture_is_what_stood_on_screen(desk: Watched, panel: str) -> None:
    assert apart(desk, PANELS[panel]) < 0.007


def apart(page: Watched, panel: str) -> float:
    """How much of a panel's picture differs from what stands on screen."""
    page.get("document.activeElement.blur()")
    page.page.mouse.move(1, 1)
    dimmed = "html.is-night body:has(.wall)::after { display: none; }"  # the wall by night
    hide = page.page.add_style_tag(
        content=f".ex-open, .notices {{ visibility: hidden !important; }} {dimmed}"
    )
    on_screen = picture(page.page.locator(panel).screenshot(animations="disabled"))
    hide.evaluate("node => node.remove()")
    made = page.page.evaluate(
        "async (panel) => Array.from(new Uint8Array(await (await quanyu.pictureFile.png("
        "document.querySelector(panel), null)).arrayBuffer()))",
        panel,
    )
    drawn = picture(bytes(made))
    assert abs(drawn.width - 2 * on_screen.width) <= 2
    assert abs(drawn.height - 2 * on_screen.height) <= 2
    far = np.abs(seen(drawn.resize(on_screen.size, Image.Resampling.BOX)) - seen(on_screen)).max(axis=2) > FAR
    return float(far.mean())


def seen(one: Image.Image) -> Any:
    """As from a step away: how the edges of letters are smoothed does not matter."""
    return np.asarray(one.filter(ImageFilter.GaussianBlur(2)), dtype=float)


def test_a_file_says_below_the_panel_what_it_shows(desk: Watched) -> None:
    plain = desk.page.locator(PANELS["trends"]).bounding_box()
    assert plain is not None
    download = take(desk, "trends", "png")
    assert download.suggested_filename.endswith(".png")
    made = picture(body(download))
    assert abs(made.width - 2 * plain["width"]) <= 2
    assert made.height > 2 * plain["height"] + 150


@pytest.mark.parametrize("panel", ["trends", "map", "ranking"])
def test_a_drawing_holds_texts_and_lines(desk: Watched, panel: str) -> None:
    root = ET.fromstring(body(take(desk, panel, "svg")))
    said = "".join("".join(node.itertext()) for node in root.iter(f"{SVG}text"))
    heading = desk.text(f"{PANELS[panel]} h2")
    assert heading in said
    assert "演示用户" in said
    assert f"({STREET})" in said.replace(" ", "")
    assert not list(root.iter(f"{SVG}foreignObject"))
    assert not list(root.iter(f"{SVG}script"))
    if panel == "trends":
        assert len([one for one in root.iter(f"{SVG}path") if one.get("stroke", "none") != "none"]) >= 6
    if panel == "map":
        assert len([one for one in root.iter(f"{SVG}path") if one.get("fill-rule") == "evenodd"]) >= 1


def test_a_table_comes_as_csv_and_excel(desk: Watched) -> None:
    lines = table(desk, "crew")
    rows = lines[lines.index([]) + 2 :]
    assert sorted(row[0] for row in rows) == ["W0", "W1", "W2", "W3"]
    book = openpyxl.load_workbook(io.BytesIO(body(take(desk, "ranking", "xlsx"))))
    assert [row[1].value for row in book["数据"].iter_rows(min_row=4)]


def test_all_events_come_when_they_are_made(desk: Watched, stage: Stage) -> None:
    download = take(desk, "events", "csv")
    lines = list(csv.reader(io.StringIO(body(download).decode("utf-8-sig"))))
    rows = lines[lines.index([]) + 2 :]
    known = stage.conn.execute(
        "select count(*) from ops.events e join ops.regions r on r.id = e.region_id"
        " where r.code like %s and e.state = 'open' and e.duplicate_of is null",
        (STREET + "%",),
    ).fetchone()
    assert known is not None
    assert len(rows) == known[0]
    desk.page.locator("[data-export='events']").click()
    desk.page.locator(".ex-wish input").check()
    with desk.page.expect_download() as coming:
        desk.page.locator(".ex-menu [data-form='csv']").click()
    assert "消防通道堵塞" in body(coming.value).decode("utf-8-sig")


def test_the_ledger_comes_whole(browser: Browser, stage: Stage) -> None:
    with opened(browser, f"{stage.base}/supervision") as page:
        page.until("document.querySelector('[data-export=papers]') && quanyu.link.state", PATIENCE_S)
        lines = table(page, "papers")
        assert lines[0] == ["督办台账"]
        assert len(lines[lines.index([]) + 1 :]) == 1 + stage.count("ops.supervision")
        streets = table(page, "watch")
        shown = page.get(
            "[...document.querySelectorAll('.sv-watch tbody tr')].map((row) => row.cells[0].innerText)"
        )
        assert [row[0] for row in streets[streets.index([]) + 2 :]] == shown != []
        assert take(page, "drafts", "png").suggested_filename.endswith(".png")


def table(page: Watched, panel: str) -> list[list[str]]:
    """The lines of a panel's CSV, with its head."""
    return list(csv.reader(io.StringIO(body(take(page, panel, "csv")).decode("utf-8-sig"))))


def test_the_walls_panels_come_as_they_stand(browser: Browser, stage: Stage) -> None:
    with opened(browser, f"{stage.base}/") as page:
        page.until(f"document.querySelectorAll('.wall .ex-open').length === {len(WALL | VIEWS)}", PATIENCE_S)
        page.until("document.querySelectorAll('.wall .rbody .rr').length > 0", PATIENCE_S)
        assert page.get("getComputedStyle(document.querySelector('[data-export=sources]')).opacity") == "0"
        page.page.locator("[data-export=sources]").focus()
        page.until(
            "getComputedStyle(document.querySelector('[data-export=sources]')).opacity === '1'", PATIENCE_S
        )
        counts, came = page.get("quanyu.wall.look().counts"), {}
        for panel, selector in WALL.items():
            page.page.locator(selector).hover(position={"x": 20, "y": 10})
            lines = table(page, panel)
            heading, *came[panel] = lines[lines.index([]) + 1 :]
            assert all(heading)
        assert sum(int(row[1]) for row in came["pipeline"] if row[0] != "评价") == counts["open"] > 0
        assert came["kpis"][1][:2] == ["在办", str(counts["open"])]
        assert sum(int(row[3]) for row in came["loads"]) == counts["open"]
        assert [row[1] for row in came["streets"]] == page.get(
            "quanyu.wall.look().ranking.map((row) => row.code)"
        )
        assert {panel for panel in ("kpis", "rates", "streets") if apart(page, WALL[panel]) > 0.02} == set()


def test_the_walls_other_views_come_with_all_their_rows(browser: Browser, stage: Stage) -> None:
    with opened(browser, f"{stage.base}/") as page:
        page.until(f"document.querySelectorAll('.wall .ex-open').length === {len(WALL | VIEWS)}", PATIENCE_S)
        page.get("quanyu.link.state.events.values().next().value.al = 1")
        for key, (panel, selector) in enumerate(VIEWS.items(), start=2):
            page.page.keyboard.press(str(key))
            page.page.locator(f"{selector} tbody tr").first.wait_for()
            page.page.locator(selector).hover(position={"x": 20, "y": 10})
            heading, *rows = (lines := table(page, panel))[lines.index([]) + 1 :]
            shown = page.get(
                f"[...document.querySelectorAll('{selector} tbody tr')].map((row) => [...row.cells].map("
                "(cell) => cell.innerText))"
            )
            assert all(heading)
            assert shown
            if panel == "standings":
                assert [row[2] for row in rows] == [cells[1].strip() for cells in shown]
                assert [row[3:8] for row in rows] == [cells[2:7] for cells in shown]
                assert [f"{row[14]} / {row[15]}" for row in rows] == [cells[9] for cells in shown]
            else:
                assert len(rows) == page.get("quanyu.wall.look().alerts.length")
                assert [row[:6] for row in rows[: len(shown)]] == [cells[1:7] for cells in shown]
            assert take(page, panel, "png").suggested_filename.endswith(".png")


def test_a_copy_goes_to_the_clipboard(desk: Watched) -> None:
    desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk.page.bring_to_front()
    choose(desk, "trends", "copy")
    desk.page.get_by_text("已复制").wait_for()
    size = desk.get(
        "navigator.clipboard.read().then(async ([item]) => createImageBitmap(await item.getType('image/png')))"
        ".then(({ width, height }) => [width, height])"
    )
    box = desk.page.locator(PANELS["trends"]).bounding_box()
    assert box is not None
    assert abs(size[0] - 2 * box["width"]) <= 2
    assert abs(size[1] - 2 * box["height"]) <= 2


def test_without_a_clipboard_a_copy_is_a_file(desk: Watched) -> None:
    desk.get("Object.defineProperty(window, 'isSecureContext', { value: false, configurable: true }) && 0")
    try:
        assert take(desk, "ranking", "copy").suggested_filename.endswith(".png")
    finally:
        desk.get("delete window.isSecureContext && 0")


def test_the_menu_is_open_to_the_keyboard(desk: Watched) -> None:
    button = desk.page.locator("[data-export='trends']")
    button.focus()
    desk.page.keyboard.press("Enter")
    assert button.get_attribute("aria-expanded") == "true"
    desk.page.keyboard.press("ArrowDown")
    assert desk.get("document.activeElement.dataset.form") == "png"
    desk.page.keyboard.press("Escape")
    assert button.get_attribute("aria-expanded") == "false"
    assert desk.get("document.activeElement.dataset.export") == "trends"


def test_a_refusal_is_told(desk: Watched) -> None:
    desk.page.route("**/export/crew.csv*", lambda route: route.fulfill(
        status=403, json={"error": {"code": "export_refused", "message": "您的角色无权导出"}}))  # fmt: skip
    choose(desk, "crew", "csv")
    desk.page.get_by_text("您的角色无权导出").wait_for()
    desk.page.unroute("**/export/crew.csv*")
    desk.complaints[:] = [one for one in desk.complaints if "403" not in one]
