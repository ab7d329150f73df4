"""Borders for drawing: few points, no gaps, nothing lost."""

from __future__ import annotations

import math
from typing import Any

import shapely
from shapely.geometry import MultiPolygon, Polygon, shape

from dashboard.domain.model import Level
from dashboard.domain.outlines import Outline, features, geometry


def outline(code: str, polygon: Polygon | MultiPolygon, level: Level = Level.GRID) -> Outline:
    return Outline(code=code, level=level, parent=None, shape=shapely.to_wkb(polygon))


def wavy(points: int) -> list[tuple[float, float]]:
    """A border from south to north with many small bends."""
    return [(0.01 + 1e-5 * math.sin(n), 0.01 * n / points) for n in range(points + 1)]


def neighbours(points: int = 2000) -> tuple[Polygon, Polygon]:
    border = wavy(points)
    west = Polygon([(0, 0), *border, (0, 0.01)])
    east = Polygon([*border, (0.02, 0.01), (0.02, 0)])
    return west, east


def coordinates(feature: dict[str, Any]) -> int:
    return int(shapely.get_num_coordinates(shape(feature["geometry"])))


def test_neighbours_lose_points_and_keep_their_common_border() -> None:
    west, east = features([outline("w", neighbours()[0]), outline("e", neighbours()[1])])
    assert coordinates(west) < 200
    drawn = [shape(one["geometry"]) for one in (west, east)]
    assert drawn[0].intersection(drawn[1]).area < 1e-9
    assert abs(shapely.union_all(drawn).area - 0.0002) < 2e-6


def test_what_is_no_clean_coverage_keeps_its_points() -> None:
    west, east = neighbours()
    overlapping = features([outline("w", west.buffer(0.001)), outline("e", east)])
    assert coordinates(overlapping[1]) > 1500


def test_points_are_rounded_and_repeated_ones_dropped() -> None:
    drawn = geometry(Polygon([(0.000001, 0), (0.000002, 0), (1.1234567, 0), (1, 1)]))
    assert drawn == {"type": "Polygon", "coordinates": [[[0.0, 0.0], [1.12346, 0.0], [1.0, 1.0], [0.0, 0.0]]]}


def test_islands_and_holes_stay_and_crumbs_go() -> None:
    island, hole, crumb = (
        Polygon([(x, y), (x + w, y), (x, y + w)]) for x, y, w in ((5, 5, 1), (1, 1, 1), (9, 9, 1e-7))
    )
    land = Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [hole.exterior.coords])
    drawn = geometry(MultiPolygon([land, island, crumb]))
    assert drawn["type"] == "MultiPolygon"
    assert [len(rings) for rings in drawn["coordinates"]] == [2, 1]


def test_features_come_in_the_order_given_with_their_place_in_the_tree() -> None:
    box = shapely.box(0, 0, 1, 1)
    found = features([outline("b", box), outline("a", box, Level.STREET)])
    assert [one["properties"] for one in found] == [
        {"code": "b", "level": "grid", "parent": None},
        {"code": "a", "level": "street", "parent": None},
    ]
    assert features([]) == []
