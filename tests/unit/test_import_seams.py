"""Where regions do not meet: overlaps, gaps and what sticks out, with areas measured on the ground."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyproj
import pytest
import shapely

from dashboard.domain.model import Level
from dashboard.ingest.nesting import Draft, outsiders, with_parents
from dashboard.ingest.report import Finding
from dashboard.ingest.seams import gaps, overlaps
from dashboard.ingest.wording import Flaw

LON, LAT, STEP = 103.8, 30.7, 0.01
METRE = 1 / 96_000
"""About a metre of longitude there, in degrees."""


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(LON + west * STEP, LAT + south * STEP, LON + east * STEP, LAT + north * STEP)


def draft(code: str, level: Level, shape: shapely.Geometry, number: int = 1, **facts: Any) -> Draft:
    point = shape.representative_point()
    return Draft(
        code=code, name=code, level=level, geometry=shape, label=(point.x, point.y), number=number, **facts
    )


ROOT = draft("D", Level.DISTRICT, box(0, 0, 4, 2), number=0)
STREET = draft("S", Level.STREET, box(0, 0, 4, 2), number=0, parent="D")


def checked(
    grids: list[Draft], stored: tuple[Draft, ...] = ()
) -> Iterator[tuple[Flaw, str, int, dict[str, Any]]]:
    old = {item.code: item for item in (STREET, *stored)}
    landing, faults = with_parents(grids, old, ROOT, "parent")
    assert faults == []
    known = {**old, **landing, "D": ROOT}
    for check in (outsiders, overlaps, gaps):
        for item in check(landing, known, "geometry"):
            assert not item.rejected
            assert_said(item)
            yield item.flaw, item.value, item.row, dict(item.details)


def assert_said(item: Finding) -> None:
    for lang in ("zh", "en"):
        assert "{" not in item.reason(lang) + item.remedy(lang)


def ground_m2(shape: shapely.Geometry) -> float:
    """The area on the ellipsoid."""
    return abs(float(pyproj.Geod(ellps="WGS84").geometry_area_perimeter(shape)[0]))


def number(text: str) -> float:
    return float(text.replace(",", ""))


def test_grids_that_meet_have_nothing_to_say() -> None:
    grids = [draft(f"G{i}", Level.GRID, box(i, 0, i + 1, 2), i + 1) for i in range(4)]
    assert list(checked(grids)) == []


def test_an_overlap_is_said_once_with_its_area() -> None:
    grids = [
        draft("G1", Level.GRID, box(0, 0, 2.1, 2), 1),
        draft("G2", Level.GRID, box(2, 0, 4, 2), 2),
    ]
    ((flaw, value, row, details),) = checked(grids)
    assert (flaw, value, row, details["other"]) == (Flaw.OVERLAP, "G2", 2, ("G1", "G1"))
    assert number(details["area_m2"]) == pytest.approx(ground_m2(box(2, 0, 2.1, 2)), rel=0.01)


def test_a_gap_between_grids_is_said_with_its_area_and_place() -> None:
    grids = [
        draft("G1", Level.GRID, box(0, 0, 2, 2), 1),
        draft("G2", Level.GRID, box(2.2, 0, 4, 2), 2),
    ]
    ((flaw, value, row, details),) = checked(grids)
    assert (flaw, value, row) == (Flaw.GAP, "S", 1)
    assert number(details["area_m2"]) == pytest.approx(ground_m2(box(2, 0, 2.2, 2)), rel=0.01)
    assert details["neighbours"] == ("G1、G2", "G1, G2")
    lon, lat = (float(part) for part in details["where"].split(", "))
    assert box(2, 0, 2.2, 2).contains(shapely.Point(lon, lat))


def test_gaps_are_said_piece_by_piece_the_largest_first() -> None:
    grids = [draft("G1", Level.GRID, box(0.5, 0, 3, 2), 7)]
    found = list(checked(grids))
    assert [(flaw, row) for flaw, _, row, _ in found] == [(Flaw.GAP, 7), (Flaw.GAP, 7)]
    areas = [number(details["area_m2"]) for *_, details in found]
    assert areas == [
        pytest.approx(ground_m2(box(3, 0, 4, 2)), rel=0.01),
        pytest.approx(ground_m2(box(0, 0, 0.5, 2)), rel=0.01),
    ]


def test_a_border_drawn_twice_is_neither_gap_nor_overlap() -> None:
    apart = 2 * METRE / STEP
    grids = [
        draft("G1", Level.GRID, box(0, 0, 1 - apart, 2), 1),
        draft("G2", Level.GRID, box(1, 0, 3 + apart, 2), 2),
        draft("G3", Level.GRID, box(3, 0, 4, 2), 3),
    ]
    assert list(checked(grids)) == []


def test_a_new_grid_is_compared_with_those_that_are_there() -> None:
    stored = (
        draft("G1", Level.GRID, box(0, 0, 2, 2), 0, parent="S"),
        draft("G2", Level.GRID, box(1.5, 0, 3, 2), 0, parent="S"),
    )
    found = list(checked([draft("G3", Level.GRID, box(2.5, 0, 4.5, 2), 1)], stored))
    assert [(flaw, value) for flaw, value, *_ in found] == [(Flaw.OUTSIDE_PARENT, "G3"), (Flaw.OVERLAP, "G3")]


def test_a_parent_that_shrinks_leaves_its_children_outside() -> None:
    stored = (draft("G1", Level.GRID, box(0, 0, 4, 2), 0, parent="S"),)
    known = {"D": ROOT, **{item.code: item for item in stored}}
    small = draft("S", Level.STREET, box(0, 0, 3, 2), 5, parent="D")
    known["S"] = small
    found = [(item.flaw, item.value, item.row) for item in outsiders({"S": small}, known, "geometry")]
    assert found == [(Flaw.OUTSIDE_PARENT, "G1", 5)]
