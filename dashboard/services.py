"""What pages, the JSON interface and the live addresses ask of the district, each within the viewer's scope.

Owns nothing but the engine: reads are in `data_access.queries`, and what is live comes from the hub.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from dashboard.access.door import scope_of
from dashboard.administration import Administration
from dashboard.answering import answered
from dashboard.attendance_desk import AttendanceDesk
from dashboard.briefing_desk import BriefingDesk
from dashboard.cases import Cases
from dashboard.desk import Desk
from dashboard.desk_map import DeskMap
from dashboard.domain.messages import epoch_ms
from dashboard.domain.outlines import Outline
from dashboard.domain.policy import Scope
from dashboard.domain.terms import Terms
from dashboard.live.trails import Point
from dashboard.own_day import OwnDays
from dashboard.rota_desk import RotaDesk
from dashboard.settings_desk import SettingsDesk
from dashboard.workers import Workers
from data_access.queries.backlog import Backlog, backlog
from data_access.queries.indicators import district_terms
from data_access.queries.map import borders
from data_access.queries.session import reading
from data_access.queries.trails import trails


class Services:
    """The reads behind pages and interfaces. Everything here blocks: call it from a thread."""

    def __init__(self, engine: Engine, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.engine = engine
        self._clock = clock
        self.desk = Desk(engine, self.now)
        self.desk_map = DeskMap(engine, self.now)
        self.cases = Cases(engine, self.now)
        self.workers = Workers(engine, self.now)
        self.attendance = AttendanceDesk(engine, self.now)
        self.rota = RotaDesk(engine, self.now)
        self.settings = SettingsDesk(engine, self.now)
        self.own_days = OwnDays(engine, self.now)
        self.briefings = BriefingDesk(engine, self.now)
        self.administration = Administration(engine, self.now)

    def now(self) -> datetime:
        """The time, aware, UTC."""
        return self._clock()

    def scope_of(self, scope: Mapping[str, Any]) -> Scope:
        """What the viewer of a request (its ASGI scope) may see; nothing where nobody settled it."""
        return scope_of(scope)

    @answered
    def terms(self) -> Terms:
        """The district's time zone, workflow and rules."""
        return district_terms(self.engine)

    @answered
    def borders(self) -> list[Outline]:
        """Every region's border as it is now."""
        with reading(self.engine) as conn:
            return borders(conn, self.now())

    def backlog(self) -> Backlog:
        """What waits to be published."""
        with self.engine.connect() as conn:
            return backlog(conn)

    def holidays_known(self) -> bool:
        """Whether this year's holidays are known to the district's calendar."""
        terms, now = self.terms(), self.now()
        return terms.schedule.known(now, now)

    def past_trails(self) -> dict[int, list[Point]]:
        """Points of the last half hour by worker."""
        found: dict[int, list[Point]] = {}
        with reading(self.engine) as conn:
            for worker_id, fixed_at, lon, lat in trails(conn, self.now()):
                point = Point(ms=epoch_ms(fixed_at), x=round(lon * 1e5), y=round(lat * 1e5))
                found.setdefault(worker_id, []).append(point)
        return found
