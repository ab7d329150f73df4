"""Briefings by HTTP: drafts, issued ones and their list, as described; the interface tells the same numbers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard import api, briefing_routes
from dashboard.access.door import LANG_KEY, VIEWER_KEY
from dashboard.briefing.content import Briefing, Cadence, Order, Part, from_json, to_json
from dashboard.briefing.orders import BadOrder, order_body, order_from
from dashboard.domain.indicators import BY_KEY
from dashboard.domain.policy import DEMO, EVERYTHING, Role, Viewer
from dashboard.embedded import PostgresServer
from dashboard.services import Services
from data_access.engine import make_engine
from tests.conftest import own_database
from tests.generated import NOW, fill
from tests.integration.test_api import conforms, described

CLERK = Viewer(login="wang", name="王", roles=frozenset({Role.FIELD_WORKER}), scope=EVERYTHING)
ORDER = {"region": "D", "cadence": "weekly", "day": "2025-W41"}


class Site:
    """The interface behind a door that knows the viewer."""

    def __init__(self, services: Services, runner: asyncio.Runner) -> None:
        self.viewer = DEMO
        self.lang = "zh"
        routes = [*briefing_routes.routes(services.briefings), *api.routes(services)]
        self._inner: ASGIApp = Starlette(routes=routes)
        self._runner = runner

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._inner({**scope, VIEWER_KEY: self.viewer, LANG_KEY: self.lang}, receive, send)

    def get(self, url: str) -> httpx.Response:
        return self._ask("GET", url, b"")

    def post(self, url: str, body: Any) -> httpx.Response:
        return self._ask("POST", url, json.dumps(body).encode())

    def _ask(self, method: str, url: str, content: bytes) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                headers = {"content-type": "application/json"}
                return await client.request(method, url, content=content, headers=headers)

        return self._runner.run(ask())

    def draft(self, **order: Any) -> Briefing:
        answer = self.post("/api/v1/briefings/draft", {**ORDER, **order})
        assert answer.status_code == 200, answer.text
        return from_json(answer.text)


@pytest.fixture(scope="module")
def site(postgres: PostgresServer) -> Iterator[Site]:
    with own_database(postgres) as url:
        fill(url, seed=8, events=400)
        engine = make_engine(url)
        with asyncio.Runner() as runner:
            yield Site(Services(engine, clock=lambda: NOW), runner)
        engine.dispose()


@pytest.fixture(autouse=True)
def _as_before(site: Site) -> Iterator[None]:
    yield
    site.viewer, site.lang = DEMO, "zh"


def test_a_draft_tells_what_the_interface_tells(site: Site) -> None:
    briefing = site.draft()
    told = 0
    for section in briefing.sections:
        for figure in (card.figure for card in section.cards):
            (source,) = figure.sources
            query = {"region": source.region, "from": source.start, "to": source.end, "keys": source.key}
            answer = site.get(f"/api/v1/indicators?{urlencode(query | dict(source.filters))}").json()
            reading = answer["indicators"][source.key]
            assert source.part is Part.VALUE
            assert (reading["value"], reading["n"], reading["d"]) == (figure.value, figure.n, figure.d)
            told += 1
    assert told > 10
    assert {one.key for one in briefing.definitions} <= set(BY_KEY)


def test_an_issued_briefing_is_listed_and_read_again(site: Site) -> None:
    text = {"overview.head": "平稳", "no.such": "x"}
    made = site.post("/api/v1/briefings", {**ORDER, "texts": text, "sections": ["notes", "overview"]})
    assert made.status_code == 201
    issued = made.json()
    listed = site.get("/api/v1/briefings?region=D&limit=5")
    conforms(listed.json(), described("/api/v1/briefings"))
    assert listed.json()["briefings"][0] == issued
    one = site.get(f"/api/v1/briefings/{issued['id']}").json()
    assert one["issued"] == issued
    briefing = from_json(json.dumps(one["briefing"]))
    assert [str(section.key) for section in briefing.sections] == ["notes", "overview"]
    assert briefing.sentence("overview.head").text == "平稳"
    assert json.loads(to_json(briefing)) == one["briefing"]
    assert (issued["version"], issued["by"], issued["first_day"]) == (1, DEMO.name, "2025-10-06")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ([], 400),
        ({}, 400),
        ({**ORDER, "colour": "red"}, 400),
        ({**ORDER, "region": "D\0"}, 400),
        ({**ORDER, "region": "none"}, 404),
        ({**ORDER, "day": "2025-W99"}, 400),
        ({**ORDER, "day": "2026-W01"}, 400),
        ({**ORDER, "lang": "fr"}, 400),
        ({**ORDER, "sections": []}, 400),
        ({**ORDER, "sections": ["overview", "overview"]}, 400),
        ({**ORDER, "cadence": "yearly"}, 400),
        ({**ORDER, "cases": ["x\0"]}, 400),
        ({**ORDER, "texts": {"overview.head": "\ud800"}}, 400),
        ({**ORDER, "texts": {"overview.head": "x" * 5000}}, 400),
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/briefings", "/api/v1/briefings/draft"])
def test_orders_without_sense_are_refused(site: Site, path: str, body: Any, status: int) -> None:
    for site.lang in ("zh", "en"):
        answer = site.post(path, body)
        assert answer.status_code == status, answer.text
        sentence = answer.json()["error"]["message"]
        assert any("\u4e00" <= char <= "\u9fff" for char in sentence) == (site.lang == "zh")


def test_those_who_write_no_briefings_get_none(site: Site) -> None:
    site.viewer = CLERK
    assert site.post("/api/v1/briefings/draft", ORDER).status_code == 403
    assert site.get("/api/v1/briefings").status_code == 403
    assert site.get("/api/v1/briefings/1").status_code == 403


@pytest.mark.parametrize("number", ["0", "999999999999999999"])
def test_a_briefing_that_is_not_there_is_unknown(site: Site, number: str) -> None:
    assert site.get(f"/api/v1/briefings/{number}").status_code == 404


def test_an_order_survives_json() -> None:
    order = Order(region="D", cadence=Cadence.MONTHLY, day="2025-09", cases=("E1",), texts={"a": "b"})
    assert order_from(json.loads(json.dumps(order_body(order)))) == order
    with pytest.raises(BadOrder, match="region"):
        order_from({**ORDER, "region": 7})
