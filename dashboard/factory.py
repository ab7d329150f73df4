"""The composition root of the web process: everything it is made of, put together in one place.

Nothing connects and no thread starts before the server says so: `create_app` only builds.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterable, MutableMapping, Sequence
from time import perf_counter
from typing import Any, Final, cast
from wsgiref.types import StartResponse

from a2wsgi import WSGIMiddleware
from dash.exceptions import DependencyException
from flask import Flask, request
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

import callbacks
from callbacks import permits
from callbacks.request import WATERMARK
from dashboard import (
    acts_routes,
    api,
    audit_export,
    briefing_print,
    briefing_routes,
    export_routes,
    file_routes,
    uploads,
)
from dashboard.access.door import App, Door, Receive, Recognise, Send, is_loopback, safe_headers, viewer_of
from dashboard.access.doorman import Doorman
from dashboard.access.gate import Gate
from dashboard.access.pages import AccessPages
from dashboard.bundle import BundledDash
from dashboard.compression import compress
from dashboard.config import Settings
from dashboard.ending import ending
from dashboard.file_board import FileBoard
from dashboard.file_desk import FileDesk
from dashboard.import_desk import ImportDesk
from dashboard.import_progress import ProgressBoard
from dashboard.live import health as health_pages
from dashboard.live import routes as live_pages
from dashboard.live.bus import AsyncBus
from dashboard.live.fanout import Fanout
from dashboard.live.health import Health
from dashboard.live.hub import Hub
from dashboard.live.replies import Replies
from dashboard.live.stream import StreamEndpoint
from dashboard.provider import sign_on_of
from dashboard.reception.metrics import ReceptionMetrics
from dashboard.reception.routes import Reception
from dashboard.reception.routes import routes as reception_routes
from dashboard.services import Services
from dashboard.watermark import Watermark
from data_access.engine import make_engine
from data_access.listening import RedisListener

STREAM: Final = "/live/stream"
FOR_SCRIPTS: Final = ("api", "live", "ingest")
"""Addresses that scripts ask: what is not there is 404, no page."""
METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
TABLES: Final = re.compile(r'<script src="[^"]*/dash_ag_grid/[^"]*"></script>\s*')
TABLED: Final = ("/region", "/admin/import")
"""Pages with such tables begin so."""
SWITCH_S: Final = 0.0005
"""Callbacks share the interpreter with the streams; at the default of 5 ms four of them stall it tenfold."""


class WebApp:
    """The whole web process as an ASGI application. `flask` is its part below Dash, `routes` what is beside it."""

    def __init__(self, door: Door, flask: Flask, hub: Hub, routes: Sequence[BaseRoute] = ()) -> None:
        self._door = door
        self.routes = routes
        self.flask = flask
        self.hub = hub

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        await self._door(scope, receive, send)


def create_app(
    settings: Settings,
    *,
    viewer: Recognise | None = None,
    bus: AsyncBus | None = None,
    fanout: Fanout | None = None,
) -> WebApp:
    """Put the web process together. `viewer` says who is asking, in the place of sign-in; the others stand in for
    tests.
    """
    engine = make_engine(settings.database_url, pool_size=settings.wsgi_threads, application="quanyu web")
    services = Services(engine)
    hub = Hub(
        bus if bus is not None else RedisListener(settings.redis_url),
        fanout=fanout if fanout is not None else Fanout(most=settings.max_streams),
        history=services.past_trails,
    )
    replies = Replies(hub)
    health = Health(
        hub,
        replies,
        read_backlog=services.backlog,
        holidays_known=services.holidays_known,
        clock=services.now,
    )
    desk = ImportDesk(
        engine, settings.uploads, max_upload_mb=settings.max_upload_mb, min_free_mb=settings.min_free_mb
    )
    board = ProgressBoard(desk.progress)
    files = FileDesk(engine, settings.files, min_free_mb=settings.min_free_mb)
    file_board = FileBoard(files.recent)
    demo = settings.sign_in == "demo" and is_loopback(settings.host)
    doorman = Doorman(engine, demo=demo, clock=services.now)
    dash = create_dash(services, desk)
    marks = Watermark(engine, always=settings.watermark, clock=services.now)
    dash.server.config[WATERMARK] = marks.on_pages
    headers = safe_headers(dash.csp_hashes())
    reception = Reception(settings)
    drafting = briefing_routes.drafting_threads()
    health.registry.register(ReceptionMetrics(reception.writer))
    pages = Starlette(
        routes=[
            *health_pages.routes(health),
            *(one.route() for one in dash.bundles),
            *AccessPages(engine, services.now, sso=sign_on_of(settings, engine)).routes(),
            *live_pages.routes(
                replies, services.scope_of, services.borders, lambda scope: viewer_of(scope).kiosk
            ),
            *acts_routes.routes(services),
            *api.routes(services),
            *reception_routes(reception),
            *audit_export.routes(engine),
            *briefing_routes.routes(services.briefings, drafting),
            *briefing_print.routes(services.briefings, drafting, marks.on_exports),
            *export_routes.routes(services),
            *uploads.routes(desk, board, services.scope_of),
            *file_routes.routes(files, file_board, doorman.watch),
            *[
                Route(f"/{kind}/{{rest:path}}", live_pages.nothing_here, methods=METHODS)
                for kind in FOR_SCRIPTS
            ],
            Mount("/", wsgi(dash.server, settings.wsgi_threads, health.observe)),
        ],
        lifespan=_receiving(reception, _lifespan(hub, replies, services, (board, file_board), doorman)),
    )
    stream = StreamEndpoint(hub, services.scope_of, headers, doorman.watch)

    async def inner(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == STREAM:
            await stream(scope, receive, send)
        else:
            await pages(scope, receive, send)

    hosts = (*settings.allowed_hosts, settings.host)
    door = Door(
        inner,
        headers=headers,
        allowed_hosts=hosts,
        viewer=viewer or doorman,
        streams=frozenset({STREAM}),
        refused=doorman.refused,
    )
    return WebApp(door, dash.server, hub, pages.routes)


class Pages(BundledDash):
    """Dash, but a page without tables does without the megabyte of script behind them."""

    def interpolate_index(self, *args: object, **parts: object) -> str:
        """The document of a page."""
        if not request.path.startswith(TABLED):
            parts["scripts"] = TABLES.sub("", str(parts["scripts"]))
        return super().interpolate_index(*args, **parts)


def create_dash(services: Services, desk: ImportDesk) -> Pages:
    """The pages."""
    app = Pages()
    permits.register(app)
    callbacks.register(app, services, desk)
    compress(app.server)
    app.server.register_error_handler(
        DependencyException, lambda _error: ("", 404)
    )  # a script that is not there
    return app


def wsgi(flask: Flask, threads: int, observe: Callable[[str, float], None]) -> ASGIApp:
    """Flask in threads of its own, each answer's time measured."""

    def timed(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        began = perf_counter()
        path = environ.get("PATH_INFO", "")
        try:
            return flask.wsgi_app(environ, start_response)
        finally:
            kind = "callback" if path.endswith("/_dash-update-component") else "page"
            observe("asset" if "." in path.rpartition("/")[2] else kind, perf_counter() - began)

    return cast(ASGIApp, Gate(cast(App, WSGIMiddleware(cast(Any, timed), workers=threads))))


Lifespan = Callable[[Starlette], contextlib.AbstractAsyncContextManager[None]]


def _receiving(reception: Reception, lifespan: Lifespan) -> Lifespan:
    """What phones and systems send is written until the last request has been answered."""

    @contextlib.asynccontextmanager
    async def receiving(app: Starlette) -> AsyncIterator[None]:
        with reception.running():
            async with lifespan(app):
                yield

    return receiving


def _lifespan(
    hub: Hub,
    replies: Replies,
    services: Services,
    boards: Sequence[ProgressBoard | FileBoard],
    doorman: Doorman,
) -> Callable[[Starlette], contextlib.AbstractAsyncContextManager[None]]:
    def close_streams() -> None:
        hub.fanout.close()
        for board in boards:
            board.close()

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        sys.setswitchinterval(SWITCH_S)
        gc.collect()
        gc.freeze()  # collecting all that was imported takes 150 ms, in which no thread does anything else
        stop = asyncio.Event()
        following = asyncio.create_task(hub.run(stop), name="hub run")
        guarding = asyncio.create_task(doorman.run(stop), name="rights")
        with ending(close_streams):
            try:
                yield
            finally:
                stop.set()
                await following
                await guarding
                replies.close()
                services.engine.dispose()

    return lifespan
