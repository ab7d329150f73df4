"""Callbacks: parse, read, lay out. One module a page; `register` wires them all."""

from __future__ import annotations

from dash import Dash

from callbacks import (
    admin,
    briefing,
    desk_figures,
    desk_lists,
    desk_map,
    event,
    event_table,
    import_page,
    pages,
    settings,
    supervision,
    worker,
)
from callbacks.services import Imports, Services
from dashboard.i18n import Lang
from layouts.context import PageContext


def register(app: Dash, services: Services, imports: Imports) -> None:
    """Gives the app its document, its pages and their callbacks."""
    pages.document(app, PageContext(lang=Lang.ZH))
    pages.register(app, services, imports)
    import_page.register(app, services, imports)
    admin.register(app, services)
    settings.register(app, services)
    desk_figures.register(app, services)
    desk_lists.register(app, services)
    event.register(app, services)
    desk_map.register(app, services)
    event_table.register(app, services)
    supervision.register(app, services)
    worker.register(app, services)
    briefing.register(app)
