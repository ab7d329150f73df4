"""The logic of the table of events and of the dialogs, without a page around it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page

from dashboard import i18n
from tests.browser.page import scripts

HOUR_MS = 3_600_000
NOW = 1_795_156_328_000
RECORD = {
    "id": 7, "code": "E7", "v": 5, "r": "5101170010010001", "src": "hotline", "cat": 31, "top": 1, "sev": 2,
    "stage": "feedback", "state": "open", "t": NOW, "u": NOW, "due": NOW + HOUR_MS, "warn": NOW, "closed": None,
    "esc": 0, "al": 0, "late": 0, "why": "stage",
}  # fmt: skip
ROW = {
    "code": "E7", "v": 4, "state": "open", "stage_key": "handle", "stage": "任务处理", "due": NOW, "warn": None,
    "closed": None, "closed_ms": None, "severity": 1, "text": "路灯", "category": "照明",
}  # fmt: skip


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """An empty page with the scripts, in Chinese."""
    page = browser.new_page()
    page.goto("about:blank")
    scripts(page, "dom", "words", "format", "clock", "event-timing", "event-rows", "notice", "act-dialog")
    page.evaluate("words => quanyu.words.open(words, 'zh')", i18n.both())
    yield page
    page.close()


def belongs(page: Page, record: dict[str, Any], query: dict[str, str], categories: Any = None) -> Any:
    return page.evaluate(
        "([r, q, c]) => quanyu.eventRows.belongs(r, q, c)", [RECORD | record, query, categories]
    )


def test_news_changes_a_row_and_keeps_its_names(page: Page) -> None:
    changed = page.evaluate(
        "([row, record]) => quanyu.eventRows.changed(row, record, { feedback: '情况反馈' })", [ROW, RECORD]
    )
    assert changed | {"v": 5} == changed
    assert (changed["stage"], changed["severity"], changed["due"]) == ("情况反馈", 2, NOW + HOUR_MS)
    assert (changed["text"], changed["category"]) == ("路灯", "照明")


def test_older_news_changes_nothing(page: Page) -> None:
    older = page.evaluate(
        "([row, record]) => quanyu.eventRows.changed(row, record, {})", [ROW | {"v": 9}, RECORD]
    )
    assert older is None


def test_what_is_gone_is_void(page: Page) -> None:
    gone = page.evaluate(
        "([row, record]) => quanyu.eventRows.changed(row, record, {})", [ROW, RECORD | {"why": "gone"}]
    )
    assert gone["state"] == "void"


def test_new_events_are_measured_by_the_filters(page: Page) -> None:
    assert belongs(page, {}, {}) is True
    assert belongs(page, {"state": "closed"}, {}) is False
    assert belongs(page, {"state": "closed"}, {"state": "closed,open"}) is True
    assert belongs(page, {}, {"source": "sensor,hotline"}) is True
    assert belongs(page, {}, {"source": "sensor"}) is False
    assert belongs(page, {}, {"severity": "3"}) is False
    assert belongs(page, {}, {"late": "1"}) is False
    assert belongs(page, {}, {"category": "A"}, {"31": True}) is True
    assert belongs(page, {}, {"category": "A"}, {"32": True}) is False


def test_what_only_the_server_knows_is_not_guessed(page: Page) -> None:
    assert belongs(page, {}, {"department": "D1"}) is None
    assert belongs(page, {}, {"q": "路灯"}) is None
    assert belongs(page, {}, {"q": "路灯", "source": "sensor"}) is False


@pytest.mark.parametrize(
    ("event", "glyph", "words"),
    [
        ({"state": "open", "due": NOW - 26 * HOUR_MS}, "bad", "超期 26 时 0 分"),
        ({"state": "open", "due": NOW + HOUR_MS, "warn": NOW - 1}, "warn", "剩余 1 时 0 分"),
        ({"state": "open", "due": NOW + HOUR_MS, "warn": NOW + 1}, "ok", "剩余 1 时 0 分"),
        ({"state": "open", "due": NOW}, "ok", "剩余 0 时 0 分"),
        ({"state": "open", "due": None}, "off", "无时限"),
        ({"state": "closed", "due": NOW, "closed": NOW + HOUR_MS}, "bad", "超期结案 1 时 0 分"),
        ({"state": "closed", "due": NOW, "closed": NOW}, "ok", "已结案"),
        ({"state": "void", "due": NOW}, "off", "已作废"),
    ],
)
def test_time_left_has_a_shape_and_words(page: Page, event: dict[str, Any], glyph: str, words: str) -> None:
    full = {"warn": None, "closed": None} | event
    assert page.evaluate("([e, now]) => quanyu.eventTiming.of(e, now)", [full, NOW]) == {
        "glyph": glyph,
        "text": words,
    }


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "Europe/Berlin"])
@pytest.mark.parametrize(
    "local", ["2026-11-21T14:30", "2026-03-08T12:00", "2026-10-25T08:15", "2026-01-01T00:00"]
)
def test_a_due_date_is_of_the_district_and_not_of_the_browser(page: Page, zone: str, local: str) -> None:
    expected = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000
    found = page.evaluate(
        "([zone, local]) => { quanyu.clock.setZone(zone); return quanyu.actDialog.instant(local); }",
        [zone, local],
    )
    assert found == expected
    assert page.evaluate("ms => quanyu.actDialog.local(ms)", found) == local


def test_text_that_is_no_time_is_none(page: Page) -> None:
    assert json.loads(page.evaluate("JSON.stringify(quanyu.actDialog.instant('soon'))")) is None
