"""A field worker's own day at `/me`: made for a phone, one column, nothing that leads elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from layouts.components.panel import word
from layouts.context import PageContext
from layouts.desk import page


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One thing: a shape of the three colours, what it is, what stands at its end, and lines below."""

    glyph: str
    title: str
    end: str
    lines: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDayView:
    """All that the page shows. `earlier`, `later`: addresses of the days beside; "" where there is none."""

    who: str
    when: str
    as_of: str
    earlier: str
    later: str
    figures: Sequence[tuple[str, str]]
    shifts: Sequence[Card]
    tasks: Sequence[Card]
    visits: Sequence[Card]


def layout(context: PageContext, view: OwnDayView) -> html.Div:
    """The page."""
    head = html.Div(
        [
            html.H1(view.who, className="me-who"),
            html.Nav(
                [
                    *_link(context, "me.earlier", view.earlier),
                    html.B(view.when, className="num"),
                    *_link(context, "me.later", view.later),
                ],
                className="me-days",
            ),
            html.P(context.t("me.as_of", time=view.as_of), className="t3"),
        ],
        className="me-head",
    )
    figures = [
        html.Div([html.Span(name, className="k"), html.B(value, className="num")], className="panel me-kpi")
        for name, value in view.figures
    ]
    body = [
        head,
        html.Div(figures, className="me-kpis"),
        _cards(context, "me.shifts", "me.no_shift", view.shifts),
        _cards(context, "me.tasks", "me.no_task", view.tasks),
        _cards(context, "me.visits", "me.no_visit", view.visits),
    ]
    return page(context, [html.Div(body, className="me")], here="me", name="me-main")


def _link(context: PageContext, key: str, href: str) -> list[Component]:
    return [word(context, key, html.A, href=href, className="btn")] if href else []


def _cards(context: PageContext, title: str, none: str, cards: Sequence[Card]) -> html.Section:
    head = html.Header([word(context, title, html.H2), html.Span(str(len(cards)), className="sub")])
    if not cards:
        return html.Section([head, word(context, none, html.P, className="none")], className="panel me-part")
    return html.Section([head, html.Ul([_card(one) for one in cards])], className="panel me-part")


def _card(one: Card) -> html.Li:
    top = html.Div(
        [html.I(className=f"st {one.glyph}"), html.B(one.title), html.Span(one.end, className="end num")],
        className="me-line",
    )
    return html.Li([top, *[html.P(line, className="t2") for line in one.lines if line]])
