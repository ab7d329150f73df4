"""Briefings by HTTP: drafts, issued ones and their list, as described; the interface tells the same numbers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urlencode

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard import api, briefing_print, briefing_routes
from dashboard.access.door import LANG_KEY, VIEWER_KEY
from dashboard.briefing.content import Briefing, Cadence, Order, Part, from_json, to_json
from dashboard.briefing.orders import BadOrder, order_body, order_from
from dashboard.briefing_desk import BriefingDesk
from dashboard.domain.indicators import BY_KEY
from dashboard.domain.policy import DEMO, EVERYTHING, Role, Viewer
from dashboard.embedded import PostgresServer
from dashboard.services import Services
from data_access.engine import make_engine
from data_access.queries.briefings import BriefingUnknown, Issued
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


class OfTheThreads:
    """Notes how many of the threads for briefings are taken while one is read."""

    def __init__(self) -> None:
        self.threads = briefing_routes.drafting_threads()
        self.taken: list[float] = []

    def issued(self, _viewer: Viewer, number: int) -> tuple[Issued, Briefing]:
        self.taken.append(self.threads.borrowed_tokens)
        raise BriefingUnknown(id=number)

    def draft(self, viewer: Viewer, _order: Order) -> Briefing:
        return self.issued(viewer, 0)[1]


def test_printing_and_drafting_share_their_threads() -> None:
    async def asked() -> list[float]:
        desk = OfTheThreads()
        held = cast(BriefingDesk, desk)
        routes = [*briefing_routes.routes(held, desk.threads), *briefing_print.routes(held, desk.threads)]
        inner = Starlette(routes=routes)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await inner({**scope, VIEWER_KEY: DEMO, LANG_KEY: "zh"}, receive, send)

        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://test"
        ) as client:
            for address in ("/api/v1/briefings/7", "/briefing/print?issued=7"):
                assert (await client.get(address)).status_code == 404
            order = urlencode({"order": json.dumps(ORDER)})
            assert (await client.get(f"/briefing/print?{order}")).status_code == 404
        return desk.taken

    assert asyncio.run(asked()) == [1, 1, 1]
