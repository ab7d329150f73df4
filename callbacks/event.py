"""One event: its page, and the drawer that any page of the desk can open on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output
from dash.development.base_component import Component

from callbacks import request
from callbacks.event_view import event_view
from callbacks.failing import said
from callbacks.services import Services
from dashboard.access.door import viewer_of
from dashboard.errors import DashboardError
from layouts import desk, event, ids
from layouts.context import PageContext
from layouts.event_views import EventView

PREFIX = "/event/"


def register(app: Dash, services: Services) -> None:
    """Lay the event out that the page's script asks for, and tell the script which it is."""

    @app.callback(
        Output(ids.EVENT_BODY, "children"),
        Output(ids.EVENT_SHOWN, "data"),
        Input(ids.EVENT_OPEN, "data"),
        prevent_initial_call=True,
    )
    def show(asked: Mapping[str, Any] | None) -> tuple[list[Component], dict[str, Any]]:
        context, code = request.context(), str((asked or {}).get("code") or "")
        if not code:
            return [], {"code": ""}
        try:
            view = read(context, services, code)
        except DashboardError as error:
            return event.unknown(context, said(context, error)), {"code": code, "missing": True}
        alone = bool((asked or {}).get("alone"))
        return event.parts(context, view, alone=alone), dict(view.shown)

    app.clientside_callback(
        ClientsideFunction("quanyu", "event"), Output(ids.EVENT_RUNS, "data"), Input(ids.EVENT_SHOWN, "data")
    )


def render(context: PageContext, services: Services, code: str) -> Component:
    """The page of an event, or a sentence where there is none."""
    try:
        return event.layout(context, read(context, services, code))
    except DashboardError as error:
        return desk.sentence(context, said(context, error))


def read(context: PageContext, services: Services, code: str) -> EventView:
    """One event for the viewer of the request. MayNotLook, EventUnknown, DatabaseAway."""
    viewer, terms = viewer_of(request.asgi_scope()), services.terms()
    detail = services.cases.event(code, viewer)
    zoned = replace(context, zone=terms.zone.key)
    return event_view(zoned, viewer, detail, terms, services.desk.lists().departments, services.now())
