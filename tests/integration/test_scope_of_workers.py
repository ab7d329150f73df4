"""Workers for viewers of less than the district: whoever sees one street or some departments learns of no other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import Engine

from dashboard.domain.policy import EVERYTHING, Scope
from data_access.engine import make_engine
from data_access.queries.colleagues import colleagues
from data_access.queries.crew import shift_workers
from data_access.queries.regions import RegionUnknown
from data_access.queries.session import reading
from data_access.queries.tracks import WorkerUnknown, find_worker, group_days, worker_day
from data_access.queries.trail_facts import day_events
from data_access.queries.workers_near import duty_workers, nearest_workers
from tests.builders import SOUTH, WEST, insert_event, insert_shift, insert_worker, make_district, put_position

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
ZONE = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)
STREET, OTHER = "510117001", "510117002"
GRID, FAR = "5101170010010001", "5101170020010001"


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        make_district(connection)
        yield connection


@pytest.fixture
def engine(conn: psycopg.Connection[Any], database_url: str) -> Iterator[Engine]:
    made = make_engine(database_url)
    yield made
    made.dispose()


def region_id(conn: psycopg.Connection[Any], code: str) -> int:
    row = conn.execute("select id from ops.regions where code = %s", (code,)).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture
def worker(conn: psycopg.Connection[Any]) -> int:
    """Somebody of the first street, on shift, with a place."""
    made = insert_worker(conn, code="W1", region_id=region_id(conn, GRID))
    insert_shift(conn, made, starts_at=NOW - HOUR)
    put_position(conn, made, WEST, SOUTH, fixed_at=NOW - timedelta(minutes=1))
    return made


def test_who_sees_some_departments_sees_no_worker(engine: Engine, worker: int) -> None:
    scope = Scope(departments=frozenset({"CG"}))
    with reading(engine) as conn:
        assert [one.code for one in nearest_workers(conn, EVERYTHING, NOW, WEST, SOUTH)] == ["W1"]
        assert nearest_workers(conn, scope, NOW, WEST, SOUTH) == []
        for ask in (duty_workers, shift_workers, colleagues):
            assert [one.code for one in ask(conn, GRID, EVERYTHING, NOW)] == ["W1"]
            with pytest.raises(RegionUnknown):
                ask(conn, GRID, scope, NOW)
        with pytest.raises(WorkerUnknown):
            find_worker(conn, "W1", scope, NOW)
        with pytest.raises(RegionUnknown):
            group_days(conn, GRID, TODAY, scope, NOW, ZONE, 20)


def test_a_day_tells_of_no_event_in_another_street(
    conn: psycopg.Connection[Any], engine: Engine, worker: int
) -> None:
    for code, region in (("HERE", GRID), ("THERE", FAR)):
        at = NOW - HOUR / 2
        insert_event(conn, code=code, region_id=region_id(conn, region), worker_id=worker, reported_at=at)
    with reading(engine) as reads:
        for scope, codes in ((EVERYTHING, {"HERE", "THERE"}), (Scope(streets=frozenset({STREET})), {"HERE"})):
            day = worker_day(reads, "W1", TODAY, scope, NOW, ZONE)
            assert {one.code for one in day_events(reads, day.worker, day.shifts, scope, NOW)} == codes


def test_a_group_leaves_out_who_belongs_elsewhere_since(
    conn: psycopg.Connection[Any], engine: Engine, worker: int
) -> None:
    """The grid went to the other street after the shift began: of that nothing is said to those of this one."""
    stayed = insert_worker(conn, code="W2", region_id=region_id(conn, "5101170010010002"))
    insert_shift(conn, stayed, starts_at=NOW - HOUR)
    turned_at = NOW - HOUR / 2
    conn.execute(
        "update ops.region_versions set valid_to = %s where region_id = %s",
        (turned_at, region_id(conn, GRID)),
    )
    conn.execute(
        "insert into ops.region_versions (region_id, parent_id, geom, label_lon, label_lat, valid_from)"
        " select region_id, %s, geom, label_lon, label_lat, valid_to from ops.region_versions where region_id = %s",
        (region_id(conn, "510117002001"), region_id(conn, GRID)),
    )
    scope = Scope(streets=frozenset({STREET}))
    with reading(engine) as reads:
        found = group_days(reads, STREET, TODAY, scope, NOW, ZONE, 20)
    assert [one.worker.code for one in found] == ["W2"]
