"""Every address of the interface's description, and every other one, asked at random: no question makes a server
error, no answer tells what is behind it, and whoever is nobody gets nothing.
"""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from starlette.routing import Route

from dashboard.config import Settings
from dashboard.domain.policy import Role
from dashboard.embedded import PostgresServer
from dashboard.openapi import description
from data_access.bus import RedisBus
from tests.builders import insert_event, insert_shift, insert_worker, put_position
from tests.described import HOSTILE, WILD, Asked, Asking, Operation, operations
from tests.integration.access_table import ENTERING, FORM, LOCAL, OPEN, OWN
from tests.integration.streaming import Answer
from tests.integration.test_api import conforms
from tests.leaders import FIRST, Leader
from tests.reception_site import Site as ReceptionSite
from tests.signed_site import Client, SignedSite, signed_site

pytestmark = pytest.mark.timeout(300)
DOCUMENT = description()
TOLD_BEHIND = re.compile(rb"Traceback|psycopg|sqlalchemy|File \"|ops\.[a-z]+ |board\.[a-z]+ ")
EVERYWHERE = {401, 403, 404, 405, 413}
WITHOUT_TOKEN = ("/ingest/open311/v2/services", "/ingest/open311/v2/discovery")
WORDS = st.sampled_from(HOSTILE) | st.text(max_size=20)
EXAMPLES = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a request is too slow to be made smaller
)


class Fuzzed:
    """The site, somebody who may do everything there, and a token of each kind."""

    def __init__(self, site: SignedSite) -> None:
        self.site = site
        self.known = _fill(site)
        for login in ("root", "fickle"):  # who ends sessions ends all of the own ones
            site.user(login, *[role for role in Role if role is not Role.WALL])
        self.root, self.fickle = site.signed_in("root"), site.signed_in("fickle")
        with psycopg.connect(site.database_url) as conn:
            self.tokens = [
                ReceptionSite.issue(conn, worker="W1"),
                ReceptionSite.issue(conn, source="grid_worker"),
                ReceptionSite.issue(conn, source="hotline"),
            ]
        self._connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)

    def ask(self, asked: Asked, client: Client | None, **headers: str) -> Answer:
        """A request, over a connection that lives on."""
        sent = {**asked.headers, **headers}
        if client is not None:
            sent |= {**client.headers(), "origin": f"http://127.0.0.1:{self.site.port}"}
        try:
            self._connection.request(asked.method, asked.target, asked.body, sent)
            response = self._connection.getresponse()
            named = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, named, response.read())
        except (http.client.HTTPException, OSError):
            self._connection.close()  # a refused body ends a connection
            return Answer(0, {}, b"")

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


@pytest.fixture(scope="module")
def fuzzed(
    postgres: PostgresServer, wire_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fuzzed]:
    bus = RedisBus(wire_url)
    Leader(bus).save()
    log = tmp_path_factory.mktemp("fuzz") / "log"
    with signed_site(postgres, wire_url, "fuzz", log) as site:
        made = Fuzzed(site)
        yield made
        made.close()
    bus.close()
    assert "Traceback" not in log.read_text(), log.read_text()[-5000:]


def _fill(site: SignedSite) -> dict[str, list[Any]]:
    """A little of everything; codes by the names that the description has for them."""
    now = datetime.now(UTC)
    with psycopg.connect(site.database_url, autocommit=True) as conn:
        ids: dict[str, int] = dict(conn.execute("select code, id from ops.regions").fetchall())
        grid = ids[f"{FIRST}0010001"]
        departments: dict[str, int] = dict(conn.execute("select code, id from ops.departments").fetchall())
        event = insert_event(
            conn,
            code="E1",
            region_id=grid,
            department_id=departments["CG"],
            reported_at=now - timedelta(hours=30),
            lon=103.805,
            lat=30.705,
            text="路灯不亮",
        )
        insert_event(conn, code="E2", region_id=grid, reported_at=now - timedelta(hours=1))
        worker = insert_worker(conn, code="W1", region_id=grid)
        shift = insert_shift(conn, worker, starts_at=now - timedelta(hours=3))
        put_position(conn, worker, 103.805, 30.705)
        paper = conn.execute(
            "insert into ops.supervision (event_id, kind, department_id, issued_at, due_at)"
            " values (%s, 'order', %s, now(), now() + interval '1 day') returning id",
            (event, departments["CG"]),
        ).fetchone()
    assert paper is not None
    day = now.date().isoformat()
    return {
        "region": [*list(ids)[:6]],
        "code": ["E1", "E2", "W1", FIRST, f"{FIRST}0010001"],
        "event": ["E1", "E2"],
        "codes": ["E1,E2", "E1"],
        "id": [paper[0], shift],
        "department": ["CG", "GA", "CG,GA"],
        "category": ["A", "A01", "A,B"],
        "stage": ["handle", "dispatch"],
        "state": ["open", "open,closed"],
        "day": [day],
        "month": [day[:7]],
        "from": [day],
        "to": [day],
        "keys": ["open", "open,handling_p50"],
        "near": ["103.8,30.7"],
        "version": [1],
        "worker": ["W1"],
        "time": [now.isoformat()],
        "sort": ["due", "code-"],
        "q": ["路灯", "E1"],
    }


def sound(answer: Answer, asked: Asked) -> None:
    """No server error, and nothing of what is behind. That something is not ready is what /readyz is for."""
    assert answer.status < 500 or asked.target.startswith("/readyz"), (
        asked,
        answer.status,
        answer.body[:2000],
    )
    assert not TOLD_BEHIND.search(answer.body), (asked, answer.body[:2000])


@pytest.mark.parametrize("operation", operations(DOCUMENT), ids=str)
def test_no_question_makes_an_error_of_the_server(fuzzed: Fuzzed, operation: Operation) -> None:
    asking = Asking(DOCUMENT, fuzzed.known)
    ingest = operation.path.startswith("/ingest")
    tokens = st.sampled_from(fuzzed.tokens) if ingest else st.just("")

    @EXAMPLES
    @given(asked=asking.requests(operation), token=tokens)
    def ask(asked: Asked, token: str) -> None:
        bearer = {"authorization": f"Bearer {token}"} if token else {}
        answer = fuzzed.ask(asked, None if ingest else fuzzed.root, **bearer)
        sound(answer, asked)
        if not ingest and answer.status:
            assert answer.status in EVERYWHERE or str(answer.status) in operation.answers, (
                asked,
                answer.body,
            )
        schema = operation.answers.get(str(answer.status))
        if schema and answer.headers.get("content-type", "").startswith("application/json"):
            conforms(json.loads(answer.body), schema)
        nobody = fuzzed.ask(asked, None)
        sound(nobody, asked)
        assert nobody.status >= 400 or nobody.status == 0 or operation.path.startswith(WITHOUT_TOKEN), asked

    ask()


PAGES = (
    "/",
    "/region/{code}",
    "/event/{code}",
    "/worker/{code}",
    "/supervision",
    "/attendance",
    "/admin",
    "/admin/import",
)
QUERY = ("next", "region", "day", "event", "window", "from", "q", "kind", "name", "lang", "state")


def beside() -> list[Operation]:
    """The addresses that the description leaves out: pages, live pictures, files, the way in. Streams never end."""
    from dashboard.factory import create_app

    made = create_app(
        Settings(database_url="postgresql://nobody@127.0.0.1:1/none", redis_url="redis://127.0.0.1:1/0")
    )
    known = {(one.method, one.path) for one in operations(DOCUMENT)}
    routes = [("GET", page) for page in PAGES]
    for route in made.routes:
        if isinstance(route, Route) and not route.path.endswith("/progress"):
            path = re.sub(r":\w+}", "}", route.path)
            routes += [(method, path) for method in sorted((route.methods or set()) - {"HEAD"})]
    text = {"type": "string"}
    return [
        Operation(
            method=method,
            path=path,
            parameters=[
                *[_named(name, text, "path") for name in re.findall(r"{(\w+)}", path)],
                *[_named(name, text, "query") for name in QUERY],
            ],
        )
        for method, path in routes
        if (method, path) not in known
    ]


def _named(name: str, schema: dict[str, Any], place: str) -> dict[str, Any]:
    return {"name": name, "in": place, "schema": schema, "required": place == "path"}


def test_no_other_address_makes_an_error_of_the_server(fuzzed: Fuzzed) -> None:
    asking, every = Asking(DOCUMENT, fuzzed.known), beside()
    assert len(every) > 20
    fields = st.dictionaries(st.sampled_from(("login", "password", "next", "token", "number", "old")), WORDS)

    @settings(EXAMPLES, max_examples=80)
    @given(data=st.data(), operation=st.sampled_from(every))
    def ask(data: st.DataObject, operation: Operation) -> None:
        asked = data.draw(asking.requests(operation))
        if operation.method == "POST" and data.draw(st.booleans()):
            body = urlencode(data.draw(fields)).encode()
            asked = replace(asked, body=body, headers={"content-type": FORM})
        sound(fuzzed.ask(asked, fuzzed.fickle if operation.path in OWN else fuzzed.root), asked)
        nobody = fuzzed.ask(asked, None)
        sound(nobody, asked)
        if nobody.status == 200:
            assert operation.path.startswith(tuple(OPEN | ENTERING | LOCAL)), asked

    ask()


def test_no_callback_makes_an_error_of_the_server(fuzzed: Fuzzed) -> None:
    answer = fuzzed.root.ask("/_dash-dependencies").json()
    every = [one for one in answer if not one["clientside_function"]]

    @settings(EXAMPLES, max_examples=50)
    @given(data=st.data(), one=st.sampled_from(every))
    def ask(data: st.DataObject, one: dict[str, Any]) -> None:
        given = [{**part, "value": data.draw(WILD)} for part in one["inputs"]]
        state = [{**part, "value": data.draw(WILD)} for part in one["state"]]
        body: dict[str, Any] = {"output": one["output"], "inputs": given, "state": state}
        body["changedPropIds"] = [f"{part['id']}.{part['property']}" for part in given[:1]]
        body["outputs"] = _outputs(one["output"])
        if not data.draw(st.integers(0, 4)):
            body = data.draw(st.one_of(WILD, st.just({}), st.just({**body, "inputs": []})))
        asked = Asked(
            method="POST",
            target="/_dash-update-component",
            headers={"content-type": "application/json"},
            body=json.dumps(body).encode(),
        )
        sound(fuzzed.ask(asked, fuzzed.root), asked)
        assert fuzzed.ask(asked, None).status == 401

    ask()


def _outputs(output: str) -> Any:
    """What a callback writes to, as the page says it."""
    parts = output.strip(".").split("...")
    found = [dict(zip(("id", "property"), part.rsplit(".", 1), strict=True)) for part in parts]
    return found if output.startswith("..") else found[0]
