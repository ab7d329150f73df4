"""Cells of a grid and which of them a track has visited."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.coverage import cells_of
from dashboard.domain.geo import degrees_per_metre

WEST, SOUTH = 103.8, 30.7
LON_M, LAT_M = degrees_per_metre(SOUTH)


def block(width_m: float, height_m: float) -> shapely.Polygon:
    return shapely.box(WEST, SOUTH, WEST + width_m * LON_M, SOUTH + height_m * LAT_M)


def spot(east_m: float, north_m: float) -> tuple[float, float]:
    return WEST + east_m * LON_M, SOUTH + north_m * LAT_M


def visited(shape: shapely.Polygon, *spots: tuple[float, float]) -> int:
    places = np.array([spot(*each) for each in spots]).reshape(-1, 2)
    return int(cells_of(shape).walked(places[:, 0], places[:, 1]).sum())


def test_a_block_has_a_cell_for_every_fifty_metres() -> None:
    assert cells_of(block(200, 100)).count == 8
    assert cells_of(block(220, 100)).count == 8  # the centres of the last column lie outside


def test_a_cell_counts_once_however_often_it_is_visited() -> None:
    assert visited(block(200, 100), (10, 10), (40, 40), (60, 10), (199, 99)) == 3


def test_fixes_outside_count_nothing() -> None:
    assert visited(block(200, 100), (-10, 10), (10, -10), (260, 10), (10, 160)) == 0
    assert visited(block(200, 100)) == 0


def test_a_sliver_without_a_centre_is_one_cell() -> None:
    assert cells_of(block(5, 5)).count == 1
    assert visited(block(5, 5), (2, 2)) == 1


def test_a_hole_is_not_walked() -> None:
    ring = block(250, 250).difference(shapely.box(*spot(100, 100), *spot(150, 150)))
    assert cells_of(ring).count == 24


@given(
    width_m=st.floats(min_value=1, max_value=900),
    height_m=st.floats(min_value=1, max_value=900),
    seed=st.integers(min_value=0, max_value=99),
)
def test_never_more_cells_are_visited_than_there_are(width_m: float, height_m: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    cells = cells_of(block(width_m, height_m))
    lon = WEST + rng.uniform(-50, width_m + 50, 300) * LON_M
    lat = SOUTH + rng.uniform(-50, height_m + 50, 300) * LAT_M
    assert 0 <= cells.walked(lon, lat).sum() <= min(cells.count, 300)
