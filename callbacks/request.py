"""What a callback reads from the request behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import flask

from dashboard.access.door import viewer_of
from dashboard.i18n import COOKIE, Lang
from layouts.context import PageContext

WATERMARK: Final = "QUANYU_WATERMARK"
"""Where the app keeps what says how a viewer's pages are marked."""


def asgi_scope() -> Mapping[str, Any]:
    """The ASGI scope that the web process handed to Flask; empty outside of it."""
    scope: Mapping[str, Any] = flask.request.environ.get("asgi.scope", {})
    return scope


def context() -> PageContext:
    """The viewer, and the viewer's language from the cookie."""
    viewer = viewer_of(asgi_scope())
    marked = flask.current_app.config.get(WATERMARK)
    mark = marked(viewer) if marked is not None else ""
    return PageContext(lang=Lang.chosen(flask.request.cookies.get(COOKIE)), viewer=viewer, mark=mark)
