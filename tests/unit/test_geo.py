"""Conversions between the datums, against points published with the formulas and against themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.geo import Datum, degrees_per_metre, distance_m, from_wgs84, to_wgs84


def test_wgs84_to_gcj02_gives_the_published_points() -> None:
    # Test points published with eviltransform: WGS-84 and GCJ-02 of Shanghai, Shenzhen and Beijing.
    wgs = np.array([[121.4737, 31.2304], [113.94322, 22.5435], [116.404, 39.915]])
    lon, lat = from_wgs84(wgs[:, 0], wgs[:, 1], Datum.GCJ02)
    shift_m = distance_m(wgs[:, 0], wgs[:, 1], lon, lat)
    assert lon[2] == pytest.approx(116.41024449916938, abs=1e-9)
    assert lat[2] == pytest.approx(39.91640428150164, abs=1e-9)
    assert np.all((shift_m > 300) & (shift_m < 700))


def test_gcj02_to_bd09_gives_the_published_point() -> None:
    wgs = to_wgs84(np.array([116.404]), np.array([39.915]), Datum.GCJ02)
    lon, lat = from_wgs84(*wgs, Datum.BD09)
    assert lon[0] == pytest.approx(116.41036949371029, abs=1e-8)
    assert lat[0] == pytest.approx(39.92133699351022, abs=1e-8)


@given(
    lon=st.floats(73.5, 134.5), lat=st.floats(18.5, 53.5), datum=st.sampled_from([Datum.GCJ02, Datum.BD09])
)
def test_there_and_back_is_less_than_a_centimetre(lon: float, lat: float, datum: Datum) -> None:
    there = from_wgs84(np.array([lon]), np.array([lat]), datum)
    back = to_wgs84(*there, datum)
    assert distance_m(np.array([lon]), np.array([lat]), *back)[0] < 0.01


def test_outside_china_gcj02_is_wgs84() -> None:
    lon, lat = from_wgs84(np.array([-71.0587]), np.array([42.3594]), Datum.GCJ02)
    assert (lon[0], lat[0]) == (-71.0587, 42.3594)


def test_wgs84_stays_as_it_is() -> None:
    lon, lat = np.array([103.9]), np.array([30.8])
    assert to_wgs84(lon, lat, Datum.WGS84) == (lon, lat)
    assert from_wgs84(lon, lat, Datum.WGS84) == (lon, lat)


def test_a_degree_of_latitude_is_about_111_km() -> None:
    assert distance_m(np.array([0.0]), np.array([0.0]), np.array([0.0]), np.array([1.0]))[0] == pytest.approx(
        111_195, abs=1
    )
    lon_step, lat_step = degrees_per_metre(60.0)
    assert 1 / lat_step == pytest.approx(111_195, abs=1)
    assert lon_step == pytest.approx(2 * lat_step)
