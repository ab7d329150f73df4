"""Stops and gaps of a cleaned track.

A stop is the stay point of Q. Li et al., "Mining User Similarity Based on Location History" (ACM GIS 2008): fixes in
a row that stay within a distance of the first of them for at least a while; its place is their mean. A gap ends a
stop: nobody knows where the worker was meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from dashboard.domain.fixes import Real, Truth, Whole
from dashboard.domain.trails.rules import TrailRules
from dashboard.domain.trails.track import SECOND_US, Track, legs_m, plane, segments

PROBES: Final = (0.25, 0.5, 0.75, 1.0)
"""Parts of the shortest stop at which a worker who stops must still be near: tried for all fixes at once."""
CHUNK: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Fixes `first` to `last` (places in the track, both in it), their time and their mean place in degrees."""

    first: int
    last: int
    arrived_us: int
    left_us: int
    lon: float
    lat: float

    @property
    def lasted_s(self) -> float:
        """Seconds from the first fix to the last."""
        return (self.left_us - self.arrived_us) / SECOND_US


class GapReason(StrEnum):
    """Why there were no fixes, as far as the fixes around tell."""

    OFF_SHIFT = "off_shift"
    BATTERY = "battery"
    SAME_PLACE = "same_place"
    MOVED = "moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """No fix from one moment to the next; `after`: the place in the track before it. `apart_m`: between its ends."""

    after: int
    from_us: int
    until_us: int
    apart_m: float
    reason: GapReason

    @property
    def lasted_s(self) -> float:
        """Seconds without a fix."""
        return (self.until_us - self.from_us) / SECOND_US


def stops_of(track: Track, rules: TrailRules) -> list[Stop]:
    """The stops of a sound track in time, in order; none shares a fix with another."""
    found: list[Stop] = []
    for part in segments(track.at_us, rules.gap_s):
        time_s = (track.at_us[part] - track.at_us[part.start]) / SECOND_US
        east, north = plane(track.lon[part], track.lat[part])
        for first, last in _stays(time_s, east, north, rules):
            rows = slice(part.start + first, part.start + last + 1)
            found.append(
                Stop(
                    first=rows.start,
                    last=rows.stop - 1,
                    arrived_us=int(track.at_us[rows.start]),
                    left_us=int(track.at_us[rows.stop - 1]),
                    lon=float(track.lon[rows].mean()),
                    lat=float(track.lat[rows].mean()),
                )
            )
    return found


def gaps_of(track: Track, shift_of: Whole, rules: TrailRules) -> list[Gap]:
    """The gaps of a sound track in time. `shift_of`: which shift each fix belongs to; between two, nobody was asked."""
    after = np.flatnonzero(np.diff(track.at_us) > rules.gap_s * SECOND_US)
    apart_m = legs_m(track.lon, track.lat)[after] if len(after) else np.zeros(0)
    return [
        Gap(
            after=row,
            from_us=int(track.at_us[row]),
            until_us=int(track.at_us[row + 1]),
            apart_m=float(metres),
            reason=_reason(track, shift_of, row, float(metres), rules),
        )
        for row, metres in zip(after.tolist(), apart_m.tolist(), strict=True)
    ]


def _reason(track: Track, shift_of: Whole, row: int, apart_m: float, rules: TrailRules) -> GapReason:
    if shift_of[row] != shift_of[row + 1]:
        return GapReason.OFF_SHIFT
    if track.battery_pct[row] <= rules.weak_battery_pct:
        return GapReason.BATTERY
    return GapReason.SAME_PLACE if apart_m <= rules.stop_m else GapReason.MOVED


def _stays(time_s: Real, east: Real, north: Real, rules: TrailRules) -> list[tuple[int, int]]:
    """First and last fix of each stay in a stretch without gaps."""
    found: list[tuple[int, int]] = []
    free = 0
    for first in np.flatnonzero(_may_stay(time_s, east, north, rules)).tolist():
        if first < free:
            continue
        last = _last_near(east, north, first, rules.stop_m)
        if time_s[last] - time_s[first] >= rules.stop_s:
            found.append((first, last))
            free = last + 1
    return found


def _may_stay(time_s: Real, east: Real, north: Real, rules: TrailRules) -> Truth:
    """Fixes with which a stay may begin: those at and before parts of its shortest time lie near."""
    count = len(time_s)
    maybe = time_s + rules.stop_s <= time_s[-1]
    for part in PROBES:
        then = np.minimum(np.searchsorted(time_s, time_s + part * rules.stop_s, side="left"), count - 1)
        # the last fix that must belong to a stay of exactly the shortest time is the first one not before its end
        maybe &= np.hypot(east[then] - east, north[then] - north) <= rules.stop_m
    return np.asarray(maybe)


def _last_near(east: Real, north: Real, first: int, within_m: float) -> int:
    """The last fix of the unbroken row from `first` on that lies within some metres of it."""
    start, size = first + 1, CHUNK
    while start < len(east):
        chunk = slice(start, start + size)
        far = np.hypot(east[chunk] - east[first], north[chunk] - north[first]) > within_m
        if far.any():
            return start + int(np.argmax(far)) - 1
        start, size = start + size, size * 2
    return len(east) - 1
