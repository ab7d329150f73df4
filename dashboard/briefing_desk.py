"""Briefings for viewers: drafting, issuing, listing and reading them, each within the scope and put on record.

Owns who may do what; what a briefing says is for `dashboard.briefing`. A draft is measured anew each time; what was
issued is never measured again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from dashboard.access import audit
from dashboard.answering import answered
from dashboard.briefing.content import Briefing, Cadence, Order, from_json, to_json
from dashboard.briefing.drafting import drafted
from dashboard.briefing.facts import facts_of
from dashboard.briefing.orders import order_body
from dashboard.briefing.periods import Period, latest, named_period
from dashboard.domain.policy import Act, Viewer
from dashboard.domain.windows import local_day
from dashboard.errors import DashboardError
from data_access.queries.briefings import (
    Frozen,
    Issued,
    issued_briefing,
    issued_briefings,
    standing_briefing,
)
from data_access.queries.indicators import district_terms
from data_access.queries.session import reading
from data_access.writes.briefings import Issue, digest_of, issue


class BriefingsClosed(DashboardError):
    """Briefings are for leaders, supervisors and analysts. Ask your administrator."""

    zh = "简报仅限领导、值班长和分析人员使用。如需使用，请联系管理员。"
    status: ClassVar[int] = 403


class BriefingDamaged(DashboardError):
    """Briefing {id} is not what was issued. Restore the database from a backup."""

    zh = "编号为 {id} 的简报与印发时不一致，请从备份恢复数据库。"
    status: ClassVar[int] = 500


class BriefingDesk:
    """Everything here blocks: call it from a thread."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    @answered
    def latest(self, cadence: Cadence) -> Period:
        """The last period that is over."""
        return latest(cadence, self._clock(), district_terms(self._engine).zone)

    @answered
    def draft(self, viewer: Viewer, order: Order) -> Briefing:
        """A briefing as it would be issued now. BriefingsClosed, RegionUnknown, BadPeriod, NotBegun."""
        self._admit(viewer, order.region)
        briefing = self._draft(viewer, order)
        audit.note(self._engine, viewer, "briefing.drafted", briefing.region, **_told(briefing))
        return briefing

    @answered
    def standing(self, viewer: Viewer, order: Order) -> Briefing:
        """What the viewer issued of this very order last; issued now if nothing was. As `draft`."""
        self._admit(viewer, order.region)
        period = named_period(order.day, district_terms(self._engine).zone, order.cadence)
        with reading(self._engine) as conn:
            number = standing_briefing(
                conn, viewer.login, order.region, order.cadence, period.first, order_body(order)
            )
        return self._whole(viewer, self.issue(viewer, order).id if number is None else number)[1]

    @answered
    def issue(self, viewer: Viewer, order: Order) -> Issued:
        """Measure it and freeze it, be its period over or not. As `draft`."""
        self._admit(viewer, order.region)
        briefing = self._draft(viewer, order)
        with self._engine.begin() as conn:
            number = issue(conn, _issue(viewer, order, briefing, self._clock()))
            audit.note(conn, viewer, "briefing.issued", order.region, number=number, **_told(briefing))
        return self._frozen(viewer, number).issued

    @answered
    def listed(self, viewer: Viewer, region: str | None = None, limit: int = 50) -> tuple[Issued, ...]:
        """Those issued, the newest first. BriefingsClosed, RegionUnknown."""
        self._admit(viewer, region or "")
        with reading(self._engine) as conn:
            return issued_briefings(
                conn, viewer.scope, self._clock(), personal=_personal(viewer), region=region, limit=limit
            )

    @answered
    def issued(self, viewer: Viewer, number: int) -> tuple[Issued, Briefing]:
        """One of them, as it was issued. BriefingsClosed, BriefingUnknown, BriefingDamaged."""
        self._admit(viewer, str(number))
        found, briefing = self._whole(viewer, number)
        audit.note(self._engine, viewer, "briefing.read", found.region, number=number, **_told(briefing))
        return found, briefing

    def _admit(self, viewer: Viewer, about: str) -> None:
        if not viewer.may(Act.BRIEF):
            audit.note(self._engine, viewer, "briefing.seen", about, audit.Outcome.REFUSED)
            raise BriefingsClosed

    def _draft(self, viewer: Viewer, order: Order) -> Briefing:
        """Personal data only where the viewer may see it, whatever was asked for."""
        order = replace(order, masked=order.masked or not _personal(viewer))
        facts = facts_of(self._engine, order, viewer.scope, self._clock())
        return drafted(facts, viewer.name or viewer.login)

    def _whole(self, viewer: Viewer, number: int) -> tuple[Issued, Briefing]:
        found = self._frozen(viewer, number)
        if digest_of(found.content) != found.digest:
            raise BriefingDamaged(id=number)
        return found.issued, from_json(found.content)

    def _frozen(self, viewer: Viewer, number: int) -> Frozen:
        with reading(self._engine) as conn:
            return issued_briefing(conn, number, viewer.scope, self._clock(), personal=_personal(viewer))


def _personal(viewer: Viewer) -> bool:
    return viewer.may(Act.SEE_PERSONAL)


def _told(briefing: Briefing) -> dict[str, object]:
    """What the record says of a briefing: which period, and whether personal data is in it."""
    day = local_day(briefing.start, ZoneInfo(briefing.zone))
    return {"cadence": str(briefing.cadence), "day": day.isoformat(), "masked": briefing.masked}


def _issue(viewer: Viewer, order: Order, briefing: Briefing, now: datetime) -> Issue:
    return Issue(
        region=briefing.region,
        region_name=briefing.region_name,
        cadence=str(briefing.cadence),
        first_day=local_day(briefing.start, ZoneInfo(briefing.zone)),
        lang=briefing.lang,
        title=briefing.title,
        period=briefing.period,
        start_at=briefing.start,
        end_at=briefing.end,
        as_of=briefing.as_of,
        issued_at=now,
        actor=viewer.login,
        actor_name=viewer.name or viewer.login,
        departments=viewer.scope.departments,
        masked=briefing.masked,
        asked=order_body(order),
        content=to_json(briefing),
    )
