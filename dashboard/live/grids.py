"""Whether a worker is outside the own grid. Owns the plane in metres; leaves who is where to `workers`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dashboard.domain.geo import degrees_per_metre

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]


class GridShapes:
    """Grids as prepared polygons on a plane in metres around the district's middle.

    Over a city of 100 km the plane is wrong by well under 1 %: half a metre in the 50 that matter.
    """

    def __init__(self, shapes: Mapping[int, bytes]) -> None:
        polygons = {region_id: shapely.from_wkb(wkb) for region_id, wkb in shapes.items()}
        middle = np.mean([polygon.bounds[1] for polygon in polygons.values()]) if polygons else 0.0
        self._step = np.array(degrees_per_metre(float(middle)))
        self._polygons = {
            region_id: self._flattened(polygon)
            for region_id, polygon in polygons.items()
            if not polygon.is_empty
        }

    def polygon(self, region_id: int) -> BaseGeometry | None:
        """The prepared polygon of a region, None if it has none."""
        return self._polygons.get(region_id)

    def beyond(self, polygons: NDArray[np.object_], lon: Floats, lat: Floats, far_m: float) -> Flags:
        """For each point, whether it is farther from its polygon. Without a polygon nobody is outside."""
        known = np.fromiter((polygon is not None for polygon in polygons), dtype=bool, count=len(polygons))
        found = np.zeros(len(polygons), dtype=bool)
        points = shapely.points(np.column_stack((lon[known], lat[known])) / self._step)
        found[known] = ~shapely.dwithin(polygons[known], points, far_m)
        return found

    def distance(self, polygons: NDArray[np.object_], lon: Floats, lat: Floats) -> Floats:
        """Metres from each point to its polygon: 0 inside, and without a polygon. Slow: for a few points."""
        found = shapely.distance(polygons, shapely.points(np.column_stack((lon, lat)) / self._step))
        return np.asarray(np.nan_to_num(found), dtype=np.float64)

    def _flattened(self, polygon: BaseGeometry) -> BaseGeometry:
        flat = shapely.transform(polygon, lambda degrees: degrees / self._step)
        shapely.prepare(flat)
        return flat
