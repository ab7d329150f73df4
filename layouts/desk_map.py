"""The desk's map of a region: heading, switch of layers, the map's frame, its legend and its table; and the small map
of one event. What they show is drawn by `assets/js/desk-map*.js` and `spot-map.js`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from dash import dcc, html

from dashboard.domain.indicators import INDICATORS
from dashboard.domain.messages import dump
from dashboard.i18n import Lang
from layouts import ids
from layouts.components.panel import spoken, word
from layouts.context import PageContext

FIRST: Final = ("open", "reported", "overdue_open", "coverage")
"""Layers with a button of their own; all others are in the list beside."""
PLACES: Final = ("points", "heat")
"""Layers of events, not of areas."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotWorker:
    """A worker near an event. `lon`, `lat` in degrees."""

    lon: float
    lat: float
    name: str
    distance_m: float | None = None
    fix_age_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One event on a small map. `colour`: red, yellow, green or closed; degrees None where nobody knows the place."""

    lon: float | None
    lat: float | None
    colour: str
    region_code: str
    workers: Sequence[SpotWorker] = ()


def panel(context: PageContext) -> html.Section:
    """The panel of the map; it follows the view of the page by itself."""
    switch = html.Span([_buttons(context), _more(context)], className="dm-layers end")
    head = html.Header(
        [word(context, "deskmap.title", html.H2, className="dm-title"), html.Span(className="sub"), switch]
    )
    frame = html.Div(
        [
            html.Div(className="dm-map", tabIndex=0, role="application", **spoken(context, "deskmap.label")),
            _tools(context),
            html.Div(className="dm-legend", role="note"),
            html.Div(className="dm-scale"),
            html.Div(className="dm-table", hidden=True, tabIndex=0, **spoken(context, "deskmap.table")),
            html.Div(className="dm-state", role="status"),
        ],
        className="dm-box",
    )
    stores = [dcc.Store(id=one) for one in (ids.DESK_MAP_PLACES, ids.DESK_MAP_DATA, ids.DESK_MAP_RUNS)]
    return html.Section([head, frame, *stores], id=ids.DESK_MAP, className="panel dmap")


def spot_map(context: PageContext, spot: Spot) -> html.Div:
    """A small map of one event and those near it. Whoever shows it lists the same facts beside it."""
    drawn: dict[str, Any] = {"data-spot": dump(_spot(spot))}
    return html.Div(className="spot-map", role="img", **spoken(context, "deskmap.spot"), **drawn)


def _spot(spot: Spot) -> dict[str, Any]:
    return {
        "lon": spot.lon,
        "lat": spot.lat,
        "colour": spot.colour,
        "region": spot.region_code,
        "workers": [
            {"lon": one.lon, "lat": one.lat, "name": one.name, "m": one.distance_m, "age_s": one.fix_age_s}
            for one in spot.workers
        ],
    }


def _buttons(context: PageContext) -> html.Span:
    return html.Span(
        [word(context, f"deskmap.{key}", html.Button, type="button", **_switch(key)) for key in FIRST],
        className="seg sm",
        role="group",
        **spoken(context, "deskmap.layers"),
    )


def _more(context: PageContext) -> html.Details:
    """All other layers; the map's script writes the chosen one's name on it."""
    others = [one for one in INDICATORS if one.key not in FIRST]
    names = [(one.key, one.zh if context.lang is Lang.ZH else one.en) for one in others]
    menu = html.Div(
        [
            _group(context, "deskmap.events", [(key, context.t(f"deskmap.{key}")) for key in PLACES]),
            _group(context, "deskmap.indicators", names),
        ],
        className="dm-menu",
    )
    return html.Details(
        [word(context, "deskmap.more", html.Summary, className="btn sm"), menu], className="dm-more"
    )


def _group(context: PageContext, title: str, choices: list[tuple[str, str]]) -> html.Div:
    buttons = [html.Button(name, type="button", **_switch(key)) for key, name in choices]
    return html.Div([word(context, title, html.H3), *buttons], role="group", **spoken(context, title))


def _switch(layer: str) -> dict[str, Any]:
    """The page's own script switches what has `data-field`, and presses the button that holds."""
    return {"data-field": "layer", "data-value": layer, "aria-pressed": "false"}


def _tools(context: PageContext) -> html.Div:
    signs = (("in", "+"), ("out", "−"), ("reset", "⌂"), ("table", "☰"))
    return html.Div(
        [
            html.Button(
                sign,
                type="button",
                className="dm-table-button" if name == "table" else f"dm-{name}",
                title=context.t(f"deskmap.{name}"),
                hidden=name == "reset",
                **spoken(context, f"deskmap.{name}"),
            )
            for name, sign in signs
        ],
        className="dm-tools",
    )
