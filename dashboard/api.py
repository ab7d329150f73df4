"""The JSON interface below /api/v1: the same numbers as on the screens, for other people's scripts.

Owns reading of questions and wording of answers. The counting is in `data_access.queries`, the description
of this interface in `dashboard.openapi`. Queries run in a few threads of their own, so that many questions
at once wait for each other and not for the streams.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import anyio
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Scope as AsgiScope

from dashboard.domain.indicators import BY_KEY, Reading
from dashboard.domain.model import Level
from dashboard.domain.policy import Scope
from dashboard.domain.windows import Window, local_day, midnight
from dashboard.errors import DashboardError
from dashboard.openapi import description
from data_access.queries.events import MOST, OpenEvent, open_events
from data_access.queries.indicators import Measurement, district_terms, measure
from data_access.queries.regions import RegionNode, RegionUnknown, listed_regions, region_page
from data_access.queries.session import reading

log = logging.getLogger(__name__)

THREADS = 4
YEARS = range(1900, 2200)
"""Other years are slips of the pen, and local times near the ends of the calendar could not be shown."""

UNESCAPED_PLUS = re.compile(r"(?<=\d) (?=\d{2}:?\d{2}$)")
"""The place of a zone's plus sign that a query string turned into a space."""


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


class BadTimeError(DashboardError):
    """{name}={text} is not a time. Write ISO 8601, such as 2026-11-20 or 2026-11-20T14:30:00+08:00."""

    zh = "{name}={text} 不是有效时间。请使用 ISO 8601 格式，如 2026-11-20 或 2026-11-20T14:30:00+08:00。"


class BackwardsError(DashboardError):
    """The time "to" lies before "from". Give a later "to"."""

    zh = "结束时间 to 早于开始时间 from，请调整。"


class MissingRegionError(DashboardError):
    """No region was named. Add region=CODE; /api/v1/regions lists the codes."""

    zh = "未指定区域。请添加 region=区域代码，代码见 /api/v1/regions。"


class UnknownIndicatorError(DashboardError):
    """There is no indicator {key}. The keys are: {known}."""

    zh = "没有指标 {key}。可用指标：{known}。"


class BadNumberError(DashboardError):
    """{name}={text} must be a whole number from 1 to {most}."""

    zh = "{name}={text} 应为 1 到 {most} 的整数。"


class UnknownLevelError(DashboardError):
    """There is no level {text}. The levels are: {known}."""

    zh = "没有层级 {text}。可用层级：{known}。"


class NotAvailableError(DashboardError):
    """The database did not answer in time. Ask again later, or for a shorter time or a smaller region."""

    zh = "数据库未能及时响应。请稍后重试，或缩短时段、缩小区域。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request, as far as the answers need it."""

    engine: Engine
    scope: Scope
    now: datetime
    lang: str
    query: dict[str, str]
    path: dict[str, str]


Answer = Callable[[Question], dict[str, Any]]


def routes(services: ApiServices) -> list[Route]:
    """The routes of /api/v1, for the web process to mount."""
    limiter = anyio.CapacityLimiter(THREADS)
    table: dict[str, Answer] = {
        "/api/v1/indicators": indicators,
        "/api/v1/regions": regions,
        "/api/v1/regions/{code}": region,
        "/api/v1/regions/{code}/events": region_events,
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
    code = question.query.get("region", "").strip()
    if not code:
        raise MissingRegionError
    zone = district_terms(question.engine).zone
    found = measure(
        question.engine,
        code,
        question.scope,
        now=question.now,
        window=asked_window(question.query, question.now, zone),
        keys=_keys(question.query.get("keys")),
    )
    return _measurement(found, question, zone)


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
    limit = _number(question.query, "limit", 50, MOST)
    with reading(question.engine) as conn:
        found = open_events(conn, question.path["code"], question.scope, question.now, limit=limit)
    return {"events": [_event(event, question.lang) for event in found]}


def asked_window(query: dict[str, str], now: datetime, zone: ZoneInfo) -> Window:
    """The window of `from` and `to`; today without them. Times without a zone are the district's own."""
    end = _time(query, "to", zone) if query.get("to") else now
    start = _time(query, "from", zone) if query.get("from") else midnight(local_day(end, zone), zone)
    if end < start:
        raise BackwardsError
    return Window(start=start, end=end)


def language(request: Request) -> str:
    """ "zh" or "en": by `lang`, else by the browser's wish, else Chinese."""
    asked = request.query_params.get("lang", "").lower()[:2]
    if asked in ("zh", "en"):
        return asked
    wishes: list[tuple[float, str]] = []
    for part in request.headers.get("accept-language", "").split(","):
        name, _, weight = part.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), name[:2].lower()))
        except ValueError:
            continue
    known = [
        name for weight, name in sorted(wishes, key=lambda wish: wish[0]) if name in ("zh", "en") and weight
    ]
    return known[0] if known else "zh"


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
            return _refusal(error, lang, 400)
        return JSONResponse(body, headers={"Cache-Control": "no-store", "Content-Language": lang})

    return endpoint


def _refusal(error: DashboardError, lang: str, status: int) -> JSONResponse:
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__.removesuffix("Error")).lower()
    body = {"error": {"code": name, "message": error.sentence(lang)}}
    return JSONResponse(
        body, status_code=status, headers={"Content-Language": lang, "Cache-Control": "no-store"}
    )


def _time(query: dict[str, str], name: str, zone: ZoneInfo) -> datetime:
    text = query[name].strip()
    try:
        whole_day = len(text) == len("2026-11-20")
        at = datetime.fromisoformat(text if whole_day else UNESCAPED_PLUS.sub("+", text))
    except ValueError as error:
        raise BadTimeError(name=name, text=text) from error
    if at.year not in YEARS:
        raise BadTimeError(name=name, text=text)
    if whole_day:
        return midnight(at.date(), zone)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _keys(text: str | None) -> list[str] | None:
    if text is None:
        return None
    found = [key.strip() for key in text.split(",") if key.strip()]
    for key in found:
        if key not in BY_KEY:
            raise UnknownIndicatorError(key=key, known=", ".join(BY_KEY))
    return found


def _number(query: dict[str, str], name: str, default: int, most: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most):
        raise BadNumberError(name=name, text=text, most=most)
    return int(text)


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
