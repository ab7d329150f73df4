"""A supervisor at the desk: finds what is late, sees who is near, acts; two at once; the ledger; all live."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests import builders
from tests.browser.desk_stage import LATE, STREET, WORST, Stage
from tests.browser.page import Watched, opened

pytestmark = pytest.mark.timeout(400)
MOST_CLICKS = 10
PATIENCE_S = 60.0
ROWS = "document.querySelectorAll('.evt .ag-center-cols-container .ag-row[row-id]').length"
LISTENING = "['live', 'stale'].includes(document.documentElement.dataset.live)"
SHOWN = f"document.querySelector('.drawer:not([hidden]):not([aria-busy]) .case-tags') && {ROWS} > 9"


class Hand:
    """A hand on the mouse that counts its clicks."""

    def __init__(self, page: Watched) -> None:
        self._page = page
        self.clicks = 0

    def click(self, selector: str) -> None:
        """Wait until it is there, then click it once."""
        self._page.page.locator(selector).first.click(timeout=PATIENCE_S * 1000)
        self.clicks += 1


def region(stage: Stage, code: str = STREET, query: str = "") -> str:
    return f"{stage.base}/region/{code}{query}"


def codes(page: Watched) -> list[str]:
    """The codes in the table from the top."""
    found: list[str] = page.get(
        "[...document.querySelectorAll('.evt .ag-center-cols-container .ag-row[row-id]')]"
        ".sort((a, b) => a.rowIndex - b.rowIndex || Number(a.getAttribute('row-index')) - Number(b.getAttribute('row-index')))"
        ".map(n => n.getAttribute('row-id'))"
    )
    return found


def open_drawer(page: Watched, code: str) -> None:
    page.until(f"document.querySelector('.evt a[data-event=\"{code}\"]')", PATIENCE_S)
    page.page.click(f'.evt a[data-event="{code}"]')
    page.until(f"document.querySelector('.drawer .case header')?.textContent.includes('{code}')", PATIENCE_S)


def send(page: Watched, act: str, reason: str = "") -> None:
    page.page.click(f".drawer [data-act='{act}']")
    if reason:
        page.page.fill("#act-reason", reason)
    page.page.click("dialog.actd button[type=submit]")


def test_the_latest_event_of_a_street_gets_an_order_in_ten_clicks(browser: Browser, stage: Stage) -> None:
    late = [
        row[0]
        for row in stage.conn.execute(
            "select e.code from ops.events e join ops.regions r on r.id = e.region_id"
            " where e.state = 'open' and e.due_at < now() and r.code like %s order by e.due_at limit 10",
            (STREET + "%",),
        )
    ]
    with (
        opened(browser, stage.base + "/") as wall,
        opened(browser, region(stage, "510117"), width=1440, height=900) as page,
    ):
        wall.until("document.documentElement.dataset.state === 'ready'", PATIENCE_S)
        wall.get(
            "new MutationObserver(() => { if (!window.seen && document.querySelector('.wall').textContent.includes('已督办'))"
            " window.seen = Date.now(); }).observe(document.body, { subtree: true, childList: true, characterData: true })"
        )
        hand = Hand(page)
        hand.click(".dk-crumbs details:nth-of-type(1) summary")
        hand.click(f".dk-crumbs a[data-region='{STREET}']")
        page.page.wait_for_url(f"**/region/{STREET}*", timeout=PATIENCE_S * 1000)
        page.until(f"{ROWS} >= 10", PATIENCE_S)
        assert codes(page)[:10] == late
        assert late[0] == WORST
        hand.click(f".evt .ag-row[row-id='{WORST}'] .ag-cell[col-id='text']")
        page.until("document.querySelector('.drawer [data-worker]')", PATIENCE_S)
        assert page.get("document.querySelector('.drawer [data-worker]').dataset.worker") == "W1"
        hand.click(".drawer [data-act='supervise']")
        hand.click("dialog.actd button[type=submit]")
        page.until("!document.querySelector('dialog.actd')", PATIENCE_S)
        assert hand.clicks <= MOST_CLICKS
        wall.until("window.seen", PATIENCE_S)
        row = stage.conn.execute(
            "select s.kind, s.due_at is not null, s.actor, extract(epoch from s.issued_at) * 1000 from ops.supervision s"
            " join ops.events e on e.id = s.event_id where e.code = %s",
            (WORST,),
        ).fetchone()
        assert row is not None
        assert row[:2] == ("order", True)
        print(f"order on the wall after {wall.get('window.seen') - float(row[3]):.0f} ms")
        page.until(
            "document.querySelector('.drawer .case-list .two')?.textContent.includes('督办单')", PATIENCE_S
        )
        assert page.get("window.broken") is None


@pytest.mark.parametrize(
    ("lang", "label", "said"), [("zh", "三色判定", "红：已超期"), ("en", "Colour", "Red: ")]
)
def test_an_event_says_why_it_has_its_colour_and_where_it_lies(
    browser: Browser, stage: Stage, lang: str, label: str, said: str
) -> None:
    code = "E-LATE-04"
    with opened(browser, f"{stage.base}/event/{code}", width=1440, height=900, lang=lang) as page:
        page.until("document.querySelector('.case-facts')", PATIENCE_S)
        facts = page.get(
            "Object.fromEntries([...document.querySelectorAll('.case-facts dt')]"
            ".map(n => [n.textContent, n.nextElementSibling.textContent]))"
        )
        assert facts[label].startswith(said)
        assert page.get("!!document.querySelector('.case-facts dd .st.bad')")
        crumb = page.text(".crumbs a")
        assert len(crumb.split("name ")) == 3, "a grid and its community"


def test_of_two_supervisors_one_wins_and_the_other_is_told(browser: Browser, stage: Stage) -> None:
    code = "E-LATE-02"
    address = region(stage, query=f"?event={code}")
    with (
        opened(browser, address, width=1440, height=900) as first,
        opened(browser, address, width=1440, height=900) as second,
    ):
        for page in (first, second):
            page.until(SHOWN, PATIENCE_S)
            page.page.click(".drawer [data-act='transfer']")
            page.page.select_option("#act-department", "D2")
            page.page.fill("#act-reason", "请市政所办理")
        second.get("window.typed = document.querySelector('#act-reason').value")
        first.page.click("dialog.actd button[type=submit]")
        first.until("!document.querySelector('dialog.actd')", PATIENCE_S)
        second.complaints.clear()
        second.page.click("dialog.actd button[type=submit]")
        second.until("document.querySelector('.actd-said p')?.textContent.length > 5", PATIENCE_S)
        assert second.get("document.querySelector('#act-reason').value") == "请市政所办理"
        second.page.click(".actd-said button")
        second.until("document.querySelector('.case-facts').textContent.includes('市政所')", PATIENCE_S)
        told = [one for one in second.complaints if "409" in one]
        second.complaints[:] = [one for one in second.complaints if one not in told]
        assert len(told) == 1
    steps = stage.conn.execute(
        "select count(*) from ops.event_steps s join ops.events e on e.id = s.event_id"
        " where e.code = %s and s.action = 'transfer'",
        (code,),
    ).fetchone()
    assert steps == (1,)


def test_a_note_shows_in_the_trace_of_every_open_screen(browser: Browser, stage: Stage) -> None:
    code = "E-LATE-03"
    with (
        opened(browser, region(stage, query=f"?event={code}"), width=1440, height=900) as desk,
        opened(browser, f"{stage.base}/event/{code}", width=1440, height=900) as other,
    ):
        desk.until(SHOWN, PATIENCE_S)
        other.until(LISTENING, PATIENCE_S)
        send(desk, "note", "已电话联系 <b>物业</b>")
        for page in (desk, other):
            page.until(
                "document.querySelector('.case .su')?.textContent.includes('已电话联系 <b>物业</b>')",
                PATIENCE_S,
            )
        assert other.get("document.querySelector('.case .su b') === null")


def test_what_is_missing_is_said_before_anything_is_sent(browser: Browser, stage: Stage) -> None:
    with opened(browser, region(stage, query="?event=E-LATE-04"), width=1440, height=900, lang="en") as page:
        page.until(SHOWN, PATIENCE_S)
        page.page.click(".drawer [data-act='supervise']")
        page.page.fill("#act-reason", "")
        page.page.click("dialog.actd button[type=submit]")
        assert page.text(".actd-said") == "Give a reason."
        page.page.fill("#act-reason", "late")
        page.page.fill("#act-due", "2020-01-01T00:00")
        page.page.click("dialog.actd button[type=submit]")
        assert page.text(".actd-said") == "The due date must lie ahead."
        page.page.keyboard.press("Escape")
        page.until("!document.querySelector('dialog.actd')")
        assert page.get("!document.querySelector('.drawer').hidden")
    assert stage.conn.execute(
        "select count(*) from ops.supervision s join ops.events e on e.id = s.event_id where e.code = 'E-LATE-04'"
    ).fetchone() == (0,)


def test_an_address_opened_anew_shows_the_same(browser: Browser, stage: Stage) -> None:
    with opened(browser, region(stage), width=1440, height=900) as page:
        page.until(f"{ROWS} >= 10", PATIENCE_S)
        page.page.fill(".evt-q", "路灯不亮")
        page.until("document.querySelector('.evt .sub').textContent.includes('11')", PATIENCE_S)
        page.page.click(".evt .ag-header-cell[col-id='code'] .ag-header-cell-label")
        page.page.click(".evt .ag-header-cell[col-id='code'] .ag-header-cell-label")
        page.until("new URLSearchParams(location.search).get('sort') === 'code-'", PATIENCE_S)
        page.until(
            "document.querySelector('.evt .ag-row[row-index=\"0\"]')?.getAttribute('row-id') === 'E-LATE-11'",
            PATIENCE_S,
        )
        open_drawer(page, "E-LATE-10")
        before, address = codes(page), page.page.url
    assert "event=E-LATE-10" in address
    with opened(browser, address, width=1440, height=900) as page:
        page.until(
            "document.querySelector('.drawer .case header')?.textContent.includes('E-LATE-10')", PATIENCE_S
        )
        page.until(f"{ROWS} >= 5", PATIENCE_S)
        assert codes(page)[: len(before)] == before
        assert page.get("document.querySelector('.evt-q').value") == "路灯不亮"


def test_rows_change_where_they_stand_and_new_ones_wait(browser: Browser, stage: Stage) -> None:
    with opened(browser, region(stage), width=1440, height=900) as page:
        page.until(f"{ROWS} >= 10", PATIENCE_S)
        page.until(LISTENING, PATIENCE_S)
        before = codes(page)
        stage.conn.execute("update ops.events set stage = 'feedback' where code = 'E-LATE-05'")
        page.until(
            "document.querySelector(\".evt .ag-row[row-id='E-LATE-05'] [col-id=stage]\").textContent === '情况反馈'",
            PATIENCE_S,
        )
        builders.insert_event(
            stage.conn, code="E-NEW-1", region_id=stage.ids["5101170010010001"], due_at=None, text="新事件"
        )
        builders.insert_event(stage.conn, code="E-ELSEWHERE", region_id=stage.ids["5101170020010001"])
        page.until("document.querySelector('.evt-news button')?.textContent === '1 条新事件'", PATIENCE_S)
        assert codes(page) == before
        page.page.click(".evt-news button")
        page.until("!document.querySelector('.evt-news button')", PATIENCE_S)
        row = stage.conn.execute(
            "select count(*) from ops.events e join ops.regions r on r.id = e.region_id"
            " where e.state = 'open' and e.duplicate_of is null and r.code like %s",
            (STREET + "%",),
        ).fetchone()
        assert row is not None
        page.until(
            f"document.querySelector('.evt .sub').textContent.startsWith('共 {row[0]} 件')", PATIENCE_S
        )
        page.until(
            "dash_ag_grid.getApi('event-table').getRowNode('E-NEW-1')?.data?.text === '新事件'", PATIENCE_S
        )


def test_a_draft_is_issued_with_one_click_and_stands_in_the_ledger(browser: Browser, stage: Stage) -> None:
    with opened(browser, f"{stage.base}/supervision", width=1440, height=900) as page:
        page.until("document.querySelector(\"[data-issue='E-LATE-07']\")", PATIENCE_S)
        before = int(page.text("[data-kpi='issued'] b").replace(",", ""))
        page.get("window.kept = document.querySelector(\"[data-issue='E-LATE-08']\")")
        page.page.click("[data-issue='E-LATE-07']")
        page.until("document.querySelector(\".sv-list a[data-event='E-LATE-07']\")", PATIENCE_S)
        page.until("!document.querySelector(\"[data-issue='E-LATE-07']\")", PATIENCE_S)
        issued = int(page.text("[data-kpi='issued'] b").replace(",", ""))
        assert issued == before + 1 == stage.count("ops.supervision")
        assert page.get("kept === document.querySelector(\"[data-issue='E-LATE-08']\")"), (
            "lines stay as they are"
        )
        page.page.click(".sv-list a[data-event='E-LATE-07']")
        page.until("document.querySelector('.drawer .case-title')", PATIENCE_S)


def test_the_keyboard_alone_is_enough(browser: Browser, stage: Stage) -> None:
    with opened(browser, region(stage), width=1440, height=900) as page:
        page.until(f"{ROWS} >= 10", PATIENCE_S)
        keys = page.page.keyboard
        page.page.focus(".evt-q")
        for _ in range(12):
            keys.press("Tab")
            if page.get("document.activeElement.closest('.evt .ag-root') !== null"):
                break
        for _ in range(4):
            if page.get("document.activeElement.classList.contains('ag-cell')"):
                break
            keys.press("ArrowDown")
        chosen = page.get("document.activeElement.closest('.ag-row').getAttribute('row-id')")
        keys.press("Enter")
        page.until(
            f"document.querySelector('.drawer .case header')?.textContent.includes('{chosen}')", PATIENCE_S
        )
        page.until("document.activeElement.closest('.drawer') !== null", PATIENCE_S)
        for _ in range(60):
            keys.press("Tab")
            if page.get("document.activeElement.dataset.act === 'note'"):
                break
        keys.press("Enter")
        page.until("document.activeElement.id === 'act-reason'")
        keys.type("keyboard")
        keys.press("Tab")
        keys.press("Tab")
        keys.press("Enter")
        page.until("!document.querySelector('dialog.actd')", PATIENCE_S)
        page.until("document.querySelector('.case .su')?.textContent.includes('keyboard')", PATIENCE_S)
        keys.press("Escape")
        page.until("document.querySelector('.drawer').hidden")
        assert page.get("document.activeElement.closest('.evt') !== null")


def test_both_languages_say_the_same(browser: Browser, stage: Stage) -> None:
    address = region(stage, query=f"?event={WORST}")
    for lang, title, act in (("zh", "在办事件", "标记重复"), ("en", "Open events", "Duplicate")):
        with opened(browser, address, width=1440, height=900, lang=lang) as page:
            page.until(SHOWN, PATIENCE_S)
            assert page.text(".evt h2") == title
            assert page.text("[data-act='mark_duplicate']") == act
            assert late_word(lang) in page.text(".case-tags")
            assert codes(page)[0] == WORST


def late_word(lang: str) -> str:
    return "超期" if lang == "zh" else "Overdue"


def test_the_street_holds_what_the_stage_says(stage: Stage) -> None:
    row = stage.conn.execute("select count(*) from ops.events where code like 'E-LATE-%'").fetchone()
    assert row == (LATE,)
