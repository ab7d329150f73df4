"""One event: its facts as the rows say, what stands around it, who is near, and nothing from outside the scope."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb
from sqlalchemy import Engine

from dashboard.domain.act_refusals import EventUnknown
from dashboard.domain.escalation import USUAL
from dashboard.domain.model import State
from dashboard.domain.policy import EVERYTHING, Scope
from dashboard.domain.words import Words
from data_access.engine import make_engine
from data_access.queries.event_page import EventDetail, event_detail
from data_access.queries.event_surroundings import Relation
from data_access.queries.indicators import measure
from data_access.queries.session import reading
from data_access.queries.supervision import LedgerQuestion, ledger
from data_access.queries.workers_near import NearWorker, duty_workers, nearest_workers
from data_access.writes.escalation import escalate
from tests.builders import (
    insert_event,
    insert_feedback,
    insert_shift,
    insert_worker,
    make_district,
    put_position,
    put_setting,
)

NOW = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
STREET, OTHER = "510117001", "510117002"
GRID, FAR = "5101170010010001", "5101170020010001"
LON, LAT = 103.805, 30.705
METRE = 1 / 111_195


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def ids(conn: psycopg.Connection[Any]) -> dict[str, int]:
    return make_district(conn, settings={"repeat": {"radius_m": 100, "days": 15}})


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def look(engine: Engine, code: str, scope: Scope = EVERYTHING) -> EventDetail:
    with reading(engine) as conn:
        return event_detail(conn, code, scope, NOW)


def put_step(
    conn: psycopg.Connection[Any], event_id: int, stage: str, action: str, at: datetime, **more: Any
) -> None:
    conn.execute(
        "insert into ops.event_steps (event_id, stage, action, at, actor, note, photos, details) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            event_id,
            stage,
            action,
            at,
            more.get("actor"),
            more.get("note"),
            more.get("photos"),
            more.get("details"),
        ),
    )


def test_an_event_comes_with_all_that_was_written_of_it(
    conn: psycopg.Connection[Any], ids: dict[str, int], engine: Engine
) -> None:
    conn.execute("insert into ops.departments (code, name) values ('ZF', '综合执法队')")
    conn.execute("update ops.categories set limit_hours = 6 where code = 'A'")
    event = insert_event(
        conn, code="PD-1", region_id=ids[GRID], reported_at=NOW - 3 * HOUR, due_at=NOW - HOUR, stage="handle",
        accepted_at=NOW - 2.9 * HOUR, filed_at=NOW - 2.8 * HOUR, dispatched_at=NOW - 2.5 * HOUR,
        text="消防通道堵塞", reporter="何静", department_id=1, severity=2,
    )  # fmt: skip
    put_step(conn, event, "report", "enter", NOW - 3 * HOUR, actor="何静", photos=["a.jpg", "b.jpg"])
    why = Jsonb({"zh": "按坐标位置", "en": "By its point"})
    put_step(conn, event, "report", "assign", NOW - 2.95 * HOUR, note="按坐标", details=why)
    put_step(conn, event, "handle", "note", NOW - HOUR, actor="周敏", note="催办", photos=["b.jpg", "c.jpg"])
    insert_feedback(conn, event, asked_at=NOW - HOUR)
    conn.execute(
        "insert into ops.supervision (event_id, kind, department_id, issued_at, due_at, reason, actor) "
        "values (%s, 'order', 1, %s, %s, '尽快处理', 'zhou')",
        (event, NOW - HOUR, NOW + HOUR),
    )
    found = look(engine, "PD-1")
    assert (found.row.id, found.row.code, found.row.text, found.row.severity) == (
        event,
        "PD-1",
        "消防通道堵塞",
        2,
    )
    assert [name.zh for name in found.category] == ["class A", "kind A01"]
    assert [place.code for place in found.places] == [STREET, "510117001001", GRID]
    assert (found.reporter, found.row.department_code) == ("何静", "ZF")
    assert [(step.action, step.actor) for step in found.steps] == [
        ("enter", "何静"),
        ("assign", None),
        ("note", "周敏"),
    ]
    assert found.photos == ("a.jpg", "b.jpg", "c.jpg")
    assert [voice.asked_at for voice in found.feedback] == [NOW - HOUR]
    assert [
        (order.kind, order.reason, order.department.zh) for order in found.supervision if order.department
    ] == [("order", "尽快处理", "综合执法队")]
    assert (found.why.zh, found.why.en) == ("按坐标位置", "By its point")
    running = {stage.key: stage for stage in found.stages}["handle"]
    assert (running.limit_hours, running.started_at, running.due_at) == (6.0, NOW - 2.5 * HOUR, NOW - HOUR)
    assert running.late_hours == pytest.approx(1.0)
    assert found.row.version == 3, "what was asked and ordered are changes of the event"
    assert found.limit_working


def test_what_a_rule_ordered_is_told_in_both_languages(
    conn: psycopg.Connection[Any], ids: dict[str, int], engine: Engine
) -> None:
    conn.execute("update ops.categories set limit_hours = 6, limit_kind = 'clock' where code = 'A'")
    now = datetime.now(UTC)  # the rules go by the database's clock
    event = insert_event(
        conn, code="PD-RULE", region_id=ids[GRID], reported_at=now - 40 * HOUR, due_at=now - 30 * HOUR
    )
    insert_event(conn, code="PD-SOON", region_id=ids[GRID], due_at=now + HOUR)
    assert escalate(conn) == 1
    rule = USUAL[0].reason()
    found = look(engine, "PD-RULE")
    assert [(one.rule, one.actor) for one in found.supervision] == [(rule, None)]
    assert not found.limit_working
    with reading(engine) as connection:
        (paper,) = ledger(connection, STREET, EVERYTHING, now + HOUR, LedgerQuestion()).rows
    assert (paper.rule, paper.addressee) == (rule, USUAL[0].to)
    assert (paper.region, paper.parent) == (
        Words(zh=f"name {GRID}", en=f"name {GRID}"),
        Words(zh=f"name {GRID[:12]}", en=f"name {GRID[:12]}"),
    )
    conn.execute(
        "update ops.supervision set level = null, actor = 'zhou', details = jsonb_build_object('name', '周敏')"
        " where event_id = %s",
        (event,),
    )
    assert [(one.rule, one.actor) for one in look(engine, "PD-RULE").supervision] == [(None, "周敏")]


@pytest.mark.parametrize("code", ["nothing", "", "\0", "\ud800"])
def test_what_is_not_there_is_said_so(ids: dict[str, int], engine: Engine, code: str) -> None:
    with pytest.raises(EventUnknown):
        look(engine, code)


def test_an_event_outside_the_scope_is_not_there(
    conn: psycopg.Connection[Any], ids: dict[str, int], engine: Engine
) -> None:
    conn.execute("insert into ops.departments (code, name) values ('B1', '一'), ('B2', '二')")
    insert_event(conn, code="IN", region_id=ids[GRID], department_id=1)
    insert_event(conn, code="OUT", region_id=ids[FAR], department_id=2)
    street, bureau = Scope(streets=frozenset({STREET})), Scope(departments=frozenset({"B1"}))
    for scope in (street, bureau):
        assert look(engine, "IN", scope).row.code == "IN"
        with pytest.raises(EventUnknown):
            look(engine, "OUT", scope)


def test_the_same_matter_and_repeats_stand_around_an_event(
    conn: psycopg.Connection[Any], ids: dict[str, int], engine: Engine
) -> None:
    def put(code: str, east_m: float, days: float, **more: Any) -> int:
        lon = LON + east_m * METRE / math.cos(math.radians(LAT))
        at = NOW - timedelta(days=20 - days)
        values = {"code": code, "lon": lon, "lat": LAT, "region_id": ids[GRID], "reported_at": at}
        return insert_event(conn, **{**values, **more})

    own = put("OWN", 0, 0)
    put("COPY", 500, 1, duplicate_of=own)
    put("UNPLACED", 0, 1, duplicate_of=own, lon=None, lat=None)
    put("NEAR", 99, 14.9)
    put("BEFORE", 50, -14.9, region_id=ids[FAR])
    put("FAR", 101, 1)
    put("LATE", 10, 15.1)
    put("KIND", 10, 1, category_id=ids["B01"])
    put("VOID", 10, 1, state="void")
    found = {one.code: one for one in look(engine, "OWN").neighbours}
    assert {code: str(one.relation) for code, one in found.items()} == {
        "COPY": "copy", "UNPLACED": "copy", "NEAR": "repeat", "BEFORE": "repeat",
    }  # fmt: skip
    assert found["UNPLACED"].distance_m is None
    assert found["NEAR"].distance_m == pytest.approx(99, abs=0.2)
    copy = look(engine, "COPY")
    assert copy.duplicate_of == "OWN"
    assert {one.code: one.relation for one in copy.neighbours if one.relation is not Relation.REPEAT} == {
        "OWN": Relation.ORIGINAL, "UNPLACED": Relation.COPY,
    }  # fmt: skip
    cut = look(engine, "OWN", Scope(streets=frozenset({STREET})))
    assert "BEFORE" not in {one.code for one in cut.neighbours}


def test_without_a_recorded_reason_today_s_duty_is_named_as_such(
    conn: psycopg.Connection[Any], ids: dict[str, int], engine: Engine
) -> None:
    insert_event(conn, code="E", region_id=ids[GRID])
    assert "没有对应的部门" in look(engine, "E").why.zh
    conn.execute("insert into ops.departments (code, name) values ('B1', '一科'), ('B2', '二科')")
    conn.execute(
        "insert into ops.duties (department_id, category_id, region_id) values (1, %s, null)", (ids["A"],)
    )
    conn.execute(
        "insert into ops.duties (department_id, category_id, region_id) values (2, %s, %s)",
        (ids["A"], ids[STREET]),
    )
    assert "应由二科负责" in look(engine, "E").why.zh
    conn.execute("update ops.events set department_id = 2 where code = 'E'")
    assert "一致：由二科负责" in look(engine, "E").why.zh


def put_worker(conn: psycopg.Connection[Any], code: str, region_id: int, **shift: Any) -> int:
    worker = insert_worker(conn, code=code, region_id=region_id)
    insert_shift(conn, worker, **{"starts_at": NOW - HOUR, **shift})
    return worker


def test_only_who_is_on_shift_is_near_and_only_by_a_fix_of_that_shift(
    conn: psycopg.Connection[Any], ids: dict[str, int], engine: Engine
) -> None:
    put = ids[GRID]
    on_duty = put_worker(conn, "ON", put)
    early = put_worker(conn, "EARLY", put)
    left = put_worker(conn, "LEFT", put, checked_out_at=NOW - HOUR / 2)
    absent = put_worker(conn, "ABSENT", put, checked_in_at=None)
    off = put_worker(conn, "OFF", put, cancelled=True)
    for worker in (on_duty, left, absent, off):
        put_position(conn, worker, LON, LAT, fixed_at=NOW - timedelta(seconds=40))
    put_position(conn, early, LON, LAT, fixed_at=NOW - 2 * HOUR)
    with reading(engine) as reads:
        here = duty_workers(reads, GRID, EVERYTHING, NOW)
        near = nearest_workers(reads, EVERYTHING, NOW, LON, LAT)
    assert {one.code: (one.fix_age_s, one.lon) for one in here} == {"ON": (40.0, LON), "EARLY": (None, None)}
    assert [(one.code, one.distance_m) for one in near] == [("ON", 0.0)]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    places=st.lists(
        st.tuples(st.floats(-0.05, 0.05), st.floats(-0.05, 0.05), st.booleans()), min_size=0, max_size=12
    ),
    limit=st.integers(1, 8),
    street=st.booleans(),
)
def test_the_nearest_are_those_of_every_distance_measured(
    database_url: str, engine: Engine, places: list[tuple[float, float, bool]], limit: int, street: bool
) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        if conn.execute("select from ops.regions limit 1").fetchone() is None:
            make_district(conn)
        conn.execute("truncate ops.workers, ops.shifts, ops.latest_positions restart identity cascade")
        regions: dict[str, int] = dict(conn.execute("select code, id from ops.regions").fetchall())
        expected = []
        for number, (east, north, inside) in enumerate(places):
            worker = put_worker(conn, f"W{number:02}", regions[GRID if inside else FAR])
            put_position(conn, worker, LON + east, LAT + north, fixed_at=NOW - HOUR / 4)
            if inside or not street:
                expected.append((chord_m(LON, LAT, LON + east, LAT + north), f"W{number:02}"))
    scope = Scope(streets=frozenset({STREET})) if street else EVERYTHING
    with reading(engine) as reads:
        found: list[NearWorker] = nearest_workers(reads, scope, NOW, LON, LAT, limit=limit)
    expected.sort()
    assert [one.distance_m for one in found] == pytest.approx([far for far, _ in expected[:limit]], abs=0.01)
    assert {one.code for one in found} <= {code for _, code in expected}


def chord_m(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Distance by the chord between unit vectors: another formula than the product's."""

    def unit(lon: float, lat: float) -> tuple[float, float, float]:
        x, y = math.radians(lon), math.radians(lat)
        return math.cos(y) * math.cos(x), math.cos(y) * math.sin(x), math.sin(y)

    return 2 * 6_371_008.8 * math.asin(min(1.0, math.dist(unit(lon_a, lat_a), unit(lon_b, lat_b)) / 2))


def test_the_workers_of_a_region_are_the_indicator_s(
    conn: psycopg.Connection[Any], ids: dict[str, int], engine: Engine
) -> None:
    for number, code in enumerate((GRID, GRID, FAR)):
        put_worker(conn, f"W{number}", ids[code])
    for code in ("510117", STREET, OTHER, GRID):
        with reading(engine) as reads:
            found = duty_workers(reads, code, EVERYTHING, NOW)
        (reading_,) = measure(engine, code, EVERYTHING, now=NOW, keys=["on_duty"]).readings
        assert len(found) == reading_.n


def test_a_void_event_is_shown_as_one(
    conn: psycopg.Connection[Any], ids: dict[str, int], engine: Engine
) -> None:
    put_setting(conn, "workflow", "six")
    insert_event(conn, code="V", region_id=ids[GRID], state="void", stage="report", reported_at=NOW - HOUR)
    found = look(engine, "V")
    assert found.row.state is State.VOID
    assert [stage.key for stage in found.stages][-1] == "archive"
