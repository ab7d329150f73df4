"""The first page of a region: its figures with n and d, its open events, and the regions below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids
from layouts.components.panel import spoken, word
from layouts.context import PageContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Crumb:
    """A region on the way down; no link where `code` is None."""

    code: str | None
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A card: `value` as shown, `note` below it. `colour`: ok, warn, bad or nothing."""

    key: str
    label: str
    value: str
    unit: str = ""
    note: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """A line of the table of open events, as shown. `colour`: red, yellow, green or none."""

    code: str
    colour: str
    timing: str
    category: str
    place: str
    place_code: str
    stage: str
    source: str
    reported: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildRow:
    """A region below, with the events at or under it."""

    code: str
    name: str
    kind: str
    open: int
    overdue: int
    yellow: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionView:
    """All that the page shows."""

    name: str
    level: str
    crumbs: Sequence[Crumb]
    figures: Sequence[Figure]
    events: Sequence[EventRow]
    open_total: int
    children: Sequence[ChildRow]


GLYPHS = {"red": "bad", "yellow": "warn", "green": "ok", "none": "off"}


def layout(context: PageContext, view: RegionView) -> html.Div:
    """The page at `/region/<code>`."""
    body = [
        _crumbs(context, view),
        html.H1([view.name, html.Span(view.level, className="tag")], className="rg-title"),
        html.Div([_card(figure) for figure in view.figures], className="rg-kpis"),
        html.Div([_events(context, view), _children(context, view)], className="rg-cols"),
    ]
    return page(context, body)


def sentence(context: PageContext, text: str) -> html.Div:
    """The page where there is nothing to show but a sentence and the way back."""
    back = html.A(context.t("region.back"), href="/", className="btn pri")
    return page(context, [html.Div([html.Div(className="ric"), html.P(text), back], className="ph")])


def page(context: PageContext, body: list[Any], *, here: str = "", name: str = "rg") -> html.Div:
    """Desk chrome around a body. `here`: the part of the product that it belongs to; `name`: the body's class."""
    brand = html.A(
        [html.Img(src="/assets/icons/mark.svg", alt=""), context.t("desk.brand")], href="/", className="brand"
    )
    parts = (("wall", "/"), ("import", "/admin/import"))
    nav = html.Nav(
        [
            html.A(context.t(f"desk.{part}"), href=address, className="on" if part == here else "")
            for part, address in parts
        ],
        className="nav",
    )
    language = html.Button(context.t("lang.other"), id=ids.DESK_LANG, className="btn ghost sm", type="button")
    bar = html.Header(
        [
            brand,
            nav,
            html.Span(className="grow"),
            html.Span(id=ids.DESK_LIVE, className="live"),
            html.Span(id=ids.DESK_CLOCK, className="num"),
            language,
        ],
        className="topbar",
    )
    return html.Div(
        [
            bar,
            html.Main(body, className=name),
            dcc.Store(id=ids.DESK_CONFIG, data=context.config()),
            dcc.Store(id=ids.DESK_RUNS),
        ],
        className="is-desk",
    )


def href(code: str) -> str:
    """Address of a region's page."""
    return f"/region/{quote(code, safe='')}"


def _crumbs(context: PageContext, view: RegionView) -> html.Nav:
    parts: list[Any] = []
    for crumb in view.crumbs:
        name = html.Span(crumb.name) if crumb.code is None else html.A(crumb.name, href=href(crumb.code))
        parts += [name, html.Span("/", className="t3")]
    parts.append(html.B(view.name))
    return html.Nav(parts, className="crumbs", **spoken(context, "desk.crumbs"))


def _card(figure: Figure) -> html.Div:
    unit = [html.Span(figure.unit, className="u")] if figure.unit else []
    glyph = [html.I(className=f"st {figure.colour}")] if figure.colour else []
    named: dict[str, Any] = {"data-kpi": figure.key}
    return html.Div(
        [
            html.Span([*glyph, figure.label], className="k"),
            html.B([figure.value, *unit], className="c-bad" if figure.colour == "bad" else ""),
            html.Em(figure.note),
        ],
        className="panel rg-kpi",
        **named,
    )


def _panel(title: Component, sub: str, table: Component, name: str) -> html.Section:
    head = html.Header([title, html.Span(sub, className="sub")])
    return html.Section([head, html.Div(table, className="tb-box", tabIndex=0)], className=f"panel {name}")


def _events(context: PageContext, view: RegionView) -> html.Section:
    title = word(context, "region.open_title", html.H2)
    sub = context.t("region.open_sub", n=len(view.events), all=f"{view.open_total:,}")
    if not view.events:
        return _panel(title, "", html.P(context.t("region.no_events"), className="none"), "rg-events")
    keys = ("due", "code", "category", "place", "stage", "source", "reported")
    head = html.Tr([html.Th(context.t(f"region.{key}"), className=f"c-{key}") for key in keys])
    rows = [_event(context, row) for row in view.events]
    table = html.Table([html.Thead(head), html.Tbody(rows)], className="tb")
    return _panel(title, sub, table, "rg-events")


def _event(context: PageContext, row: EventRow) -> html.Tr:
    glyph = GLYPHS[row.colour]
    shape = html.I(className=f"st {glyph}", title=context.t(f"colour.{row.colour}"))
    return html.Tr(
        [
            html.Td([shape, html.Span(row.timing)], className=f"due c-{glyph}"),
            html.Td(row.code, className="t2"),
            html.Td(row.category),
            html.Td(html.A(row.place, href=href(row.place_code))),
            html.Td(row.stage),
            html.Td(row.source, className="t2"),
            html.Td(row.reported, className="t2 r"),
        ]
    )


def _children(context: PageContext, view: RegionView) -> html.Section:
    title = word(context, "region.children_title", html.H2)
    if not view.children:
        return _panel(title, "", html.P(context.t("region.no_children"), className="none"), "rg-children")
    head = html.Tr(
        [
            html.Th(context.t("region.name")),
            *[
                html.Th(context.t(f"region.{key}"), className="r c-n")
                for key in ("open", "overdue", "yellow")
            ],
        ]
    )
    rows = [
        html.Tr(
            [
                html.Td([html.A(row.name, href=href(row.code)), *_kind(context, row.kind)]),
                html.Td(f"{row.open:,}", className="r"),
                html.Td(f"{row.overdue:,}", className="r c-bad" if row.overdue else "r t3"),
                html.Td(f"{row.yellow:,}", className="r c-warn" if row.yellow else "r t3"),
            ]
        )
        for row in view.children
    ]
    table = html.Table([html.Thead(head), html.Tbody(rows)], className="tb")
    return _panel(title, context.t("region.children_sub", n=len(rows)), table, "rg-children")


def _kind(context: PageContext, kind: str) -> list[Any]:
    return [html.Span(context.t("kind.exclusive"), className="tag")] if kind == "exclusive" else []
