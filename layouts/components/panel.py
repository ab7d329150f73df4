"""A panel: heading, a line beside it, something at its end, and a body that the page's script fills."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from layouts.context import PageContext


def word(context: PageContext, key: str, tag: type[Component] = html.Span, **properties: object) -> Component:
    """A text that follows the language switch on the page."""
    return tag(children=context.t(key), **{"data-t": key}, **properties)


def spoken(context: PageContext, key: str) -> dict[str, Any]:
    """Properties of an element whose name for screen readers follows the language switch."""
    return {"aria-label": context.t(key), "data-label": key}


def marked(**properties: str) -> dict[str, Any]:
    """Properties whose names have hyphens: `aria_hidden` is "aria-hidden"."""
    return {name.replace("_", "-"): value for name, value in properties.items()}


def heading(context: PageContext, key: str, *rest: Component) -> html.Header:
    """The heading of a panel."""
    return html.Header([word(context, key, html.H2), *rest])


def skeleton(rows: int) -> html.Div:
    """Grey lines where data will be."""
    return html.Div([html.I(className="skel") for _ in range(rows)], className="sk-rows")


def panel(
    context: PageContext,
    name: str,
    title: str,
    body_id: str,
    *,
    rows: int,
    sub: str | None = None,
    end: Component | None = None,
) -> html.Section:
    """A panel whose body shows a skeleton until the first data. `sub`: key of the line beside the title."""
    beside = html.Span(className="sub") if sub is None else word(context, sub, className="sub")
    tail = [] if end is None else [end]
    return html.Section(
        [heading(context, title, beside, *tail), html.Div(skeleton(rows), id=body_id, className="body")],
        className=f"panel {name}",
    )
