"""Borders as a browser draws them: simplified without gaps between neighbours, rounded, as GeoJSON.

Owns how much detail is left out; leaves whose borders they are to the caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from dashboard.domain.model import Level

DECIMALS: Final = 5
"""1e-5 degrees are about a metre."""
TOLERANCE: Final = 3e-5
"""Degrees; about three metres, less than a pixel at any zoom a wall or a desk uses."""
RICH: Final = 60
"""Levels whose regions have fewer points than this on average are left as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """One region to draw. `shape`: WKB, WGS-84."""

    code: str
    level: Level
    parent: str | None
    shape: bytes


def features(outlines: Sequence[Outline]) -> list[dict[str, Any]]:
    """GeoJSON features in the order given: properties code, level, parent; polygons or multipolygons."""
    drawn: dict[str, BaseGeometry] = {}
    for level in Level:
        group = [outline for outline in outlines if outline.level is level]
        shapes = shapely.from_wkb(np.array([outline.shape for outline in group], dtype=object))
        drawn |= zip((outline.code for outline in group), simplified(shapes), strict=True)
    return [
        {
            "type": "Feature",
            "properties": {"code": outline.code, "level": str(outline.level), "parent": outline.parent},
            "geometry": geometry(drawn[outline.code]),
        }
        for outline in outlines
    ]


def simplified(
    shapes: Sequence[BaseGeometry], tolerance: float = TOLERANCE, rich: int = RICH
) -> Sequence[BaseGeometry]:
    """The shapes of one level with fewer points, those of a level with fewer than `rich` on average as they are.

    Shared borders stay shared where the level is a clean coverage, else each shape keeps all its points: a gap
    between neighbours would be seen, a point more is not.
    """
    if len(shapes) == 0 or shapely.get_num_coordinates(shapes).mean() < rich:
        return shapes
    whole = np.array(shapes, dtype=object)
    if not (shapely.is_valid(whole).all() and shapely.coverage_is_valid(whole)):
        return shapes
    fewer: Sequence[BaseGeometry] = shapely.coverage_simplify(whole, tolerance)
    return fewer


def geometry(shape: BaseGeometry) -> dict[str, Any]:
    """GeoJSON of a shape: its polygons, rounded; rings that rounding leaves without area are dropped."""
    polygons = [
        rings
        for part in shapely.get_parts(shape)
        if part.geom_type == "Polygon" and (rings := _rings([part.exterior, *part.interiors]))
    ]
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons}


def _rings(rings: Iterable[BaseGeometry]) -> list[list[list[float]]]:
    found: list[list[list[float]]] = []
    for number, ring in enumerate(rings):
        points = np.round(shapely.get_coordinates(ring), DECIMALS)
        moved = np.ones(len(points), dtype=bool)
        moved[1:] = (points[1:] != points[:-1]).any(axis=1)
        kept: list[list[float]] = points[moved].tolist()
        if len(kept) >= 4:
            found.append(kept)
        elif number == 0:
            return []
    return found
