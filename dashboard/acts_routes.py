"""POST /api/v1/events/{code}/acts, /api/v1/supervision/{id}/close and their like: what supervisors do, as JSON.

Owns how a request is read and an answer worded; whether the act can be done is `dashboard.domain.acts`, doing it
`data_access.writes.acts`. Acts run in a few threads of their own: who waits for another's lock holds up no question.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, Protocol

import anyio
import anyio.to_thread
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dashboard.access import audit
from dashboard.access.door import viewer_of
from dashboard.domain.act_refusals import ActRefused
from dashboard.domain.acts import ON_EVENTS, Order
from dashboard.domain.attendance import Mark
from dashboard.domain.policy import Act, Viewer
from dashboard.domain.terms import terms_from
from dashboard.errors import DashboardError
from dashboard.posture_desk import switch_posture
from dashboard.rota_desk import RotaDesk
from dashboard.route_refusals import body_bytes, language, spoken
from dashboard.row_numbers import ID
from data_access.queries.session import district_settings, reading
from data_access.queries.supervision import PaperRow
from data_access.writes.acts import Performed, perform
from data_access.writes.attendance import excuse
from data_access.writes.papers import close_paper

THREADS: Final = 4
MOST_BYTES: Final = 16 * 1024
MOST_CODE: Final = 200
KNOWN: Final = frozenset({"act", "version", "reason", "due", "department", "duplicate_of"})


class ActServices(Protocol):
    """What the route needs of the composition root."""

    @property
    def engine(self) -> Engine:
        """Connections for acts."""
        ...

    def now(self) -> datetime:
        """The time, aware, UTC."""
        ...


class BadAct(ActRefused):
    """The request cannot be read: {reason}."""

    zh = "请求无法识别：{reason_zh}。"
    status: ClassVar[int] = 400


class ActNotWritten(ActRefused):
    """The database cannot be reached; nothing was done. Try again in a moment."""

    zh = "数据库暂时无法连接，操作未生效，请稍后重试。"
    status: ClassVar[int] = 503


Doing = Callable[[Viewer, Mapping[str, Any], object], Callable[[str], dict[str, Any]]]


def routes(services: ActServices) -> list[Route]:
    """The routes, for the web process to mount."""
    limiter = anyio.CapacityLimiter(THREADS)

    def act(viewer: Viewer, path: Mapping[str, Any], body: object) -> Callable[[str], dict[str, Any]]:
        done = _perform(services, viewer, str(path["code"]), body)
        return lambda lang: performed(done, lang)

    def close(viewer: Viewer, path: Mapping[str, Any], body: object) -> Callable[[str], dict[str, Any]]:
        done = _close(services, viewer, int(path["id"]), body)
        closed_at = done.closed_at.isoformat() if done.closed_at else None
        return lambda _lang: {"number": done.number, "state": done.state, "closed_at": closed_at}

    def reason(viewer: Viewer, path: Mapping[str, Any], body: object) -> Callable[[str], dict[str, Any]]:
        mark, text = _excuse(body)
        excuse(services.engine, viewer, int(path["id"]), mark, text, services.now())
        return lambda _lang: {"shift": int(path["id"]), "mark": mark, "reason": text}

    def posture(viewer: Viewer, _path: Mapping[str, Any], body: object) -> Callable[[str], dict[str, Any]]:
        found = switch_posture(services.engine, viewer, body, services.now())
        return lambda _lang: found

    def rota(viewer: Viewer, _path: Mapping[str, Any], body: object) -> Callable[[str], dict[str, Any]]:
        about = RotaDesk(services.engine, services.now).enter(viewer, body)
        return lambda _lang: {"workers": about}

    return [
        Route("/api/v1/attendance/rota", _endpoint(rota, limiter), methods=["POST"]),
        Route("/api/v1/posture", _endpoint(posture, limiter), methods=["POST"]),
        Route(f"/api/v1/attendance/shifts/{ID}/reasons", _endpoint(reason, limiter), methods=["POST"]),
        Route("/api/v1/events/{code:path}/acts", _endpoint(act, limiter), methods=["POST"]),
        Route(f"/api/v1/supervision/{ID}/close", _endpoint(close, limiter), methods=["POST"]),
    ]


def _endpoint(doing: Doing, limiter: anyio.CapacityLimiter) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        body = await body_of(request)
        viewer, lang = viewer_of(request.scope), language(request)
        done = await anyio.to_thread.run_sync(doing, viewer, request.path_params, body, limiter=limiter)
        headers = {"Cache-Control": "no-store", "Content-Language": lang}
        return JSONResponse(done(lang), headers=headers)

    return spoken(endpoint, action="act", away=ActNotWritten)


def performed(done: Performed, lang: str) -> dict[str, Any]:
    """What was done, as an answer: the event as it stands now, and the paper that was issued."""
    department = done.department
    paper = done.paper
    return {
        "act": done.act,
        "at": done.at.isoformat(),
        "event": {
            "code": done.code,
            "version": done.version,
            "stage": done.stage,
            "state": done.state,
            "region": done.region,
            "department": department[0] if department else None,
            "department_name": department[1].in_language(lang) if department else None,
            "duplicate_of": done.duplicate_of,
        },
        "paper": None
        if paper is None
        else {
            "id": paper.id,
            "kind": paper.kind,
            "number": paper.number,
            "due_at": paper.due_at.isoformat(),
        },
    }


def order_from(body: object, services: ActServices) -> Order:
    """The act that a body asks for. BadAct where it cannot be read."""
    if not isinstance(body, dict) or (unknown := sorted(set(body) - KNOWN)):
        name = unknown[0][:50] if isinstance(body, dict) else ""
        raise BadAct(
            reason=f"{name!a} is no field" if name else "it is no JSON object",
            reason_zh=f"没有字段 {name!a}" if name else "不是 JSON 对象",
        )
    act, version, reason = body.get("act"), body.get("version"), body.get("reason", "")
    if act not in [str(one) for one in ON_EVENTS]:
        known = ", ".join(ON_EVENTS)
        raise BadAct(reason=f"act must be one of {known}", reason_zh=f"act 应为 {known} 之一")
    if not isinstance(version, int) or isinstance(version, bool) or not 0 < version < 2**63:
        raise BadAct(reason="version must be the event's version", reason_zh="version 应为事件的版本号")
    if not isinstance(reason, str) or not _plain(reason):
        raise BadAct(reason="reason must be text", reason_zh="reason 应为文字")
    return Order(
        act=Act(act),
        version=version,
        reason=reason,
        due_at=_due(body.get("due"), services),
        department=_code(body, "department"),
        duplicate_of=_code(body, "duplicate_of"),
    )


def _perform(services: ActServices, viewer: Viewer, code: str, body: object) -> Performed:
    """Do it; what was refused is on record too."""
    order = order_from(body, services)
    try:
        return perform(services.engine, viewer, code, order, services.now())
    except ActRefused as error:
        about = code if code.isprintable() else ascii(code)
        outcome = audit.Outcome.REFUSED
        audit.note(services.engine, viewer, f"act.{order.act}", about[:MOST_CODE], outcome, why=error.code)
        raise


def _close(services: ActServices, viewer: Viewer, number: int, body: object) -> PaperRow:
    """Close a paper; what was refused is on record too."""
    result = _result(body)
    try:
        return close_paper(services.engine, viewer, number, result, services.now())
    except DashboardError as error:
        about, outcome = str(number)[:MOST_CODE], audit.Outcome.REFUSED
        audit.note(services.engine, viewer, "act.settle", about, outcome, why=error.code)
        raise


def _result(body: object) -> str:
    """What came of a paper, as a body says it."""
    result = body.get("result") if isinstance(body, dict) and set(body) == {"result"} else None
    if not isinstance(result, str) or not _plain(result):
        raise BadAct(reason="result must be text, and all there is", reason_zh="只应有文字字段 result")
    return result


def _excuse(body: object) -> tuple[Mark, str | None]:
    """A mark of a shift and why it is excused, null to withdraw that."""
    fields = body if isinstance(body, dict) and set(body) == {"mark", "reason"} else {}
    mark, text = fields.get("mark"), fields.get("reason", "")
    if mark not in list(Mark) or not (text is None or (isinstance(text, str) and _plain(text))):
        known = ", ".join(Mark)
        raise BadAct(reason=f"it needs mark ({known}) and reason", reason_zh=f"应有 mark（{known}）和 reason")
    return Mark(mark), text


async def body_of(request: Request, most: int = MOST_BYTES) -> object:
    """The request's JSON, within bounds. BadAct."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise BadAct(reason="send it as application/json", reason_zh="请以 application/json 发送")
    too_long = BadAct(reason=f"it is larger than {most} bytes", reason_zh=f"超过 {most} 字节")
    data = await body_bytes(request, most, too_long)
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadAct(reason="it is no JSON", reason_zh="不是有效的 JSON") from error


def _due(value: object, services: ActServices) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        at = datetime.fromisoformat(str(value))
        if at.tzinfo is None:
            with reading(services.engine) as conn:
                at = at.replace(tzinfo=terms_from(district_settings(conn)).zone)
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadAct(reason="due must be an ISO 8601 time", reason_zh="due 应为 ISO 8601 时间") from error


def _code(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > MOST_CODE or not _plain(value):
        raise BadAct(reason=f"{name} must be a code", reason_zh=f"{name} 应为代码")
    return value


def _plain(text: str) -> bool:
    """Whether a text can be stored: JSON may carry zero bytes and halves of characters."""
    return not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text)
