"""Markup, scripts and formulas in every text of every table do nothing: not on a page, not on a map, not in a file.

The browser sends a report of whatever its policy stops to a collector: there must be none, and a planted one arrives.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote
from xml.etree import ElementTree as ET

import openpyxl
import psycopg
import pytest
from playwright.sync_api import Browser, Page

from dashboard.access.door import safe_headers
from dashboard.embedded import PostgresServer
from tests import builders, payloads
from tests.browser import desk_stage
from tests.browser.live_wall import live_wall
from tests.browser.page import opened
from tests.conftest import own_database
from tests.integration.streaming import Answer, ask
from tests.payloads import MARK
from tests.receiver import Receiver, receiving

pytestmark = pytest.mark.timeout(400)
PATIENCE_S = 60.0
HARM = f"document.querySelectorAll('[{MARK}]').length || window.broken || document.querySelectorAll('[href^=\"javascript\"], [src=\"x\"]').length"
SHOWN = f"document.body.innerText.includes('{MARK}')"
NUMBER = re.compile(r"[-+]?[0-9.]+")


@dataclass(frozen=True, kw_only=True)
class Poisoned:
    """A running site, the codes of what it has, and where reports of its pages go."""

    base: str
    port: int
    collector: Receiver
    conn: builders.Conn
    street: str
    event: str
    worker: str
    planted: dict[str, int]


@pytest.fixture(scope="module")
def site(postgres: PostgresServer, wire_url: str) -> Iterator[Poisoned]:
    """The street in trouble, poisoned before anything has read it."""
    with (
        own_database(postgres) as url,
        psycopg.connect(url, autocommit=True) as conn,
        receiving() as collector,
        pytest.MonkeyPatch.context() as patch,
    ):
        report = f"; report-uri {collector.url}".encode()
        patch.setattr(
            "dashboard.factory.safe_headers",
            lambda hashes: [
                (name, value + report if name == b"content-security-policy" else value)
                for name, value in safe_headers(hashes)
            ],
        )
        ids = builders.make_district(conn)
        desk_stage.people(conn, ids)
        desk_stage.events(conn, ids)
        payloads.fill(conn, ids)
        planted = payloads.poison(conn)
        with live_wall(url, wire_url) as (base, _relay):
            yield Poisoned(
                base=base,
                port=int(base.rpartition(":")[2]),
                collector=collector,
                conn=conn,
                street=code(conn, "ops.regions", ids[desk_stage.STREET]),
                event=str(text(conn, "select code from ops.events order by due_at limit 1")),
                worker=code(conn, "ops.workers", ids["W1"]),
                planted=planted,
            )


def text(conn: builders.Conn, question: str) -> str:
    row = conn.execute(question).fetchone()
    assert row is not None
    return str(row[0])


def code(conn: builders.Conn, table: str, number: int) -> str:
    return text(conn, f"select code from {table} where id = {number}")


def test_every_text_of_every_table_is_planted(site: Poisoned) -> None:
    assert len(site.planted) > 40
    assert sorted(name for name, n in site.planted.items() if not n) == []


def pages(site: Poisoned) -> dict[str, str]:
    """Addresses, and what must be there before a page is looked at."""
    street, event, worker = (quote(one, safe="") for one in (site.street, site.event, site.worker))
    return {
        "/": "document.documentElement.dataset.state === 'ready'",
        f"/region/{street}": "document.querySelectorAll('.evt .ag-center-cols-container .ag-row[row-id]').length > 3",
        f"/region/{street}?event={event}": "document.querySelector('.drawer:not([hidden]):not([aria-busy]) .case-tags')",
        f"/event/{event}": "document.querySelector('.case-tags')",
        "/supervision": SHOWN,
        "/worker": SHOWN,
        f"/worker/{worker}": SHOWN,
        "/attendance": SHOWN,
        "/admin": SHOWN,
        "/admin/import": SHOWN,
    }


def stir(page: Page) -> None:
    """Open what opens, and move over everything that may have a tip."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    for box in page.evaluate(
        "[...document.querySelectorAll('canvas, .leaflet-container, svg, [title], [data-tip]')].slice(0, 40)"
        ".map(one => one.getBoundingClientRect()).map(r => [r.x, r.y, r.width, r.height])"
    ):
        x, y, width, height = box
        if width < 2 or height < 2:
            continue
        for share in (0.2, 0.5, 0.8):
            page.mouse.move(x + width * share, y + height * share)
    page.wait_for_timeout(50)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_page_takes_a_text_for_markup(browser: Browser, site: Poisoned, lang: str) -> None:
    for path, ready in pages(site).items():
        with opened(browser, site.base + path, width=1440, height=900, lang=lang) as page:
            page.until(ready, PATIENCE_S)
            stir(page.page)
            assert not page.get(HARM), path
            assert page.get(SHOWN), path
    assert site.collector.received == []


def files(site: Poisoned) -> Iterator[tuple[str, Answer]]:
    """All that can be taken away, and what the interface tells."""
    street, worker, event = (quote(one, safe="") for one in (site.street, site.worker, site.event))
    for path in (
        *[f"/api/v1/attendance/file?region={street}&form={form}" for form in ("csv", "xlsx")],
        *[f"/api/v1/workers/{worker}/track/file?form={form}" for form in ("csv", "gpx", "geojson")],
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
    for path, answer in files(site):
        kind = answer.headers["content-type"].partition(";")[0]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert kind not in ("text/html", "image/svg+xml"), path
        if kind == "text/csv":
            harmless_table(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
        elif "spreadsheet" in kind:
            for sheet in openpyxl.load_workbook(io.BytesIO(answer.body)).worksheets:
                assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"], path
        elif "xml" in kind:
            assert ET.fromstring(answer.body).tag.endswith("gpx")
        elif "json" in kind and "ndjson" not in kind:
            answer.json()


def harmless_table(rows: Iterator[list[str]]) -> None:
    """No cell begins as a formula does, unless it is a number."""
    for row in rows:
        for cell in row:
            assert cell[:1] not in "=+-@\t\r＝＋－＠" or not cell or NUMBER.fullmatch(cell), cell


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
