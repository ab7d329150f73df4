"""Events and workers by the JSON interface: as described, page by page, and personal words for few."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from dashboard.access.door import VIEWER_KEY
from dashboard.api import routes
from dashboard.domain.policy import DEMO, Role, Scope, Viewer
from data_access.engine import make_engine
from data_access.queries import event_points
from data_access.queries.event_table import Column
from tests.event_oracle import put_words
from tests.generated import NOW, fill
from tests.integration.test_api import conforms, described


@dataclass
class Site:
    """The interface behind a door that lets a viewer of the test's choice in."""

    engine: Engine
    runner: asyncio.Runner
    viewer: Viewer = DEMO

    def scope_of(self, scope: AsgiScope) -> Scope:
        return self.viewer.scope

    def now(self) -> Any:
        return NOW

    def get(self, url: str, status: int = 200, **headers: str) -> Any:
        """The answer's body."""
        app = Starlette(routes=list(routes(self)))

        async def through_door(scope: AsgiScope, receive: Receive, send: Send) -> None:
            scope[VIEWER_KEY] = self.viewer
            await app(scope, receive, send)

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=through_door)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.get(f"/api/v1/{url}", headers=headers)

        response = self.runner.run(ask())
        assert response.status_code == status, response.text
        return response.json()

    def events(self, query: str) -> Any:
        return self.get(f"events?{query}")


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    fill(database_url, seed=3, events=300)
    put_words(database_url)
    engine = make_engine(database_url)
    with asyncio.Runner() as runner:
        yield Site(engine=engine, runner=runner)
    engine.dispose()


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/api/v1/events", "events?region=D"),
        ("/api/v1/events", "events?region=D1&state=closed&window=this_month&sort=severity-&limit=3&lang=en"),
        ("/api/v1/events", "events?region=D&state=open,closed&from=2025-10-01&q=占道&offset=2&drawn=now"),
        ("/api/v1/events", "events?codes=E3,E1,nothing"),
        ("/api/v1/events/points", "events/points?region=D&state=open,closed&window=this_month"),
        ("/api/v1/events/{code}", "events/E7"),
        ("/api/v1/workers", "workers?region=D"),
        ("/api/v1/workers", "workers?region=D1&near=103.85,30.71&limit=3"),
    ],
)
def test_answers_are_as_described(site: Site, path: str, url: str) -> None:
    conforms(site.get(url), described(path))


def test_every_event_has_an_answer_as_described(site: Site) -> None:
    for row in site.events("region=D&state=open,closed&from=2025-08-01&limit=60")["events"]:
        conforms(site.get(f"events/{row['code']}"), described("/api/v1/events/{code}"))


def test_pages_lead_from_one_to_the_next_until_the_end(site: Site) -> None:
    query, found = "region=D&state=open,closed&from=2025-08-01&limit=40", []
    offset: int | None = 0
    while offset is not None:
        page = site.events(f"{query}&offset={offset}")
        found += [row["code"] for row in page["events"]]
        offset = page["next"]
    assert len(found) == len(set(found)) == page["total"]
    assert not page["capped"]


def test_each_column_sorts(site: Site) -> None:
    for column in Column:
        page = site.events(f"region=D&sort={column}-&limit=5")
        assert page["sort"] == f"{column}-"
        assert len(page["events"]) == 5


def test_the_map_has_as_many_events_as_the_table(site: Site) -> None:
    for query in ("region=D", "region=D2&state=closed&from=2025-09-20", "region=D&q=井盖"):
        points = site.get(f"events/points?{query}")
        assert points["total"] + points["unplaced"] == site.events(query)["total"]
        assert len(points["points"]) == points["total"]


def test_what_people_said_is_for_those_who_may_see_it(site: Site) -> None:
    own = site.events("region=D&q=井盖")
    assert own["total"]
    assert all("井盖" in f"{row['text']}{row['address']}" for row in own["events"])
    code = own["events"][0]["code"]
    with psycopg.connect(
        site.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    ) as conn:
        conn.execute(
            "insert into ops.event_steps (event_id, stage, action, at, actor, note) "
            "select id, 'handle', 'note', reported_at, '何静', '电话 13800000000' from ops.events where code = %s",
            (code,),
        )
    assert "13800000000" in str(site.get(f"events/{code}"))
    site.viewer = replace(DEMO, roles=frozenset({Role.ANALYST}))
    assert site.events("region=D&q=井盖")["total"] == 0, "finding would tell"
    assert site.get("events/points?region=D&q=井盖")["total"] == 0
    assert site.events(f"region=D&state=open,closed&from=2025-08-01&q={code}xx")["total"] == 0
    shown = site.get(f"events/{code}")
    assert "13800000000" not in str(shown)
    assert "何静" not in str(shown)
    assert (shown["event"]["text"], shown["event"]["address"], shown["reporter"]) == (None, None, None)


def test_a_look_at_an_event_goes_on_record(site: Site) -> None:
    site.get("events/E7")
    with site.engine.connect() as conn:
        seen = conn.exec_driver_sql("select actor, what, about from board.audit").fetchall()
    assert [tuple(row) for row in seen] == [("demo", "event.seen", "E7")]


def test_nothing_from_outside_the_scope_is_told(site: Site) -> None:
    whole = {row["code"]: row["region"] for row in site.events("region=D&limit=500")["events"]}
    outside = [code for code, region in whole.items() if not region.startswith("D1")]
    inside = [code for code, region in whole.items() if region.startswith("D1")]
    site.viewer = replace(DEMO, scope=Scope(streets=frozenset({"D1"})))
    for url in ("events?region=D", "events/points?region=D2", "workers?region=D3-1", f"events/{outside[0]}"):
        site.get(url, 404)
    named = site.events(f"codes={','.join([*outside[:20], *inside[:20]])}")["events"]
    assert [row["code"] for row in named] == inside[:20]
    for code in inside[:10]:
        around = site.get(f"events/{code}")
        assert all(one["region"].startswith("D1") for one in around["neighbours"])
        assert around["region_path"][0]["code"] == "D1"


@pytest.mark.parametrize(
    ("url", "status", "code"),
    [
        ("events", 400, "missing_region"),
        ("events?region=nowhere", 404, "region_unknown"),
        ("events?region=D&sort=luck", 400, "bad_sort"),
        ("events?region=D&window=ever", 400, "bad_filter"),
        ("events?region=D&severity=9", 400, "bad_filter"),
        ("events?region=D&offset=-1", 400, "bad_number"),
        ("events?region=D&limit=501", 400, "bad_number"),
        ("events?region=D&limit=0000000001", 400, "bad_number"),
        (f"events?region=D&q={'x' * 101}", 400, "search_too_long"),
        ("events?region=D&state=closed&from=2024-01-01&q=x", 400, "search_too_short"),
        ("events/nothing", 404, "event_unknown"),
        ("workers?region=D&near=here", 400, "bad_point"),
        ("workers?region=D&near=200,30", 400, "bad_point"),
        ("workers?region=D&near=nan,30", 400, "bad_point"),
    ],
)
def test_questions_without_sense_are_refused_in_both_languages(
    site: Site, url: str, status: int, code: str
) -> None:
    told = []
    for lang in ("zh", "en"):
        body = site.get(url, status, **{"Accept-Language": lang})
        conforms(body, described("/api/v1/events", "404"))
        assert body["error"]["code"] == code
        told.append(body["error"]["message"])
    assert told[0] != told[1]


def test_a_year_of_points_becomes_a_mesh_that_keeps_every_event(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "events/points?region=D&state=open,closed&from=2025-08-01"
    single = site.get(query)
    monkeypatch.setattr(event_points, "MOST_POINTS", 10)
    monkeypatch.setattr(event_points, "MOST_CELLS", 12)
    mesh = site.get(query)
    assert (mesh["points"], mesh["total"], single["cells"]) == ([], single["total"], [])
    assert 0 < len(mesh["cells"]) <= 12
    assert sum(cell[2] for cell in mesh["cells"]) == single["total"]
    for place, colour in enumerate(("red", "yellow", "green", "closed"), start=3):
        assert sum(cell[place] for cell in mesh["cells"]) == sum(
            point[2] == colour for point in single["points"]
        )
    assert sum(cell[0] * cell[2] for cell in mesh["cells"]) == pytest.approx(
        sum(point[0] for point in single["points"]), abs=single["total"]
    )
    monkeypatch.setattr(event_points, "MOST_READ", 50)
    newest = site.get(query)
    assert newest["total"] + newest["unplaced"] == 50
    rows = site.events("region=D&state=open,closed&from=2025-08-01&limit=50")["events"]
    assert newest["since"] == min(row["reported_at"] for row in rows)
