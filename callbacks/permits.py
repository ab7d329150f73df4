"""Callbacks ask the same table as addresses: whoever may not see a part of a page cannot call what fills it either."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import flask
from dash import Dash

from callbacks import request, shapes
from dashboard.access.door import REFUSED_KEY, viewer_of
from dashboard.access.refusal_pages import refusal_of
from dashboard.domain.permits import callback_need, need_of, permitted

CALLBACK: Final = "/_dash-update-component"


def register(app: Dash) -> None:
    """Has every callback asked about before it runs."""

    def check() -> flask.Response | None:
        if flask.request.path != CALLBACK:
            return None
        sent = flask.request.get_json(silent=True)
        asked: dict[str, Any] = sent if isinstance(sent, dict) else {}
        output = str(asked.get("output", ""))
        scope = request.asgi_scope()
        viewer = viewer_of(scope)
        if permitted(viewer, callback_need(output)):
            return _answerable(asked, app.callback_map.get(output))
        status, headers, body = refusal_of(viewer, {**scope, "method": "POST", "headers": []})
        note_refusal(f"{CALLBACK} {output}", status)
        return flask.Response(body, status, [(name.decode(), value.decode()) for name, value in headers])

    app.server.before_request(check)


def _answerable(asked: Mapping[str, Any], known: Mapping[str, Any] | None) -> flask.Response | None:
    """Nothing where the callback may run; what no page of ours sends is answered before it meets any code."""
    if known is None or "callback" not in known:  # the browser answers those itself
        return flask.Response(status=404)
    return None if shapes.sound(asked, known) else flask.Response(status=400)


def may_open(path: str) -> bool:
    """Whether the viewer may see the page of an address; a refusal is put on record."""
    if permitted(viewer_of(request.asgi_scope()), need_of(path)):
        return True
    note_refusal(path, 403)
    return False


def note_refusal(about: str, status: int) -> None:
    """Have it written down, where somebody keeps the record."""
    scope = request.asgi_scope()
    note: Any = scope.get(REFUSED_KEY)
    if note is not None:
        note(viewer_of(scope), about, status)
