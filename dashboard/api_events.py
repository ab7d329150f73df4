"""The JSON interface's answers about events and workers. Owns their wording; words of people only for those who may
see them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from dashboard.access import audit
from dashboard.domain.colours import Colour
from dashboard.domain.policy import Act
from dashboard.domain.terms import Terms, terms_from
from dashboard.domain.view import view_from
from dashboard.domain.words import Words
from dashboard.domain.workflow import DONE
from dashboard.errors import DashboardError
from dashboard.questions import Question, asked_number, asked_region
from data_access.queries.event_page import EventDetail, event_detail
from data_access.queries.event_points import event_points
from data_access.queries.event_rows import MOST_ROWS, EventRow, named_events
from data_access.queries.event_surroundings import Neighbour
from data_access.queries.event_table import (
    MOST_OFFSET,
    event_page_rows,
    sort_from,
)
from data_access.queries.session import district_settings, reading
from data_access.queries.workers_near import MOST as MOST_WORKERS
from data_access.queries.workers_near import NearWorker, duty_workers

USUAL_ROWS: Final = 50
PAST_ALL: Final = Words(zh="已办结", en="Done")
"""The stage of an event that is past the last one."""


class BadPointError(DashboardError):
    """near={text} is not a point. Write longitude,latitude in degrees of WGS-84, such as near=103.88,30.82."""

    zh = "near={text} 不是有效坐标。请写作“经度,纬度”（WGS-84，度），如 near=103.88,30.82。"


def events(question: Question) -> dict[str, Any]:
    """A page of the table of events, or the events of `codes`."""
    if question.query.get("codes"):
        codes = [code.strip() for code in question.query["codes"].split(",") if code.strip()]
        with reading(question.engine) as conn:
            terms = terms_from(district_settings(conn))
            named = named_events(conn, codes, question.scope, question.now)
        return {
            "events": [_row(row, question, terms) for row in named],
            "total": len(named),
            "capped": False,
        } | {
            "listing": None,
            "sort": None,
            "offset": 0,
            "next": None,
        }
    view, region = view_from(question.query), asked_region(question.query)
    limit = asked_number(question.query, "limit", USUAL_ROWS, MOST_ROWS)
    offset = asked_number(question.query, "offset", 0, MOST_OFFSET, least=0)
    sort = sort_from(view.sort)
    with reading(question.engine) as conn:
        terms = terms_from(district_settings(conn))
        found = event_page_rows(
            conn,
            region,
            question.scope,
            question.now,
            view.window(question.now, terms.zone),
            view.filters,
            view.q,
            sort,
            offset,
            limit,
            view.drawn,
            personal=_personal(question),
        )
    shown = offset + len(found.rows)
    more = len(found.rows) == limit and (found.capped or shown < found.total) and shown <= MOST_OFFSET
    return {
        "events": [_row(row, question, terms) for row in found.rows],
        "total": found.total,
        "capped": found.capped,
        "listing": found.listing,
        "sort": str(found.sort),
        "offset": offset,
        "next": shown if more else None,
    }


def points(question: Question) -> dict[str, Any]:
    """The same events on the map: each of them, or cells of a mesh with counts."""
    view, region = view_from(question.query), asked_region(question.query)
    with reading(question.engine) as conn:
        window = view.window(question.now, terms_from(district_settings(conn)).zone)
        found = event_points(
            conn,
            region,
            question.scope,
            question.now,
            window,
            view.filters,
            view.q,
            view.drawn,
            personal=_personal(question),
        )
    return {
        "points": [[one.x, one.y, one.colour, one.code, one.region_code, 1] for one in found.spots],
        "cells": [[one.x, one.y, one.n, one.red, one.yellow, one.green, one.closed] for one in found.cells],
        "cell": found.cell,
        "total": found.total,
        "unplaced": found.unplaced,
        "since": _time(found.since),
        "listing": found.listing,
    }


def event(question: Question) -> dict[str, Any]:
    """One event. The look goes on record."""
    with reading(question.engine) as conn:
        terms = terms_from(district_settings(conn))
        found = event_detail(conn, question.path["code"], question.scope, question.now)
    audit.note(question.engine, question.viewer, "event.seen", found.row.code)
    lang = question.lang
    return {
        "event": _row(found.row, question, terms),
        "category_path": [name.in_language(lang) for name in found.category],
        "region_path": [
            {"code": place.code, "level": place.level, "name": place.name.in_language(lang)}
            for place in found.places
        ],
        "reporter": found.reporter if _personal(question) else None,
        "worker": found.worker_code,
        "duplicate_of": found.duplicate_of,
        "first_contact": found.first_contact,
        "clocks": {name: _time(at) for name, at in found.clocks.items()},
        "sign": {
            "signed_at": _time(found.sign.signed_at),
            "due_at": _time(found.sign.due_at),
            "late": found.sign.late,
            "late_hours": found.sign.late_hours,
        },
        "stages": _stages(found, question),
        "steps": _steps(found, question),
        "photos": list(found.photos),
        "feedback": [_plain(asdict(voice)) for voice in found.feedback],
        "supervision": _supervision(found, question),
        "workers": [_worker(one, question) for one in found.workers],
        "neighbours": [_neighbour(one, lang) for one in found.neighbours],
        "why": found.why.in_language(lang),
    }


def workers(question: Question) -> dict[str, Any]:
    """Workers of a region who are on duty now; nearest first where a point is given."""
    region, near = asked_region(question.query), _point(question.query.get("near"))
    limit = asked_number(question.query, "limit", 100, MOST_WORKERS)
    with reading(question.engine) as conn:
        found = duty_workers(conn, region, question.scope, question.now, near=near, limit=limit)
    return {"workers": [_worker(one, question) for one in found]}


def _personal(question: Question) -> bool:
    return question.viewer.may(Act.SEE_PERSONAL)


def _row(row: EventRow, question: Question, terms: Terms) -> dict[str, Any]:
    lang, personal = question.lang, _personal(question)
    return {
        "code": row.code,
        "version": row.version,
        "source": row.source,
        "state": row.state,
        "stage": row.stage,
        "stage_name": _stage_name(row.stage, terms, lang),
        "severity": row.severity,
        "escalation": row.escalation,
        "rework": row.rework,
        "colour": None if row.colour is Colour.NONE else row.colour,
        "duplicate": row.duplicate,
        "category": row.category.in_language(lang),
        "category_code": row.category_code,
        "region": row.region_code,
        "region_name": row.region.in_language(lang),
        "parent_name": _named(row.parent, lang),
        "department": _named(row.department, lang),
        "department_code": row.department_code,
        "reported_at": row.reported_at.isoformat(),
        "due_at": _time(row.due_at),
        "warn_at": _time(row.warn_at),
        "closed_at": _time(row.closed_at),
        "address": row.address if personal else None,
        "text": row.text if personal else None,
        "lon": row.lon,
        "lat": row.lat,
    }


def _stage_name(key: str, terms: Terms, lang: str) -> str:
    """The loop's own word; a key of another loop stays as it is."""
    if key == DONE:
        return PAST_ALL.in_language(lang)
    stage = next((one for one in terms.workflow.stages if one.key == key), None)
    return key if stage is None else Words(zh=stage.zh, en=stage.en).in_language(lang)


def _stages(found: EventDetail, question: Question) -> list[dict[str, Any]]:
    personal = _personal(question)
    return [_plain(asdict(stage)) | {"actor": stage.actor if personal else None} for stage in found.stages]


def _steps(found: EventDetail, question: Question) -> list[dict[str, Any]]:
    personal = _personal(question)
    return [
        {
            "at": step.at.isoformat(),
            "stage": step.stage,
            "action": step.action,
            "actor": step.actor if personal else None,
            "note": step.note if personal else None,
            "photos": list(step.photos),
        }
        for step in found.steps
    ]


def _supervision(found: EventDetail, question: Question) -> list[dict[str, Any]]:
    personal = _personal(question)
    return [
        {
            "id": order.id,
            "kind": order.kind,
            "department": _named(order.department, question.lang),
            "issued_at": order.issued_at.isoformat(),
            "due_at": _time(order.due_at),
            "closed_at": _time(order.closed_at),
            "reason": _named(order.rule, question.lang) or (order.reason if personal else None),
            "actor": order.actor if personal else None,
        }
        for order in found.supervision
    ]


def _worker(one: NearWorker, question: Question) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name.in_language(question.lang) if _personal(question) else None,
        "region": one.region_code,
        "region_name": one.region.in_language(question.lang),
        "lon": one.lon,
        "lat": one.lat,
        "fixed_at": _time(one.fixed_at),
        "fix_age_s": one.fix_age_s,
        "distance_m": one.distance_m,
        "open_events": one.open_events,
        "battery_pct": one.battery_pct,
    }


def _neighbour(one: Neighbour, lang: str) -> dict[str, Any]:
    return {
        "code": one.code,
        "relation": one.relation,
        "category": one.category.in_language(lang),
        "state": one.state,
        "stage": one.stage,
        "reported_at": one.reported_at.isoformat(),
        "distance_m": one.distance_m,
        "region": one.region_code,
    }


def _point(text: str | None) -> tuple[float, float] | None:
    """BadPointError."""
    if text is None:
        return None
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError as error:
        raise BadPointError(text=text[:64]) from error
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise BadPointError(text=text[:64])
    return lon, lat


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {key: _time(value) if isinstance(value, datetime) else value for key, value in values.items()}


def _named(words: Words | None, lang: str) -> str | None:
    return None if words is None else words.in_language(lang)


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
