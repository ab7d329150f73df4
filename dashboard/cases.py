"""What the pages of one event ask: everything about it for whoever may see it, with the look put on record.

Owns who may look and how often a look is noted; the reading is in `data_access.queries.event_page`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from sqlalchemy import Engine

from dashboard.access import audit
from dashboard.answering import answered
from dashboard.domain.policy import Act, Viewer
from dashboard.errors import DashboardError
from data_access.queries.event_page import EventDetail, event_detail
from data_access.queries.session import reading

ONE_LOOK: Final = timedelta(minutes=10)
"""An open drawer is read again at every change; that is one look."""
MOST_LOOKS: Final = 10_000


class MayNotLook(DashboardError):
    """Your role may not look at single events. Ask an administrator for it."""

    zh = "您的角色无权查看单个事件，请联系管理员。"


class Cases:
    """The reads behind the drawer and the page of an event. Everything here blocks: call it from a thread."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock
        self._looks: OrderedDict[tuple[str, str], datetime] = OrderedDict()
        self._lock = Lock()

    @answered
    def event(self, code: str, viewer: Viewer) -> EventDetail:
        """One event. MayNotLook; EventUnknown where it is absent or outside the viewer's scope."""
        if not viewer.may(Act.SEE_EVENTS):
            raise MayNotLook
        now = self._clock()
        with reading(self._engine) as conn:
            found = event_detail(conn, code, viewer.scope, now)
        if self._is_new(viewer.login, found.row.code, now):
            audit.note(self._engine, viewer, "event.seen", found.row.code)
        return found

    def _is_new(self, login: str, code: str, now: datetime) -> bool:
        """Whether this look is another one than the last of the same person at the same event."""
        with self._lock:
            last = self._looks.get((login, code))
            if last is not None and now - last < ONE_LOOK:
                return False
            self._looks[login, code] = now
            self._looks.move_to_end((login, code))
            if len(self._looks) > MOST_LOOKS:
                self._looks.popitem(last=False)
            return True
