"""The only way in for positions: newest of each worker, rests, clocks ahead, writers in parallel; partitions."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from data_access.writes import partitions, positions
from data_access.writes.positions import Fix
from data_access.writes.session import writing

Conn = psycopg.Connection[Any]
LON, LAT = 103.9, 30.8
METRE = 1 / 111_195


@pytest.fixture
def conn(database_url: str) -> Iterator[Conn]:
    with psycopg.connect(database_url, options="-c timezone=UTC") as connection:
        yield connection


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=30)


def fix(worker: int, at: datetime, north_m: float = 0.0, **values: Any) -> Fix:
    return Fix(worker_id=worker, fixed_at=at, received_at=at, lon=LON, lat=LAT + north_m * METRE, **values)


def newest(conn: Conn, worker: int) -> tuple[datetime, float, datetime]:
    row = conn.execute(
        "select fixed_at, (lat - %s) / %s, still_since from ops.latest_positions where worker_id = %s",
        (LAT, METRE, worker),
    ).fetchone()
    assert row is not None
    return row[0], row[1], row[2]


def test_the_newest_fix_of_each_worker_wins_in_any_order(conn: Conn, now: datetime) -> None:
    fixes = [fix(worker, now + timedelta(seconds=age)) for worker in (3, 1, 2) for age in (5, 9, 0)]
    random.Random(1).shuffle(fixes)
    assert positions.write(conn, fixes) == 9
    assert (
        positions.write(conn, [fix(2, now + timedelta(seconds=3)), fix(2, now + timedelta(seconds=9))]) == 2
    )
    assert [newest(conn, worker)[0] - now for worker in (1, 2, 3)] == [timedelta(seconds=9)] * 3
    row = conn.execute("select count(*) from ops.positions").fetchone()
    assert row == (11,)


def test_a_fix_far_ahead_of_the_server_hides_nothing(conn: Conn) -> None:
    server = datetime.now(UTC)
    fixes = [
        fix(1, server - timedelta(seconds=5)),
        fix(1, server + timedelta(minutes=5)),
        fix(2, server + timedelta(hours=2)),
    ]
    assert positions.write(conn, fixes) == 3
    assert newest(conn, 1)[0] == server - timedelta(seconds=5)
    assert conn.execute("select count(*) from ops.latest_positions").fetchone() == (1,)
    assert positions.write(conn, [fix(1, server + timedelta(seconds=30))]) == 1
    assert newest(conn, 1)[0] == server + timedelta(seconds=30)


def test_a_rest_lasts_while_fixes_stay_within_fifty_metres_of_its_beginning(
    conn: Conn, now: datetime
) -> None:
    walk = [(0, 0.0), (60, 40.0), (120, 49.0), (180, 20.0)]
    for seconds, north_m in walk:
        positions.write(conn, [fix(1, now + timedelta(seconds=seconds), north_m)])
    assert newest(conn, 1)[2] == now
    positions.write(conn, [fix(1, now + timedelta(seconds=240), 51.0)])
    assert newest(conn, 1)[2] == now + timedelta(seconds=240)
    positions.write(conn, [fix(1, now + timedelta(seconds=300), 2.0)])
    assert newest(conn, 1)[2] == now + timedelta(seconds=240)


def test_what_a_device_does_not_say_stays_unknown(conn: Conn, now: datetime) -> None:
    positions.write(
        conn, [fix(1, now), fix(2, now, accuracy_m=4.5, speed_mps=1.25, heading_deg=359.6, battery_pct=7)]
    )
    rows = conn.execute(
        "select accuracy_m, speed_mps, heading_deg, battery_pct from ops.latest_positions order by worker_id"
    ).fetchall()
    assert rows == [(None, None, None, None), (4.5, 1.25, 360.0, 7)]
    assert positions.write(conn, []) == 0


def test_writers_in_parallel_never_block_each_other_for_good(database_url: str, now: datetime) -> None:
    errors: list[Exception] = []

    def write(place: int) -> None:
        chance = random.Random(place)
        try:
            with writing(database_url, f"writer {place}") as connection:
                for batch in range(15):
                    at = now + timedelta(seconds=batch)
                    positions.write(
                        connection, [fix(worker, at) for worker in chance.sample(range(300), 200)]
                    )
                    connection.commit()
        except Exception as error:  # noqa: BLE001  a thread's failure is the finding
            errors.append(error)

    threads = [threading.Thread(target=write, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    with psycopg.connect(database_url) as connection:
        wrong = connection.execute(
            "select count(*) from ops.latest_positions l where fixed_at <>"
            " (select max(fixed_at) from ops.positions p where p.worker_id = l.worker_id)"
        ).fetchone()
        assert wrong == (0,)
        assert connection.execute("select count(*) from ops.positions").fetchone() == (4 * 15 * 200,)


def test_partitions_take_over_the_rows_that_came_before_them(conn: Conn) -> None:
    day = date(2026, 3, 14)
    noon = datetime(2026, 3, 14, 12, tzinfo=UTC)
    positions.write(conn, [fix(1, noon), fix(1, noon + timedelta(days=1))])
    assert partitions.ensure(conn, day, day) == 1
    assert partitions.ensure(conn, day, day) == 0
    assert partitions.days(conn) == [day]
    assert conn.execute("select count(*) from only ops.positions_20260314").fetchone() == (1,)
    assert conn.execute("select count(*) from only ops.positions_default").fetchone() == (1,)
    assert conn.execute("select count(*) from ops.positions").fetchone() == (2,)
    positions.write(conn, [fix(2, noon)])
    assert conn.execute("select count(*) from only ops.positions_20260314").fetchone() == (2,)


def test_old_partitions_go_and_the_default_one_stays(conn: Conn) -> None:
    first = date(2026, 3, 1)
    partitions.ensure(conn, first, first + timedelta(days=4))
    assert partitions.drop_before(conn, first + timedelta(days=3)) == 3
    assert partitions.days(conn) == [first + timedelta(days=3), first + timedelta(days=4)]
    assert conn.execute("select to_regclass('ops.positions_default') is not null").fetchone() == (True,)
