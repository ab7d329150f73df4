"""Rules of escalation: read from settings, refused where they make no sense, exact in working time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.domain.escalation import USUAL, EscalationRule, rules_from
from dashboard.domain.supervision import PaperKind
from dashboard.domain.terms import terms_from
from dashboard.domain.words import Words

SCHEDULE = terms_from({}).schedule
NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
RULE = {"level": 1, "after_hours": 4, "working": True, "kind": "reminder", "to": "科长", "due_hours": 2}


def test_a_district_without_rules_has_the_usual_ones() -> None:
    assert rules_from({}) == USUAL
    assert rules_from({"escalation": []}) == ()


def test_a_rule_says_after_what_and_to_whom() -> None:
    (rule,) = rules_from({"escalation": [RULE | {"to_en": "the section head"}]})
    assert rule.reason() == Words(
        zh="超期 4 个工作小时未办结，按规则升级至第 1 级，报科长。",
        en="Overdue for 4 working hours: raised to level 1 by rule, to the section head.",
    )
    assert USUAL[1].reason().zh == "超期 48 小时未办结，按规则升级至第 2 级，报区级分管领导。"


@pytest.mark.parametrize(
    "given_rules",
    [
        [RULE | {"level": 2}],
        [RULE, RULE],
        [RULE | {"kind": "letter"}],
        [RULE | {"to": " "}],
        [RULE | {"severity": 4}],
        [RULE | {"after_hours": -1}],
        [RULE | {"after": 3}],
        [{"level": 1}],
    ],
)
def test_what_makes_no_sense_is_refused(given_rules: list[dict[str, Any]]) -> None:
    with pytest.raises((ValueError, KeyError)):
        rules_from({"escalation": given_rules})


@settings(deadline=None, max_examples=30)
@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 30)),  # noqa: DTZ001 - made aware below
    st.floats(0.25, 60),
)
def test_a_limit_in_working_time_ends_where_that_time_has_passed(at: datetime, hours: float) -> None:
    now = at.replace(tzinfo=UTC)
    rule = EscalationRule(level=1, after_hours=hours, working=True, kind=PaperKind.ORDER, to=USUAL[0].to)
    cutoff = rule.cutoff(now, SCHEDULE)
    assert SCHEDULE.working_hours_between(cutoff, now) >= hours
    assert SCHEDULE.working_hours_between(cutoff + timedelta(seconds=2), now) < hours


def test_by_the_plain_clock_the_hours_are_subtracted() -> None:
    assert USUAL[0].cutoff(NOW, SCHEDULE) == NOW - timedelta(hours=24)
