"""The services behind pages where the wall alone is tried: they know no region, no event and no import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dashboard.cases import Supervision
from dashboard.crew import Crew
from dashboard.desk import Courses, Figures, Lists, Ranking
from dashboard.domain.act_refusals import EventUnknown
from dashboard.domain.ledger_look import LedgerLook
from dashboard.domain.policy import Scope, Viewer
from dashboard.domain.terms import Terms, terms_from
from dashboard.domain.view import View
from dashboard.import_desk import Order
from data_access.queries.event_page import EventDetail
from data_access.queries.import_jobs import ImportJob, ImportUnknown
from data_access.queries.neighbours import Surroundings
from data_access.queries.regions import RegionNode, RegionUnknown


class DeskServices:
    """A site without a database: its terms are the defaults, and there is nothing to read."""

    def __init__(self) -> None:
        self.cases = NoCases()
        self.desk = NoDesk()
        self.desk_map: Any = None
        self.administration: Any = None
        self.workers: Any = None
        self.attendance: Any = None
        self.rota: Any = None
        self.own_days: Any = None
        self.settings: Any = None

    def now(self) -> datetime:
        """The machine's time."""
        return datetime.now(UTC)

    def scope_of(self, scope: Mapping[str, Any]) -> Scope:
        """Everything."""
        return Scope(streets=None)

    def terms(self) -> Terms:
        """Defaults."""
        return terms_from({})


class NoDesk:
    """Nobody sees any region."""

    def top(self, scope: Scope) -> str | None:
        """None."""
        return None

    def grounds(self, scope: Scope) -> list[RegionNode]:
        """None."""
        return []

    def surroundings(self, code: str, scope: Scope) -> Surroundings:
        """Never."""
        raise RegionUnknown(code=code)

    def lists(self) -> Lists:
        """Nothing to choose."""
        return Lists(title=None, categories=(), departments=())

    def figures(self, code: str, scope: Scope, view: View, keys: Sequence[str] = ()) -> Figures:
        """Never."""
        raise RegionUnknown(code=code)

    def courses(self, code: str, scope: Scope, view: View) -> Courses:
        """Never."""
        raise RegionUnknown(code=code)

    def ranking(self, code: str, scope: Scope, view: View) -> Ranking:
        """Never."""
        raise RegionUnknown(code=code)

    def crew(self, code: str, scope: Scope) -> Crew:
        """Never."""
        raise RegionUnknown(code=code)


class NoCases:
    """Single events are nowhere here, nor supervision."""

    def event(self, code: str, viewer: Viewer) -> EventDetail:
        """None."""
        raise EventUnknown(code=code)

    def supervision(self, code: str, look: LedgerLook, viewer: Viewer) -> Supervision:
        """None."""
        raise RegionUnknown(code=code)


class NoImports:
    """Nobody has imported anything, and nobody can."""

    max_bytes = 1_000_000

    def recent(self) -> list[ImportJob]:
        """None."""
        return []

    def job(self, job_id: int) -> ImportJob:
        """None."""
        raise ImportUnknown(id=job_id)

    def queue(self, job_id: int, order: Order) -> None:
        """Never."""
        raise ImportUnknown(id=job_id)

    def reread(self, job_id: int, options: Mapping[str, Any]) -> None:
        """Never."""
        raise ImportUnknown(id=job_id)

    def cancel(self, job_id: int) -> None:
        """Never."""
        raise ImportUnknown(id=job_id)

    def discard(self, job_id: int) -> None:
        """Never."""
        raise ImportUnknown(id=job_id)
