"""What callbacks ask of the services that they are handed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from dashboard.administration import Wish
from dashboard.attendance_desk import Sheet, TierSums
from dashboard.cases import Supervision
from dashboard.crew import Crew
from dashboard.desk import Courses, Figures, Lists, Ranking
from dashboard.desk_map import Areas, Land
from dashboard.domain.ledger_look import LedgerLook
from dashboard.domain.policy import Scope, Viewer
from dashboard.domain.terms import Terms
from dashboard.domain.view import View
from dashboard.import_desk import Order
from dashboard.own_day import OwnDay
from dashboard.rota_desk import RotaSheet
from dashboard.setting_effects import Effect
from dashboard.settings_desk import HeldSetting
from dashboard.workers import Ground, Person
from data_access.queries.access import Kiosk, User
from data_access.queries.audit import AuditQuestion, AuditRow, Verdict
from data_access.queries.event_page import EventDetail
from data_access.queries.event_points import EventPoints
from data_access.queries.import_jobs import ImportJob
from data_access.queries.neighbours import Surroundings
from data_access.queries.regions import RegionNode
from data_access.queries.tokens import ListedToken


class DeskReads(Protocol):
    """The reads behind a region's page; each takes the viewer's scope."""

    def top(self, scope: Scope) -> str | None:
        """The code of the first region that a viewer sees."""

    def grounds(self, scope: Scope) -> list[RegionNode]:
        """The district and the streets of a scope."""

    def surroundings(self, code: str, scope: Scope) -> Surroundings:
        """A region among the others. RegionUnknown."""

    def lists(self) -> Lists:
        """What events can be filtered by."""

    def figures(self, code: str, scope: Scope, view: View, keys: Sequence[str] = ...) -> Figures:
        """Indicators of a view and of what it is compared with, all of them unless `keys` says which."""

    def courses(self, code: str, scope: Scope, view: View) -> Courses:
        """What the trends and the small courses of a view show."""

    def ranking(self, code: str, scope: Scope, view: View) -> Ranking:
        """The regions below one with what they are ranked by."""

    def crew(self, code: str, scope: Scope) -> Crew:
        """The workers of a region who are on shift now."""


class MapReads(Protocol):
    """The reads behind the desk's map; each takes the viewer's scope."""

    def land(self, code: str, scope: Scope) -> Land:
        """A region and all that lies below it. RegionUnknown."""

    def areas(self, code: str, scope: Scope, view: View, key: str) -> Areas:
        """The regions below one by an indicator. RegionUnknown."""

    def points(self, code: str, scope: Scope, view: View) -> EventPoints:
        """The events of a view by their places. RegionUnknown."""


class CaseReads(Protocol):
    """The reads behind events and supervision; each takes the viewer, whose look at an event is put on record."""

    def event(self, code: str, viewer: Viewer) -> EventDetail:
        """One event. MayNotLook, EventUnknown."""

    def supervision(self, code: str, look: LedgerLook, viewer: Viewer) -> Supervision:
        """The page of supervision of a region. MayNotLook, RegionUnknown."""


class WorkerReads(Protocol):
    """The reads behind the pages of workers; each takes the viewer."""

    def person(self, code: str, viewer: Viewer) -> Person:
        """One worker, and who is beside. TracksClosed, WorkerUnknown."""

    def ground(self, code: str, viewer: Viewer) -> Ground:
        """A region whose workers are looked at. TracksClosed, RegionUnknown."""

    def roster(self, code: str, viewer: Viewer) -> Crew:
        """The workers of a region who are on shift now. TracksClosed, RegionUnknown."""


class AttendanceReads(Protocol):
    """The reads behind the page of attendance; each takes the viewer."""

    def day(self, viewer: Viewer, code: str, day: date | None = None) -> Sheet:
        """The sheet of a day. AttendanceClosed, RegionUnknown."""

    def month(self, viewer: Viewer, code: str, day: date | None = None) -> Sheet:
        """The sheet of a day's month. AttendanceClosed, RegionUnknown, TooManyShifts."""

    def visits(self, viewer: Viewer, code: str, day: date | None = None) -> list[TierSums]:
        """Visits by tier. AttendanceClosed, RegionUnknown."""


class RotaReads(Protocol):
    """The read behind the page of the rota."""

    def sheet(self, viewer: Viewer, code: str, first: date | None = None) -> RotaSheet:
        """Two weeks of a region. AttendanceClosed, RegionUnknown."""


class OwnDayReads(Protocol):
    """The read behind a field worker's own day."""

    def day(self, viewer: Viewer, day: date | None = None) -> OwnDay:
        """The viewer's own day. NoOwnDay, WorkerUnknown."""


class SettingsReads(Protocol):
    """What the page of settings asks; every answer depends on the viewer."""

    def held(self, viewer: Viewer) -> list[HeldSetting]:
        """All settings. MayNotAdminister."""

    def tried(self, viewer: Viewer, key: str, text: str) -> Effect:
        """What a value would change. DashboardError."""

    def keep(self, viewer: Viewer, key: str, text: str) -> Effect:
        """Keep a value. DashboardError."""


class Administering(Protocol):
    """What the pages of administration ask; every answer depends on the viewer."""

    def lists(self, viewer: Viewer) -> tuple[list[User], list[Kiosk], list[ListedToken]]:
        """All users, walls and tokens. MayNotAdminister."""

    def obey(self, viewer: Viewer, wish: Wish) -> str:
        """Do what is asked; what must be shown once, else "". DashboardError."""

    def record(self, viewer: Viewer, question: AuditQuestion) -> Sequence[AuditRow]:
        """Lines of the record. MayNotAdminister."""

    def chain(self, viewer: Viewer) -> Verdict:
        """Whether the record holds. MayNotAdminister."""


class Services(Protocol):
    """The reads behind the pages; each takes the viewer's scope."""

    @property
    def administration(self) -> Administering:
        """Users, walls, tokens and the record."""

    @property
    def settings(self) -> SettingsReads:
        """The district's settings."""

    @property
    def rota(self) -> RotaReads:
        """The read behind the page of the rota."""

    @property
    def own_days(self) -> OwnDayReads:
        """The read behind a field worker's own day."""

    @property
    def cases(self) -> CaseReads:
        """The reads behind one event."""

    @property
    def workers(self) -> WorkerReads:
        """The reads behind the pages of workers."""

    @property
    def attendance(self) -> AttendanceReads:
        """The reads behind the page of attendance."""

    @property
    def desk(self) -> DeskReads:
        """The reads behind a region's page."""

    @property
    def desk_map(self) -> MapReads:
        """The reads behind the desk's map."""

    def now(self) -> datetime:
        """The time, aware, UTC."""

    def scope_of(self, scope: Mapping[str, Any]) -> Scope:
        """What the viewer of a request (its ASGI scope) may see."""

    def terms(self) -> Terms:
        """The district's time zone, workflow and rules."""


class Imports(Protocol):
    """The imports that people bring to the page. Only those who see the whole district may ask."""

    max_bytes: int

    def recent(self) -> list[ImportJob]:
        """The newest imports, without previews and findings."""

    def job(self, job_id: int) -> ImportJob:
        """One import. ImportUnknown."""

    def queue(self, job_id: int, order: Order) -> None:
        """Have a file checked or imported. ImportMoved."""

    def reread(self, job_id: int, options: Mapping[str, Any]) -> None:
        """Have the first rows read again with other options of the file. ImportMoved."""

    def cancel(self, job_id: int) -> None:
        """Stop an import that waits or runs."""

    def discard(self, job_id: int) -> None:
        """Throw a file away that was not imported. ImportMoved."""
