"""What is kept of patrols that ended is what their fixes say: at every moment, on every drawing, as long as they are
kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest
import shapely
from sqlalchemy import Engine

from dashboard.domain.coverage import cells_of
from dashboard.domain.policy import EVERYTHING
from dashboard.domain.windows import Window
from dashboard.embedded import PostgresServer
from data_access import work
from data_access.engine import make_engine
from data_access.queries import patrol_month as month
from data_access.queries.breakdown import breakdown
from data_access.queries.indicators import measure
from data_access.queries.selection import EVERYWHERE
from data_access.queries.session import reading
from data_access.writes import patrols
from tests.builders import insert_shift, put_setting
from tests.conftest import own_database
from tests.generated import NOW, SOUTH, STEP, WEST, fill
from tests.integration.test_indicators import TERMS
from tests.oracle import Oracle, load

Conn = psycopg.Connection[Any]
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
WINDOWS = (
    Window(start=NOW - 3 * DAY, end=NOW),
    Window(start=NOW - 30 * HOUR, end=NOW - 12 * HOUR),
    Window(start=NOW - 40 * HOUR, end=NOW - 25 * HOUR),
)
CODES = ("D", "D1", "D2-1", "D3-9", "D1-1-1", "D2-2-3")
GRID = "D1-1-1"
CHANGED = ("positions", "shifts", "region_versions")
OF_SHIFT = "p.worker_id = c.worker_id and p.fixed_at >= c.since and p.fixed_at < c.until"


@pytest.fixture(scope="module")
def base(postgres: PostgresServer) -> Iterator[tuple[str, Oracle]]:
    """A filled district and what its rows say before anything is kept."""
    with own_database(postgres) as url:
        fill(url, events=200)
        yield url, load(url, **TERMS)


@pytest.fixture
def conn(base: tuple[str, Oracle]) -> Iterator[Conn]:
    """Nothing is kept yet, and what a test changes goes with it."""
    with psycopg.connect(base[0], autocommit=True, options="-c timezone=UTC") as connection:
        for table in CHANGED:
            connection.execute(f"create temp table kept_{table} as table ops.{table}")
        yield connection
        connection.execute("truncate board.patrol_cells, board.patrol_pass")
        connection.execute("delete from board.settings where key in ('positions_days', 'mode')")
        for table in CHANGED:
            connection.execute(f"delete from ops.{table}")
            connection.execute(f"insert into ops.{table} select * from kept_{table}")


@pytest.fixture(scope="module")
def engine(base: tuple[str, Oracle]) -> Iterator[Engine]:
    made = make_engine(base[0])
    yield made
    made.dispose()


def keep(conn: Conn, now: datetime = NOW) -> int:
    with conn.transaction():
        return patrols.keep(conn, now)


def whole_pass(conn: Conn, now: datetime) -> None:
    """To the end of a pass that goes on, and once through all."""
    for _ in range(4):
        keep(conn, now)


def heat(engine: Engine, now: datetime = NOW) -> dict[str, tuple[int, list[int], list[int]]]:
    """Of each grid: patrols, and by cell the patrols that came and the events."""
    with reading(engine) as conn:
        found = month.patrol_month(conn, NOW - 3 * DAY, now, now, EVERYWHERE.values())
    return {
        one.code: (one.heat.patrols, one.heat.days.tolist(), one.heat.events.tolist()) for one in found.grids
    }


def covered(engine: Engine, code: str, window: Window) -> tuple[int | None, int | None]:
    (reading_,) = measure(engine, code, EVERYTHING, now=NOW, window=window, keys=["coverage"]).readings
    return reading_.n, reading_.d


def own_fix(conn: Conn, shift: int, place: int, after: timedelta) -> None:
    """A fix of a shift in another cell of the own grid's southern edge for each place."""
    lon = WEST + STEP * (0.04 + 0.06 * place)
    conn.execute(
        "insert into ops.positions (worker_id, fixed_at, lon, lat)"
        " select worker_id, starts_at + %s, %s, %s from ops.shifts where id = %s",
        (after, lon, SOUTH + STEP * 0.04, shift),
    )


def shift_of(conn: Conn, starts_at: datetime) -> int:
    row = conn.execute(
        "select w.id from ops.workers w join ops.regions r on r.id = w.region_id"
        " where r.code = %s and w.role = 'grid_worker' order by w.id limit 1",
        (GRID,),
    ).fetchone()
    assert row is not None
    conn.execute(
        "select setval(pg_get_serial_sequence('ops.shifts', 'id'), (select max(id) from ops.shifts))"
    )
    return insert_shift(conn, row[0], starts_at=starts_at)


def row_of(conn: Conn, shift: int) -> tuple[int, int] | None:
    found = conn.execute(
        "select fixes, visited from board.patrol_cells where shift_id = %s", (shift,)
    ).fetchone()
    return None if found is None else (found[0], found[1])


def test_what_is_kept_is_what_the_fixes_say(base: tuple[str, Oracle], conn: Conn, engine: Engine) -> None:
    before = heat(engine)
    assert sum(max(days) for _, days, _ in before.values()) > 20
    assert keep(conn) > 20
    assert keep(conn) == 0
    conn.execute(f"delete from ops.positions p using board.patrol_cells c where {OF_SHIFT}")
    assert heat(engine) == before
    for window in WINDOWS:
        for code in CODES:
            assert covered(engine, code, window) == base[1].coverage(code, window.start, window.end, NOW), (
                code
            )
    parts = breakdown(engine, "D", EVERYTHING, now=NOW, window=WINDOWS[0], keys=["coverage"])
    for part in parts:
        assert (part.readings[0].n, part.readings[0].d) == covered(engine, part.region.code, WINDOWS[0])


def test_a_grid_that_is_drawn_anew_shows_its_month_on_the_last_drawing(conn: Conn, engine: Engine) -> None:
    turn = NOW - 20 * HOUR
    shape = shapely.box(WEST + STEP / 3, SOUTH + STEP / 4, WEST + STEP * 1.4, SOUTH + STEP)
    conn.execute(
        "with old as (update ops.region_versions v set valid_to = %(turn)s from ops.regions r"
        "  where r.id = v.region_id and r.code = %(code)s returning v.region_id, v.parent_id)"
        " insert into ops.region_versions (region_id, parent_id, geom, label_lon, label_lat, valid_from)"
        " select region_id, parent_id, %(geom)s, 103.8, 30.7, %(turn)s from old",
        {"turn": turn, "code": GRID, "geom": shape.wkb},
    )
    early, late = shift_of(conn, turn - 9 * HOUR), shift_of(conn, turn + HOUR)
    for place in range(12):
        own_fix(conn, early, place, 10 * MINUTE * place)
        own_fix(conn, late, place + 4, 10 * MINUTE * place)
    before = heat(engine)
    assert len(before[GRID][1]) == cells_of(shape).count
    keep(conn)
    drawings = conn.execute(
        "select shift_id, count(*) from board.patrol_cells where shift_id in (%s, %s) group by 1 order by 1",
        (early, late),
    ).fetchall()
    assert drawings == [(early, 2), (late, 1)]
    conn.execute(f"delete from ops.positions p using board.patrol_cells c where {OF_SHIFT}")
    assert heat(engine) == before
    # corrected in place: what was kept for the old drawing holds no longer
    conn.execute(
        "update ops.region_versions set geom = %s where valid_from = %s", (shape.buffer(0.002).wkb, turn)
    )
    assert sum(heat(engine)[GRID][1]) < sum(before[GRID][1])


def test_fixes_that_come_late_and_shifts_that_change_are_counted(conn: Conn, engine: Engine) -> None:
    shift = shift_of(conn, NOW - 20 * HOUR)
    end = NOW - 12 * HOUR
    own_fix(conn, shift, 0, HOUR)
    keep(conn, end + 9 * MINUTE)
    assert row_of(conn, shift) is None
    keep(conn, end + 10 * MINUTE)
    assert row_of(conn, shift) == (1, 1)
    own_fix(conn, shift, 1, 2 * HOUR)
    keep(conn, end + 59 * MINUTE)
    assert row_of(conn, shift) == (1, 1)
    keep(conn, end + HOUR)
    assert row_of(conn, shift) == (2, 2)
    own_fix(conn, shift, 2, 3 * HOUR)
    for now, fixes in ((end + 23 * HOUR, 2), (end + DAY, 3)):
        keep(conn, now)
        assert row_of(conn, shift) == (fixes, fixes)
    own_fix(conn, shift, 3, 4 * HOUR)
    whole_pass(conn, end + 9 * DAY)
    assert row_of(conn, shift) == (4, 4)
    kept = heat(engine)[GRID]
    conn.execute(
        "update ops.shifts set checked_out_at = starts_at + interval '150 minutes' where id = %s", (shift,)
    )
    changed = heat(engine)[GRID]
    assert sum(kept[1]) - sum(changed[1]) == 2
    whole_pass(conn, end + 9 * DAY)
    assert row_of(conn, shift) == (2, 2)
    assert heat(engine)[GRID] == changed


def test_the_past_is_looked_through_from_the_newest_to_the_oldest_that_is_kept(
    conn: Conn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patrols, "MOST", 2)
    monkeypatch.setattr(patrols, "SEEN_AT_ONCE", 3)
    conn.execute("delete from ops.shifts")
    put_setting(conn, "positions_days", 40)
    shifts = [shift_of(conn, NOW - days * DAY) for days in range(1, 48, 3)]
    made: list[int] = []
    for _ in range(40):
        keep(conn)
        rows = conn.execute("select shift_id from board.patrol_cells order by made_at, since desc").fetchall()
        assert len(rows) - len(made) <= 2
        assert [row[0] for row in rows][: len(made)] == made
        made = [row[0] for row in rows]
    assert made == shifts[:14]
    conn.execute("delete from board.patrol_cells where shift_id = %s", (shifts[9],))
    for _ in range(20):
        keep(conn)
    assert row_of(conn, shifts[9]) == (0, 0)


def test_it_goes_with_the_fixes_and_history_that_is_replayed_stays(conn: Conn) -> None:
    old, new = shift_of(conn, NOW - 30 * DAY), shift_of(conn, NOW - 29 * DAY)
    own_fix(conn, new, 0, HOUR)
    whole_pass(conn, NOW)
    assert (row_of(conn, old), row_of(conn, new)) == ((0, 0), (1, 1))
    put_setting(conn, "positions_days", 20)
    put_setting(conn, "mode", "replay")
    work.drop_positions(conn, NOW)
    assert (row_of(conn, old), row_of(conn, new)) == (None, (1, 1))
    conn.execute("delete from board.settings where key = 'mode'")
    work.drop_positions(conn, NOW)
    assert row_of(conn, new) is None
    assert keep(conn) == 0


def test_patrols_that_go_on_are_left_out_where_they_are_many(
    conn: Conn, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(conn)
    running = shift_of(conn, NOW - HOUR)
    own_fix(conn, running, 0, MINUTE)
    everybody = heat(engine)
    monkeypatch.setattr(month, "MOST_READ", 0)
    with reading(engine) as session:
        found = month.patrol_month(session, NOW - 3 * DAY, NOW, NOW, EVERYWHERE.values())
    assert found.waiting == sum(patrols_ for patrols_, _, _ in everybody.values()) - sum(
        one.heat.patrols for one in found.grids
    )
    assert found.waiting >= 1
    for one in found.grids:
        assert np.all(one.heat.days <= np.array(everybody[one.code][1]))
