"""Every address as every kind of viewer: only what this table allows succeeds, whatever the address is spelt like,
and every refusal is on record. The table is written out here, apart from the program's own.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from urllib.parse import quote, unquote

import psycopg
import pytest
from starlette.routing import Route

from dashboard.config import Settings
from dashboard.domain.permits import named, need_of
from dashboard.domain.policy import Role
from dashboard.embedded import PostgresServer
from dashboard.reception.tokens import DEVICE, digest, new_token
from data_access.bus import RedisBus
from data_access.queries.audit import AuditQuestion, search
from data_access.writes.tokens import add_device
from tests.builders import insert_event, insert_worker
from tests.integration.streaming import eventually
from tests.leaders import FIRST, SECOND, Leader
from tests.signed_site import Client, SignedSite, signed_site

DISTRICT, COMMUNITY, OUTSIDE = "510117", "510117001001", "OUT"
LEADER, SUPERVISOR, ANALYST = Role.LEADER, Role.SUPERVISOR, Role.ANALYST
DESK = {LEADER, SUPERVISOR, ANALYST}
TRACKS = {LEADER, SUPERVISOR}
ALLOWED: dict[str, set[Role]] = {
    "/": {*DESK, Role.WALL},
    "/live/snapshot": {*DESK, Role.WALL},
    "/live/trails": {*DESK, Role.WALL},
    "/live/map": {*DESK, Role.WALL},
    f"/live/workers/{FIRST}": {*DESK, Role.WALL},
    "/region": DESK,
    f"/region/{FIRST}": DESK,
    "/worker": TRACKS,
    f"/api/v1/indicators?region={FIRST}": DESK,
    f"/api/v1/trends?region={FIRST}": DESK,
    f"/api/v1/breakdown?region={FIRST}&keys=open": DESK,
    "/api/v1/regions": DESK,
    f"/api/v1/regions/{FIRST}": DESK,
    f"/api/v1/regions/{FIRST}/events": DESK,
    f"/api/v1/events?region={FIRST}": DESK,
    f"/api/v1/events/points?region={FIRST}": DESK,
    "/api/v1/events/IN": DESK,
    f"/api/v1/workers?region={FIRST}": DESK,
    "/event/IN": DESK,
    "/supervision": DESK,
    "/api/v1/workers/W1/track": TRACKS,
    "/admin": {Role.ADMINISTRATOR},
    "/admin/import": {Role.ADMINISTRATOR},
    "/admin/audit": {Role.AUDITOR},
}
"""Who gets an answer. Everything else is refused to everybody else."""
CALLBACKS: dict[str, set[Role]] = {
    "desk-kpis.children": DESK,
    "desk-ranking.children": DESK,
    "..event-body.children...event-shown.data..": DESK,
    "supervision.children": DESK,
    "admin-body.children": {Role.ADMINISTRATOR},
    "audit-body.children": {Role.AUDITOR},
    "..import-job.children...import-history.children..": {Role.ADMINISTRATOR},
    "unheard-of.children": {Role.ADMINISTRATOR},
}
PEOPLE = [role for role in Role if role is not Role.WALL]


@pytest.fixture(scope="module")
def site(
    postgres: PostgresServer, wire_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SignedSite]:
    bus = RedisBus(wire_url)
    Leader(bus).save()
    log = tmp_path_factory.mktemp("matrix") / "log"
    with signed_site(postgres, wire_url, "matrix", log) as made:
        with psycopg.connect(made.database_url, autocommit=True) as conn:
            ids: dict[str, int] = dict(conn.execute("select code, id from ops.regions").fetchall())
            for code, region in (("IN", "5101170010010001"), (OUTSIDE, "5101170020010001")):
                insert_event(
                    conn, code=code, region_id=ids[region], text=f"secret of {region}", address=region
                )
            insert_worker(conn, code="W1", region_id=ids["5101170010010001"])
        for role in PEOPLE:
            made.user(role, role)
        yield made
    bus.close()


@pytest.fixture(scope="module")
def clients(site: SignedSite) -> dict[str, Client]:
    """One of each kind: people of every role, a wall, and those who are nobody."""
    found: dict[str, Client] = {role: site.signed_in(role) for role in PEOPLE}
    found[Role.WALL] = site.wall()[1]
    found["nobody"] = site.client()
    found["forged"] = Client(site.port, {"quanyu_session": "x" * 43, "quanyu_kiosk": "qyk_" + "x" * 43})
    site.user("late", *DESK)
    found["expired"] = site.signed_in("late")
    with psycopg.connect(site.database_url) as conn:
        conn.execute(
            "update board.sessions set expires_at = now() - interval '1 s' where user_id ="
            " (select id from board.users where login = 'late')"
        )
    eventually(lambda: found["expired"].ask("/live/snapshot").status == 401)
    return found


def refused(client: Client, path: str) -> bool:
    """Whether an address is refused, as a program asks and as a browser opens it."""
    answers = [client.ask(path), client.page(path)]
    codes = {answer.status for answer in answers}
    assert not any(status >= 500 for status in codes), (path, codes)
    no = {401, 403}
    turned = answers[1].status == 303 and answers[1].headers["location"].startswith("/login?next=")
    if answers[0].status in no:
        assert answers[1].status in no or turned, path
        return True
    assert not turned, path
    return False


@pytest.mark.parametrize("path", ALLOWED)
def test_only_those_whom_the_table_names_get_an_answer(clients: dict[str, Client], path: str) -> None:
    got = {kind for kind, client in clients.items() if not refused(client, path)}
    assert got == {str(role) for role in ALLOWED[path]}


def test_a_stream_opens_for_the_same_viewers_as_its_snapshot(clients: dict[str, Client]) -> None:
    for kind, client in clients.items():
        with client.stream() as stream:
            assert stream.status == (
                200 if kind in {*DESK, Role.WALL} else 403 if kind in list(Role) else 401
            ), kind


@pytest.mark.parametrize("output", CALLBACKS)
def test_callbacks_are_answered_to_the_same_viewers_as_their_pages(
    clients: dict[str, Client], output: str
) -> None:
    body = f'{{"output":"{output}","outputs":{{}},"inputs":[],"changedPropIds":[]}}'
    got = set()
    for kind, client in clients.items():
        answer = client.ask("/_dash-update-component", "POST", body, content_type="application/json")
        if answer.status not in (401, 403):
            got.add(kind)
    assert got == {str(role) for role in CALLBACKS[output]}


def test_the_callback_of_pages_asks_about_the_page(clients: dict[str, Client]) -> None:
    def shown(kind: str, path: str) -> str:
        body = (
            '{"output":"page.children","outputs":{"id":"page","property":"children"},'
            f'"inputs":[{{"id":"url","property":"pathname","value":"{path}"}}],'
            '"changedPropIds":["url.pathname"],"state":[{"id":"url","property":"search","value":""}]}'
        )
        return (
            clients[kind]
            .ask("/_dash-update-component", "POST", body, content_type="application/json")
            .body.decode()
        )

    for path in ("/admin", "/admin/audit", "/event/IN", f"/region/{FIRST}", "/%61dmin", "/admin/"):
        for kind in (Role.WALL, Role.FIELD_WORKER):
            text = shown(kind, path)
            assert "data-admin" not in text, path
            assert "secret" not in text, path
    assert "data-admin" in shown(Role.ADMINISTRATOR, "/admin")


def spellings(path: str) -> list[str]:
    """Other ways to write an address."""
    first, _, rest = path[1:].partition("/")
    return [
        f"/{path}",
        f"//{first}//{rest}",
        f"{path}/",
        f"/./{path[1:]}",
        f"/x/..{path}",
        f"/assets/..{path}",
        f"/assets/%2e%2e{path}",
        f"/login/..{path}",
        f"/healthz/..{path}",
        path.upper(),
        "/" + "".join(f"%{ord(letter):02x}" for letter in first) + f"/{rest}",
        f"/{quote(path[1:], safe='')}",
        f"/%2f{path[1:]}",
        f"{path};x",
        f"{path}%00",
        path.replace("/", "\\"),
    ]


@pytest.mark.parametrize(
    "path", ["/live/snapshot", f"/api/v1/regions/{FIRST}/events", "/api/v1/events/OUT", "/admin"]
)
def test_no_spelling_of_an_address_opens_it(clients: dict[str, Client], path: str) -> None:
    for spelt, kind in itertools.product(spellings(path), ("nobody", "expired", Role.FIELD_WORKER)):
        answer = clients[kind].ask(spelt)
        text = answer.body.decode("utf-8", "replace")
        for asked in (unquote(spelt), path):  # a sentence may repeat what was asked, and nothing else
            text = text.replace(asked, "").replace(asked.rpartition("/")[2], "")
        text = text.replace(f"{OUTSIDE}\\\\x00", "").replace(OUTSIDE + "\\x00", "")
        assert answer.status < 500, spelt
        assert FIRST not in text and "secret" not in text and OUTSIDE not in text, spelt  # noqa: PT018
        if kind != Role.FIELD_WORKER and answer.status == 200:
            raise AssertionError(f"{spelt} is answered to {kind}")


SCOPES = {"inside": [FIRST], "outside": [SECOND], "parent": [DISTRICT], "child": [COMMUNITY], "none": []}
WITHIN = {
    f"/api/v1/indicators?region={FIRST}": {"inside", "parent"},
    f"/api/v1/trends?region={FIRST}": {"inside", "parent"},
    f"/api/v1/breakdown?region={FIRST}&keys=open": {"inside", "parent"},
    f"/api/v1/regions/{FIRST}": {"inside", "parent"},
    f"/api/v1/regions/{FIRST}/events": {"inside", "parent"},
    f"/api/v1/events?region={FIRST}": {"inside", "parent"},
    f"/api/v1/events/points?region={FIRST}": {"inside", "parent"},
    f"/api/v1/workers?region={FIRST}": {"inside", "parent"},
    f"/live/workers/{FIRST}": {"inside", "parent"},
    f"/api/v1/regions/{COMMUNITY}": {"inside", "parent", "child"},
    f"/api/v1/events?region={COMMUNITY}": {"inside", "parent", "child"},
    f"/api/v1/indicators?region={DISTRICT}": {"parent"},
    "/api/v1/events/IN": {"inside", "parent", "child"},
    "/api/v1/events/OUT": {"outside", "parent"},
    "/api/v1/workers/W1/track": {"inside", "parent", "child"},
}


@pytest.fixture(scope="module")
def scoped(site: SignedSite) -> dict[str, Client]:
    """A supervisor of each scope."""
    found = {}
    for name, regions in SCOPES.items():
        site.user(f"scope-{name}", Role.SUPERVISOR, regions=regions)
        found[name] = site.signed_in(f"scope-{name}")
    return found


@pytest.mark.parametrize("path", WITHIN)
def test_a_scope_answers_for_its_own_regions(scoped: dict[str, Client], path: str) -> None:
    statuses = {name: client.ask(path).status for name, client in scoped.items()}
    assert {name for name, status in statuses.items() if status == 200} == WITHIN[path], statuses
    assert set(statuses.values()) <= {200, 404}, statuses


def test_not_a_byte_about_another_street(scoped: dict[str, Client]) -> None:
    client = scoped["inside"]
    paths = [*WITHIN, "/live/snapshot", "/live/trails", "/api/v1/regions", "/api/v1/tracks?region=" + FIRST]
    paths += ["/api/v1/events?region=" + FIRST + "&q=secret", "/api/v1/supervision?region=" + FIRST]
    for path in paths:
        text = client.ask(path).body.decode()
        asked = SECOND in path or OUTSIDE in path
        assert SECOND not in text, path
        assert asked or OUTSIDE not in text, path


def test_a_device_token_opens_no_page(site: SignedSite) -> None:
    token = new_token(DEVICE)
    with psycopg.connect(site.database_url) as conn:
        add_device(conn, "W1", "phone", digest(token))
    for path in ALLOWED:
        for headers in ({"authorization": f"Bearer {token}"}, {"cookie": f"quanyu_session={token}"}):
            assert site.client().ask(path, **headers).status in (401, 303), path
            bare = path.partition("?")[0]
            assert site.client().ask(f"{bare}?token={token}", **headers).status in (401, 303), path


def test_every_refusal_is_on_record(site: SignedSite, clients: dict[str, Client]) -> None:
    clients[Role.ANALYST].ask("/admin/imports/17/report.csv")
    clients["nobody"].ask("/api/v1/events/IN?once=more")

    def noted(actor: str, path: str) -> bool:
        with site.engine.connect() as conn:
            question = AuditQuestion(actor=actor, what="request.refused", about=path, outcome="refused")
            return bool(search(conn, question))

    eventually(lambda: noted("analyst", "/admin/imports/17/report.csv") and noted("", "/api/v1/events/IN"))


def test_every_route_has_a_rule() -> None:
    from dashboard.factory import create_app

    made = create_app(
        Settings(database_url="postgresql://nobody@127.0.0.1:1/none", redis_url="redis://127.0.0.1:1/0")
    )
    routes = [route.path for route in made.routes if isinstance(route, Route)]
    assert len(routes) > 30
    unnamed = [path for path in routes if not named(path.replace("{rest:path}", "")) and "{rest" not in path]
    assert unnamed == [], [need_of(path) for path in unnamed]
