"""/api/v1/briefings: drafts, issued briefings and their list as JSON. Native async routes; drafting runs in two
threads, so that briefings hold up no other question.
"""

from __future__ import annotations

import json
from functools import partial
from typing import Any, Final

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dashboard.access.door import viewer_of
from dashboard.acts_routes import body_of
from dashboard.briefing.content import Briefing, to_json
from dashboard.briefing.orders import order_from
from dashboard.briefing_desk import BriefingDesk
from dashboard.questions import asked_number
from dashboard.route_refusals import spoken
from dashboard.row_numbers import ID
from data_access.queries.briefings import MOST, Issued
from data_access.queries.regions import RegionUnknown

THREADS: Final = 2
MOST_BYTES: Final = 512 * 1024
HEADERS: Final = {"Cache-Control": "no-store"}


def drafting_threads() -> anyio.CapacityLimiter:
    """What all addresses share that measure or print briefings."""
    return anyio.CapacityLimiter(THREADS)


told = partial(spoken, action="briefing", statuses={RegionUnknown: 404})
"""Pages about briefings, and why there is none."""


def routes(desk: BriefingDesk, threads: anyio.CapacityLimiter | None = None) -> list[Route]:
    """The routes, for the web process to mount."""
    limiter = threads or drafting_threads()

    async def draft(request: Request) -> Response:
        order = order_from(await body_of(request, MOST_BYTES))
        viewer = viewer_of(request.scope)
        text = await anyio.to_thread.run_sync(lambda: to_json(desk.draft(viewer, order)), limiter=limiter)
        return Response(text, media_type="application/json", headers=HEADERS)

    async def issue(request: Request) -> Response:
        order = order_from(await body_of(request, MOST_BYTES))
        found = await anyio.to_thread.run_sync(desk.issue, viewer_of(request.scope), order, limiter=limiter)
        return JSONResponse(issued_words(found), 201, headers=HEADERS)

    async def listed(request: Request) -> Response:
        query = dict(request.query_params)
        limit = asked_number(query, "limit", 50, MOST)
        region = query.get("region", "").strip() or None
        found = await anyio.to_thread.run_sync(desk.listed, viewer_of(request.scope), region, limit)
        return JSONResponse({"briefings": [issued_words(one) for one in found]}, headers=HEADERS)

    async def one(request: Request) -> Response:
        number = request.path_params["id"]
        found, briefing = await anyio.to_thread.run_sync(
            desk.issued, viewer_of(request.scope), number, limiter=limiter
        )
        return Response(_together(found, briefing), media_type="application/json", headers=HEADERS)

    return [
        Route("/api/v1/briefings/draft", told(draft), methods=["POST"]),
        Route("/api/v1/briefings", told(issue), methods=["POST"]),
        Route("/api/v1/briefings", told(listed), methods=["GET"]),
        Route(f"/api/v1/briefings/{ID}", told(one), methods=["GET"]),
    ]


def issued_words(issued: Issued) -> dict[str, Any]:
    """An issued briefing as answers tell it."""
    found = {name: getattr(issued, name) for name in Issued.__slots__}
    times = {name: found[name].isoformat() for name in ("start", "end", "as_of", "issued_at")}
    return found | times | {"first_day": issued.first_day.isoformat()}


def _together(issued: Issued, briefing: Briefing) -> str:
    """Both in one text; the briefing's own is not read again."""
    return f'{{"issued": {json.dumps(issued_words(issued))}, "briefing": {to_json(briefing)}}}'
