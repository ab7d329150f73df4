"""What one event counts: against school-book definitions, and the moments at which the clock changes it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.colours import alert_level
from dashboard.domain.counters import (
    Rules,
    duty,
    duty_next_change,
    event_counts,
    event_next_change,
    handler,
    keys,
)
from dashboard.domain.model import Event, Feedback, Shift, Source, State
from dashboard.domain.workflow import SEVEN, SIX, WORKFLOWS, Workflow

DAY = datetime(2026, 11, 19, 16, 0, tzinfo=UTC)  # midnight in Shanghai
NOON = DAY + timedelta(hours=12)

moments = st.integers(-96, 96).map(lambda quarters: NOON + timedelta(minutes=15 * quarters))
maybe = st.none() | moments


@st.composite
def events(draw: st.DrawFn) -> Event:
    answered = draw(maybe)
    return Event(
        id=1,
        code="E1",
        version=1,
        source=draw(st.sampled_from(Source)),
        category_id=11,
        category_top=draw(st.integers(1, 2)),
        severity=draw(st.integers(1, 3)),
        region_id=1,
        lon=None,
        lat=None,
        worker_id=draw(st.none() | st.just(5)),
        stage=draw(st.sampled_from([*SEVEN.keys, *SIX.keys, "done", "odd"])),
        state=draw(st.sampled_from(State)),
        counted=draw(st.sampled_from([True, True, False])),
        reported_at=draw(moments),
        accepted_at=draw(maybe),
        filed_at=draw(maybe),
        dispatched_at=draw(maybe),
        signed_at=draw(maybe),
        resolved_at=draw(maybe),
        replied_at=draw(maybe),
        verified_at=draw(maybe),
        closed_at=draw(moments),
        evaluated_at=draw(maybe),
        due_at=draw(maybe),
        warn_at=draw(maybe),
        first_contact=draw(st.booleans()),
        escalation=draw(st.integers(0, 2)),
        feedback=(
            Feedback(
                asked_at=draw(moments),
                answered_at=answered,
                resolved=None if answered is None else draw(st.booleans()),
                satisfaction=None if answered is None else draw(st.integers(1, 5)),
            ),
        ),
    )


def rules(workflow: Workflow = SEVEN) -> Rules:
    return Rules(workflow=workflow, day_start=DAY)


@given(event=events(), now=moments, workflow=st.sampled_from(list(WORKFLOWS.values())))
def test_only_announced_counters_are_counted(event: Event, now: datetime, workflow: Workflow) -> None:
    counted = event_counts(event, now, rules(workflow))
    assert set(counted) <= set(keys(workflow, [1, 2]))
    assert event.counted or not counted


@given(event=events(), now=moments, later=st.integers(0, 30_000))
def test_between_two_turns_nothing_changes(event: Event, now: datetime, later: int) -> None:
    then = now + timedelta(seconds=later)
    turn = event_next_change(event, now)
    if turn is None or turn > then:
        same = event_counts(event, now, rules()) == event_counts(event, then, rules())
        assert same
        assert alert_level(event, now) == alert_level(event, then)
    else:
        assert turn > now


@given(event=events(), now=moments)
def test_stages_and_lates_add_up(event: Event, now: datetime) -> None:
    counted = Counter(event_counts(event, now, rules()))
    in_stages = sum(number for key, number in counted.items() if key.startswith("stage."))
    late = sum(number for key, number in counted.items() if key.startswith("late."))
    assert in_stages <= counted["open"] <= 1
    assert late <= min(counted["overdue"], in_stages)
    assert counted["overdue"] + counted["due_2h"] <= counted["open"]
    assert counted["on_time_due.n"] <= counted["on_time_due.d"]
    assert counted["on_time_closed.n"] <= counted["on_time_closed.d"] <= counted["closed"]
    assert counted["instant.n"] <= counted["instant.d"] == counted["source.hotline"]
    assert sum(counted[f"source.{source}"] for source in Source) == counted["reported"]
    assert counted["resolved"] <= counted["answered"]
    assert counted["satisfied"] <= counted["answered"]


def plain_event(**overrides: object) -> Event:
    values: dict[str, object] = {
        "id": 1,
        "code": "E1",
        "version": 1,
        "source": Source.HOTLINE,
        "category_id": 11,
        "category_top": 1,
        "severity": 1,
        "region_id": 1,
        "lon": None,
        "lat": None,
        "worker_id": 5,
        "stage": "handle",
        "state": State.OPEN,
        "counted": True,
        "reported_at": DAY - timedelta(days=3),
        **overrides,
    }
    return Event(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("due_in", "expected"),
    [
        (timedelta(microseconds=-1), "overdue"),
        (timedelta(), "due_2h"),
        (timedelta(hours=2, microseconds=-1), "due_2h"),
        (timedelta(hours=2), None),
    ],
)
def test_the_due_instant_itself_is_not_overdue(due_in: timedelta, expected: str | None) -> None:
    counted = event_counts(plain_event(due_at=NOON + due_in), NOON, rules())
    assert {"overdue", "due_2h"} & set(counted) == ({expected} if expected else set())


def test_the_first_and_the_last_instant_of_today_count() -> None:
    for moment, counts in ((DAY, True), (NOON, True), (DAY - timedelta(microseconds=1), False)):
        counted = event_counts(plain_event(reported_at=moment), NOON, rules())
        assert ("reported" in counted) is counts
    assert "reported" not in event_counts(plain_event(reported_at=NOON + timedelta(seconds=1)), NOON, rules())


def test_a_worker_handles_what_is_signed_and_at_that_stage() -> None:
    assert handler(plain_event(signed_at=NOON)) == 5
    assert handler(plain_event()) is None
    assert handler(plain_event(signed_at=NOON, stage="verify")) is None
    assert handler(plain_event(signed_at=NOON, state=State.CLOSED)) is None
    assert handler(plain_event(signed_at=NOON, counted=False)) is None


def shift(
    start: float, end: float, checked_in: float | None = None, checked_out: float | None = None
) -> Shift:
    def at(hours: float | None) -> datetime | None:
        return None if hours is None else NOON + timedelta(hours=hours)

    return Shift(
        id=1,
        worker_id=5,
        starts_at=NOON + timedelta(hours=start),
        ends_at=NOON + timedelta(hours=end),
        checked_in_at=at(checked_in),
        checked_out_at=at(checked_out),
    )


@pytest.mark.parametrize(
    ("shifts", "expected"),
    [
        ([], (False, False)),
        ([shift(0, 8)], (True, False)),
        ([shift(0, 8, 0)], (True, True)),
        ([shift(-8, 0, -8)], (False, False)),
        ([shift(-1, 7, -1, 0)], (True, False)),
        ([shift(-1, 7, -1, 1)], (True, True)),
        ([shift(1, 7, -1)], (False, False)),
        ([shift(-8, 1, -8, -1), shift(-1, 7, 0)], (True, True)),
    ],
)
def test_duty_by_shifts(shifts: list[Shift], expected: tuple[bool, bool]) -> None:
    assert duty(shifts, NOON) == expected


def test_duty_turns_at_each_moment_of_the_shifts() -> None:
    shifts = [shift(-1, 7, 1, 6)]
    turns = []
    now = NOON - timedelta(hours=2)
    while (turn := duty_next_change(shifts, now)) is not None:
        turns.append((turn - NOON) / timedelta(hours=1))
        now = turn
    assert turns == [-1, 1, 6, 7]
