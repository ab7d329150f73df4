"""Acts by HTTP: what is answered, in which language, with which status, and what is put on record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from dashboard.acts_routes import MOST_BYTES, routes
from dashboard.domain.policy import DEMO, NOBODY, Role
from dashboard.domain.policy import Scope as SeenScope
from tests.builders import insert_event
from tests.integration.door_site import DoorSite

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Site(DoorSite):
    """The routes of acts."""

    routes = routes
    at = NOW

    def post(self, code: str, body: Any, lang: str = "zh", kind: str = "application/json") -> httpx.Response:
        path, _, query = code.partition("?")
        return self.send(f"/api/v1/events/{path}/acts?{query}", body, lang, kind)

    def send(self, url: str, body: Any, lang: str = "zh", kind: str = "application/json") -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask(url, "POST", content, lang=lang, headers={"content-type": kind})


@pytest.fixture
def site(conn: psycopg.Connection[Any], database_url: str) -> Iterator[Site]:
    insert_event(conn, code="E/1", reported_at=NOW - HOUR)
    conn.execute("insert into ops.departments (code, name) values ('WY', '物业科')")
    with Site.opened(database_url) as opened:
        yield opened


def test_an_order_is_answered_with_the_event_and_the_paper(conn: psycopg.Connection[Any], site: Site) -> None:
    body = {"act": "supervise", "version": 1, "reason": "久拖不决", "due": "2026-11-21T09:30"}
    answer = site.post("E%2F1", body)
    assert (answer.status_code, answer.headers["content-language"]) == (200, "zh")
    told = answer.json()
    assert told["event"] == {
        "code": "E/1",
        "version": 2,
        "stage": "report",
        "state": "open",
        "region": "5101170010010001",
        "department": None,
        "department_name": None,
        "duplicate_of": None,
    }
    assert told["paper"]["kind"] == "order"
    assert told["paper"]["due_at"] == "2026-11-21T01:30:00+00:00"  # the district's own clock
    transfer = {"act": "transfer", "version": 2, "reason": "职责不符", "department": "WY"}
    event = site.post("E%2F1", transfer, "en").json()["event"]
    assert (event["version"], event["department"], event["department_name"]) == (3, "WY", "物业科")
    rows = conn.execute("select actor, what, about, outcome from board.audit order by id").fetchall()
    assert rows == [("demo", "act.supervise", "E/1", "done"), ("demo", "act.transfer", "E/1", "done")]


def test_a_refusal_is_a_sentence_in_the_viewers_language_and_on_record(
    conn: psycopg.Connection[Any], site: Site
) -> None:
    stale = {"act": "note", "version": 9, "reason": "看到了"}
    zh, en = site.post("E%2F1", stale), site.post("E%2F1?lang=en", stale)
    assert zh.status_code == en.status_code == 409
    assert "已过期" in zh.json()["error"]["message"]
    assert "out of date" in en.json()["error"]["message"]
    assert zh.json()["error"]["version"] == 1
    site.viewer = NOBODY
    assert site.post("E%2F1", stale).status_code == 403
    site.viewer = DEMO
    assert site.post("%00", stale).status_code == 404
    rows = conn.execute("select outcome, details->>'why' from board.audit order by id").fetchall()
    assert rows == [
        ("refused", "event_changed"),
        ("refused", "event_changed"),
        ("refused", "act_forbidden"),
        ("refused", "event_unknown"),
    ]


GOOD = {"act": "note", "version": 1, "reason": "看到了"}
MALFORMED: list[tuple[Any, str]] = [
    (b"{", "application/json"),
    (b"[" * 5000, "application/json"),
    (b"\xff\xfe", "application/json"),
    (b" " * (MOST_BYTES + 1), "application/json"),
    (GOOD, "text/plain"),
    ([], "application/json"),
    (GOOD | {"acts": 1}, "application/json"),
    (GOOD | {"act": "see_events"}, "application/json"),
    (GOOD | {"act": ["note"]}, "application/json"),
    (GOOD | {"version": "1"}, "application/json"),
    (GOOD | {"version": True}, "application/json"),
    (GOOD | {"version": 2**70}, "application/json"),
    (GOOD | {"reason": 5}, "application/json"),
    (GOOD | {"reason": "a\0b"}, "application/json"),
    (GOOD | {"reason": "a\ud800"}, "application/json"),
    (GOOD | {"act": "supervise", "due": "soon"}, "application/json"),
    (GOOD | {"act": "supervise", "due": "0001-01-01T00:00:00+14:00"}, "application/json"),
    (GOOD | {"act": "transfer", "department": 5}, "application/json"),
    (GOOD | {"act": "transfer", "department": "x" * 300}, "application/json"),
    (GOOD | {"act": "mark_duplicate", "duplicate_of": "a\0"}, "application/json"),
]


def test_what_cannot_be_read_is_refused_and_changes_nothing(
    conn: psycopg.Connection[Any], site: Site
) -> None:
    for body, kind in MALFORMED:
        for lang in ("zh", "en"):
            answer = site.post("E%2F1", body, lang, kind)
            assert answer.status_code == 400, (body, answer.text)
            assert "{" not in answer.json()["error"]["message"]
    assert conn.execute("select version from ops.events").fetchone() == (1,)
    assert site.post("E%2F1", GOOD).status_code == 200


def test_a_paper_is_closed_by_hand_once(conn: psycopg.Connection[Any], site: Site) -> None:
    body = {"act": "remind", "version": 1, "reason": "请签收"}
    id_ = site.post("E%2F1", body).json()["paper"]["id"]
    url, result = f"/api/v1/supervision/{id_}/close", {"result": "已签收"}
    site.viewer = replace(DEMO, scope=SeenScope(streets=frozenset({"510117002"})))
    assert site.send(url, result).status_code == 404
    site.viewer = replace(DEMO, roles=frozenset({Role.ANALYST}))
    assert site.send(url, result).status_code == 403
    site.viewer = DEMO
    odd: list[Any] = [{"result": 5}, {"result": "a\0"}, {}, [], {"result": "x", "more": 1}]
    for bad in odd:
        assert site.send(url, bad).status_code == 400
    assert site.send(url, {"result": " "}).status_code == 422
    assert site.send(f"/api/v1/supervision/{10**18 - 1}/close", result).status_code == 404
    refused = "select outcome, details->>'why' from board.audit where what = 'act.settle' order by id"
    assert conn.execute(refused).fetchall() == [
        ("refused", "paper_unknown"),
        ("refused", "act_forbidden"),
        ("refused", "reason_missing"),
        ("refused", "paper_unknown"),
    ]
    assert conn.execute("select closed_at from ops.supervision").fetchone() == (None,)
    done = site.send(url, result)
    assert (done.status_code, done.json()["state"]) == (200, "closed")
    again = site.send(url, result)
    assert again.status_code == 409
    assert done.json()["number"] in again.json()["error"]["message"]
    stored = conn.execute("select closed_at, closed_by, result from ops.supervision").fetchone()
    assert stored == (NOW, "demo", "已签收")
    step = conn.execute("select action, actor, note from ops.event_steps order by id desc limit 1").fetchone()
    assert step == ("settle", "demo", "已签收")
    assert conn.execute("select version from ops.events").fetchone() == (3,)
    assert site.send("/api/v1/supervision/999999/close", result).status_code == 404
