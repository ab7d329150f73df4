"""The page of imports: reads the list and one import for the viewer, and carries decisions to the desk."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State, ctx
from dash.development.base_component import Component

from callbacks import request
from callbacks.import_view import job_view, kinds, row_view
from callbacks.services import Imports, Services
from dashboard.errors import DashboardError
from dashboard.import_choices import Choices, read_choices
from dashboard.import_desk import Order
from data_access.queries.import_jobs import ImportJob, ImportUnknown
from layouts import ids
from layouts import import_page as page
from layouts.context import PageContext
from layouts.desk import sentence

PATH = "/admin/import"
NUMBER = re.compile(rf"{PATH}/([1-9][0-9]{{0,17}})/?")


def register(app: Dash, services: Services, imports: Imports) -> None:
    """What the page's script asks for, and the page anew when an import has moved on."""

    @app.callback(
        Output(ids.IMPORT_JOB, "children"),
        Output(ids.IMPORT_HISTORY, "children"),
        Input(ids.IMPORT_ASK, "data"),
        Input(ids.IMPORT_STAMP, "data"),
        State(ids.URL, "pathname"),
        prevent_initial_call=True,
    )
    def renew(ask: dict[str, Any] | None, _stamp: object, path: str | None) -> tuple[list[Any], Component]:
        context = request.context()
        number = _number(path or "")
        if not services.scope_of(request.asgi_scope()).everything or number is None:
            return [context.t("import.denied")], page.history(context, [])
        asked = ask if ctx.triggered_id == ids.IMPORT_ASK else None
        said, choices = _obey(context, imports, number, asked)
        try:
            view = _view(context, services, imports, number, said, choices)
        except ImportUnknown:  # thrown away
            view = _view(context, services, imports, None, "", None)
        return page.job(context, view), page.history(context, view.history)


def render(
    context: PageContext, services: Services, imports: Imports, path: str, asgi_scope: Mapping[str, Any]
) -> Component:
    """The page of an address, or a sentence where there is none."""
    if not services.scope_of(asgi_scope).everything:
        return sentence(context, context.t("import.denied"))
    try:
        return page.layout(context, _view(context, services, imports, _number(path), "", None))
    except DashboardError as error:
        return sentence(context, error.sentence(str(context.lang)))


def _number(path: str) -> int | None:
    found = NUMBER.fullmatch(path)
    return int(found[1]) if found and int(found[1]) < 2**63 else None


def _obey(
    context: PageContext, imports: Imports, number: int, ask: Mapping[str, Any] | None
) -> tuple[str, Choices | None]:
    """Do what was asked. A sentence where it cannot be done, and the choices that are not kept yet."""
    if not ask:
        return "", None
    choices, action = None, ask.get("action")
    try:
        job = imports.job(number)
        choices = read_choices(ask.get("choices") or {}, job.kind)
        unread = "error" in (job.preview or {})
        if action == "show" and choices.toml and unread:
            action = "reread"  # the mapping may say how the file is written
        if action == "cancel":
            imports.cancel(number)
        elif action == "discard":
            imports.discard(number)
        elif action == "reread":
            imports.reread(number, choices.as_json())
        elif action in ("check", "import"):
            choices.check()
            imports.queue(number, _order(choices, check=action == "check"))
    except DashboardError as error:
        return error.sentence(str(context.lang)), choices
    return "", choices if action == "show" else None


def _order(choices: Choices, *, check: bool) -> Order:
    return Order(kind=choices.kind, mapping=choices.mapping(), options=choices.as_json(), check=check)


def _view(
    context: PageContext,
    services: Services,
    imports: Imports,
    number: int | None,
    said: str,
    choices: Choices | None,
) -> page.ImportsView:
    zone = services.terms().zone
    job: ImportJob | None = None if number is None else imports.job(number)
    return page.ImportsView(
        kinds=kinds(context),
        kind="regions" if job is None else job.kind,
        limit_bytes=imports.max_bytes,
        history=[row_view(context, one, zone, number) for one in imports.recent()],
        job=None if job is None else job_view(context, job, zone, said=said, choices=choices),
    )
