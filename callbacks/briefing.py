"""The page of briefings: what can be chosen. What a briefing says comes from the interface."""

from __future__ import annotations

from typing import Any, Final

from dash import ClientsideFunction, Dash, Input, Output
from dash.development.base_component import Component

from callbacks import request
from callbacks.failing import said
from callbacks.region import name
from callbacks.services import Services
from dashboard.access.door import viewer_of
from dashboard.briefing.content import SectionKey
from dashboard.domain.policy import Act
from dashboard.domain.windows import local_day
from dashboard.errors import DashboardError
from data_access.queries.regions import RegionUnknown
from layouts import briefing as page
from layouts import desk, ids
from layouts.context import PageContext

PATH: Final = "/briefing"


def register(app: Dash) -> None:
    """The script of the page."""
    # After the page's own script has run: words and the clock are there by then.
    app.clientside_callback(
        ClientsideFunction("quanyu", "briefing"),
        Output(ids.BRIEFING_RUNS, "data"),
        Input(ids.BRIEFING_CONFIG, "data"),
        Input(ids.DESK_RUNS, "data"),
    )


def render(context: PageContext, services: Services) -> Component:
    """The page, or a sentence where there is none."""
    try:
        return page.layout(context, page.BriefingView(config=_config(context, services)))
    except DashboardError as error:
        return desk.sentence(context, said(context, error))


def _config(context: PageContext, services: Services) -> dict[str, Any]:
    viewer = viewer_of(request.asgi_scope())
    regions = services.desk.grounds(viewer.scope)
    if not regions:
        raise RegionUnknown(code="")
    return {
        "today": local_day(services.now(), services.terms().zone).isoformat(),
        "regions": [[one.code, name(context, one), str(one.level)] for one in regions],
        "sections": [str(one) for one in SectionKey],
        "personal": viewer.may(Act.SEE_PERSONAL),
    }
