"""The addresses of files that are made in the background: native async routes, so that nothing streams through Flask.

POST /exports asks for one, GET /exports lists the viewer's own, /exports/progress tells how far they are, and
/exports/{id}/file is the file itself.
"""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from dashboard.access.door import viewer_of
from dashboard.errors import DashboardError
from dashboard.file_board import FileBoard, told_of
from dashboard.file_desk import (
    FileClosed,
    FileDesk,
    FileNotReady,
    MayNotMake,
    NoRoomForFiles,
    QuestionTooLong,
)
from dashboard.file_kinds import MOST_BYTES, KindUnknown
from dashboard.live.stream import Watch
from dashboard.route_refusals import body_bytes, language, spoken
from dashboard.row_numbers import ID
from data_access.queries.file_jobs import FileUnknown
from data_access.writes.file_jobs import FileBusy, TooManyFiles

HEADERS: Final = {"Cache-Control": "no-store"}


class BadFileQuestion(DashboardError):
    """The request cannot be read: it must be JSON with `kind` and `question`."""

    zh = "请求无法识别：应为含 kind 和 question 的 JSON。"


class TooManyLookOn(DashboardError):
    """Too many of your pages follow files at once. Close one of them."""

    zh = "您同时查看文件进度的页面过多，请关闭其中一个。"


STATUS: Final[Mapping[type[DashboardError], int]] = {
    KindUnknown: 404,
    FileUnknown: 404,
    MayNotMake: 403,
    FileClosed: 403,
    FileNotReady: 409,
    FileBusy: 409,
    QuestionTooLong: 413,
    TooManyFiles: 429,
    TooManyLookOn: 429,
    NoRoomForFiles: 507,
}
told = partial(spoken, action="files", statuses=STATUS)
"""Pages about files, and why there is none."""


def routes(desk: FileDesk, board: FileBoard, watch: Watch | None = None) -> list[Route]:
    """Routes of the web process. `watch`: has a stream stopped when its viewer loses something."""

    async def ask(request: Request) -> Response:
        kind, question = _asked(await _body(request))
        viewer, lang = viewer_of(request.scope), language(request)
        number = await anyio.to_thread.run_sync(desk.ask, viewer, kind, question, lang)
        return JSONResponse({"id": number}, 201, HEADERS)

    async def listed(request: Request) -> Response:
        jobs = await anyio.to_thread.run_sync(desk.recent, [viewer_of(request.scope).login])
        lang = language(request)
        return JSONResponse({"jobs": [told_of(job, lang) for job in jobs]}, headers=HEADERS)

    async def progress(request: Request) -> Response:
        login = viewer_of(request.scope).login
        if not board.has_room(login):
            raise TooManyLookOn
        rights = None if watch is None else partial(watch, request.scope)
        events = board.follow(login, language(request), rights)
        headers = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
        return StreamingResponse(events, headers=headers, media_type="text/event-stream")

    async def file(request: Request) -> Response:
        ready = await anyio.to_thread.run_sync(
            desk.fetch, viewer_of(request.scope), request.path_params["id"]
        )
        answer = FileResponse(ready.path, media_type="application/octet-stream", headers=HEADERS)
        answer.headers["Content-Disposition"] = attachment(ready.file_name)
        return answer

    def deed(do: Callable[..., None]) -> Callable[[Request], Awaitable[Response]]:
        async def done(request: Request) -> Response:
            await anyio.to_thread.run_sync(do, viewer_of(request.scope), request.path_params["id"])
            return Response(status_code=204, headers=HEADERS)

        return done

    return [
        Route("/exports", told(ask), methods=["POST"]),
        Route("/exports", told(listed), methods=["GET"]),
        Route("/exports/progress", told(progress), methods=["GET"]),
        Route(f"/exports/{ID}/file", told(file), methods=["GET"]),
        Route(f"/exports/{ID}/cancel", told(deed(desk.cancel)), methods=["POST"]),
        Route(f"/exports/{ID}/repeat", told(deed(desk.repeat)), methods=["POST"]),
        Route(f"/exports/{ID}", told(deed(desk.discard)), methods=["DELETE"]),
    ]


def attachment(file_name: str) -> str:
    """The header that has a browser keep a file under a name, whatever letters it has."""
    plain = "".join(
        char if char.isascii() and (char.isalnum() or char in "._- ") else "_" for char in file_name
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"


def _asked(body: bytes) -> tuple[str, Mapping[str, Any]]:
    try:
        found = json.loads(body)
        if isinstance(found, dict) and set(found) == {"kind", "question"} and _storable(found):
            kind, question = found["kind"], found["question"]
            if isinstance(kind, str) and isinstance(question, dict):
                return kind, question
    except (ValueError, RecursionError) as error:
        raise BadFileQuestion from error
    raise BadFileQuestion


def _storable(value: object) -> bool:
    """Whether the database takes it: JSON may carry zero bytes, halves of characters and numbers that are none."""
    if isinstance(value, dict):
        return all(_storable(key) and _storable(one) for key, one in value.items())
    if isinstance(value, list):
        return all(_storable(one) for one in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, str) or not any(
        char == "\0" or "\ud800" <= char <= "\udfff" for char in value
    )


async def _body(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise BadFileQuestion
    return await body_bytes(request, MOST_BYTES, QuestionTooLong())
