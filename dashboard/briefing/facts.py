"""Everything that a briefing rests on, read at one moment: readings of the period and of what it is compared with,
the course of periods, the parts of the region, events by category and source.

Owns which questions are asked; the counting is in `data_access.queries`, the wording in the modules of the sections.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Engine

from dashboard.briefing.content import Order, Versus
from dashboard.briefing.periods import STEPS, Period, named_period
from dashboard.domain.filters import NO_FILTERS, Filters
from dashboard.domain.indicators import INDICATORS, Group, Reading
from dashboard.domain.model import Level, Source
from dashboard.domain.outlines import Outline
from dashboard.domain.policy import Scope
from dashboard.domain.supervision import PaperKind
from dashboard.domain.terms import Terms, terms_from
from dashboard.domain.windows import Window, local_day, steps
from dashboard.domain.words import Words
from data_access.queries.breakdown import RegionReading, broken_down
from data_access.queries.briefing import (
    KindCounts,
    LeftOut,
    chosen_cases,
    first_report,
    kind_counts,
    left_out,
    longest_overdue,
    map_at,
    selection_of,
    telling_cases,
)
from data_access.queries.departments import DepartmentStanding, department_standings
from data_access.queries.event_rows import EventRow
from data_access.queries.history import asked
from data_access.queries.indicators import Measurement, measured
from data_access.queries.neighbours import CategoryChoice, categories, levels_below
from data_access.queries.regions import RegionNode, RegionPath, listed_regions, region_path
from data_access.queries.session import district_settings
from data_access.queries.stage_times import StageTime, stage_times
from data_access.queries.supervision import LedgerQuestion, LedgerTotals, ledger

COURSE_KEYS: Final = ("on_time_due", "satisfaction")
STEP_KEYS: Final = ("reported", "closed")
PART_KEYS: Final = ("reported", "closed", "open", "overdue_open", "on_time_due", "satisfaction")
WORKER_KEYS: Final = ("reported",)
FIELD_KEYS: Final = ("attendance_rate", "visit_rate")
"""Of the workers; those that are indicators here."""
WORKERS: Final = Filters(source=frozenset({Source.GRID_WORKER}))
MAP_KEYS: Final = ("open", "overdue_open")
SLOW: Final = frozenset({Group.COVERAGE, Group.DUTY})
"""Of a moment, or of tracks: a period has no such reading."""
KEYS: Final = tuple(one.key for one in INDICATORS if one.group not in SLOW)
MOST_STEPS: Final = 31
LISTED: Final = 10
CASES: Final = 3

Readings = Mapping[str, Reading]


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """A period that is compared with, as much of it as has passed of the own one."""

    period: Period
    window: Window
    readings: Readings
    kinds: KindCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One of several stretches of time: a period of the course, or a step within the period."""

    name: str
    window: Window
    readings: Readings


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionPart:
    """A region below, and its readings."""

    region: RegionNode
    readings: Readings


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All of it. `others` holds only what there are records of. `parts`: of `part_level`; `areas`: of `area_level`."""

    order: Order
    path: RegionPath
    title: Words | None
    now: datetime
    terms: Terms
    period: Period
    window: Window
    holidays_known: bool
    readings: Readings
    kinds: KindCounts
    others: Mapping[Versus, Other]
    course: tuple[Stretch, ...]
    within: tuple[Stretch, ...]
    part_level: Level | None
    parts: tuple[RegionPart, ...]
    parts_before: Mapping[str, Readings]
    worker_parts: tuple[RegionPart, ...]
    worker_parts_before: tuple[RegionPart, ...]
    area_level: Level | None
    areas: tuple[RegionPart, ...]
    outlines: tuple[Outline, ...]
    names: Mapping[str, RegionNode]
    categories: tuple[CategoryChoice, ...]
    papers: Mapping[PaperKind, LedgerTotals]
    departments: tuple[DepartmentStanding, ...]
    overdue: tuple[EventRow, ...]
    cases: tuple[EventRow, ...]
    left_out: LeftOut
    stages: tuple[StageTime, ...]

    @property
    def complete(self) -> bool:
        """Whether the period was over."""
        return self.period.window.end <= self.now

    @property
    def moment(self) -> datetime:
        """When stocks were counted."""
        return min(self.window.end, self.now)


def facts_of(engine: Engine, order: Order, scope: Scope, now: datetime) -> Facts:
    """What a briefing rests on. RegionUnknown, BadPeriod, NotBegun."""
    return asked(engine, lambda conn: _Reader(engine, conn, order, scope, now).facts())


class _Reader:
    """One look at the database for one briefing."""

    def __init__(self, engine: Engine, conn: Connection, order: Order, scope: Scope, now: datetime) -> None:
        self._engine, self._conn, self._order, self._scope, self._now = engine, conn, order, scope, now
        self._settings = district_settings(conn)
        self._terms = terms_from(self._settings)
        self._period = named_period(order.day, self._terms.zone, order.cadence)
        self._window = self._period.seen(now)
        self._path = region_path(conn, order.region, scope, now)
        self._selection = selection_of(conn, order.region, scope, now, self._window)

    def facts(self) -> Facts:
        conn, scope, now = self._conn, self._scope, self._now
        (own,) = self._measured([self._window], KEYS)
        others = self._others()
        levels = levels_below(conn, self._order.region, scope, now)
        part_level = levels[0] if levels else None
        grids = [level for level in levels if level in (Level.COMMUNITY, Level.GRID)]
        area_level = grids[-1] if grids else part_level
        before = others.get(Versus.BEFORE)
        return Facts(
            order=self._order,
            path=self._path,
            title=_title(self._settings.get("title")),
            now=now,
            terms=self._terms,
            period=self._period,
            window=self._window,
            holidays_known=own.holidays_known,
            readings=_by_key(own),
            kinds=kind_counts(conn, self._selection, self._window),
            others=others,
            course=self._course(),
            within=self._within(),
            part_level=part_level,
            parts=self._parts(self._window, part_level, (*PART_KEYS, *FIELD_KEYS)),
            parts_before={
                part.region.code: part.readings
                for part in (self._parts(before.window, part_level, PART_KEYS) if before else ())
            },
            area_level=area_level,
            worker_parts=self._parts(self._window, part_level, WORKER_KEYS, WORKERS),
            worker_parts_before=self._parts(before.window, part_level, WORKER_KEYS, WORKERS)
            if before
            else (),
            areas=self._parts(self._window, area_level, MAP_KEYS),
            outlines=tuple(map_at(conn, self._order.region, min(self._window.end, now))),
            names={node.code: node for node in listed_regions(conn, scope, now)},
            categories=categories(conn),
            papers={kind: self._papers(kind) for kind in PaperKind},
            departments=tuple(department_standings(conn, self._order.region, scope, now, self._window)),
            overdue=longest_overdue(conn, self._selection, scope, LISTED),
            cases=self._cases(),
            left_out=left_out(conn, self._selection),
            stages=stage_times(conn, self._selection),
        )

    def _others(self) -> dict[Versus, Other]:
        """What there are records of: a period that began before the day of the district's first event is not whole."""
        first = first_report(self._conn)
        found: dict[Versus, Other] = {}
        for versus in self._order.versus:
            period = self._period.earlier(versus)
            if period is None or first is None or period.first < local_day(first, self._terms.zone):
                continue
            window = self._period.same_part(self._now, period)
            if window.start >= window.end:
                continue
            (readings,) = self._measured([window], KEYS)
            found[versus] = Other(
                period=period,
                window=window,
                readings=_by_key(readings),
                kinds=kind_counts(self._conn, self._selection, window),
            )
        return found

    def _course(self) -> tuple[Stretch, ...]:
        periods = self._period.course()
        windows = [period.window for period in periods[:-1]] + [self._window]
        found = self._measured(windows, COURSE_KEYS)
        return tuple(
            Stretch(name=period.short(self._order.lang), window=one.window, readings=_by_key(one))
            for period, one in zip(periods, found, strict=True)
        )

    def _within(self) -> tuple[Stretch, ...]:
        step, zone = STEPS[self._period.cadence], self._terms.zone
        windows = steps(self._window, step, zone, MOST_STEPS)
        found = self._measured(windows, STEP_KEYS)
        return tuple(
            Stretch(
                name=f"{one.window.start.astimezone(zone):{'%H' if step == 'hour' else '%m-%d'}}",
                window=one.window,
                readings=_by_key(one),
            )
            for one in found
        )

    def _measured(self, windows: list[Window], keys: tuple[str, ...]) -> list[Measurement]:
        return measured(
            self._engine,
            self._conn,
            self._order.region,
            self._scope,
            now=self._now,
            windows=windows,
            keys=keys,
        )

    def _parts(
        self,
        window: Window,
        level: Level | None,
        keys: tuple[str, ...],
        filters: Filters = NO_FILTERS,
    ) -> tuple[RegionPart, ...]:
        if level is None:
            return ()
        found: list[RegionReading] = broken_down(
            self._engine,
            self._conn,
            self._order.region,
            self._scope,
            now=self._now,
            window=window,
            keys=keys,
            filters=filters,
            level=level,
        )
        return tuple(
            RegionPart(region=one.region, readings={item.key: item for item in one.readings}) for one in found
        )

    def _papers(self, kind: PaperKind) -> LedgerTotals:
        question = LedgerQuestion(kind=kind, since=self._window.start, until=self._window.end, limit=0)
        return ledger(self._conn, self._order.region, self._scope, self._now, question).totals

    def _cases(self) -> tuple[EventRow, ...]:
        if self._order.cases:
            return chosen_cases(self._conn, self._selection, self._scope, self._order.cases)
        return telling_cases(self._conn, self._selection, self._scope, CASES)


def _by_key(found: Measurement) -> Readings:
    return {reading.key: reading for reading in found.readings}


def _title(setting: object) -> Words | None:
    if not isinstance(setting, Mapping) or not setting.get("zh"):
        return None
    return Words(zh=str(setting["zh"]), en=str(setting.get("en") or setting["zh"]))
