"""Supervision by the JSON interface: as described, in scope, with the numbers of the indicators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from dashboard.api import routes
from dashboard.domain.filters import Filters
from dashboard.domain.policy import DEMO, EVERYTHING, Role, Scope
from dashboard.domain.windows import Window
from data_access.queries.departments import KEYS
from data_access.queries.indicators import measure
from tests.generated import NOW, fill
from tests.integration.door_site import DoorSite
from tests.integration.test_api import conforms, described

WEEK = "from=2025-10-08T00:00&to=2025-10-15T14:32:08"


class Site(DoorSite):
    """The interface."""

    routes = routes
    at = NOW


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    fill(database_url, seed=3, events=500)
    with psycopg.connect(database_url) as conn:
        conn.execute("set local quanyu.bulk = 'on'")
        conn.execute(
            "insert into ops.departments (id, code, name) values (901, 'Q1', '甲'), (902, 'Q2', '乙')"
        )
        conn.execute("update ops.events set department_id = case id % 3 when 0 then 901 when 1 then 902 end")
        conn.execute("update ops.supervision set department_id = null")
        conn.execute(
            "insert into ops.supervision (event_id, kind, department_id, issued_at, due_at, closed_at, reason)"
            " select id, case id %% 2 when 0 then 'order' else 'reminder' end, department_id,"
            " %(now)s - make_interval(hours => (id %% 200)::int), %(now)s - make_interval(hours => (id %% 90)::int),"
            " case id %% 4 when 0 then %(now)s - make_interval(hours => (id %% 50)::int) end, '请尽快'"
            " from ops.events where id %% 5 = 0",
            {"now": NOW},
        )
    with Site.opened(database_url) as opened:
        yield opened


def test_answers_are_as_described(site: Site) -> None:
    first = site.ask("/api/v1/supervision?region=D").json()["papers"][0]["id"]
    asked = [
        ("/api/v1/supervision", f"/api/v1/supervision?region=D&state=overdue,closed_late&kind=order&{WEEK}"),
        ("/api/v1/supervision", "/api/v1/supervision?region=D1&department=Q1&limit=3&offset=2&lang=en"),
        ("/api/v1/supervision/{id}", f"/api/v1/supervision/{first}"),
        ("/api/v1/supervision/drafts", "/api/v1/supervision/drafts?region=D&limit=200"),
        ("/api/v1/supervision/watch", "/api/v1/supervision/watch?region=D&lang=en"),
        ("/api/v1/supervision/departments", f"/api/v1/supervision/departments?region=D&{WEEK}"),
    ]
    for path, url in asked:
        answer = site.ask(url)
        assert answer.status_code == 200, answer.text
        conforms(answer.json(), described(path))
        assert any(isinstance(part, list) and part for part in answer.json().values()) or "{id}" in path


def test_odd_questions_are_refused_in_words(site: Site) -> None:
    for query, status in (
        ("", 400),
        ("?region=NONE", 404),
        ("?region=D&state=late", 400),
        ("?region=D&kind=letter", 400),
        ("?region=D&limit=0", 400),
        ("?region=D&offset=-1", 400),
        ("?region=D&department=%00", 400),
        ("/0", 400),
        ("/99999999", 404),
        ("/none", 400),
    ):
        answer = site.ask(f"/api/v1/supervision{query}")
        assert answer.status_code == status, (query, answer.text)
        assert "{" not in answer.json()["error"]["message"]


def test_departments_have_the_numbers_of_the_indicators_and_a_colour_with_its_reason(site: Site) -> None:
    window = Window(start=NOW - timedelta(days=7, hours=14, minutes=32, seconds=8), end=NOW)
    told = site.ask(f"/api/v1/supervision/departments?region=D2&{WEEK}&lang=en").json()["departments"]
    assert [one["code"] for one in told] == ["Q1", "Q2"]
    for one in told:
        filters = Filters(department=frozenset({one["code"]}))
        found = measure(
            site.engine, "D2", EVERYTHING, now=NOW, window=window, keys=list(KEYS), filters=filters
        ).readings
        for reading in found:
            own = one["indicators"][reading.key]
            assert (own["value"], own["n"], own["d"]) == (reading.value, reading.n, reading.d), reading.key
        assert one["colour"] in ("red", "yellow", "green", "none")
        judged = [own for own in one["indicators"].values() if own["colour"] == one["colour"]]
        assert one["reason"] in [own["reason"] for own in judged]


def test_the_ledger_of_a_viewer_is_that_of_the_scope_and_the_role(site: Site) -> None:
    whole = site.ask("/api/v1/supervision?region=D&limit=500").json()
    assert whole["total"] == len(whole["papers"]) == whole["issued"]
    assert whole["papers"][0]["reason"] == "请尽快"
    outside = next(one for one in whole["papers"] if not one["region"].startswith("D1"))
    site.viewer = replace(DEMO, scope=Scope(streets=frozenset({"D1"})))
    assert site.ask("/api/v1/supervision?region=D").status_code == 404
    own = site.ask("/api/v1/supervision?region=D1&limit=500").json()
    assert {one["id"] for one in own["papers"]} == {
        one["id"] for one in whole["papers"] if one["region"].startswith("D1")
    }
    assert site.ask(f"/api/v1/supervision/{outside['id']}").status_code == 404
    site.viewer = replace(DEMO, roles=frozenset({Role.ANALYST}))
    assert {one["reason"] for one in site.ask("/api/v1/supervision?region=D").json()["papers"]} == {None}
    site.viewer = replace(DEMO, roles=frozenset({Role.WALL}))
    for path in ("", "/1", "/drafts", "/watch", "/departments"):
        assert site.ask(f"/api/v1/supervision{path}?region=D").status_code == 403
