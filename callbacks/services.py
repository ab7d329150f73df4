"""What callbacks ask of the services that they are handed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Protocol

from dashboard.domain.policy import Scope
from dashboard.domain.terms import Terms
from data_access.queries.events import OpenEvent
from data_access.queries.indicators import Measurement
from data_access.queries.regions import RegionPage


class Services(Protocol):
    """The reads behind the pages; each takes the viewer's scope."""

    def now(self) -> datetime:
        """The time, aware, UTC."""

    def scope_of(self, scope: Mapping[str, Any]) -> Scope:
        """What the viewer of a request (its ASGI scope) may see."""

    def region(self, code: str, scope: Scope) -> RegionPage:
        """A region with its path, load and children."""

    def open_events(self, code: str, scope: Scope, limit: int) -> list[OpenEvent]:
        """Open events at and below a region, least time left first."""

    def readings(self, code: str, scope: Scope, keys: Collection[str]) -> Measurement:
        """Today's indicators of a region."""

    def terms(self) -> Terms:
        """The district's time zone, workflow and rules."""
