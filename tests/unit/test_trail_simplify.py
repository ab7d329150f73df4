"""Simplification keeps the place at every moment within its tolerance, and what must stay."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.domain.trails.simplify import simplified, tolerance_m
from dashboard.domain.trails.track import SECOND_US


@st.composite
def columns(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    count = draw(st.integers(1, 200))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    at_us = np.cumsum(rng.integers(1, 30, count)) * SECOND_US
    steps = rng.normal(0, 10, (count, 2)) * (rng.random((count, 1)) < draw(st.floats(0, 1)))
    way = np.cumsum(steps, axis=0)
    return at_us, way[:, 0], way[:, 1], np.asarray(rng.random(count) < 0.05)


@settings(deadline=None, max_examples=200)
@given(track=columns(), metres=st.floats(0.1, 200))
def test_at_every_fix_the_shorter_line_is_near_in_space_and_time(
    track: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray], metres: float
) -> None:
    at_us, east, north, fixed = track
    kept = simplified(at_us, east, north, metres, fixed)
    assert kept[0]
    assert kept[-1]
    assert (kept | ~fixed).all()
    shown_east = np.interp(at_us, at_us[kept], east[kept])
    shown_north = np.interp(at_us, at_us[kept], north[kept])
    assert float(np.hypot(shown_east - east, shown_north - north).max()) <= metres * 1.000001


def test_a_straight_walk_needs_two_points_and_a_stop_on_it_two_more() -> None:
    at_us = np.arange(100) * 10 * SECOND_US
    east = np.concatenate((np.arange(40) * 12.0, np.full(20, 480.0), 480 + np.arange(40) * 12.0))
    nothing, level = np.zeros(100, dtype=bool), np.zeros(100, dtype=np.float64)
    assert int(simplified(at_us, np.linspace(0.0, 1188.0, 100), level, 1.0, nothing).sum()) == 2
    assert np.flatnonzero(simplified(at_us, east, level, 5.0, nothing)).tolist() == [0, 40, 60, 99]


def test_a_turn_stays() -> None:
    at_us = np.arange(61) * 10 * SECOND_US
    east = np.concatenate((np.arange(31) * 12.0, np.full(30, 360.0)))
    north = np.concatenate((np.zeros(31), np.arange(1, 31) * 12.0))
    kept = simplified(at_us, east, north, 2.0, np.zeros(61, dtype=bool))
    assert np.flatnonzero(kept).tolist() == [0, 30, 60]


def test_a_pixel_halves_with_each_zoom() -> None:
    assert tolerance_m(0, 0) == pytest.approx(156_375, rel=0.002)
    assert tolerance_m(16, 30.7) == pytest.approx(tolerance_m(15, 30.7) / 2)
