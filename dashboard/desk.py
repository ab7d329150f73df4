"""What a region's page asks: the region among others, its figures and what they were before, their course, the ranking
of those below, and the workers there. Each within the viewer's scope, and kept for a second (`dashboard.caching`).

Owns which questions a panel asks; the counting is in `data_access.queries`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Engine

from dashboard.answering import answered
from dashboard.caching import Answers, Kept
from dashboard.crew import Crew, CrewReads
from dashboard.domain.course import course_of
from dashboard.domain.indicators import INDICATORS, Reading
from dashboard.domain.model import Kind, Level
from dashboard.domain.policy import Scope
from dashboard.domain.view import Chart, View
from dashboard.domain.windows import Step, Window
from dashboard.domain.words import Words
from data_access.queries.breakdown import breakdown
from data_access.queries.indicators import district_terms, measure_each
from data_access.queries.neighbours import (
    CategoryChoice,
    DepartmentChoice,
    Surroundings,
    categories,
    departments,
    levels_below,
    surroundings,
)
from data_access.queries.regions import RegionNode, listed_regions
from data_access.queries.session import district_settings, reading

EVERY: Final = tuple(one.key for one in INDICATORS)
SPARKS: Final = ("reported", "open", "closed", "satisfaction", "overdue_open")
"""What the figures show the course of, beside the share closed in time."""
STOCKS: Final = frozenset({"open", "overdue_open"})
HANDLING: Final = ("handling_p50", "handling_p90")
RANKED: Final = ("open", "overdue_open")
SLOW_S: Final = 30
"""How long lists are kept that hardly ever change."""
CHARTED: Final = {
    Chart.RATES: ("on_time", "satisfaction"),
    Chart.HOURS: ("handling_p50", "handling_p90"),
    Chart.COUNTS: ("reported", "closed"),
}
"""The two charts of each kind."""
EVERYBODY: Final = 100_000
"""More workers than any district has on one shift."""


def chart_keys(view: View) -> list[str]:
    """The indicators of the two charts of a view."""
    return [view.on_time_key if key == "on_time" else key for key in CHARTED[view.trend]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """What events can be filtered by; and what the district calls its screens, if it does."""

    title: Words | None
    categories: tuple[CategoryChoice, ...]
    departments: tuple[DepartmentChoice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Indicators of a region over a window, and over the one that it is compared with."""

    at: datetime
    window: Window
    before_window: Window
    now: tuple[Reading, ...]
    before: tuple[Reading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One step of a course: what was read in it, and in the step that it lies beside."""

    start: datetime
    end: datetime
    now: tuple[Reading, ...]
    before: tuple[Reading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Courses:
    """Indicators over the steps of a view."""

    at: datetime
    step: Step
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A region below, and its readings."""

    code: str
    name: Words
    exclusive: bool
    readings: tuple[Reading, ...]

    def reading(self, key: str) -> Reading:
        """One of them."""
        return next(one for one in self.readings if one.key == key)

    def few(self, key: str, least: int) -> bool:
        """Whether there is too little of an indicator to compare by it."""
        reading = self.reading(key)
        return reading.value is None or (reading.d or 0) < least

    def place(self, key: str, least: int) -> tuple[bool, float, int, str]:
        """What a ranking is sorted by: the lowest share first, those with too little to compare at the end."""
        few, value = self.few(key, least), self.reading(key).value
        return (few, 1.0 if few or value is None else value, -(self.reading("open").n or 0), self.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The regions of a level below a region, by code. `level` None: there is none below."""

    level: Level | None
    levels: tuple[Level, ...]
    rows: tuple[Ranked, ...]


class Desk:
    """The reads behind a region's page. Everything here blocks: call it from a thread."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock
        answers, slow = Answers(), Answers(keep_s=SLOW_S)
        self._lists = Kept(slow, "lists", Lists)
        self._figures = Kept(answers, "figures", Figures)
        self._courses = Kept(answers, "courses", Courses)
        self._ranking = Kept(answers, "ranking", Ranking)
        self._crew = Kept(answers, "crew", Crew)
        self._crews = CrewReads(engine, clock)

    @answered
    def top(self, scope: Scope) -> str | None:
        """The code of the first region that a viewer sees: the whole district, or the first of the viewer's own."""
        with reading(self._engine) as conn:
            roots = scope.roots()
            if roots is not None:
                return roots[0] if roots else None
            found = listed_regions(conn, scope, self._clock())
        return next((node.code for node in found if node.parent_code is None), None)

    @answered
    def grounds(self, scope: Scope) -> list[RegionNode]:
        """The district and the streets of a scope, by code."""
        with reading(self._engine) as conn:
            now = self._clock()
            levels = (Level.DISTRICT, Level.STREET)
            return [one for level in levels for one in listed_regions(conn, scope, now, level=level)]

    @answered
    def surroundings(self, code: str, scope: Scope) -> Surroundings:
        """A region among the others. RegionUnknown."""
        with reading(self._engine) as conn:
            return surroundings(conn, code, scope, self._clock())

    @answered
    def lists(self) -> Lists:
        """What events can be filtered by."""
        return self._lists.get({}, self._read_lists)

    @answered
    def figures(self, code: str, scope: Scope, view: View, keys: Sequence[str] = EVERY) -> Figures:
        """Indicators of a view and of what it is compared with, all of them unless `keys` says which. RegionUnknown."""
        about = {"code": code, "scope": scope, "question": view.question(), "keys": keys}
        return self._figures.get(about, lambda: self._read_figures(code, scope, view, keys))

    @answered
    def courses(self, code: str, scope: Scope, view: View) -> Courses:
        """What the trends and the small courses of a view show. RegionUnknown."""
        about = {
            "code": code,
            "scope": scope,
            "question": view.question(),
            "step": view.step,
            "hours": view.trend is Chart.HOURS,
        }
        return self._courses.get(about, lambda: self._read_courses(code, scope, view))

    @answered
    def ranking(self, code: str, scope: Scope, view: View) -> Ranking:
        """The regions below one with what they are ranked by. RegionUnknown."""
        about = {"code": code, "scope": scope, "question": view.question(), "rank": view.rank}
        return self._ranking.get(about, lambda: self._read_ranking(code, scope, view))

    @answered
    def crew(self, code: str, scope: Scope) -> Crew:
        """The workers of a region who are on shift now. RegionUnknown."""
        return self._crew.get({"code": code, "scope": scope}, lambda: self._crews.crew(code, scope))

    @answered
    def everybody(self, code: str, scope: Scope) -> Crew:
        """All workers of a region who are on shift now, by name. RegionUnknown."""
        return self._crews.crew(code, scope, most=EVERYBODY)

    def _read_lists(self) -> Lists:
        with reading(self._engine) as conn:
            title = district_settings(conn).get("title")
            return Lists(title=_title(title), categories=categories(conn), departments=departments(conn))

    def _read_figures(self, code: str, scope: Scope, view: View, keys: Sequence[str]) -> Figures:
        now, zone = self._clock(), district_terms(self._engine).zone
        windows = [view.window(now, zone), view.compared(now, zone)]
        present, before = self._measured(code, scope, view, windows, now, keys)
        return Figures(at=now, window=windows[0], before_window=windows[1], now=present, before=before)

    def _read_courses(self, code: str, scope: Scope, view: View) -> Courses:
        now, zone = self._clock(), district_terms(self._engine).zone
        course = course_of(view, now, zone)
        keys = [*SPARKS, view.on_time_key, *(HANDLING if view.trend is Chart.HOURS else ())]
        charted = [key for key in keys if key not in STOCKS]
        present = self._measured(code, scope, view, course.windows, now, keys)
        before = self._measured(code, scope, view, course.before, now, charted)
        points = [
            Point(start=window.start, end=window.end, now=one, before=other)
            for window, one, other in zip(course.windows, present, before, strict=True)
        ]
        return Courses(at=now, step=course.step, points=tuple(points))

    def _read_ranking(self, code: str, scope: Scope, view: View) -> Ranking:
        now, zone = self._clock(), district_terms(self._engine).zone
        with reading(self._engine) as conn:
            levels = levels_below(conn, code, scope, now)
        level = view.rank if view.rank in levels else next(iter(levels), None)
        if level is None:
            return Ranking(level=None, levels=(), rows=())
        found = breakdown(
            self._engine,
            code,
            scope,
            now=now,
            window=view.window(now, zone),
            keys=[view.on_time_key, *RANKED],
            filters=scope.narrowed(view.filters),
            level=level,
            drawn=view.drawn,
        )
        rows = [
            Ranked(
                code=one.region.code,
                name=Words(zh=one.region.name, en=one.region.name_en or one.region.name),
                exclusive=one.region.kind is Kind.EXCLUSIVE,
                readings=one.readings,
            )
            for one in found
        ]
        return Ranking(level=level, levels=levels, rows=tuple(rows))

    def _measured(
        self,
        code: str,
        scope: Scope,
        view: View,
        windows: Sequence[Window],
        now: datetime,
        keys: Sequence[str],
    ) -> list[tuple[Reading, ...]]:
        found = measure_each(
            self._engine,
            code,
            scope,
            now=now,
            windows=windows,
            keys=keys,
            filters=scope.narrowed(view.filters),
            drawn=view.drawn,
        )
        return [one.readings for one in found]


def _title(setting: object) -> Words | None:
    if not isinstance(setting, Mapping) or not setting.get("zh"):
        return None
    return Words(zh=str(setting["zh"]), en=str(setting.get("en") or setting["zh"]))
