"""What the pages of workers read: a week's coverage against plain rows, who is beside, and who may ask at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import psycopg
import pytest
from sqlalchemy import Engine

from dashboard.domain.coverage import cells_of
from dashboard.domain.policy import DEMO, Role, Scope
from dashboard.track_desk import TrackDesk, TracksClosed
from dashboard.workers import Workers
from data_access.engine import make_engine
from data_access.queries.regions import RegionUnknown
from data_access.queries.tracks import WorkerUnknown
from tests import builders
from tests.builders import SOUTH, STEP, WEST, Conn

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
GRID = "5101170010010001"


@pytest.fixture
def conn(database_url: str) -> Iterator[Conn]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        builders.make_district(connection)
        yield connection


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = make_engine(database_url)
    yield made
    made.dispose()


def round_of(conn: Conn, worker: int, start: datetime, minutes: int) -> None:
    """A round in the own grid, a fix every ten seconds; and one far away just before the shift."""
    rows = [(start - timedelta(seconds=5), WEST + 0.0001, SOUTH + 0.0001)]
    for place in range(minutes * 6):
        angle = place * 0.04
        lon = WEST + STEP / 2 + 0.003 * np.cos(angle) * np.cos(angle / 7)
        rows.append(
            (
                start + timedelta(seconds=10 * place),
                float(lon),
                float(SOUTH + STEP / 2 + 0.003 * np.sin(angle)),
            )
        )
    with conn.cursor() as cursor:
        cursor.executemany(
            "insert into ops.positions (worker_id, fixed_at, received_at, lon, lat, accuracy_m, flags)"
            f" values ({worker}, %s, %s, %s, %s, 5, 0)",
            [(at, at, lon, lat) for at, lon, lat in rows],
        )


def test_a_week_of_coverage_equals_the_cells_of_the_rows(conn: Conn, engine: Engine) -> None:
    worker = builders.insert_worker(conn, code="W1")
    walked = {0: 40, 1: 90, 4: 15}
    for back, minutes in walked.items():
        start = MORNING - timedelta(days=back)
        builders.insert_shift(conn, worker, starts_at=start)
        round_of(conn, worker, start, minutes)
    builders.insert_shift(conn, worker, starts_at=MORNING - timedelta(days=5))
    desk = TrackDesk(engine, lambda: NOW)
    found = desk.week(DEMO, "W1", date(2026, 11, 20))
    assert [one.day for one in found] == [date(2026, 11, 14 + place) for place in range(7)]
    cells = cells_of(builders.square(0))
    for one in found:
        back = (date(2026, 11, 20) - one.day).days
        start = MORNING - timedelta(days=back)
        rows = conn.execute(
            "select lon, lat from ops.positions where fixed_at >= %s and fixed_at < %s",
            (start, start + timedelta(hours=8)),
        ).fetchall()
        assert one.shifts == (1 if back in {*walked, 5} else 0)
        if not one.shifts:
            assert (one.visited, one.cells) == (0, None)
            continue
        lon, lat = np.array(rows, dtype=np.float64).reshape(-1, 2).T
        assert one.visited == len(set(cells.at(lon, lat).tolist()) & set(cells.places.tolist()))
        assert one.cells == cells.count
        day = desk.day(DEMO, "W1", one.day)
        assert day.facts.coverage is not None
        assert day.facts.coverage.places.size == one.visited
    lines = conn.execute(
        "select what, about, details->>'n' from board.audit where what = 'coverage.seen'"
    ).fetchall()
    assert lines == [("coverage.seen", "W1", "7")]


def test_a_worker_has_colleagues_and_the_street_around(conn: Conn, engine: Engine) -> None:
    grids = [f"510117001{community:03d}{grid:04d}" for community in (1, 2) for grid in (1, 2)]
    ids = dict(conn.execute("select code, id from ops.regions").fetchall())
    for place, grid in enumerate(grids):
        builders.insert_worker(conn, code=f"W{place}", region_id=ids[grid])
    builders.insert_worker(conn, code="W9", region_id=ids[grids[0]], active=False)
    workers = Workers(engine, lambda: NOW)
    found = workers.person("W0", DEMO)
    assert found.around.code == "510117001001"
    assert [one.code for one in found.beside] == ["W0", "W1"]
    assert {one.code for one in found.land} == {*grids, "510117001001", "510117001002"}
    below = workers.ground("510117001", DEMO)
    assert [one.code for one in below.below] == ["510117001001", "510117001002"]
    assert workers.ground("510117", DEMO).land == ()


def test_who_is_out_carries_accuracy_and_battery_of_the_shift(conn: Conn, engine: Engine) -> None:
    worker = builders.insert_worker(conn, code="W1")
    builders.insert_shift(conn, worker, starts_at=MORNING)
    builders.put_position(
        conn,
        worker,
        WEST + 0.001,
        SOUTH + 0.001,
        fixed_at=NOW - timedelta(seconds=20),
        accuracy_m=7.5,
        battery_pct=42,
    )
    early = builders.insert_worker(conn, code="W2")
    builders.insert_shift(conn, early, starts_at=MORNING)
    builders.put_position(
        conn, early, WEST, SOUTH, fixed_at=MORNING - timedelta(minutes=5), accuracy_m=3, battery_pct=99
    )
    found = {one.code: one for one in Workers(engine, lambda: NOW).roster("510117001", DEMO).members}
    assert (found["W1"].accuracy_m, found["W1"].battery_pct, found["W1"].fix_age_s) == (7.5, 42, 20)
    assert (found["W2"].accuracy_m, found["W2"].battery_pct, found["W2"].fix_age_s) == (None, None, None)


def test_nobody_else_may_ask(conn: Conn, engine: Engine) -> None:
    builders.insert_worker(conn, code="W1")
    workers, desk = Workers(engine, lambda: NOW), TrackDesk(engine, lambda: NOW)
    analyst = replace(DEMO, roles=frozenset({Role.ANALYST}))
    for ask in (
        lambda: workers.person("W1", analyst),
        lambda: workers.ground("510117001", analyst),
        lambda: workers.roster("510117001", analyst),
        lambda: desk.week(analyst, "W1"),
    ):
        with pytest.raises(TracksClosed):
            ask()
    elsewhere = replace(DEMO, scope=Scope(streets=frozenset({"510117002"})))
    with pytest.raises(WorkerUnknown):
        workers.person("W1", elsewhere)
    with pytest.raises(WorkerUnknown):
        desk.week(elsewhere, "W1")
    with pytest.raises(RegionUnknown):
        workers.roster("510117001", elsewhere)
    assert GRID in {one.code for one in workers.person("W1", DEMO).land}
