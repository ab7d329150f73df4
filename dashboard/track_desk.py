"""Looks at tracks: who may, what they see, and that it goes on record.

Owns the three looks (a worker's day, the workers of a region, a month of patrols) for pages and interface alike. A look
is on record before it is answered; a refused one as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from dashboard.access import audit
from dashboard.domain.atlas import Drawn
from dashboard.domain.policy import Act, Viewer
from dashboard.domain.retention import tracks_from
from dashboard.domain.terms import terms_from
from dashboard.domain.trails.facts import DayFacts, covered_by, day_facts
from dashboard.domain.trails.rules import TrailRules, trail_rules_from
from dashboard.domain.windows import local_day
from dashboard.errors import DashboardError
from data_access.queries.patrol_month import GridHeat, month_of, patrol_month
from data_access.queries.regions import RegionNode, region_path, staff_path
from data_access.queries.selection import whole_ground
from data_access.queries.session import district_settings, reading
from data_access.queries.tracks import WorkerDay, bounds, group_days, worker_day, working_day
from data_access.queries.trail_facts import DayEvent, day_events

SEEN: Final = "track.seen"
MOST_TOGETHER: Final = 20
WEEK_DAYS: Final = 7


class TracksClosed(DashboardError):
    """Tracks may be seen by shift supervisors and those above them only. Ask your administrator."""

    zh = "轨迹仅限值班长及以上查看。如需查看，请联系管理员。"
    status = 403


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenDay:
    """A worker's day, what it comes to, and the events in it."""

    day: WorkerDay
    facts: DayFacts
    events: tuple[DayEvent, ...]
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenGroup:
    """The day of several workers of a region; `more`: there were others."""

    region: RegionNode
    days: tuple[SeenDay, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenMonth:
    """A month of patrols over the grids of a region. `waiting`: patrols that are not counted yet."""

    region: RegionNode
    first: date
    until: date
    grids: tuple[GridHeat, ...]
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCells:
    """How much of the own grid was walked on a day. `shifts` 0: none; `cells` None: the grid has no shape."""

    day: date
    shifts: int
    visited: int
    cells: int | None


class TrackDesk:
    """The looks. Everything here blocks: call it from a thread."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def day(self, viewer: Viewer, code: str, day: date | None = None) -> SeenDay:
        """One worker's day, by default the one that goes on. TracksClosed, WorkerUnknown."""
        self._admit(viewer, code)
        now = self._clock()
        with reading(self._engine) as conn:
            zone, rules = _district(district_settings(conn))
            wanted = day or working_day(conn, code, now, zone)
            found = worker_day(conn, code, wanted, viewer.scope, now, zone)
            events = day_events(conn, found.worker, found.shifts, viewer.scope, now)
        self._record(viewer, [found])
        return _seen(found, events, zone, rules)

    def group(self, viewer: Viewer, code: str, day: date | None = None) -> SeenGroup:
        """The day of the workers of a region, the first so many by code. TracksClosed, RegionUnknown."""
        self._admit(viewer, code)
        now = self._clock()
        with reading(self._engine) as conn:
            zone, rules = _district(district_settings(conn))
            wanted = day or local_day(now, zone)
            region = region_path(conn, code, viewer.scope, now).region
            found = group_days(conn, code, wanted, viewer.scope, now, zone, MOST_TOGETHER + 1)
        days = found[:MOST_TOGETHER]
        self._record(viewer, days)
        seen = tuple(_seen(one, [], zone, rules) for one in days)
        return SeenGroup(region=region, days=seen, more=len(found) > len(days))

    def week(self, viewer: Viewer, code: str, day: date | None = None) -> list[SeenCells]:
        """What one worker covered on each of the seven days up to a day. TracksClosed, WorkerUnknown."""
        self._admit(viewer, code)
        now = self._clock()
        with reading(self._engine) as conn:
            zone, rules = _district(district_settings(conn))
            last = day or working_day(conn, code, now, zone)
            days = [last - timedelta(days=back) for back in reversed(range(WEEK_DAYS))]
            found = [worker_day(conn, code, one, viewer.scope, now, zone) for one in days]
        audit.note(self._engine, viewer, "coverage.seen", code, day=last.isoformat(), n=len(days))
        return [_cells(one, rules) for one in found]

    def month(self, viewer: Viewer, code: str, day: date | None = None) -> SeenMonth:
        """The patrols of a day's month, as far as it has come. TracksClosed, RegionUnknown."""
        self._admit(viewer, code)
        now = self._clock()
        with reading(self._engine) as conn:
            settings = district_settings(conn)
            zone, _ = _district(settings)
            first, until = month_of(day or local_day(now, zone))
            path = staff_path(conn, code, viewer.scope, now)
            ground = whole_ground(conn, path, Drawn.THEN, now)
            start = max(bounds(first, zone)[0], tracks_from(settings, now))
            end = min(bounds(until, zone)[0], now)
            found = patrol_month(conn, start, end, now, ground.values())
        audit.note(self._engine, viewer, "coverage.seen", code, month=first.isoformat()[:7])
        return SeenMonth(
            region=path.region, first=first, until=until, grids=found.grids, waiting=found.waiting
        )

    def exported(self, viewer: Viewer, seen: SeenDay, form: str) -> None:
        """Put on record that a day left as a file. TracksClosed."""
        code, day = seen.day.worker.code, seen.day.day.isoformat()
        if not viewer.may(Act.EXPORT):
            audit.note(self._engine, viewer, "export.made", code, audit.Outcome.REFUSED, day=day, form=form)
            raise TracksClosed
        audit.note(self._engine, viewer, "export.made", code, day=day, form=form)

    def _admit(self, viewer: Viewer, about: str) -> None:
        if not viewer.may(Act.SEE_TRACKS):
            audit.note(self._engine, viewer, SEEN, about, audit.Outcome.REFUSED)
            raise TracksClosed

    def _record(self, viewer: Viewer, days: list[WorkerDay]) -> None:
        """One line a worker: whose track was looked at must be found by the worker."""
        with self._engine.begin() as conn:
            for one in days:
                audit.note(conn, viewer, SEEN, one.worker.code, day=one.day.isoformat(), n=len(one.track))


def _district(settings: dict[str, Any]) -> tuple[ZoneInfo, TrailRules]:
    return terms_from(settings).zone, trail_rules_from(settings)


def _seen(found: WorkerDay, events: list[DayEvent], zone: ZoneInfo, rules: TrailRules) -> SeenDay:
    facts = day_facts(found.track, [shift.duty for shift in found.shifts], found.shape, rules)
    return SeenDay(day=found, facts=facts, events=tuple(events), zone=zone)


def _cells(found: WorkerDay, rules: TrailRules) -> SeenCells:
    duties = [shift.duty for shift in found.shifts]
    covered = covered_by(found.track, duties, found.shape, rules)
    return SeenCells(
        day=found.day,
        shifts=len(duties),
        visited=0 if covered is None else int(covered.places.size),
        cells=None if covered is None else covered.cells.count,
    )
