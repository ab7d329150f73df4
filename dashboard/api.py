"""The JSON interface below /api/v1: the same numbers as on the screens, for other people's scripts.

Owns the wording of answers. Reading questions is in `dashboard.questions`, the counting in
`data_access.queries`, the description of this interface in `dashboard.openapi`. Queries run in a few threads
of their own, so that many questions at once wait for each other and not for the streams.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import anyio
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Scope as AsgiScope

from dashboard import api_events
from dashboard.access.door import viewer_of
from dashboard.domain.atlas import Drawn
from dashboard.domain.indicators import BY_KEY, Reading
from dashboard.domain.model import Level
from dashboard.domain.policy import Scope
from dashboard.domain.windows import Step, steps
from dashboard.errors import DashboardError
from dashboard.openapi import description
from dashboard.questions import (
    Question,
    TooManyStepsError,
    UnknownLevelError,
    asked_choice,
    asked_keys,
    asked_number,
    asked_region,
    asked_window,
    language,
)
from data_access.queries.events import MOST, OpenEvent, open_events
from data_access.queries.indicators import Measurement, district_terms, measure, measure_each
from data_access.queries.regions import RegionNode, RegionUnknown, listed_regions, region_page
from data_access.queries.session import reading

log = logging.getLogger(__name__)

THREADS = 4
MOST_STEPS = 120
"""How many stretches of time one trend may have."""
TREND_KEYS = ("reported", "closed", "open", "closure_rate", "on_time_due", "satisfaction")


class ApiServices(Protocol):
    """What the interface needs of the composition root."""

    @property
    def engine(self) -> Engine:
        """Connections for questions."""
        ...

    def scope_of(self, scope: AsgiScope) -> Scope:
        """Who is asking may see what."""
        ...

    def now(self) -> datetime:
        """The time, aware, UTC."""
        ...


class NotAvailableError(DashboardError):
    """The database did not answer in time. Ask again later, or for a shorter time or a smaller region."""

    zh = "数据库未能及时响应。请稍后重试，或缩短时段、缩小区域。"


Answer = Callable[[Question], dict[str, Any]]


def routes(services: ApiServices) -> list[Route]:
    """The routes of /api/v1, for the web process to mount."""
    limiter = anyio.CapacityLimiter(THREADS)
    table: dict[str, Answer] = {
        "/api/v1/indicators": indicators,
        "/api/v1/trends": trends,
        "/api/v1/regions": regions,
        "/api/v1/regions/{code}": region,
        "/api/v1/regions/{code}/events": region_events,
        "/api/v1/events": api_events.events,
        "/api/v1/events/points": api_events.points,
        "/api/v1/events/{code}": api_events.event,
        "/api/v1/workers": api_events.workers,
    }
    found = [
        Route(path, _endpoint(answer, services, limiter), methods=["GET"]) for path, answer in table.items()
    ]
    return [*found, Route("/api/v1/openapi.json", openapi, methods=["GET"])]


async def openapi(_request: Request) -> JSONResponse:
    """The interface's own description."""
    return JSONResponse(description())


def indicators(question: Question) -> dict[str, Any]:
    """Value, n and d of the indicators of a region over a window of time."""
    zone = district_terms(question.engine).zone
    drawn = asked_choice(question.query, "drawn", Drawn, Drawn.THEN)
    found = measure(
        question.engine,
        asked_region(question.query),
        question.scope,
        now=question.now,
        window=asked_window(question.query, question.now, zone),
        keys=asked_keys(question.query.get("keys")),
        drawn=drawn,
    )
    return _measurement(found, question, zone) | {"drawn": drawn}


def trends(question: Question) -> dict[str, Any]:
    """Indicators of a region step by step, the last step as far as it has come."""
    code, zone = asked_region(question.query), district_terms(question.engine).zone
    drawn = asked_choice(question.query, "drawn", Drawn, Drawn.THEN)
    step = asked_choice(question.query, "step", Step, Step.DAY)
    windows = steps(asked_window(question.query, question.now, zone), step, zone, MOST_STEPS + 1)
    if len(windows) > MOST_STEPS:
        raise TooManyStepsError(most=MOST_STEPS)
    keys = asked_keys(question.query.get("keys")) or list(TREND_KEYS)
    found = measure_each(
        question.engine, code, question.scope, now=question.now, windows=windows, keys=keys, drawn=drawn
    )
    return {
        "region": _region(found[0].region),
        "as_of": question.now.astimezone(zone).isoformat(),
        "drawn": drawn,
        "step": step,
        "starts": [item.window.start.astimezone(zone).isoformat() for item in found],
        "end": found[-1].window.end.astimezone(zone).isoformat(),
        "series": {
            key: [
                {"value": reading.value, "n": reading.n, "d": reading.d}
                for item in found
                for reading in item.readings
                if reading.key == key
            ]
            for key in keys
        },
    }


def regions(question: Question) -> dict[str, Any]:
    """Every region in scope, by code; `level` picks one level."""
    level = question.query.get("level")
    if level is not None and level not in list(Level):
        raise UnknownLevelError(text=level, known=", ".join(Level))
    with reading(question.engine) as conn:
        found = listed_regions(conn, question.scope, question.now, level=Level(level) if level else None)
    return {"regions": [_region(node) for node in found]}


def region(question: Question) -> dict[str, Any]:
    """One region: its path, its open load, its children with theirs."""
    with reading(question.engine) as conn:
        page = region_page(conn, question.path["code"], question.scope, question.now)
    return {
        "region": _region(page.path.region),
        "ancestors": [_region(node) for node in page.path.ancestors if node.visible],
        "open": page.open,
        "overdue": page.overdue,
        "yellow": page.yellow,
        "due_2h": page.due_2h,
        "children": [
            _region(child.region) | {"open": child.open, "overdue": child.overdue, "yellow": child.yellow}
            for child in page.children
        ],
    }


def region_events(question: Question) -> dict[str, Any]:
    """Open events at and below a region, the longest overdue first."""
    limit = asked_number(question.query, "limit", 50, MOST)
    with reading(question.engine) as conn:
        found = open_events(conn, question.path["code"], question.scope, question.now, limit=limit)
    return {"events": [_event(event, question.lang) for event in found]}


def _endpoint(
    answer: Answer, services: ApiServices, limiter: anyio.CapacityLimiter
) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def endpoint(request: Request) -> JSONResponse:
        lang = language(request)
        question = Question(
            engine=services.engine,
            scope=services.scope_of(request.scope),
            now=services.now(),
            lang=lang,
            query=dict(request.query_params),
            path=request.path_params,
            viewer=viewer_of(request.scope),
        )
        try:
            body = await anyio.to_thread.run_sync(answer, question, limiter=limiter)
        except RegionUnknown as error:
            return _refusal(error, lang, 404)
        except SQLAlchemyError:
            log.exception(
                "a question could not be answered", extra={"action": "api", "path": request.url.path}
            )
            return _refusal(NotAvailableError(), lang, 503)
        except DashboardError as error:
            return _refusal(error, lang, getattr(error, "status", 400))
        return JSONResponse(body, headers={"Cache-Control": "no-store", "Content-Language": lang})

    return endpoint


def _refusal(error: DashboardError, lang: str, status: int) -> JSONResponse:
    headers = {"Content-Language": lang, "Cache-Control": "no-store"}
    return JSONResponse({"error": error.body(lang)}, status, headers)


def _measurement(found: Measurement, question: Question, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "region": _region(found.region),
        "from": found.window.start.astimezone(zone).isoformat(),
        "to": found.window.end.astimezone(zone).isoformat(),
        "as_of": question.now.astimezone(zone).isoformat(),
        "holidays_known": found.holidays_known,
        "indicators": {item.key: _reading(item, question.lang) for item in found.readings},
    }


def _reading(item: Reading, lang: str) -> dict[str, Any]:
    described = BY_KEY[item.key]
    return {
        "name": described.zh if lang == "zh" else described.en,
        "value": item.value,
        "n": item.n,
        "d": item.d,
        "reason": item.reason.in_language(lang) if item.reason else None,
        "unit": described.unit,
        "direction": described.direction,
        "target": described.target,
        "formula": described.formula.in_language(lang),
        "version": described.version,
    }


def _region(node: RegionNode) -> dict[str, Any]:
    return {
        "code": node.code,
        "level": node.level,
        "kind": node.kind,
        "name": node.name,
        "name_en": node.name_en,
        "parent": node.parent_code,
        "lon": node.lon,
        "lat": node.lat,
    }


def _event(event: OpenEvent, lang: str) -> dict[str, Any]:
    return {
        "code": event.code,
        "source": event.source,
        "category": event.category.in_language(lang),
        "region": event.region_code,
        "region_name": event.region.in_language(lang),
        "severity": event.severity,
        "escalation": event.escalation,
        "stage": event.stage,
        "colour": event.colour,
        "reported_at": event.reported_at.isoformat(),
        "due_at": event.due_at.isoformat() if event.due_at else None,
        "lon": event.lon,
        "lat": event.lat,
    }
