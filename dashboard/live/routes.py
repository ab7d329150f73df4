"""The live addresses besides the stream: snapshot, map, trails, workers of a region. Answers are shared: `replies`."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from dashboard.domain.outlines import Outline
from dashboard.domain.policy import Scope
from dashboard.errors import DashboardError
from dashboard.live.refusals import (
    DatabaseAway,
    MapUnknown,
    NoDataYet,
    NoSuchRegion,
    NothingHere,
    OtherMethod,
    refusal,
)
from dashboard.live.replies import Replies
from dashboard.live.sse import accepts_gzip
from dashboard.live.stream import ScopeOf

Nameless = Callable[[Mapping[str, Any]], bool]
"""Whether a request comes from a wall that anybody passes by."""
FOREVER: Final = "private, max-age=31536000, immutable"
TRAILS_LIFE: Final = "private, max-age=10"


def routes(
    replies: Replies,
    scope_of: ScopeOf,
    borders: Callable[[], list[Outline]],
    nameless: Nameless = lambda _: False,
) -> list[Route]:
    """Routes of the web process. `borders` reads the map of now, in a thread; who is `nameless` is told no names."""
    return [*_moving(replies, scope_of, nameless), *_standing(replies, scope_of, borders)]


def _moving(replies: Replies, scope_of: ScopeOf, nameless: Nameless) -> list[Route]:
    """What is of now: snapshot, trails, the workers of a region."""

    async def snapshot(request: Request) -> Response:
        packed = await replies.snapshot(scope_of(request.scope), nameless=nameless(request.scope))
        return _json(request, packed, "no-store") if packed is not None else refused(request, NoDataYet())

    async def trails(request: Request) -> Response:
        code = request.query_params.get("region", "")
        packed = await replies.trails(scope_of(request.scope), code)
        if packed is None:
            return refused(request, NoSuchRegion(code=code) if code else NoDataYet())
        return _json(request, packed, TRAILS_LIFE)

    async def workers(request: Request) -> Response:
        code = request.path_params["code"]
        packed = await replies.workers(code, scope_of(request.scope))
        if packed is None:
            return refused(request, NoSuchRegion(code=code))
        return _json(request, packed, "no-store")

    return [
        Route("/live/snapshot", snapshot, methods=["GET"]),
        Route("/live/trails", trails, methods=["GET"]),
        Route("/live/workers/{code}", workers, methods=["GET"]),
    ]


def _standing(replies: Replies, scope_of: ScopeOf, borders: Callable[[], list[Outline]]) -> list[Route]:
    """The map: each version under an address of its own, and an address that leads to the one of now."""

    async def present(request: Request) -> Response:
        version = replies.map_version
        if not version:
            return refused(request, NoDataYet())
        headers = {"Location": f"/live/map/{version}", "Cache-Control": "no-store"}
        return Response(status_code=307, headers=headers)

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
        Route("/live/map", present, methods=["GET"]),
        Route("/live/map/{version}", geometry, methods=["GET"]),
    ]


def nothing_here(request: Request) -> Response:
    """The answer to scripts that ask for what there is not, or by a method that is not answered there; below here
    everything would be a page."""
    known = [route for route in request.app.routes if isinstance(route, Route)]
    other = [route for route in known if route.matches(request.scope)[0] is Match.PARTIAL]
    methods = ", ".join(sorted({method for route in other for method in route.methods or ()}))
    if not methods:
        return refused(request, NothingHere(path=request.url.path))
    answer = refused(request, OtherMethod(path=request.url.path, methods=methods))
    answer.headers["Allow"] = methods
    return answer


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
