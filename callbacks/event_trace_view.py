"""The closed loop of one event in words: each stage's clock, and what happened in it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from dashboard.domain.stage_clocks import StageClock
from dashboard.domain.terms import Terms
from dashboard.domain.words import Words, recorded
from data_access.queries.event_page import EventDetail, Step
from layouts import formats
from layouts.context import PageContext
from layouts.event_views import StageRow, TraceLine

SAID_BY_CLOCK: Final = frozenset({"done", "enter"})
"""Actions that the clock of a stage says already, unless there is a note with them."""
ACTIONS: Final = frozenset(
    {
        *("enter", "sign", "done", "return", "remind", "supervise", "order", "escalate", "note", "transfer"),
        *("duplicate", "mark_duplicate", "void", "assign", "reminder", "settle"),
    }
)
BY_RULE: Final = frozenset({"escalate", "assign"})
"""Actions whose sentence is a rule's own, in both languages, and personal to nobody."""


def stage_rows(context: PageContext, detail: EventDetail, terms: Terms, *, personal: bool) -> list[StageRow]:
    """All stages in order; what belongs to none of them goes with the one that the event is in."""
    known = {clock.key for clock in detail.stages}
    here = next((clock.key for clock in detail.stages if clock.running), detail.stages[-1].key)
    lines: dict[str, list[TraceLine]] = {}
    for step in detail.steps:
        if step.action not in SAID_BY_CLOCK or step.note:
            stage = step.stage if step.stage in known else here
            lines.setdefault(stage, []).append(_line(context, step, terms, personal=personal))
    return [
        _row(context, number, clock, terms, lines.get(clock.key, []), personal=personal)
        for number, clock in enumerate(detail.stages, 1)
    ]


def _row(
    context: PageContext,
    number: int,
    clock: StageClock,
    terms: Terms,
    lines: list[TraceLine],
    *,
    personal: bool,
) -> StageRow:
    stage = terms.workflow.stage(clock.key)
    late = clock.late
    state = ("late" if late else "now") if clock.running else "done" if clock.done_at else "todo"
    limit = None if clock.limit_hours is None else timedelta(hours=clock.limit_hours)
    return StageRow(
        key=clock.key,
        number=number,
        name=Words(zh=stage.zh, en=stage.en).in_language(str(context.lang)),
        state=state,
        who=(clock.actor or "") if personal else "",
        when=_when(context, clock, terms, state),
        limit="" if limit is None else context.t("one.limit", span=brief_span(context, limit)),
        used=_used(context, clock),
        share=_share(clock),
        over=late,
        lines=_returned(context, clock) + lines,
    )


def _when(context: PageContext, clock: StageClock, terms: Terms, state: str) -> str:
    if state == "done" and clock.done_at:
        return formats.moment(clock.done_at, terms.zone)
    if state in ("now", "late") and clock.due_at:
        return context.t("one.due_by", time=formats.moment(clock.due_at, terms.zone))
    if state == "todo" and clock.limit_hours is not None:
        return context.t("one.limit", span=brief_span(context, timedelta(hours=clock.limit_hours)))
    return ""


def _used(context: PageContext, clock: StageClock) -> str:
    if clock.used_hours is None:
        return ""
    span = brief_span(context, timedelta(hours=clock.used_hours))
    return context.t("one.spent" if clock.running else "one.used", span=span)


def _share(clock: StageClock) -> float | None:
    if clock.used_hours is None or not clock.limit_hours:
        return None
    return clock.used_hours / clock.limit_hours


def _returned(context: PageContext, clock: StageClock) -> list[TraceLine]:
    if clock.returned < 2:
        return []
    return [TraceLine(when="", what=context.t("one.returned", n=clock.returned))]


def brief_span(context: PageContext, span: timedelta) -> str:
    """Hours and minutes; minutes alone below an hour, hours alone where they are whole."""
    minutes = round(span.total_seconds() / 60)
    if minutes < 60:
        return context.t("fmt.minutes", m=minutes)
    if minutes % 60 == 0 and minutes < 72 * 60:
        return context.t("fmt.hours", h=minutes // 60)
    return formats.span(context, timedelta(minutes=minutes))


def _line(context: PageContext, step: Step, terms: Terms, *, personal: bool) -> TraceLine:
    action = step.action if step.action in ACTIONS else "other"
    rule = recorded(step.details) if step.action in BY_RULE else None
    note = rule.in_language(str(context.lang)) if rule else step.note or ""
    if note and not rule and not personal:
        note = context.t("one.masked")
    name = str(step.details.get("name") or step.actor or "")
    return TraceLine(
        when=formats.moment(step.at, terms.zone),
        what=context.t(f"step.{action}"),
        who=name if personal else "",
        note=note,
    )
