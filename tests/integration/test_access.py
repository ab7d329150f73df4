"""Signing in over real HTTP: sessions, lockout, first change, walls, and rights that end while streams are open."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from dashboard.access import kiosk, users
from dashboard.access.audit import note
from dashboard.access.users import Grant
from dashboard.domain.policy import Role
from dashboard.embedded import PostgresServer
from data_access.bus import RedisBus
from data_access.queries.access import user_by_login
from data_access.queries.audit import AuditQuestion, AuditRow, search, verify
from data_access.writes.access import count_failure
from tests.integration.streaming import ask, eventually
from tests.leaders import FIRST, SECOND, Leader
from tests.signed_site import ADMIN, PASSWORD, SignedSite, signed_site

SOON_S = 5.0


@pytest.fixture(scope="module")
def site(
    postgres: PostgresServer, wire_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SignedSite]:
    bus = RedisBus(wire_url)
    leader = Leader(bus)
    leader.save()
    log = tmp_path_factory.mktemp("signed") / "log"
    with signed_site(postgres, wire_url, "signed", log) as made:
        made.user("boss", Role.LEADER)
        made.user("first", Role.SUPERVISOR, regions=[FIRST])
        made.user("admin", Role.ADMINISTRATOR)
        boss = made.inside("boss")
        eventually(lambda: boss.ask("/live/snapshot").status == 200)
        yield made
    bus.close()
    assert "Traceback" not in log.read_text()


def on_record(site: SignedSite, **question: object) -> list[AuditRow]:
    with site.engine.connect() as conn:
        return search(conn, AuditQuestion(**question))  # type: ignore[arg-type]


def ends_within(site: SignedSite, login: str, act: Callable[[], None]) -> None:
    """A stream of the user's ends soon after."""
    with site.inside(login).stream() as stream:
        stream.until(bool)
        began = time.monotonic()
        act()
        stream.until_end(SOON_S)
        assert time.monotonic() - began < SOON_S


def test_nobody_gets_further_than_the_sign_in(site: SignedSite) -> None:
    client = site.client()
    answer = client.page("/region/510117?window=today")
    assert answer.status == 303
    assert answer.headers["location"] == "/login?next=%2Fregion%2F510117%3Fwindow%3Dtoday"
    for path in (
        "/live/snapshot",
        "/live/stream",
        "/api/v1/regions",
        "/_dash-layout",
        "/api/v1/openapi.json",
    ):
        assert client.ask(path).status == 401, path
    assert client.ask("/_dash-update-component", "POST", "{}", content_type="application/json").status == 401
    for path in ("/healthz", "/login", "/assets/css/tokens.css"):
        assert client.ask(path).status == 200, path
    eventually(lambda: any(row.about == "/api/v1/regions" for row in on_record(site, actor="")))


def test_the_right_password_opens_and_the_session_ends_where_it_is_ended(site: SignedSite) -> None:
    client = site.client()
    answer = client.post("/login", login="BOSS", password=PASSWORD, next="/region/510117")
    assert (answer.status, answer.headers["location"]) == (303, "/region/510117")
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert client.ask("/live/snapshot").status == 200
    other = site.signed_in("boss")
    assert other.page("/sessions").body.decode().count("<tr>") >= 3
    token = dict(client.cookies)
    assert client.post("/logout").status == 303
    assert "quanyu_session" not in client.cookies
    client.cookies = token
    eventually(lambda: client.ask("/live/snapshot").status == 401)
    assert other.ask("/live/snapshot").status == 200
    other.post("/sessions")
    eventually(lambda: other.ask("/live/snapshot").status == 401)


@pytest.mark.parametrize("onward", ["//example.com", "http://example.com/", "/\\example.com", "x"])
def test_the_sign_in_leads_nowhere_else(site: SignedSite, onward: str) -> None:
    answer = site.client().post("/login", login="boss", password=PASSWORD, next=onward)
    assert answer.headers["location"] == "/"


def test_wrong_passwords_lock_and_say_no_more_than_unknown_names(site: SignedSite) -> None:
    site.user("clumsy", Role.ANALYST)
    client = site.client()
    said = {client.sign_in(login, "wrong-wrong-wrong").body for login in ("clumsy", "nobody-at-all")}
    assert len(said) == 1
    with site.engine.begin() as conn:
        user = user_by_login(conn, "clumsy")
        assert user is not None
        for _ in range(4):
            count_failure(conn, user.id, most=users.MOST_FAILURES, until=now() + users.LOCKED)
    assert client.sign_in("clumsy").status == 401
    with psycopg.connect(site.database_url) as conn_:
        conn_.execute("update board.users set locked_until = now() - interval '1 s' where login = 'clumsy'")
    assert client.sign_in("clumsy").status == 303
    outcomes = [row.outcome for row in on_record(site, actor="clumsy", what="session.begun")]
    assert outcomes == ["done", "refused", "refused"]


def test_a_given_password_opens_nothing_but_its_change(site: SignedSite) -> None:
    users.add_user(site.engine, ADMIN, "fresh", "", PASSWORD, Grant(roles=[Role.LEADER]))
    client, other = site.signed_in("fresh"), site.signed_in("fresh")
    assert client.page("/").headers["location"] == "/password"
    assert client.ask("/live/snapshot").status == 403
    change = {"old": PASSWORD, "new": "another-horse-battery", "again": "another-horse-battery"}
    assert (
        client.post("/password", **{**change, "new": "password1234", "again": "password1234"}).status == 400
    )
    assert client.post("/password", **{**change, "old": "not-the-old-one"}).status == 400
    assert client.post("/password", **change).status == 303
    eventually(lambda: client.ask("/live/snapshot").status == 200)
    eventually(lambda: other.ask("/live/snapshot").status == 401)
    assert site.client().sign_in("fresh").status == 401


def test_what_changes_something_comes_from_our_own_pages(site: SignedSite) -> None:
    client = site.inside("boss")
    for headers in (
        {"origin": "http://example.com"},
        {"origin": "null"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ):
        assert client.ask("/logout", "POST", **headers).status == 403
    del_origin = {"cookie": client.headers()["cookie"]}
    assert ask(site.port, "/logout", "POST", **del_origin).status == 403
    assert client.ask("/live/snapshot").status == 200


def test_a_right_that_changes_ends_its_streams_within_seconds(site: SignedSite) -> None:
    site.user("moved", Role.SUPERVISOR, regions=[FIRST])
    grant = Grant(roles=[Role.SUPERVISOR], regions=[SECOND])
    ends_within(site, "moved", lambda: users.change_grant(site.engine, ADMIN, "moved", grant))
    snapshot = site.inside("moved").ask("/live/snapshot").json()
    assert snapshot["scope"] == [SECOND]
    blind = Grant(roles=[Role.AUDITOR])
    ends_within(site, "moved", lambda: users.change_grant(site.engine, ADMIN, "moved", blind))
    assert site.inside("moved").ask("/live/snapshot").status == 403
    users.change_grant(site.engine, ADMIN, "moved", grant)
    eventually(lambda: site.inside("moved").ask("/live/snapshot").status == 200)
    ends_within(site, "moved", lambda: users.disable_user(site.engine, ADMIN, "moved", now()))
    assert site.client().sign_in("moved").status == 401


def test_a_stream_of_somebody_else_goes_on(site: SignedSite) -> None:
    site.user("leaving", Role.LEADER)
    with site.inside("boss").stream() as stays:
        ends_within(site, "leaving", lambda: users.disable_user(site.engine, ADMIN, "leaving", now()))
        stays.read(0.2)
        assert not stays.ended


def test_a_wall_enters_by_its_token_and_sees_the_wall_alone(site: SignedSite) -> None:
    number, wall = site.wall([FIRST])
    snapshot = wall.ask("/live/snapshot")
    assert snapshot.status == 200
    assert snapshot.json()["scope"] == [FIRST]
    assert [shift for shift in snapshot.json()["district"]["shifts"] if "lead" in shift] == []
    assert "lead" in site.inside("boss").ask("/live/snapshot").json()["district"]["shifts"][0]
    assert SECOND not in snapshot.body.decode()
    assert wall.page("/").status == 200
    for path in (f"/region/{FIRST}", "/admin", "/event/E1", "/password"):
        assert wall.page(path).status == 403, path
    assert wall.ask(f"/api/v1/indicators?region={FIRST}").status == 403
    with wall.stream() as stream:
        stream.until(bool)
        kiosk.revoke(site.engine, ADMIN, number)
        stream.until_end(SOON_S)
    eventually(lambda: wall.ask("/live/snapshot").status == 401)
    assert wall.post("/kiosk/enter", token=wall.cookies["quanyu_kiosk"]).status == 401


def test_behind_tls_cookies_are_bound_to_the_host_and_browsers_are_told_to_stay(site: SignedSite) -> None:
    answer = site.client().ask(
        "/login",
        "POST",
        f"login=boss&password={PASSWORD}",
        content_type="application/x-www-form-urlencoded",
        x_forwarded_proto="https",
        x_forwarded_for="192.0.2.9",
    )
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-quanyu_session=")
    assert "Secure" in cookie
    assert "max-age" in answer.headers["strict-transport-security"]
    assert on_record(site, actor="boss", what="session.begun")[0].address == "192.0.2.9"


def test_all_of_it_is_in_one_chain(site: SignedSite) -> None:
    site.signed_in("boss")
    eventually(lambda: bool(on_record(site, actor="boss", what="session.begun")))
    for place in range(20):
        note(site.engine, ADMIN, "user.changed", f"nobody {place}")
    with site.engine.connect() as conn:
        found = verify(conn)
    assert found.holds
    assert found.checked > 20


def now() -> datetime:
    return datetime.now(UTC)
