"""Classes of values on a map: five round bounds, whatever the values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.indicators import Unit
from dashboard.domain.shades import BULK, CLASSES, bounds, quantile

COUNTED = st.lists(st.integers(min_value=0, max_value=3_000_000), max_size=60)
SHARES = st.lists(st.floats(min_value=0, max_value=1), max_size=60)
HOURS = st.lists(st.floats(min_value=0, max_value=5_000), max_size=60)


def test_open_events_of_grids_have_the_classes_of_the_wall() -> None:
    assert bounds([0, 0, 1, 3, 5, 12], Unit.COUNT)[0] == 1
    assert bounds([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], Unit.COUNT) == (1, 2, 4, 6, 9)
    assert bounds([], Unit.COUNT) == (1, 2, 4, 6, 9)


def test_larger_counts_have_wider_classes() -> None:
    assert bounds([0, 12, 30, 44, 80], Unit.COUNT) == (1, 10, 25, 50, 100)
    assert bounds([900] * 5, Unit.COUNT) == (1, 100, 250, 500, 1000)


def test_rates_near_the_top_are_told_apart() -> None:
    assert bounds([0.953, 0.96, 0.97, 0.98, 0.99, 1.0], Unit.RATE) == (0.96, 0.97, 0.98, 0.99, 1.0)
    assert bounds([0.71, 0.8, 0.9, 1.0], Unit.RATE) == (0.75, 0.8, 0.85, 0.9, 0.95)


def test_one_odd_region_does_not_make_all_others_alike() -> None:
    assert bounds([*range(9), 50_000], Unit.COUNT) == (1, 2, 4, 6, 9)


@given(COUNTED)
def test_bounds_of_counts_rise_and_hold_the_bulk(values: list[int]) -> None:
    found = bounds(values, Unit.COUNT)
    assert len(found) == CLASSES - 1
    assert list(found) == sorted(set(found))
    assert found[0] == 1
    assert all(bound == int(bound) for bound in found)
    assert quantile(values, BULK) <= found[-1]


@given(SHARES)
def test_bounds_of_rates_rise_within_a_hundred_percent(values: list[float]) -> None:
    found = bounds(values, Unit.RATE)
    assert list(found) == sorted(set(found))
    assert found[0] > 0
    assert found[-1] <= 1


@given(HOURS)
def test_bounds_of_hours_rise(values: list[float]) -> None:
    found = bounds(values, Unit.HOURS)
    assert list(found) == sorted(set(found))
    assert found[0] > 0
