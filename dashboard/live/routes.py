"""The live addresses besides the stream: snapshot, map and trails. Answers are shared; see `replies`."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.domain.outlines import Outline
from dashboard.domain.policy import Scope
from dashboard.errors import DashboardError
from dashboard.live.refusals import DatabaseAway, MapUnknown, NoDataYet, NothingHere, refusal
from dashboard.live.replies import Replies
from dashboard.live.sse import accepts_gzip
from dashboard.live.stream import ScopeOf

FOREVER: Final = "private, max-age=31536000, immutable"
TRAILS_LIFE: Final = "private, max-age=10"


def routes(replies: Replies, scope_of: ScopeOf, borders: Callable[[], list[Outline]]) -> list[Route]:
    """Routes of the web process. `borders` reads the map of now, in a thread."""

    async def snapshot(request: Request) -> Response:
        packed = await replies.snapshot(scope_of(request.scope))
        return _json(request, packed, "no-store") if packed is not None else refused(request, NoDataYet())

    async def trails(request: Request) -> Response:
        packed = await replies.trails(scope_of(request.scope))
        return _json(request, packed, TRAILS_LIFE) if packed is not None else refused(request, NoDataYet())

    async def geometry(request: Request) -> Response:
        version = request.path_params["version"]
        scope = scope_of(request.scope)
        etag = map_etag(version, scope)
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers={"ETag": etag, "Cache-Control": FOREVER})
        try:
            packed = await replies.map(version, scope, borders)
        except DatabaseAway as error:
            return refused(request, error)
        if packed is None:
            return refused(request, MapUnknown(version=version))
        response = _json(request, packed, FOREVER, "application/geo+json")
        response.headers["ETag"] = etag
        return response

    return [
        Route("/live/snapshot", snapshot, methods=["GET"]),
        Route("/live/trails", trails, methods=["GET"]),
        Route("/live/map/{version}", geometry, methods=["GET"]),
    ]


def nothing_here(request: Request) -> Response:
    """The answer to scripts that ask for what there is not; below here everything would be a page."""
    return refused(request, NothingHere(path=request.url.path))


def refused(request: Request, error: DashboardError) -> Response:
    """A sentence that says why, in the viewer's language."""
    status, headers, body = refusal(error, request.scope)
    return Response(body, status, {name.decode(): value.decode() for name, value in headers})


def map_etag(version: str, scope: Scope) -> str:
    """The same for the same map and scope in every process."""
    return f'"{version}-{zlib.crc32(",".join(scope.codes()).encode()):08x}"'


def _json(request: Request, packed: bytes, caching: str, media_type: str = "application/json") -> Response:
    """A gzipped body, unpacked for those who do not take gzip."""
    headers = {"Cache-Control": caching, "Vary": "Accept-Encoding, Cookie"}
    if accepts_gzip(request.scope["headers"]):
        return Response(packed, headers=headers | {"Content-Encoding": "gzip"}, media_type=media_type)
    return Response(zlib.decompress(packed, 31), headers=headers, media_type=media_type)
