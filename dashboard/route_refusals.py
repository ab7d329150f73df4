"""How native routes answer, or say why not: in the viewer's language, a failure of the database among the reasons.

Owns the form of such answers and how bodies are read within bounds; which error means what is for the routes.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from dashboard.access.door import LANG_KEY
from dashboard.answering import FAILURES
from dashboard.errors import DashboardError
from dashboard.live.refusals import RETRY_S, DatabaseAway

log = logging.getLogger(__name__)

Page = Callable[[Request], Awaitable[Response]]
Refuse = Callable[[DashboardError, str, int], Response]
Statuses = Mapping[type[DashboardError], int]
NONE: Final[Statuses] = MappingProxyType({})
USUAL: Final = 400
AWAY: Final = 503


def language(request: Request) -> str:
    """ "zh" or "en": by `lang`, else the viewer's own."""
    asked = request.query_params.get("lang")
    return asked if asked in ("zh", "en") else str(request.scope.get(LANG_KEY, "zh"))


def refusal(error: DashboardError, lang: str, status: int) -> Response:
    """An error as JSON."""
    return JSONResponse({"error": error.body(lang)}, status, _headers(lang, status))


def sentence(error: DashboardError, lang: str, status: int) -> Response:
    """An error as a page of one sentence."""
    return PlainTextResponse(error.sentence(lang), status, _headers(lang, status))


def spoken(
    page: Page,
    action: str,
    statuses: Statuses = NONE,
    *,
    away: Callable[[], DashboardError] = DatabaseAway,
    refuse: Refuse = refusal,
) -> Page:
    """A page whose refusals are sentences. `statuses`: of errors that do not say their own; `away`: what a failure of
    the database means here; `action`: what the log calls it."""

    async def answer(request: Request) -> Response:
        try:
            return await page(request)
        except ClientDisconnect:
            return Response(status_code=USUAL)
        except FAILURES:
            log.exception("a native route could not answer", extra={"action": action})
            return refuse(away(), language(request), AWAY)
        except DashboardError as error:
            known = AWAY if isinstance(error, DatabaseAway) else getattr(error, "status", USUAL)
            return refuse(error, language(request), statuses.get(type(error), known))

    return answer


async def body_bytes(request: Request, most: int, too_long: DashboardError) -> bytes:
    """The request's body. `too_long` is raised where it is longer than `most` bytes."""
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > most:
            raise too_long
    return bytes(data)


def _headers(lang: str, status: int) -> dict[str, str]:
    headers = {"Cache-Control": "no-store", "Content-Language": lang}
    return headers | {"Retry-After": str(RETRY_S)} if status == AWAY else headers
