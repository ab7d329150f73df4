"""Three colours say why, in words and numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.domain.colours import Colour
from dashboard.domain.indicators import count_reading, hours_reading, rate_reading
from dashboard.domain.model import State
from dashboard.domain.terms import Terms, terms_from
from dashboard.domain.verdicts import Judged, Limit, event_verdict, region_verdict, worst

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)  # Friday, 14:00 in Shanghai
HOUR = timedelta(hours=1)
TERMS: Terms = terms_from({"thresholds": {"handling_p50": [24, 16], "overdue_open": [20, 5]}})


@pytest.mark.parametrize(
    ("n", "d", "colour", "reason"),
    [
        (96, 100, Colour.GREEN, "按期结案率 96.0%（96/100），达到 95.0%"),
        (95, 100, Colour.GREEN, "按期结案率 95.0%（95/100），达到 95.0%"),
        (1899, 2000, Colour.YELLOW, "按期结案率 94.9%（1899/2000），低于 95.0%"),
        (90, 100, Colour.YELLOW, "按期结案率 90.0%（90/100），低于 95.0%"),
        (46, 56, Colour.RED, "按期结案率 82.1%（46/56），低于 90.0%"),
        (4, 4, Colour.NONE, "按期结案率：样本不足（4 件，少于 5 件）"),
        (0, 0, Colour.NONE, "按期结案率：没有可计算的数据：所选时段内到期的事件（超期在办的计入）为 0"),
    ],
)
def test_a_region_is_coloured_by_its_rate(n: int, d: int, colour: Colour, reason: str) -> None:
    assert region_verdict(rate_reading("on_time_due", n, d), TERMS, "zh") == Judged(
        colour=colour, reason=reason
    )


def test_where_less_is_better_red_lies_above() -> None:
    found = [region_verdict(rate_reading("rework_rate", n, 100), TERMS, "en") for n in (5, 8, 11)]
    assert [one.colour for one in found] == [Colour.GREEN, Colour.YELLOW, Colour.RED]
    assert found[2].reason == "Rework rate 11.0% (11/100), above 10.0%"


def test_durations_and_counts_have_their_own_units() -> None:
    slow = region_verdict(hours_reading("handling_p50", 25.04, 40), TERMS, "zh")
    assert slow == Judged(
        colour=Colour.RED, reason="办理时长中位数 25.0 工作小时（40 件），高于 24.0 工作小时"
    )
    assert region_verdict(hours_reading("handling_p50", 25.0, 4), TERMS, "zh").colour is Colour.NONE
    few = region_verdict(count_reading("overdue_open", 5), TERMS, "en")
    assert few == Judged(colour=Colour.GREEN, reason="Overdue 5, at most 5")


def test_without_thresholds_there_is_no_colour() -> None:
    assert region_verdict(count_reading("reported", 5), TERMS, "zh") == Judged(
        colour=Colour.NONE, reason="上报：未设阈值"
    )


def limit(**given: Any) -> Limit:
    values: dict[str, Any] = {
        "state": State.OPEN,
        "counted": True,
        "reported_at": NOW - 3 * HOUR,  # 11:00: one working hour before noon, half an hour since 13:30
        "due_at": NOW + 2 * HOUR,
        "warn_at": NOW + HOUR,
        "closed_at": None,
    }
    return Limit(**(values | given))


@pytest.mark.parametrize(
    ("given", "colour", "reason"),
    [
        ({}, Colour.GREEN, "剩余 2.0 工作小时，占时限 57%"),
        ({"warn_at": NOW}, Colour.YELLOW, "剩余 2.0 工作小时，占时限 57%"),
        ({"working": False}, Colour.GREEN, "剩余 2.0 小时，占时限 40%"),
        ({"due_at": NOW - 2 * HOUR}, Colour.RED, "已超期 0.5 工作小时"),
        ({"due_at": NOW - timedelta(minutes=3)}, Colour.RED, "已超期 <0.1 工作小时"),
        ({"state": State.CLOSED, "closed_at": NOW}, Colour.GREEN, "提前 2.0 工作小时办结"),
        ({"state": State.CLOSED, "closed_at": NOW + 3 * HOUR}, Colour.RED, "超期 1.0 工作小时办结"),
        ({"due_at": None}, Colour.GREEN, "没有办理时限"),
        ({"counted": False}, Colour.NONE, "不计入考核"),
    ],
)
def test_an_event_says_what_is_left_of_its_limit(given: dict[str, Any], colour: Colour, reason: str) -> None:
    assert event_verdict(limit(**given), NOW, TERMS, "zh") == Judged(colour=colour, reason=reason)


EVENING = NOW + 4 * HOUR  # Friday, 18:00: nobody works until Monday


@pytest.mark.parametrize(
    ("given", "colour", "reason"),
    [
        ({"due_at": EVENING}, Colour.RED, "overdue, with no working time since"),
        ({"due_at": EVENING + 30 * HOUR}, Colour.GREEN, "no working time left before its limit"),
        (
            {"due_at": EVENING, "state": State.CLOSED, "closed_at": EVENING + HOUR},
            Colour.RED,
            "closed late",
        ),
        (
            {"due_at": EVENING + HOUR, "state": State.CLOSED, "closed_at": EVENING},
            Colour.GREEN,
            "closed in time",
        ),
        ({"due_at": EVENING, "working": False}, Colour.RED, "overdue by 20.0 hours"),
    ],
)
def test_on_a_day_off_no_hours_of_nought_are_told(given: dict[str, Any], colour: Colour, reason: str) -> None:
    saturday = EVENING + 20 * HOUR
    found = event_verdict(limit(**{"warn_at": None, **given}), saturday, TERMS, "en")
    assert found == Judged(colour=colour, reason=reason)


def test_the_worst_of_several_is_the_first_red_one() -> None:
    found = [
        Judged(colour=Colour(one), reason=str(n)) for n, one in enumerate(("green", "red", "none", "red"))
    ]
    assert worst(found) == found[1]
    assert worst([]) is None
