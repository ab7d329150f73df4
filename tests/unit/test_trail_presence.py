"""Out of the own grid and silent: never by noise along a border, always within the dwell when it is real."""

from __future__ import annotations

import math
from itertools import accumulate, pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.domain.geo import degrees_per_metre
from dashboard.domain.trails.presence import Spell, away_spells, outside_of, silent_spells
from dashboard.domain.trails.rules import TrailRules
from dashboard.domain.trails.track import SECOND_US

RULES = TrailRules()
LON_M, LAT_M = degrees_per_metre(30.7)
GRID = shapely.box(103.8, 30.7, 103.8 + 600 * LON_M, 30.7 + 600 * LAT_M)
NOISE_M = 15.0


def wobble(count: int, step_s: float, memory_s: float, rng: np.random.Generator) -> np.ndarray:
    """Receiver's noise of 15 m in each direction that remembers itself for a while (0: not at all)."""
    keep = math.exp(-step_s / memory_s) if memory_s else 0.0
    fresh = rng.normal(0, NOISE_M * math.sqrt(1 - keep**2), (count, 2))
    begin = rng.normal(0, NOISE_M, 2)

    def drift(at: float, push: float) -> float:
        return keep * at + push

    axes = [
        list(accumulate(fresh[:, axis].tolist(), drift, initial=float(begin[axis])))[1:] for axis in (0, 1)
    ]
    return np.array(axes).T


def away(east: np.ndarray, north: np.ndarray, step_s: float) -> list[Spell]:
    at_us = np.rint(np.arange(len(east)) * step_s * SECOND_US).astype(np.int64)
    outside_m = outside_of(GRID, 103.8 + east * LON_M, 30.7 + north * LAT_M)
    return away_spells(at_us, outside_m, RULES)


@pytest.mark.parametrize("memory_s", [0.0, 20.0, 60.0], ids=["white", "20 s", "60 s"])
@pytest.mark.parametrize("seed", range(4))
def test_a_month_along_the_border_raises_nothing(memory_s: float, seed: int) -> None:
    """22 shifts of eight hours, a fix every ten seconds, walking to and fro on the very border."""
    rng = np.random.default_rng([seed, int(memory_s)])
    for _ in range(22):
        count = 8 * 360
        off = wobble(count, 10.0, memory_s, rng)
        along = 300 + 280 * np.sin(np.arange(count) * 10 * 1.2 / 280)
        assert away(600 + off[:, 0], along + off[:, 1], 10.0) == []


@settings(deadline=None, max_examples=150)
@given(
    far_m=st.floats(120, 3000),
    step_s=st.floats(2, 30),
    before_s=st.integers(60, 3600),
    seed=st.integers(0, 10_000),
    memory_s=st.sampled_from([0.0, 20.0, 60.0]),
)
def test_a_real_leave_is_raised_within_its_dwell_and_ends(
    far_m: float, step_s: float, before_s: int, seed: int, memory_s: float
) -> None:
    rng = np.random.default_rng(seed)
    inside, gone, back = (int(length / step_s) + 1 for length in (before_s, 1200, 1200))
    true_east = np.concatenate((np.full(inside, 560.0), np.full(gone, 600 + far_m), np.full(back, 400.0)))
    off = wobble(len(true_east), step_s, memory_s, rng)
    (spell,) = away(true_east + off[:, 0], 300 + off[:, 1], step_s)
    left_us, returned_us = inside * step_s * SECOND_US, (inside + gone) * step_s * SECOND_US
    assert left_us - SECOND_US <= spell.since_us
    assert left_us < spell.raised_us <= left_us + (RULES.out_s + step_s) * SECOND_US
    assert spell.until_us is not None
    assert returned_us - SECOND_US <= spell.until_us <= returned_us + RULES.back_s * SECOND_US


def test_a_short_way_out_is_no_leave() -> None:
    east = np.array([300.0] * 30 + [900.0] * 12 + [300.0] * 30)
    assert away(east, np.full(len(east), 300.0), 10.0) == []


def test_time_without_fixes_is_not_held_against_anybody() -> None:
    at_us = np.array([0, 10, 20, 3600, 3610]) * SECOND_US
    assert away_spells(at_us, np.array([0.0, 0.0, 200.0, 200.0, 200.0]), RULES) == []


def test_somebody_who_stays_out_is_out_until_the_end() -> None:
    (spell,) = away(np.full(100, 900.0), np.full(100, 300.0), 10.0)
    assert (spell.since_us, spell.until_us) == (0, None)


def minutes(*times: float) -> np.ndarray:
    return np.array([round(time * 60 * SECOND_US) for time in times], dtype=np.int64)


def test_silence_is_raised_after_its_time_and_one_stray_fix_does_not_end_it() -> None:
    heard = minutes(*np.arange(0, 30, 0.2), 55, *np.arange(80, 120, 0.2))
    (spell,) = silent_spells(heard, 0, 120 * 60 * SECOND_US, RULES)
    assert spell.since_us == heard[149]
    assert spell.raised_us == spell.since_us + RULES.silent_s * SECOND_US
    assert spell.until_us == 80 * 60 * SECOND_US


def test_a_shift_without_any_fix_is_silent_from_its_begin_to_its_end() -> None:
    assert silent_spells(minutes(), 0, 3600 * SECOND_US, RULES) == [
        Spell(since_us=0, raised_us=600 * SECOND_US, until_us=None)
    ]
    assert silent_spells(minutes(), 0, 300 * SECOND_US, RULES) == []


@settings(deadline=None, max_examples=200)
@given(times=st.lists(st.integers(0, 7200), max_size=60))
def test_spells_of_silence_hold_no_longer_run_of_fixes(times: list[int]) -> None:
    at_us = np.array(sorted(times), dtype=np.int64) * SECOND_US
    spells = silent_spells(at_us, 0, 7200 * SECOND_US, RULES)
    ends = [7200 * SECOND_US if spell.until_us is None else spell.until_us for spell in spells]
    for spell, end in zip(spells, ends, strict=True):
        assert end - spell.since_us > RULES.silent_s * SECOND_US
    assert all(end <= later.since_us for end, later in zip(ends, spells[1:], strict=False))
    # independently: a stretch of ten minutes without any fix lies in some spell
    heard = [0, *at_us.tolist(), 7200 * SECOND_US]
    for before, after in pairwise(heard):
        if after - before > RULES.silent_s * SECOND_US:
            assert any(
                spell.since_us <= before and after <= end for spell, end in zip(spells, ends, strict=True)
            )
