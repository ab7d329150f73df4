"""Stops, gaps, distance, speed, time in the grid, coverage, blind spots: against plain loops over the definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.domain.coverage import cells_of
from dashboard.domain.trails.blind_spots import blind_spots, heat_of
from dashboard.domain.trails.facts import Duty, day_facts
from dashboard.domain.trails.motion import distance_walked_m, observed_s, speeds_of
from dashboard.domain.trails.rules import TrailRules
from dashboard.domain.trails.stops import GapReason, gaps_of, stops_of
from dashboard.domain.trails.track import SECOND_US, Track
from tests.unit.test_trail_cleaning import LAT_M, LON_M, START_US, straight, walk
from tests.unit.test_trail_presence import GRID

RULES = TrailRules()


def haversine_m(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """By the textbook, one pair at a time."""
    a, b, c, d = (math.radians(value) for value in (lon_a, lat_a, lon_b, lat_b))
    h = math.sin((d - b) / 2) ** 2 + math.cos(b) * math.cos(d) * math.sin((c - a) / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(math.sqrt(h))


def plain_stops(track: Track) -> list[tuple[int, int]]:
    """Stay points as the paper's pseudo-code has them, cut at gaps."""
    found, first, count = [], 0, len(track)
    while first < count:
        last = first
        while last + 1 < count:
            gap = track.at_us[last + 1] - track.at_us[last] > RULES.gap_s * SECOND_US
            spots = (track.lon[first], track.lat[first], track.lon[last + 1], track.lat[last + 1])
            if gap or haversine_m(*(float(value) for value in spots)) > RULES.stop_m:
                break
            last += 1
        if track.at_us[last] - track.at_us[first] >= RULES.stop_s * SECOND_US:
            found.append((first, last))
            first = last + 1
        else:
            first += 1
    return found


@st.composite
def wanderings(draw: st.DrawFn) -> Track:
    """Walks and rests with gaps between them."""
    spots: list[tuple[float, float, float]] = []
    at = east = north = 0.0
    for _ in range(draw(st.integers(1, 6))):
        heading, mps = draw(st.floats(0, 6.28)), draw(st.sampled_from([0.0, 0.053, 0.37, 1.23, 5.31]))
        step_s = draw(st.sampled_from([1.0, 5.0, 20.0, 61.0]))
        for _ in range(draw(st.integers(1, 60))):
            at += step_s
            east, north = east + mps * step_s * math.cos(heading), north + mps * step_s * math.sin(heading)
            spots.append((at, east, north))
        at += draw(st.sampled_from([0.0, 100.0, 301.0, 4000.0]))
    return walk(spots)


@settings(deadline=None, max_examples=150)
@given(track=wanderings())
def test_stops_are_those_of_the_definition(track: Track) -> None:
    found = stops_of(track, RULES)
    assert [(stop.first, stop.last) for stop in found] == plain_stops(track)
    for stop in found:
        rows = slice(stop.first, stop.last + 1)
        assert stop.lon == pytest.approx(sum(track.lon[rows].tolist()) / (rows.stop - rows.start))
        assert stop.lasted_s == (int(track.at_us[stop.last]) - int(track.at_us[stop.first])) / 1e6


@settings(deadline=None, max_examples=100)
@given(track=wanderings())
def test_distance_and_time_are_those_of_a_plain_loop(track: Track) -> None:
    stops = stops_of(track, RULES)
    resting = {row: stop for stop in stops for row in range(stop.first, stop.last + 1)}
    total = covered = 0.0
    last: tuple[float, float] | None = None
    before: int | None = None
    for row in range(len(track)):
        at = int(track.at_us[row])
        if before is not None and at - before > RULES.gap_s * 1e6:
            last = None
        elif before is not None:
            covered += (at - before) / 1e6
        stop = resting.get(row)
        here = (stop.lon, stop.lat) if stop else (float(track.lon[row]), float(track.lat[row]))
        if last is None:
            last = here
        elif (metres := haversine_m(*last, *here)) >= RULES.step_m:
            total, last = total + metres, here
        before = at
    assert distance_walked_m(track, stops, RULES) == pytest.approx(total, rel=1e-3, abs=RULES.step_m * 0.01)
    assert observed_s(track, RULES) == pytest.approx(covered)


def test_distance_does_not_grow_with_noise_at_rest() -> None:
    rng = np.random.default_rng(2)
    spots = [(n * 10.0, *rng.normal(0, 3, 2).tolist()) for n in range(2000)]
    track = walk(spots)
    assert distance_walked_m(track, stops_of(track, RULES), RULES) == 0.0


@settings(deadline=None, max_examples=60)
@given(track=wanderings())
def test_speeds_by_minute_hold_the_way_that_was_walked(track: Track) -> None:
    speeds = speeds_of(track, RULES)
    if len(track) < 2:
        return
    legs = [
        haversine_m(*(float(v) for v in (track.lon[n], track.lat[n], track.lon[n + 1], track.lat[n + 1])))
        for n in range(len(track) - 1)
        if track.at_us[n + 1] - track.at_us[n] <= RULES.gap_s * SECOND_US
    ]
    seconds = np.zeros(len(speeds.mps))
    for n in range(len(track) - 1):
        if track.at_us[n + 1] - track.at_us[n] <= RULES.gap_s * SECOND_US:
            for minute in range(len(seconds)):
                begin = speeds.start_us + minute * 60_000_000
                overlap = min(track.at_us[n + 1], begin + 60_000_000) - max(track.at_us[n], begin)
                seconds[minute] += max(0, int(overlap)) / 1e6
    walked = np.nansum(np.where(seconds > 0.5, speeds.mps * seconds, 0.0))
    missed = sum(seconds[seconds <= 0.5]) * 6
    assert walked == pytest.approx(sum(legs), rel=1e-6, abs=missed + 0.01)


def test_a_track_of_gaps_alone_has_no_speed_anywhere() -> None:
    speeds = speeds_of(walk(straight(3, 1.0, step_s=1000.0)), RULES)
    assert len(speeds.mps) > 30
    assert np.isnan(speeds.mps).all()


def test_gaps_say_why_as_far_as_the_fixes_tell() -> None:
    at = [0, 10, 1000, 1010, 2000, 2010, 3000, 3010]
    east = [0, 10, 500, 510, 520, 530, 2000, 2010]
    battery = np.array([90, 90, 90, 90, 4, 3, 90, 90], dtype=np.float64)
    track = walk([(float(t), float(x), 0.0) for t, x in zip(at, east, strict=True)], battery_pct=battery)
    one = np.zeros(8, dtype=np.int64)
    assert [gap.reason for gap in gaps_of(track, one, RULES)] == [
        GapReason.MOVED,
        GapReason.SAME_PLACE,
        GapReason.BATTERY,
    ]
    shifts = np.array([0, 0, 1, 1, 1, 1, 1, 1])
    gap = gaps_of(track, shifts, RULES)[0]
    assert gap.reason is GapReason.OFF_SHIFT
    assert (gap.lasted_s, gap.after) == (990.0, 1)
    assert gap.apart_m == pytest.approx(490, rel=0.01)


def test_nothing_off_duty_enters_the_facts() -> None:
    track = walk(straight(1000, 1.2, 10.0))
    duties = [
        Duty(start_us=START_US + n * SECOND_US, end_us=START_US + (n + 1000) * SECOND_US) for n in (0, 5000)
    ]
    facts = day_facts(track, duties, GRID, RULES)
    assert set(((facts.sound.at_us - START_US) // SECOND_US).tolist()) == {
        *range(0, 1000, 10),
        *range(5000, 6000, 10),
    }
    assert facts.quality.received == 200
    assert [gap.reason for gap in facts.gaps] == [GapReason.OFF_SHIFT]
    assert facts.on_duty_s == 2000


def test_time_in_the_grid_and_away_make_up_what_was_seen() -> None:
    spots = [(n * 10.0, 300.0 if n < 180 or n > 300 else 900.0, 300.0) for n in range(400)]
    facts = day_facts(walk(spots), [Duty(start_us=START_US, end_us=START_US + 4000 * SECOND_US)], GRID, RULES)
    assert facts.inside_s + facts.away_s == pytest.approx(facts.observed_s)
    assert facts.away_s == pytest.approx(1210, abs=20)
    assert facts.coverage is not None
    assert facts.coverage.places.size == 1


def test_visits_count_how_often_a_cell_was_entered() -> None:
    cells = cells_of(GRID)
    east = np.array([10.0, 20.0, 60.0, 70.0, 15.0, -40.0])
    places, times = cells.visits(103.8 + east * LON_M, 30.7 + np.full(6, 10.0) * LAT_M)
    assert places.tolist() == [0, 1]
    assert times.tolist() == [2, 1]
    west, south = cells.corners(places)
    assert west.tolist() == pytest.approx([103.8, 103.8 + 50 * LON_M], abs=2e-6)
    assert south.tolist() == pytest.approx([30.7, 30.7])


def test_blind_spots_are_where_nobody_walks_and_events_lie() -> None:
    cells = cells_of(GRID)
    walks = np.array([cells.places % cells.columns < 6] * 9 + [np.ones(cells.count, dtype=bool)])
    lon = 103.8 + np.array([410.0, 412.0, 415.0, 510.0, 30.0, 30.0]) * LON_M
    heat = heat_of(cells, walks, lon, np.full(6, 30.7 + 210 * LAT_M))
    assert int(heat.events.sum()) == 6
    first, *others = blind_spots(heat, 50)
    assert (first.events, first.share) == (3, 0.1)
    assert first.place == 4 * cells.columns + 8
    assert all(spot.place % cells.columns >= 6 for spot in others)
    assert sum(spot.weight for spot in (first, *others)) < 1
    assert blind_spots(heat_of(cells, walks[:0], np.zeros(0), np.zeros(0)), 5) == []


def test_a_worker_without_a_grid_has_facts_all_the_same() -> None:
    facts = day_facts(
        walk(straight(100, 1.2, 10.0)), [Duty(start_us=START_US, end_us=START_US + 10**9)], None, RULES
    )
    assert facts.coverage is None
    assert facts.away == ()
    empty = day_facts(walk([]), [], shapely.box(0, 0, 1, 1), RULES)
    assert (empty.distance_m, empty.observed_s, empty.quality.interval_s) == (0.0, 0.0, None)
