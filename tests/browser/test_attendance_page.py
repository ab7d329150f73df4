"""Attendance and the rota in a browser: a reason entered on the sheet, a rota made, changed and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser

from tests import builders
from tests.browser.desk_stage import GRIDS, STREET, Stage
from tests.browser.page import Watched, opened

pytestmark = pytest.mark.timeout(400)
ZONE = ZoneInfo("Asia/Shanghai")
SHIFTS = [{"key": "早", "start": "06:00", "end": "14:00"}, {"key": "晚", "start": "14:00", "end": "22:00"}]


@pytest.fixture(scope="module")
def late(stage: Stage) -> int:
    """A shift of yesterday to which somebody came twenty minutes late."""
    builders.put_setting(stage.conn, "shifts", SHIFTS)
    worker = builders.insert_worker(stage.conn, code="W7", name="<b>迟到</b>", region_id=stage.ids[GRIDS[0]])
    day = datetime.now(ZONE).date() - timedelta(days=1)
    start = datetime(day.year, day.month, day.day, 9, tzinfo=ZONE).astimezone(UTC)
    came = start + timedelta(minutes=20)
    return builders.insert_shift(
        stage.conn, worker, starts_at=start, checked_in_at=came, checked_out_at=start + timedelta(hours=8)
    )


@pytest.fixture
def sheet(browser: Browser, stage: Stage, late: int) -> Iterator[Watched]:
    """The sheet of yesterday."""
    day = datetime.now(ZONE).date() - timedelta(days=1)
    with opened(
        browser, f"{stage.base}/attendance?region={STREET}&day={day}", width=1440, height=900
    ) as page:
        page.until(f"document.querySelector('button[data-excuse=\"{late}\"]')")
        yield page


def test_a_reason_is_entered_on_the_sheet_and_withdrawn(stage: Stage, sheet: Watched, late: int) -> None:
    button = f"button[data-excuse='{late}'][data-mark=late]"
    sheet.page.click(button)
    sheet.page.click("dialog.actd button[type=submit]")
    sheet.until("document.querySelector('.actd-said').textContent")
    sheet.page.fill("#at-reason", "<i>暴雨</i> 道路积水")
    sheet.page.click("dialog.actd button[type=submit]")
    sheet.page.wait_for_selector(f"{button}:not([data-reason=''])")
    assert "<i>暴雨</i> 道路积水" in sheet.text("main")
    assert "<b>迟到</b>" in sheet.text("main")
    held = stage.conn.execute("select reason from board.excuses where shift_id = %s", (late,)).fetchall()
    assert held == [("<i>暴雨</i> 道路积水",)]
    sheet.page.click(button)
    sheet.page.click("dialog.actd .actd-end button:nth-child(2)")
    sheet.page.wait_for_selector(f"{button}[data-reason='']")
    assert stage.count("board.excuses") == 2


def test_a_rota_is_made_changed_and_taken_back(browser: Browser, stage: Stage, late: int) -> None:
    today = datetime.now(ZONE).date()
    day = (today + timedelta(days=3)).isoformat()
    address = f"{stage.base}/attendance?region=510117&rota={today}"
    with opened(browser, address, width=1440, height=900) as page:
        save = "dialog.actd button[type=submit]"
        page.until("document.querySelector('button[data-rota=pattern]')")
        page.page.click("button[data-rota=pattern]")
        page.page.fill("#rota-code", "two")
        page.page.fill("#rota-name", "两班")
        page.page.fill("#rota-turns", "早, 晚, 午")
        page.page.click(save)
        page.until("document.querySelector('.actd-said').textContent.includes('午')")
        page.page.fill("#rota-turns", "早, 晚")
        page.page.click(save)
        page.page.wait_for_selector("#rota[data-patterns*=two]")
        page.complaints[:] = [one for one in page.complaints if "422" not in one]
        page.page.click("button[data-rota=assign][data-worker=W7]")
        page.page.click(save)
        cell = f"button[data-rota=change][data-worker=W7][data-day='{day}']"
        page.page.wait_for_selector(f"{cell}[data-held='晚']")
        page.page.click(cell)
        page.page.keyboard.press("Escape")
        page.until("!document.querySelector('dialog')")
        page.page.click(cell)
        page.page.fill("#rota-note", "<b>体检</b>")
        page.page.click(save)
        page.page.wait_for_selector(f"td.rt-off {cell}")
        assert "<b>体检</b>" in page.text(".sv-list-of")
        page.page.click("button[data-rota=withdraw]")
        page.page.click(save)
        page.page.wait_for_selector(f"td:not(.rt-off) > {cell}")
        assert page.page.locator(".sv-list-of").count() == 0
    assert stage.count("ops.rota_changes") == 0
    turns = stage.conn.execute(
        "select kind, cancelled from ops.shifts s join ops.workers w on w.id = s.worker_id"
        " where w.code = 'W7' and kind <> 'day' and starts_at > now() order by starts_at"
    ).fetchall()
    assert len(turns) >= 13
    assert not any(off for _, off in turns)
