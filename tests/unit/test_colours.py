"""Colours and alert levels at their borders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.domain.colours import Colour, alert_level, colour_of, region_colour
from dashboard.domain.model import Event, Source, State

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)


def event(**overrides: Any) -> Event:
    values: dict[str, Any] = {
        "id": 1, "code": "E1", "version": 1, "source": Source.HOTLINE, "category_id": 1, "category_top": 1,
        "severity": 1, "region_id": 1, "lon": None, "lat": None, "worker_id": None, "stage": "handle",
        "state": State.OPEN, "counted": True, "reported_at": NOW - 8 * HOUR,
    }  # fmt: skip
    return Event(**(values | overrides))


@pytest.mark.parametrize(
    ("warn", "due", "colour"),
    [
        (1, 2, Colour.GREEN),
        (0, 2, Colour.YELLOW),
        (-1, 0, Colour.YELLOW),
        (-2, -1, Colour.RED),
    ],
)
def test_an_open_event_is_coloured_by_the_time_left(warn: int, due: int, colour: Colour) -> None:
    assert colour_of(State.OPEN, NOW + due * HOUR, NOW + warn * HOUR, None, NOW, False) is colour


def test_a_closed_event_is_coloured_by_whether_it_was_in_time() -> None:
    for closed_at, colour in ((NOW, Colour.GREEN), (NOW + HOUR, Colour.RED)):
        assert colour_of(State.CLOSED, NOW, NOW - HOUR, closed_at, NOW + HOUR, False) is colour


def test_void_events_have_no_colour_and_events_without_a_limit_are_green() -> None:
    for state, duplicate in ((State.VOID, False), (State.OPEN, True)):
        assert colour_of(state, NOW - HOUR, None, None, NOW, duplicate) is Colour.NONE
    for state, closed_at in ((State.OPEN, None), (State.CLOSED, NOW)):
        assert colour_of(state, None, None, closed_at, NOW, False) is Colour.GREEN


@pytest.mark.parametrize(
    ("overrides", "level"),
    [
        ({}, 0),
        ({"escalation": 1}, 2),
        ({"escalation": 2}, 1),
        ({"supervision": 1}, 0),
        ({"supervision": 2}, 2),
        ({"supervision": 2, "escalation": 2}, 1),
        ({"severity": 3, "due_at": NOW - HOUR, "warn_at": NOW - 2 * HOUR}, 1),
        ({"severity": 2, "due_at": NOW - HOUR, "warn_at": NOW - 2 * HOUR}, 0),
        ({"severity": 3, "due_at": NOW, "warn_at": NOW - HOUR}, 2),
        ({"severity": 3, "due_at": NOW + HOUR, "warn_at": NOW + HOUR / 2}, 0),
        ({"escalation": 2, "counted": False}, 0),
        ({"escalation": 2, "state": State.CLOSED, "closed_at": NOW}, 0),
    ],
)
def test_alert_levels(overrides: dict[str, Any], level: int) -> None:
    assert alert_level(event(**overrides), NOW) == level


@pytest.mark.parametrize(
    ("value", "colour"),
    [(0.899, Colour.RED), (0.90, Colour.YELLOW), (0.95, Colour.GREEN), (None, Colour.NONE)],
)
def test_a_region_is_coloured_by_thresholds(value: float | None, colour: Colour) -> None:
    assert region_colour(value, (0.90, 0.95), n=100, min_n=5) is colour


def test_a_region_with_too_few_cases_is_not_judged() -> None:
    assert region_colour(0.0, (0.90, 0.95), n=4, min_n=5) is Colour.NONE


def test_where_less_is_better_the_thresholds_turn_round() -> None:
    colours = [region_colour(v, (0.05, 0.10), higher_is_better=False) for v in (0.05, 0.07, 0.11)]
    assert colours == [Colour.GREEN, Colour.YELLOW, Colour.RED]
