"""Reminders and orders on their way to the departments: a real database, and a real receiver that fails at times."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from dashboard.cli import commands
from dashboard.domain.acts import Order
from dashboard.domain.policy import DEMO, EVERYTHING, Act
from data_access import deliveries
from data_access.deliveries import Pace, claim, deliver_due, delivering
from data_access.engine import make_engine
from data_access.queries.session import reading
from data_access.queries.supervision import paper
from data_access.writes.acts import perform
from data_access.writes.webhooks import DepartmentNotThere, end_webhook, retry_failed, set_webhook
from tests.builders import insert_event
from tests.receiver import Receiver, receiving

Conn = psycopg.Connection[Any]
NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECRET = "a secret of the city management"
QUICK = Pace(first=timedelta(milliseconds=20), longest=timedelta(milliseconds=100), timeout_s=5, idle_s=0.02)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def receiver(conn: Conn) -> Iterator[Receiver]:
    with receiving() as receiver:
        conn.execute("insert into ops.departments (code, name) values ('CG', '城管局'), ('WY', '物业科')")
        set_webhook(conn, "CG", receiver.url, SECRET)
        yield receiver


def issue(conn: Conn, engine: Engine, act: Act = Act.SUPERVISE, department: str = "CG") -> int:
    """The id of a paper about a new event of a department."""
    id_ = insert_event(
        conn, reported_at=NOW - HOUR, due_at=NOW + HOUR, reporter="张先生 13800000000", text="私人内容"
    )
    conn.execute(
        "update ops.events set department_id = (select id from ops.departments where code = %s) where id = %s",
        (department, id_),
    )
    code, version = row(conn, "select code, version from ops.events where id = %s", id_)
    due_at = NOW + 8 * HOUR if act is Act.SUPERVISE else None
    order = Order(act=act, version=version, reason="请尽快处理", due_at=due_at)
    done = perform(engine, DEMO, code, order, NOW)
    assert done.paper is not None
    return done.paper.id


def row(conn: Conn, query: str, *values: object) -> tuple[Any, ...]:
    found: tuple[Any, ...] | None = conn.execute(query, values).fetchone()
    assert found is not None
    return found


def settled(conn: Conn, *states: str) -> list[tuple[Any, ...]]:
    """Deliveries once none waits any more."""
    for _ in range(3000):
        found = conn.execute("select state, attempts from board.deliveries order by id").fetchall()
        if all(state != "pending" for state, _ in found):
            assert [state for state, _ in found] == list(states), found
            return found
        threading.Event().wait(0.02)
    raise AssertionError(found)


@contextmanager
def one_round(database_url: str, pace: Pace = QUICK) -> Iterator[tuple[httpx.Client, ThreadPoolExecutor]]:
    with deliveries._client(pace) as client, ThreadPoolExecutor(4) as pool:
        yield client, pool


def test_an_order_reaches_its_department_signed(
    conn: Conn, engine: Engine, database_url: str, receiver: Receiver
) -> None:
    id_ = issue(conn, engine)
    with delivering(database_url, threading.Event(), QUICK):
        (came,) = receiver.wait(1)
        settled(conn, "delivered")
    assert came.genuine(SECRET)
    assert not came.genuine(SECRET + "!")
    told = came.json()
    assert told["kind"] == "order"
    assert told["number"] == f"DB20261120-{id_:06d}"
    assert told["due_at"] == "2026-11-20T22:00:00+08:00"
    assert told["department"] == {"code": "CG", "name": "城管局"}
    assert told["event"]["category"]["code"] == "A01"
    assert (told["reason"], told["issued_by"]) == ("请尽快处理", "演示用户")
    assert "张先生" not in came.body.decode()
    assert "私人" not in came.body.decode()
    with reading(engine) as look:
        shown, attempts = paper(look, id_, EVERYTHING, NOW)
    assert (shown.delivery, shown.attempts, shown.delivered_at is not None) == ("delivered", 1, True)
    assert [(one.number, one.status, one.error) for one in attempts] == [(1, 204, None)]


def test_what_fails_is_sent_again_alike_until_it_is_taken(
    conn: Conn, engine: Engine, database_url: str, receiver: Receiver
) -> None:
    receiver.answers = [500, None, 302, 404, 200]
    id_ = issue(conn, engine, Act.REMIND)
    with delivering(database_url, threading.Event(), QUICK):
        came = receiver.wait(5)
        assert settled(conn, "delivered") == [("delivered", 5)]
    assert len({one.body for one in came}) == 1
    assert len({one.headers["X-Quanyu-Delivery"] for one in came}) == 1
    assert all(one.genuine(SECRET) for one in came)
    with reading(engine) as look:
        _, attempts = paper(look, id_, EVERYTHING, NOW)
    assert [one.status for one in attempts] == [500, None, 302, 404, 200]
    assert "RemoteProtocolError" in str(attempts[1].error)


def test_a_receiver_that_is_away_gets_it_when_it_is_back(
    conn: Conn, engine: Engine, database_url: str, receiver: Receiver
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    set_webhook(conn, "CG", f"http://127.0.0.1:{port}/hook", SECRET)
    issue(conn, engine)
    with one_round(database_url) as (client, pool):
        assert deliver_due(database_url, client, pool, QUICK) == 1
    assert row(conn, "select state, attempts from board.deliveries") == ("pending", 1)
    status, error = row(conn, "select status, error from board.delivery_attempts")
    assert status is None
    assert error.startswith("ConnectError")
    with receiving(port) as back, delivering(database_url, threading.Event(), QUICK):
        (came,) = back.wait(1)
        settled(conn, "delivered")
    assert came.genuine(SECRET)


def test_a_failure_that_nobody_thought_of_does_not_end_deliveries(
    conn: Conn, engine: Engine, database_url: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, failures = deliveries.claim, [RuntimeError("no such thing"), psycopg.DataError("nor this")]

    def failing(connection: Conn) -> list[deliveries.Message]:
        if failures:
            raise failures.pop()
        return claim(connection)

    monkeypatch.setattr(deliveries, "claim", failing)
    issue(conn, engine)
    with delivering(database_url, threading.Event(), QUICK):
        settled(conn, "delivered")
    assert failures == []


def test_one_that_is_never_taken_is_given_up_on_record_and_can_be_tried_again(
    conn: Conn, engine: Engine, database_url: str, receiver: Receiver
) -> None:
    pace = Pace(first=QUICK.first, longest=QUICK.longest, most_attempts=3, timeout_s=5, idle_s=0.02)
    receiver.answers = [500, 500, 500]
    issue(conn, engine)
    with delivering(database_url, threading.Event(), pace):
        assert settled(conn, "failed") == [("failed", 3)]
    receiver.answers = [410]
    issue(conn, engine)
    with delivering(database_url, threading.Event(), pace):
        settled(conn, "failed", "failed")
    assert retry_failed(conn, "CG") == 2
    with delivering(database_url, threading.Event(), pace):
        settled(conn, "delivered", "delivered")
    assert len(receiver.received) == 6


def test_a_department_without_an_address_is_on_the_ledger_alone(
    conn: Conn, engine: Engine, receiver: Receiver
) -> None:
    id_ = issue(conn, engine, department="WY")
    assert row(conn, "select count(*) from board.deliveries") == (0,)
    with reading(engine) as look:
        assert paper(look, id_, EVERYTHING, NOW)[0].delivery is None


def test_an_address_that_was_taken_back_is_told_nothing(
    conn: Conn, engine: Engine, database_url: str, receiver: Receiver
) -> None:
    issue(conn, engine)
    assert end_webhook(conn, "CG")
    assert not end_webhook(conn, "CG")
    issue(conn, engine)
    with one_round(database_url) as (client, pool):
        deliver_due(database_url, client, pool, QUICK)
    assert conn.execute("select state from board.deliveries").fetchall() == [("cancelled",)]
    assert receiver.received == []


def test_what_waits_goes_to_the_new_address(
    conn: Conn, engine: Engine, database_url: str, receiver: Receiver
) -> None:
    issue(conn, engine)
    with receiving() as moved:
        set_webhook(conn, "CG", moved.url, SECRET * 2)
        with delivering(database_url, threading.Event(), QUICK):
            (came,) = moved.wait(1)
            settled(conn, "delivered")
    assert came.genuine(SECRET * 2)
    assert receiver.received == []


def test_two_processes_send_each_paper_once(
    conn: Conn, engine: Engine, database_url: str, receiver: Receiver
) -> None:
    for _ in range(30):
        issue(conn, engine)
    with (
        delivering(database_url, threading.Event(), QUICK),
        delivering(database_url, threading.Event(), QUICK),
    ):
        receiver.wait(30)
        settled(conn, *["delivered"] * 30)
    sent = [one.headers["X-Quanyu-Delivery"] for one in receiver.received]
    assert len(sent) == len(set(sent)) == 30


def test_a_claim_that_nobody_finished_is_taken_up_again(
    conn: Conn, engine: Engine, database_url: str, receiver: Receiver
) -> None:
    issue(conn, engine)
    (message,) = claim(conn)
    assert claim(conn) == []
    conn.execute("update board.deliveries set next_at = clock_timestamp()")  # the lease has passed
    with delivering(database_url, threading.Event(), QUICK):
        (came,) = receiver.wait(1)
        assert settled(conn, "delivered") == [("delivered", 2)]
    assert came.body.decode() == message.body


def test_papers_of_field_systems_are_delivered_too_and_bulk_loads_are_not(
    conn: Conn, receiver: Receiver
) -> None:
    event = insert_event(conn, reported_at=NOW)
    insert = (
        "insert into ops.supervision (event_id, kind, department_id) select %s, 'order', id"
        " from ops.departments where code = 'CG'"
    )
    conn.execute(insert, (event,))
    with conn.transaction():
        conn.execute("set local quanyu.bulk = 'on'")
        conn.execute(insert, (event,))
    assert row(conn, "select count(*) from board.deliveries") == (1,)


def test_the_commands_set_end_and_list_addresses(
    conn: Conn, receiver: Receiver, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUANYU_DATABASE_URL", database_url)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    run = CliRunner().invoke
    made = run(commands, ["department", "webhook", "WY", "https://localhost/hook"])
    assert made.exit_code == 0, made.output
    secret = made.stdout.strip()
    found = row(
        conn,
        "select w.url, w.secret from board.webhooks w join ops.departments d on d.id = w.department_id"
        " where d.code = 'WY'",
    )
    assert found == ("https://localhost/hook", secret)
    listed = run(commands, ["department", "list"]).stdout
    assert receiver.url in listed
    assert SECRET not in listed
    assert secret not in listed
    for bad in ("ftp://localhost/x", "localhost/hook", f"http://{'user:word'}@localhost/hook", "http:///x"):
        assert run(commands, ["department", "webhook", "WY", bad]).exit_code != 0
    assert run(commands, ["department", "webhook", "WY", "http://localhost/x", "--secret", "short"]).exit_code
    assert run(commands, ["department", "retry", "WY"]).exit_code == 0
    assert "told no more" in run(commands, ["department", "unhook", "WY"]).output
    with pytest.raises(DepartmentNotThere):
        set_webhook(conn, "none", "http://localhost/x", SECRET)
