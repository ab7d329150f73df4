"""Every address as every kind of viewer: only what this table allows succeeds, whatever the address is spelt like,
and every refusal is on record. The table is written out here, apart from the program's own.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from urllib.parse import unquote

import psycopg
import pytest
from starlette.routing import Route

from dashboard.access.users import Grant, add_user
from dashboard.config import Settings
from dashboard.domain.permits import named, need_of
from dashboard.domain.policy import Role
from dashboard.embedded import PostgresServer
from data_access.bus import RedisBus
from tests.builders import insert_event, insert_shift, insert_worker
from tests.integration import access_table as table
from tests.integration.access_asking import (
    CALLBACK,
    ask_callback,
    carrying,
    laid_out,
    refusals,
    refused,
    shown,
    spellings,
    whose,
)
from tests.integration.access_table import ALLOWED, CALLBACKS, CHANGES, DESK, OUTSIDE, PEOPLE
from tests.integration.streaming import OpenStream, eventually
from tests.leaders import FIRST, SECOND, Leader
from tests.reception_site import Site as ReceptionSite
from tests.signed_site import ADMIN, PASSWORD, Client, SignedSite, signed_site

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


def test_the_callback_of_pages_asks_about_the_page(clients: dict[str, Client]) -> None:
    for path in ("/admin", "/admin/audit", "/event/IN", f"/region/{FIRST}", "/%61dmin", "/admin/"):
        for kind in (Role.WALL, Role.FIELD_WORKER):
            text = shown(clients[kind], path) + laid_out(clients[kind], path)
            assert "data-admin" not in text, path
            assert "secret" not in text, path
    for opened in (shown, laid_out):
        assert "data-admin" in opened(clients[Role.ADMINISTRATOR], "/admin")


@pytest.mark.parametrize("path", [path for path in ALLOWED if path != "/"])
def test_no_spelling_of_an_address_opens_it(clients: dict[str, Client], path: str) -> None:
    """Nobody is answered; whoever is somebody else gets no more than the frame of a page, which every session gets."""
    outsider = Role.ANALYST if Role.FIELD_WORKER in ALLOWED[path] else Role.FIELD_WORKER
    for spelt in spellings(path):
        for kind in ("nobody", "expired"):
            status = clients[kind].ask(spelt).status
            assert status in (303, 400, 401, 403, 404), (spelt, kind, status)
        if outsider in ALLOWED[path]:
            continue
        answer = clients[outsider].ask(spelt)
        assert answer.status in (200, 303, 308, 400, 403, 404), (spelt, answer.status)
        framed = (
            answer.headers.get("content-type", "").startswith("text/html") and b"_dash-config" in answer.body
        )
        assert answer.status != 200 or framed, spelt
        text = unquote(answer.body.decode("utf-8", "replace"))
        for asked in (unquote(spelt), path, path.rpartition("/")[2]):  # a sentence may repeat what was asked
            text = text.replace(asked, "")
        assert "secret" not in text, spelt


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
        for opened in (shown, laid_out):
            denied, nowhere = opened(asking, "/admin"), opened(asking, "/no/such/page")
            assert denied != nowhere
            told = {denied, nowhere, laid_out(asking, "")}  # the last one where it is no address at all
            for spelt in (f"{path}//", *spellings(path)):
                assert opened(asking, spelt) in told, (name, spelt)
    for name, spelt in itertools.product(("nobody", "forged", "expired"), (path, f"{path}//")):
        assert '"page"' not in shown(clients[name], spelt) + laid_out(clients[name], spelt), (name, spelt)


@pytest.fixture(scope="module")
def scoped(site: SignedSite) -> dict[tuple[str, str], Client]:
    """Whoever looks, of each scope; of those who never look one is enough, for a scope gives no right."""
    found: dict[tuple[str, str], Client] = {}
    for role, (name, regions) in itertools.product(PEOPLE, table.SCOPES.items()):
        if role in DESK or name == "parent":
            site.user(f"{role}-{name}", role, regions=regions)
            found[role, name] = site.inside(f"{role}-{name}")
    for name, regions in table.SCOPES.items():
        found[Role.WALL, name] = site.wall(regions)[1]
    return found


@pytest.fixture(scope="module")
def supervisors(scoped: dict[tuple[str, str], Client]) -> dict[str, Client]:
    """A supervisor of each scope."""
    return {name: client for (role, name), client in scoped.items() if role == Role.SUPERVISOR}


@pytest.mark.parametrize("path", table.WITHIN)
def test_a_scope_answers_for_its_own_regions(scoped: dict[tuple[str, str], Client], path: str) -> None:
    statuses = {who: client.ask(path).status for who, client in scoped.items()}
    for (role, name), status in statuses.items():
        within = 200 if name in table.WITHIN[path] else 404
        assert status == (within if role in whose(path) else 403), (role, name)


@pytest.mark.parametrize("path", table.SHOWN_WITHIN)
def test_a_page_is_filled_for_its_own_regions(supervisors: dict[str, Client], path: str) -> None:
    """Whoever may not see it is told the very words that are told of what does not exist."""
    absent = "510117009" if FIRST in path else "510117001009" if table.COMMUNITY in path else "XX"
    other = re.sub(rf"{table.COMMUNITY}|{FIRST}|\b(IN|{OUTSIDE}|W1)\b", absent, path)
    for opened in (shown, laid_out):
        got = set()
        for name, client in supervisors.items():
            asked, none = (opened(client, *one.partition("?")[::2]) for one in (path, other))
            known = path.rpartition("/")[2].partition("?")[0] if "region=" not in path else FIRST
            if asked.replace(known, absent) != none.replace(known, absent):
                got.add(name)
                assert known in asked, name
        assert got == set(table.SHOWN_WITHIN[path]), opened.__name__


@pytest.mark.parametrize(("path", "body", "names"), table.CHANGES_WITHIN)
def test_changes_reach_their_own_scope_and_no_further(
    supervisors: dict[str, Client], path: str, body: dict[str, object], names: set[str]
) -> None:
    for name, client in supervisors.items():
        answer = client.ask(path, "POST", json.dumps(body), content_type="application/json")
        assert answer.status < 500, answer.body
        assert (answer.status != 404) == (name in names), (name, answer.status, answer.body)


def test_not_a_byte_about_another_street(supervisors: dict[str, Client]) -> None:
    client = supervisors["inside"]
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
    for name, token in {
        **tokens,
        "none": "",
        "wrong": tokens["device"][:4] + tokens["device"][4:].swapcase(),
    }.items():
        bearer = {"authorization": f"Bearer {token}"} if token else {}
        answer = site.client().ask(path, "POST", body, content_type=kind, **bearer)
        assert answer.status < 500, answer.body
        if answer.status not in (401, 403):
            got.add(name)
    assert got == set(wanted)
    for name, client in clients.items():
        assert client.ask(path, "POST", body, content_type=kind).status in (401, 403), name


def test_a_token_of_phones_and_systems_opens_no_page(site: SignedSite, tokens: dict[str, str]) -> None:
    for path, token in itertools.product([*ALLOWED, *table.STREAMS], tokens.values()):
        for client in carrying(site, token):
            assert client.ask(path).status in (401, 303), path
        bare = path.partition("?")[0]
        assert site.client().ask(f"{bare}?token={token}").status in (401, 303), path


def test_a_token_of_phones_and_systems_changes_nothing_else(site: SignedSite, tokens: dict[str, str]) -> None:
    for client in carrying(site, tokens["device"]):
        for path, body, _ in CHANGES:
            answer = client.ask(path, "POST", json.dumps(body), content_type="application/json")
            assert answer.status == 401, path
        for path in table.DELETES:
            assert client.ask(path, "DELETE").status == 401, path
        assert '"page"' not in shown(client, "/event/IN")


def test_every_refusal_is_on_record(
    site: SignedSite, clients: dict[str, Client], supervisors: dict[str, Client]
) -> None:
    """Of a role, of nobody, and of a scope, whose refusals sound like what does not exist."""
    site.user("denied", Role.FIELD_WORKER)
    denied, nobody = site.inside("denied"), clients["nobody"]
    paths = {path for path, roles in ALLOWED.items() if Role.FIELD_WORKER not in roles}
    for path in paths:
        denied.ask(path)
        nobody.ask(f"{path.partition('?')[0]}?once=more")
    for path, body, _ in CHANGES:
        denied.ask(path, "POST", json.dumps(body), content_type="application/json")
    for path in table.DELETES:
        denied.ask(path, "DELETE")
    changed = {path for path, _, _ in CHANGES} | set(table.DELETES)
    wanted = {path.partition("?")[0] for path in paths | changed}
    outside = {path for path, names in table.WITHIN.items() if "outside" not in names}
    for path in outside:
        supervisors["outside"].ask(path)
    shown(supervisors["outside"], "/event/IN")
    hidden = {re.sub(r"[&?](keys|form)=.*", "", path) for path in outside} | {f"{CALLBACK} IN"}
    eventually(lambda: wanted <= refusals(site, "denied"))
    eventually(lambda: wanted - changed <= refusals(site, ""))
    eventually(lambda: hidden <= refusals(site, "supervisor-outside"))


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
