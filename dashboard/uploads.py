"""Files that people bring to the page of imports, and what they take away: native async routes.

Owns the way of a file from the request to the folder of uploads: a raw body, written piece by piece under a
random name, never larger than allowed and never filling the disk; a request that breaks off leaves nothing behind.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import anyio
import anyio.to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from dashboard.domain.policy import Scope
from dashboard.errors import DashboardError
from dashboard.import_desk import (
    ImportDesk,
    UploadFormat,
    UploadNoRoom,
    UploadTooLarge,
    plain_name,
    suffix_of,
)
from dashboard.import_files import report_file
from dashboard.import_progress import ProgressBoard
from dashboard.ingest.mapping import FIELDS
from dashboard.route_refusals import spoken
from dashboard.row_numbers import ID
from data_access.queries.import_jobs import ImportUnknown

log = logging.getLogger(__name__)

AT_ONCE: Final = 4
"""Files that one web process takes in at the same time."""
PIECE: Final = 1 << 20
ROOM_EVERY: Final = 64 << 20
SILENCE_S: Final = 30.0
PART: Final = ".part"

ScopeOf = Callable[[Mapping[str, Any]], Scope]


class UploadsBusy(DashboardError):
    """Other files are being uploaded. Try again in a moment."""

    zh = "正在接收其他文件，请稍后再试。"


class UploadBroken(DashboardError):
    """The file did not arrive completely. Upload it again."""

    zh = "文件未完整到达，请重新上传。"


class UploadEmpty(DashboardError):
    """The file is empty."""

    zh = "文件是空的。"


class ImportsDenied(DashboardError):
    """Only those who see the whole district can import data."""

    zh = "只有可查看全区的人员才能导入数据。"


class ImportKind(DashboardError):
    """There is no import of that kind."""

    zh = "没有这种导入。"


class NothingToFetch(DashboardError):
    """There is no such file for this import."""

    zh = "该导入没有这个文件。"


STATUS: Final[Mapping[type[DashboardError], int]] = {
    UploadTooLarge: 413,
    UploadFormat: 415,
    UploadNoRoom: 507,
    UploadsBusy: 503,
    UploadBroken: 400,
    UploadEmpty: 400,
    ImportKind: 400,
    ImportsDenied: 403,
    ImportUnknown: 404,
    NothingToFetch: 404,
}
told = partial(spoken, action="upload", statuses=STATUS)
"""Pages about imports, and why there is none."""


def routes(desk: ImportDesk, board: ProgressBoard, scope_of: ScopeOf) -> list[Route]:
    """Routes of the web process."""
    slots = anyio.CapacityLimiter(AT_ONCE)

    async def upload(request: Request) -> Response:
        _admit(request, scope_of)
        if slots.available_tokens < 1:
            raise UploadsBusy
        async with slots:
            number = await _receive(request, desk)
        return JSONResponse({"id": number}, 201, {"Cache-Control": "no-store"})

    async def progress(request: Request) -> Response:
        _admit(request, scope_of)
        headers = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
        events = board.follow(request.path_params["id"])
        return StreamingResponse(events, headers=headers, media_type="text/event-stream")

    async def report(request: Request) -> Response:
        _admit(request, scope_of)
        job = await anyio.to_thread.run_sync(desk.job, request.path_params["id"])
        lang = request.query_params.get("lang", "zh")
        path = report_file(desk.path_of(job.stored_as), "en" if lang == "en" else "zh")
        if not await anyio.Path(path).is_file():
            raise NothingToFetch
        return _attachment(FileResponse(path, media_type="text/csv; charset=utf-8"), job.file_name, ".csv")

    async def mapping(request: Request) -> Response:
        _admit(request, scope_of)
        job = await anyio.to_thread.run_sync(desk.job, request.path_params["id"])
        if job.mapping is None:
            raise NothingToFetch
        answer = Response(job.mapping, media_type="application/toml; charset=utf-8")
        return _attachment(answer, job.file_name, ".toml")

    pages = {"progress": progress, "report.csv": report, "mapping.toml": mapping}
    return [
        Route("/admin/imports", told(upload), methods=["POST"]),
        *(Route(f"/admin/imports/{ID}/{name}", told(page), methods=["GET"]) for name, page in pages.items()),
    ]


def _admit(request: Request, scope_of: ScopeOf) -> None:
    if not scope_of(request.scope).everything:
        raise ImportsDenied


async def _receive(request: Request, desk: ImportDesk) -> int:
    """One file into the folder and onto the list; its number."""
    kind = request.query_params.get("kind", "")
    if kind not in FIELDS:
        raise ImportKind
    name = plain_name(request.query_params.get("name", ""))
    stored_as = secrets.token_hex(16) + suffix_of(name)
    announced = request.headers.get("content-length", "")
    expected = int(announced) if announced.isascii() and announced.isdigit() else 0
    await anyio.to_thread.run_sync(desk.open_folder)
    await anyio.to_thread.run_sync(desk.check_room, expected)
    target = desk.path_of(stored_as)
    part = target.with_name(target.name + PART)
    try:
        size = await _write(_pieces(request), part, desk)
        await anyio.Path(part).rename(target)
        number = await anyio.to_thread.run_sync(
            lambda: desk.create(kind=kind, file_name=name, stored_as=stored_as, size_bytes=size)
        )
    except BaseException:
        with anyio.CancelScope(shield=True):
            await anyio.Path(part).unlink(missing_ok=True)
            await anyio.Path(target).unlink(missing_ok=True)
        raise
    log.info("a file was uploaded", extra={"action": "upload", "import": number, "bytes": size})
    return number


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """The body in pieces of about a megabyte; UploadBroken where it stops coming."""
    held = bytearray()
    body = aiter(request.stream())
    while True:
        try:
            with anyio.fail_after(SILENCE_S):
                held += await anext(body)
        except StopAsyncIteration:
            break
        except (ClientDisconnect, TimeoutError) as error:
            raise UploadBroken from error
        if len(held) >= PIECE:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


async def _write(pieces: AsyncIterator[bytes], part: Path, desk: ImportDesk) -> int:
    size = checked = 0
    try:
        async with await anyio.open_file(part, "xb") as file:
            await anyio.to_thread.run_sync(part.chmod, 0o600)
            async for piece in pieces:
                size += len(piece)
                if size > desk.max_bytes or size - checked >= ROOM_EVERY:
                    await anyio.to_thread.run_sync(desk.check_room, size if size > desk.max_bytes else 0)
                    checked = size
                await file.write(piece)
    except OSError as error:  # what does not fit may be noticed at the end only
        raise UploadNoRoom from error
    if size == 0:
        raise UploadEmpty
    return size


def _attachment(response: Response, file_name: str, ending: str) -> Response:
    """The answer as a file to keep, named after the file that was brought."""
    kept = re.sub(r"[^A-Za-z0-9_-]", "_", file_name)
    response.headers["Content-Disposition"] = f'attachment; filename="{kept[:80]}{ending}"'
    response.headers["Cache-Control"] = "no-store"
    return response
