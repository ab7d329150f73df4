"""The rota of a region: who looks at it, who enters what into it, and that an entry goes on record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Final

import psycopg
from sqlalchemy import Connection, Engine

from dashboard.access import audit
from dashboard.answering import answered
from dashboard.attendance_desk import AttendanceClosed
from dashboard.domain.policy import Act, Viewer
from dashboard.domain.rota_entry import Entry, PatternEntry, entry_from
from dashboard.domain.terms import terms_from
from dashboard.domain.windows import local_day, midnight
from dashboard.domain.words import Words
from dashboard.errors import DashboardError
from data_access.queries.regions import RegionNode, RegionUnknown, staff_path
from data_access.queries.rota import (
    MOST_WORKERS,
    RotaChange,
    RotaWorker,
    rota_changes,
    rota_patterns,
    rota_shifts,
    rota_workers,
)
from data_access.queries.session import district_settings, reading
from data_access.writes.rota import turns_of
from data_access.writes.rota_entries import enter

DAYS: Final = 14
ENTERED: Final = "rota.entered"


class MayNotRoster(DashboardError):
    """The rota is entered by shift supervisors. Ask one of yours to do it."""

    zh = "只有值班主管可以排班，请联系值班主管。"
    status: ClassVar[int] = 403


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A turn of a worker's day. `off`: it was let off."""

    turn: str
    off: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetTurn:
    """A turn of the district: what it is called, and its local minutes of the day (see `rota.Turn`)."""

    name: Words
    start_min: int
    end_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RotaSheet:
    """Two weeks of a region's rota. `cells` by worker's id and day; `more`: there were other workers; `today`: what is
    entered begins then at the earliest; `beyond`: workers of the changes who are outside the viewer's scope."""

    region: RegionNode
    first: date
    until: date
    today: date
    workers: tuple[RotaWorker, ...]
    more: bool
    cells: dict[tuple[int, date], list[Cell]]
    patterns: dict[str, Words]
    turns: dict[str, SheetTurn]
    changes: tuple[RotaChange, ...]
    beyond: frozenset[str]
    rest_days: frozenset[date]

    @property
    def days(self) -> list[date]:
        """The days of the sheet."""
        return [self.first + timedelta(days=n) for n in range((self.until - self.first).days)]


class RotaDesk:
    """Looks at the rota, and entries into it. Everything here blocks: call it from a thread."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    @answered
    def sheet(self, viewer: Viewer, code: str, first: date | None = None) -> RotaSheet:
        """Two weeks from a day on, from today by default. AttendanceClosed, RegionUnknown."""
        if not viewer.may(Act.SEE_ATTENDANCE):
            audit.note(self._engine, viewer, "rota.seen", code, audit.Outcome.REFUSED)
            raise AttendanceClosed
        now = self._clock()
        with reading(self._engine) as conn:
            settings = district_settings(conn)
            terms = terms_from(settings)
            today = local_day(now, terms.zone)
            start = first or today
            until = start + timedelta(days=DAYS)
            path, workers = rota_workers(conn, code, viewer.scope, start, until, now)
            shown = workers[:MOST_WORKERS]
            ids = [one.id for one in shown]
            cells: dict[tuple[int, date], list[Cell]] = {}
            span = (midnight(start, terms.zone), midnight(until, terms.zone))
            for shift in rota_shifts(conn, ids, *span):
                key = (shift.worker_id, local_day(shift.starts_at, terms.zone))
                cells.setdefault(key, []).append(Cell(turn=shift.turn, off=shift.cancelled))
            changes, patterns = rota_changes(conn, ids, start, until), rota_patterns(conn)
            beyond = _beyond(changes, self._admits(conn, viewer, now))
        named = {str(one["key"]): one for one in settings.get("shifts", [])}
        turns = {
            key: SheetTurn(
                name=Words(zh=str(named[key].get("zh") or key), en=str(named[key].get("en") or key)),
                start_min=turn.start_min,
                end_min=turn.end_min,
            )
            for key, turn in turns_of(settings).items()
        }
        calendar = terms.schedule.calendar
        days = (start + timedelta(days=n) for n in range(DAYS))
        return RotaSheet(
            region=path.region,
            first=start,
            until=until,
            today=today,
            workers=tuple(shown),
            more=len(workers) > len(shown),
            cells=cells,
            patterns=patterns,
            turns=turns,
            changes=tuple(changes),
            beyond=beyond,
            rest_days=frozenset(day for day in days if not calendar.is_workday(day)),
        )

    @answered
    def enter(self, viewer: Viewer, body: object) -> list[str]:
        """Enter what a request asks for; codes of the workers it is about. MayNotRoster, BadRota, RotaWrong, NotInRota,
        DayIsOver."""
        if not viewer.may(Act.ROSTER):
            audit.note(self._engine, viewer, ENTERED, "", audit.Outcome.REFUSED)
            raise MayNotRoster
        entry = entry_from(body)
        if isinstance(entry, PatternEntry) and not viewer.scope.everything:
            raise MayNotRoster  # a pattern may be followed anywhere in the district
        now = self._clock()
        with self._engine.begin() as conn:
            about = enter(_driver(conn), entry, self._admits(conn, viewer, now), viewer.login, now)
            put_on_record(conn, viewer, entry, about)
        return about

    @staticmethod
    def _admits(conn: Connection, viewer: Viewer, now: datetime) -> Callable[[str], bool]:
        def admits(code: str) -> bool:
            try:
                staff_path(conn, code, viewer.scope, now)
            except RegionUnknown:
                return False
            return True

        return admits


def _driver(conn: Connection) -> psycopg.Connection[Any]:
    driver = conn.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver


def _beyond(changes: list[RotaChange], admits: Callable[[str], bool]) -> frozenset[str]:
    homes = {one.worker: one.worker_region for one in changes}
    homes |= {one.other: one.other_region for one in changes if one.other and one.other_region}
    outside = {code for code in set(homes.values()) if not admits(code)}
    return frozenset(worker for worker, home in homes.items() if home in outside)


def put_on_record(
    store: Connection | psycopg.Connection[Any], viewer: Viewer, entry: Entry, about: list[str]
) -> None:
    """What was entered, in the transaction that enters it, with the codes of all workers whom it is about."""
    told = _told(entry) | ({"workers": about} if len(about) > 1 else {})
    audit.note(store, viewer, ENTERED, about[0] if about else "", **told)


def _told(entry: Entry) -> dict[str, object]:
    """What goes on record: the kind of entry, the day, how many it is about. No names, no notes."""
    told: dict[str, object] = {"entry": type(entry).__name__.removesuffix("Entry").lower()}
    for name in ("kind", "day", "first", "pattern", "code", "id"):
        value = getattr(entry, name, None)
        if value is not None:
            told[name] = value if isinstance(value, int) else str(value)
    return told
