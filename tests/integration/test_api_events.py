"""Events and workers by the JSON interface: as described, page by page, and personal words for few."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from dashboard.api import routes
from dashboard.domain.policy import DEMO, Role, Scope
from dashboard.embedded import PostgresServer
from data_access.queries import event_points
from data_access.queries.event_table import Column
from tests.conftest import own_database
from tests.event_oracle import put_words
from tests.generated import NOW, fill
from tests.integration.door_site import DoorSite
from tests.integration.test_api import conforms, described


class Site(DoorSite):
    """The interface, whose answers are JSON."""

    routes = routes
    at = NOW

    def get(self, url: str, status: int = 200, **headers: str) -> Any:
        """The answer's body."""
        response = self.ask(f"/api/v1/{url}", headers=headers)
        assert response.status_code == status, response.text
        return response.json()

    def events(self, query: str) -> Any:
        return self.get(f"events?{query}")


@pytest.fixture(scope="module")
def like(postgres: PostgresServer) -> Iterator[str]:
    """A district with words, of which tests have copies."""
    with own_database(postgres) as url:
        fill(url, seed=3, events=300)
        put_words(url)
        yield url


@pytest.fixture(scope="module")
def shared(postgres: PostgresServer, like: str) -> Iterator[Site]:
    """One that no test changes."""
    with own_database(postgres, like) as url, Site.opened(url) as opened:
        yield opened


@pytest.fixture
def site(shared: Site) -> Site:
    """The shared one, asked as by the demo's viewer until the test says otherwise."""
    shared.viewer = DEMO
    return shared


@pytest.fixture
def own(postgres: PostgresServer, like: str) -> Iterator[Site]:
    """One that the test may change."""
    with own_database(postgres, like) as url, Site.opened(url) as opened:
        yield opened


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


def test_what_people_said_is_for_those_who_may_see_it(own: Site) -> None:
    found = own.events("region=D&q=井盖")
    assert found["total"]
    assert all("井盖" in f"{row['text']}{row['address']}" for row in found["events"])
    code = found["events"][0]["code"]
    with psycopg.connect(
        own.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    ) as conn:
        conn.execute(
            "insert into ops.event_steps (event_id, stage, action, at, actor, note) "
            "select id, 'handle', 'note', reported_at, '何静', '电话 13800000000' from ops.events where code = %s",
            (code,),
        )
    assert "13800000000" in str(own.get(f"events/{code}"))
    own.viewer = replace(DEMO, roles=frozenset({Role.ANALYST}))
    assert own.events("region=D&q=井盖")["total"] == 0, "finding would tell"
    assert own.get("events/points?region=D&q=井盖")["total"] == 0
    assert own.events(f"region=D&state=open,closed&from=2025-08-01&q={code}xx")["total"] == 0
    shown = own.get(f"events/{code}")
    assert "13800000000" not in str(shown)
    assert "何静" not in str(shown)
    assert (shown["event"]["text"], shown["event"]["address"], shown["reporter"]) == (None, None, None)


def test_a_look_at_an_event_goes_on_record(own: Site) -> None:
    own.get("events/E7")
    with own.engine.connect() as conn:
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
