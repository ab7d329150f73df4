"""Signing in, administration and walls in a real browser: what people do there, and what stored scripts do not."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Dialog, Page

from dashboard.access import audit, kiosk, users
from dashboard.access.users import Grant
from dashboard.domain.policy import DEMO, Role
from dashboard.embedded import PostgresServer
from data_access.bus import RedisBus
from data_access.queries.access import user_by_login
from tests.builders import insert_event, insert_shift, insert_worker
from tests.leaders import Leader
from tests.signed_site import ADMIN, PASSWORD, SignedSite, signed_site

pytestmark = pytest.mark.timeout(400)
PATIENCE_MS = 90_000
SCRIPT = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>=1+1"
DARK_S = 5.0
OWN = "http://127.0.0.1:"


@pytest.fixture(scope="module")
def site(
    postgres: PostgresServer, wire_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SignedSite]:
    bus = RedisBus(wire_url)
    Leader(bus).save()
    with signed_site(postgres, wire_url, "access_pages", tmp_path_factory.mktemp("ap") / "log") as made:
        made.user("root", Role.ADMINISTRATOR, Role.AUDITOR)
        yield made
    bus.close()


@pytest.fixture(scope="module")
def heard(browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    """A page, and what it must not hear of: a blocked script, an alert, another host."""
    context = browser.new_context(locale="zh-CN")
    found = context.new_page()
    found.set_default_timeout(PATIENCE_MS)
    bad: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        bad.append(dialog.message)
        dialog.dismiss()

    found.on("dialog", dismiss)
    found.on(
        "console", lambda message: bad.append(message.text) if "Security Policy" in message.text else None
    )
    found.on("pageerror", lambda error: bad.append(str(error)))
    found.on(
        "request",
        lambda asked: None if asked.url.startswith((OWN, "data:", "blob:")) else bad.append(asked.url),
    )
    yield found, bad
    context.close()


@pytest.fixture
def page(heard: tuple[Page, list[str]]) -> Iterator[Page]:
    """The page of somebody who has never been here; nothing bad is heard."""
    found, bad = heard
    found.goto("about:blank")
    found.context.clear_cookies()
    found.set_viewport_size({"width": 1440, "height": 900})
    yield found
    assert bad == []


def sign_in(page: Page, site: SignedSite, onward: str, login: str = "root") -> None:
    page.goto(f"{OWN}{site.port}{onward}")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")


def until(page: Page, expression: str) -> None:
    """Waits until an expression is true; without eval, which the page's policy forbids."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        page.wait_for_timeout(50)


def grave(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in ("serious", "critical")
    ]


def test_a_sign_in_leads_on_and_says_what_is_wrong(page: Page, site: SignedSite) -> None:
    page.goto(f"{OWN}{site.port}/admin")
    assert page.locator("input[name=login]").evaluate("one => one === document.activeElement")
    assert grave(page) == []
    page.fill("input[name=login]", "root")
    page.fill("input[name=password]", "not-the-password")
    page.press("input[name=password]", "Enter")
    page.wait_for_selector("[role=alert]")
    sign_in(page, site, "/admin")
    page.wait_for_selector(".ad-body")
    assert page.url.endswith("/admin")


def test_an_administrator_adds_people_and_walls_and_ends_them(page: Page, site: SignedSite) -> None:
    users.add_user(site.engine, ADMIN, "hostile", SCRIPT, PASSWORD, Grant(roles=[Role.ANALYST]))
    sign_in(page, site, "/admin")
    page.wait_for_selector(".ad-body")
    assert SCRIPT in page.inner_text(".ad-body")
    assert grave(page) == []
    page.click(".ad-body details >> nth=0 >> summary")
    form = page.locator("form[data-admin=user-add]")
    form.locator("input[name=login]").fill("wang")
    form.locator("input[name=regions]").fill("510117001")
    form.locator("[data-check=roles][data-value=supervisor]").click()
    form.locator("button[value=user-add]").click()
    page.wait_for_selector(".ad-once code")
    password = page.inner_text(".ad-once code")
    with site.engine.connect() as conn:
        made = user_by_login(conn, "wang")
    assert made is not None
    assert (made.roles, made.regions, made.must_change) == (("supervisor",), ("510117001",), True)
    assert site.client().sign_in("wang", password).status == 303
    page.click("button[data-admin=user-disable][data-about=wang]")
    page.wait_for_selector("button[data-admin=user-enable][data-about=wang]")
    assert site.client().sign_in("wang", password).status == 401
    page.click("button[data-admin=user-disable][data-about=root]")
    page.wait_for_selector(".ad-said")


def test_the_record_is_searched_and_checked(page: Page, site: SignedSite) -> None:
    audit.note(site.engine, DEMO, "track.seen", "W-77")
    sign_in(page, site, "/admin/audit")
    page.wait_for_selector("form[data-admin=search]")
    page.fill("input[name=about]", "W-77")
    page.press("input[name=about]", "Enter")
    until(page, "document.querySelectorAll('.ad-body tbody tr').length === 1")
    assert "track.seen" in page.inner_text(".ad-body tbody")
    page.click("button[data-admin=verify]")
    page.wait_for_selector(".ad-body .st.ok")


def test_settings_tell_their_effect_and_the_watermark_is_on_the_next_page(
    page: Page, site: SignedSite
) -> None:
    sign_in(page, site, "/admin/settings")
    form = page.locator("form[data-about=wall_rotation_s]")
    form.locator("input").fill("20")
    form.locator("button[value=setting-try]").click()
    page.wait_for_selector("form[data-about=wall_rotation_s] .ad-effect")
    assert "60" in form.locator(".ad-effect").inner_text()
    assert grave(page) == []
    form.locator("input").fill("<b>1</b>")
    form.locator("button[value=setting-keep]").click()
    page.wait_for_selector("form[data-about=wall_rotation_s] .ad-said")
    marks = page.locator("form[data-about=watermark_pages]")
    marks.locator("select").select_option("1")
    marks.locator("button[value=setting-keep]").click()
    page.wait_for_selector("form[data-about=watermark_pages] .ad-effect .st.ok")
    end = time.monotonic() + PATIENCE_MS / 1000
    while page.locator(".mark-all").count() == 0:
        assert time.monotonic() < end
        page.reload()
        page.wait_for_selector(".ad-body")
    assert "root 20" in (page.locator(".mark-all span").first.text_content() or "")
    page.locator("form[data-about=watermark_pages] select").select_option("0")
    page.click("form[data-about=watermark_pages] button[value=setting-keep]")
    page.wait_for_selector("form[data-about=watermark_pages] .ad-effect .st.ok")


def test_a_field_worker_is_led_to_the_own_day_on_a_phone(page: Page, site: SignedSite) -> None:
    with psycopg.connect(site.database_url, autocommit=True) as conn:
        worker = insert_worker(conn, code="W-ME", name=SCRIPT)
        insert_shift(conn, worker)
        insert_event(conn, code="E-MINE", worker_id=worker, stage="handle", address=SCRIPT)
    site.user("mine", Role.FIELD_WORKER, regions=[], worker="W-ME")
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, site, "/", "mine")
    page.wait_for_selector(".me-part")
    assert page.url.endswith("/me")
    assert SCRIPT in page.inner_text(".me-who")
    assert "E-MINE" in page.inner_text(".me")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert grave(page) == []
    page.click("text=前一天")
    page.wait_for_selector(".me-part .none >> nth=0")


def test_a_wall_enters_without_a_keyboard_and_is_dark_when_its_token_ends(
    page: Page, site: SignedSite
) -> None:
    number, token = kiosk.add(site.engine, ADMIN, "hall", None, "streets")
    page.goto(f"{OWN}{site.port}/kiosk#{token}")
    page.wait_for_selector(".wall.kiosk")
    until(page, "window.quanyu.link.state !== null")
    until(page, "document.querySelector('.wall').dataset.view === 'streets'")
    assert page.evaluate("document.getElementById('wall-posture').hidden")
    assert "#" not in page.url
    assert page.evaluate("getComputedStyle(document.querySelector('.wall')).cursor") == "none"
    assert "quanyu_kiosk" not in page.evaluate("document.cookie")
    page.reload()
    until(page, "window.quanyu && quanyu.link.state !== null && quanyu.link.connection.state === 'open'")
    kiosk.revoke(site.engine, ADMIN, number)
    began = time.monotonic()
    page.wait_for_url("**/login**")
    assert time.monotonic() - began < DARK_S
