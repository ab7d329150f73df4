"""The ledger of supervision: reads what was issued and what waits, for the viewer, and puts it into words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from dash import ClientsideFunction, Dash, Input, Output
from dash.development.base_component import Component

from callbacks import request
from callbacks.failing import said
from callbacks.services import Services
from callbacks.supervision_view import draft_row, figures, paper_row, watch_rows
from dashboard.access.door import viewer_of
from dashboard.domain.ledger_look import Issued, LedgerLook, Standing, look_from
from dashboard.domain.policy import Act, Viewer
from dashboard.domain.supervision import KIND_WORDS, PaperKind
from dashboard.errors import DashboardError
from data_access.queries.regions import RegionNode, RegionUnknown
from layouts import desk, ids
from layouts import supervision as page
from layouts.context import PageContext

PATH: Final = "/supervision"
ACTS: Final = (Act.SUPERVISE, Act.REMIND)


def register(app: Dash, services: Services) -> None:
    """Read the ledger anew when something of it changed; the page's script paints it."""

    @app.callback(Output(ids.LEDGER_CONFIG, "data"), Input(ids.LEDGER_ASK, "data"), prevent_initial_call=True)
    def renew(asked: Mapping[str, Any] | None) -> dict[str, Any]:
        context = request.context()
        try:
            view = read(context, services, str((asked or {}).get("search") or ""))
        except DashboardError as error:
            return page.unreadable(said(context, error))
        return page.shown(context, view)

    app.clientside_callback(
        ClientsideFunction("quanyu", "supervision"),
        Output(ids.LEDGER_RUNS, "data"),
        Input(ids.LEDGER_CONFIG, "data"),
    )


def render(context: PageContext, services: Services, search: str | None) -> Component:
    """The page of the ledger, or a sentence where there is none."""
    try:
        return page.layout(context, read(context, services, search or ""))
    except DashboardError as error:
        return desk.sentence(context, said(context, error))


def read(context: PageContext, services: Services, search: str) -> page.LedgerView:
    """What an address of the ledger shows. MayNotLook, RegionUnknown, BadFilterError, DatabaseAway."""
    look = look_from(dict(parse_qsl(search.removeprefix("?"))))
    viewer, terms, now = viewer_of(request.asgi_scope()), services.terms(), services.now()
    code = look.region or services.desk.top(viewer.scope)
    if code is None:
        raise RegionUnknown(code="")
    found = services.cases.supervision(code, look, viewer)
    zoned = replace(context, zone=terms.zone.key)
    personal = viewer.may(Act.SEE_PERSONAL)
    shown, total = len(found.ledger.rows), found.ledger.total
    return page.LedgerView(
        title=context.t("ledger.title"),
        place=page.Choice(label=_name(context, found.region), href=desk.href(found.region.code), on=True),
        figures=figures(zoned, found.ledger.totals),
        filters=_filters(zoned, services, look, viewer, found.streets),
        rows=[paper_row(zoned, row, terms, now, personal=personal) for row in found.ledger.rows],
        sub=context.t("ledger.showing", n=f"{shown:,}", all=f"{total:,}"),
        drafts=[draft_row(zoned, one, terms) for one in found.drafts],
        watch=watch_rows(zoned, found.watch),
        may=[str(act) for act in ACTS if viewer.may(act)],
    )


def _name(context: PageContext, region: RegionNode) -> str:
    return region.name if str(context.lang) == "zh" else region.name_en or region.name


def _filters(
    context: PageContext, services: Services, look: LedgerLook, viewer: Viewer, streets: Sequence[RegionNode]
) -> list[page.Filter]:
    lang, whole = str(context.lang), context.t("ledger.all")
    departments = [(one.code, one.name.in_language(lang)) for one in services.desk.lists().departments]
    if viewer.scope.departments is not None:
        departments = [one for one in departments if one[0] in viewer.scope.departments]
    regions = [(one.code, _name(context, one)) for one in streets]
    return [
        _filter(context, look, "issued", [(one, context.t(f"ledger.issued_{one}")) for one in Issued]),
        _filter(
            context,
            look,
            "kind",
            [(None, whole), *[(one, KIND_WORDS[one].in_language(lang)) for one in PaperKind]],
        ),
        _filter(
            context,
            look,
            "state",
            [(None, whole), *[(one, context.t(f"ledger.state_{one}")) for one in Standing]],
        ),
        _filter(context, look, "region", [("", whole), *regions], menu=True),
        _filter(context, look, "department", [("", whole), *departments], menu=True),
    ]


def _filter(
    context: PageContext, look: LedgerLook, name: str, values: list[tuple[Any, str]], *, menu: bool = False
) -> page.Filter:
    choices = []
    for value, label in values:
        query = urlencode(look.but(**{name: value}).query())
        href = f"{PATH}?{query}" if query else PATH
        choices.append(page.Choice(label=label, href=href, on=getattr(look, name) == value))
    label = context.t("ledger.issued_when" if name == "issued" else f"ledger.{name}")
    return page.Filter(label=label, choices=choices, menu=menu)
