"""What the desk's map asks: where the regions below one lie, how each stands by an indicator, where its events are.

Owns which regions a layer fills and the classes of their values; the counting is in `data_access.queries`. Each
question is asked within the viewer's scope and kept for a second (`dashboard.caching`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Engine

from dashboard.answering import answered
from dashboard.caching import Answers, Kept
from dashboard.domain.indicators import BY_KEY, Group, Indicator, Reading, Unit
from dashboard.domain.model import Level
from dashboard.domain.policy import Scope
from dashboard.domain.shades import bounds
from dashboard.domain.view import View
from data_access.queries.breakdown import breakdown
from data_access.queries.event_points import EventPoints, event_points
from data_access.queries.indicators import district_terms, measure
from data_access.queries.regions import RegionNode, listed_regions, region_path
from data_access.queries.session import reading

FIRST: Final = "open"
"""The indicator of a map whose layer nobody chose."""
LATE: Final = "overdue_open"
"""The indicator whose areas are marked on every map of areas."""
SLOW_S: Final = 60
LEVELS: Final = (Level.DISTRICT, Level.STREET, Level.COMMUNITY, Level.GRID, Level.MICRO_GRID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Land:
    """A region's tree: itself and all that lies below it, from the top down."""

    region: RegionNode
    regions: tuple[RegionNode, ...]

    def finest(self, indicator: Indicator | None) -> Level:
        """The level whose regions a layer fills: grids where it makes sense for them, else the children."""
        levels = [level for level in LEVELS[:4] if any(one.level is level for one in self.regions)]
        below = LEVELS.index(self.region.level) + 1
        children = next((level for level in levels if LEVELS.index(level) >= below), self.region.level)
        return levels[-1] if indicator is None or by_grid(indicator) else children

    def below(self) -> dict[Level, int]:
        """How many regions of each level lie below."""
        found: dict[Level, int] = {}
        for one in self.regions:
            if one.code != self.region.code:
                found[one.level] = found.get(one.level, 0) + 1
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One region of a map of areas. `late`: events at or below it that are open and overdue."""

    code: str
    value: float | None
    n: int | None
    d: int | None
    late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Areas:
    """A map of areas by an indicator: the regions of one level, the whole, and the bounds of the classes."""

    level: Level
    key: str
    bounds: tuple[float, ...]
    areas: tuple[Area, ...]
    total: Reading


class DeskMap:
    """The reads behind the desk's map. Everything here blocks: call it from a thread."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock
        answers = Answers()
        self._land = Kept(Answers(keep_s=SLOW_S), "land", Land)
        self._areas = Kept(answers, "areas", Areas)
        self._points = Kept(answers, "points", EventPoints)

    @answered
    def land(self, code: str, scope: Scope) -> Land:
        """A region and all that lies below it. RegionUnknown."""
        return self._land.get({"code": code, "scope": scope}, lambda: self._read_land(code, scope))

    @answered
    def areas(self, code: str, scope: Scope, view: View, key: str) -> Areas:
        """The regions below one by an indicator. RegionUnknown."""
        about = {"code": code, "scope": scope, "question": view.question(), "key": key}
        return self._areas.get(about, lambda: self._read_areas(code, scope, view, key))

    @answered
    def points(self, code: str, scope: Scope, view: View) -> EventPoints:
        """The events of a view by their places. RegionUnknown."""
        about = {"code": code, "scope": scope, "question": view.question()}
        return self._points.get(about, lambda: self._read_points(code, scope, view))

    def _read_land(self, code: str, scope: Scope) -> Land:
        now = self._clock()
        with reading(self._engine) as conn:
            region = region_path(conn, code, scope, now).region
            everything = listed_regions(conn, scope, now)
        below = {code}
        found = [region]
        for one in sorted(everything, key=lambda one: (LEVELS.index(one.level), one.code)):
            if one.parent_code in below and one.code not in below:
                below.add(one.code)
                found.append(one)
        return Land(region=region, regions=tuple(found))

    def _read_areas(self, code: str, scope: Scope, view: View, key: str) -> Areas:
        now, indicator = self._clock(), BY_KEY[key]
        window = view.window(now, district_terms(self._engine).zone)
        level = self.land(code, scope).finest(indicator)
        filters, drawn = scope.narrowed(view.filters), view.drawn
        rows = breakdown(
            self._engine,
            code,
            scope,
            now=now,
            window=window,
            keys={key, LATE},
            filters=filters,
            level=level,
            drawn=drawn,
        )
        whole = measure(
            self._engine, code, scope, now=now, window=window, keys=[key], filters=filters, drawn=drawn
        )
        areas = tuple(_area(row.region.code, {one.key: one for one in row.readings}, key) for row in rows)
        values = [area.value for area in areas if area.value is not None]
        found = bounds(values, indicator.unit)
        return Areas(level=level, key=key, bounds=found, areas=areas, total=whole.readings[0])

    def _read_points(self, code: str, scope: Scope, view: View) -> EventPoints:
        now = self._clock()
        window = view.window(now, district_terms(self._engine).zone)
        with reading(self._engine) as conn:
            return event_points(conn, code, scope, now, window, view.filters, drawn=view.drawn)


def by_grid(indicator: Indicator) -> bool:
    """Whether an indicator says something about a single grid."""
    return indicator.unit is Unit.COUNT or indicator.group is Group.COVERAGE


def _area(code: str, readings: dict[str, Reading], key: str) -> Area:
    own, late = readings[key], readings[LATE]
    return Area(code=code, value=own.value, n=own.n, d=own.d, late=late.n or 0)
