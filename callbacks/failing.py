"""What is said where a question could not be answered: the sentence, and whether asking again may help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from callbacks import request
from callbacks.permits import CALLBACK, note_refusal
from dashboard.access.door import limited, viewer_of
from dashboard.errors import DashboardError
from layouts.context import PageContext

ABSENT: Final = frozenset({"region_unknown", "event_unknown", "worker_unknown", "paper_unknown"})
"""Errors of what does not exist, and of what lies outside a scope."""
DENIED: Final = frozenset({"may_not_look", "region_unknown", "forbidden"})
"""Errors that asking again does not help."""


def said(context: PageContext, error: DashboardError) -> str:
    """The sentence in the viewer's language. Who does not see everything may have asked for what lies outside the own
    scope: that goes on record."""
    if error.code in ABSENT and limited(viewer_of(request.asgi_scope())):
        note_refusal(f"{CALLBACK} {error.facts.get('code', '')}", 404)
    return error.sentence(str(context.lang))


def told(read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What is read for a script, or why it could not be under "failed"."""
    try:
        return read()
    except DashboardError as error:
        return {"failed": said(request.context(), error), "denied": error.code in DENIED}
