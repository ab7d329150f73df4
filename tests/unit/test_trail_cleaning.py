"""Cleaning: what was planted is found, what is sound stays, whatever the pace and the order of arrival."""

from __future__ import annotations

import re
from dataclasses import fields
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.planting import KINDS, LEAST_M, Kind, plant, sound_days
from dashboard.domain.fixes import FixFlag, Truth
from dashboard.domain.geo import degrees_per_metre
from dashboard.domain.trails.cleaning import Cleaned, Verdict, clean
from dashboard.domain.trails.rules import TrailRules, trail_rules_from
from dashboard.domain.trails.track import SECOND_US, Track, track_of
from tests.conftest import REPOSITORY
from tests.districts import world

RULES = TrailRules()
LON_M, LAT_M = degrees_per_metre(30.7)
START_US = 1_795_000_000 * SECOND_US


@cache
def days() -> list[tuple[Track, Truth]]:
    return sound_days(world("test"), 4, 8, 11)


def walk(spots: list[tuple[float, float, float]], **columns: object) -> Track:
    """A track of (second, metres east, metres north)."""
    rows = np.array(spots, dtype=np.float64).reshape(-1, 3)
    at_us = START_US + np.rint(rows[:, 0] * SECOND_US).astype(np.int64)
    known = {name: np.asarray(column) for name, column in columns.items()}
    return track_of(at_us, 103.8 + rows[:, 1] * LON_M, 30.7 + rows[:, 2] * LAT_M, **known)


def straight(count: int, mps: float, step_s: float) -> list[tuple[float, float, float]]:
    return [(n * step_s, n * step_s * mps, 0.0) for n in range(count)]


def verdicts(track: Track) -> list[Verdict]:
    return [Verdict(value) for value in clean(track, RULES).verdict.tolist()]


@pytest.mark.parametrize("silent", [False, True], ids=["speeds stated", "nothing stated"])
def test_planted_noise_goes_and_little_else(silent: bool) -> None:
    rng = np.random.default_rng(17)
    noise = [KINDS.index(kind) for kind in Kind if kind is not Kind.ORDER]
    hit = planted = removed = late = late_found = 0
    for track, resting in days():
        noisy = plant(track, resting, rng, silent=silent)
        order = np.lexsort((noisy.track.received_us, noisy.track.at_us))
        kind = noisy.kind[order]
        found = clean(noisy.track, RULES)
        gone = found.verdict != Verdict.SOUND
        wrong = np.isin(kind, noise)
        hit, planted, removed = (
            hit + int((gone & wrong).sum()),
            planted + int(wrong.sum()),
            removed + int(gone.sum()),
        )
        misplaced = kind == KINDS.index(Kind.ORDER)
        late, late_found = late + int(misplaced.sum()), late_found + int((misplaced & found.late).sum())
    assert planted > 700
    assert hit / planted >= 0.95
    assert hit / removed >= 0.99
    assert late_found / late >= 0.95


def test_sound_days_stay_whole() -> None:
    kept = [clean(track, RULES).count(Verdict.SOUND) for track, _ in days()]
    assert sum(kept) >= 0.999 * sum(len(track) for track, _ in days())


@settings(deadline=None, max_examples=60)
@given(mps=st.floats(0, 40), step_s=st.floats(1, 60), count=st.integers(3, 80))
def test_an_even_pace_is_never_a_jump(mps: float, step_s: float, count: int) -> None:
    assert set(verdicts(walk(straight(count, mps, step_s)))) == {Verdict.SOUND}


@settings(deadline=None, max_examples=60)
@given(
    place=st.integers(12, 40),
    many=st.integers(1, 4),
    off_m=st.floats(150, 5000),
    angle=st.floats(0, 6.28),
    mps=st.floats(0.8, 1.6),
)
def test_a_jump_goes_and_its_neighbours_stay(
    place: int, many: int, off_m: float, angle: float, mps: float
) -> None:
    spots = straight(60, mps, 10.0)
    for row in range(place, place + many):
        at, east, north = spots[row]
        spots[row] = (at, east + off_m * np.cos(angle), north + off_m * np.sin(angle))
    found = verdicts(walk(spots))
    assert [row for row, verdict in enumerate(found) if verdict] == list(range(place, place + many))


def test_what_the_door_marked_stays_out_and_a_hop_is_judged_anew() -> None:
    flags = np.zeros(20, dtype=np.int64)
    flags[3], flags[5], flags[7] = FixFlag.MOCK, FixFlag.TOO_FAST, FixFlag.OFF_SHIFT
    found = verdicts(walk(straight(20, 1.2, 10.0), flags=flags))
    assert [row for row, verdict in enumerate(found) if verdict] == [3, 7]


def test_of_one_moment_the_place_on_the_way_stays() -> None:
    spots = straight(20, 1.2, 10.0)
    track = walk([*spots, (100.0, 900.0, 50.0), spots[4]])
    cleaned = clean(track, RULES)
    assert cleaned.count(Verdict.DUPLICATE) == 2
    assert len(cleaned.sound) == 20
    assert float(cleaned.sound.lon.max()) < 103.8 + 300 * LON_M


def test_a_receiver_that_finds_its_place_is_not_believed_before() -> None:
    spots = straight(40, 1.2, 5.0)
    for row, off_m in enumerate((400.0, 200.0, 100.0, 50.0)):
        spots[row] = (spots[row][0], spots[row][1], off_m)
    assert verdicts(walk(spots))[:6] == [Verdict.COLD_START] * 4 + [Verdict.SOUND] * 2


def test_drift_at_rest_goes_unless_the_device_says_that_it_walked() -> None:
    spots = [(n * 10.0, 45.0 if 20 <= n < 24 else 0.0, 0.0) for n in range(60)]
    assert verdicts(walk(spots)).count(Verdict.DRIFT) == 4
    walking = np.where((np.arange(60) >= 19) & (np.arange(60) < 25), 1.3, 0.0)
    assert verdicts(walk(spots, speed_mps=walking)).count(Verdict.DRIFT) == 0


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    track, resting = days()[2]
    noisy = plant(track, resting, np.random.default_rng(5), silent=False).track
    shuffled = noisy.picked(np.random.default_rng(seed).permutation(len(noisy)))
    here, there = (clean(each, RULES) for each in (noisy, shuffled))
    assert summary(here) == summary(there)


def test_a_district_changes_parameters_by_name() -> None:
    assert trail_rules_from({}) == RULES
    assert trail_rules_from({"trails": {"stop_s": 600, "jump_fixes": 3}}).stop_s == 600
    for wrong in ({"stops": 5}, {"gap_s": 0}, {"back_m": 60}):
        with pytest.raises(ValueError, match="trails"):
            trail_rules_from({"trails": wrong})


def test_nothing_and_next_to_nothing_are_clean() -> None:
    for count in (0, 1, 2):
        assert set(verdicts(walk(straight(count, 1.2, 10.0)))) <= {Verdict.SOUND}


def test_planted_fixes_are_far_enough_to_be_told() -> None:
    track, resting = days()[0]
    noisy = plant(track, resting, np.random.default_rng(5), silent=True)
    truth = dict(zip(track.at_us.tolist(), zip(track.lon, track.lat, strict=True), strict=True))
    moved = noisy.kind < KINDS.index(Kind.TWICE)
    for row in np.flatnonzero(moved & (noisy.kind >= 0)).tolist():
        lon, lat = truth[int(noisy.track.at_us[row])]
        off_m = np.hypot((noisy.track.lon[row] - lon) / LON_M, (noisy.track.lat[row] - lat) / LAT_M)
        assert off_m > LEAST_M * 0.9


def summary(cleaned: Cleaned) -> list[tuple[int, float, float]]:
    sound = cleaned.sound
    return list(zip(sound.at_us.tolist(), sound.lon.tolist(), sound.lat.tolist(), strict=True))


def test_every_parameter_is_documented_with_its_default() -> None:
    told: dict[str, float] = {}
    for line in (REPOSITORY / "docs" / "tracks.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 3 and cells[1].startswith("`"):
            names = re.findall(r"`(\w+)`", cells[1])
            values = re.findall(r"[\d.]+", cells[2])
            told |= dict(zip(names, map(float, values), strict=False))
    known = {field.name: float(getattr(RULES, field.name)) for field in fields(TrailRules)}
    assert {name: told.get(name) for name in known} == known
