"""Every address as every kind of viewer: only what this table allows succeeds, whatever the address is spelt like,
and every refusal is on record. The table is written out here, apart from the program's own.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, unquote

import psycopg
import pytest
from starlette.routing import Route

from dashboard.access.users import Grant, add_user
from dashboard.config import Settings
from dashboard.domain.permits import named, need_of
from dashboard.domain.policy import Role
from dashboard.embedded import PostgresServer
from data_access.bus import RedisBus
from data_access.queries.audit import AuditQuestion, search
from tests.builders import insert_event, insert_shift, insert_worker
from tests.integration import access_table as table
from tests.integration.access_table import ALLOWED, CALLBACKS, CHANGES, DESK, OUTSIDE, PEOPLE
from tests.integration.streaming import OpenStream, eventually
from tests.leaders import FIRST, SECOND, Leader
from tests.reception_site import Site as ReceptionSite
from tests.signed_site import ADMIN, PASSWORD, Client, SignedSite, signed_site

CALLBACK = "/_dash-update-component"
HINT = "add a line to tests/integration/access_table.py"


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
            for code, region in (("W1", "5101170010010001"), ("W2", "5101170020010001")):
                insert_shift(conn, insert_worker(conn, code=code, region_id=ids[region]))
            conn.execute(
                "insert into ops.supervision (event_id, kind, issued_at) select id, 'order', now()"
                " from ops.events where code = 'IN'"
            )
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


def test_the_way_in_and_static_files_are_open(clients: dict[str, Client]) -> None:
    for path, (kind, client) in itertools.product(table.OPEN, clients.items()):
        assert client.ask(path).status not in (401, 403), (path, kind)


def test_the_machine_may_measure_itself_and_others_may_not(clients: dict[str, Client]) -> None:
    for path, (kind, client) in itertools.product(table.LOCAL, clients.items()):
        assert client.ask(path).status == 200, kind
        status = client.ask(path, x_forwarded_for="192.0.2.7").status
        assert (status == 200) == (kind == Role.ADMINISTRATOR), (kind, status)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_no_other_method_opens_an_address(clients: dict[str, Client], method: str) -> None:
    for path in ALLOWED:
        for kind in ("nobody", Role.FIELD_WORKER):
            if kind == "nobody" or Role.FIELD_WORKER not in ALLOWED[path]:
                answer = clients[kind].ask(path, method)
                assert answer.status in (303, 400, 401, 403, 405, 501), (path, answer.status)


@pytest.mark.parametrize("path", table.STREAMS)
def test_only_those_whom_the_table_names_get_a_stream(
    site: SignedSite, clients: dict[str, Client], path: str
) -> None:
    for kind, client in clients.items():
        with OpenStream(site.port, path, cookie=client.headers()["cookie"]) as stream:
            wanted = 200 if kind in table.STREAMS[path] else 403 if kind in list(Role) else 401
            assert stream.status == wanted, kind


def ask_callback(client: Client, output: str) -> int:
    """The status of a callback that is asked without what it needs."""
    body = json.dumps({"output": output, "outputs": {}, "inputs": [], "changedPropIds": []})
    return client.ask("/_dash-update-component", "POST", body, content_type="application/json").status


def test_callbacks_are_answered_to_the_same_viewers_as_their_pages(clients: dict[str, Client]) -> None:
    every = clients[Role.ADMINISTRATOR].ask("/_dash-dependencies").json()
    outputs = [one["output"] for one in every if not one["clientside_function"]]
    assert len(outputs) > 10
    for output in (*outputs, "unheard-of.children", "..pages.children...unheard-of.children.."):
        word = re.split(r"[-.]", output.strip("."))[0]
        assert word in CALLBACKS or output not in outputs, f"{output}: {HINT}"
        wanted = {str(role) for role in CALLBACKS.get(word, table.ADMIN)}
        got = {kind for kind, one in clients.items() if ask_callback(one, output) not in (401, 403)}
        assert got == wanted, output


@pytest.mark.parametrize(
    ("path", "body", "roles"), CHANGES, ids=lambda one: "" if isinstance(one, frozenset) else str(one)[:50]
)
def test_only_those_whom_the_table_names_change_something(
    clients: dict[str, Client], path: str, body: dict[str, object], roles: set[Role]
) -> None:
    got = set()
    for kind, client in clients.items():
        answer = client.ask(path, "POST", json.dumps(body), content_type="application/json")
        assert 400 <= answer.status < 500, (kind, answer.status, answer.body)
        if answer.status not in (401, 403):
            got.add(kind)
    assert got == {str(role) for role in roles}


def test_only_those_whom_the_table_names_delete_something(clients: dict[str, Client]) -> None:
    for path, roles in table.DELETES.items():
        got = {kind for kind, client in clients.items() if client.ask(path, "DELETE").status == 404}
        assert got == {str(role) for role in roles}, path


def test_another_site_changes_nothing(clients: dict[str, Client]) -> None:
    for path, body, _ in CHANGES:
        for headers in ({"origin": "https://example.org"}, {"sec_fetch_site": "cross-site"}):
            answer = clients[Role.SUPERVISOR].ask(path, "POST", json.dumps(body), **headers)
            assert answer.status == 403, path


def test_nobody_changes_what_is_a_persons_own(clients: dict[str, Client]) -> None:
    for path, kind in itertools.product(table.OWN, ("nobody", "forged", "expired", Role.WALL)):
        assert clients[kind].post(path).status in (303, 401, 403), (path, kind)
        assert "set-cookie" not in clients[kind].post(path).headers, (path, kind)


def shown(client: Client, path: str) -> str:
    """What the callback of pages answers about an address."""
    body = {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "inputs": [{"id": "url", "property": "pathname", "value": path}],
        "changedPropIds": ["url.pathname"],
        "state": [{"id": "url", "property": "search", "value": ""}],
    }
    return client.ask(CALLBACK, "POST", json.dumps(body), content_type="application/json").body.decode()


def test_the_callback_of_pages_asks_about_the_page(clients: dict[str, Client]) -> None:
    for path in ("/admin", "/admin/audit", "/event/IN", f"/region/{FIRST}", "/%61dmin", "/admin/"):
        for kind in (Role.WALL, Role.FIELD_WORKER):
            text = shown(clients[kind], path)
            assert "data-admin" not in text, path
            assert "secret" not in text, path
    assert "data-admin" in shown(clients[Role.ADMINISTRATOR], "/admin")


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


@pytest.fixture(scope="module")
def newcomer(site: SignedSite) -> Client:
    """Somebody with every right who must change the password first."""
    grant = Grant(roles=[*DESK, Role.ADMINISTRATOR, Role.AUDITOR])
    add_user(site.engine, ADMIN, "newcomer", "name of newcomer", PASSWORD, grant)
    return site.signed_in("newcomer")


@pytest.mark.parametrize("path", ["/event/IN", "/admin", f"/region/{FIRST}", "/briefing", "/supervision"])
def test_no_spelling_opens_a_page_through_the_callback_of_pages(
    clients: dict[str, Client], newcomer: Client, path: str
) -> None:
    outsiders = {name: clients[name] for name in (Role.FIELD_WORKER, Role.WALL)} | {"newcomer": newcomer}
    for name, asking in outsiders.items():
        denied, nowhere = shown(asking, "/admin"), shown(asking, "/no/such/page")
        assert denied != nowhere
        for spelt in (f"{path}//", *spellings(path)):
            assert shown(asking, spelt) in (denied, nowhere), (name, spelt)
    for name, spelt in itertools.product(("nobody", "forged", "expired"), (path, f"{path}//")):
        assert '"page"' not in shown(clients[name], spelt), (name, spelt)


@pytest.fixture(scope="module")
def scoped(site: SignedSite) -> dict[str, Client]:
    """A supervisor of each scope."""
    found = {}
    for name, regions in table.SCOPES.items():
        site.user(f"scope-{name}", Role.SUPERVISOR, regions=regions)
        found[name] = site.signed_in(f"scope-{name}")
    return found


@pytest.mark.parametrize("path", table.WITHIN)
def test_a_scope_answers_for_its_own_regions(scoped: dict[str, Client], path: str) -> None:
    statuses = {name: client.ask(path).status for name, client in scoped.items()}
    assert {name for name, status in statuses.items() if status == 200} == set(table.WITHIN[path]), statuses
    assert set(statuses.values()) <= {200, 404}, statuses


def test_not_a_byte_about_another_street(scoped: dict[str, Client]) -> None:
    client = scoped["inside"]
    paths = [
        *table.WITHIN,
        "/live/snapshot",
        "/live/trails",
        "/api/v1/regions",
        "/api/v1/tracks?region=" + FIRST,
    ]
    paths += ["/api/v1/events?region=" + FIRST + "&q=secret", "/api/v1/supervision?region=" + FIRST]
    for path in paths:
        text = client.ask(path).body.decode()
        asked = SECOND in path or OUTSIDE in path
        assert SECOND not in text, path
        assert asked or OUTSIDE not in text, path


def test_acts_reach_their_own_scope_and_no_further(scoped: dict[str, Client]) -> None:
    for (path, body, _), (name, client) in itertools.product(CHANGES, scoped.items()):
        if "/events/" in path:
            answer = client.ask(path, "POST", json.dumps(body), content_type="application/json")
            assert (answer.status == 404) != (name in table.ALL_IN), (name, body, answer.status)


@pytest.fixture(scope="module")
def tokens(site: SignedSite) -> dict[str, str]:
    """What systems and phones carry."""
    with psycopg.connect(site.database_url) as conn:
        return {
            "device": ReceptionSite.issue(conn, worker="W1"),
            "gateway": ReceptionSite.issue(conn, source="grid_worker"),
            "hotline": ReceptionSite.issue(conn, source="hotline"),
        }


@pytest.mark.parametrize("path", table.INGEST)
def test_only_tokens_bring_something(
    clients: dict[str, Client], site: SignedSite, tokens: dict[str, str], path: str
) -> None:
    kind, body, wanted = table.INGEST[path]
    got = set()
    for name, token in {**tokens, "none": "", "wrong": tokens["device"][:-1] + "x"}.items():
        bearer = {"authorization": f"Bearer {token}"} if token else {}
        answer = site.client().ask(path, "POST", body, content_type=kind, **bearer)
        assert answer.status < 500, answer.body
        if answer.status not in (401, 403):
            got.add(name)
    assert got == set(wanted)
    for name, client in clients.items():
        assert client.ask(path, "POST", body, content_type=kind).status in (401, 403), name


def test_a_token_of_phones_and_systems_opens_no_page(site: SignedSite, tokens: dict[str, str]) -> None:
    for path, token in itertools.product(ALLOWED, tokens.values()):
        for headers in ({"authorization": f"Bearer {token}"}, {"cookie": f"quanyu_session={token}"}):
            assert site.client().ask(path, **headers).status in (401, 303), path
        bare = path.partition("?")[0]
        assert site.client().ask(f"{bare}?token={token}").status in (401, 303), path


def test_every_refusal_is_on_record(site: SignedSite, clients: dict[str, Client]) -> None:
    clients[Role.ANALYST].ask("/admin/imports/17/report.csv")
    clients["nobody"].ask("/api/v1/events/IN?once=more")

    def noted(actor: str, path: str) -> bool:
        with site.engine.connect() as conn:
            question = AuditQuestion(actor=actor, what="request.refused", about=path, outcome="refused")
            return bool(search(conn, question))

    eventually(lambda: noted("analyst", "/admin/imports/17/report.csv") and noted("", "/api/v1/events/IN"))


def test_every_route_has_a_rule_and_a_line_in_the_table() -> None:
    from dashboard.factory import create_app

    made = create_app(
        Settings(database_url="postgresql://nobody@127.0.0.1:1/none", redis_url="redis://127.0.0.1:1/0")
    )
    routes = [route for route in made.routes if isinstance(route, Route) and "{rest" not in route.path]
    assert len(routes) > 30
    assert [one.path for one in routes if not named(one.path)] == [], [need_of(one.path) for one in routes]
    read = {*ALLOWED, *table.OPEN, *table.LOCAL, *table.INGEST, *table.STREAMS}
    changed = {path for path, _, _ in CHANGES} | table.OWN | table.ENTERING | set(table.INGEST)
    missing = []
    for route in routes:
        if route.path.startswith(table.OWN_TOKENS):
            continue
        pattern = re.compile(re.sub(r"{[^}]+}", "[^/?]+", route.path) + r"(\?.*)?")
        for method in (route.methods or set()) - {"HEAD", "OPTIONS"}:
            lines = {"GET": read, "DELETE": set(table.DELETES)}.get(method, changed)
            if not any(map(pattern.fullmatch, lines)):
                missing.append(f"{method} {route.path}")
    assert missing == [], HINT
