"""The page where briefings are put together: period, scope and sections, a preview, and the files that come of it.

The server lays out frames; what a briefing says comes from the interface, and `assets/js/briefing-*.js` show it, so
that a section chosen or a sentence changed is there at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.briefing.content import Cadence, Versus
from layouts import ids
from layouts.components.panel import heading, marked, skeleton, spoken, word
from layouts.context import PageContext
from layouts.desk import page as desk_page

FORMS = ("pptx", "docx", "xlsx", "pdf")


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefingView:
    """`config`: what the page's scripts start with."""

    config: Mapping[str, Any]


def layout(context: PageContext, view: BriefingView) -> html.Div:
    """The page."""
    body = html.Div(
        [
            _top(context),
            html.Div([_left(context), _middle(context), _right(context)], className="bf-grid"),
            dcc.Store(id=ids.BRIEFING_CONFIG, data=dict(view.config)),
            dcc.Store(id=ids.BRIEFING_RUNS),
        ],
        id=ids.BRIEFING,
        className="bf",
    )
    return desk_page(context, [body], here="briefing", name="bf-main")


def blank() -> html.Div:
    """The parts that callbacks name, by themselves."""
    return html.Div([dcc.Store(id=one) for one in (ids.BRIEFING_CONFIG, ids.BRIEFING_RUNS)])


def _top(context: PageContext) -> html.Div:
    past = html.Details(
        [
            word(context, "brief.past", html.Summary, className="sel"),
            html.Div(html.Ul(className="bf-past", **marked(data_bf="past")), className="pop right"),
        ],
        className="menu",
        **marked(data_bf="past-menu"),
    )
    return html.Div(
        [
            html.H1(**marked(data_bf="title")),
            html.Span(className="t2", **marked(data_bf="period")),
            html.Span(className="tag", hidden=True, **marked(data_bf="frozen")),
            html.Span(className="grow"),
            _switch(context, "cadence", [str(one) for one in Cadence]),
            past,
        ],
        className="bf-top",
    )


def _left(context: PageContext) -> html.Aside:
    scope = html.Label(
        [
            word(context, "brief.region", className="sr"),
            html.Span(className="bf-select", **marked(data_bf="region")),
        ]
    )
    order = html.Header(
        [
            word(context, "brief.sections", html.H2),
            html.Span(className="t3", **marked(data_bf="chosen")),
        ],
        className="bf-lh",
    )
    return html.Aside(
        [
            html.Div(skeleton(6), className="bf-cal-box", **marked(data_bf="calendar")),
            html.Header(word(context, "brief.scope", html.H2), className="bf-lh"),
            scope,
            html.Header(word(context, "brief.versus", html.H2), className="bf-lh"),
            _switch(context, "versus", [str(one) for one in Versus], wide=True),
            order,
            html.Ol(className="bf-sections", **marked(data_bf="sections")),
            _cases(context),
        ],
        className="panel bf-left",
    )


def _cases(context: PageContext) -> html.Section:
    """Where typical cases are picked; the page's script fills it."""
    return html.Section(
        html.Header(word(context, "brief.section_cases", html.H2), className="bf-lh"),
        hidden=True,
        **marked(data_bf="cases"),
    )


def _middle(context: PageContext) -> html.Section:
    looks = _switch(context, "look", ["slides", "document"], small=True)
    head = heading(
        context,
        "brief.preview",
        html.Span(className="sub", **marked(data_bf="at")),
        html.Span(looks, className="end"),
    )
    stage = html.Div(skeleton(9), className="bf-stage", tabIndex=0, **marked(data_bf="stage"))
    stage_label = spoken(context, "brief.preview")
    stage_box = html.Div(stage, className="bf-stage-box", role="region", **stage_label)
    state = html.Div(className="bf-state", role="status", **marked(data_bf="state"))
    return html.Section(
        [head, state, stage_box, html.Ol(className="bf-thumbs", **marked(data_bf="thumbs"))],
        className="panel bf-mid",
    )


def _right(context: PageContext) -> html.Aside:
    jobs = [
        heading(context, "jobs.title", html.Span(className="sub", **marked(data_bf="jobs-sub"))),
        html.Ul(className="jb-list bf-jobs", **marked(data_bf="jobs")),
    ]
    options = [
        word(context, "brief.options", html.H2, className="bf-h"),
        _option(context, "lang", ["zh", "en"]),
        _option(context, "masked", ["1", "0"]),
    ]
    forms = [
        html.Button(one.upper(), type="button", className="btn", **marked(data_form=one)) for one in FORMS
    ]
    acts: list[Component] = [
        html.Div(forms, className="bf-forms", role="group", **spoken(context, "brief.forms")),
        word(
            context,
            "brief.make_all",
            html.Button,
            type="button",
            className="btn pri",
            **marked(data_bf="make"),
        ),
        word(context, "brief.issue", html.Button, type="button", className="btn", **marked(data_bf="issue")),
        word(context, "brief.keep", html.Button, type="button", className="btn", **marked(data_bf="keep")),
        word(context, "brief.note", html.P, className="t3"),
    ]
    return html.Aside(
        [*jobs, html.Div(options, className="bf-options"), html.Div(acts, className="bf-acts")],
        className="panel bf-right",
    )


def _option(context: PageContext, name: str, values: list[str]) -> html.Div:
    return html.Div(
        [word(context, f"brief.{name}"), _switch(context, name, values, small=True)],
        className="bf-option",
        **marked(data_option=name),
    )


def _switch(
    context: PageContext, name: str, values: list[str], *, small: bool = False, wide: bool = False
) -> html.Span:
    """Buttons of which one is on, or several where the page's script says so."""
    buttons = [
        word(
            context,
            f"brief.{name}_{value}",
            html.Button,
            type="button",
            **marked(data_set=name, data_value=value, aria_pressed="false"),
        )
        for value in values
    ]
    look = " ".join(["seg", *(["sm"] if small else []), *(["bf-wide"] if wide else [])])
    return html.Span(buttons, className=look, role="group", **spoken(context, f"brief.{name}"))
