"""From a file's coordinates to WGS-84. Owns the names of coordinate systems; the formulas of GCJ-02 and
BD-09 are the domain's, all other systems are pyproj's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import ProjError

from dashboard.domain.geo import Datum, Degrees, to_wgs84
from dashboard.ingest.refusal import ImportRefused

Convert = Callable[[Degrees, Degrees], tuple[Degrees, Degrees]]

_NAMES = {
    "WGS84": Datum.WGS84,
    "CRS84": Datum.WGS84,
    "EPSG4326": Datum.WGS84,
    "GCJ02": Datum.GCJ02,
    "BD09": Datum.BD09,
    "BD09LL": Datum.BD09,
}


def converter(name: str) -> Convert:
    """The way from the named system (x east, y north, degrees or metres) to degrees of WGS-84."""
    datum = _NAMES.get(name.upper().replace("-", "").replace("_", "").replace(":", "").replace(" ", ""))
    if datum is not None:
        return lambda x, y: to_wgs84(x, y, datum)
    try:
        system = pyproj.CRS.from_user_input(name)
        transformer = pyproj.Transformer.from_crs(system, "EPSG:4326", always_xy=True)
    except ProjError as error:
        raise ImportRefused(
            f"不认识的坐标系 {name}；请写 WGS-84、GCJ-02、BD-09 或 EPSG 编号（如 EPSG:4490）。",
            f"The coordinate system {name} is unknown; write WGS-84, GCJ-02, BD-09 or a number (EPSG:4490).",
        ) from error

    def convert(x: Degrees, y: Degrees) -> tuple[Degrees, Degrees]:
        lon, lat = transformer.transform(x, y)
        return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)

    return convert


def converted(shape: shapely.Geometry, convert: Convert) -> shapely.Geometry:
    """A shape in degrees of WGS-84."""

    def move(points: np.ndarray) -> np.ndarray:
        lon, lat = convert(points[:, 0], points[:, 1])
        return np.column_stack([lon, lat])

    return shapely.transform(shape, move)
