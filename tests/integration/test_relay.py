"""The leader on a real database and a wire in memory: what it tells, deletes, sets apart, and survives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from dashboard.domain.messages import FrameKind
from data_access.bus import BusAway, Deposed
from tests.builders import (
    insert_event,
    insert_feedback,
    insert_shift,
    insert_worker,
    make_district,
    put_position,
    put_setting,
)
from tests.relay_stage import RelayStage
from tests.wire import MirrorReader

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai


@pytest.fixture
def stage(database_url: str) -> Iterator[RelayStage]:
    found = RelayStage(database_url, NOON)
    yield found
    found.close()


@pytest.fixture
def district(stage: RelayStage) -> dict[str, int]:
    return make_district(stage.conn, streets=2, communities=1, grids=2)


def test_an_empty_database_gives_beats_and_an_empty_snapshot(stage: RelayStage) -> None:
    stage.lead()
    stage.settle()
    mirror = stage.reader.catch_up()
    assert mirror is not None
    assert mirror.static["district"] is None
    assert mirror.indicators == {}
    assert {header.kind for header, _ in stage.reader.frames} == {FrameKind.BEAT}


def test_regions_imported_under_a_running_leader_appear_after_a_reset(stage: RelayStage) -> None:
    stage.lead()
    make_district(stage.conn)
    insert_event(stage.conn, reported_at=NOON - timedelta(hours=1))
    stage.settle()
    assert FrameKind.RESET in stage.kinds()
    mirror = MirrorReader(stage.bus).catch_up()
    assert mirror is not None
    assert mirror.static["district"]["code"] == "510117"
    assert mirror.indicators["510117"]["open"] == 1


def test_every_kind_of_counter_counts(stage: RelayStage, district: dict[str, int]) -> None:
    stage.lead()
    minutes = timedelta(minutes=1)
    at = {"reported_at": NOON - 300 * minutes, "due_at": NOON - minutes}
    insert_event(stage.conn, **at, stage="handle", severity=3)
    insert_event(stage.conn, reported_at=NOON - 60 * minutes, due_at=NOON + 15 * minutes, escalation=1)
    closed = insert_event(
        stage.conn,
        **at,
        state="closed",
        stage="evaluate",
        accepted_at=NOON - 290 * minutes,
        verified_at=NOON - 10 * minutes,
        closed_at=NOON - 10 * minutes,
        first_contact=True,
    )
    insert_feedback(
        stage.conn,
        closed,
        asked_at=NOON - 5 * minutes,
        answered_at=NOON - 4 * minutes,
        resolved=True,
        satisfaction=3,
    )
    insert_event(stage.conn, **at, state="void")
    insert_event(stage.conn, **at, duplicate_of=closed)
    worker = insert_worker(stage.conn)
    insert_shift(stage.conn, worker, starts_at=NOON - 60 * minutes)
    put_position(stage.conn, worker, 103.805, 30.705, fixed_at=NOON)
    stage.settle()
    mirror = stage.reader.catch_up()
    assert mirror is not None
    own = mirror.indicators["510117001"]
    expected = {
        "open": 2,
        "overdue": 1,
        "late.handle": 1,
        "closed": 1,
        "evaluating": 1,
        "due_2h": 1,
        "yellow": 1,
        "passed.verify": 1,
        "on_time_due.n": 1,
        "on_time_due.d": 2,
        "instant.n": 1,
        "satisfied": 1,
        "patrol": 1,
    }
    assert {key: own[key] for key in expected} == expected


def test_time_alone_moves_counters_events_and_workers(stage: RelayStage, district: dict[str, int]) -> None:
    worker = insert_worker(stage.conn)
    insert_shift(stage.conn, worker, starts_at=NOON, checked_in_at=NOON + timedelta(minutes=5))
    put_position(stage.conn, worker, 103.805, 30.705, fixed_at=NOON)
    event = insert_event(
        stage.conn, severity=3, reported_at=NOON - timedelta(hours=1), due_at=NOON + timedelta(hours=3)
    )
    stage.lead()
    stage.settle()
    for minutes in (5, 11, 31, 59, 120, 180, 181, 500):
        stage.now = NOON + timedelta(minutes=minutes)
        stage.settle()
    why = [record["why"] for record in stage.reader.records(event)]
    assert why == ["change", "overdue"]  # yellow, then overdue
    assert [part["level"] for header, parts in stage.reader.frames for part in parts.values()
            if header.kind is FrameKind.ALERT] == [2, 1]  # fmt: skip


def test_midnight_and_a_clock_set_back_lead_to_a_rebuild(stage: RelayStage, district: dict[str, int]) -> None:
    insert_event(stage.conn, reported_at=NOON, due_at=NOON + timedelta(hours=14))
    stage.lead()
    stage.settle()
    for hours in (11, 12.01, 13, 14.5, 36, 2, -30):
        stage.now = NOON + timedelta(hours=hours)
        stage.settle()


def test_a_late_commit_with_a_low_id_is_not_lost(
    stage: RelayStage, database_url: str, district: dict[str, int]
) -> None:
    stage.lead()
    with psycopg.connect(database_url) as late:
        slow = insert_event(late, reported_at=NOON)
        quick = insert_event(stage.conn, reported_at=NOON)
        stage.settle()
        assert stage.reader.records(quick)
        assert not stage.reader.records(slow)
        late.commit()
    stage.settle()
    assert [record["why"] for record in stage.reader.records(slow)] == ["new"]


def test_rows_are_deleted_only_after_their_counts_are_out(
    stage: RelayStage, district: dict[str, int]
) -> None:
    stage.lead()
    insert_event(stage.conn, reported_at=NOON)
    stage.leader.drain()
    waiting = stage.outbox()
    stage.bus.away = True
    with pytest.raises(BusAway):
        stage.leader.tick()
    assert stage.outbox() == waiting > 0
    stage.bus.away = False
    stage.settle()


def test_an_outage_of_the_wire_loses_and_doubles_nothing(stage: RelayStage, district: dict[str, int]) -> None:
    stage.lead()
    stage.settle()
    stage.bus.away = True
    event = insert_event(stage.conn, reported_at=NOON)
    for _ in range(3):
        with pytest.raises(BusAway):
            stage.leader.drain()
    stage.conn.execute("update ops.events set severity = 2 where id = %s", (event,))
    stage.bus.away = False
    stage.settle()
    assert [record["v"] for record in stage.reader.records(event)] == [1, 2]
    assert stage.reader.reloads == 1
    offsets = [header.offset for header, _ in stage.reader.frames]
    assert offsets == list(range(1, len(offsets) + 1))


def test_a_wire_that_forgot_everything_gets_a_snapshot_and_the_offsets_go_on(
    stage: RelayStage, district: dict[str, int]
) -> None:
    stage.lead()
    stage.settle()
    stage.bus.flush()
    insert_event(stage.conn, reported_at=NOON)
    stage.settle()
    assert stage.reader.reloads == 1
    late_comer = MirrorReader(stage.bus)
    mirror = late_comer.catch_up()
    known = stage.reader.catch_up()
    assert mirror is not None
    assert known is not None
    assert mirror.indicators == known.indicators


def test_a_deposed_leader_publishes_nothing(stage: RelayStage, district: dict[str, int]) -> None:
    old = stage.lead()
    stage.lead()
    insert_event(stage.conn, reported_at=NOON)
    with pytest.raises(Deposed):
        old.drain()
    stage.settle()


def test_a_rebuild_within_an_epoch_tells_the_difference(stage: RelayStage, district: dict[str, int]) -> None:
    event = insert_event(stage.conn, reported_at=NOON - timedelta(days=2), due_at=NOON - timedelta(days=1))
    gone = insert_event(stage.conn, reported_at=NOON - timedelta(days=2), due_at=NOON - timedelta(days=1))
    stage.lead()
    stage.settle()
    with stage.conn.transaction():
        stage.conn.execute("set local quanyu.bulk = 'on'")
        stage.conn.execute(
            "update ops.events set state = 'closed', closed_at = reported_at where id = %s", (event,)
        )
        stage.conn.execute("delete from ops.events where id = %s", (gone,))
        for minutes in range(100):
            insert_event(stage.conn, reported_at=NOON - timedelta(minutes=minutes))
        stage.conn.execute("insert into board.outbox (kind) values ('resync')")
    stage.settle()
    assert FrameKind.RESET not in stage.kinds()
    assert stage.reader.records(event)[-1]["state"] == "closed"
    assert stage.reader.records(gone)[-1]["state"] == "void"


def test_an_event_that_leaves_a_street_leaves_a_tombstone_there(
    stage: RelayStage, district: dict[str, int]
) -> None:
    event = insert_event(stage.conn, reported_at=NOON)
    stage.lead()
    stage.settle()
    there = district["5101170020010001"]
    stage.conn.execute("update ops.events set region_id = %s where id = %s", (there, event))
    stage.settle()
    (parts,) = [parts for header, parts in stage.reader.frames if header.kind is FrameKind.EVENT]
    assert list(parts) == ["510117001", "510117002"]
    assert parts["510117001"]["e"]["state"] == "void"
    assert parts["510117002"]["e"]["state"] == "open"


def test_a_worker_who_changes_grids_leaves_the_old_street_first(
    stage: RelayStage, district: dict[str, int]
) -> None:
    worker = insert_worker(stage.conn)
    insert_shift(stage.conn, worker, starts_at=NOON - timedelta(hours=1))
    put_position(stage.conn, worker, 103.805, 30.705, fixed_at=NOON)
    stage.lead()
    stage.settle()
    there = district["5101170020010001"]
    stage.conn.execute("update ops.workers set region_id = %s where id = %s", (there, worker))
    stage.settle()
    moves = [parts for header, parts in stage.reader.frames if header.kind is FrameKind.MOVE]
    assert moves[0]["510117001"]["m"] == [[worker, 0, 0, 0, 9]]
    assert moves[1]["510117002"]["w"][0][0] == worker
    stage.conn.execute("update ops.workers set active = false where id = %s", (worker,))
    stage.settle()


def test_where_a_worker_was_before_the_shift_is_not_told(stage: RelayStage, district: dict[str, int]) -> None:
    worker = insert_worker(stage.conn)
    insert_shift(stage.conn, worker, starts_at=NOON - timedelta(minutes=5))
    put_position(stage.conn, worker, 103.805, 30.705, fixed_at=NOON - timedelta(minutes=6))
    stage.lead()
    stage.settle()
    mirror = stage.reader.catch_up()
    assert mirror is not None
    assert mirror.workers == {}
    assert mirror.indicators["510117001"]["on_duty"] == 1
    put_position(stage.conn, worker, 103.806, 30.705, fixed_at=NOON)
    stage.settle()
    mirror = stage.reader.catch_up()
    assert mirror is not None
    assert list(mirror.workers) == [worker]


def test_poison_rows_are_set_apart_one_by_one(stage: RelayStage, district: dict[str, int]) -> None:
    stage.lead()
    stage.conn.execute("insert into board.outbox (kind, entity_id) values ('riddle', 1), ('event', null)")
    event = insert_event(stage.conn, reported_at=NOON)
    put_setting(stage.conn, "satisfied_from", "many")
    stage.settle()
    assert stage.reader.records(event)
    assert stage.number("select count(*) from board.outbox_dead") >= 3


def test_moments_beyond_the_calendar_do_not_stop_the_relay(
    stage: RelayStage, district: dict[str, int]
) -> None:
    insert_event(stage.conn, reported_at=NOON)
    stage.conn.execute("update ops.events set evaluated_at = 'infinity'")
    stage.lead()
    stage.conn.execute("update ops.events set due_at = '12000-01-01'")
    stage.leader.drain()
    stage.leader.tick()
    assert stage.number("select count(*) from board.outbox_dead") == 0
    assert stage.outbox() == 0


def test_samples_are_written_once_a_minute(stage: RelayStage, district: dict[str, int]) -> None:
    stage.lead()
    insert_event(stage.conn, reported_at=NOON)
    for seconds in range(0, 181, 20):
        stage.now = NOON + timedelta(seconds=seconds)
        stage.settle()
    rows = stage.conn.execute(
        "select at, (counters ->> 'open')::int from board.samples where region_id = %s order by at",
        (district["510117"],),
    ).fetchall()
    assert rows == [(NOON + timedelta(minutes=minutes), 1) for minutes in (1, 2, 3)]


def test_new_borders_begin_at_their_time(stage: RelayStage, district: dict[str, int]) -> None:
    grid = district["5101170010010001"]
    insert_event(stage.conn, reported_at=NOON, region_id=grid)
    later = NOON + timedelta(hours=1)
    stage.conn.execute(
        "update ops.region_versions set valid_to = %s where region_id = %s",
        (later, grid),
    )
    stage.lead()
    stage.settle()
    stage.now = later
    stage.settle()
    mirror = stage.reader.catch_up()
    assert mirror is not None
    assert mirror.indicators["510117001"]["open"] == 1
    assert FrameKind.RESET in stage.kinds()


def test_an_event_inserted_again_under_its_id_is_told_although_its_version_is_lower(
    stage: RelayStage, district: dict[str, int]
) -> None:
    event = insert_event(stage.conn, reported_at=NOON, severity=3, due_at=NOON - timedelta(hours=1))
    stage.lead()
    for severity in (1, 2, 3):
        stage.conn.execute("update ops.events set severity = %s where id = %s", (severity, event))
        stage.settle()
    with stage.conn.transaction():
        stage.conn.execute("delete from ops.events where id = %s", (event,))
        insert_event(stage.conn, id=event, reported_at=NOON)
    stage.leader.drain()
    stage.leader.tick()
    mirror = stage.reader.catch_up()
    assert mirror is not None
    assert mirror.indicators["510117"]["overdue"] == 0
    assert (mirror.events[event]["late"], mirror.events[event]["v"]) == (0, 5)


def test_a_flood_does_not_keep_the_seconds_work_waiting(stage: RelayStage, district: dict[str, int]) -> None:
    stage.lead()
    stage.conn.execute(
        "insert into ops.events (code, source, category_id, region_id, reported_at) "
        "select 'FLOOD' || n, 'sensor', %s, %s, %s from generate_series(1, 2500) n",
        (district["A01"], district["5101170010010001"], NOON),
    )
    assert stage.leader.drain()
    stage.leader.tick()
    assert 0 < stage.outbox() < 2500
    stage.settle()
    mirror = stage.reader.catch_up()
    assert mirror is not None
    assert mirror.indicators["510117"]["open"] == 2500
