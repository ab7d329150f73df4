"""The frame around every page of the desk: top line, the parts of the product, whether it is live, who looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.domain.policy import Act
from layouts import ids
from layouts.components.panel import marked, spoken
from layouts.context import PageContext

MARKS: Final = 40
PARTS: Final = (
    ("me", "/me", Act.SEE_OWN_DAY),
    ("wall", "/", Act.SEE_WALL),
    ("desk", "/region", Act.SEE_REGIONS),
    ("supervision", "/supervision", Act.SEE_EVENTS),
    ("workers", "/worker", Act.SEE_TRACKS),
    ("attendance", "/attendance", Act.SEE_ATTENDANCE),
    ("briefing", "/briefing", Act.BRIEF),
    ("import", "/admin/import", Act.IMPORT),
    ("admin", "/admin", Act.ADMINISTER),
    ("settings", "/admin/settings", Act.ADMINISTER),
    ("audit", "/admin/audit", Act.AUDIT),
)
"""Parts of the product in the top line: name, address, and what one must be allowed to do."""
MANAGED: Final = "/admin"
"""Parts below that address share one menu: who manages does so seldom, and the line has little room."""


def page(
    context: PageContext,
    body: list[Any],
    *,
    here: str = "",
    name: str = "rg",
    place: Mapping[str, Any] | None = None,
) -> html.Div:
    """The frame around a body. `here`: the part of the product that it belongs to; `name`: the body's class;
    `place`: the region that a page is about, for its scripts."""
    live = context.viewer is None or context.viewer.may(Act.SEE_WALL)
    config = context.config() | {"live": live} | ({} if place is None else {"place": dict(place)})
    return html.Div(
        [
            _bar(context, here),
            html.Main(body, className=name),
            dcc.Store(id=ids.DESK_CONFIG, data=config),
            dcc.Store(id=ids.DESK_RUNS),
            *_mark(context),
        ],
        className="is-desk",
    )


def _mark(context: PageContext) -> list[Component]:
    """Who looks and since when, faintly all over, where the settings want it."""
    if not context.mark:
        return []
    hidden: dict[str, Any] = {"aria-hidden": "true"}
    return [html.Div([html.Span(context.mark) for _ in range(MARKS)], className="mark-all", **hidden)]


def sentence(context: PageContext, text: str) -> html.Div:
    """The page where there is nothing to show but a sentence and the way back."""
    back = html.A(context.t("region.back"), href="/", className="btn pri")
    return page(context, [html.Div([html.Div(className="ric"), html.P(text), back], className="ph")])


def href(code: str) -> str:
    """Address of a region's page."""
    return f"/region/{quote(code, safe='')}"


def _bar(context: PageContext, here: str) -> html.Header:
    brand = html.A(
        [
            html.Img(src="/assets/icons/mark.svg", alt=""),
            html.Span(context.title or context.t("desk.brand"), className="ell"),
        ],
        href="/",
        className="brand",
    )
    language = html.Button(
        context.t("lang.other"),
        id=ids.DESK_LANG,
        className="btn ghost sm",
        type="button",
        **spoken(context, "lang.switch"),
    )
    return html.Header(
        [
            brand,
            *_parts(context, here),
            html.Span(className="grow"),
            *_demo(context),
            html.Span(id=ids.DESK_LIVE, className="live"),
            html.Span([html.Span(id=ids.DESK_DATE), " ", html.B(id=ids.DESK_CLOCK)], className="num when"),
            language,
            *_who(context),
        ],
        className="topbar",
    )


def _parts(context: PageContext, here: str) -> list[Component]:
    viewer = context.viewer
    open_to = [(name, address) for name, address, act in PARTS if viewer is None or viewer.may(act)]
    managed = [one for one in open_to if one[1].startswith(MANAGED)]
    managed = managed if len(managed) > 1 else []
    links = [_part(context, *one, here) for one in open_to if one not in managed]
    line = html.Nav(links, className="nav", **spoken(context, "desk.parts"))
    return [line, _managed(context, managed, here)] if managed else [line]


def _part(context: PageContext, name: str, address: str, here: str) -> html.A:
    current: dict[str, Any] = {"aria-current": "page", "className": "on"} if name == here else {}
    return html.A(context.t(f"desk.{name}"), href=address, **current)


def _managed(context: PageContext, parts: Sequence[tuple[str, str]], here: str) -> html.Details:
    on = "on" if here in [name for name, _ in parts] else ""
    links = [_part(context, *one, here) for one in parts]
    return html.Details(
        [
            html.Summary(context.t("desk.manage"), className=on),
            html.Nav(links, className="nav-pop", **spoken(context, "desk.manage")),
        ],
        className="nav-more",
    )


def _demo(context: PageContext) -> list[Component]:
    if context.viewer is None or not context.viewer.demo:
        return []
    return [html.Span(context.t("mode.demo"), className="tag demo")]


def _who(context: PageContext) -> list[Component]:
    viewer = context.viewer
    if viewer is None or not viewer.name:
        return []
    name = context.t("desk.demo_user") if viewer.demo else viewer.name
    face = html.Span(name[:1], className="ava", **marked(aria_hidden="true"))
    return [html.Span([face, html.Span(name)], className="who")]
