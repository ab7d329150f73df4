"""The pages of workers: who is meant and what can be chosen. Tracks come from the interface, which puts each look on
record; this page itself shows nobody's place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from dash import ClientsideFunction, Dash, Input, Output
from dash.development.base_component import Component

from callbacks import request
from callbacks.event_around_view import placed
from callbacks.failing import said
from callbacks.region import name
from callbacks.services import Services
from dashboard.access.door import viewer_of
from dashboard.crew import CrewMember
from dashboard.domain.indicators import BY_KEY
from dashboard.domain.model import Level
from dashboard.domain.policy import Act, Viewer
from dashboard.domain.windows import local_day
from dashboard.errors import DashboardError
from data_access.queries.colleagues import Colleague
from data_access.queries.regions import RegionNode, RegionUnknown
from layouts import desk, formats, ids
from layouts import worker as page
from layouts.context import PageContext
from layouts.worker import Step

PREFIX: Final = "/worker/"
PATH: Final = "/worker"
TOGETHER: Final = (Level.GRID, Level.MICRO_GRID, Level.COMMUNITY, Level.STREET)
"""Regions whose workers are played back together."""


def register(app: Dash, services: Services) -> None:
    """The scripts of the pages, and the list of those who are out, read anew when the page asks."""

    @app.callback(Output(ids.WORKER_ROSTER, "data"), Input(ids.WORKER_ASK, "data"), prevent_initial_call=True)
    def out(asked: Mapping[str, Any] | None) -> dict[str, Any]:
        context, viewer = request.context(), viewer_of(request.asgi_scope())
        try:
            return _roster(context, services, str((asked or {}).get("region") or ""), viewer)
        except DashboardError as error:
            return {"error": said(context, error)}

    # After the page's own script has run: words and the clock are there by then.
    app.clientside_callback(
        ClientsideFunction("quanyu", "worker"),
        Output(ids.WORKER_RUNS, "data"),
        Input(ids.WORKER_CONFIG, "data"),
        Input(ids.DESK_RUNS, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("quanyu", "roster"),
        Output(ids.WORKER_LISTED, "data"),
        Input(ids.WORKER_ROSTER, "data"),
    )


def render(context: PageContext, services: Services, path: str, search: str | None) -> Component:
    """The page of an address, or a sentence where there is none."""
    viewer = viewer_of(request.asgi_scope())
    asked = dict(parse_qsl((search or "").removeprefix("?")))
    code = path.removeprefix(PREFIX).strip("/")
    try:
        if code:
            return page.playback(context, _person(context, services, code, viewer))
        region = asked.get("region") or services.desk.top(viewer.scope)
        if region is None:
            raise RegionUnknown(code="")
        if "day" in asked:
            return page.playback(context, _group(context, services, region, viewer))
        return page.out_now(context, _out(context, services, region, viewer))
    except DashboardError as error:
        return desk.sentence(context, said(context, error))


def _person(context: PageContext, services: Services, code: str, viewer: Viewer) -> page.WorkerView:
    found = services.workers.person(code, viewer)
    worker = found.worker
    named = viewer.may(Act.SEE_PERSONAL)
    path = [node for node in (*worker.path.ancestors, worker.path.region) if node.level in _ABOVE]
    return page.WorkerView(
        steps=_steps(context, path),
        title=worker.name.in_language(str(context.lang)) if named else worker.code,
        config=_common(services, viewer, found.land, context)
        | {
            "mode": "one",
            "code": worker.code,
            "day": found.day.isoformat(),
            "around": found.around.code,
            "people": _people(context, found.beside, named=named),
        },
        export=viewer.may(Act.EXPORT),
    )


def _group(context: PageContext, services: Services, code: str, viewer: Viewer) -> page.WorkerView:
    found = services.workers.ground(code, viewer)
    return page.WorkerView(
        steps=_steps(context, found.path.ancestors),
        title=name(context, found.path.region),
        config=_common(services, viewer, found.land, context)
        | {"mode": "group", "region": code, "around": code, "people": []},
    )


def _out(context: PageContext, services: Services, code: str, viewer: Viewer) -> page.WorkerView:
    found = services.workers.ground(code, viewer)
    region = found.path.region
    today = local_day(services.now(), services.terms().zone).isoformat()
    together = f"{PATH}?{urlencode({'region': code, 'day': today})}" if region.level in TOGETHER else ""
    above = found.path.ancestors[-1:] if found.path.ancestors and found.path.ancestors[-1].visible else ()
    ways = [Step(name=f"↑ {name(context, one)}", href=_address(one.code)) for one in above]
    ways += [Step(name=name(context, one), href=_address(one.code)) for one in found.below]
    return page.WorkerView(
        steps=_steps(context, found.path.ancestors),
        title=name(context, region),
        config=_common(services, viewer, found.land, context)
        | {"mode": "out", "region": code, "level": str(region.level), "together": together},
        regions=ways,
    )


_ABOVE: Final = (Level.DISTRICT, Level.STREET, Level.COMMUNITY)


def _address(code: str) -> str:
    return f"{PATH}?{urlencode({'region': code})}"


def _steps(context: PageContext, path: Sequence[RegionNode]) -> list[Step]:
    return [Step(name=name(context, one), href=desk.href(one.code) if one.visible else "") for one in path]


def _common(
    services: Services, viewer: Viewer, land: Sequence[RegionNode], context: PageContext
) -> dict[str, Any]:
    terms, now = services.terms(), services.now()
    return {
        "today": local_day(now, terms.zone).isoformat(),
        "target": terms.targets.get("coverage", BY_KEY["coverage"].target),
        "export": viewer.may(Act.EXPORT),
        "names": _names(context, land),
    }


def _names(context: PageContext, land: Sequence[RegionNode]) -> dict[str, str]:
    """Short names of grids by code: with their communities, as 01 is in each of them."""
    parents = {one.code: name(context, one) for one in land}
    return {
        one.code: formats.place(name(context, one), parents.get(one.parent_code or "", ""))
        for one in land
        if one.level in (Level.GRID, Level.MICRO_GRID)
    }


def _people(context: PageContext, beside: Sequence[Colleague], *, named: bool) -> list[list[str]]:
    """Rows of a menu: code, name, grid."""
    lang = str(context.lang)
    return [
        [one.code, one.name.in_language(lang) if named else one.code, one.region.in_language(lang)]
        for one in beside
    ]


def _roster(context: PageContext, services: Services, region: str, viewer: Viewer) -> dict[str, Any]:
    found = services.workers.roster(region, viewer)
    named = viewer.may(Act.SEE_PERSONAL)
    left = found.rostered - len(found.members)
    return {
        "at": int(found.at.timestamp() * 1000),
        "rostered": found.rostered,
        "on_duty": found.on_duty,
        "left": left,
        "rows": [_member(context, one, named=named) for one in found.members],
    }


def _member(context: PageContext, one: CrewMember, *, named: bool) -> dict[str, Any]:
    lang = str(context.lang)
    return {
        "code": one.code,
        "name": one.name.in_language(lang) if named else one.code,
        "doing": one.doing,
        "place": placed(context, one.region, one.parent),
        "still_s": one.still_s,
        "age_s": one.fix_age_s,
        "accuracy_m": one.accuracy_m,
        "battery": one.battery_pct,
        "address": f"{PATH}/{quote(one.code, safe='')}",
    }
