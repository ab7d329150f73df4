"""An act reaches every open screen: the outbox row, the event's frame, and why it changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from dashboard.domain.acts import Order
from dashboard.domain.policy import DEMO, Act
from data_access.engine import make_engine
from data_access.writes.acts import perform
from tests.builders import insert_event, make_district
from tests.relay_stage import RelayStage

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
HOUR = timedelta(hours=1)


@pytest.fixture
def stage(database_url: str) -> Iterator[RelayStage]:
    found = RelayStage(database_url, NOON)
    make_district(found.conn)
    found.lead()
    yield found
    found.close()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def order(act: Act, version: int) -> Order:
    due_at = NOON + 8 * HOUR if act is Act.SUPERVISE else None
    return Order(act=act, version=version, reason="请尽快处理", due_at=due_at)


def test_what_a_supervisor_does_is_told_to_every_screen(stage: RelayStage, engine: Engine) -> None:
    event_id = insert_event(stage.conn, code="E1", reported_at=NOON - HOUR)
    stage.settle()
    told = []
    for version, act in enumerate((Act.NOTE, Act.REMIND, Act.SUPERVISE, Act.SUPERVISE, Act.NOTE), start=1):
        perform(engine, DEMO, "E1", order(act, version), NOON + version * HOUR / 60)
        stage.settle()
        mirror = stage.reader.catch_up()
        assert mirror is not None
        record = mirror.events[event_id]
        told.append((record["v"], record["sup"], record["al"], record["why"]))
    assert told == [
        (2, 0, 0, "change"),
        (3, 1, 0, "reminded"),
        (4, 2, 2, "supervised"),
        (5, 2, 2, "supervised"),
        (6, 2, 2, "change"),
    ]


def test_a_paper_that_is_closed_leaves_the_event_as_it_is(stage: RelayStage, engine: Engine) -> None:
    event_id = insert_event(stage.conn, code="E1", reported_at=NOON - HOUR)
    perform(engine, DEMO, "E1", order(Act.SUPERVISE, 1), NOON)
    stage.settle()
    stage.conn.execute("update ops.supervision set closed_at = issued_at")
    stage.settle()
    mirror = stage.reader.catch_up()
    assert mirror is not None
    record = mirror.events[event_id]
    assert (record["v"], record["sup"], record["al"], record["why"]) == (3, 0, 0, "change")
