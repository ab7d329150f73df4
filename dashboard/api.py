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
from urllib.parse import quote

import anyio
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Scope as AsgiScope

from dashboard import api_attendance, api_events, api_indicators, api_supervision, api_trails
from dashboard.access.door import viewer_of
from dashboard.answering import FAILURES
from dashboard.api_indicators import region_words
from dashboard.api_trails import Attachment
from dashboard.domain.model import Level
from dashboard.domain.policy import Scope
from dashboard.errors import DashboardError
from dashboard.openapi import description
from dashboard.questions import (
    Question,
    UnknownLevelError,
    asked_number,
    language,
    readable,
)
from data_access.queries.events import MOST, OpenEvent, open_events
from data_access.queries.regions import RegionUnknown, listed_regions, region_page
from data_access.queries.session import reading

log = logging.getLogger(__name__)

THREADS = 4


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


Answer = Callable[[Question], dict[str, Any] | Attachment]


def routes(services: ApiServices) -> list[Route]:
    """The routes of /api/v1, for the web process to mount."""
    limiter = anyio.CapacityLimiter(THREADS)
    table: dict[str, Answer] = {
        "/api/v1/indicators": api_indicators.indicators,
        "/api/v1/trends": api_indicators.trends,
        "/api/v1/breakdown": api_indicators.breakdowns,
        "/api/v1/regions": regions,
        "/api/v1/regions/{code}": region,
        "/api/v1/regions/{code}/events": region_events,
        "/api/v1/events": api_events.events,
        "/api/v1/events/points": api_events.points,
        "/api/v1/events/{code}": api_events.event,
        "/api/v1/workers": api_events.workers,
        "/api/v1/workers/{code}/track": api_trails.track,
        "/api/v1/workers/{code}/week": api_trails.week,
        "/api/v1/workers/{code}/track/file": api_trails.file,
        "/api/v1/tracks": api_trails.tracks,
        "/api/v1/coverage": api_trails.coverage,
        "/api/v1/attendance": api_attendance.attendance,
        "/api/v1/attendance/file": api_attendance.file,
        "/api/v1/visits": api_attendance.visits,
        "/api/v1/supervision": api_supervision.papers,
        "/api/v1/supervision/drafts": api_supervision.proposed,
        "/api/v1/supervision/watch": api_supervision.watched,
        "/api/v1/supervision/departments": api_supervision.departments,
        "/api/v1/supervision/{id}": api_supervision.one_paper,
    }
    found = [
        Route(path, endpoint(answer, services, limiter), methods=["GET"]) for path, answer in table.items()
    ]
    return [*found, Route("/api/v1/openapi.json", openapi, methods=["GET"])]


async def openapi(_request: Request) -> JSONResponse:
    """The interface's own description."""
    return JSONResponse(description())


def regions(question: Question) -> dict[str, Any]:
    """Every region in scope, by code; `level` picks one level."""
    level = question.query.get("level")
    if level is not None and level not in list(Level):
        raise UnknownLevelError(text=level, known=", ".join(Level))
    with reading(question.engine) as conn:
        found = listed_regions(conn, question.scope, question.now, level=Level(level) if level else None)
    return {"regions": [region_words(node) for node in found]}


def region(question: Question) -> dict[str, Any]:
    """One region: its path, its open load, its children with theirs."""
    with reading(question.engine) as conn:
        page = region_page(conn, question.path["code"], question.scope, question.now)
    return {
        "region": region_words(page.path.region),
        "ancestors": [region_words(node) for node in page.path.ancestors if node.visible],
        "open": page.open,
        "overdue": page.overdue,
        "yellow": page.yellow,
        "due_2h": page.due_2h,
        "children": [
            region_words(child.region)
            | {"open": child.open, "overdue": child.overdue, "yellow": child.yellow}
            for child in page.children
        ],
    }


def region_events(question: Question) -> dict[str, Any]:
    """Open events at and below a region, the longest overdue first."""
    limit = asked_number(question.query, "limit", 50, MOST)
    with reading(question.engine) as conn:
        found = open_events(conn, question.path["code"], question.scope, question.now, limit=limit)
    return {"events": [_event(event, question.lang) for event in found]}


def endpoint(
    answer: Answer, services: ApiServices, limiter: anyio.CapacityLimiter
) -> Callable[[Request], Awaitable[Response]]:
    """The route of an answer: read strictly, asked in a thread of `limiter`, refused in the viewer's language."""

    async def answered(request: Request) -> Response:
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
            readable(question.query, question.path)
            body = await anyio.to_thread.run_sync(answer, question, limiter=limiter)
        except RegionUnknown as error:
            return _refusal(error, lang, 404)
        except FAILURES:
            log.exception(
                "a question could not be answered", extra={"action": "api", "path": request.url.path}
            )
            return _refusal(NotAvailableError(), lang, 503)
        except DashboardError as error:
            return _refusal(error, lang, getattr(error, "status", 400))
        headers = {"Cache-Control": "no-store", "Content-Language": lang}
        if isinstance(body, Attachment):
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(body.name)}"
            return Response(body.body, media_type=body.media, headers=headers)
        return JSONResponse(body, headers=headers)

    return answered


def _refusal(error: DashboardError, lang: str, status: int) -> JSONResponse:
    headers = {"Content-Language": lang, "Cache-Control": "no-store"}
    return JSONResponse({"error": error.body(lang)}, status, headers)


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
