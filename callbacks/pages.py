"""Which page an address has, and what starts it in the browser."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import flask
from dash import ClientsideFunction, Dash, Input, Output, State
from dash.development.base_component import Component

from callbacks import (
    admin,
    attendance,
    briefing,
    event,
    import_page,
    own_day,
    permits,
    region,
    request,
    settings,
    supervision,
    worker,
)
from callbacks.failing import said
from callbacks.known import named_components
from callbacks.services import Imports, Services
from dashboard.domain.permits import named
from dashboard.errors import DashboardError
from layouts import admin as admin_page
from layouts import briefing as briefing_page
from layouts import desk, ids, shell, wall
from layouts import import_page as imports_page
from layouts import region as region_page
from layouts import settings as settings_page
from layouts import supervision as supervision_page
from layouts import worker as worker_page
from layouts.admin import AdminView, RecordView
from layouts.context import PageContext

REGION = "/region/"


def register(app: Dash, services: Services, imports: Imports) -> None:
    """The page of the address, and the script of each page."""

    @app.callback(
        Output(ids.PAGE, "children"),
        Input(ids.URL, "pathname"),
        State(ids.URL, "search"),
        prevent_initial_call=True,
    )
    def show(pathname: str | None, search: str | None) -> Component:
        return _allowed(services, imports, pathname or "/", search)

    def first() -> Component:
        try:
            address = urlsplit(flask.request.referrer or "")
        except ValueError:  # whoever made that up gets no page with it
            return shell.layout()
        if not address.path.startswith("/"):
            return shell.layout()
        return shell.layout(address.path, _allowed(services, imports, address.path, f"?{address.query}"))

    app.layout = first

    for name, config, runs in (
        ("wall", ids.WALL_CONFIG, ids.WALL_RUNS),
        ("desk", ids.DESK_CONFIG, ids.DESK_RUNS),
        ("imports", ids.IMPORT_SHOWN, ids.IMPORT_RUNS),
    ):
        app.clientside_callback(
            ClientsideFunction("quanyu", name), Output(runs, "data"), Input(config, "data")
        )


def _allowed(services: Services, imports: Imports, path: str, search: str | None) -> Component:
    """The page at an address, or a sentence where the viewer may not see it or there is none."""
    context = request.context()
    if not permits.may_open(unquote(path)):
        return desk.sentence(context, context.t("access.denied"))
    if not named(unquote(path)):
        return desk.sentence(context, context.t("region.unknown"))
    return _page(context, services, imports, path, search)


def _page(
    context: PageContext, services: Services, imports: Imports, path: str, search: str | None
) -> Component:
    if path == "/":
        return wall.layout(context)
    context = _zoned(context, services)
    if (path.rstrip("/") + "/").startswith(REGION):
        return _region(context, services, unquote(path.rstrip("/") + "/"), search)
    if path.rstrip("/") == supervision.PATH:
        return supervision.render(context, services, search)
    if path.rstrip("/") == attendance.PATH:
        return attendance.render(context, services, search)
    if (path.rstrip("/") + "/").startswith(admin.PATH + "/"):
        return _administration(context, services, imports, path)
    return _single(context, services, path, search)


def _single(context: PageContext, services: Services, path: str, search: str | None) -> Component:
    """The page of one event, of workers, of somebody's own day, or of briefings."""
    if path.rstrip("/") == briefing.PATH:
        return briefing.render(context, services)
    if path.rstrip("/") == own_day.PATH:
        return own_day.render(context, services, search)
    if path.startswith(event.PREFIX):
        return event.render(context, services, unquote(path.removeprefix(event.PREFIX).strip("/")))
    if (path.rstrip("/") + "/").startswith(worker.PREFIX):
        return worker.render(context, services, unquote(path.rstrip("/") + "/"), search)
    return desk.sentence(context, context.t("region.unknown"))


def _region(context: PageContext, services: Services, path: str, search: str | None) -> Component:
    scope, code = services.scope_of(request.asgi_scope()), path.removeprefix(REGION).strip("/")
    if not code:
        return region.first(context, services, scope, search)
    return region.render(context, services, code, scope, search)


def _administration(context: PageContext, services: Services, imports: Imports, path: str) -> Component:
    if path == import_page.PATH or path.startswith(import_page.PATH + "/"):
        return import_page.render(context, services, imports, path, request.asgi_scope())
    try:
        if path.rstrip("/") == settings.PATH:
            return settings.render(context, services)
        return admin.render(context, services, path)
    except DashboardError as error:
        return desk.sentence(context, said(context, error))


def _zoned(context: PageContext, services: Services) -> PageContext:
    """With the district's time zone and title; without where the database is away, as the page's body will say."""
    try:
        title = services.desk.lists().title
        shown = "" if title is None else title.in_language(str(context.lang))
        return replace(context, zone=services.terms().zone.key, title=shown)
    except DashboardError:
        return context


def document(app: Dash, context: PageContext) -> None:
    """Head, and all components that callbacks may name."""
    app.title = context.t("wall.title")
    app.index_string = shell.INDEX
    pages = [
        shell.layout(),
        wall.layout(context),
        region_page.layout(context, region_page.EMPTY),
        imports_page.blank(context),
        admin_page.layout(context, AdminView(users=(), kiosks=(), tokens=())),
        settings_page.layout(context, ()),
        admin_page.record_layout(context, RecordView(rows=(), asked={})),
        supervision_page.blank(),
        worker_page.blank(),
        briefing_page.blank(),
    ]
    cast(Any, app).validation_layout = named_components(pages)
