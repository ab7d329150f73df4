"""The mark of who looks: on pages of the desk and on files that leave, where the settings want it.

Owns its text and whether it is wanted, which is looked up again every few seconds: a change holds at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final

from sqlalchemy import Engine

from dashboard.answering import FAILURES
from dashboard.domain.policy import Viewer
from data_access.queries.session import district_settings, reading

log = logging.getLogger(__name__)

KEPT_S: Final = 3.0


class Watermark:
    """Ask it from threads. `always`: pages are marked whatever the district's settings say."""

    def __init__(
        self,
        engine: Engine,
        *,
        always: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._engine = engine
        self._always = always
        self._clock = clock
        self._wanted: dict[str, Any] = {}
        self._read_s = -KEPT_S

    def on_pages(self, viewer: Viewer) -> str:
        """What pages carry; "" where nothing is wanted."""
        return self._mark(viewer) if self._always or self._is_wanted("pages") else ""

    def on_exports(self, viewer: Viewer) -> str:
        """What files carry that a viewer has made; "" where nothing is wanted."""
        return self._mark(viewer) if self._is_wanted("exports") else ""

    def _mark(self, viewer: Viewer) -> str:
        return mark_of(viewer, self._clock())

    def _is_wanted(self, where: str) -> bool:
        if monotonic() - self._read_s >= KEPT_S:
            self._read_s = monotonic()
            try:
                with reading(self._engine) as conn:
                    self._wanted = dict(district_settings(conn).get("watermark", {}))
            except FAILURES as error:  # what was known last goes on
                extra = {"action": "watermark", "error": type(error).__name__}
                log.warning("Whether marks are wanted could not be read", extra=extra)
        return bool(self._wanted.get(where))


def mark_of(viewer: Viewer, now: datetime) -> str:
    """Who, and when."""
    return f"{viewer.login} {now.astimezone(UTC):%Y-%m-%d %H:%M}Z"
