"""From a file's coordinates to WGS-84. Owns the names of coordinate systems, as Chinese offices write them
too; the formulas of GCJ-02 and BD-09 are the domain's, all other systems are pyproj's."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import ProjError

from dashboard.domain.geo import Datum, Degrees, to_wgs84
from dashboard.ingest.refusal import ImportRefused

Convert = Callable[[Degrees, Degrees], tuple[Degrees, Degrees]]

_NAMES = {
    "": Datum.WGS84,
    "WGS84": Datum.WGS84,
    "CRS84": Datum.WGS84,
    "EPSG4326": Datum.WGS84,
    "GCJ02": Datum.GCJ02,
    "火星坐标": Datum.GCJ02,
    "火星坐标系": Datum.GCJ02,
    "高德坐标": Datum.GCJ02,
    "BD09": Datum.BD09,
    "BD09LL": Datum.BD09,
    "百度坐标": Datum.BD09,
    "百度坐标系": Datum.BD09,
}
_SYSTEMS = {
    "CGCS2000": "EPSG:4490",
    "国家2000": "EPSG:4490",
    "2000国家大地坐标系": "EPSG:4490",
    "国家大地2000": "EPSG:4490",
    "北京54": "EPSG:4214",
    "1954北京坐标系": "EPSG:4214",
    "西安80": "EPSG:4610",
    "1980西安坐标系": "EPSG:4610",
}
_ZONE = re.compile(
    r"(?:CGCS2000|国家2000|2000国家大地坐标系)(?:(?P<wide>6)|3)?(?:度带?|DEGREE)?(?:高斯(?:克吕格)?|GK|GAUSSKR[UÜ]GER)?"
    r"(?:(?:ZONE|第)?(?P<zone>\d{2})(?:度?带|ZONE)?|(?:CM|中央(?:子午|经)线)?(?P<meridian>\d{2,3})(?:E|度|°)E?)",
)
"""A zone of Gauss and Krüger in CGCS2000, three degrees wide unless it says six: by number, or by its meridian."""
_SHOWN = 80


def converter(name: str) -> Convert:
    """The way from the named system (x east, y north, degrees or metres) to degrees of WGS-84."""
    plain = re.sub(r"[-_:/\s]", "", name.upper())
    datum = _NAMES.get(plain)
    if datum is not None:
        return lambda x, y: to_wgs84(x, y, datum)
    try:
        system = _plane(pyproj.CRS.from_user_input(_SYSTEMS.get(plain) or _zone(plain) or name))
        transformer = pyproj.Transformer.from_crs(system, "EPSG:4326", always_xy=True)
    except ProjError as error:
        said = name if len(name) <= _SHOWN else name[: _SHOWN - 1] + "…"
        raise ImportRefused(
            f"不认识的坐标系 {said}；请在映射的 file.crs 写 WGS-84、GCJ-02、BD-09 或 EPSG 编号（如 EPSG:4490）。",
            f"The coordinate system {said} is unknown; write WGS-84, GCJ-02, BD-09 or a number (EPSG:4490) as "
            "file.crs in the mapping.",
        ) from error

    def convert(x: Degrees, y: Degrees) -> tuple[Degrees, Degrees]:
        lon, lat = transformer.transform(x, y)
        return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)

    return convert


def _plane(system: pyproj.CRS) -> pyproj.CRS:
    """The system, if it says where something lies on the map, and not only how high, or where in space."""
    if not (system.is_geographic or system.is_projected):
        raise ProjError(system.name)
    return system


def _zone(plain: str) -> str | None:
    """The number of a zone that Chinese offices name by its number or its central meridian."""
    found = _ZONE.fullmatch(plain)
    if found is None:
        return None
    width = 6 if found["wide"] else 3
    if found["zone"]:
        number = int(found["zone"])
        first, last, code = (25, 45, 4513) if width == 3 else (13, 23, 4491)
    else:
        # zones of three degrees lie on every multiple of three, those of six on every other one
        number = int(found["meridian"])
        if (number - 75) % width:
            return None
        number //= width
        first, last, code = (25, 45, 4534) if width == 3 else (12, 22, 4502)
    return f"EPSG:{code + number - first}" if first <= number <= last else None


def converted(shape: shapely.Geometry, convert: Convert) -> shapely.Geometry:
    """A shape in degrees of WGS-84."""

    def move(points: np.ndarray) -> np.ndarray:
        lon, lat = convert(points[:, 0], points[:, 1])
        return np.column_stack([lon, lat])

    return shapely.transform(shape, move)
