"""The pages of workers: one day played back (of one or several), and who is out just now.

The server lays out frames and says what can be chosen; tracks come from the interface, and `assets/js/worker-*.js`
fill the frames in place, so that another day or another worker is there at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids
from layouts.components.export_button import export_button
from layouts.components.panel import heading, marked, skeleton, spoken, word
from layouts.context import PageContext
from layouts.desk import page as desk_page
from layouts.event import drawer

RATES = (1, 10, 60, 120)
"""How many times as fast as it was."""
USUAL_RATE = 60
FORMS = ("gpx", "geojson", "csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A region on the way to the workers. `href` empty: the viewer may not go there."""

    name: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerView:
    """`config`: what the page's scripts start with; `title`: what stands at the end of the way; `regions`: where one
    can go from the list of those who are out."""

    steps: Sequence[Step]
    title: str
    config: Mapping[str, Any]
    export: bool = False
    regions: Sequence[Step] = ()


def playback(context: PageContext, view: WorkerView) -> html.Div:
    """A day of one worker, or of several at once."""
    body = [
        _where(context, view, [_menu("people", view.title), _menu("days", "")], _tools(context, view)),
        html.Div(
            [
                html.Aside(skeleton(9), className="panel wk-left", tabIndex=0, **marked(data_wk="left")),
                _map(context),
                _right(context),
                _time(context),
            ],
            className="wk-grid",
        ),
    ]
    return _page(context, view, [html.Div(body, className="wk-col"), drawer(context)])


def out_now(context: PageContext, view: WorkerView) -> html.Div:
    """Who is out just now, and where."""
    regions = [html.A(one.name, href=one.href, className="opt") for one in view.regions]
    choice: list[Component] = [_menu("regions", view.title, regions)] if regions else [html.B(view.title)]
    config: Any = view.config
    links = html.Span(
        [
            html.A(
                context.t("worker.day_of_all"),
                href=config["together"],
                className="btn",
                hidden=not config["together"],
            )
        ],
        className="wk-tools",
    )
    body = [
        _where(context, view, choice, links),
        html.Div([_list(context), _map(context, live=True)], className="wk-out"),
        dcc.Store(id=ids.WORKER_ASK),
        dcc.Store(id=ids.WORKER_ROSTER),
        dcc.Store(id=ids.WORKER_LISTED),
    ]
    return _page(context, view, [html.Div(body, className="wk-col")])


def blank() -> html.Div:
    """The parts that callbacks name, by themselves."""
    stores = (ids.WORKER_CONFIG, ids.WORKER_RUNS, ids.WORKER_ASK, ids.WORKER_ROSTER, ids.WORKER_LISTED)
    return html.Div([dcc.Store(id=one) for one in stores])


def _page(context: PageContext, view: WorkerView, body: list[Component]) -> html.Div:
    stores = [dcc.Store(id=ids.WORKER_CONFIG, data=dict(view.config)), dcc.Store(id=ids.WORKER_RUNS)]
    inside = html.Div([*body, *stores], id=ids.WORKER, className="wk")
    return desk_page(context, [inside], here="workers", name="wk-main")


def _where(context: PageContext, view: WorkerView, choices: list[Component], tools: Component) -> html.Div:
    parts: list[Component] = []
    for step in view.steps:
        parts.append(html.A(step.name, href=step.href) if step.href else html.Span(step.name, className="t2"))
        parts.append(html.Span("/", className="t3", **marked(aria_hidden="true")))
    way = html.Nav(parts, className="dk-crumbs", **spoken(context, "desk.crumbs"))
    return html.Div([html.H1(view.title, className="sr"), way, *choices, tools], className="dk-where")


def _menu(name: str, shown: str, options: Sequence[Component] = ()) -> html.Details:
    return html.Details(
        [
            html.Summary(html.Span(shown, **marked(data_wk=f"{name}-shown")), className="sel on"),
            html.Div(html.Div(list(options), className="opts", **marked(data_wk=name)), className="pop"),
        ],
        className="menu",
        **marked(data_wk=f"{name}-menu"),
    )


def _tools(context: PageContext, view: WorkerView) -> html.Span:
    switch = html.Span(
        [
            word(
                context,
                f"worker.{name}",
                html.Button,
                type="button",
                **marked(data_raw=value, aria_pressed="false"),
            )
            for name, value in (("clean", ""), ("raw", "1"))
        ],
        className="seg",
        role="group",
        **spoken(context, "worker.fixes"),
    )
    files = [html.A(one.upper(), className="opt", **marked(data_form=one, download="")) for one in FORMS]
    export = html.Details(
        [
            word(context, "worker.export", html.Summary, className="sel"),
            html.Div(html.Div(files, className="opts"), className="pop right"),
        ],
        className="menu",
        hidden=not view.export,
        **marked(data_wk="export"),
    )
    return html.Span([switch, export], className="wk-tools")


def _map(context: PageContext, *, live: bool = False) -> html.Section:
    signs = (("in", "+"), ("out", "−"), ("reset", "⌂"))
    tools = [
        html.Button(sign, type="button", **marked(data_zoom=name), **spoken(context, f"deskmap.{name}"))
        for name, sign in signs
    ]
    label = "worker.map_live" if live else "worker.map"
    head = html.Div(className="wk-head", **marked(data_wk="head"))
    frame = html.Div(
        className="wk-map", tabIndex=0, role="application", **marked(data_wk="map"), **spoken(context, label)
    )
    scale = html.Div([html.I(), html.B()], className="dm-scale", **marked(data_wk="scale"))
    state = html.Div(className="dm-state", role="status", **marked(data_wk="state"))
    away = export_button(context, "place", "worker.map_name")
    return html.Section(
        [frame, head, html.Div(tools, className="dm-tools"), scale, state, *away], className="panel wk-place"
    )


def _right(context: PageContext) -> html.Div:
    stops = html.Section(
        [
            heading(
                context,
                "worker.stops",
                html.Span(className="sub", **marked(data_wk="stops-sub")),
                *export_button(context, "stops", "worker.stops"),
            ),
            _scrolled(context, "worker.stops", html.Ol(className="wk-stops", **marked(data_wk="stops"))),
        ],
        className="panel wk-stops-panel",
    )
    titles = [html.Th(context.t(f"worker.event_{key}"), scope="col") for key in ("time", "what", "result")]
    table = html.Table([html.Thead(html.Tr(titles)), html.Tbody(**marked(data_wk="events"))], className="tb")
    events = html.Section(
        [
            heading(
                context,
                "worker.events",
                html.Span(className="sub", **marked(data_wk="events-sub")),
                *export_button(context, "handled", "worker.events"),
            ),
            _scrolled(context, "worker.events", table),
            word(context, "worker.quality", html.H2, className="wk-h"),
            html.Dl(className="wk-quality", **marked(data_wk="quality")),
            html.P(
                [html.I(className="st off"), word(context, "worker.privacy")],
                className="wk-note",
            ),
        ],
        className="panel wk-events-panel",
    )
    return html.Div([stops, events], className="wk-right", **marked(data_wk="right"))


def _scrolled(context: PageContext, label: str, body: Component) -> html.Div:
    return html.Div(body, className="wk-scroll", tabIndex=0, role="region", **spoken(context, label))


def _time(context: PageContext) -> html.Section:
    play = html.Button(
        [html.I(className="wk-play-sign")],
        type="button",
        className="btn pri icon wk-play",
        **marked(data_wk="play"),
        **spoken(context, "worker.play"),
    )
    rates = html.Span(
        [
            html.Button(
                f"{rate}×",
                type="button",
                **marked(data_rate=str(rate), aria_pressed="true" if rate == USUAL_RATE else "false"),
            )
            for rate in RATES
        ],
        className="seg sm",
        role="group",
        **spoken(context, "worker.rate"),
    )
    legend = html.Span(
        [
            html.Span([html.I(className=f"wk-k {name}"), word(context, f"worker.key_{name}")])
            for name in ("speed", "stop", "gap", "away")
        ],
        className="wk-keys",
    )
    head = html.Div(
        [
            play,
            rates,
            html.B(className="num wk-now", **marked(data_wk="now")),
            html.Span(className="t2", **marked(data_wk="since")),
            html.Span(className="grow"),
            legend,
            *export_button(context, "course", "worker.hours"),
        ],
        className="wk-line",
    )
    slider = html.Div(
        className="wk-course",
        tabIndex=0,
        role="slider",
        **marked(data_wk="course", aria_valuemin="0", aria_valuemax="0", aria_valuenow="0"),
        **spoken(context, "worker.slider"),
    )
    return html.Section([head, slider], className="panel wk-time")


def _list(context: PageContext) -> html.Section:
    columns = ("name", "doing", "grid", "age", "accuracy", "battery")
    titles = [
        html.Th(context.t(f"worker.col_{key}"), scope="col", className="r" if key in columns[3:] else "")
        for key in columns
    ]
    table = html.Table([html.Thead(html.Tr(titles)), html.Tbody(**marked(data_wk="people"))], className="tb")
    return html.Section(
        [
            heading(context, "worker.out_now", html.Span(className="sub", **marked(data_wk="people-sub"))),
            html.Div(className="wk-search", **marked(data_wk="search")),
            html.Div(
                className="wk-doings",
                role="group",
                **marked(data_wk="doings"),
                **spoken(context, "worker.doings"),
            ),
            _scrolled(context, "worker.out_now", table),
            html.P([html.I(className="st off"), word(context, "worker.privacy")], className="wk-note"),
        ],
        className="panel wk-list",
    )
