"""Whatever happens in any order: once the relay has settled, every counter equals plain SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from psycopg import sql

from data_access.bus import BusAway
from tests.builders import (
    insert_event,
    insert_feedback,
    insert_shift,
    insert_worker,
    make_district,
    put_position,
)
from tests.relay_stage import RelayStage

BASE = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
TABLES = (
    "ops.feedback, ops.events, ops.latest_positions, ops.shifts, ops.workers, ops.categories, ops.region_versions, "
    "ops.regions, ops.event_steps, board.outbox, board.outbox_dead, board.samples, board.settings, board.presence"
)
CLOCKS = (
    "accepted_at",
    "filed_at",
    "dispatched_at",
    "signed_at",
    "resolved_at",
    "replied_at",
    "verified_at",
    "evaluated_at",
    "warn_at",
)

# Whole and half hours around now: they meet each other, the midnights and the clock's jumps often.
moments = st.integers(-60, 60).map(lambda half_hours: timedelta(minutes=30 * half_hours))
fine = st.sampled_from([timedelta(), timedelta(microseconds=1), timedelta(seconds=-1)])
jumps = st.sampled_from(
    [
        timedelta(seconds=1),
        timedelta(minutes=7),
        timedelta(minutes=30),
        timedelta(hours=2),
        timedelta(hours=12),
        timedelta(days=3),
        timedelta(milliseconds=-300),
        timedelta(minutes=-45),
        timedelta(hours=-20),
    ]
)
event_facts = st.fixed_dictionaries(
    {
        "source": st.sampled_from(["hotline", "sensor", "grid_worker"]),
        "severity": st.integers(1, 3),
        "escalation": st.integers(0, 2),
        "stage": st.sampled_from(
            ["report", "dispatch", "handle", "verify", "evaluate", "done", "unheard-of"]
        ),
        "first_contact": st.booleans(),
        "state": st.sampled_from(["open", "open", "open", "closed", "void"]),
    }
)


class RelayMachine(RuleBasedStateMachine):
    """Writers, a leader that is driven by hand, a wire that fails, and one mirror fed only by the wire."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.stage = RelayStage(self.url, BASE)
        self.stage.conn.execute(f"truncate {TABLES} restart identity cascade")
        self.district = make_district(self.stage.conn, streets=2, communities=1, grids=2)
        self.regions = [id_ for code, id_ in self.district.items() if code.startswith("510117")]
        self.events: list[int] = []
        self.workers: list[int] = []
        self.shifts: list[int] = []
        self.late: psycopg.Connection[Any] | None = None
        self.locked: set[int] = set()

    def teardown(self) -> None:
        try:
            self.end_late_writer(commit=True)
            self.heal()
            self.stage.settle()
            self.check_no_event_is_lost()
        finally:
            if self.late is not None:
                self.late.close()
            self.stage.close()

    @initialize()
    def lead(self) -> None:
        self.stage.lead()

    @rule(facts=event_facts, data=st.data(), late=st.booleans())
    def report(self, facts: dict[str, Any], data: st.DataObject, late: bool) -> None:
        conn = self.writer(late)
        event_id = insert_event(conn, **facts, **self.times(data), **self.places(data, facts["state"]))
        if conn is self.stage.conn:
            self.events.append(event_id)
        else:
            self.locked.add(event_id)

    @precondition(lambda self: self.events)
    @rule(facts=event_facts, data=st.data(), late=st.booleans())
    def change(self, facts: dict[str, Any], data: st.DataObject, late: bool) -> None:
        event_id = data.draw(st.sampled_from(self.events))
        if event_id in self.locked:
            return
        conn = self.writer(late)
        if conn is not self.stage.conn:
            self.locked.add(event_id)
        values = {**facts, **self.times(data), **self.places(data, facts["state"])}
        self.update(conn, "ops.events", event_id, values)

    @precondition(lambda self: len(self.events) > 1)
    @rule(data=st.data(), undo=st.booleans())
    def mark_duplicate(self, data: st.DataObject, undo: bool) -> None:
        event_id, other = data.draw(st.sampled_from(self.events)), data.draw(st.sampled_from(self.events))
        if event_id not in self.locked and other not in self.locked and event_id != other:
            self.update(self.stage.conn, "ops.events", event_id, {"duplicate_of": None if undo else other})

    @precondition(lambda self: self.events)
    @rule(data=st.data(), answered=st.booleans(), resolved=st.booleans(), satisfaction=st.integers(1, 5))
    def ask(self, data: st.DataObject, answered: bool, resolved: bool, satisfaction: int) -> None:
        event_id = data.draw(st.sampled_from(self.events))
        if event_id in self.locked:
            return
        at = self.stage.now + data.draw(moments)
        told: dict[str, Any] = {"answered_at": at, "resolved": resolved, "satisfaction": satisfaction}
        insert_feedback(self.stage.conn, event_id, asked_at=at, **(told if answered else {}))

    @precondition(lambda self: self.events)
    @rule(data=st.data(), whole=st.booleans())
    def delete(self, data: st.DataObject, whole: bool) -> None:
        event_id = data.draw(st.sampled_from(self.events))
        if self.locked:
            return  # the late writer may refer to it
        self.stage.conn.execute("delete from ops.feedback where event_id = %s", (event_id,))
        if whole:
            self.stage.conn.execute(
                "update ops.events set duplicate_of = null where duplicate_of = %s", (event_id,)
            )
            self.stage.conn.execute("delete from ops.events where id = %s", (event_id,))
            self.events.remove(event_id)

    @rule(data=st.data(), checked_in=st.booleans())
    def roster(self, data: st.DataObject, checked_in: bool) -> None:
        grid = data.draw(st.sampled_from(self.regions))
        worker_id = insert_worker(self.stage.conn, region_id=grid)
        self.workers.append(worker_id)
        starts_at = self.stage.now + data.draw(moments)
        shift = insert_shift(
            self.stage.conn, worker_id, starts_at=starts_at, checked_in_at=starts_at if checked_in else None
        )
        self.shifts.append(shift)

    @precondition(lambda self: self.shifts)
    @rule(data=st.data(), out=st.none() | moments, cancelled=st.booleans())
    def change_shift(self, data: st.DataObject, out: timedelta | None, cancelled: bool) -> None:
        values = {
            "checked_in_at": self.stage.now + data.draw(moments),
            "checked_out_at": None if out is None else self.stage.now + out,
            "cancelled": cancelled,
        }
        self.update(self.stage.conn, "ops.shifts", data.draw(st.sampled_from(self.shifts)), values)

    @precondition(lambda self: self.shifts)
    @rule(data=st.data())
    def delete_shift(self, data: st.DataObject) -> None:
        shift = data.draw(st.sampled_from(self.shifts))
        self.shifts.remove(shift)
        self.stage.conn.execute("delete from ops.shifts where id = %s", (shift,))

    @precondition(lambda self: self.workers)
    @rule(data=st.data(), active=st.booleans(), role=st.sampled_from(["grid_worker", "supervisor"]))
    def change_worker(self, data: st.DataObject, active: bool, role: str) -> None:
        values = {"region_id": data.draw(st.sampled_from(self.regions)), "active": active, "role": role}
        self.update(self.stage.conn, "ops.workers", data.draw(st.sampled_from(self.workers)), values)

    @precondition(lambda self: self.workers)
    @rule(data=st.data(), column=st.floats(-1, 5), age=st.integers(-1, 20), rest=st.integers(0, 60))
    def walk(self, data: st.DataObject, column: float, age: int, rest: int) -> None:
        fixed_at = self.stage.now - timedelta(minutes=age)
        put_position(
            self.stage.conn,
            data.draw(st.sampled_from(self.workers)),
            103.80 + 0.01 * round(column * 4) / 4 + 0.001,
            30.705,
            fixed_at=fixed_at,
            still_since=fixed_at - timedelta(minutes=rest),
        )

    @rule(kind=st.sampled_from(["resync", "region", "settings", "riddle"]))
    def ask_for_rebuild(self, kind: str) -> None:
        self.stage.conn.execute("insert into board.outbox (kind) values (%s)", (kind,))

    @rule(jump=jumps, tremble=fine)
    def turn_clock(self, jump: timedelta, tremble: timedelta) -> None:
        self.stage.now += jump + tremble

    @rule(commit=st.booleans())
    def end_late_writer(self, commit: bool) -> None:
        if self.late is None:
            return
        if commit:
            self.late.commit()
            self.events += [id_ for id_ in self.locked if id_ not in self.events]
        self.late.close()
        self.late = None
        self.locked.clear()

    @rule(away=st.booleans(), forgets=st.booleans())
    def trouble_the_wire(self, away: bool, forgets: bool) -> None:
        self.stage.bus.away = away
        if forgets:
            self.stage.bus.flush()

    @rule()
    def drain(self) -> None:
        self.attempt(self.stage.leader.drain)

    @rule()
    def tick(self) -> None:
        self.attempt(self.stage.leader.tick)

    @rule()
    def replace_leader(self) -> None:
        self.heal()
        self.stage.lead()

    @rule()
    def settle(self) -> None:
        self.heal()
        self.stage.settle()

    def heal(self) -> None:
        self.stage.bus.away = False

    def attempt(self, work: Callable[[], object]) -> None:
        try:
            work()
        except BusAway:
            assert self.stage.bus.away
        if not self.stage.bus.away:
            self.stage.reader.catch_up()

    def writer(self, late: bool) -> psycopg.Connection[Any]:
        if not late:
            return self.stage.conn
        if self.late is None:
            self.late = psycopg.connect(self.url)
        return self.late

    def times(self, data: st.DataObject) -> dict[str, object]:
        now = self.stage.now + data.draw(fine)
        drawn = {clock: data.draw(st.none() | moments) for clock in ("due_at", *CLOCKS)}
        return {
            "reported_at": now + data.draw(moments),
            "closed_at": now + data.draw(moments),
            **{clock: None if moment is None else now + moment for clock, moment in drawn.items()},
        }

    def places(self, data: st.DataObject, state: str) -> dict[str, object]:
        category = data.draw(st.sampled_from(["A01", "B01", "B"]))
        worker = data.draw(st.sampled_from([None, *self.workers]))
        region = data.draw(st.sampled_from(self.regions))
        return {"category_id": self.district[category], "worker_id": worker, "region_id": region}

    def update(self, conn: psycopg.Connection[Any], table: str, id_: int, values: dict[str, Any]) -> None:
        sets = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in values)
        statement = sql.SQL("update {} set {} where id = %s").format(sql.Identifier(*table.split(".")), sets)
        conn.execute(statement, [*values.values(), id_])

    def check_no_event_is_lost(self) -> None:
        """What mirrors hold is the newest version of each event, and frames never went back in versions."""
        mirror = self.stage.reader.mirror
        assert mirror is not None
        versions = dict(self.stage.conn.execute("select id, version from ops.events").fetchall())
        for event_id, record in mirror.events.items():
            assert record["v"] == versions.get(event_id, record["v"])
            assert event_id in versions or record["state"] == "void"
        for event_id in versions:
            told = [record["v"] for record in self.stage.reader.records(event_id)]
            assert told == sorted(told)


@pytest.fixture
def machine_url(database_url: str) -> Iterator[str]:
    RelayMachine.url = database_url
    yield database_url
    RelayMachine.url = ""


@pytest.mark.timeout(240)
def test_any_mix_of_changes_ends_in_the_counts_of_sql(machine_url: str) -> None:
    run_state_machine_as_test(
        RelayMachine,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
