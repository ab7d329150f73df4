"""The services behind the region page, answered from a made-up district."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.cases import Supervision
from dashboard.domain.act_refusals import EventUnknown
from dashboard.domain.colours import Colour
from dashboard.domain.indicators import Reading
from dashboard.domain.ledger_look import LedgerLook
from dashboard.domain.model import Kind, Level, Source
from dashboard.domain.policy import Scope, Viewer
from dashboard.domain.terms import Terms, terms_from
from dashboard.domain.windows import today
from dashboard.domain.words import Words
from dashboard.import_desk import Order
from data_access.queries.event_page import EventDetail
from data_access.queries.events import OpenEvent
from data_access.queries.import_jobs import ImportJob, ImportUnknown
from data_access.queries.indicators import Measurement
from data_access.queries.regions import ChildLoad, RegionNode, RegionPage, RegionPath, RegionUnknown
from tests.browser.district import District


class DeskServices:
    """Reads over a `District`; the viewer sees all of it."""

    def __init__(self, made: District) -> None:
        self._made = made
        self.cases = NoCases()
        self.administration: Any = None
        self._nodes = {row[0]: _node(row) for row in made.regions}

    def now(self) -> datetime:
        """The machine's time."""
        return datetime.now(UTC)

    def scope_of(self, scope: Mapping[str, Any]) -> Scope:
        """Everything."""
        return Scope(streets=None)

    def terms(self) -> Terms:
        """Defaults."""
        return terms_from({})

    def region(self, code: str, scope: Scope) -> RegionPage:
        """A region, its counts, its children."""
        path = self._path(code)
        counts = self._made.counts[code]
        children = [
            ChildLoad(
                region=node,
                open=self._made.counts[key]["open"],
                overdue=self._made.counts[key]["overdue"],
                yellow=0,
            )
            for key, node in self._nodes.items()
            if node.parent_code == code
        ]
        return RegionPage(
            path=path,
            children=tuple(children),
            open=counts["open"],
            overdue=counts["overdue"],
            yellow=0,
            due_2h=0,
        )

    def open_events(self, code: str, scope: Scope, limit: int) -> list[OpenEvent]:
        """Known records at or below a region."""
        records = [one for one in self._made.events.values() if one["r"].startswith(code)]
        return [self._event(one) for one in sorted(records, key=lambda one: one["due"])[:limit]]

    def readings(self, code: str, scope: Scope, keys: Collection[str]) -> Measurement:
        """Plain figures."""
        values = {
            "reported": (42, None),
            "closed": (40, None),
            "on_time_due": (48, 50),
            "satisfaction": (0, 0),
            "on_duty_rate": (9, 10),
        }
        readings = tuple(Reading(key=key, value=None, n=values[key][0], d=values[key][1]) for key in keys)
        window = today(self.now(), self.terms().zone)
        return Measurement(region=self._nodes[code], window=window, readings=readings, holidays_known=True)

    def _path(self, code: str) -> RegionPath:
        if code not in self._nodes:
            raise RegionUnknown(code=code)
        chain = [self._nodes[code]]
        while chain[0].parent_code is not None:
            chain.insert(0, self._nodes[chain[0].parent_code])
        return RegionPath(region=chain[-1], ancestors=tuple(chain[:-1]))

    def _event(self, record: dict[str, Any]) -> OpenEvent:
        node = self._nodes[record["r"]]
        due = datetime.fromtimestamp(record["due"] / 1000, UTC)
        return OpenEvent(
            id=record["id"],
            code=record["code"],
            source=Source(record["src"]),
            category=Words(zh="占道经营", en="Stall"),
            region_code=node.code,
            region=Words(zh=node.name, en=node.name_en or node.name),
            parent=None,
            severity=1,
            escalation=0,
            stage=record["stage"],
            reported_at=due - timedelta(hours=2),
            due_at=due,
            warn_at=None,
            colour=Colour.RED if due < self.now() else Colour.GREEN,
            address=None,
            department=None,
            worker=None,
            lon=None,
            lat=None,
        )


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


def _node(row: list[Any]) -> RegionNode:
    code, level, kind, name, name_en, parent, lon, lat = row
    return RegionNode(
        id=0,
        code=code,
        level=Level(level),
        kind=Kind(kind),
        name=name,
        name_en=name_en,
        parent_code=parent,
        lon=lon,
        lat=lat,
        households=None,
        population=None,
    )
