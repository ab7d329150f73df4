"""The two lines above a region's panels: where in the district, and which time and events.

Every control is a switch of one parameter of the address (`assets/js/desk-view.js`). Menus are empty frames; what can
be chosen comes as plain data, and the page's script fills a menu when it is opened: hundreds of components that nobody
opens would cost each page seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
CRUMB: Final = "crumb-"


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
    for at, step in enumerate(steps):
        if parts:
            parts.append(html.Span("/", className="t3", **marked(aria_hidden="true")))
        parts.append(_crumb(context, step, at))
    return html.Nav(parts, className="dk-crumbs", **spoken(context, "desk.crumbs"))


def filters(context: PageContext) -> html.Div:
    """The line of filters."""
    late = html.Button(
        [html.I(className="st bad"), word(context, "desk.late")],
        type="button",
        className="sel late",
        **switch("late", "1"),
    )
    clear = word(
        context,
        "desk.clear",
        html.Button,
        type="button",
        id=ids.DESK_CLEAR,
        className="btn ghost sm",
        hidden=True,
    )
    fields = [_filter(context, field) for field in ("source", "category", "stage", "more")]
    return html.Div(
        [_windows(context), *fields, late, clear],
        className="dk-filters",
        role="group",
        **spoken(context, "desk.filters"),
    )


def tools(context: PageContext) -> html.Span:
    """What stands at the end of the first line: what to compare with, all indicators, the alarm's sound."""
    every = word(
        context,
        "desk.every",
        html.Button,
        type="button",
        id=ids.DESK_EVERY_OPEN,
        className="btn",
        **marked(aria_haspopup="dialog"),
    )
    sound = html.Button(
        type="button", id=ids.DESK_SOUND, className="btn icon", **spoken(context, "alarm.switch")
    )
    return html.Span([_filter(context, "compare", right=True), every, sound], className="dk-tools")


def menus(context: PageContext, steps: Sequence[Crumb], choices: Choices) -> dict[str, Any]:
    """What the menus hold, by menu: groups of {field, title, one, options: [[value, name, depth]]}, or regions."""
    t = context.t

    def named(table: str, values: Iterable[object]) -> list[Choice]:
        return [Choice(value=str(one), name=t(f"{table}.{one}")) for one in values]

    maps = [Choice(value=one, name=t(f"desk.drawn_{one}")) for one in ("then", "now")]
    more = [
        _group("severity", t("desk.by_severity"), named("severity", SEVERITIES)),
        _group("state", t("desk.by_state"), named("case", FILTER_STATES)),
        _group("department", t("desk.by_department"), choices.departments),
        _group("drawn", t("desk.by_drawn"), maps, one=True),
    ]
    held: dict[str, Any] = {
        "window": [_group("window", "", named("window", LONGER), one=True)],
        "source": [_group("source", "", named("source", Source))],
        "category": [_group("category", "", choices.categories)],
        "stage": [_group("stage", "", choices.stages)],
        "more": [group for group in more if group["options"]],
        "compare": [_group("compare", "", named("compare", Comparison), one=True)],
    }
    for at, step in enumerate(steps):
        if step.others:
            regions = [[one.value, one.name] for one in step.others]
            held[f"{CRUMB}{at}"] = {"here": step.code, "regions": regions}
    return held


def _crumb(context: PageContext, step: Crumb, at: int) -> Component:
    if step.others:
        label = context.t("desk.choose_region", level=context.t(f"region.level_{step.level}"))
        name = html.Span(step.name, className="" if step.code else "k")
        return _menu([name], f"{CRUMB}{at}", label=label, name="on" if step.here else "")
    if step.here:
        return html.B(step.name, **marked(aria_current="page"))
    if step.code is None or not step.link:
        return html.Span(step.name, className="t2")
    return html.A(step.name, href=href(step.code), **marked(data_region=step.code))


def _windows(context: PageContext) -> html.Span:
    buttons: list[Component] = [
        html.Button(context.t(f"window.{one}"), type="button", **switch("window", one)) for one in WINDOWS
    ]
    shown = html.Span(context.t("window.custom"), **marked(data_shows="window"))
    custom = _menu([shown], "window", name="seg-last")
    return html.Span([*buttons, custom], className="seg", role="group", **spoken(context, "desk.window"))


def _filter(context: PageContext, field: str, *, right: bool = False) -> html.Details:
    shown = [
        word(context, f"desk.by_{field}", className="k"),
        html.Span(context.t("desk.all"), className="v", **marked(data_shows=field)),
    ]
    return _menu(shown, field, right=right)


def _menu(
    shown: Sequence[Component], menu: str, *, label: str = "", name: str = "", right: bool = False
) -> html.Details:
    about: dict[str, Any] = marked(aria_label=label) if label else {}
    return html.Details(
        [
            html.Summary(list(shown), className=f"sel {name}".strip(), **about),
            html.Div(className="pop right" if right else "pop"),
        ],
        className="menu",
        **marked(data_menu=menu),
    )


def _group(field: str, title: str, choices: Sequence[Choice], *, one: bool = False) -> dict[str, Any]:
    return {"field": field, "title": title, "one": one, "options": _options(choices, 0)}


def _options(choices: Sequence[Choice], depth: int) -> list[list[Any]]:
    found: list[list[Any]] = []
    for choice in choices:
        found.append([choice.value, choice.name, depth])
        found += _options(choice.below, depth + 1)
    return found
