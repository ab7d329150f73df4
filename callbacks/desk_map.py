"""The desk's map: reads what the chosen layer shows and hands it to the map's script as plain rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dash import ClientsideFunction, Dash, Input, Output

from callbacks import request
from callbacks.asked import Asked, asked
from callbacks.failing import said
from callbacks.services import Services
from dashboard.desk_map import FIRST, Areas, Land
from dashboard.domain.indicators import BY_KEY, Group, Reading
from dashboard.errors import DashboardError
from dashboard.i18n import Lang
from data_access.queries.event_points import Cell
from layouts import ids
from layouts.context import PageContext
from layouts.desk_map import PLACES

SHORT: Final = {
    "open": "deskmap.open",
    "reported": "deskmap.reported",
    "overdue_open": "deskmap.overdue_open",
}
"""Indicators whose usual name the buttons shorten; the map says the same."""


def register(app: Dash, services: Services) -> None:
    """Fills the map's stores from the page's view, and wires them to its script."""

    @app.callback(
        Output(ids.DESK_MAP_PLACES, "data"), Input(ids.DESK_VIEW, "data"), prevent_initial_call=True
    )
    def regions(view: dict[str, Any] | None) -> list[list[object]]:
        return places(view, services)

    @app.callback(
        Output(ids.DESK_MAP_DATA, "data"),
        Input(ids.DESK_VIEW, "data"),
        Input(ids.DESK_LAYER, "data"),
        Input(ids.DESK_NUDGE_SLOW, "data"),
        prevent_initial_call=True,
    )
    def show(view: dict[str, Any] | None, layer: str | None, _nudge: dict[str, Any] | None) -> dict[str, Any]:
        return layered(view, layer, services)

    app.clientside_callback(
        ClientsideFunction("quanyu", "deskMap"),
        Output(ids.DESK_MAP_RUNS, "data"),
        Input(ids.DESK_MAP_DATA, "data"),
        Input(ids.DESK_MAP_PLACES, "data"),
    )


def places(view: Mapping[str, Any] | None, services: Services) -> list[list[object]]:
    """The regions of a view's map."""
    try:
        question = asked(view, services)
        return named(services.desk_map.land(question.code, question.scope))
    except DashboardError:
        return []  # the map's own answer says what is wrong


def layered(view: Mapping[str, Any] | None, layer: str | None, services: Services) -> dict[str, Any]:
    """What a view's map shows, or why it shows nothing."""
    try:
        return shown(asked(view, services), services, layer or FIRST)
    except DashboardError as error:
        return {"error": said(request.context(), error)}


def shown(question: Asked, services: Services, layer: str) -> dict[str, Any]:
    """What the map shows. RegionUnknown; an unknown layer is the first one."""
    land = services.desk_map.land(question.code, question.scope)
    layer = layer if layer in BY_KEY or layer in PLACES else FIRST
    about = {
        "region": question.code,
        "layer": layer,
        "below": [[str(level), n] for level, n in land.below().items()],
    }
    if layer in PLACES:
        return about | _events(question, services, land, layer)
    found = services.desk_map.areas(question.code, question.scope, question.view, layer)
    return about | _areas(question.context, found)


def named(land: Land) -> list[list[object]]:
    """Rows of the map's regions: code, level, both names, parent, where the name stands."""
    return [
        [one.code, str(one.level), one.name, one.name_en, one.parent_code, one.lon, one.lat]
        for one in land.regions
    ]


def _areas(context: PageContext, found: Areas) -> dict[str, Any]:
    indicator = BY_KEY[found.key]
    return {
        "kind": "areas",
        "level": str(found.level),
        "name": name(context, found.key),
        "unit": str(indicator.unit),
        "people": indicator.group is Group.DUTY,
        "breaks": list(found.bounds),
        "areas": [[one.code, one.value, one.n, one.d, one.late] for one in found.areas],
        "total": _total(found.total),
    }


def _events(question: Asked, services: Services, land: Land, layer: str) -> dict[str, Any]:
    found = services.desk_map.points(question.code, question.scope, question.view)
    return {
        "kind": layer,
        "level": str(land.finest(None)),
        "name": question.context.t(f"deskmap.{layer}"),
        "unit": "count",
        "total": {"value": found.total, "n": found.total, "d": None},
        "unplaced": found.unplaced,
        "cut": found.since is not None,
        "points": [[one.x, one.y, one.colour, one.code, one.region_code] for one in found.spots]
        + [[one.x, one.y, _colours(one), None, None] for one in found.cells],
    }


def _colours(cell: Cell) -> dict[str, int]:
    """How many events of each colour, those that there are."""
    counts = {"red": cell.red, "yellow": cell.yellow, "green": cell.green, "closed": cell.closed}
    return {colour: n for colour, n in counts.items() if n}


def _total(reading: Reading) -> dict[str, object]:
    return {"value": reading.value, "n": reading.n, "d": reading.d}


def name(context: PageContext, key: str) -> str:
    """What the map calls an indicator."""
    if key in SHORT:
        return context.t(SHORT[key])
    return BY_KEY[key].zh if context.lang is Lang.ZH else BY_KEY[key].en
