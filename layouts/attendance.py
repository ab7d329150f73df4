"""The page of attendance and visits: sums, the regions below, a line for each worker, and visits by tier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component

from layouts.components.panel import spoken, word
from layouts.context import PageContext
from layouts.desk import page as desk_page

Cells = Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A choice and its address. `on`: it is what the page shows."""

    label: str
    href: str
    on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Excusable:
    """A mark of a shift that the viewer may enter a reason for. `about`: of whom and what, in words."""

    shift: int
    mark: str
    name: str
    about: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Headings and rows; the first cell of a row may be a link. `reasons`: what is for the viewer to enter, by row."""

    heads: Cells
    rows: Sequence[Cells]
    links: Sequence[str] = ()
    reasons: Sequence[Sequence[Excusable]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceView:
    """All that the page shows."""

    place: Link
    when: str
    choices: Sequence[Link]
    files: Sequence[Link]
    figures: Sequence[tuple[str, str]]
    regions: Table | None
    workers: Table
    visits: Table
    notes: Sequence[str]


def layout(context: PageContext, view: AttendanceView) -> html.Div:
    """The page at `/attendance`."""
    body = html.Div(html.Div(parts(context, view), className="sv-parts"), className="sv-col")
    return desk_page(context, [html.Div(body, className="sv")], here="attendance", name="sv-main")


def parts(context: PageContext, view: AttendanceView) -> list[Component]:
    """The body."""
    found: list[Component] = [
        html.Div(
            [
                word(context, "attendance.title", html.H1, className="sv-title"),
                html.A(view.place.label, href=view.place.href),
                html.B(view.when, className="num"),
                html.Nav([link(one) for one in view.choices], className="seg"),
                html.Span(className="grow"),
                *[html.A(one.label, href=one.href, className="btn sm", download="") for one in view.files],
            ],
            className="sv-bar",
        ),
        html.Div(
            [
                html.Div(
                    [html.Span(name, className="k"), html.B(value, className="num")], className="panel sv-kpi"
                )
                for name, value in view.figures
            ],
            className="sv-kpis",
        ),
    ]
    found += [html.P(note, className="t2") for note in view.notes]
    if view.regions is not None:
        found.append(_panel(context, "attendance.below", view.regions))
    found.append(_panel(context, "attendance.workers", view.workers))
    found.append(_panel(context, "attendance.visits", view.visits))
    return found


def link(one: Link) -> Component:
    """A choice of the bar."""
    current: dict[str, Any] = {"aria-current": "true"} if one.on else {}
    return html.A(one.label, href=one.href, className="on" if one.on else "", **current)


def _reason(context: PageContext, one: Excusable) -> Component:
    about: dict[str, Any] = {
        "data-excuse": str(one.shift),
        "data-mark": one.mark,
        "data-about": one.about,
        "data-reason": one.reason or "",
    }
    key = "attendance.explain" if one.reason is None else "attendance.explained"
    return html.Button(context.t(key, mark=one.name), type="button", className="btn sm", **about)


def _panel(context: PageContext, title: str, table: Table) -> Component:
    head = html.Header(word(context, title, html.H2))
    if not table.rows:
        return html.Section(
            [head, word(context, "attendance.none", html.P, className="none")], className="panel"
        )
    rows = []
    for place, row in enumerate(table.rows):
        first: Component | str = row[0]
        if place < len(table.links) and table.links[place]:
            first = html.A(row[0], href=table.links[place])
        cells = [html.Td(first), *(html.Td(value) for value in row[1:])]
        if table.reasons:
            cells.append(
                html.Td([_reason(context, one) for one in table.reasons[place]], className="at-reasons")
            )
        rows.append(html.Tr(cells))
    heads: list[Component] = [html.Th(name, scope="col") for name in table.heads]
    if table.reasons:
        heads.append(word(context, "attendance.reasons", html.Th, scope="col"))
    titles = html.Thead(html.Tr(heads))
    box = html.Div(
        html.Table([titles, html.Tbody(rows)], className="tb num"),
        className="tb-box",
        tabIndex=0,
        role="region",
        **spoken(context, title),
    )
    return html.Section([head, box], className="panel")
