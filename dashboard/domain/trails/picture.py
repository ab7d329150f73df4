"""What of a day is drawn: the points of a track for a zoom, and where the line breaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from dashboard.domain.fixes import Whole
from dashboard.domain.trails.facts import DayFacts
from dashboard.domain.trails.simplify import simplified, tolerance_m
from dashboard.domain.trails.track import Track, plane

FINER: Final = 0.5
"""The line is half a pixel true."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """Points of a sound track in time; after each of the places in `breaks` is a gap."""

    track: Track
    breaks: Whole


def picture(facts: DayFacts, zoom: float | None) -> Picture:
    """The sound track as a map of that zoom shows it; whole without one. Stops and the ends of gaps stay."""
    track = facts.sound
    kept = np.ones(len(track), dtype=bool)
    before_gap = np.array([gap.after for gap in facts.gaps], dtype=np.int64)
    if zoom is not None and len(track):
        fixed = np.zeros(len(track), dtype=bool)
        fixed[before_gap] = fixed[before_gap + 1] = True
        for stop in facts.stops:
            fixed[[stop.first, stop.last]] = True
        east, north = plane(track.lon, track.lat)
        metres = FINER * tolerance_m(zoom, float(np.median(track.lat)))
        kept = simplified(track.at_us, east, north, metres, fixed)
    place = np.cumsum(kept) - 1
    return Picture(track=track.picked(kept), breaks=place[before_gap])
