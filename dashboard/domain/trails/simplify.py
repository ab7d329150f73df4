"""Fewer points for the screen, by zoom, with stops and turns kept.

The top-down time-ratio algorithm of N. Meratnia and R. de By, "Spatiotemporal Compression Techniques for Moving Point
Objects" (EDBT 2004): Douglas and Peucker's, where the error of a fix is its distance from where a worker would be at
that moment who walked evenly along the shorter line. At every moment of a playback the shown place is therefore no
farther than the tolerance from the fix; a stop, which no even walk passes, keeps its beginning and its end.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from dashboard.domain.fixes import Real, Truth, Whole
from dashboard.domain.geo import EARTH_RADIUS_M

TILE_PX: Final = 256
FINEST_ZOOM: Final = 22


def tolerance_m(zoom: float, lat: float) -> float:
    """Metres of one pixel of a Web Mercator map at a zoom and a latitude."""
    round_m = 2 * np.pi * EARTH_RADIUS_M * np.cos(np.radians(lat))
    return float(round_m / (TILE_PX * 2.0 ** min(zoom, FINEST_ZOOM)))


def simplified(at_us: Whole, east: Real, north: Real, tolerance_m: float, fixed: Truth) -> Truth:
    """Which fixes of a track in time to keep: first, last, all that are `fixed`, and what the tolerance asks for.

    All stretches between kept fixes are looked at together, each round, so that ten thousand fixes cost
    milliseconds. Columns: microseconds, metres east and north.
    """
    count = len(at_us)
    kept = fixed.copy()
    if count == 0:
        return kept
    kept[[0, -1]] = True
    time_s = (at_us - at_us[0]) / 1e6
    open_ = np.ones(count, dtype=bool)
    while True:
        ends = np.flatnonzero(kept)
        stretch = np.cumsum(kept) - 1
        rows = np.flatnonzero(~kept & open_)
        if not len(rows):
            return kept
        first = ends[stretch[rows]]
        last = ends[np.minimum(stretch[rows] + 1, len(ends) - 1)]
        error = _error(rows, first, last, time_s, east, north)
        starts = np.flatnonzero(np.concatenate(([True], first[1:] != first[:-1])))
        worst = np.maximum.reduceat(error, starts)
        sizes = np.diff(np.append(starts, len(rows)))
        far = np.repeat(worst, sizes)
        open_[rows[far <= tolerance_m]] = False
        # the first of the worst in each stretch that is still too far off
        worse = np.flatnonzero((error == far) & (far > tolerance_m))
        _, pick = np.unique(first[worse], return_index=True)
        kept[rows[worse[pick]]] = True


def _error(rows: Whole, first: Whole, last: Whole, time_s: Real, east: Real, north: Real) -> Real:
    """Metres from each fix to where an even walk from `first` to `last` would be at its time."""
    lasted = time_s[last] - time_s[first]
    share = np.divide(time_s[rows] - time_s[first], lasted, out=np.zeros(len(rows)), where=lasted > 0)
    off_east = east[rows] - east[first] - share * (east[last] - east[first])
    off_north = north[rows] - north[first] - share * (north[last] - north[first])
    return np.asarray(np.hypot(off_east, off_north))
