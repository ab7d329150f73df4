"""Events that other systems send: placed, assigned, due, traced; once, however often they are sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
import shapely

from dashboard.embedded import PostgresServer
from data_access.writes import tokens
from tests.builders import insert_region, square
from tests.integration.streaming import Answer, eventually
from tests.reception_site import LAT, LON, Conn, Site, at, open_site

FIRST, SECOND = "5101170010010001", "5101170020010001"
OTHER_LON = LON + 0.01


@pytest.fixture(scope="module")
def site(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site, with departments, duties and limits."""
    with open_site(postgres, "test_reception_events", tmp_path_factory.mktemp("events")) as made:
        with psycopg.connect(made.url) as conn:
            departments = {
                code: _department(conn, code) for code in ("CITY", "STREET1", "ROADS", "ROADS2", "GRID2")
            }
            ids = made.ids
            for department, category, region in (
                ("CITY", None, None),
                ("STREET1", None, "510117001"),
                ("GRID2", None, SECOND),
                ("ROADS", "A", None),
                ("ROADS2", "A01", "510117002"),
            ):
                conn.execute(
                    "insert into ops.duties (department_id, category_id, region_id) values (%s, %s, %s)",
                    (departments[department], ids.get(category or ""), ids.get(region or "")),
                )
            conn.execute("update ops.categories set limit_hours = 8, limit_kind = 'working' where code = 'A'")
            conn.execute("update ops.categories set limit_hours = 5, limit_kind = 'clock' where code = 'B01'")
        yield made


def _department(conn: Conn, code: str) -> int:
    row = conn.execute(
        "insert into ops.departments (code, name, name_en) values (%s, %s, %s) returning id",
        (code, f"部门{code}", f"Dept {code}"),
    ).fetchone()
    assert row is not None
    return int(row[0])


def send(site: Site, body: Any, token: str = "", **headers: str) -> Answer:
    return site.post("/ingest/events", body, token or site.hotline, **headers)


def event(site: Site, code: str) -> dict[str, Any]:
    """An event's row with codes for ids, and its steps."""
    with psycopg.connect(site.url, options="-c timezone=UTC") as conn:
        cursor = conn.execute(
            "select e.*, r.code as region, d.code as department, c.code as category from ops.events e"
            " join ops.regions r on r.id = e.region_id left join ops.departments d on d.id = e.department_id"
            " join ops.categories c on c.id = e.category_id where e.code = %s",
            (code,),
        )
        assert cursor.description is not None
        names = [column.name for column in cursor.description]
        row = cursor.fetchone()
        assert row is not None
        found = dict(zip(names, row, strict=True))
        found["steps"] = conn.execute(
            "select action, stage, actor, note, photos, details from ops.event_steps where event_id = %s order by id",
            (found["id"],),
        ).fetchall()
        return found


@pytest.mark.parametrize(
    ("category", "lon", "department", "duty"),
    [
        ("A01", LON, "ROADS", ("A", None)),
        ("A01", OTHER_LON, "ROADS2", ("A01", "510117002")),
        ("A", OTHER_LON, "ROADS", ("A", None)),
        ("B01", LON, "STREET1", (None, "510117001")),
        ("B01", OTHER_LON, "GRID2", (None, SECOND)),
        ("B01", None, "CITY", (None, None)),
    ],
)
def test_grid_by_point_and_department_by_duty_and_the_trace_says_why(
    site: Site, category: str, lon: float | None, department: str, duty: tuple[str | None, str | None]
) -> None:
    body: dict[str, Any] = {
        "category": category,
        "text": "路灯不亮",
        "address": "建设路 1 号",
        "photos": ["p/1.jpg"],
    }
    if lon is not None:
        body |= {"lon": lon, "lat": LAT}
    told = send(site, body)
    assert told.status == 201, told.body
    (item,) = told.json()["items"]
    region = {LON: FIRST, OTHER_LON: SECOND, None: "510117"}[lon]
    assert (item["status"], item["region"], item["department"]) == ("created", region, department)
    row = event(site, item["code"])
    assert (row["region"], row["department"], row["category"]) == (region, department, category)
    assert (row["source"], row["stage"], row["state"], row["version"]) == ("hotline", "report", "open", 1)
    enter, assign = row["steps"]
    assert enter[:5] == ("enter", "report", "hotline", None, ["p/1.jpg"])
    assert assign[:3] == ("assign", "report", "quanyu")
    assert f"部门{department}" in assign[3]
    reasons = assign[5]
    assert reasons["region"] == {"by": "point" if lon else "nothing", "code": region}
    assert reasons["department"] == {
        "by": "duty",
        "code": department,
        "duty_category": duty[0],
        "duty_region": duty[1],
    }
    assert f"Dept {department}" in reasons["en"]


def test_due_times_follow_the_categorys_limit_in_working_time_or_by_the_clock(site: Site) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    friday = datetime(2026, 11, 13, 16, 0, tzinfo=zone)
    told = send(
        site,
        [
            {"code": "DUE1", "category": "A01", "reported_at": friday.isoformat()},
            {"code": "DUE2", "category": "B01", "reported_at": "2026-11-13 16:00:00"},
            {"code": "DUE3", "category": "B", "reported_at": friday.isoformat()},
        ],
    )
    assert told.json()["created"] == 3
    working = event(site, "DUE1")
    # 1.5 h left on Friday (09:00-12:00, 13:30-17:30), then 6.5 h on Monday
    assert working["due_at"] == datetime(2026, 11, 16, 17, 0, tzinfo=zone)
    assert working["warn_at"] == datetime(2026, 11, 16, 15, 0, tzinfo=zone)
    assert working["stage_due_at"] == friday + timedelta(minutes=30)
    assert event(site, "DUE2")["reported_at"] == friday
    assert event(site, "DUE2")["due_at"] == friday + timedelta(hours=5)
    assert event(site, "DUE3")["due_at"] is None


def test_the_sender_may_say_where_and_who(site: Site) -> None:
    told = send(site, {"code": "SAID1", "category": "B01", "region": SECOND, "department": "ROADS"})
    assert told.json()["items"][0]["region"] == SECOND
    reasons = event(site, "SAID1")["steps"][1][5]
    assert (reasons["region"]["by"], reasons["department"]["by"]) == ("stated", "stated")
    send(site, {"code": "SAID2", "category": "B01", "region": FIRST, "lon": 120.0, "lat": 31.0})
    row = event(site, "SAID2")
    assert (row["region"], row["lon"]) == (FIRST, None)
    assert row["steps"][1][5]["region"]["outside_m"] > 1_000_000
    send(site, {"code": "SAID3", "category": "B01", "region": FIRST, "lon": OTHER_LON, "lat": LAT})
    assert event(site, "SAID3")["region"] == SECOND


def test_a_workers_device_reports_in_the_workers_name(site: Site) -> None:
    told = send(site, {"code": "DEV1", "category": "A01", "lon": OTHER_LON, "lat": LAT}, site.device)
    assert told.status == 201
    row = event(site, "DEV1")
    assert (row["source"], row["worker_id"], row["reporter"]) == ("grid_worker", site.on, "ON1")
    assert row["region"] == SECOND
    send(site, {"code": "DEV2", "category": "A01"}, site.device)
    assert event(site, "DEV2")["region"] == FIRST
    refused = send(site, {"category": "A01", "worker": "OFF1"}, site.device)
    assert refused.json()["items"][0]["error"]["code"] == "not_allowed"
    send(site, {"code": "DEV3", "category": "A01", "worker": "OFF1"}, site.gateway)
    assert event(site, "DEV3")["worker_id"] == site.off


def test_each_report_is_answered_by_itself(site: Site) -> None:
    bad: list[Any] = [
        {},
        "text",
        {"category": "NONE"},
        {"category": "A01", "region": "NONE"},
        {"category": "A01", "department": "NONE"},
        {"category": "A01", "lon": LON},
        {"category": "A01", "lon": LON, "lat": 91},
        {"category": "A01", "severity": 4},
        {"category": "A01", "severity": True},
        {"category": "A01", "text": "a\x00b"},
        {"category": "A01", "text": "\ud800"},
        {"category": "A01", "text": "x" * 20_001},
        {"category": "A01", "text": ["x"]},
        {"category": "A01", "reported_at": "soon"},
        {"category": "A01", "reported_at": at(3600)},
        {"category": "A01", "photos": "x"},
        {"category": "A01", "attributes": {"a": {"b": 1}}},
        {"category": "A01", "lng": 1.0},
        {"category": "A01", "worker": "NONE"},
        {"category": "A01", "lon": LON, "lat": LAT, "datum": "moon"},
    ]
    told = send(site, [*bad, {"category": "A01", "code": "GOOD1", "text": "<b>good</b>\nsecond line"}])
    assert told.status == 201
    body = told.json()
    assert (body["created"], body["refused"], body["exists"]) == (1, len(bad), 0)
    assert [item["error"]["code"] for item in body["items"][:-1]] == [
        "missing",
        "wrong_shape",
        "unknown_category",
        "unknown_region",
        "unknown_department",
        "bad_place",
        "bad_place",
        "bad_number",
        "bad_number",
        "bad_text",
        "bad_text",
        "bad_text",
        "bad_text",
        "bad_time",
        "in_future",
        "wrong_shape",
        "wrong_shape",
        "unknown_field",
        "unknown_worker",
        "bad_choice",
    ]
    assert event(site, "GOOD1")["text"] == "<b>good</b>\nsecond line"
    assert send(site, bad[:3]).status == 422
    whole_ones: list[Any] = [[], 5, "x", {"events": 5}]
    for whole in whole_ones:
        assert send(site, whole).status == 400
    assert send(site, [{"category": "A01"}] * 1001).status == 413


def test_the_same_code_is_the_same_event(site: Site) -> None:
    body = {"code": "SAME1", "category": "A01"}
    assert send(site, body).status == 201
    again = send(site, [body, body])
    assert (again.status, again.json()["exists"]) == (200, 2)
    other = send(site, body | {"category": "B01"})
    assert (other.status, other.json()["items"][0]["error"]["code"]) == (422, "code_taken")
    assert send(site, body, site.gateway).json()["items"][0]["error"]["code"] == "code_taken"


def test_a_repeated_key_gets_the_same_answer_and_another_body_is_refused(site: Site) -> None:
    body = {"category": "A01", "text": "once"}
    first = send(site, body, idempotency_key="k-1")
    again = send(site, body, idempotency_key="k-1")
    assert (first.status, again.status) == (201, 201)
    assert first.json() == again.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert send(site, body | {"text": "twice"}, idempotency_key="k-1").status == 422
    assert send(site, body, site.gateway, idempotency_key="k-1").json() != first.json()
    assert send(site, body, idempotency_key="x" * 201).status == 400


def test_the_same_key_at_the_same_time_makes_one_event(site: Site) -> None:
    body = json.dumps({"category": "A01", "text": "race"})
    told: list[Answer] = []
    threads = [
        threading.Thread(target=lambda: told.append(send(site, body, idempotency_key="race")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status for answer in told} == {201}
    assert all(answer.json() == told[0].json() for answer in told)
    with psycopg.connect(site.url) as conn:
        assert conn.execute("select count(*) from ops.events where text = 'race'").fetchone() == (1,)


def test_a_changed_map_or_duty_counts_at_once(site: Site) -> None:
    beyond = {"category": "B01", "lon": LON, "lat": LAT + 0.01}
    assert send(site, beyond).json()["items"][0]["region"] == "510117"
    with psycopg.connect(site.url) as conn:
        wider = shapely.union(square(0, width=2), square(0, 1))
        geom = "update ops.region_versions set geom = %s where region_id = %s"
        conn.execute(geom, (shapely.to_wkb(wider), site.ids["510117"]))
        insert_region(conn, "510117009", "street", site.ids["510117"], square(0, 1))
    eventually(lambda: send(site, beyond).json()["items"][0]["region"] == "510117009")
    with psycopg.connect(site.url) as conn:
        conn.execute("update ops.departments set code = 'CITY2' where code = 'CITY'")
    eventually(lambda: send(site, {"category": "B01"}).json()["items"][0]["department"] == "CITY2")


def test_a_revoked_system_sends_no_more_events(site: Site) -> None:
    with psycopg.connect(site.url) as conn:
        token = site.issue(conn, source="sensor")
    assert send(site, {"category": "A01"}, token).status == 201
    with psycopg.connect(site.url) as conn:
        row = conn.execute("select max(id) from board.tokens").fetchone()
        assert row is not None
        tokens.revoke(conn, row[0])
    assert send(site, {"category": "A01"}, token).status == 401
    assert send(site, {"category": "A01"}, "").status == 201
    assert site.post("/ingest/events", {"category": "A01"}).status == 401


def test_the_wall_is_told(site: Site) -> None:
    """Live counters follow the outbox: one row for each event."""
    before = datetime.now(UTC)
    told = send(site, [{"category": "A01"}, {"category": "B01"}])
    codes = [item["code"] for item in told.json()["items"]]
    with psycopg.connect(site.url) as conn:
        rows = conn.execute(
            "select count(*) from board.outbox o join ops.events e on e.id = o.entity_id"
            " where o.kind = 'event' and e.code = any(%s) and o.at >= %s",
            (codes, before - timedelta(seconds=1)),
        ).fetchone()
    assert rows == (2,)
