"""A district's rules as a file of TOML: which settings it may hold, and whether they make sense together.

Owns the check before anything is stored; what a setting means is its readers' business.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dashboard.domain import drafts, escalation
from dashboard.domain.indicators import BY_KEY
from dashboard.domain.terms import terms_from
from dashboard.errors import DashboardError

KEYS: Final = frozenset(
    {
        *("thresholds", "targets", "ranking_min_n", "supervision", "drafts", "escalation"),
        *("satisfied_from", "repeat", "working_hours", "calendar", "own_days"),
    }
)
"""What a file of rules may set."""
PARTS: Final[dict[str, frozenset[str]]] = {
    "supervision": frozenset({"reminder_hours", "order_hours"}),
    "drafts": frozenset({"overdue_hours", "returned", "due_soon_hours", "due_soon_severity"}),
    "repeat": frozenset({"radius_m", "days"}),
}
"""The names within a section; sections that are not here check their own."""


class RuleWrong(DashboardError):
    """The rules cannot be used: {reason}. Nothing was changed. See docs/rules.md."""

    zh = "规则无法使用：{reason}。未作任何更改，请参阅 docs/rules.md。"


def checked(rules: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, Any]:
    """The rules, once they make sense together with the district's present settings. RuleWrong."""
    try:
        _check_names(rules)
        together = {**present, **rules}
        terms_from(together)
        drafts.rules_from(together)
        escalation.rules_from(together)
        _check_numbers(rules)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        reason = f"missing {error}" if isinstance(error, KeyError) else str(error)
        raise RuleWrong(reason=reason) from error
    return dict(rules)


def _check_names(rules: Mapping[str, Any]) -> None:
    for unknown in sorted(set(rules) - KEYS):
        raise ValueError(f"unknown section {unknown!a}, there are {', '.join(sorted(KEYS))}")
    for section, known in PARTS.items():
        for unknown in sorted(set(rules.get(section, {})) - known):
            raise ValueError(f"{section}: unknown {unknown!a}, there are {', '.join(sorted(known))}")
    for section in ("thresholds", "targets"):
        for unknown in sorted(set(rules.get(section, {})) - BY_KEY.keys()):
            raise ValueError(f"{section}: there is no indicator {unknown!a}")


def _check_numbers(rules: Mapping[str, Any]) -> None:
    """Thresholds name the worse one first: which is the lower one where more is better."""
    for key, (red, yellow) in rules.get("thresholds", {}).items():
        ordered = red <= yellow if BY_KEY[key].direction == "higher" else red >= yellow
        if not ordered:
            raise ValueError(f"thresholds: {key} names the red one first, then the yellow one")
    for name, hours in rules.get("supervision", {}).items():
        if float(hours) <= 0:
            raise ValueError(f"supervision: {name} must be positive")
    if not 0 <= int(rules.get("ranking_min_n", 0)) <= 10**6:
        raise ValueError("ranking_min_n must not be negative")
