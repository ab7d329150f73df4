"""Timed jobs: each does its part once, however many processes there are."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from data_access import work
from data_access.work import Job, do, run_work
from data_access.writes import partitions
from tests.builders import insert_event, make_district, put_setting

Conn = psycopg.Connection[Any]


@pytest.fixture
def conn(database_url: str) -> Iterator[Conn]:
    with psycopg.connect(database_url, autocommit=True, options="-c timezone=UTC") as connection:
        yield connection


def job(name: str) -> Job:
    return next(one for one in work.JOBS if one.name == name)


def one(conn: Conn, statement: str, *values: object) -> Any:
    row = conn.execute(statement, values).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row


def test_each_job_has_a_key_of_its_own() -> None:
    assert len({one.key for one in work.JOBS}) == len(work.JOBS)


def test_partitions_reach_a_week_ahead(conn: Conn) -> None:
    now = datetime.now(UTC)
    assert do(conn, job("partitions"), now) == 8
    assert do(conn, job("partitions"), now) == 0
    assert partitions.days(conn)[-1] == now.date() + timedelta(days=7)


def test_sessions_go_when_they_have_run_out(conn: Conn) -> None:
    now = datetime.now(UTC)
    user = one(
        conn, "insert into board.users (login, name, roles) values ('a', 'A', '{analyst}') returning id"
    )
    for digest, ends_at in ((b"over", now - timedelta(minutes=1)), (b"open", now + timedelta(minutes=1))):
        conn.execute(
            "insert into board.sessions (digest, user_id, expires_at) values (%s, %s, %s)",
            (digest, user, ends_at),
        )
    assert do(conn, job("sessions"), now) == 1
    assert one(conn, "select digest from board.sessions") == b"open"


def test_old_positions_go_by_the_day(conn: Conn) -> None:
    now = datetime.now(UTC)
    partitions.ensure(conn, now.date() - timedelta(days=94), now.date() - timedelta(days=91))
    assert do(conn, job("positions_retention"), now) == 2
    assert partitions.days(conn)[0] == now.date() - timedelta(days=92)


def test_samples_thin_out_with_age(conn: Conn) -> None:
    district = make_district(conn)
    region = next(iter(district.values()))
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    ages = {
        "minutes": timedelta(hours=1),
        "tens": timedelta(days=4),
        "hours": timedelta(days=36),
        "gone": timedelta(days=401),
    }
    for age in ages.values():
        conn.execute(
            "insert into board.samples (region_id, at, counters)"
            " select %s, %s - make_interval(mins => m), '{}' from generate_series(0, 59) as m",
            (region, now - age - timedelta(seconds=1)),
        )
    do(conn, job("samples_retention"), now)
    left = {
        name: one(
            conn,
            "select count(*) from board.samples where at <= %s and at > %s",
            now - age,
            now - age - timedelta(minutes=61),
        )
        for name, age in ages.items()
    }
    assert left == {"minutes": 60, "tens": 6, "hours": 1, "gone": 0}
    assert do(conn, job("samples_retention"), now) == 0


def test_overdue_events_go_up_and_come_off_supervision_when_closed(conn: Conn) -> None:
    make_district(conn)
    now = datetime.now(UTC)
    due = {"fresh": 1, "day": 30, "week": 170}
    ids = {
        name: insert_event(
            conn, reported_at=now - timedelta(hours=hours + 20), due_at=now - timedelta(hours=hours)
        )
        for name, hours in due.items()
    }
    assert do(conn, job("escalation"), now) == 2
    assert do(conn, job("escalation"), now) == 0
    levels = dict(conn.execute("select id, escalation from ops.events").fetchall())
    assert [levels[ids[name]] for name in due] == [0, 1, 2]
    kinds = dict(conn.execute("select event_id, kind from ops.supervision").fetchall())
    assert kinds == {ids["day"]: "reminder", ids["week"]: "order"}
    assert one(conn, "select count(*) from ops.event_steps where action = 'escalate'") == 2
    conn.execute("update ops.events set state = 'closed', closed_at = now() where id = %s", (ids["week"],))
    assert do(conn, job("escalation"), now) == 1
    assert one(conn, "select closed_at is not null from ops.supervision where event_id = %s", ids["week"])


def test_a_district_raises_events_by_its_own_rules_and_says_to_whom(conn: Conn) -> None:
    rules = [
        {
            "level": 1,
            "after_hours": 1,
            "kind": "order",
            "to": "科长",
            "to_en": "the section head",
            "severity": 2,
        }
    ]
    make_district(conn, settings={"escalation": rules})
    now = datetime.now(UTC)
    at = {"reported_at": now - timedelta(hours=9), "due_at": now - timedelta(hours=2)}
    minor, major, ordered = (insert_event(conn, **at, severity=severity) for severity in (1, 2, 3))
    conn.execute("insert into ops.supervision (event_id, kind) values (%s, 'order')", (ordered,))
    assert do(conn, job("escalation"), now) == 2
    levels = dict(conn.execute("select id, escalation from ops.events").fetchall())
    assert levels == {minor: 0, major: 1, ordered: 1}
    told = conn.execute(
        "select event_id, level, addressee, reason, due_at > now() from ops.supervision where level is not null"
    ).fetchall()
    assert told == [(major, 1, "科长", "超期 1 小时未办结，按规则升级至第 1 级，报科长。", True)]
    steps = conn.execute(
        "select event_id, note, details->>'to_en' from ops.event_steps where action = 'escalate' order by event_id"
    ).fetchall()
    assert steps == [(one_, told[0][3], "the section head") for one_ in (major, ordered)]


def test_papers_close_while_others_act_on_their_events(conn: Conn, database_url: str) -> None:
    make_district(conn)
    now = datetime.now(UTC)
    ids = [insert_event(conn, reported_at=now - timedelta(hours=1)) for _ in range(40)]
    for id_ in ids:
        conn.execute("insert into ops.supervision (event_id, kind) values (%s, 'order')", (id_,))
    conn.execute("update ops.events set state = 'closed', closed_at = now()")
    failed: list[psycopg.Error] = []

    def touch() -> None:
        try:
            with psycopg.connect(database_url) as other:
                for id_ in ids:
                    other.execute("update ops.events set version = version where id = %s", (id_,))
        except psycopg.Error as error:
            failed.append(error)

    threads = [threading.Thread(target=touch) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert do(conn, job("escalation"), now) == 40
    for thread in threads:
        thread.join()
    assert failed == []
    assert one(conn, "select count(*) from ops.supervision where closed_at is null") == 0


def test_a_job_that_another_process_does_is_left_alone(database_url: str, conn: Conn) -> None:
    with psycopg.connect(database_url) as other:
        other.execute("select pg_advisory_xact_lock(%s, %s)", (work.LOCK_SPACE, job("partitions").key))
        assert do(conn, job("partitions"), datetime.now(UTC)) == 0
    assert do(conn, job("partitions"), datetime.now(UTC)) == 8


def test_work_runs_its_jobs_and_stops_at_once(database_url: str) -> None:
    stop, done = threading.Event(), threading.Event()

    def notice(_connection: psycopg.Connection[Any], _now: datetime) -> int:
        done.set()
        return 0

    jobs = (Job(key=99, name="notice", every_s=3600, run=notice),)
    thread = threading.Thread(target=run_work, args=(database_url, stop), kwargs={"jobs": jobs})
    thread.start()
    assert done.wait(20)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()


def test_a_job_that_fails_is_told_and_tried_again_while_the_others_go_on(
    database_url: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "AGAIN_S", 0.0)
    monkeypatch.setattr(work, "ROUND_S", 0.01)
    stop, tries = threading.Event(), [0]

    def fail(connection: psycopg.Connection[Any], _now: datetime) -> int:
        connection.execute("select 1 / (%s::int - %s::int)", (1, 1))
        return 0

    def wrong(connection: psycopg.Connection[Any], _now: datetime) -> int:
        connection.execute("select * from ops.nothing")
        return 0

    def enough(_connection: psycopg.Connection[Any], _now: datetime) -> int:
        tries[0] += 1
        if tries[0] == 3:
            stop.set()
        return 0

    jobs = (
        Job(key=97, name="fail", every_s=3600, run=fail),
        Job(key=98, name="wrong", every_s=3600, run=wrong),
        Job(key=99, name="enough", every_s=0, run=enough),
    )
    run_work(database_url, stop, jobs=jobs)
    assert tries == [3]
    told = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [vars(record)["error"] for record in told[:2]] == ["DivisionByZero", "UndefinedTable"]
    assert "ops.nothing" in vars(told[1])["cause"]
    assert len(told) >= 4


def test_a_district_says_for_how_many_days_it_keeps_positions(conn: Conn) -> None:
    now = datetime.now(UTC)
    put_setting(conn, "positions_days", 10)
    partitions.ensure(conn, now.date() - timedelta(days=12), now.date())
    for days in (2, 9, 11, 300):
        at = now - timedelta(days=days)
        conn.execute(
            "insert into ops.positions (worker_id, fixed_at, lon, lat) values (1, %s, 103.8, 30.7)", (at,)
        )
    assert do(conn, job("positions_retention"), now) == 2 + 1
    assert one(conn, "select count(*), min(fixed_at) > now() - interval '10 days' from ops.positions") == (
        2,
        True,
    )


def test_imported_history_stays_where_it_is_replayed(conn: Conn) -> None:
    put_setting(conn, "mode", "replay")
    conn.execute(
        "insert into ops.positions (worker_id, fixed_at, lon, lat) values (1, '2009-03-11T08:00Z', 116.3, 39.9)"
    )
    do(conn, job("positions_retention"), datetime.now(UTC))
    assert one(conn, "select count(*) from ops.positions") == 1
