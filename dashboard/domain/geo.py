"""Coordinates: the Chinese map datums and plain distances. Owns the formulas; leaves projections to whoever
reads files.

Chinese base maps and many Chinese files are not in WGS-84 but in GCJ-02 (shifted by 300 to 700 m, outside
a box around China not at all) or in Baidu's BD-09 (GCJ-02 shifted again). Neither is a projection that a
library of projections knows. The formulas are the ones in public use since 2010 ("eviltransform" and
"coordtransform", both under the MIT licence): the Krasovsky 1940 ellipsoid with a sum of sines. The way
back has no closed form; it is found by iteration, to less than a millimetre.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Degrees = NDArray[np.float64]

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth (IUGG)."""

_AXIS_M = 6_378_245.0
_ECCENTRICITY_SQUARED = 0.006693421622965943
_BAIDU = np.pi * 3000.0 / 180.0
_ROUNDS = 8


class Datum(StrEnum):
    """Datums that are known by name; every other coordinate system has a number."""

    WGS84 = "WGS-84"
    GCJ02 = "GCJ-02"
    BD09 = "BD-09"


def to_wgs84(lon: Degrees, lat: Degrees, datum: Datum) -> tuple[Degrees, Degrees]:
    """Degrees of `datum` as degrees of WGS-84, element by element."""
    if datum is Datum.BD09:
        lon, lat = _gcj02_of_bd09(lon, lat)
    if datum is Datum.WGS84:
        return lon, lat
    true_lon, true_lat = lon, lat
    for _ in range(_ROUNDS):
        shifted_lon, shifted_lat = _gcj02_of_wgs84(true_lon, true_lat)
        true_lon, true_lat = true_lon - (shifted_lon - lon), true_lat - (shifted_lat - lat)
    return true_lon, true_lat


def from_wgs84(lon: Degrees, lat: Degrees, datum: Datum) -> tuple[Degrees, Degrees]:
    """Degrees of WGS-84 as degrees of `datum`, element by element."""
    if datum is Datum.WGS84:
        return lon, lat
    lon, lat = _gcj02_of_wgs84(lon, lat)
    return _bd09_of_gcj02(lon, lat) if datum is Datum.BD09 else (lon, lat)


def distance_m(lon_a: Degrees, lat_a: Degrees, lon_b: Degrees, lat_b: Degrees) -> Degrees:
    """Great-circle distance in metres (haversine formula)."""
    phi_a, phi_b = np.radians(lat_a), np.radians(lat_b)
    half_lat, half_lon = (phi_b - phi_a) / 2, np.radians(np.subtract(lon_b, lon_a)) / 2
    chord = np.sin(half_lat) ** 2 + np.cos(phi_a) * np.cos(phi_b) * np.sin(half_lon) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0))), dtype=np.float64)


def degrees_per_metre(lat: float) -> tuple[float, float]:
    """Degrees of longitude and of latitude that one metre takes at a latitude: enough for a few ten
    kilometres."""
    lat_step = 180.0 / (np.pi * EARTH_RADIUS_M)
    return float(lat_step / np.cos(np.radians(lat))), float(lat_step)


def _gcj02_of_wgs84(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    common = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    north += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    east += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    phi = np.radians(lat)
    magic = 1.0 - _ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    shift_lat = north * 180.0 / (_AXIS_M * (1.0 - _ECCENTRICITY_SQUARED) / (magic * np.sqrt(magic)) * np.pi)
    shift_lon = east * 180.0 / (_AXIS_M / np.sqrt(magic) * np.cos(phi) * np.pi)
    inside = (lon >= 72.004) & (lon <= 137.8347) & (lat >= 0.8293) & (lat <= 55.8271)
    return lon + np.where(inside, shift_lon, 0.0), lat + np.where(inside, shift_lat, 0.0)


def _bd09_of_gcj02(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    radius = np.sqrt(lon * lon + lat * lat) + 0.00002 * np.sin(lat * _BAIDU)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BAIDU)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _gcj02_of_bd09(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    true_lon, true_lat = lon - 0.0065, lat - 0.006
    for _ in range(_ROUNDS):
        shifted_lon, shifted_lat = _bd09_of_gcj02(true_lon, true_lat)
        true_lon, true_lat = true_lon - (shifted_lon - lon), true_lat - (shifted_lat - lat)
    return true_lon, true_lat
