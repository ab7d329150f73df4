"""The desk's map over real rows: areas, events and workers are those of the database; it changes in place; by keys too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser

from tests import builders
from tests.browser.desk_stage import GRIDS, STREET, WORST, Stage
from tests.browser.page import Watched, opened

pytestmark = pytest.mark.timeout(400)
PATIENCE_S = 60.0
DRAWN = "quanyu.deskMap.data && quanyu.deskMap.leaflet && quanyu.mapMovers.shown > 0"


def drawn(page: Watched, layer: str, region: str = STREET) -> None:
    """Waits until the map shows a layer of a region."""
    page.until(DRAWN, PATIENCE_S)
    wanted = f"quanyu.deskMap.data.layer === '{layer}' && quanyu.deskMap.data.region === '{region}'"
    page.until(f"{wanted} && document.querySelector('.dm-legend').childElementCount > 1", PATIENCE_S)


def at(stage: Stage, query: str = "", region: str = STREET) -> str:
    return f"{stage.base}/region/{region}{query}"


def rows(stage: Stage, condition: str) -> dict[str, int]:
    """Events by region code."""
    found = stage.conn.execute(
        "select r.code, count(*) from ops.events e join ops.regions r on r.id = e.region_id"
        f" where r.code like %s and e.duplicate_of is null and {condition} group by 1",
        (STREET + "%",),
    )
    return {str(code): int(n) for code, n in found}


def test_each_grid_has_the_class_of_its_open_events(browser: Browser, stage: Stage) -> None:
    with opened(browser, at(stage), width=1440, height=900) as page:
        drawn(page, "open")
        known = rows(stage, "e.state = 'open'")
        shown = {code: (n, late) for code, _, n, _, late in page.get("quanyu.deskMap.data.areas")}
        late = rows(stage, "e.state = 'open' and e.due_at < now()")
        assert shown == {code: (known.get(code, 0), late.get(code, 0)) for code in GRIDS}
        breaks = page.get("quanyu.deskMap.data.breaks")
        for code in GRIDS:
            found = page.get(f"quanyu.deskMapGround.drawn('{code}')")
            assert found == sum(known.get(code, 0) >= bound for bound in breaks)
        legend = page.text(".dm-legend")
        assert f"共 {sum(known.values())}" in legend
        assert "网格员 4" in legend


def test_events_stand_together_as_rings_of_their_states(browser: Browser, stage: Stage) -> None:
    with opened(browser, at(stage, "?layer=points"), width=1440, height=900) as page:
        drawn(page, "points")
        page.until("quanyu.deskMapPoints.clusters().length > 0", PATIENCE_S)
        placed = sum(rows(stage, "e.state = 'open' and e.lon is not null").values())
        late = sum(rows(stage, "e.state = 'open' and e.lon is not null and e.due_at < now()").values())
        clusters = page.get("quanyu.deskMapPoints.clusters()")
        assert sum(one["n"] for one in clusters) == placed
        assert sum(one["counts"].get("red", 0) for one in clusters) == late
        assert f"超期 {late}" in page.text(".dm-legend")
        before = page.get("quanyu.deskMap.leaflet.getZoom()")
        page.page.locator(".dm-many").first.click()
        page.until(f"quanyu.deskMap.leaflet.getZoom() > {before}")
        assert f"/region/{STREET}" in page.page.url


def test_an_event_on_the_map_opens_in_the_drawer(browser: Browser, stage: Stage) -> None:
    query = f"?layer=points&q={WORST}"
    with opened(browser, at(stage, query), width=1440, height=900) as page:
        drawn(page, "points")
        page.until("quanyu.deskMapPoints.clusters().length > 0", PATIENCE_S)
        page.get("quanyu.deskMap.leaflet.setView([30.703, 103.8112], 18, { animate: false })")
        one = page.page.locator(f".dm-one[aria-label*='{WORST}']")
        one.focus()
        page.page.keyboard.press("Enter")
        page.until(f"document.querySelector('.drawer')?.textContent.includes('{WORST}')", PATIENCE_S)
        assert f"event={WORST}" in page.page.url


def test_the_density_says_its_unit_and_how_many(browser: Browser, stage: Stage) -> None:
    with opened(browser, at(stage, "?layer=heat"), width=1440, height=900, lang="en") as page:
        drawn(page, "heat")
        legend = page.text(".dm-legend")
        placed = sum(rows(stage, "e.state = 'open' and e.lon is not null").values())
        assert "events per km²" in legend
        assert f"{placed} events" in legend


def test_a_click_on_an_area_goes_into_it_with_the_same_question(browser: Browser, stage: Stage) -> None:
    with opened(browser, at(stage, "?window=last_7_days&layer=reported"), width=1440, height=900) as page:
        drawn(page, "reported")
        spot = page.get("quanyu.deskMap.leaflet.latLngToContainerPoint([30.705, 103.805])")
        page.page.locator(".dm-map").hover(position=spot)
        page.until("!document.querySelector('.dm-tip').hidden")
        assert page.get("document.querySelector('.dm-tip').dataset.code") == GRIDS[0]
        page.page.locator(".dm-map").click(position=spot)
        page.page.wait_for_url(f"**/region/{GRIDS[0]}*", timeout=PATIENCE_S * 1000)
        drawn(page, "reported", GRIDS[0])
        assert "window=last_7_days" in page.page.url
        assert "layer=reported" in page.page.url


def test_the_facts_of_the_map_are_a_table_for_the_keyboard(browser: Browser, stage: Stage) -> None:
    with opened(browser, at(stage), width=1440, height=900, lang="en") as page:
        drawn(page, "open")
        page.page.locator(".dm-table-button").focus()
        page.page.keyboard.press("Enter")
        page.until("document.querySelectorAll('.dm-table tbody tr').length === 4")
        known = rows(stage, "e.state = 'open'")
        cells = page.get(
            "[...document.querySelectorAll('.dm-table tbody tr')].map((row) => row.cells[1].textContent)"
        )
        assert [int(text) for text in cells] == [known.get(code, 0) for code in GRIDS]
        page.page.locator(".dm-table a").nth(1).focus()
        page.page.keyboard.press("Enter")
        page.page.wait_for_url(f"**/region/{GRIDS[1]}*", timeout=PATIENCE_S * 1000)


def test_layers_are_chosen_by_keys_and_kept_in_the_address(browser: Browser, stage: Stage) -> None:
    with opened(browser, at(stage), width=1440, height=900) as page:
        drawn(page, "open")
        page.page.locator(".dm-more > summary").focus()
        page.page.keyboard.press("Enter")
        page.page.locator(".dm-menu [data-value=on_time_due]").focus()
        page.page.keyboard.press("Enter")
        drawn(page, "on_time_due")
        assert "layer=on_time_due" in page.page.url
        assert page.get("document.querySelector('.dm-more').open") is False
        assert page.get("quanyu.deskMap.data.level") == "community"
        page.page.reload()
        drawn(page, "on_time_due")
        assert page.text(".dm-more > summary").startswith("按期")


def test_a_new_event_changes_the_map_in_place(browser: Browser, stage: Stage) -> None:
    with opened(browser, at(stage), width=1440, height=900) as page:
        drawn(page, "open")
        page.get("quanyu.deskMap.leaflet.zoomIn(1, { animate: false })")
        page.get("window.same = quanyu.deskMap.leaflet")
        zoom = page.get("quanyu.deskMap.leaflet.getZoom()")
        before = rows(stage, "e.state = 'open'").get(GRIDS[3], 0)
        now = datetime.now(UTC)
        builders.insert_event(
            stage.conn,
            region_id=stage.ids[GRIDS[3]],
            reported_at=now - timedelta(minutes=1),
            lon=103.835,
            lat=30.705,
        )
        row = f"quanyu.deskMap.data.areas.find(([code]) => code === '{GRIDS[3]}')"
        page.until(f"{row}[2] === {before + 1}", PATIENCE_S)
        assert page.get("window.same === quanyu.deskMap.leaflet && quanyu.deskMap.leaflet.getZoom()") == zoom


def test_workers_move_on_the_map_as_their_fixes_come(browser: Browser, stage: Stage) -> None:
    with opened(browser, at(stage), width=1440, height=900) as page:
        drawn(page, "open")
        page.until("quanyu.deskMapWorkers.count() === 4", PATIENCE_S)
        page.page.locator(".dm-legend .crew").click()
        page.until("quanyu.deskMapWorkers.count() === 0")
        page.page.locator(".dm-legend .crew").click()
        page.until("quanyu.deskMapWorkers.count() === 4", PATIENCE_S)
        builders.put_position(stage.conn, stage.ids["W0"], 103.8061, 30.7043, fixed_at=datetime.now(UTC))
        page.until(
            "quanyu.deskMapWorkers.places().some(([x, y]) => x === 10380610 && y === 3070430)", PATIENCE_S
        )
