"""Drafts of reminders and orders: proposed where an event breaches a rule, with the evidence filled in.

Owns which breach asks for what, and the words. Finding events is `data_access.queries.breaches`; nothing is issued
before a person does it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from dashboard.domain.policy import Act
from dashboard.domain.terms import Terms
from dashboard.domain.words import Words

HOUR: Final = timedelta(hours=1)


class Breach(StrEnum):
    """What is wrong with an event, the worst first."""

    OVERDUE = "overdue"
    REMINDED_IN_VAIN = "reminded_in_vain"
    RETURNED = "returned"
    SIGN_LATE = "sign_late"
    STAGE_STUCK = "stage_stuck"
    DUE_SOON = "due_soon"


NAMES: Final[dict[Breach, Words]] = {
    Breach.OVERDUE: Words(zh="超期未办结", en="Overdue"),
    Breach.REMINDED_IN_VAIN: Words(zh="提示后仍未办理", en="Reminded in vain"),
    Breach.RETURNED: Words(zh="反复退回", en="Sent back repeatedly"),
    Breach.SIGN_LATE: Words(zh="超时未签收", en="Not signed for in time"),
    Breach.STAGE_STUCK: Words(zh="环节滞留", en="Stuck in a stage"),
    Breach.DUE_SOON: Words(zh="即将到期", en="Due soon"),
}
ORDERS: Final = frozenset({Breach.OVERDUE, Breach.REMINDED_IN_VAIN, Breach.RETURNED})
"""Breaches that ask for an order; the others for a reminder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachRules:
    """When a draft is proposed. `overdue_hours` after the limit an order is, `returned` times of sending back ask for
    one; events from `due_soon_severity` on get a reminder in the last `due_soon_hours`.
    """

    overdue_hours: float = 0.0
    returned: int = 2
    due_soon_hours: float = 2.0
    due_soon_severity: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """An open event that may breach a rule. `returned`: how often it was sent back; `reminded`: it has an open
    reminder, which was due at `reminder_due_at`.
    """

    code: str
    version: int
    severity: int
    stage: str
    category: Words
    region: Words
    parent: Words | None
    region_code: str
    department: tuple[str, Words] | None
    reported_at: datetime
    due_at: datetime | None
    stage_due_at: datetime | None
    signed_at: datetime | None
    sign_due_at: datetime | None
    returned: int
    escalation: int
    reminded: bool
    reminder_due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is proposed to be issued. `evidence`: one sentence for each breach, the worst first."""

    event_code: str
    version: int
    act: Act
    breaches: tuple[Breach, ...]
    evidence: tuple[Words, ...]
    reason: Words
    due_at: datetime
    department: tuple[str, Words] | None
    category: Words
    region: Words
    parent: Words | None
    region_code: str


def rules_from(settings: Mapping[str, Any]) -> BreachRules:
    """The rules of a district's settings. ValueError for values that make no sense."""
    given = settings.get("drafts", {})
    rules = BreachRules(
        overdue_hours=float(given.get("overdue_hours", 0.0)),
        returned=int(given.get("returned", 2)),
        due_soon_hours=float(given.get("due_soon_hours", 2.0)),
        due_soon_severity=int(given.get("due_soon_severity", 3)),
    )
    if rules.overdue_hours < 0 or rules.returned < 1 or rules.due_soon_hours < 0:
        raise ValueError("drafts: hours cannot be negative, and returned is at least 1")
    return rules


def breaches_of(event: Suspect, rules: BreachRules, now: datetime) -> tuple[Breach, ...]:
    """Which rules an open event breaches, the worst first."""
    late = event.due_at is not None and event.due_at < now
    holds = {
        Breach.OVERDUE: event.due_at is not None and event.due_at + rules.overdue_hours * HOUR < now,
        Breach.REMINDED_IN_VAIN: event.reminder_due_at is not None and event.reminder_due_at < now,
        Breach.RETURNED: event.returned >= rules.returned,
        Breach.SIGN_LATE: event.signed_at is None
        and event.stage == "handle"
        and event.sign_due_at is not None
        and event.sign_due_at < now,
        Breach.STAGE_STUCK: not late and event.stage_due_at is not None and event.stage_due_at < now,
        Breach.DUE_SOON: event.due_at is not None
        and not late
        and event.severity >= rules.due_soon_severity
        and event.due_at < now + rules.due_soon_hours * HOUR,
    }
    return tuple(breach for breach in Breach if holds[breach])


def draft_of(event: Suspect, rules: BreachRules, terms: Terms, now: datetime) -> Draft | None:
    """The draft for an event; None where it breaches nothing, or was reminded and has time left."""
    breaches = breaches_of(event, rules, now)
    order = bool(ORDERS & set(breaches))
    if not breaches or (event.reminded and not order):
        return None
    act = Act.SUPERVISE if order else Act.REMIND
    hours = terms.order_hours if order else terms.reminder_hours
    due_at = terms.schedule.add_working_time(now, hours)
    evidence = tuple(_evidence(breach, event, terms, now) for breach in breaches)
    return Draft(
        event_code=event.code,
        version=event.version,
        act=act,
        breaches=breaches,
        evidence=evidence,
        reason=_reason(event, evidence, due_at, terms),
        due_at=due_at,
        department=event.department,
        category=event.category,
        region=event.region,
        parent=event.parent,
        region_code=event.region_code,
    )


def _evidence(breach: Breach, event: Suspect, terms: Terms, now: datetime) -> Words:
    stages = {stage.key: Words(zh=stage.zh, en=stage.en) for stage in terms.workflow.stages}
    stage = stages.get(event.stage, Words(zh=event.stage, en=event.stage))
    if breach is Breach.OVERDUE:
        return _since(
            event.due_at, now, terms, "办结时限为 {at}，已超期 {span}", "was due at {at}, overdue by {span}"
        )
    if breach is Breach.REMINDED_IN_VAIN:
        zh, en = "提示函要求于 {at} 前办理，已过 {span}", "a reminder asked for it by {at}, {span} ago"
        return _since(event.reminder_due_at, now, terms, zh, en)
    if breach is Breach.RETURNED:
        return Words(zh=f"已被退回 {event.returned} 次", en=f"sent back {event.returned} times")
    if breach is Breach.SIGN_LATE:
        zh, en = (
            "签收时限为 {at}，已超 {span}，至今未签收",
            "was to be signed for by {at}, {span} ago, and is not",
        )
        return _since(event.sign_due_at, now, terms, zh, en)
    if breach is Breach.STAGE_STUCK:
        zh = f"“{stage.zh}”环节时限为 {{at}}，已滞留 {{span}}"
        return _since(
            event.stage_due_at, now, terms, zh, f'the stage "{stage.en}" was due at {{at}}, {{span}} ago'
        )
    zh, en = "重大事件，将于 {at} 到期，仅剩 {span}", "a major event, due at {at}, in {span}"
    return _since(event.due_at, now, terms, zh, en)


def _since(at: datetime | None, now: datetime, terms: Terms, zh: str, en: str) -> Words:
    """A sentence with a moment on the district's clock and how far it is from now."""
    assert at is not None
    clock = f"{at.astimezone(terms.zone):%m-%d %H:%M}"
    minutes = int(abs(now - at) / timedelta(minutes=1))
    hours, rest = divmod(minutes, 60)
    span_zh = f"{hours} 小时 {rest} 分" if hours else f"{rest} 分"
    span_en = f"{hours} h {rest} min" if hours else f"{rest} min"
    return Words(zh=zh.format(at=clock, span=span_zh), en=en.format(at=clock, span=span_en))


def _reason(event: Suspect, evidence: Sequence[Words], due_at: datetime, terms: Terms) -> Words:
    until = f"{due_at.astimezone(terms.zone):%m-%d %H:%M}"
    zh = "；".join(one.zh for one in evidence)
    en = "; ".join(one.en for one in evidence)
    who_zh = event.department[1].zh if event.department else "责任单位"
    who_en = event.department[1].en if event.department else "whoever is responsible"
    where_zh = f"{event.parent.zh if event.parent else ''}{event.region.zh}"
    where_en = f"{event.region.en}, {event.parent.en}" if event.parent else event.region.en
    return Words(
        zh=f"{where_zh}“{event.category.zh}”事件（{event.code}）{zh}。请{who_zh}于 {until} 前办理并反馈。",
        en=f"{event.category.en} in {where_en} ({event.code}): {en}. {who_en} is asked to handle it and to"
        f" report by {until}.",
    )
