"""The page of a region: where it lies, what is asked, and the places of its panels, which fill themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.domain.policy import Act
from layouts import desk_map, desk_trends, event, event_table, ids
from layouts.components.panel import skeleton, spoken, word
from layouts.context import PageContext
from layouts.desk import page
from layouts.desk_bar import Crumb, crumbs, filters, tools

CARDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionView:
    """A region as its page needs it at once. `place`: for the page's scripts; `question`: as the address has it."""

    code: str
    name: str
    crumbs: Sequence[Crumb]
    menus: Mapping[str, Any]
    place: Mapping[str, Any]
    question: Mapping[str, str]
    shown: Mapping[str, str]


EMPTY = RegionView(
    code="",
    name="",
    crumbs=(),
    menus={},
    place={},
    question={},
    shown={},
)


def layout(context: PageContext, view: RegionView) -> html.Div:
    """The page at `/region/<code>`."""
    column = html.Div(
        [
            html.H1(view.name, className="sr"),
            html.Div([crumbs(context, view.crumbs), tools(context)], className="dk-where"),
            filters(context),
            html.Div(id=ids.DESK_SAID, className="said", role="status"),
            _panels(context),
        ],
        className="dk-col",
    )
    stores = [
        dcc.Store(id=ids.DESK_VIEW, data={"region": view.code, "query": dict(view.question)}),
        dcc.Store(id=ids.DESK_LAYER, data=view.shown.get("layer", "")),
        dcc.Store(id=ids.DESK_STEP, data={key: view.shown.get(key, "") for key in ("step", "trend")}),
        dcc.Store(id=ids.DESK_RANK, data=view.shown.get("rank", "")),
        dcc.Store(id=ids.DESK_NUDGE),
        dcc.Store(id=ids.DESK_NUDGE_SLOW),
        dcc.Store(id=ids.DESK_FIGURES),
        dcc.Store(id=ids.DESK_COURSES),
        dcc.Store(id=ids.DESK_RANKED),
        dcc.Store(id=ids.DESK_CREWED),
        dcc.Store(id=ids.DESK_EVERY),
        dcc.Store(id=ids.DESK_DRAWN),
    ]
    body = [column, event.drawer(context), *_alarm(), *stores]
    return page(context, body, here="desk", name="dk", place=_place(context, view))


def _place(context: PageContext, view: RegionView) -> dict[str, Any]:
    """Where the page is, for its scripts, and what its viewer may take away."""
    files, personal = (
        context.viewer is not None and context.viewer.may(act) for act in (Act.EXPORT, Act.SEE_PERSONAL)
    )
    return dict(view.place) | {"menus": view.menus, "exports": {"files": files, "personal": personal}}


def _panels(context: PageContext) -> html.Div:
    cards = [html.Div(html.I(className="skel"), className="dk-kpi wait") for _ in range(CARDS)]
    return html.Div(
        [
            html.Div(
                cards, id=ids.DESK_KPIS, className="dk-figures", role="group", **spoken(context, "kpi.strip")
            ),
            html.Div(
                [
                    desk_map.panel(context),
                    desk_trends.panel(context),
                    _waiting(context, "desk.ranking", ids.DESK_RANKING, "dk-ranking", 8),
                ],
                className="dk-upper",
            ),
            html.Div(
                [event_table.panel(context), _waiting(context, "desk.crew", ids.DESK_CREW, "dk-crew", 8)],
                className="dk-lower",
            ),
            html.Dialog(id=ids.DESK_EVERY_BOX, className="every", **spoken(context, "desk.every")),
        ],
        className="dk-panels",
    )


def _waiting(context: PageContext, title: str, id_: str, name: str, rows: int) -> html.Section:
    head = html.Header([word(context, title, html.H2)])
    return html.Section(
        [head, html.Div(skeleton(rows), className="body wait")], id=id_, className=f"panel {name}"
    )


def _alarm() -> list[Component]:
    return [
        html.Div(id=ids.DESK_ALARM, className="bn bad alarm", hidden=True),
        html.Div(id=ids.DESK_LOUD, className="sr", role="alert"),
    ]
