"""The wall's other views: a table of streets, and one of what presses. Their rows are painted by `assets/js`."""

from __future__ import annotations

from dash import html

from layouts import ids
from layouts.components.panel import heading, skeleton
from layouts.context import PageContext


def views(context: PageContext) -> list[html.Section]:
    """Both, out of sight until it is their turn."""
    return [
        _view(context, ids.WALL_VIEW_STREETS, ids.WALL_STREETS, "streets.title"),
        _view(context, ids.WALL_VIEW_PRESSING, ids.WALL_PRESSING, "pressing.title"),
    ]


def _view(context: PageContext, view: str, body: str, title: str) -> html.Section:
    return html.Section(
        [
            heading(context, title, html.Span(className="sub")),
            html.Div(skeleton(8), id=body, className="body"),
        ],
        id=view,
        className="panel vw",
        hidden=True,
    )
