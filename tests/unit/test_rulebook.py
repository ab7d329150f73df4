"""Rules of a district: the documented file is the default, and what makes no sense is refused as a whole."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from dashboard.domain import drafts, escalation
from dashboard.domain.rulebook import RuleWrong, checked
from dashboard.domain.terms import terms_from
from dashboard.domain.verdicts import THRESHOLDS

DOCUMENT = Path(__file__).parents[2] / "docs" / "rules.md"


def documented() -> dict[str, Any]:
    found = re.search(r"```toml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return tomllib.loads(found[1])


def test_the_documented_file_says_what_holds_without_it() -> None:
    rules = checked(documented(), {})
    assert terms_from(rules).thresholds == THRESHOLDS
    assert escalation.rules_from(rules) == escalation.USUAL
    assert drafts.rules_from(rules) == drafts.rules_from({}) == drafts.BreachRules()
    given, usual = terms_from(rules), terms_from({})
    for name in ("ranking_min_n", "reminder_hours", "order_hours"):
        assert getattr(given, name) == getattr(usual, name)


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"tresholds": {}}, "unknown section 'tresholds'"),
        ({"thresholds": {"on_tme": [0.9, 0.95]}}, "no indicator 'on_tme'"),
        ({"thresholds": {"on_time_due": [0.95, 0.9]}}, "red one first"),
        ({"thresholds": {"rework_rate": [0.05, 0.1]}}, "red one first"),
        ({"thresholds": {"on_time_due": [0.9]}}, "expected 2"),
        ({"thresholds": {"on_time_due": "high"}}, ""),
        ({"supervision": {"reminder_hour": 1}}, "unknown 'reminder_hour'"),
        ({"supervision": {"order_hours": 0}}, "positive"),
        ({"drafts": {"returned": 0}}, "at least 1"),
        ({"escalation": [{"level": 1}]}, "missing 'to'"),
        ({"escalation": [{"level": 3, "after_hours": 1, "kind": "order", "to": "x"}]}, "levels must be"),
        ({"ranking_min_n": "many"}, "many"),
        ({"working_hours": [["17:00", "09:00"]]}, "ascend"),
    ],
)
def test_what_makes_no_sense_is_refused(rules: dict[str, Any], reason: str) -> None:
    with pytest.raises(RuleWrong) as wrong:
        checked(rules, {})
    for lang in ("zh", "en"):
        assert reason in wrong.value.sentence(lang)
