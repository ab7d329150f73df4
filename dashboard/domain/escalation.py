"""How long an event may be overdue before it goes up a level, what is issued then, and to whom.

Owns the rules, their defaults and the sentence; raising events is `data_access.writes.escalation`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from dashboard.domain.supervision import PaperKind
from dashboard.domain.words import Words
from dashboard.domain.worktime import WorkSchedule

SECOND: Final = timedelta(seconds=1)
LONGEST_HOURS: Final = 2000.0
MOST_LEVELS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationRule:
    """An event of at least that severity that is overdue for more than `after_hours` (of working time if `working`)
    is raised to `level`, with a paper of a kind to the addressee that is due in `due_hours` of working time.
    """

    level: int
    after_hours: float
    kind: PaperKind
    to: Words
    working: bool = False
    severity: int = 1
    due_hours: float = 8.0

    def reason(self) -> Words:
        """What the paper says."""
        hours = f"{self.after_hours:g}"
        zh = f"{hours} 个工作小时" if self.working else f"{hours} 小时"
        en = f"{hours} working hours" if self.working else f"{hours} hours"
        return Words(
            zh=f"超期 {zh}未办结，按规则升级至第 {self.level} 级，报{self.to.zh}。",
            en=f"Overdue for {en}: raised to level {self.level} by rule, to {self.to.en}.",
        )

    def details(self) -> dict[str, Any]:
        """What is kept with the paper and the trace: the same words, in both languages."""
        reason = self.reason()
        return {
            "level": self.level,
            "to": self.to.zh,
            "to_en": self.to.en,
            "reason": reason.zh,
            "reason_en": reason.en,
        }

    def cutoff(self, now: datetime, schedule: WorkSchedule) -> datetime:
        """Events that were due before this moment are to be raised."""
        if not self.working:
            return now - timedelta(hours=self.after_hours)
        early, late = now - timedelta(days=self.after_hours + 60), now
        while late - early > SECOND:
            middle = early + (late - early) / 2
            if schedule.working_hours_between(middle, now) >= self.after_hours:
                early = middle
            else:
                late = middle
        return early


USUAL: Final = (
    EscalationRule(
        level=1,
        after_hours=24,
        kind=PaperKind.REMINDER,
        to=Words(zh="镇街分管领导", en="the street's deputy head"),
        due_hours=8,
    ),
    EscalationRule(
        level=2,
        after_hours=48,
        kind=PaperKind.ORDER,
        to=Words(zh="区级分管领导", en="the district's deputy head"),
        due_hours=16,
    ),
)
"""The rules of a district that sets none."""


def rules_from(settings: Mapping[str, Any]) -> tuple[EscalationRule, ...]:
    """The rules of a district's settings, by level. ValueError, KeyError or TypeError for what makes no sense."""
    given = settings.get("escalation")
    if given is None:
        return USUAL
    rules = tuple(sorted((_rule(one) for one in given), key=lambda rule: rule.level))
    _check(rules)
    return rules


def _rule(given: Mapping[str, Any]) -> EscalationRule:
    unknown = set(given) - {"level", "after_hours", "working", "kind", "to", "to_en", "severity", "due_hours"}
    if unknown:
        raise ValueError(f"escalation: unknown {', '.join(sorted(unknown))}")
    zh = str(given["to"]).strip()
    return EscalationRule(
        level=int(given["level"]),
        after_hours=float(given["after_hours"]),
        working=bool(given.get("working", False)),
        kind=PaperKind(given["kind"]),
        to=Words(zh=zh, en=str(given.get("to_en", zh)).strip()),
        severity=int(given.get("severity", 1)),
        due_hours=float(given.get("due_hours", 8.0)),
    )


def _check(rules: Sequence[EscalationRule]) -> None:
    levels = [rule.level for rule in rules]
    if levels != list(range(1, len(rules) + 1)) or len(rules) > MOST_LEVELS:
        raise ValueError(f"escalation: levels must be 1, 2, ... up to {MOST_LEVELS}, each once")
    for rule in rules:
        hours = (rule.after_hours, rule.due_hours)
        if (
            not rule.to.zh
            or not 1 <= rule.severity <= 3
            or not all(0 <= one <= LONGEST_HOURS for one in hours)
        ):
            raise ValueError(
                "escalation: each rule names to whom, a severity from 1 to 3 and hours that are not negative"
            )
