"""Imported events and tracks, played again: as they stood at this time of day, and on from there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from dashboard.simulation import run
from dashboard.simulation.replay import NothingToReplay, Replay
from data_access.writes.positions import Fix
from tests.builders import insert_event, insert_worker, make_district

Conn = psycopg.Connection[Any]
ZONE = ZoneInfo("Asia/Shanghai")
DAY = datetime(2011, 8, 28, tzinfo=ZONE)
NOON = datetime(2026, 11, 20, 12, tzinfo=ZONE)


@pytest.fixture
def conn(database_url: str) -> Iterator[Conn]:
    with psycopg.connect(database_url, options="-c timezone=UTC") as connection:
        make_district(connection)
        connection.commit()
        yield connection


def one(conn: Conn, statement: str, *values: object) -> Any:
    row = conn.execute(statement, values).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row


def imported(conn: Conn, code: str, reported: timedelta, closed: timedelta | None, **values: object) -> int:
    """An event reported so long after the busiest day's midnight and closed so long after its report."""
    at = DAY + reported
    ended = at + closed if closed is not None else None
    clocks = {"accepted_at": at, "filed_at": at, "dispatched_at": at}
    if ended is not None:
        clocks |= dict.fromkeys(
            ("resolved_at", "replied_at", "verified_at", "closed_at", "evaluated_at"), ended
        )
    return insert_event(
        conn,
        code=code,
        reported_at=at,
        due_at=at + timedelta(hours=8),
        state="open" if ended is None else "closed",
        stage="handle" if ended is None else "done",
        **clocks,
        **values,
    )


def busy_day(conn: Conn) -> None:
    imported(conn, "yesterday", timedelta(hours=-20), timedelta(hours=4))
    imported(conn, "morning", timedelta(hours=9), timedelta(hours=1))
    imported(conn, "at work", timedelta(hours=11), timedelta(hours=2))
    imported(conn, "evening", timedelta(hours=18), timedelta(hours=1))
    imported(conn, "never", timedelta(hours=10), None)
    conn.commit()


def states(conn: Conn) -> dict[str, tuple[str, str]]:
    return {
        row[0]: (row[1], row[2])
        for row in conn.execute("select code, state, stage from ops.events").fetchall()
    }


def test_the_busiest_day_becomes_today_as_it_stood_at_this_time(conn: Conn) -> None:
    busy_day(conn)
    Replay(conn, 1.0, NOON)
    assert states(conn) == {
        "yesterday": ("closed", "done"),
        "morning": ("closed", "done"),
        "at work": ("open", "handle"),
        "never": ("open", "handle"),
    }
    at = one(conn, "select reported_at from ops.events where code = 'morning'")
    assert at == datetime(2026, 11, 20, 9, tzinfo=ZONE)
    assert one(conn, "select due_at - reported_at from ops.events where code = 'never'") == timedelta(hours=8)
    assert one(conn, "select closed_at from ops.events where code = 'at work'") is None
    assert one(conn, "select value from board.settings where key = 'mode'") == "replay"
    assert one(conn, "select kind from board.outbox order by id desc limit 1") == "resync"


def test_held_back_rows_come_and_close_at_their_moment(conn: Conn) -> None:
    busy_day(conn)
    replay = Replay(conn, 1.0, NOON)
    replay.advance(NOON + timedelta(minutes=59))
    assert states(conn)["at work"] == ("open", "handle")
    outbox = one(conn, "select count(*) from board.outbox where kind = 'event'")
    replay.advance(NOON + timedelta(minutes=61))
    assert states(conn)["at work"] == ("closed", "done")
    assert one(conn, "select count(*) from board.outbox where kind = 'event'") == outbox + 1
    assert "evening" not in states(conn)
    replay.advance(NOON + timedelta(hours=6, seconds=1))
    assert states(conn)["evening"] == ("open", "handle")
    assert one(conn, "select reported_at from ops.events where code = 'evening'") == NOON + timedelta(hours=6)


def test_a_fast_replay_keeps_real_timestamps(conn: Conn) -> None:
    busy_day(conn)
    replay = Replay(conn, 60.0, NOON)
    replay.advance(NOON + timedelta(minutes=6, seconds=1))
    assert one(conn, "select reported_at from ops.events where code = 'evening'") == NOON + timedelta(
        minutes=6
    )
    assert one(conn, "select closed_at from ops.events where code = 'at work'") == NOON + timedelta(minutes=1)
    assert one(conn, "select reported_at from ops.events where code = 'morning'") == NOON - timedelta(hours=3)


def test_it_begins_again_after_the_last_day_and_at_every_start(conn: Conn) -> None:
    busy_day(conn)
    replay = Replay(conn, 1.0, NOON)
    replay.advance(NOON + timedelta(hours=11))
    assert states(conn)["evening"] == ("closed", "done")
    replay.advance(NOON + timedelta(hours=12, minutes=1))
    assert states(conn) == {"yesterday": ("closed", "done")}  # a new day, the same one
    rebuilt = one(conn, "select count(*) from board.outbox where kind = 'resync'")
    replay.advance(NOON + timedelta(hours=12, minutes=2))
    assert one(conn, "select count(*) from board.outbox where kind = 'resync'") == rebuilt
    Replay(conn, 1.0, NOON + timedelta(days=3, hours=2))
    assert states(conn)["at work"] == ("closed", "done")
    assert one(conn, "select reported_at from ops.events where code = 'morning'") == NOON + timedelta(
        days=3, hours=-3
    )
    assert one(conn, "select count(*) from replay.events") == 5
    assert one(conn, "select reported_at from replay.events where code = 'morning'") == DAY + timedelta(
        hours=9
    )


def test_samples_of_yesterday_count_what_was_open_then(conn: Conn) -> None:
    busy_day(conn)
    Replay(conn, 1.0, NOON)
    found = dict(
        conn.execute(
            "select s.at, s.counters from board.samples s join ops.regions r on r.id = s.region_id"
            " where level = 'district'"
        ).fetchall()
    )
    assert found[datetime(2026, 11, 19, 6, tzinfo=ZONE)] == {"open": 1, "overdue": 0}
    assert found[datetime(2026, 11, 20, 12, tzinfo=ZONE)] == {"open": 2, "overdue": 0}


def test_tracks_go_round_and_their_workers_are_on_duty(conn: Conn) -> None:
    worker = insert_worker(conn)
    start = datetime(2009, 3, 11, 8, tzinfo=UTC)
    fixes = [
        Fix(
            worker_id=worker,
            fixed_at=start + timedelta(seconds=2 * at),
            received_at=start,
            lon=103.8 + at / 1e5,
            lat=30.7,
        )
        for at in range(1000)
    ]
    with conn.cursor() as cursor:
        cursor.executemany(
            "insert into ops.positions (worker_id, fixed_at, lon, lat) values (%s, %s, %s, %s)",
            [(one.worker_id, one.fixed_at, one.lon, one.lat) for one in fixes],
        )
    conn.commit()
    begun = datetime.now(UTC) - timedelta(hours=2)
    replay = Replay(conn, 1.0, begun)
    for tick in range(1, 3000, 3):
        replay.advance(begun + timedelta(seconds=tick))
    played = one(conn, "select count(*) from ops.positions where fixed_at > %s", begun)
    assert 500 < played < 1000
    assert one(conn, "select count(*) from ops.latest_positions") == 1
    assert (
        one(
            conn,
            "select count(*) from ops.shifts where worker_id = %s and checked_in_at <= %s and ends_at > %s",
            worker,
            begun,
            begun,
        )
        == 1
    )
    assert one(conn, "select count(*) from ops.positions where fixed_at < '2010-01-01'") == 1000
    Replay(conn, 1.0, begun + timedelta(hours=1))
    assert one(conn, "select count(*) from replay.tracks") == 1000


def test_without_imported_data_it_says_what_to_do(database_url: str) -> None:
    with pytest.raises(NothingToReplay, match="Import"):
        run(database_url, profile="test", speed=1.0, replay=True, stop=threading.Event())
