"""Markup, scripts and formulas in every text of every table do nothing: not on a page, not on a map, not in a file.

The browser sends a report of whatever its policy stops to a collector: there must be none, and a planted one arrives.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Browser

from dashboard.embedded import PostgresServer
from tests import builders, payloads
from tests.browser.page import Watched, opened
from tests.browser.poisoned import SHOWN, WORKER, Poisoned, poisoned
from tests.hostile_files import harmless_package, harmless_table
from tests.integration.streaming import Answer, ask
from tests.payloads import MARK, MARKUP
from tests.signed_site import PASSWORD

pytestmark = pytest.mark.timeout(400)
PATIENCE_S = 60.0
HARM = f"document.querySelectorAll('[{MARK}]').length || window.broken || document.querySelectorAll('[href^=\"javascript\"], [src=\"x\"]').length"
LIVE = "document.documentElement.dataset.state === 'ready' && ['live', 'stale'].includes(document.documentElement.dataset.live)"
PAINTED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
PANELS = [f"desk-{one}" for one in ("kpis", "map", "trends", "ranking", "crew", "table")]
DRAWN = """async ([panels, text]) => Promise.all(panels.map(async (id) =>
  (await quanyu.pictureFile.svg(document.getElementById(id), { title: text, lines: [[text, text]] })).text()))"""
OTHER_NAMES = ("/region/", "/attendance", "/briefing?")
"""Pages whose texts are others in English."""
MAY_POINT = "canvas, .leaflet-container, svg, [title], [data-tip]"


@pytest.fixture(scope="module")
def site(
    postgres: PostgresServer, wire_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Poisoned]:
    with poisoned(postgres, wire_url, tmp_path_factory.mktemp("files")) as made:
        yield made


@contextmanager
def wall(browser: Browser, site: Poisoned, lang: str = "zh") -> Iterator[Watched]:
    """An open wall, live; whatever is opened after it has what it loaded."""
    with opened(browser, site.base + "/", width=1440, height=900, lang=lang) as page:
        page.until(LIVE, PATIENCE_S)
        yield page
    assert site.collector.received == []


def stir(page: Watched) -> None:
    """Open what opens, and move over everything that may have a tip."""
    page.get("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    for box in page.get(
        f"[...document.querySelectorAll('{MAY_POINT}')].slice(0, 40)"
        ".map(one => one.getBoundingClientRect()).map(r => [r.x, r.y, r.width, r.height])"
    ):
        x, y, width, height = box
        if width < 2 or height < 2:
            continue
        for share in (0.2, 0.5, 0.8):
            page.page.mouse.move(x + width * share, y + height * share)
    page.get(PAINTED)


def harmless(page: Watched, path: str) -> None:
    """A page shows texts as they were typed, and nothing of them lives."""
    stir(page)
    assert not page.get(HARM), path
    assert page.get(SHOWN), path


def drawings(page: Watched) -> None:
    """Pictures of the page's panels hold texts as texts."""
    made = page.page.evaluate(DRAWN, [PANELS, MARKUP])
    for text in made:
        parts = list(ET.fromstring(text).iter())
        assert any(MARK in (one.text or "") for one in parts)
        assert not [
            one.tag for one in parts if one.tag.rpartition("}")[2] in ("script", "foreignObject", "a")
        ]
        assert not [name for one in parts for name in one.attrib if name.lower().startswith("on")]


def test_every_text_of_every_table_is_planted(site: Poisoned) -> None:
    assert len(site.planted) > 40
    assert sorted(name for name, n in site.planted.items() if not n) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_page_takes_a_text_for_markup(browser: Browser, site: Poisoned, lang: str) -> None:
    with wall(browser, site, lang) as page:
        harmless(page, "/")
        for path, ready in site.pages().items():
            if lang == "en" and not path.startswith(OTHER_NAMES):
                continue
            page.page.goto(site.base + path, wait_until="load")
            page.until(ready, PATIENCE_S)
            harmless(page, path)
            if path.startswith("/region/") and "?" not in path:
                drawings(page)
            if path.startswith("/briefing?"):
                page.page.click("[data-set=look][data-value=document]")
                page.until("document.querySelector('.bf-paper')")
                harmless(page, f"{path}, as a document")
            assert page.complaints == [], path


def test_news_of_hostile_words_does_nothing_on_an_open_wall(browser: Browser, site: Poisoned) -> None:
    grid = site.conn.execute("select id from ops.regions where level = 'grid' order by id limit 1").fetchone()
    assert grid is not None
    kind = builders.first(site.conn, "select max(id) from ops.categories")
    with wall(browser, site) as page:
        number = builders.insert_event(
            site.conn,
            code=f"=NEW {payloads.CODE}",
            text=MARKUP,
            address=MARKUP,
            severity=3,
            category_id=kind,
            region_id=grid[0],
        )
        page.until(f"document.querySelector('#wall-ticker [data-event=\"{number}\"]')", PATIENCE_S)
        assert MARK in page.text(f'#wall-ticker [data-event="{number}"]')
        harmless(page, "news")


def test_a_workers_own_pages_take_no_text_for_markup(browser: Browser, site: Poisoned) -> None:
    """What a browser says of itself when it signs in is a text too."""
    with opened(browser, site.base + "/assets/icons/mark.svg", width=1440, height=900) as page:
        fields: dict[str, str | float | bool] = {"login": WORKER, "password": PASSWORD, "next": "/me"}
        headers = {"origin": site.base, "user-agent": MARKUP}
        page.page.request.post(f"{site.base}/login", form=fields, headers=headers, max_redirects=0)
        for path in ("/me", "/sessions"):
            page.page.goto(site.base + path, wait_until="load")
            page.until(SHOWN if path == "/me" else "document.querySelector('table')", PATIENCE_S)
            harmless(page, path)
    assert site.collector.received == []


def answers(site: Poisoned) -> Iterator[tuple[str, Answer]]:
    """All that can be taken away while somebody waits, and what the interface tells."""
    street, worker, event = (quote(one, safe="") for one in (site.street, site.worker, site.event))
    panels = ("figures", "trends", "ranking", "crew", "map")
    for path in (
        *[f"/api/v1/attendance/file?region={street}&form={form}" for form in ("csv", "xlsx")],
        *[f"/api/v1/workers/{worker}/track/file?form={form}" for form in ("csv", "gpx", "geojson")],
        *[f"/export/{panel}.{form}?region={street}" for panel in panels for form in ("csv", "xlsx")],
        f"/export/map.geojson?region={street}",
        f"/export/events/caption?region={street}",
        f"/api/v1/events/{event}",
        f"/api/v1/events?region={street}",
        f"/api/v1/supervision?region={street}",
        "/admin/audit/export",
        "/live/snapshot",
    ):
        answer = ask(site.port, path)
        assert answer.status == 200, (path, answer.body)
        yield path, answer


def test_no_file_holds_a_formula_and_no_answer_is_taken_for_a_page(site: Poisoned) -> None:
    for path, answer in answers(site):
        kind = answer.headers["content-type"].partition(";")[0]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert kind not in ("text/html", "image/svg+xml"), path
        if kind == "text/csv":
            harmless_table(answer.body.decode("utf-8-sig"))
        elif "spreadsheet" in kind:
            harmless_package(answer.body)
        elif "xml" in kind:
            assert ET.fromstring(answer.body).tag.endswith("gpx")
        elif "json" in kind and "ndjson" not in kind:
            answer.json()


@pytest.mark.parametrize("kind", ["export.events", "export.papers"])
def test_no_long_table_holds_a_formula(site: Poisoned, kind: str) -> None:
    question = {"personal": "1"} | ({"region": site.street} if kind == "export.events" else {})
    table = site.made(kind, {**question, "form": "csv"}).decode("utf-8-sig")
    assert MARK in table
    harmless_table(table)
    harmless_package(site.made(kind, {**question, "form": "xlsx"}))


@pytest.mark.parametrize("form", ["docx", "pptx", "xlsx"])
def test_no_file_of_a_briefing_does_anything(site: Poisoned, form: str) -> None:
    harmless_package(site.made("briefing", {"order": site.order(), "form": form}))


def test_what_a_policy_stops_is_reported(browser: Browser, site: Poisoned) -> None:
    """The collector hears: without this the others would prove nothing."""
    before = len(site.collector.received)
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.base + "/supervision")
    page.evaluate(
        "() => { const one = document.createElement('script'); one.textContent = 'window.broken = 1';"
        " document.head.append(one); }"
    )
    heard = [one.json()["csp-report"] for one in site.collector.wait(before + 1)]
    assert "script-src" in heard[-1]["violated-directive"]
    assert page.evaluate("window.broken") is None
    context.close()
    site.collector.received.clear()
