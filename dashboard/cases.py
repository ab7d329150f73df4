"""What the pages of one event and of supervision ask, for whoever may see events; a look at one goes on record.

Owns who may look and how often a look is noted; the reading is in `data_access.queries`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from sqlalchemy import Engine

from dashboard.access import audit
from dashboard.answering import answered
from dashboard.domain.drafts import Draft
from dashboard.domain.ledger_look import LedgerLook
from dashboard.domain.model import Level
from dashboard.domain.policy import Act, Viewer
from dashboard.domain.terms import terms_from
from dashboard.domain.windows import preset
from dashboard.errors import DashboardError
from data_access.queries.breaches import StreetWatch, drafts, watch
from data_access.queries.event_page import EventDetail, event_detail
from data_access.queries.regions import RegionNode, listed_regions, region_path
from data_access.queries.session import district_settings, reading
from data_access.queries.supervision import Ledger, LedgerQuestion, ledger

ONE_LOOK: Final = timedelta(minutes=10)
"""An open drawer is read again at every change; that is one look."""
MOST_LOOKS: Final = 10_000


MOST_PAPERS: Final = 100
MOST_DRAFTS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervision:
    """The ledger of a region, what is proposed for it, and what its streets have to look after now. `streets`: those
    that the viewer can choose.
    """

    region: RegionNode
    streets: list[RegionNode]
    ledger: Ledger
    drafts: list[Draft]
    watch: list[StreetWatch]


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
            self._noted(viewer.login, found.row.code, now)
        return found

    @answered
    def supervision(self, code: str, look: LedgerLook, viewer: Viewer) -> Supervision:
        """The page of supervision of a region. MayNotLook; RegionUnknown."""
        if not viewer.may(Act.SEE_EVENTS):
            raise MayNotLook
        now, scope = self._clock(), viewer.scope
        with reading(self._engine) as conn:
            window = None
            if look.preset is not None:
                window = preset(look.preset, now, terms_from(district_settings(conn)).zone)
            question = LedgerQuestion(
                kind=look.kind,
                state=look.states,
                department=look.department or None,
                since=None if window is None else window.start,
                until=None if window is None else window.end,
                limit=MOST_PAPERS,
            )
            return Supervision(
                region=region_path(conn, code, scope, now).region,
                streets=listed_regions(conn, scope, now, level=Level.STREET),
                ledger=ledger(conn, code, scope, now, question),
                drafts=drafts(conn, code, scope, now, limit=MOST_DRAFTS),
                watch=watch(conn, code, scope, now),
            )

    def _is_new(self, login: str, code: str, now: datetime) -> bool:
        """Whether this look is another one than the last of the same person at the same event."""
        with self._lock:
            last = self._looks.get((login, code))
            return last is None or now - last >= ONE_LOOK

    def _noted(self, login: str, code: str, now: datetime) -> None:
        with self._lock:
            self._looks[login, code] = now
            self._looks.move_to_end((login, code))
            if len(self._looks) > MOST_LOOKS:
                self._looks.popitem(last=False)
