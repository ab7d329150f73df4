"""Sheets of attendance and visits: who may see them, what they hold, and that a look goes on record.

Owns how shifts are gathered by worker, community and street; what a shift comes to is `domain.attendance`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Final

from sqlalchemy import Engine

from dashboard.access import audit
from dashboard.answering import answered
from dashboard.domain.attendance import (
    AttendanceRules,
    Judged,
    Mark,
    Tally,
    attendance_rules_from,
    judged,
)
from dashboard.domain.model import Level
from dashboard.domain.policy import Act, Viewer
from dashboard.domain.terms import Terms, terms_from
from dashboard.domain.visits import Tier, VisitCount, earlier_periods, period
from dashboard.domain.windows import local_day, midnight
from dashboard.domain.words import Words
from dashboard.errors import DashboardError
from data_access.queries.attendance import ShiftRow, homes, shifts_of_region, visits_of_region
from data_access.queries.regions import RegionNode
from data_access.queries.session import district_settings, reading
from data_access.writes.attendance import excuse

BELOW: Final = {Level.DISTRICT: Level.STREET, Level.STREET: Level.COMMUNITY, Level.COMMUNITY: Level.GRID}
TREND_PERIODS: Final = {Tier.WEEK: 12, Tier.TWO_WEEKS: 6, Tier.MONTH: 4, Tier.QUARTER: 3, Tier.HALF_YEAR: 2}
NOWHERE: Final = ("", Words(zh="—", en="—"))


class AttendanceClosed(DashboardError):
    """Attendance may be seen by shift supervisors and those above them only. Ask your administrator."""

    zh = "考勤仅限值班长及以上查看。如需查看，请联系管理员。"
    status: ClassVar[int] = 403


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One shift of a sheet, and what it comes to."""

    shift: ShiftRow
    day: date
    judged: Judged


@dataclass(slots=True, kw_only=True)
class WorkerSums:
    """A worker's shifts of the sheet by day, and their sums."""

    code: str
    name: Words
    region: str
    region_name: Words
    group: tuple[str, Words]
    days: dict[date, list[Line]] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)


@dataclass(slots=True, kw_only=True)
class GroupSums:
    """The sums of a region below the one asked about."""

    code: str
    name: Words
    workers: int = 0
    tally: Tally = field(default_factory=Tally)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Attendance of a region from a day to before another. `calendar_known`: holidays of those years are known."""

    region: RegionNode
    first: date
    until: date
    as_of: datetime
    terms: Terms
    workers: tuple[WorkerSums, ...]
    groups: tuple[GroupSums, ...]
    tally: Tally
    calendar_known: bool

    @property
    def days(self) -> list[date]:
        """The days of the sheet."""
        return [self.first + timedelta(days=n) for n in range((self.until - self.first).days)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TierSums:
    """Visits of one tier: the period that holds the day, and those before it."""

    tier: Tier
    first: date
    until: date
    now: VisitCount
    course: tuple[tuple[date, VisitCount], ...]


class AttendanceDesk:
    """The looks at sheets, and the reasons put into them. Everything here blocks: call it from a thread."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    @answered
    def day(self, viewer: Viewer, code: str, day: date | None = None) -> Sheet:
        """The sheet of one day, today's by default. AttendanceClosed, RegionUnknown."""
        return self._sheet(viewer, code, day, whole_month=False)

    @answered
    def month(self, viewer: Viewer, code: str, day: date | None = None) -> Sheet:
        """The sheet of a day's month, this one's by default. AttendanceClosed, RegionUnknown, TooManyShifts."""
        return self._sheet(viewer, code, day, whole_month=True)

    @answered
    def visits(self, viewer: Viewer, code: str, day: date | None = None) -> list[TierSums]:
        """Visits by tier as of a day, today by default, with earlier periods. AttendanceClosed, RegionUnknown."""
        self._admit(viewer, code)
        now = self._clock()
        with reading(self._engine) as conn:
            wanted = day or local_day(now, terms_from(district_settings(conn)).zone)
            asked = [
                (tier, first)
                for tier, count in TREND_PERIODS.items()
                for first in earlier_periods(tier, wanted, count)
            ]
            rows = visits_of_region(conn, code, viewer.scope, asked, now)
        sums: dict[tuple[Tier, date], list[int]] = {key: [0, 0, 0] for key in asked}
        for row in rows:
            held = sums[row.tier, row.first]
            for place, n in enumerate((row.count.due, row.count.done, row.count.overdue)):
                held[place] += n
        counts = {
            key: VisitCount(due=due, done=done, overdue=late) for key, (due, done, late) in sums.items()
        }
        return [_tier(tier, wanted, counts) for tier in Tier]

    @answered
    def excuse(self, viewer: Viewer, shift_id: int, mark: Mark, reason: str | None) -> None:
        """Enter or withdraw a reason. MayNotExcuse, ShiftUnknown, BadExcuse."""
        excuse(self._engine, viewer, shift_id, mark, reason, self._clock())

    def exported(self, viewer: Viewer, sheet: Sheet, form: str) -> None:
        """Put on record that a sheet left as a file. AttendanceClosed."""
        code, first = sheet.region.code, sheet.first.isoformat()
        if not viewer.may(Act.EXPORT):
            audit.note(
                self._engine, viewer, "export.made", code, audit.Outcome.REFUSED, first=first, form=form
            )
            raise AttendanceClosed
        audit.note(self._engine, viewer, "export.made", code, first=first, until=str(sheet.until), form=form)

    def _admit(self, viewer: Viewer, about: str) -> None:
        if not viewer.may(Act.SEE_ATTENDANCE):
            audit.note(self._engine, viewer, "attendance.seen", about, audit.Outcome.REFUSED)
            raise AttendanceClosed

    def _sheet(self, viewer: Viewer, code: str, day: date | None, *, whole_month: bool) -> Sheet:
        self._admit(viewer, code)
        now = self._clock()
        with reading(self._engine) as conn:
            settings = district_settings(conn)
            terms, rules = terms_from(settings), attendance_rules_from(settings)
            wanted = day or local_day(now, terms.zone)
            first, until = _month(wanted) if whole_month else (wanted, wanted + timedelta(days=1))
            start, end = midnight(first, terms.zone), midnight(until, terms.zone)
            path, rows = shifts_of_region(conn, code, viewer.scope, start, end, now)
            below = BELOW.get(path.region.level)
            places = {} if below is None else homes(conn, below, now)
            workers = _gathered(rows, places, terms, rules, now)
        audit.note(self._engine, viewer, "attendance.seen", code, first=first.isoformat(), n=len(workers))
        tally = Tally()
        for one in workers:
            tally.join(one.tally)
        calendar = terms.schedule.calendar
        return Sheet(
            region=path.region,
            first=first,
            until=until,
            as_of=now,
            terms=terms,
            workers=tuple(workers),
            groups=tuple(_groups(workers)),
            tally=tally,
            calendar_known=calendar.known(first.year) and calendar.known((until - timedelta(days=1)).year),
        )


def _gathered(
    rows: Any,  # noqa: ANN401 - an iterator of ShiftRow that is read once
    places: dict[str, tuple[str, Words]],
    terms: Terms,
    rules: AttendanceRules,
    now: datetime,
) -> list[WorkerSums]:
    found: dict[str, WorkerSums] = {}
    works: dict[date, bool] = {}
    for shift in rows:
        worker = found.get(shift.worker)
        if worker is None:
            worker = found[shift.worker] = WorkerSums(
                code=shift.worker,
                name=shift.name,
                region=shift.region,
                region_name=shift.region_name,
                group=places.get(shift.region, NOWHERE),
            )
        day, last = (local_day(at, terms.zone) for at in (shift.turnout.starts_at, shift.turnout.ends_at))
        if day not in works:
            works[day] = terms.schedule.calendar.is_workday(day)
        line = Line(shift=shift, day=day, judged=judged(shift.turnout, rules, now))
        worker.days.setdefault(day, []).append(line)
        past_midnight = last > day and midnight(last, terms.zone) < shift.turnout.ends_at
        worker.tally.add(line.judged, night=past_midnight, rest_day=not works[day])
    return list(found.values())


def _groups(workers: list[WorkerSums]) -> list[GroupSums]:
    found: dict[str, GroupSums] = {}
    for worker in workers:
        code, name = worker.group
        group = found.setdefault(code, GroupSums(code=code, name=name))
        group.workers += 1
        group.tally.join(worker.tally)
    return [found[code] for code in sorted(found) if code]


def _tier(tier: Tier, day: date, counts: dict[tuple[Tier, date], VisitCount]) -> TierSums:
    first, until = period(tier, day)
    firsts = earlier_periods(tier, day, TREND_PERIODS[tier])
    return TierSums(
        tier=tier,
        first=first,
        until=until,
        now=counts[tier, first],
        course=tuple((one, counts[tier, one]) for one in firsts),
    )


def _month(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)
