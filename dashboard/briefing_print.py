"""/briefing/print: a briefing as a page for the browser's print view, which makes the PDF.

An issued one by its number, a draft by its order: in the address, or as a form where its changed texts are long.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qs

import anyio
import anyio.to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from dashboard.access.door import viewer_of
from dashboard.acts_routes import language
from dashboard.answering import FAILURES
from dashboard.briefing.content import Briefing
from dashboard.briefing.orders import BadOrder, order_from
from dashboard.briefing_desk import BriefingDesk
from dashboard.briefing_routes import drafting_threads
from dashboard.domain.policy import Viewer
from dashboard.errors import DashboardError
from dashboard.live.refusals import DatabaseAway

log = logging.getLogger(__name__)

MOST_BYTES: Final = 512 * 1024
LONGEST_NUMBER: Final = 18
HEADERS: Final = {"Cache-Control": "no-store"}


def routes(
    desk: BriefingDesk,
    threads: anyio.CapacityLimiter | None = None,
    mark: Callable[[Viewer], str] = lambda _viewer: "",
) -> list[Route]:
    """The route, for the web process to mount. `threads`: those that drafting has elsewhere; `mark`: what a viewer's
    page carries."""
    limiter = threads or drafting_threads()

    async def page(request: Request) -> Response:
        try:
            given = dict(request.query_params) if request.method == "GET" else await _form(request)
            viewer = viewer_of(request.scope)
            made = await anyio.to_thread.run_sync(
                lambda: _page(desk, viewer, given, mark(viewer)), limiter=limiter
            )
            return HTMLResponse(made, headers=HEADERS)
        except ClientDisconnect:
            return Response(status_code=400)
        except FAILURES:
            log.exception("a briefing could not be printed", extra={"action": "briefing"})
            error: DashboardError = DatabaseAway()
        except DashboardError as raised:
            error = raised
        status = 503 if isinstance(error, DatabaseAway) else getattr(error, "status", 404)
        return PlainTextResponse(error.sentence(language(request)), status, HEADERS)

    return [Route("/briefing/print", page, methods=["GET", "POST"])]


def _page(desk: BriefingDesk, viewer: Viewer, given: dict[str, str], mark: str) -> str:
    from dashboard.briefing.print import print_page

    return print_page(_briefing(desk, viewer, given), mark)


def _briefing(desk: BriefingDesk, viewer: Viewer, given: dict[str, str]) -> Briefing:
    number = given.get("issued", "")
    if number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER:
        return desk.issued(viewer, int(number))[1]
    try:
        order = json.loads(given.get("order", ""))
    except (ValueError, RecursionError) as error:
        raise BadOrder(reason="it is no JSON", reason_zh="不是有效的 JSON") from error
    return desk.draft(viewer, order_from(order))


async def _form(request: Request) -> dict[str, str]:
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > MOST_BYTES:
            raise BadOrder(reason=f"it is larger than {MOST_BYTES} bytes", reason_zh="请求内容过长")
    fields = parse_qs(data.decode("utf-8", "replace"), max_num_fields=10)
    return {name: values[0] for name, values in fields.items()}
