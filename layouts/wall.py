"""The wall: containers and headings, laid out once. What they show is painted by `assets/js`, in place."""

from __future__ import annotations

from typing import Any

import dash_leaflet as dl
from dash import dcc, html

from dashboard.domain.policy import Act
from dashboard.domain.posture import may_switch
from layouts import ids, theme, wall_views
from layouts.components.panel import heading, panel, skeleton, spoken, word
from layouts.context import PageContext
from layouts.figures import trend

LOADS = ("0", "1", "2–3", "4–5", "6–8", "9+")
KPIS = ("reported", "open", "on_time_due", "satisfaction", "overdue", "on_duty")
FUNCTIONS = "quanyu.map."


def layout(context: PageContext) -> html.Main:
    """The page at `/`."""
    return html.Main(
        [
            _header(context),
            _kpis(context),
            _left(context),
            _map(context),
            _right(context),
            panel(context, "tick", "tick.title", ids.WALL_TICKER, rows=3, end=html.Span(className="end")),
            panel(context, "alr", "alert.title", ids.WALL_ALERTS, rows=3),
            panel(context, "act", "act.title", ids.WALL_WORKERS, rows=2),
            *wall_views.views(context),
            html.Div(id=ids.WALL_BANNER, className="bn", hidden=True, role="status"),
            html.Div(id=ids.WALL_LOUD, className="sr", role="alert"),
            _empty(context),
            dcc.Store(id=ids.WALL_CONFIG, data=_config(context)),
            dcc.Store(id=ids.WALL_RUNS),
        ],
        id=ids.WALL,
        className="wall kiosk" if context.viewer is not None and context.viewer.kiosk else "wall",
    )


def _config(context: PageContext) -> dict[str, object]:
    """What the wall's script starts with: the layout of a wall that is bound to one, and whether its viewer may switch
    the district's posture and take panels away: a wall that hangs offers nobody files."""
    viewer = context.viewer
    return context.config() | {
        "layout": viewer.layout if viewer is not None else "",
        "may_switch": viewer is not None and may_switch(viewer),
        "files": viewer is not None and not viewer.kiosk and viewer.may(Act.EXPORT),
    }


def _header(context: PageContext) -> html.Header:
    language = html.Button(
        context.t("lang.other"),
        id=ids.WALL_LANG,
        className="lang",
        type="button",
        **spoken(context, "lang.switch"),
    )
    return html.Header(
        [
            html.Img(src="assets/icons/mark.svg", className="mark", alt=""),
            html.H1(context.t("wall.title"), id=ids.WALL_TITLE, className="skel"),
            html.Span(id=ids.WALL_SUBTITLE, className="sub"),
            html.Span(id=ids.WALL_MODE, className="demo", hidden=True),
            language,
            html.Button(id=ids.WALL_POSTURE, className="postures", type="button", hidden=True),
            html.Span(id=ids.WALL_TURN, className="demo", hidden=True),
            html.B(id=ids.WALL_EMERGENCY, className="emer", hidden=True),
            html.Div(
                [
                    html.Span(id=ids.WALL_LIVE, className="liv"),
                    html.Span(id=ids.WALL_FEEDS, className="fd"),
                    html.Span(id=ids.WALL_SHIFT, className="shf"),
                    html.Span(id=ids.WALL_DATE, className="dt"),
                    html.Span(id=ids.WALL_CLOCK, className="clk"),
                ],
                className="hr",
            ),
        ],
        className="wh",
    )


def _kpis(context: PageContext) -> html.Div:
    cards = [
        html.Section(
            [
                html.Div(context.t(f"kpi.{key}"), className="kl"),
                html.Div(html.I(className="skel"), className="kv"),
            ],
            className="kpi",
        )
        for key in KPIS
    ]
    return html.Div(cards, id=ids.WALL_KPIS, className="kpis", role="group", **spoken(context, "kpi.strip"))


def _left(context: PageContext) -> html.Div:
    yesterday = html.Span([html.U(), word(context, "cat.yesterday")], className="end key")
    return html.Div(
        [
            panel(context, "pipe", "pipe.title", ids.WALL_PIPELINE, rows=7, sub="pipe.sub"),
            panel(context, "src", "source.title", ids.WALL_SOURCES, rows=3, sub="source.sub"),
            panel(context, "cat", "cat.title", ids.WALL_CATEGORIES, rows=5, sub="cat.sub", end=yesterday),
        ],
        className="col l",
    )


def _right(context: PageContext) -> html.Div:
    colours = ("ok", "warn", "bad")
    marks = [[html.I(className=f"st {colour}"), html.Span(className="rk-of")] for colour in colours]
    key = html.Span([part for mark in marks for part in mark], className="end rk")
    return html.Div(
        [_trends(context), panel(context, "rank", "rank.title", ids.WALL_RANKING, rows=14, end=key)],
        className="col rgt",
    )


def _trends(context: PageContext) -> html.Section:
    switch = html.Span(
        [
            word(context, "trend.hour", html.Button, id=ids.WALL_TREND_HOUR, type="button"),
            word(context, "trend.day", html.Button, id=ids.WALL_TREND_DAY, type="button"),
        ],
        className="wseg end",
    )
    charts = [
        _trend(ids.WALL_TREND_ON_TIME_HEAD, ids.WALL_TREND_ON_TIME),
        _trend(ids.WALL_TREND_SATISFACTION_HEAD, ids.WALL_TREND_SATISFACTION),
    ]
    return html.Section(
        [heading(context, "trend.title", switch), html.Div(charts, className="trs body")],
        className="panel trd",
    )


def _trend(head_id: str, graph_id: str) -> html.Div:
    graph = dcc.Graph(
        id=graph_id,
        figure=trend.figure(),
        config=theme.CONFIG,
        responsive=True,
        className="trg",
        style={"height": "100%", "width": "100%"},
    )
    return html.Div(
        [html.Div(skeleton(1), id=head_id), html.Div(graph, className="trbox")], className="tr", role="img"
    )


def _map(context: PageContext) -> html.Section:
    grids = dl.GeoJSON(
        id=ids.WALL_GRIDS,
        style={"variable": FUNCTIONS + "style"},
        filter={"variable": FUNCTIONS + "filter"},
        onEachFeature={"variable": FUNCTIONS + "onEachFeature"},
        disableDefaultEventHandlers=True,
    )
    leaflet = dl.Map(
        [grids],
        id=ids.WALL_MAP,
        center=[30, 104],
        zoom=11,
        zoomSnap=0,
        maxZoom=20,
        zoomControl=False,
        attributionControl=False,
        zoomAnimation=False,
        fadeAnimation=False,
        preferCanvas=True,
        className="lf",
    )
    reset = word(
        context, "map.reset", html.Button, id=ids.WALL_RESET, type="button", className="btn sm", hidden=True
    )
    sub = html.Span(id=ids.WALL_MAP_SUB, className="sub")
    return html.Section(
        [
            heading(context, "map.title", sub, html.Span(reset, className="end")),
            leaflet,
            _legend(context),
            _scale(),
        ],
        id=ids.WALL_MAP_PANEL,
        className="panel map",
        **spoken(context, "map.label"),
    )


def _legend(context: PageContext) -> html.Div:
    swatches: list[Any] = [
        html.Span([html.I(style={"background": f"var(--load-{load})"}), shown], className="sw")
        for load, shown in enumerate(LOADS)
    ]
    return html.Div(
        [
            word(context, "map.legend", html.Div, className="lt"),
            html.Div(swatches, className="sws"),
            html.Div([html.I(className="lg-trail"), word(context, "map.workers")], className="lrow"),
            html.Div([html.I(className="lg-overdue"), word(context, "map.overdue")], className="lrow"),
        ],
        className="legend",
    )


def _scale() -> html.Div:
    return html.Div(
        [
            html.Span([html.I(), html.B()], id=ids.WALL_SCALE, className="bar"),
            html.Span(id=ids.WALL_MAP_NOTE, className="note"),
        ],
        className="scl",
    )


def _empty(context: PageContext) -> html.Div:
    return html.Div(
        [
            word(context, "empty.title", html.H2),
            word(context, "empty.text", html.P),
            word(context, "empty.command", html.Code),
            word(context, "empty.page", html.A, href="/admin/import", className="btn"),
        ],
        id=ids.WALL_EMPTY,
        className="empty",
        hidden=True,
    )
