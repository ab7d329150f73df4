"""A field worker's own day: the shifts, the way so far, the tasks in hand and the visits of the own grid.

Owns that nobody gets another's: the worker is the viewer's own, whatever is asked. A look is on record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Final

from sqlalchemy import Engine

from dashboard.access import audit
from dashboard.answering import answered
from dashboard.domain.attendance import Judged, attendance_rules_from, judged
from dashboard.domain.policy import EVERYTHING, Act, Viewer
from dashboard.domain.terms import Terms, terms_from
from dashboard.domain.trails.facts import DayFacts, day_facts
from dashboard.domain.trails.rules import trail_rules_from
from dashboard.domain.visits import Tier, VisitCount, period
from dashboard.errors import DashboardError
from data_access.queries.attendance import ShiftRow, shifts_of_worker, visits_of_region
from data_access.queries.own_tasks import Task, own_tasks
from data_access.queries.session import district_settings, reading
from data_access.queries.tracks import WorkerDay, bounds, worker_day, working_day

SEEN: Final = "own_day.seen"


class NoOwnDay(DashboardError):
    """This page shows field workers their own day. Your account belongs to no field worker."""

    zh = "此页面供一线人员查看本人当日情况，您的账号未绑定人员。"
    status: ClassVar[int] = 403


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnShift:
    """A shift of the day, and what it comes to."""

    row: ShiftRow
    judged: Judged


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnVisits:
    """Visits of one tier in the own grid, in the period that holds the day."""

    tier: Tier
    first: date
    until: date
    count: VisitCount


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OwnDay:
    """All that the page shows."""

    worked: WorkerDay
    as_of: datetime
    terms: Terms
    shifts: tuple[OwnShift, ...]
    facts: DayFacts
    tasks: tuple[Task, ...]
    visits: tuple[OwnVisits, ...]


class OwnDays:
    """The look. It blocks: call it from a thread."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    @answered
    def day(self, viewer: Viewer, day: date | None = None) -> OwnDay:
        """The viewer's own day, by default the one that goes on. NoOwnDay, WorkerUnknown."""
        code = viewer.worker
        if code is None or not viewer.may(Act.SEE_OWN_DAY):
            audit.note(self._engine, viewer, SEEN, code or "", audit.Outcome.REFUSED)
            raise NoOwnDay
        now = self._clock()
        with reading(self._engine) as conn:
            settings = district_settings(conn)
            terms = terms_from(settings)
            rules, cleaning = attendance_rules_from(settings), trail_rules_from(settings)
            wanted = day or working_day(conn, code, now, terms.zone)
            start, end = bounds(wanted, terms.zone)
            # one's own is one's own wherever it lies: the scope of a field worker's account opens nothing else
            worked = worker_day(conn, code, wanted, EVERYTHING, now, terms.zone)
            shifts = shifts_of_worker(conn, code, start, end)
            tasks = own_tasks(conn, worked.worker, (start, end), now)
            periods = {tier: period(tier, wanted) for tier in Tier}
            asked = [(tier, first) for tier, (first, _) in periods.items()]
            grid = worked.worker.path.region
            rows = visits_of_region(conn, grid.code, EVERYTHING, asked, now)
        audit.note(self._engine, viewer, SEEN, code, day=wanted.isoformat())
        duties = [shift.duty for shift in worked.shifts]
        return OwnDay(
            worked=worked,
            as_of=now,
            terms=terms,
            shifts=tuple(OwnShift(row=row, judged=judged(row.turnout, rules, now)) for row in shifts),
            facts=day_facts(worked.track, duties, worked.shape, cleaning),
            tasks=tuple(tasks),
            visits=tuple(
                OwnVisits(tier=row.tier, first=row.first, until=periods[row.tier][1], count=row.count)
                for row in rows
                if row.region_id == grid.id and row.count.due
            ),
        )
