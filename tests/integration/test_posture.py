"""Switching between the normal state and an emergency: who may, that it is kept, on record, and in the next beat."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from dashboard.domain.messages import FrameKind, epoch_ms
from dashboard.domain.policy import DEMO, EVERYTHING, Role, Scope, Viewer
from dashboard.posture_desk import MayNotSwitch, PostureUnknown, switch_posture
from data_access.engine import make_engine
from data_access.queries.audit import AuditQuestion, search
from tests.relay_stage import RelayStage

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
EMERGENCY, NORMAL = {"posture": "emergency"}, {"posture": "normal"}


def person(role: Role, scope: Scope = EVERYTHING) -> Viewer:
    return Viewer(login=role, name="", roles=frozenset({role}), scope=scope)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def stage(database_url: str) -> Iterator[RelayStage]:
    found = RelayStage(database_url, NOON)
    found.lead()
    yield found
    found.close()


def beaten(stage: RelayStage) -> dict[str, object]:
    """What the newest beat tells."""
    stage.settle()
    beats = [parts[""] for header, parts in stage.reader.frames if header.kind is FrameKind.BEAT]
    found: dict[str, object] = beats[-1]["posture"]
    return found


def test_a_switch_is_kept_and_told_by_the_next_beat(stage: RelayStage, engine: Engine) -> None:
    assert beaten(stage)["now"] == "normal"
    at = NOON + timedelta(seconds=30)
    done = switch_posture(engine, DEMO, EMERGENCY, at)
    assert done == {"posture": "emergency", "since": at.isoformat(), "switched": True}
    assert beaten(stage) == {"now": "emergency", "since": epoch_ms(at)}
    later = switch_posture(engine, DEMO, EMERGENCY, NOON + timedelta(minutes=5))
    assert (later["switched"], later["since"]) == (False, at.isoformat())
    stage.lead()
    assert beaten(stage) == {"now": "emergency", "since": epoch_ms(at)}
    assert switch_posture(engine, DEMO, NORMAL, NOON + timedelta(hours=1))["switched"]
    assert beaten(stage)["now"] == "normal"
    with engine.connect() as conn:
        lines = search(conn, AuditQuestion(what="posture.switched"))
    assert [(one.actor, one.about, one.outcome) for one in reversed(lines)] == [
        ("demo", "emergency", "done"),
        ("demo", "normal", "done"),
    ]


@pytest.mark.parametrize(
    "viewer",
    [
        person(Role.ANALYST),
        person(Role.ADMINISTRATOR),
        person(Role.WALL),
        person(Role.SUPERVISOR, Scope(streets=frozenset({"510117001"}))),
        person(Role.LEADER, Scope(departments=frozenset({"D1"}))),
    ],
    ids=lambda one: f"{one.login} {one.scope.codes()}",
)
def test_nobody_switches_who_is_not_in_charge_of_the_whole(engine: Engine, viewer: Viewer) -> None:
    with pytest.raises(MayNotSwitch):
        switch_posture(engine, viewer, EMERGENCY, NOON)
    with engine.connect() as conn:
        (line,) = search(conn, AuditQuestion(what="posture.switched"))
    assert (line.actor, line.outcome) == (viewer.login, "refused")
    assert not switch_posture(engine, DEMO, NORMAL, NOON)["switched"]


@pytest.mark.parametrize(
    "body", [{}, [], None, "emergency", {"posture": "war"}, {"posture": 1}, EMERGENCY | {"x": 1}]
)
def test_what_is_no_posture_is_refused(engine: Engine, body: object) -> None:
    with pytest.raises(PostureUnknown) as caught:
        switch_posture(engine, DEMO, body, NOON)
    assert json.loads(json.dumps(caught.value.body("zh")))["message"].startswith("没有这种状态")
