"""What a panel of a region's page is asked: by whom, about which region, in which view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from callbacks import request
from callbacks.services import Services
from dashboard.access.door import viewer_of
from dashboard.domain.policy import Scope, Viewer
from dashboard.domain.view import View, view_from
from layouts.context import PageContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question of a page. `context` carries the viewer's language and the district's time zone."""

    context: PageContext
    viewer: Viewer
    scope: Scope
    code: str
    view: View


def asked(data: Mapping[str, Any] | None, services: Services) -> Asked:
    """The question in the store of a page's view. BadFilterError, BadTimeError; DatabaseAway."""
    given = data or {}
    query = {str(name): str(value) for name, value in dict(given.get("query") or {}).items()}
    context, scope = request.context(), request.asgi_scope()
    return Asked(
        context=replace(context, zone=services.terms().zone.key),
        viewer=viewer_of(scope),
        scope=services.scope_of(scope),
        code=str(given.get("region") or ""),
        view=view_from(query),
    )
