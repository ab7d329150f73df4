"""The page of briefings: what it shows is what the interface says, what is set is in the address, files come of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import psycopg
import pytest
from playwright.sync_api import Browser

from dashboard.domain.policy import DEMO
from dashboard.embedded import PostgresServer
from dashboard.file_runs import Makers, making_files
from tests.browser.live_wall import live_wall
from tests.browser.page import Watched, opened
from tests.browser.test_accessibility import faults
from tests.builders import put_setting
from tests.conftest import own_database
from tests.generated import fill

pytestmark = pytest.mark.timeout(400)
PATIENCE_S = 60.0
WEEK = "region=D&cadence=weekly&day=2025-10-08"
STATE = "quanyu.briefingState"
SHOWN = f"{STATE}?.content && document.querySelector('.bf-stage .bf-slide, .bf-stage .bf-paper')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A running desk over a generated district, and a process that makes files."""

    base: str

    def address(self, query: str = WEEK) -> str:
        return f"{self.base}/briefing?{query}"


@pytest.fixture(scope="module")
def site(postgres: PostgresServer, wire_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with own_database(postgres) as url:
        fill(url, seed=5, events=200)
        with psycopg.connect(url) as conn:
            put_setting(conn, "watermark", {"exports": True})
        makers = Makers(database_url=url, folder=folder / "files", demo=True)
        with live_wall(url, wire_url, folder) as (base, _relay), making_files(makers, threading.Event()):
            yield Site(base=base)


def ready(page: Watched) -> None:
    page.until(SHOWN, PATIENCE_S)


def asked(page: Watched) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.page.url).query).items()}


def sections(page: Watched) -> list[str]:
    found: list[str] = page.get(f"{STATE}.sections().map((one) => one.key)")
    return found


def looking_at(page: Watched, key: str) -> None:
    page.get(f"{STATE}.look({sections(page).index(key)})")


def test_a_slide_shows_what_the_interface_says(browser: Browser, site: Site) -> None:
    with opened(browser, site.address(), width=1440, height=900) as page:
        ready(page)
        for key in sections(page):
            looking_at(page, key)
            told = page.get(f"{STATE}.sections()[{STATE}.at]")
            drafted = ["".join(p if isinstance(p, str) else p["text"] for p in told["headline"]["parts"])]
            assert page.text(".bf-stage h3") == drafted[0]
            cards = [card["figure"]["text"] for card in told["cards"]]
            assert (
                page.get("[...document.querySelectorAll('.bf-stage .bf-card b')].map((b) => b.textContent)")
                == cards
            )
            marks = sum(
                point["value"] is not None
                for chart in told["charts"]
                if chart["kind"] != "line"
                for series in chart["series"]
                for point in series["points"]
            )
            assert (
                page.get("document.querySelectorAll('.bf-stage .bf-bar, .bf-stage .bf-mark').length") == marks
            )
            areas = len(told["map"]["areas"]) if told["map"] else 0
            assert page.get("document.querySelectorAll('.bf-stage .bf-area').length") == areas
        page.page.click("[data-set=look][data-value=document]")
        page.until("document.querySelector('.bf-paper')")
        rows = sum(len(t["rows"]) for one in page.get(f"{STATE}.sections()") for t in one["tables"])
        assert page.get("document.querySelectorAll('.bf-paper tbody tr').length") == rows


def test_sections_are_chosen_and_ordered_and_stand_in_the_address(browser: Browser, site: Site) -> None:
    with opened(
        browser, site.address(WEEK + "&sections=overview,map,ranking"), width=1440, height=900
    ) as page:
        ready(page)
        page.page.focus("[data-key=map] .bf-grip")
        page.page.keyboard.press("ArrowUp")
        page.page.keyboard.press("ArrowUp")
        page.page.locator("[data-key=notes] .bf-take").check()
        page.page.locator("[data-key=ranking] .bf-take").uncheck()
        page.page.drag_and_drop("[data-key=notes]", "[data-key=map]")
        page.until(f"{STATE}.sections().length === 3")
        assert sections(page) == ["notes", "map", "overview"]
        assert asked(page)["sections"] == "notes,map,overview"
        assert page.get("document.querySelectorAll('.bf-thumbs li').length") == 3
        page.page.reload()
        ready(page)
        assert sections(page) == ["notes", "map", "overview"]


def test_a_period_is_chosen_in_the_calendar(browser: Browser, site: Site) -> None:
    with opened(browser, site.address(), width=1440, height=900) as page:
        ready(page)
        assert page.get("document.querySelectorAll('.bf-cal button.on').length") == 7
        page.page.focus("[data-day='2025-10-08']")
        page.page.keyboard.press("ArrowUp")
        page.page.keyboard.press("Enter")
        page.until(f"{STATE}.order.day === '2025-10-01' && {SHOWN}", PATIENCE_S)
        assert "第 40 周" in page.text("[data-bf=period]")
        page.page.click("[data-set=cadence][data-value=monthly]")
        page.until(f"{STATE}.order.cadence === 'monthly' && {SHOWN}", PATIENCE_S)
        assert page.get("document.querySelectorAll('.bf-cal button.on').length") == 31
        assert asked(page) | {"sections": ""} == {
            "region": "D",
            "cadence": "monthly",
            "day": "2025-10-01",
            "lang": "zh",
            "versus": "before,last_year",
            "sections": "",
        }
        page.page.select_option(".bf-region", "D2")
        page.until(f"{STATE}.content?.region === 'D2'", PATIENCE_S)


def test_a_changed_sentence_is_frozen_printed_and_fetched(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    with opened(
        browser, site.address(WEEK + "&sections=overview,timeliness"), width=1440, height=900
    ) as page:
        ready(page)
        drafted = page.text(".bf-stage h3")
        head = page.page.locator(".bf-stage h3")
        head.fill("先改")
        head.press("Escape")
        assert page.text(".bf-stage h3") == drafted
        head.fill("本周总体平稳 <b>＝1+1</b>")
        head.press("Enter")
        page.until(f"Object.keys({STATE}.order.texts).length === 1")
        page.page.reload()
        ready(page)
        with page.page.context.expect_page() as printed:
            page.page.click("[data-form=pdf]")
        printed.value.wait_for_load_state("load")
        assert "本周总体平稳 <b>＝1+1</b>" in printed.value.inner_text("body")
        printed.value.close()
        page.page.click("[data-bf=issue]")
        page.until(f"{STATE}.issued && {SHOWN}", PATIENCE_S)
        assert page.text(".bf-stage h3") == "本周总体平稳 <b>＝1+1</b>"
        assert page.get("document.querySelectorAll('.bf-stage [contenteditable]').length") == 0
        page.page.reload()
        ready(page)
        assert page.text(".bf-stage h3") == "本周总体平稳 <b>＝1+1</b>"
        page.page.click("[data-bf=past-menu] summary")
        page.until("document.querySelectorAll('.bf-past .opt').length === 1", PATIENCE_S)
        page.page.click("[data-form=docx]")
        page.until("document.querySelector('.jb.done a')", PATIENCE_S)
        with page.page.expect_download() as fetched:
            page.page.click(".jb.done a")
        fetched.value.save_as(tmp_path / "week.docx")
        assert fetched.value.suggested_filename.endswith(" 2025-W41.docx")
        assert (tmp_path / "week.docx").read_bytes()[:2] == b"PK"
        page.page.click(".jb.done .jb-x")
        page.until("document.querySelectorAll('.jb').length === 0", PATIENCE_S)
        page.page.click("[data-bf=frozen] button")
        page.until(f"!{STATE}.issued && {SHOWN}", PATIENCE_S)
        assert page.text(".bf-stage h3") == drafted


@pytest.mark.skipif(
    shutil.which("pdftotext") is None and not os.environ.get("QUANYU_REQUIRE_OFFICE"),
    reason="no pdftotext: Debian has it in poppler-utils",
)
def test_each_printed_page_carries_the_mark(browser: Browser, site: Site) -> None:
    order = quote(json.dumps({"region": "D", "cadence": "weekly", "day": "2025-10-08"}))
    page = browser.new_page()
    try:
        page.goto(f"{site.base}/briefing/print?order={order}")
        pdf = page.pdf(prefer_css_page_size=True)
    finally:
        page.close()
    done = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True, timeout=60)
    *sheets, rest = done.stdout.decode().split("\f")
    assert len(sheets) > 2
    assert not rest
    assert [sheet.count(f"{DEMO.login} 20") for sheet in sheets] == [2] + [1] * (len(sheets) - 1)


def test_typical_cases_are_picked_by_hand(browser: Browser, site: Site) -> None:
    cases, told = "[data-bf=cases] .bf-cases:not(.bf-found) li", f"{STATE}.sections()[0].sentences"
    with opened(
        browser, site.address(WEEK + "&sections=cases&cases=nowhere"), width=1440, height=900
    ) as page:
        ready(page)
        assert page.get(f"{told}.length") == 0
        assert "不在所选范围内" in page.text(f"{cases} .bad")
        page.page.focus("[data-bf=cases] input")
        page.until("document.querySelectorAll('.bf-found button').length > 1", PATIENCE_S)
        code = page.text(".bf-found button b")
        page.page.click(".bf-found button")
        page.until(f"{SHOWN} && {told}.length === 1", PATIENCE_S)
        assert page.get(f"{told}[0].key") == f"cases.{code}"
        page.page.click(f"{cases}:first-child .bf-turner")
        page.until(f"{STATE}.order.cases.length === 1 && {SHOWN}", PATIENCE_S)
        page.page.fill("[data-bf=cases] input", "E7")  # reported in another week
        page.until(
            "[...document.querySelectorAll('.bf-found b')].some((b) => b.textContent === 'E7')", PATIENCE_S
        )
        page.page.click(".bf-found button:has(b:text-is('E7'))")
        page.until(f"{SHOWN} && {told}.length === 2", PATIENCE_S)
        assert asked(page)["cases"] == f"{code},E7"
        page.page.reload()
        ready(page)
        page.page.click("[data-bf=issue]")
        page.until(f"{STATE}.issued && {SHOWN}", PATIENCE_S)
        assert page.get(f"{told}.map((one) => one.key)") == [f"cases.{code}", "cases.E7"]
        assert page.get("document.querySelector('[data-bf=cases]').hidden")


def test_nothing_grave_stands_in_the_way_of_anybody(browser: Browser, site: Site) -> None:
    with opened(browser, site.address(f"{WEEK}&lang=en"), width=1440, height=900, lang="en") as page:
        ready(page)
        assert faults(page) == []
        page.page.click("[data-set=look][data-value=document]")
        page.until("document.querySelector('.bf-paper')")
        assert faults(page) == []
