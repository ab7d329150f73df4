"""The two lines above a region's panels: where in the district, and which time and events. Every control is a switch of
one parameter of the address (`assets/js/desk-view.js`); what is chosen is marked by the page's script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboard.domain.filters import FILTER_STATES, SEVERITIES
from dashboard.domain.model import Source
from dashboard.domain.windows import Comparison
from layouts import ids
from layouts.components.panel import marked, spoken, word
from layouts.context import PageContext
from layouts.desk import href

WINDOWS: Final = ("last_hour", "today", "last_7_days", "last_30_days")
"""Windows with a button of their own."""
LONGER: Final = ("yesterday", "this_week", "last_week", "this_month", "last_month", "this_year")
FEW: Final = 12
"""Lists longer than this get a field to find something in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something that can be chosen, with what lies below it."""

    value: str
    name: str
    below: Sequence[Choice] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Crumb:
    """One step of the way down: a region to go to, or a menu of those beside it.

    `code` None: nothing chosen at this level yet. `link` False: the viewer may not go there. `others`: all that can
    be chosen at this level, the current one included.
    """

    code: str | None
    name: str
    level: str
    link: bool = True
    here: bool = False
    others: Sequence[Choice] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a viewer can filter by."""

    categories: Sequence[Choice]
    stages: Sequence[Choice]
    departments: Sequence[Choice]


def switch(field: str, value: str) -> dict[str, Any]:
    """Properties of a button that sets or toggles a parameter of the address."""
    return {"data-field": field, "data-value": value, "aria-pressed": "false"}


def crumbs(context: PageContext, steps: Sequence[Crumb]) -> html.Nav:
    """Where the region lies; each level's menu leads to those beside it."""
    parts: list[Component] = []
    for step in steps:
        if parts:
            parts.append(html.Span("/", className="t3", **marked(aria_hidden="true")))
        parts.append(_crumb(context, step))
    return html.Nav(parts, className="bc", **spoken(context, "desk.crumbs"))


def _crumb(context: PageContext, step: Crumb) -> Component:
    if not step.others:
        if step.here:
            return html.B(step.name, **marked(aria_current="page"))
        if step.code is None or not step.link:
            return html.Span(step.name, className="t2")
        return html.A(step.name, href=href(step.code), **marked(data_region=step.code))
    rows: list[Component] = []
    for one in step.others:
        current = marked(aria_current="true") if one.value == step.code else {}
        rows.append(
            html.A(
                one.name, href=href(one.value), className="opt", **marked(data_region=one.value), **current
            )
        )
    name = html.Span(step.name, className="" if step.code else "k")
    label = context.t("desk.choose_region", level=context.t(f"region.level_{step.level}"))
    return menu([name], rows, label=label, name="on" if step.here else "", find=_find(context, len(rows)))


def filters(context: PageContext, choices: Choices) -> html.Div:
    """The line of filters."""
    drawn = [Choice(value=one, name=context.t(f"desk.drawn_{one}")) for one in ("then", "now")]
    more = [
        *_group(
            context,
            "severity",
            [Choice(value=str(one), name=context.t(f"severity.{one}")) for one in SEVERITIES],
        ),
        *_group(
            context, "state", [Choice(value=str(one), name=context.t(f"case.{one}")) for one in FILTER_STATES]
        ),
        *_group(context, "department", choices.departments),
        *_group(context, "drawn", drawn, one=True),
    ]
    sources = [Choice(value=str(one), name=context.t(f"source.{one}")) for one in Source]
    late = html.Button(
        [html.I(className="st bad"), word(context, "desk.late")],
        type="button",
        className="sel late",
        **switch("late", "1"),
    )
    compared = [Choice(value=str(one), name=context.t(f"compare.{one}")) for one in Comparison]
    return html.Div(
        [
            _windows(context),
            _filter(context, "source", _options("source", sources)),
            _filter(context, "category", _tree(choices.categories), find=len(choices.categories) > FEW),
            _filter(context, "stage", _options("stage", choices.stages)),
            _filter(context, "more", more, find=len(choices.departments) > FEW),
            late,
            html.Button(
                context.t("desk.clear"),
                type="button",
                id=ids.DESK_CLEAR,
                className="btn ghost sm",
                hidden=True,
            ),
            html.Span(className="grow"),
            _filter(context, "compare", _options("compare", compared, one=True), right=True),
            html.Button(
                word(context, "desk.every"),
                type="button",
                id=ids.DESK_EVERY_OPEN,
                className="btn",
                **marked(aria_haspopup="dialog"),
            ),
            html.Button(
                type="button",
                id=ids.DESK_SOUND,
                className="btn icon",
                **marked(aria_pressed="false"),
                **spoken(context, "alarm.switch"),
            ),
        ],
        className="fl",
        role="group",
        **spoken(context, "desk.filters"),
    )


def menu(
    shown: Sequence[Component],
    rows: Sequence[Component],
    *,
    label: str,
    name: str = "",
    find: Component | None = None,
    right: bool = False,
    field: str = "",
) -> html.Details:
    """A button that opens a list. `find`: a place for a field to narrow the list down."""
    spoken_as = {} if field else marked(aria_label=label)
    place = [find] if find else []
    return html.Details(
        [
            html.Summary(list(shown), className=f"sel {name}".strip(), **spoken_as),
            html.Div(
                [*place, html.Div(list(rows), className="opts")], className="pop right" if right else "pop"
            ),
        ],
        className="menu",
        **marked(data_menu=field),
    )


def _windows(context: PageContext) -> html.Span:
    buttons: list[Component] = [_switch("window", one, context.t(f"window.{one}")) for one in WINDOWS]
    longer = [
        *_options("window", [Choice(value=one, name=context.t(f"window.{one}")) for one in LONGER], one=True),
        html.Div(id=ids.DESK_CUSTOM, className="custom"),
    ]
    shown = html.Span(context.t("window.custom"), **marked(data_shows="window"))
    custom = menu([shown], longer, label="", name="seg-last", field="window")
    return html.Span([*buttons, custom], className="seg", role="group", **spoken(context, "desk.window"))


def _filter(
    context: PageContext, field: str, rows: Sequence[Component], *, find: bool = False, right: bool = False
) -> html.Details:
    shown = [
        word(context, f"desk.by_{field}", className="k"),
        html.Span(context.t("desk.all"), className="v", **marked(data_shows=field)),
    ]
    place = _find(context, FEW + 1) if find else None
    return menu(shown, rows, label="", find=place, right=right, field=field)


def _find(context: PageContext, many: int) -> Component | None:
    return html.Div(className="find", **spoken(context, "desk.find")) if many > FEW else None


def _switch(field: str, value: str, name: str) -> html.Button:
    return html.Button(name, type="button", **switch(field, value))


def _options(field: str, choices: Sequence[Choice], *, one: bool = False) -> list[Component]:
    return [_option(field, choice, one=one) for choice in choices]


def _option(field: str, choice: Choice, *, one: bool = False, depth: int = 0) -> html.Button:
    return html.Button(
        [html.I(className="ck"), html.Span(choice.name)],
        type="button",
        className=f"opt d{depth}" + (" one" if one else ""),
        **switch(field, choice.value),
    )


def _tree(choices: Sequence[Choice], depth: int = 0) -> list[Component]:
    found: list[Component] = []
    for choice in choices:
        option = _option("category", choice, depth=depth)
        if not choice.below:
            found.append(option)
            continue
        head = html.Summary(className="twig", **{"aria-label": choice.name})
        found.append(
            html.Div(
                [option, html.Details([head, html.Div(_tree(choice.below, depth + 1))], className="branch")],
                className="bough",
            )
        )
    return found


def _group(
    context: PageContext, field: str, choices: Sequence[Choice], *, one: bool = False
) -> list[Component]:
    if not choices:
        return []
    return [word(context, f"desk.by_{field}", className="opt-head"), *_options(field, choices, one=one)]
