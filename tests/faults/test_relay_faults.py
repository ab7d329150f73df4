"""Relays, PostgreSQL and Valkey killed, frozen and restarted in the middle: nothing is lost, nothing counts twice."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from data_access.bus import HEAD_KEY, LOG_KEY, SNAPSHOT_KEY
from data_access.relay import LOCK
from tests.builders import insert_event
from tests.faults.rig import Rig


@pytest.fixture(scope="module")
def servers(scratch: Path) -> Iterator[Rig]:
    found = Rig(scratch / "rig")
    found.start()
    yield found
    found.stop()


@pytest.fixture
def rig(servers: Rig) -> Iterator[Rig]:
    servers.open()
    yield servers
    servers.close()


def test_leader_killed_with_a_standby(rig: Rig) -> None:
    leader = rig.leading()
    rig.standby()
    epoch = rig.epoch()
    leader.kill()
    rig.wait(lambda: rig.epoch() > epoch, "the standby to lead")
    rig.frames(20)
    rig.converge()


def test_leader_killed_and_started_again(rig: Rig) -> None:
    for _ in range(2):
        leader = rig.leading()
        rig.frames(10)
        leader.kill()
        leader.wait()
    rig.leading()
    rig.converge()


def test_leader_that_ends_in_order_hands_over_at_once(rig: Rig) -> None:
    leader = rig.leading()
    rig.standby()
    epoch = rig.epoch()
    leader.terminate()
    assert leader.wait(timeout=5) == 0
    rig.wait(lambda: rig.epoch() > epoch, "the standby to lead")
    rig.converge()


def test_frozen_leader_is_deposed_and_never_heard_again(rig: Rig) -> None:
    leader = rig.leading()
    rig.standby()
    epoch = rig.epoch()
    leader.send_signal(signal.SIGSTOP)
    rig.wait(lambda: rig.epoch() > epoch, "the standby to depose the frozen leader")
    rig.frames(10)
    leader.send_signal(signal.SIGCONT)
    rig.frames(40)
    rig.wait(lambda: rig.sessions() == 2, "the deposed leader to wait again")
    assert leader.poll() is None
    assert rig.epoch() == epoch + 1
    rig.converge()


def test_briefly_frozen_leader_goes_on(rig: Rig) -> None:
    leader = rig.leading()
    epoch = rig.epoch()
    leader.send_signal(signal.SIGSTOP)
    threading.Timer(2.0, leader.send_signal, [signal.SIGCONT]).start()
    rig.frames(20)
    rig.wait(lambda: rig.epoch() == epoch, "the status of the same term")
    rig.converge()


def test_both_relays_started_at_once(rig: Rig) -> None:
    rig.relay()
    rig.relay()
    rig.wait(lambda: rig.sessions() == 2 and rig.epoch() > 0, "one leader and one standby")
    rig.frames(20)
    assert len({epoch for epoch, _ in rig.tap.places}) == 1
    rig.converge()


def test_standby_killed(rig: Rig) -> None:
    rig.leading()
    standby = rig.standby()
    standby.kill()
    rig.frames(20)
    rig.converge()


def test_standby_frozen_while_the_leader_dies(rig: Rig) -> None:
    leader = rig.leading()
    standby = rig.standby()
    epoch = rig.epoch()
    standby.send_signal(signal.SIGSTOP)
    leader.kill()
    leader.wait()
    standby.send_signal(signal.SIGCONT)
    rig.wait(lambda: rig.epoch() > epoch, "the standby to lead")
    rig.converge()


@pytest.mark.parametrize("with_standby", [False, True])
def test_leaders_connection_is_cut(rig: Rig, with_standby: bool) -> None:
    rig.leading()
    if with_standby:
        rig.standby()
    epoch = rig.epoch()
    rig.cut_leader()
    rig.wait(lambda: rig.epoch() > epoch, "a new term")
    rig.frames(10)
    rig.converge()


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL], ids=["fast", "immediate", "kill"]
)
def test_postgres_is_restarted(rig: Rig, number: signal.Signals) -> None:
    rig.leading()
    rig.standby()
    epoch = rig.epoch()
    child = rig.postgres.child
    assert child is not None
    child.tell(number)
    assert child.wait(10)
    child.finish()
    rig.postgres.start()
    rig.wait(lambda: rig.epoch() > epoch, "a new term")
    rig.frames(10)
    rig.converge()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["stop", "kill"])
def test_valkey_is_restarted(rig: Rig, number: signal.Signals) -> None:
    rig.leading()
    epoch = rig.epoch()
    child = rig.valkey.child
    assert child is not None
    child.tell(number)
    assert child.wait(10)
    child.finish()
    written = rig.writer.written
    rig.wait(lambda: rig.writer.written > written + 30, "changes during the outage")
    rig.valkey.start()
    rig.wait(lambda: rig.epoch() == epoch, "the leader to go on in its term")
    rig.converge()


def test_valkey_forgets_everything(rig: Rig) -> None:
    rig.leading()
    epoch = rig.epoch()
    for _ in range(3):
        rig.frames(5)
        rig.wire.client.flushall()
    rig.frames(10)
    rig.wait(lambda: rig.epoch() == epoch, "the status of the same term")
    rig.converge()


@pytest.mark.parametrize("key", [HEAD_KEY, LOG_KEY, SNAPSHOT_KEY])
def test_valkey_loses_one_key(rig: Rig, key: str) -> None:
    rig.leading()
    rig.frames(5)
    rig.wire.client.delete(key)
    rig.frames(5)
    rig.converge()


def test_valkey_is_frozen_for_a_while(rig: Rig) -> None:
    rig.leading()
    epoch = rig.epoch()
    child = rig.valkey.child
    assert child is not None
    child.tell(signal.SIGSTOP)
    written = rig.writer.written
    started = time.monotonic()
    rig.wait(
        lambda: rig.writer.written > written + 50 and time.monotonic() > started + 3, "changes meanwhile"
    )
    child.tell(signal.SIGCONT)
    rig.frames(20)
    rig.wait(lambda: rig.epoch() == epoch, "the status of the same term")
    rig.converge()


def test_valkey_dies_and_then_the_leader(rig: Rig) -> None:
    leader = rig.leading()
    rig.standby()
    child = rig.valkey.child
    assert child is not None
    child.tell(signal.SIGKILL)
    child.finish()
    leader.kill()
    rig.valkey.start()
    rig.wait(lambda: rig.epoch() > 0, "the standby to lead")
    rig.converge()


def test_changes_wait_while_no_relay_runs(rig: Rig) -> None:
    relay = rig.leading()
    relay.kill()
    relay.wait()
    written = rig.writer.written
    rig.wait(lambda: rig.writer.written > written + 50, "changes meanwhile")
    rig.leading()
    rig.converge()


def test_late_commit_across_two_terms(rig: Rig) -> None:
    leader = rig.leading()
    with psycopg.connect(rig.url) as late:
        event = insert_event(late, code="LATE")
        rig.frames(10)
        leader.kill()
        leader.wait()
        rig.leading()
        rig.frames(10)
        late.commit()
    rig.wait(lambda: rig.reader.catch_up() is not None and bool(rig.reader.records(event)), "the late event")
    rig.converge()


def test_poison_rows_do_not_stop_the_others(rig: Rig) -> None:
    rig.leading()
    with psycopg.connect(rig.url, autocommit=True) as conn:
        for _ in range(5):
            conn.execute("insert into board.outbox (kind, entity_id) values ('riddle', 1), ('event', null)")
            rig.frames(3)
        rig.converge()
        ((dead,),) = conn.execute("select count(*) from board.outbox_dead").fetchall()
    assert dead == 10
    status = rig.status()
    assert status is not None
    assert status["dead"] == 10


def test_bulk_load_and_a_killed_leader(rig: Rig) -> None:
    leader = rig.leading()
    rig.standby()
    epoch = rig.epoch()
    with psycopg.connect(rig.url, autocommit=True) as conn, conn.transaction():
        conn.execute("set local quanyu.bulk = 'on'")
        for number in range(300):
            insert_event(conn, code=f"BULK{number}")
        conn.execute("insert into board.outbox (kind) values ('resync')")
    leader.kill()
    rig.wait(lambda: rig.epoch() > epoch, "the standby to lead")
    rig.converge()


def test_restored_database_whose_epochs_lag_behind_the_wire(rig: Rig) -> None:
    leader = rig.leading()
    leader.kill()
    leader.wait()
    rig.wire.client.set(HEAD_KEY, "40-7")
    with psycopg.connect(rig.url, autocommit=True) as conn:
        conn.execute("select setval('board.epoch', 3)")
    rig.leading()
    rig.wait(lambda: rig.epoch() == 41, "the status of the same term")
    rig.converge()


def test_leader_stuck_in_a_read_is_deposed(rig: Rig) -> None:
    with contextlib.closing(psycopg.connect(rig.url, autocommit=True)) as stuck:
        stuck.execute("select pg_advisory_lock(%s)", (LOCK,))
        stuck.pgconn.send_query(b"select repeat('x', 1000) from generate_series(1, 1000000)")
        rig.relay()
        rig.wait(lambda: rig.epoch() > 0, "the standby to end the stuck session")
    rig.converge()
