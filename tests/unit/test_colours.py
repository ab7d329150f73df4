"""Colours and alert levels at their borders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.domain.colours import Colour, alert_level, event_colour, region_colour
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
    assert event_colour(event(warn_at=NOW + warn * HOUR, due_at=NOW + due * HOUR), NOW) is colour


def test_a_closed_event_is_coloured_by_whether_it_was_in_time() -> None:
    done = {"state": State.CLOSED, "due_at": NOW, "warn_at": NOW - HOUR}
    assert event_colour(event(**done, closed_at=NOW), NOW + HOUR) is Colour.GREEN
    assert event_colour(event(**done, closed_at=NOW + HOUR), NOW + HOUR) is Colour.RED


def test_void_events_have_no_colour_and_events_without_a_limit_are_green() -> None:
    assert event_colour(event(counted=False, state=State.VOID, due_at=NOW - HOUR), NOW) is Colour.NONE
    assert event_colour(event(), NOW) is Colour.GREEN


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
    ("value", "colour", "zh", "en"),
    [
        (0.899, Colour.RED, "89.9%，低于 90.0%", "89.9%, below 90.0%"),
        (0.90, Colour.YELLOW, "90.0%，低于 95.0%", "90.0%, below 95.0%"),
        (0.95, Colour.GREEN, "95.0%，达到 95.0%", "95.0%, at least 95.0%"),
        (None, Colour.NONE, "暂无数据", "No data yet"),
    ],
)
def test_a_region_is_coloured_by_thresholds_and_says_why(
    value: float | None, colour: Colour, zh: str, en: str
) -> None:
    verdict = region_colour(value, (0.90, 0.95), n=100, min_n=5)
    assert (verdict.colour, verdict.reason.zh, verdict.reason.en) == (colour, zh, en)


def test_a_region_with_too_few_cases_is_not_judged() -> None:
    verdict = region_colour(0.0, (0.90, 0.95), n=4, min_n=5)
    assert verdict.colour is Colour.NONE
    assert "4" in verdict.reason.zh
    assert "4" in verdict.reason.en


def test_where_less_is_better_the_thresholds_turn_round() -> None:
    colours = [region_colour(v, (0.05, 0.10), higher_is_better=False).colour for v in (0.05, 0.07, 0.11)]
    assert colours == [Colour.GREEN, Colour.YELLOW, Colour.RED]
