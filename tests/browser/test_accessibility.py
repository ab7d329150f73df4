"""No page of the desk has a serious fault for those who cannot see, point or hear: by axe-core, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser

from dashboard.domain.windows import local_day
from tests.browser.desk_stage import STREET, WORST, Stage
from tests.browser.page import Watched, opened

pytestmark = pytest.mark.timeout(400)
PATIENCE_S = 60.0
GRAVE = frozenset({"serious", "critical"})
DRAWER = "document.querySelector('.drawer:not([hidden]):not([aria-busy]) .case-tags')"
ROWS = "document.querySelectorAll('.evt .ag-center-cols-container .ag-row[row-id]').length > 5"

FILLED = "document.querySelectorAll('.dk .skel').length === 0"


def faults(page: Watched) -> list[str]:
    """Grave faults with the first node of each."""
    found = Axe().run(page.page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]} ({len(one['nodes'])})"
        for one in found
        if one["impact"] in GRAVE
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_region_with_its_drawer_and_a_dialog(browser: Browser, stage: Stage, lang: str) -> None:
    address = f"{stage.base}/region/{STREET}?event={WORST}"
    with opened(browser, address, width=1440, height=900, lang=lang) as page:
        page.until(f"{ROWS} && {DRAWER} && {FILLED}", PATIENCE_S)
        assert faults(page) == []
        page.page.click(".drawer [data-act='supervise']")
        page.until("document.querySelector('dialog.actd[open]')")
        assert faults(page) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_event_and_the_ledger(browser: Browser, stage: Stage, lang: str) -> None:
    with opened(browser, f"{stage.base}/event/{WORST}", width=1440, height=900, lang=lang) as page:
        page.until("document.querySelector('.case-title')", PATIENCE_S)
        assert faults(page) == []
        page.page.goto(f"{stage.base}/supervision")
        page.until("document.querySelector('.sv-list-of li')", PATIENCE_S)
        assert faults(page) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_day_played_back_and_who_is_out(browser: Browser, stage: Stage, lang: str) -> None:
    day = local_day(datetime.now(UTC) - timedelta(hours=1), ZoneInfo("Asia/Shanghai"))  # the shift's own
    with opened(browser, f"{stage.base}/worker/W0?day={day}", width=1440, height=900, lang=lang) as page:
        page.until(
            "document.querySelectorAll('.wk-row').length && document.querySelector('.wk-week')", PATIENCE_S
        )
        page.page.click("[data-wk=days-menu] summary")
        assert faults(page) == []
        page.page.goto(f"{stage.base}/worker?region={STREET}")
        page.until(
            "document.querySelector('tr[data-worker]') && document.querySelector('.wk-trails')", PATIENCE_S
        )
        assert faults(page) == []
