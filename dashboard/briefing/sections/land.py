"""网格负载: open events by grid as a map of areas, the grids with most of them and with most overdue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely

from dashboard.briefing import wording
from dashboard.briefing.content import (
    Area,
    Border,
    GridMap,
    Measure,
    Part,
    Ring,
    Section,
    SectionKey,
    Sentence,
    Table,
)
from dashboard.briefing.facts import RegionPart
from dashboard.briefing.figures import counted
from dashboard.briefing.pen import Pen, Phrase, cells
from dashboard.domain.indicators import Unit
from dashboard.domain.outlines import Outline, geometry, simplified
from dashboard.domain.shades import Bounds, bounds
from dashboard.domain.words import Words

KEY, LATE = "open", "overdue_open"
NAMED: Final = 3
LISTED: Final = 10
DOTS: Final = 1_200
"""So many dots across a map are told apart; less is left out of its borders."""

Polygons = tuple[tuple[Ring, ...], ...]


def land(pen: Pen) -> Section:
    """The section; without a map where nothing lies below the region."""
    told = (_most(pen, KEY, "map.most", wording.MAP_MOST), _most(pen, LATE, "map.late", wording.MAP_LATE))
    found = tuple(one for one in told if one is not None)
    return Section(
        key=SectionKey.MAP,
        title=pen.words(wording.TITLES[SectionKey.MAP]),
        headline=_headline(pen),
        sentences=found or (pen.say("map.none", wording.MAP_NONE),),
        tables=(_table(pen),) if found else (),
        map=_map(pen),
    )


def _headline(pen: Pen) -> Sentence:
    level = pen.facts.area_level
    if level is None:
        return pen.say("map.head", wording.NAMED, name=pen.name(KEY), n=pen.figure(KEY))
    late = sum(bool(part.readings[LATE].n) for part in pen.facts.areas)
    source = pen.source(LATE, level=level, part=Part.SOME)
    return pen.say(
        "map.head",
        wording.MAP_HEAD,
        open=pen.figure(KEY),
        late=counted(late, source),
        level=pen.level(level),
    )


def _ordered(pen: Pen, key: str) -> list[RegionPart]:
    some = [part for part in pen.facts.areas if part.readings[key].n]
    return sorted(some, key=lambda part: (-(part.readings[key].n or 0), part.region.code))


def _most(pen: Pen, key: str, name: str, pattern: Words) -> Sentence | None:
    found = _ordered(pen, key)[:NAMED]
    if not found:
        return None
    told: list[Phrase] = [
        pen.phrase(
            wording.NAMED,
            name=pen.region(part.region),
            n=pen.part_figure(key, part.readings, part.region.code),
        )
        for part in found
    ]
    return pen.say(name, pattern, level=pen.level(pen.facts.area_level), list=pen.joined(told))


def _table(pen: Pen) -> Table:
    rows = [
        cells(
            [
                pen.region(part.region),
                *(pen.part_figure(key, part.readings, part.region.code) for key in (KEY, LATE)),
            ]
        )
        for part in _ordered(pen, KEY)[:LISTED]
    ]
    return Table(
        key="map",
        title=pen.text(wording.MAP_TABLE, level=pen.level(pen.facts.area_level)),
        columns=pen.columns(
            (wording.REGION, None), (pen.name(KEY), Measure.COUNT), (pen.name(LATE), Measure.COUNT)
        ),
        rows=tuple(rows),
    )


def _map(pen: Pen) -> GridMap | None:
    """The areas as they lay at the period's end; one that was no more by then has no place on it."""
    facts = pen.facts
    if facts.area_level is None:
        return None
    outlines = [one for one in facts.outlines if one.level is facts.area_level]
    if not outlines:
        return None
    values = {part.region.code: part for part in facts.areas}
    steps = bounds([part.readings[KEY].value or 0.0 for part in facts.areas], Unit.COUNT)
    tolerance = _tolerance(facts.outlines)
    areas = tuple(
        _area(pen, outline, shape, values.get(outline.code), steps)
        for outline, shape in zip(outlines, _shapes(outlines, tolerance), strict=True)
    )
    above = [one for one in facts.outlines if one.level is facts.part_level]
    above = [] if facts.part_level is facts.area_level else above
    return GridMap(
        title=pen.text(wording.MAP_TITLE, moment=pen.moment),
        measure=Measure.COUNT,
        areas=areas,
        borders=tuple(
            _border(pen, outline, shape)
            for outline, shape in zip(above, _shapes(above, tolerance), strict=True)
        ),
        legend=_legend(pen, steps),
        late_name=pen.words(wording.LATE),
        source=pen.source(KEY, level=facts.area_level),
    )


def _shapes(outlines: Sequence[Outline], tolerance: float) -> list[Polygons]:
    if not outlines:
        return []
    shapes = simplified(
        shapely.from_wkb(np.array([one.shape for one in outlines], dtype=object)), tolerance, rich=0
    )
    return [_polygons(geometry(shape)) for shape in shapes]


def _polygons(drawn: dict[str, list[list[list[list[float]]]]]) -> Polygons:
    parts = [drawn["coordinates"]] if str(drawn["type"]) == "Polygon" else drawn["coordinates"]
    return tuple(
        tuple(tuple((point[0], point[1]) for point in ring) for ring in polygon)  # type: ignore[misc]
        for polygon in parts
    )


def _tolerance(outlines: Sequence[Outline]) -> float:
    west, south, east, north = shapely.total_bounds(shapely.from_wkb([one.shape for one in outlines]))
    return float(max(east - west, north - south)) / DOTS


def _area(pen: Pen, outline: Outline, polygons: Polygons, part: RegionPart | None, steps: Bounds) -> Area:
    value = None if part is None else part.readings[KEY].value
    lon, lat = _inside(outline)
    return Area(
        code=outline.code,
        name=outline.code if part is None else pen.region(part.region),
        polygons=polygons,
        value=value,
        shade=None if value is None else sum(value >= step for step in steps),
        late=0 if part is None else part.readings[LATE].n or 0,
        lon=lon,
        lat=lat,
    )


def _border(pen: Pen, outline: Outline, polygons: Polygons) -> Border:
    node = pen.facts.names.get(outline.code)
    lon, lat = _inside(outline)
    name = outline.code if node is None else pen.region(node)
    return Border(code=outline.code, name=name, polygons=polygons, lon=lon, lat=lat)


def _inside(outline: Outline) -> tuple[float, float]:
    point = shapely.point_on_surface(shapely.from_wkb(outline.shape))
    return round(float(point.x), 5), round(float(point.y), 5)


def _legend(pen: Pen, steps: Bounds) -> tuple[str, ...]:
    """Words of the shades: 0, 1, 2–3 ... 9 and more."""
    starts = [0, *(int(step) for step in steps)]
    ends = [*(start - 1 for start in starts[1:]), None]
    found = []
    for start, end in zip(starts, ends, strict=True):
        if end is None:
            found.append(pen.text(wording.OR_MORE, n=str(start)))
        else:
            found.append(str(start) if end <= start else f"{start}\u2013{end}")
    return tuple(found)
