"""How far and how fast: distance walked, and speed over the day.

Noise makes tracks longer than ways (P. Ranacher et al., "Why GPS makes distances bigger than they are", IJGIS 30(2),
2016). So distance counts from one fix to the next that is at least a step away, within stretches without gaps, and a
stop counts as its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from dashboard.domain.fixes import Real, Whole
from dashboard.domain.trails.rules import TrailRules
from dashboard.domain.trails.stops import Stop
from dashboard.domain.trails.track import SECOND_US, Track, legs_m, plane, segments

MINUTE_US: Final = 60 * SECOND_US


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Speeds:
    """Mean metres a second by minute, NaN where a minute holds no leg; `start_us`: of the first minute."""

    start_us: int
    mps: Real


def distance_walked_m(track: Track, stops: Sequence[Stop], rules: TrailRules) -> float:
    """Metres along a sound track in time."""
    total = 0.0
    for part in segments(track.at_us, rules.gap_s):
        lon, lat = _with_stops(track, part, stops)
        total += _in_steps(lon, lat, rules.step_m)
    return total


def observed_s(track: Track, rules: TrailRules) -> float:
    """Seconds of a track in time that its fixes cover: all but the gaps."""
    lasted = np.diff(track.at_us)
    return float(lasted[lasted <= rules.gap_s * SECOND_US].sum()) / SECOND_US


def speeds_of(track: Track, rules: TrailRules) -> Speeds:
    """Speed by minute; a leg counts for the minutes that it spans, by its share."""
    if len(track) < 2:
        return Speeds(start_us=int(track.at_us[0]) if len(track) else 0, mps=np.zeros(0))
    start_us = int(track.at_us[0]) // MINUTE_US * MINUTE_US
    count = int((track.at_us[-1] - start_us) // MINUTE_US) + 1
    counts = np.diff(track.at_us) <= rules.gap_s * SECOND_US
    begin, end = track.at_us[:-1][counts], track.at_us[1:][counts]
    metres = legs_m(track.lon, track.lat)[counts]
    # What was walked until each full minute, along the legs: gaps stand still in both sums.
    edges = start_us + np.arange(count + 1) * MINUTE_US
    walked, spent = _until(edges, begin, end, metres), _until(edges, begin, end, (end - begin) / SECOND_US)
    seconds = np.diff(spent)
    mps = np.divide(np.diff(walked), seconds, out=np.full(count, np.nan), where=seconds > 0.5)
    return Speeds(start_us=start_us, mps=mps)


def _until(edges: Whole, begin: Whole, end: Whole, amounts: Real) -> Real:
    """The sum of amounts, each spread evenly from its begin to its end, until each of some moments."""
    if not len(begin):
        return np.zeros(len(edges))
    before = np.concatenate(([0.0], np.cumsum(amounts)))
    place = np.searchsorted(begin, edges, side="right") - 1
    held = np.maximum(place, 0)
    share = np.clip((edges - begin[held]) / np.maximum(end[held] - begin[held], 1), 0.0, 1.0)
    return np.where(place < 0, 0.0, before[held] + share * amounts[held])


def _with_stops(track: Track, part: slice, stops: Sequence[Stop]) -> tuple[Real, Real]:
    """Places of a stretch, where each stop is one."""
    lon, lat = track.lon[part].copy(), track.lat[part].copy()
    kept = np.ones(len(lon), dtype=bool)
    for stop in stops:
        if part.start <= stop.first < part.stop:
            first, last = stop.first - part.start, stop.last - part.start
            lon[first], lat[first] = stop.lon, stop.lat
            kept[first + 1 : last + 1] = False
    return lon[kept], lat[kept]


def _in_steps(lon: Real, lat: Real, step_m: float) -> float:
    """Great-circle metres from the first place to the next one that is a step away, and so on."""
    if len(lon) < 2:
        return 0.0
    east, north = (column.tolist() for column in plane(lon, lat))
    least, rows = step_m * step_m, [0]
    at_east, at_north = east[0], north[0]
    for row in range(1, len(east)):
        away_east, away_north = east[row] - at_east, north[row] - at_north
        if away_east * away_east + away_north * away_north >= least:
            rows.append(row)
            at_east, at_north = east[row], north[row]
    return float(legs_m(lon[rows], lat[rows]).sum())
