"""The page of a region's rota: two weeks of turns by worker, changes by hand below, and what may be entered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component

from layouts.attendance import Link, link
from layouts.components.panel import spoken, word
from layouts.context import PageContext
from layouts.desk import page as desk_page

Choices = Sequence[tuple[str, str]]
"""Codes and names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RotaCell:
    """A day of a worker. `open`: a change may be entered; `day`: ISO; `off`: it was let off."""

    day: str
    text: str
    open: bool
    off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RotaLine:
    """A worker's two weeks. `name`: in words."""

    code: str
    name: str
    region: str
    pattern: str
    step: int
    cells: Sequence[RotaCell]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """A change by hand in words. `open`: it may be taken back."""

    id: int
    text: str
    note: str
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RotaView:
    """All that the page shows. `editable`: the viewer enters rotas; `first`: the first day that may be entered."""

    place: Link
    when: str
    choices: Sequence[Link]
    days: Sequence[tuple[str, bool]]
    lines: Sequence[RotaLine]
    changes: Sequence[ChangeLine]
    turns: Choices
    patterns: Choices
    editable: bool
    makes_patterns: bool
    first: str
    notes: Sequence[str]


def layout(context: PageContext, view: RotaView) -> html.Div:
    """The page at `/attendance?rota=`."""
    body = html.Div(html.Div(_parts(context, view), className="sv-parts"), className="sv-col")
    return desk_page(context, [html.Div(body, className="sv")], here="attendance", name="sv-main")


def _parts(context: PageContext, view: RotaView) -> list[Component]:
    bar: list[Component] = [
        word(context, "rota.title", html.H1, className="sv-title"),
        html.A(view.place.label, href=view.place.href),
        html.B(view.when, className="num"),
        html.Nav([link(one) for one in view.choices], className="seg"),
        html.Span(className="grow"),
    ]
    if view.makes_patterns:
        bar.append(_button(context, "rota.new_pattern", **{"data-rota": "pattern"}))
    # What the dialogs choose from.
    kept: dict[str, Any] = {
        "data-turns": json.dumps(view.turns, ensure_ascii=False),
        "data-patterns": json.dumps(view.patterns, ensure_ascii=False),
        "data-first": view.first,
    }
    found: list[Component] = [html.Div(bar, className="sv-bar", id="rota", **kept)]
    found += [html.P(note, className="t2") for note in view.notes]
    found += [_table(context, view), _changes(context, view)]
    return found


def _table(context: PageContext, view: RotaView) -> Component:
    head = html.Header(word(context, "rota.two_weeks", html.H2))
    if not view.lines:
        return html.Section([head, word(context, "rota.none", html.P, className="none")], className="panel")
    heads: list[Component] = [
        word(context, f"rota.{key}", html.Th, scope="col") for key in ("worker", "grid", "pattern")
    ]
    heads += [html.Th(name, scope="col", className="rt-rest" if rest else "") for name, rest in view.days]
    rows = [html.Tr(_line(context, one, view)) for one in view.lines]
    box = html.Div(
        html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)], className="tb num"),
        className="tb-box",
        tabIndex=0,
        role="region",
        **spoken(context, "rota.two_weeks"),
    )
    return html.Section([head, box], className="panel")


def _line(context: PageContext, one: RotaLine, view: RotaView) -> list[Component]:
    about = {"data-worker": one.code, "data-name": one.name}
    pattern: Component | str = one.pattern or "—"
    if view.editable:
        step = {"data-step": str(one.step), "data-rota": "assign"}
        pattern = html.Button(one.pattern or "—", type="button", className="btn sm", **_any(about | step))
    cells: list[Component] = [html.Td(one.name), html.Td(one.region), html.Td(pattern)]
    for cell in one.cells:
        shown: Component | str = cell.text
        if cell.open:
            day = {"data-day": cell.day, "data-held": "" if cell.off else cell.text, "data-rota": "change"}
            label = context.t("rota.cell", worker=one.name, day=cell.day, turn=cell.text or "—")
            shown = html.Button(
                cell.text or "·",
                type="button",
                className="btn sm rt-cell",
                **_any(about | day | {"aria-label": label}),
            )
        cells.append(html.Td(shown, className="rt-off" if cell.off else ""))
    return cells


def _changes(context: PageContext, view: RotaView) -> Component:
    head = html.Header(word(context, "rota.changes", html.H2))
    if not view.changes:
        none = word(context, "rota.no_changes", html.P, className="none")
        return html.Section([head, none], className="panel")
    lines = []
    for one in view.changes:
        told: list[Component] = [html.Span(f"#{one.id}", className="t2 num"), html.Span(one.text)]
        if one.open:
            about = {"data-rota": "withdraw", "data-id": str(one.id), "data-name": one.text}
            told += [html.Span(className="grow"), _button(context, "rota.withdraw", **about)]
        parts: list[Component] = [html.Div(told, className="line")]
        if one.note:
            parts.append(html.P(one.note))
        lines.append(html.Li(parts))
    return html.Section([head, html.Ul(lines, className="sv-list-of")], className="panel")


def _button(context: PageContext, key: str, **about: str) -> Component:
    return word(context, key, html.Button, type="button", className="btn sm", **about)


def _any(about: dict[str, str]) -> dict[str, Any]:
    return dict(about)
