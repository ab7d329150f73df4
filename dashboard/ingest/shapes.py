"""Areas out of GeoJSON. Owns reading, repair, label points and areas; leaves whose area it is to the
regions.

Shapes come in as strangers drew them: rings with two points, boundaries that cross themselves. What can
be repaired without judgement is, and the finding says so and by how many square metres.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from dashboard.domain.geo import degrees_per_metre
from dashboard.ingest.columns import BadValue
from dashboard.ingest.projection import Convert, converted
from dashboard.ingest.wording import Flaw

SLIVER_M2 = 400.0
"""Holes smaller than this between neighbours are drawing errors, not land."""
_DECIMALS = 7
_FAULTS = {
    "Self-intersection": "自相交",
    "Ring Self-intersection": "环自相交",
    "Hole lies outside shell": "洞在外环之外",
    "Holes are nested": "洞中有洞",
    "Nested shells": "外环相套",
    "Interior is disconnected": "内部不连通",
    "Duplicate Rings": "环重复",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A valid Polygon or MultiPolygon in degrees of WGS-84, and what had to be done to it."""

    geometry: BaseGeometry
    remarks: tuple[tuple[Flaw, dict[str, object]], ...] = ()


def read_area(shape: dict[str, Any] | None, convert: Convert) -> Area:
    """The area of a GeoJSON geometry. BadValue when there is none, or none that can be repaired safely."""
    if shape is None or not shape.get("coordinates"):
        raise BadValue(Flaw.NO_SHAPE, "", {})
    kind = str(shape.get("type"))
    if kind not in ("Polygon", "MultiPolygon"):
        raise BadValue(Flaw.NOT_AN_AREA, kind, {"found": kind})
    remarks: list[tuple[Flaw, dict[str, object]]] = []
    try:
        geometry, dropped = _polygons(
            shape["coordinates"] if kind == "MultiPolygon" else [shape["coordinates"]]
        )
    except (TypeError, ValueError, IndexError) as error:
        raise BadValue(Flaw.NO_SHAPE, kind, {}) from error
    if dropped:
        remarks.append((Flaw.RING_DROPPED, {"count": dropped}))
    if geometry.is_empty:
        raise BadValue(Flaw.NO_SHAPE, kind, {})
    geometry = converted(geometry, convert)
    west, south, east, north = geometry.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise BadValue(Flaw.SHAPE_RANGE, f"{west:.1f}, {south:.1f}", {})
    if not shapely.is_valid(geometry):
        where = _fault(shapely.is_valid_reason(geometry))
        repaired = areas_only(shapely.make_valid(geometry, method="structure", keep_collapsed=False))
        if repaired.is_empty:
            raise BadValue(Flaw.NO_SHAPE, kind, {})
        change = abs(area_m2(repaired) - area_m2(geometry))
        remarks.append((Flaw.SHAPE_REPAIRED, {"where": where, "change_m2": f"{change:,.1f}"}))
        geometry = repaired
    return Area(geometry=shapely.normalize(geometry), remarks=tuple(remarks))


def union(shapes: Iterable[BaseGeometry]) -> BaseGeometry:
    """One area of many, without the slivers between neighbours that were drawn apart."""
    whole = areas_only(shapely.union_all(list(shapes)))
    return shapely.normalize(
        areas_only(shapely.unary_union([_without_slivers(part) for part in parts_of(whole)]))
    )


def label_point(geometry: BaseGeometry) -> tuple[float, float]:
    """A point well inside, (lon, lat): the centre of the largest circle in the largest part."""
    largest = max(parts_of(geometry), key=lambda part: part.area)
    width = max(largest.bounds[2] - largest.bounds[0], largest.bounds[3] - largest.bounds[1])
    centre = shapely.get_point(shapely.maximum_inscribed_circle(largest, tolerance=width / 100), 0)
    if centre is None or centre.is_empty:
        centre = largest.representative_point()
    return round(centre.x, _DECIMALS), round(centre.y, _DECIMALS)


def area_m2(geometry: BaseGeometry) -> float:
    """Area on the ground, from degrees: exact enough to name a difference."""
    if geometry.is_empty:
        return 0.0
    middle = (geometry.bounds[1] + geometry.bounds[3]) / 2
    lon_step, lat_step = degrees_per_metre(middle)
    return float(geometry.area / (lon_step * lat_step))


def areas_only(geometry: BaseGeometry) -> BaseGeometry:
    """The areas of a mixed collection: repair can leave lines and points behind."""
    parts = parts_of(geometry)
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)


def as_wkb(geometry: BaseGeometry) -> bytes:
    """As stored: WKB, two dimensions."""
    return bytes(shapely.to_wkb(shapely.force_2d(geometry), byte_order=1))


def _fault(reason: str) -> tuple[str, str]:
    """What the geometry library found, in Chinese and English."""
    kind, bracket, place = reason.partition("[")
    return _FAULTS.get(kind, kind) + bracket + place, reason


def parts_of(geometry: BaseGeometry) -> list[shapely.Polygon]:
    """Its polygons, one by one."""
    found = shapely.get_parts(shapely.get_parts(np.array([geometry], dtype=object)))
    return [part for part in found if part.geom_type == "Polygon" and not part.is_empty]


def _without_slivers(polygon: shapely.Polygon) -> shapely.Polygon:
    holes = [ring for ring in polygon.interiors if area_m2(shapely.Polygon(ring)) > SLIVER_M2]
    return shapely.Polygon(polygon.exterior, holes)


def _polygons(parts: list[Any]) -> tuple[BaseGeometry, int]:
    """Polygons of GeoJSON coordinates; rings that enclose nothing are dropped and counted."""
    polygons, dropped = [], 0
    for rings in parts:
        sound = []
        for place, ring in enumerate(rings):
            points = np.asarray([point[:2] for point in ring], dtype=np.float64)
            if not np.isfinite(points).all():
                raise ValueError("a coordinate is not a number")
            if len({tuple(point) for point in points.tolist()}) >= 3:
                sound.append(points)
                continue
            dropped += 1
            if place == 0:
                sound = []
                break
        if sound:
            polygons.append(shapely.Polygon(sound[0], sound[1:]))
    return (polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)), dropped
