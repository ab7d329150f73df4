"""/briefing/print: a briefing as a page for the browser's print view, which makes the PDF.

An issued one by its number, a draft by its order: in the address, or as a form where its changed texts are long.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qs

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from dashboard.access.door import viewer_of
from dashboard.briefing.content import Briefing
from dashboard.briefing.orders import BadOrder, order_from
from dashboard.briefing_desk import BriefingDesk
from dashboard.briefing_routes import HEADERS, MOST_BYTES, drafting_threads, told
from dashboard.domain.policy import Viewer
from dashboard.route_refusals import body_bytes, sentence

LONGEST_NUMBER: Final = 18


def routes(
    desk: BriefingDesk,
    threads: anyio.CapacityLimiter | None = None,
    mark: Callable[[Viewer], str] = lambda _viewer: "",
) -> list[Route]:
    """The route, for the web process to mount. `threads`: those that drafting has elsewhere; `mark`: what a viewer's
    page carries."""
    limiter = threads or drafting_threads()

    async def page(request: Request) -> Response:
        given = dict(request.query_params) if request.method == "GET" else await _form(request)
        viewer = viewer_of(request.scope)
        made = await anyio.to_thread.run_sync(
            lambda: _page(desk, viewer, given, mark(viewer)), limiter=limiter
        )
        return HTMLResponse(made, headers=HEADERS)

    return [Route("/briefing/print", told(page, refuse=sentence), methods=["GET", "POST"])]


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
    too_long = BadOrder(reason=f"it is larger than {MOST_BYTES} bytes", reason_zh="请求内容过长")
    data = await body_bytes(request, MOST_BYTES, too_long)
    fields = parse_qs(data.decode("utf-8", "replace"), max_num_fields=10)
    return {name: values[0] for name, values in fields.items()}
