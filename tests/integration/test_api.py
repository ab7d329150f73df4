"""The JSON interface: answers as described, refusals in words, nothing from outside the scope."""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Scope as AsgiScope

from dashboard.api import routes
from dashboard.config import Settings
from dashboard.domain.policy import EVERYTHING, Scope
from dashboard.domain.windows import Window
from dashboard.embedded import PostgresServer
from dashboard.factory import create_app
from dashboard.openapi import description
from data_access.engine import make_engine
from data_access.queries.indicators import measure
from tests.conftest import own_database
from tests.generated import NOW, fill


@dataclass
class Services:
    """What the interface needs, with a scope and a time of the test's choice."""

    engine: Engine
    scope: Scope = EVERYTHING

    def scope_of(self, scope: AsgiScope) -> Scope:
        return self.scope

    def now(self) -> datetime:
        return NOW


@pytest.fixture(scope="module")
def engine(postgres: PostgresServer) -> Iterator[Engine]:
    """Connections to a district that no test changes."""
    with own_database(postgres) as made:
        fill(made, events=300)
        engine = make_engine(made)
        yield engine
        engine.dispose()


@pytest.fixture
def services(engine: Engine) -> Services:
    return Services(engine=engine)


class Client:
    """Requests to the application itself, one after the other, on a loop of its own."""

    def __init__(self, services: Services, runner: asyncio.Runner) -> None:
        self._transport = httpx.ASGITransport(app=Starlette(routes=list(routes(services))))
        self._runner = runner

    def get(self, url: str, headers: dict[str, str] | None = None) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://test") as client:
                return await client.get(url, headers=headers)

        return self._runner.run(ask())


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def client(services: Services, runner: asyncio.Runner) -> Client:
    return Client(services, runner)


@functools.cache
def schemas() -> dict[str, Any]:
    """The description's schemas by name."""
    found: dict[str, Any] = description()["components"]["schemas"]
    return found


def conforms(value: Any, schema: dict[str, Any], where: str = "") -> None:
    """Hold a value against the few words of JSON Schema that the description uses."""
    if "$ref" in schema:
        return conforms(value, schemas()[schema["$ref"].rsplit("/", 1)[1]], where)
    if choice := schema.get("oneOf", schema.get("anyOf")):
        return _one_conforms(value, choice, where)
    kinds = schema.get("type", [])
    python: dict[str, Any] = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
        "null": type(None),
    }
    assert any(isinstance(value, python[kind]) for kind in ([kinds] if isinstance(kinds, str) else kinds)), (
        where
    )
    assert value in schema.get("enum", [value]), where
    if isinstance(value, dict):
        assert set(schema.get("required", [])) <= set(value), where
        every = schema.get("additionalProperties")
        for name, part in value.items():
            told = schema.get("properties", {}).get(name, every)
            assert told, f"{where}.{name} is not described"
            conforms(part, told, f"{where}.{name}")
    if isinstance(value, list):
        for place, part in enumerate(value):
            told = schema["prefixItems"][place] if "prefixItems" in schema else schema["items"]
            conforms(part, told, f"{where}[]")
    return None


def _one_conforms(value: Any, schemas: list[dict[str, Any]], where: str) -> None:
    for one in schemas:
        with suppress(AssertionError):
            return conforms(value, one, where)
    raise AssertionError(f"{where} is as none of {len(schemas)} schemas")


def described(path: str, status: str = "200") -> dict[str, Any]:
    responses = description()["paths"][path]["get"]["responses"]
    schema: dict[str, Any] = responses[status]["content"]["application/json"]["schema"]
    return schema


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/api/v1/indicators", "/api/v1/indicators?region=D"),
        ("/api/v1/indicators", "/api/v1/indicators?region=D1-1-1&from=2025-10-01&to=2025-10-09&lang=en"),
        ("/api/v1/indicators", "/api/v1/indicators?region=D1&drawn=now"),
        ("/api/v1/trends", "/api/v1/trends?region=D1&from=2025-09-20&to=2025-10-15&step=week"),
        ("/api/v1/trends", "/api/v1/trends?region=D&keys=reported,handling_p50,on_duty&drawn=now"),
        ("/api/v1/indicators", "/api/v1/indicators?region=D&window=last_30_days&category=A&late=1"),
        ("/api/v1/trends", "/api/v1/trends?region=D&step=hour&source=hotline"),
        ("/api/v1/breakdown", "/api/v1/breakdown?region=D&level=grid&keys=open,handling_p90"),
        ("/api/v1/breakdown", "/api/v1/breakdown?region=D3&window=this_month&department=B1&drawn=now"),
        ("/api/v1/regions", "/api/v1/regions"),
        ("/api/v1/regions/{code}", "/api/v1/regions/D1"),
        ("/api/v1/regions/{code}/events", "/api/v1/regions/D/events?limit=20"),
    ],
)
def test_answers_are_as_described(client: Client, path: str, url: str) -> None:
    response = client.get(url)
    assert response.status_code == 200
    conforms(response.json(), described(path))


def test_every_route_is_described(client: Client) -> None:
    url = "postgresql://nobody@127.0.0.1:1/none"
    every = create_app(Settings(database_url=url, redis_url="redis://127.0.0.1:1/0")).routes
    paths = {re.sub(r":\w+", "", route.path) for route in every if isinstance(route, Route)}
    described = {path for path in description()["paths"] if path.startswith("/api/")}
    assert client.get("/api/v1/openapi.json").json() == description()
    assert {path for path in paths if path.startswith("/api/v1/")} - {"/api/v1/openapi.json"} == described


def test_the_numbers_are_those_of_the_query(client: Client, services: Services) -> None:
    body = client.get("/api/v1/indicators?region=D2").json()
    found = measure(services.engine, "D2", EVERYTHING, now=NOW)
    assert list(body["indicators"]) == [reading.key for reading in found.readings]
    for reading in found.readings:
        answer = body["indicators"][reading.key]
        assert (answer["value"], answer["n"], answer["d"]) == (reading.value, reading.n, reading.d)
    assert body["from"] == "2025-10-15T00:00:00+08:00"
    assert body["to"] == body["as_of"] == "2025-10-15T14:32:08+08:00"


@pytest.mark.parametrize(
    ("query", "start", "end"),
    [
        ("from=2025-10-01&to=2025-10-09", "2025-10-01T00:00:00+08:00", "2025-10-09T00:00:00+08:00"),
        (
            "from=2025-10-01T08:30&to=2025-10-01T09:30:00Z",
            "2025-10-01T08:30:00+08:00",
            "2025-10-01T17:30:00+08:00",
        ),
        ("to=2025-10-09T12:00:00%2B08:00", "2025-10-09T00:00:00+08:00", "2025-10-09T12:00:00+08:00"),
        ("to=2025-10-09T12:00:00+08:00", "2025-10-09T00:00:00+08:00", "2025-10-09T12:00:00+08:00"),
        ("from=2025-10-14", "2025-10-14T00:00:00+08:00", "2025-10-15T14:32:08+08:00"),
    ],
)
def test_times_are_read_as_people_write_them(client: Client, query: str, start: str, end: str) -> None:
    body = client.get(f"/api/v1/indicators?region=D&keys=open&{query}").json()
    assert (body["from"], body["to"]) == (start, end)


@pytest.mark.parametrize(
    ("url", "status", "code", "words"),
    [
        ("/api/v1/indicators", 400, "missing_region", ("区域", "region=CODE")),
        ("/api/v1/indicators?region=nowhere", 404, "region_unknown", ("nowhere", "nowhere")),
        ("/api/v1/indicators?region=D&from=yesterday", 400, "bad_time", ("from=yesterday", "from=yesterday")),
        ("/api/v1/indicators?region=D&from=2025-13-01", 400, "bad_time", ("2025-13-01", "2025-13-01")),
        ("/api/v1/indicators?region=D&to=9999-12-31", 400, "bad_time", ("9999", "9999")),
        ("/api/v1/indicators?region=D&from=0001-01-01", 400, "bad_time", ("0001", "0001")),
        ("/api/v1/indicators?region=D&from=2025-10-09&to=2025-10-01", 400, "backwards", ("早于", "before")),
        ("/api/v1/indicators?region=D&keys=luck", 400, "unknown_indicator", ("luck", "luck")),
        ("/api/v1/regions?level=planet", 400, "unknown_level", ("planet", "planet")),
        ("/api/v1/regions/nowhere", 404, "region_unknown", ("nowhere", "nowhere")),
        ("/api/v1/regions/D/events?limit=0", 400, "bad_number", ("limit=0", "limit=0")),
        ("/api/v1/regions/D/events?limit=٣", 400, "bad_number", ("limit", "limit")),
    ],
)
def test_refusals_say_what_to_do_in_both_languages(
    client: Client, url: str, status: int, code: str, words: tuple[str, str]
) -> None:
    for lang, word in zip(("zh", "en"), words, strict=True):
        response = client.get(url, headers={"Accept-Language": lang})
        assert response.status_code == status
        assert response.headers["content-language"] == lang
        body = response.json()
        conforms(body, described("/api/v1/indicators", "404"))
        assert body["error"]["code"] == code
        assert word in body["error"]["message"]


@pytest.mark.parametrize(
    ("header", "query", "name"),
    [
        ("", "", "在办"),
        ("en-GB,en;q=0.9", "", "Open"),
        ("fr,en;q=0.3,zh-CN;q=0.8", "", "在办"),
        ("zh;q=0,en;q=0.1", "", "Open"),
        ("zh-CN", "&lang=en", "Open"),
        ("en;q=x", "&lang=xx", "在办"),
    ],
)
def test_the_language_is_asked_for_by_query_or_header(
    client: Client, header: str, query: str, name: str
) -> None:
    response = client.get(
        f"/api/v1/indicators?region=D&keys=open{query}", headers={"Accept-Language": header}
    )
    assert response.json()["indicators"]["open"]["name"] == name


def test_nothing_from_outside_the_scope_is_told(client: Client, services: Services) -> None:
    services.scope = Scope(streets=frozenset({"D1"}))
    for path in (
        "indicators?region=D",
        "indicators?region=D2-1",
        "regions/D2",
        "regions/D",
        "regions/D2/events",
    ):
        assert client.get(f"/api/v1/{path}").status_code == 404, path
    listed = {region["code"] for region in client.get("/api/v1/regions").json()["regions"]}
    assert listed
    assert all(code.startswith("D1") for code in listed)
    inside = client.get("/api/v1/regions/D1-1").json()
    assert [region["code"] for region in inside["ancestors"]] == ["D1"]
    events = client.get("/api/v1/regions/D1/events?limit=500").json()["events"]
    assert events
    assert all(event["region"].startswith("D1") for event in events)


def test_children_add_up_to_the_region(client: Client) -> None:
    streets = client.get("/api/v1/regions?level=street").json()["regions"]
    assert [street["code"] for street in streets] == ["D1", "D2", "D3"]
    for code in ("D", "D3", "D2-1"):
        page = client.get(f"/api/v1/regions/{code}").json()
        reading = client.get(f"/api/v1/indicators?region={code}&keys=open,overdue_open,due_2h").json()[
            "indicators"
        ]
        counts = (reading["open"]["n"], reading["overdue_open"]["n"], reading["due_2h"]["n"])
        assert (page["open"], page["overdue"], page["due_2h"]) == counts
        assert sum(child["open"] for child in page["children"]) <= page["open"]
        children = [client.get(f"/api/v1/regions/{child['code']}").json() for child in page["children"]]
        assert [child["open"] for child in children] == [child["open"] for child in page["children"]]


def test_open_events_come_with_the_longest_overdue_first(client: Client) -> None:
    events = client.get("/api/v1/regions/D/events?limit=500").json()["events"]
    total = client.get("/api/v1/regions/D").json()["open"]
    assert len(events) == min(total, 500)
    due = [datetime.fromisoformat(event["due_at"]) for event in events if event["due_at"]]
    assert due == sorted(due)
    assert all(event["due_at"] is None for event in events[len(due) :])
    late = sum(at < NOW for at in due)
    assert [event["colour"] for event in events[:late]] == ["red"] * late
    assert len(client.get("/api/v1/regions/D/events?limit=3").json()["events"]) == 3


def test_a_database_that_is_away_is_said_so(runner: asyncio.Runner) -> None:
    engine = make_engine("postgresql://nobody@/nothing?host=/nonexistent")
    away = Services(engine=engine)
    response = Client(away, runner).get("/api/v1/indicators?region=D&lang=en")
    assert response.status_code == 503
    assert "did not answer" in response.json()["error"]["message"]
    engine.dispose()


def test_the_clock_of_the_services_is_the_one_that_counts(client: Client) -> None:
    body = client.get("/api/v1/indicators?region=D&keys=reported").json()
    assert datetime.fromisoformat(body["to"]) - datetime.fromisoformat(body["from"]) < timedelta(days=1)


def test_a_trend_is_the_indicator_of_each_of_its_steps(client: Client, services: Services) -> None:
    body = client.get("/api/v1/trends?region=D2&from=2025-09-24&step=week&keys=reported,on_time_due").json()
    assert (body["drawn"], body["step"]) == ("then", "week")
    assert body["starts"] == [f"2025-{day}T00:00:00+08:00" for day in ("09-24", "09-29", "10-06", "10-13")]
    assert body["end"] == "2025-10-15T14:32:08+08:00"
    ends = [*body["starts"][1:], body["end"]]
    for place, (start, end) in enumerate(zip(body["starts"], ends, strict=True)):
        window = Window(start=datetime.fromisoformat(start), end=datetime.fromisoformat(end))
        found = measure(
            services.engine, "D2", EVERYTHING, now=NOW, window=window, keys=["reported", "on_time_due"]
        )
        for reading in found.readings:
            answer = body["series"][reading.key][place]
            assert answer == {"value": reading.value, "n": reading.n, "d": reading.d}


@pytest.mark.parametrize(
    ("url", "code", "words"),
    [
        ("/api/v1/trends", "missing_region", "region=CODE"),
        ("/api/v1/trends?region=D&step=second", "unknown_choice", "day, week, month"),
        ("/api/v1/breakdown?region=D&level=planet", "unknown_choice", "street"),
        ("/api/v1/indicators?region=D&source=rumour", "bad_filter", "hotline"),
        ("/api/v1/indicators?region=D&drawn=today", "unknown_choice", "then, now"),
        ("/api/v1/trends?region=D&from=2020-01-01", "too_many_steps", "120"),
    ],
)
def test_a_trend_that_makes_no_sense_is_refused(client: Client, url: str, code: str, words: str) -> None:
    response = client.get(url + ("&" if "?" in url else "?") + "lang=en")
    assert response.status_code == 400
    assert response.json()["error"]["code"] == code
    assert words in response.json()["error"]["message"]
