"""A region's page: figures equal the rows, follow them in place, and everything set is in the address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser

from tests import builders
from tests.browser.desk_stage import GRIDS, LATE, STREET, Stage
from tests.browser.page import Watched, opened

pytestmark = pytest.mark.timeout(400)
PATIENCE_S = 60.0
READY = (
    "document.querySelectorAll('.dk-kpi[data-kpi] b').length >= 6 && document.querySelector('#desk-ranking tbody tr')"
    " && document.querySelector('#desk-crew tbody tr') && document.querySelector('.ch-now')?.getAttribute('d')"
    " && ['live', 'stale'].includes(document.documentElement.dataset.live)"
)


def address(stage: Stage, query: str = "", code: str = STREET) -> str:
    return f"{stage.base}/region/{code}{query}"


def value(page: Watched, key: str) -> str:
    found: str = page.get(f"document.querySelector('[data-kpi={key}] b')?.textContent ?? ''")
    return found


def shows(page: Watched, key: str, text: str) -> None:
    page.until(f"document.querySelector('[data-kpi={key}] b')?.textContent === '{text}'", PATIENCE_S)


def asked(page: Watched) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.page.url).query).items()}


def counted(stage: Stage, condition: str) -> str:
    row = stage.conn.execute(
        "select count(*) from ops.events e join ops.regions r on r.id = e.region_id where e.duplicate_of is null"
        f" and r.code like %s and {condition}",
        (STREET + "%",),
    ).fetchone()
    assert row is not None
    return f"{row[0]:,}"


def test_figures_equal_the_rows_and_follow_them_in_place(browser: Browser, stage: Stage) -> None:
    with opened(browser, address(stage), width=1440, height=900) as page:
        page.until(READY, PATIENCE_S)
        assert value(page, "open") == counted(stage, "e.state = 'open'")
        assert value(page, "overdue_open") == counted(stage, "e.state = 'open' and e.due_at < now()")
        assert page.get("document.querySelectorAll('#desk-crew tbody tr').length") == len(GRIDS)
        page.get(
            "window.kept = document.querySelector('[data-kpi=open] b'); document.querySelector('#desk-sound').focus()"
        )
        now = datetime.now(UTC)
        builders.insert_event(
            stage.conn, code="E-NEW-1", region_id=stage.ids[GRIDS[0]], due_at=now - timedelta(minutes=1)
        )
        shows(page, "open", counted(stage, "e.state = 'open'"))
        shows(page, "overdue_open", counted(stage, "e.state = 'open' and e.due_at < now()"))
        assert page.get("window.kept === document.querySelector('[data-kpi=open] b')")
        assert page.get("document.activeElement.id") == "desk-sound"


def test_what_is_set_is_in_the_address_and_back_undoes_it(browser: Browser, stage: Stage) -> None:
    with opened(browser, address(stage), width=1440, height=900) as page:
        page.until(READY, PATIENCE_S)
        whole = value(page, "open")
        page.page.click(".menu[data-menu=source] summary")
        page.page.click(".opt[data-value=hotline]")
        page.until("location.search.includes('source=hotline')")
        shows(page, "open", counted(stage, "e.state = 'open' and e.source = 'hotline'"))
        assert (
            page.get("document.querySelector('.opt[data-value=hotline]').getAttribute('aria-pressed')")
            == "true"
        )
        page.page.click(".opt[data-value=sensor]")
        page.page.keyboard.press("Escape")
        page.page.click("[data-field=window][data-value=last_7_days]")
        page.page.click("[data-field=late]")
        assert asked(page) == {"source": "hotline,sensor", "window": "last_7_days", "late": "1"}
        page.page.click("#desk-clear")
        assert asked(page) == {"window": "last_7_days"}
        shows(page, "open", whole)
        page.page.go_back()
        page.until("location.search.includes('late=1')")
        assert page.get("document.querySelector('[data-field=late]').getAttribute('aria-pressed')") == "true"
        shows(
            page,
            "open",
            counted(stage, "e.state = 'open' and e.source in ('hotline', 'sensor') and e.due_at < now()"),
        )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_address_opened_anew_shows_the_same(browser: Browser, stage: Stage, lang: str) -> None:
    query = (
        "?window=last_30_days&severity=2&on_time=closed&step=week&trend=counts&rank=grid&compare=last_week"
    )
    look = (
        "JSON.stringify([[...document.querySelectorAll('.dk-kpi[data-kpi] summary')].map(n => n.textContent),"
        " document.querySelector('#desk-ranking').textContent, document.querySelector('#desk-trends').textContent,"
        " [...document.querySelectorAll('.dk-where [aria-pressed=true], .dk-filters [aria-pressed=true], .dk-panels"
        " [data-field][aria-pressed=true]')].map(n => n.dataset.field + n.dataset.value)])"
    )
    seen = []
    for _ in range(2):
        with opened(browser, address(stage, query), width=1440, height=900, lang=lang) as page:
            page.until(READY, PATIENCE_S)
            page.until(
                "document.querySelector('#desk-trends [data-value=week]').getAttribute('aria-pressed') === 'true'"
            )
            assert page.get("document.querySelectorAll('#desk-ranking tbody tr').length") == len(GRIDS)
            assert page.get("!!document.querySelector('[data-kpi=on_time_closed]')")
            seen.append(page.get(look))
    assert seen[0] == seen[1]


def test_a_value_says_how_it_is_made_and_its_definition_can_be_switched(
    browser: Browser, stage: Stage
) -> None:
    with opened(browser, address(stage, "?window=last_30_days"), width=1440, height=900) as page:
        page.until(READY, PATIENCE_S)
        page.page.click("[data-kpi=on_time_due] summary")
        making = page.text("[data-kpi=on_time_due] .why")
        assert "分子" in making
        assert "分母" in making
        assert f"0.0% (0 / {counted(stage, 'e.due_at < now()')})" in making
        page.page.click("[data-kpi=on_time_due] [data-value=closed]")
        page.until("document.querySelector('[data-kpi=on_time_closed]')", PATIENCE_S)
        assert asked(page)["on_time"] == "closed"
        page.page.click("#desk-every-open")
        page.until("document.querySelectorAll('.every tbody tr').length >= 20", PATIENCE_S)
        page.page.keyboard.press("Escape")
        page.until("!document.querySelector('.every[open]')")


def test_the_line_of_filters_works_by_keyboard_alone(browser: Browser, stage: Stage) -> None:
    with opened(browser, address(stage), width=1440, height=900) as page:
        page.until(READY, PATIENCE_S)
        page.get("document.querySelector('.menu[data-menu=stage] summary').focus()")
        page.page.keyboard.press("Enter")
        page.until("document.querySelector('.menu[data-menu=stage] .opt')")
        for key in ("ArrowDown", "ArrowDown", "ArrowUp", "Enter"):
            page.page.keyboard.press(key)
        page.until("location.search.includes('stage=report')")
        page.page.keyboard.press("Escape")
        assert page.get("document.activeElement === document.querySelector('.menu[data-menu=stage] summary')")
        page.get("document.querySelector('[data-course]').focus()")
        page.page.keyboard.press("ArrowLeft")
        page.until("document.querySelector('[data-course] .ch-note').textContent !== ''")


def test_an_alert_of_the_first_level_rings_until_one_key_says_it_was_heard(
    browser: Browser, stage: Stage
) -> None:
    with opened(browser, address(stage), width=1440, height=900) as page:
        page.until(READY, PATIENCE_S)
        page.page.click("#desk-sound")
        assert page.get("document.querySelector('#desk-sound').getAttribute('aria-pressed')") == "true"
        now = datetime.now(UTC)
        builders.insert_event(
            stage.conn,
            code="E-LOUD",
            region_id=stage.ids[GRIDS[2]],
            severity=3,
            due_at=now - timedelta(minutes=5),
        )
        page.until("!document.querySelector('#desk-alarm').hidden", PATIENCE_S)
        assert "E-LOUD" in page.text("#desk-alarm")
        assert "E-LOUD" in page.text("#desk-loud")
        page.page.keyboard.press("a")
        page.until("document.querySelector('#desk-alarm').hidden && quanyu.deskSound.ringing === 0")


def test_a_view_that_makes_no_sense_is_told_and_mended(browser: Browser, stage: Stage) -> None:
    with opened(browser, address(stage, "?window=fortnight"), width=1440, height=900) as page:
        page.until("document.querySelectorAll('.state.failed').length >= 4", PATIENCE_S)
        assert "fortnight" in page.text("#desk-kpis .state.failed")
        page.page.click("[data-field=window][data-value=today]")
        page.until(READY, PATIENCE_S)
        assert page.get("document.querySelectorAll('.state.failed').length") == 0
        refused = "status of 400"  # the table's own question, which the browser reports by itself
        page.complaints[:] = [one for one in page.complaints if refused not in one]


def test_all_regions_from_the_top_down_are_two_clicks_apart(browser: Browser, stage: Stage) -> None:
    with opened(browser, address(stage, "?window=last_30_days", code=""), width=1440, height=900) as page:
        page.until(READY, PATIENCE_S)
        page.page.click(f"#desk-ranking a[data-region='{STREET}']")
        page.page.wait_for_url(f"**/region/{STREET}?window=last_30_days", timeout=PATIENCE_S * 1000)
        page.until(READY, PATIENCE_S)
        assert value(page, "reported") == counted(stage, "e.reported_at > now() - interval '29 days'")
        assert int(value(page, "overdue_open")) >= LATE


@pytest.mark.parametrize(
    ("width", "height"), [(1440, 900), (1920, 1080), (3840, 2160), (1024, 768), (390, 844)]
)
def test_nothing_lies_outside_of_the_page(browser: Browser, stage: Stage, width: int, height: int) -> None:
    with opened(browser, address(stage), width=width, height=height, lang="en") as page:
        page.until(READY, PATIENCE_S)
        assert page.get("document.documentElement.scrollWidth") <= width
        if width >= 1440:
            assert page.get("document.documentElement.scrollHeight") <= height
