"""The panel of trends: its switches and the places of its two charts, which `assets/js/desk-course.js` draws."""

from __future__ import annotations

from dash import html

from dashboard.domain.view import Chart
from layouts import ids
from layouts.components.panel import marked, skeleton, spoken, word
from layouts.context import PageContext
from layouts.desk_bar import switch

STEPS = ("hour", "day", "week")


def panel(context: PageContext) -> html.Section:
    """The panel before its first data."""
    steps = [html.Button(context.t(f"course.{one}"), type="button", **switch("step", one)) for one in STEPS]
    kinds = [
        html.Button(context.t(f"course.kind_{one}"), type="button", **switch("trend", str(one)))
        for one in Chart
    ]
    chosen = html.Span(steps, className="seg sm", role="group", **spoken(context, "course.steps"))
    head = html.Header(
        [
            word(context, "desk.trends", html.H2),
            html.Span(className="sub"),
            html.Span(chosen, className="end"),
        ]
    )
    charts = [
        html.Div(
            [html.Div(skeleton(1), className="ch-head"), html.Div(className="ch-box")],
            className="ch",
            tabIndex=0,
            role="img",
            **marked(data_course=str(at)),
        )
        for at in range(2)
    ]
    tabs = html.Div(kinds, className="seg sm kinds", role="group", **spoken(context, "course.kinds"))
    return html.Section(
        [head, html.Div([tabs, *charts], className="body")], id=ids.DESK_TRENDS, className="panel dk-trends"
    )
