"""Fixes of one worker as columns. Owns their order in time and their plane in metres."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dashboard.domain.fixes import Real, Truth, Whole
from dashboard.domain.geo import distance_m

SECOND_US: Final = 1_000_000
_METRES_PER_DEGREE: Final = 111_195.08
"""Of a great circle on the mean Earth."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Track:
    """One element a fix. Times in microseconds since 1970, degrees in WGS-84; NaN where a device does not say.

    `flags`: bits of `FixFlag`, as found at the door.
    """

    at_us: Whole
    received_us: Whole
    lon: Real
    lat: Real
    accuracy_m: Real
    speed_mps: Real
    heading_deg: Real
    battery_pct: Real
    flags: Whole

    def __len__(self) -> int:
        return len(self.at_us)

    def picked(self, rows: NDArray[Any] | slice) -> Track:
        """Some of the fixes: by a mask, by places, or a stretch."""
        return Track(**{field.name: getattr(self, field.name)[rows] for field in fields(Track)})

    def in_time(self) -> Track:
        """The fixes by time; of one moment, in the order in which they came."""
        return self.picked(np.lexsort((self.received_us, self.at_us)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretch:
    """Fixes without a gap among them: seconds from the first, metres east and north, stated speed (NaN: none)."""

    time_s: Real
    east: Real
    north: Real
    speed_mps: Real

    def __len__(self) -> int:
        return len(self.time_s)

    def picked(self, rows: NDArray[Any]) -> Stretch:
        """Some of the fixes, by a mask or by places."""
        return Stretch(
            time_s=self.time_s[rows],
            east=self.east[rows],
            north=self.north[rows],
            speed_mps=self.speed_mps[rows],
        )

    def hops(self) -> tuple[Real, Real]:
        """Metres and metres a second from each fix to the next."""
        hop_m = np.hypot(np.diff(self.east), np.diff(self.north))
        return hop_m, hop_m / np.maximum(np.diff(self.time_s), 0.5)


def stretch_of(track: Track) -> Stretch:
    """A track in time on its plane."""
    east, north = plane(track.lon, track.lat)
    time_s = (track.at_us - track.at_us[0]) / SECOND_US
    return Stretch(time_s=time_s, east=east, north=north, speed_mps=track.speed_mps)


def track_of(at_us: Whole, lon: Real, lat: Real, **columns: NDArray[Any]) -> Track:
    """A track of times and places; what else is known by name, received at once where nothing is said."""
    unknown = np.full(len(at_us), np.nan)
    stated = {"received_us": at_us, "flags": np.zeros(len(at_us), dtype=np.int64), **columns}
    for name in ("accuracy_m", "speed_mps", "heading_deg", "battery_pct"):
        stated.setdefault(name, unknown)
    return Track(at_us=at_us, lon=lon, lat=lat, **stated)


def legs_m(lon: Real, lat: Real) -> Real:
    """Great-circle metres from each place to the next."""
    return distance_m(lon[:-1], lat[:-1], lon[1:], lat[1:])


def plane(lon: Real, lat: Real) -> tuple[Real, Real]:
    """Metres east and north of the middle of some places: good for a worker's day on the ground."""
    if not len(lon):
        return lon, lat
    middle_lon, middle_lat = float(np.median(lon)), float(np.median(lat))
    east = (lon - middle_lon) * (_METRES_PER_DEGREE * float(np.cos(np.radians(middle_lat))))
    return east, (lat - middle_lat) * _METRES_PER_DEGREE


def segments(at_us: Whole, gap_s: float) -> list[slice]:
    """Stretches of fixes, in time, without a gap longer than `gap_s` between neighbours."""
    if not len(at_us):
        return []
    cuts = np.flatnonzero(np.diff(at_us) > gap_s * SECOND_US) + 1
    bounds = [0, *cuts.tolist(), len(at_us)]
    return [slice(first, last) for first, last in pairwise(bounds)]


def runs(mask: Truth) -> list[tuple[int, int]]:
    """First and one past the last place of each unbroken run of true."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]
