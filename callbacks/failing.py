"""What a panel is told where its question could not be answered: the sentence, and whether asking again may help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from callbacks import request
from dashboard.errors import DashboardError

DENIED: Final = frozenset({"may_not_look", "region_unknown", "forbidden"})
"""Errors that asking again does not help."""


def told(read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What is read for a script, or why it could not be under "failed"."""
    try:
        return read()
    except DashboardError as error:
        sentence = error.sentence(str(request.context().lang))
        return {"failed": sentence, "denied": error.code in DENIED}
