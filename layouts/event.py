"""One event: a drawer over any page, and the page at `/event/<code>`. Both hold the same parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids
from layouts.components.export_button import export_button
from layouts.components.panel import spoken, word
from layouts.context import PageContext
from layouts.desk import page as desk_page
from layouts.event_related import feedback, near, others, photos, supervision
from layouts.event_trace import trace
from layouts.event_views import EventView, Fact, Part, Tag

ACTS = ("supervise", "remind", "transfer", "note", "mark_duplicate")
"""What can be done about an event, in the order of its buttons."""


def href(code: str) -> str:
    """Address of an event's page."""
    return f"/event/{quote(code, safe='')}"


def drawer(context: PageContext) -> html.Aside:
    """The closed drawer, for any page of the desk; scripts open it on an event."""
    return html.Aside(
        [html.Div(id=ids.EVENT_BODY, className="case"), *stores(None)],
        id=ids.EVENT_DRAWER,
        className="drawer",
        hidden=True,
        tabIndex=-1,
        role="dialog",
        **spoken(context, "one.drawer"),
    )


def stores(view: EventView | None) -> list[Component]:
    """What callbacks and scripts tell each other about the event that is open."""
    return [
        dcc.Store(id=ids.EVENT_OPEN),
        dcc.Store(id=ids.EVENT_SHOWN, data=None if view is None else dict(view.shown)),
        dcc.Store(id=ids.EVENT_RUNS),
    ]


def layout(context: PageContext, view: EventView) -> html.Div:
    """The page of an event."""
    crumbs = html.Nav(
        [html.A(view.region.text, href=view.region.href), html.Span("/", className="t3"), html.B(view.code)],
        className="crumbs",
        **spoken(context, "desk.crumbs"),
    )
    body = html.Article(
        html.Div(parts(context, view, alone=True), id=ids.EVENT_BODY, className="case"),
        className="panel case-page",
    )
    return desk_page(context, [crumbs, body, *stores(view)], here="event", name="rg case-main")


def parts(context: PageContext, view: EventView, *, alone: bool = False) -> list[Component]:
    """The parts of an event, top down. `alone`: on its own page, which cannot be closed."""
    side = [
        photos(context, view),
        *([] if view.spot is None else [html.Div(view.spot, className="case-spot")]),
        near(context, view),
        others(context, view),
        feedback(context, view),
        supervision(context, view),
        _section(context, "one.why", [html.P(view.why, className="case-p")]),
    ]
    return [
        _head(context, view, alone=alone),
        html.Div(
            [
                html.Div([_facts(view), *_said(context, view), trace(context, view)], className="case-first"),
                html.Div(side, className="case-side"),
            ],
            className="case-scroll",
            tabIndex=0,
            role="region",
            **spoken(context, "one.drawer"),
        ),
        _acts(context, view),
    ]


def unknown(context: PageContext, sentence: str) -> list[Component]:
    """What the drawer shows where there is nothing to show."""
    head = html.Header(html.Div([html.Span(className="grow"), _close(context)], className="case-top"))
    return [head, html.Div([html.Div(className="ric"), html.P(sentence)], className="ph")]


def _head(context: PageContext, view: EventView, *, alone: bool) -> html.Header:
    counting: dict[str, Any] = {} if view.due_ms is None else {"data-due": str(view.due_ms)}
    tags: list[Component] = [_tag(view.timing, counting), *[_tag(tag, {}) for tag in view.tags]]
    ends = export_button(context, "event", "one.drawer") if alone else []
    if not alone:
        ends = [
            html.A(context.t("one.page"), href=href(view.code), className="btn ghost sm"),
            _close(context),
        ]
    title = html.H1 if alone else html.H2
    return html.Header(
        [
            html.Div([html.Div(tags, className="case-tags grow"), *ends], className="case-top"),
            title(view.title, className="case-title"),
            html.Div(view.sub, className="t2"),
        ]
    )


def _close(context: PageContext) -> html.Button:
    named: dict[str, Any] = {"data-close": "1", **spoken(context, "one.close")}
    return html.Button("×", className="btn ghost sm case-close", type="button", **named)


def _tag(tag: Tag, named: dict[str, Any]) -> html.Span:
    glyph = [html.I(className=f"st {tag.glyph}")] if tag.glyph else []
    tone = f"tag {tag.glyph}" if tag.glyph in ("bad", "warn") else "tag"
    return html.Span([*glyph, html.Span(tag.text)], className=tone, **named)


def _facts(view: EventView) -> html.Dl:
    rows: list[Component] = []
    for fact in view.facts:
        rows += _fact(fact)
    return html.Dl(rows, className="case-facts")


def _fact(fact: Fact) -> list[Component]:
    return [html.Dt(fact.label), html.Dd([_part(part) for part in fact.parts])]


def _part(part: Part) -> Component:
    glyph = [html.I(className=f"st {part.glyph}")] if part.glyph else []
    if part.href:
        return html.A([*glyph, part.text], href=part.href)
    tone = f"c-{part.glyph}" if part.glyph in ("bad", "warn") else ""
    return html.Span([*glyph, part.text], className=tone)


def _said(context: PageContext, view: EventView) -> list[Component]:
    return (
        [_section(context, "one.said", [html.P(view.said, className="case-p case-said")])]
        if view.said
        else []
    )


def _section(context: PageContext, key: str, body: Sequence[Component]) -> html.Section:
    return html.Section([word(context, key, html.H3), *body])


def _acts(context: PageContext, view: EventView) -> html.Footer:
    buttons = []
    for act in ACTS:
        if act in view.acts:
            named: dict[str, Any] = {"data-act": act}
            tone = "btn pri grow" if act == "supervise" else "btn"
            buttons.append(html.Button(context.t(f"do.{act}"), className=tone, type="button", **named))
    return html.Footer(buttons or [html.Span(context.t("do.none"), className="t3")])
