"""The JSON interface's answers about supervision: the ledger, one paper, drafts, what is late by street, departments.

Owns their wording and how a question about the ledger is read.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from dashboard.domain.act_refusals import ActRefused
from dashboard.domain.drafts import NAMES, Draft
from dashboard.domain.policy import Act
from dashboard.domain.supervision import KIND_WORDS, STATE_WORDS, PaperKind, PaperState
from dashboard.domain.terms import terms_from
from dashboard.domain.verdicts import region_verdict, worst
from dashboard.domain.words import Words
from dashboard.questions import (
    Question,
    UnknownChoiceError,
    asked_choice,
    asked_number,
    asked_region,
    asked_window,
)
from data_access.queries.breaches import MOST as MOST_DRAFTS
from data_access.queries.breaches import StreetWatch, drafts, watch
from data_access.queries.departments import DepartmentStanding, department_standings
from data_access.queries.regions import storable
from data_access.queries.session import district_settings, reading
from data_access.queries.supervision import (
    MOST,
    MOST_OFFSET,
    LedgerQuestion,
    PaperRow,
    ledger,
    paper,
)

USUAL_ROWS: Final = 50
MOST_ID: Final = 999_999_999
JUDGED: Final = ("on_time_due", "sign_on_time", "rework_rate", "supervision_closed")
"""The indicators by which a department is coloured."""


class MayNotSee(ActRefused):
    """Your role may not look at single events. Ask an administrator for it."""

    zh = "您的角色无权查看单个事件，请联系管理员。"
    status = 403


def papers(question: Question) -> dict[str, Any]:
    """A page of the ledger, and the totals of all papers that the question is about."""
    _may_see(question)
    code = asked_region(question.query)
    with reading(question.engine) as conn:
        zone = terms_from(district_settings(conn)).zone
        found = ledger(conn, code, question.scope, question.now, _asked(question, zone))
    totals = found.totals
    return {
        "papers": [_paper(row, question) for row in found.rows],
        "total": found.total,
        "issued": totals.issued,
        "closed": totals.closed,
        "overdue": totals.overdue,
        "closed_late": totals.closed_late,
        "rate": totals.rate,
    }


def one_paper(question: Question) -> dict[str, Any]:
    """One reminder or order, and the attempts to deliver it."""
    _may_see(question)
    number = asked_number(question.path, "id", 0, MOST_ID)
    with reading(question.engine) as conn:
        found, attempts = paper(conn, number, question.scope, question.now)
    return {
        "paper": _paper(found, question),
        "attempts": [
            {
                "number": one.number,
                "at": one.at.isoformat(),
                "elapsed_ms": one.elapsed_ms,
                "status": one.status,
                "error": one.error if question.viewer.may(Act.SUPERVISE) else None,
            }
            for one in attempts
        ],
    }


def proposed(question: Question) -> dict[str, Any]:
    """Drafts of reminders and orders, with their evidence."""
    _may_see(question)
    code = asked_region(question.query)
    limit = asked_number(question.query, "limit", USUAL_ROWS, MOST_DRAFTS)
    with reading(question.engine) as conn:
        found = drafts(conn, code, question.scope, question.now, limit=limit)
    return {"drafts": [_draft(one, question.lang) for one in found]}


def watched(question: Question) -> dict[str, Any]:
    """What is late or about to be, by street."""
    _may_see(question)
    code = asked_region(question.query)
    with reading(question.engine) as conn:
        found = watch(conn, code, question.scope, question.now)
    return {"streets": [_street(one, question.lang) for one in found]}


def departments(question: Question) -> dict[str, Any]:
    """How departments stand over a window: their indicators, their colour and why."""
    _may_see(question)
    code = asked_region(question.query)
    with reading(question.engine) as conn:
        terms = terms_from(district_settings(conn))
        window = asked_window(question.query, question.now, terms.zone)
        found = department_standings(conn, code, question.scope, question.now, window)
    lang = question.lang

    def told(one: DepartmentStanding) -> dict[str, Any]:
        verdicts = {key: region_verdict(one.reading(key), terms, lang) for key in JUDGED}
        judged = worst(verdicts.values())
        assert judged is not None
        return {
            "code": one.code,
            "name": one.name.in_language(lang),
            "colour": judged.colour,
            "reason": judged.reason,
            "papers_overdue": one.papers_overdue,
            "indicators": {
                item.key: {"value": item.value, "n": item.n, "d": item.d}
                | (
                    {"colour": verdicts[item.key].colour, "reason": verdicts[item.key].reason}
                    if item.key in verdicts
                    else {"colour": None, "reason": None}
                )
                for item in one.readings
            },
        }

    return {
        "from": window.start.astimezone(terms.zone).isoformat(),
        "to": window.end.astimezone(terms.zone).isoformat(),
        "departments": [told(one) for one in found],
    }


def _may_see(question: Question) -> None:
    if not question.viewer.may(Act.SEE_EVENTS):
        raise MayNotSee


def _asked(question: Question, zone: ZoneInfo) -> LedgerQuestion:
    query = question.query
    states = [one.strip() for one in query.get("state", "").split(",") if one.strip()]
    for one in states:
        if one not in list(PaperState):
            raise UnknownChoiceError(name="state", text=one[:64], known=", ".join(PaperState))
    timed = any(query.get(name) for name in ("from", "to", "window"))
    window = asked_window(query, question.now, zone) if timed else None
    return LedgerQuestion(
        kind=asked_choice(query, "kind", PaperKind, PaperKind.ORDER) if query.get("kind") else None,
        state=frozenset(PaperState(one) for one in states),
        department=_code(query, "department"),
        event=_code(query, "event"),
        since=window.start if window else None,
        until=window.end if window else None,
        offset=asked_number(query, "offset", 0, MOST_OFFSET, least=0),
        limit=asked_number(query, "limit", USUAL_ROWS, MOST),
    )


def _code(query: dict[str, str], name: str) -> str | None:
    text = query.get(name, "").strip()
    if not storable(text):
        raise UnknownChoiceError(name=name, text=ascii(text)[:64], known="CODE")
    return text or None


def _paper(row: PaperRow, question: Question) -> dict[str, Any]:
    lang = question.lang
    return {
        "id": row.id,
        "number": row.number,
        "kind": row.kind,
        "kind_name": KIND_WORDS[row.kind].in_language(lang),
        "state": row.state,
        "state_name": STATE_WORDS[row.state].in_language(lang),
        "event": row.event_code,
        "event_stage": row.event_stage,
        "event_state": row.event_state,
        "category": _name(row.category, lang),
        "region": row.region_code,
        "region_name": _name(row.region, lang),
        "department": row.department_code,
        "department_name": _name(row.department, lang),
        "addressee": _name(row.addressee, lang),
        "level": row.level,
        "issued_at": row.issued_at.isoformat(),
        "due_at": _time(row.due_at),
        "closed_at": _time(row.closed_at),
        "reason": row.rule.in_language(lang)
        if row.rule
        else row.reason
        if question.viewer.may(Act.SEE_PERSONAL) or row.level
        else None,
        "actor": row.actor,
        "closed_by": row.closed_by,
        "result": row.result if question.viewer.may(Act.SEE_PERSONAL) else None,
        "delivery": row.delivery,
        "delivered_at": _time(row.delivered_at),
        "attempts": row.attempts,
    }


def _draft(one: Draft, lang: str) -> dict[str, Any]:
    return {
        "event": one.event_code,
        "version": one.version,
        "act": one.act,
        "breaches": [
            {"key": breach, "name": NAMES[breach].in_language(lang), "evidence": words.in_language(lang)}
            for breach, words in zip(one.breaches, one.evidence, strict=True)
        ],
        "reason": one.reason.in_language(lang),
        "due_at": one.due_at.isoformat(),
        "department": one.department[0] if one.department else None,
        "department_name": one.department[1].in_language(lang) if one.department else None,
        "category": one.category.in_language(lang),
        "region": one.region_code,
        "region_name": one.region.in_language(lang),
    }


def _street(one: StreetWatch, lang: str) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": _name(one.name, lang),
        "open": one.open,
        "overdue": one.overdue,
        "due_2h": one.due_2h,
        "sign_late": one.sign_late,
        "stage_stuck": one.stage_stuck,
    }


def _name(words: Words | None, lang: str) -> str | None:
    return words.in_language(lang) if words else None


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
