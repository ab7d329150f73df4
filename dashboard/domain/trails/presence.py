"""Out of the own grid, and silent: states that need a while to begin and a while to end, so that they do not flap.

Both are leaky integrators: time on the far side fills a glass, time on the near side empties it twice as fast. It is
out when the glass holds the dwell, back when the other glass holds the way back (hysteresis in distance and in time).
Time without fixes fills nothing. A single stray fix therefore neither raises nor ends anything. Three quarters of a
dwell on the far side are enough, so that one which goes on is raised within its dwell, strays or not. The state of a
worker is a handful of numbers, so the same arithmetic runs over a day's history and over fixes as they come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from dashboard.domain.fixes import Real, Whole
from dashboard.domain.geo import degrees_per_metre
from dashboard.domain.trails.rules import TrailRules
from dashboard.domain.trails.track import SECOND_US

LEAK: Final = 2.0
ENOUGH: Final = 0.75
"""Of a dwell must have been spent on the far side."""
LONGEST_STEP_S: Final = 60.0
"""A fix speaks for no more than so long after the one before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A stretch of being away or silent, and when that was raised. `until_us` None: it was going on at the end."""

    since_us: int
    raised_us: int
    until_us: int | None


@dataclass(slots=True, kw_only=True)
class Leash:
    """Whether one worker is out of the own grid. Feed it fixes in time."""

    rules: TrailRules
    out: bool = False
    since_us: int = 0
    filled_s: float = 0.0
    last_us: int | None = None

    def put(self, at_us: int, outside_m: float) -> bool:
        """One more fix, so far outside of the grid (0: inside). Whether the state changed."""
        last_us = self.last_us
        lasted_s = 0.0 if last_us is None else (at_us - last_us) / SECOND_US
        step_s = min(max(lasted_s, 0.0), LONGEST_STEP_S)
        self.last_us = at_us
        far = outside_m < self.rules.back_m if self.out else outside_m > self.rules.out_m
        if not far:
            self.filled_s = max(0.0, self.filled_s - LEAK * step_s)
            return False
        if self.filled_s <= 0.0:
            # The time before the first fix on the far side is nobody's.
            self.filled_s, self.since_us = 1e-9, at_us
            return False
        self.filled_s += step_s
        if self.filled_s < ENOUGH * (self.rules.back_s if self.out else self.rules.out_s):
            return False
        self.out = not self.out
        self.filled_s = 0.0
        return True


def outside_of(shape: BaseGeometry, lon: Real, lat: Real) -> Real:
    """Metres from a polygon in degrees to each place; 0 inside."""
    _, south, _, north = shape.bounds
    step = np.array(degrees_per_metre((south + north) / 2))
    flat = shapely.transform(shape, lambda degrees: degrees / step)
    shapely.prepare(flat)
    points = shapely.points(np.column_stack((lon, lat)) / step)
    away = np.zeros(len(lon))
    rows = np.flatnonzero(~shapely.contains_properly(flat, points))
    away[rows] = shapely.distance(flat, points[rows])
    return away


def away_spells(at_us: Whole, outside_m: Real, rules: TrailRules) -> list[Spell]:
    """When a worker was out of the own grid, from fixes in time of one shift."""
    return list(_away(zip(at_us.tolist(), outside_m.tolist(), strict=True), rules))


def _away(fixes: Iterable[tuple[int, float]], rules: TrailRules) -> Iterator[Spell]:
    leash = Leash(rules=rules)
    since_us = raised_us = 0
    for at_us, outside_m in fixes:
        if not leash.put(at_us, outside_m):
            continue
        if leash.out:
            since_us, raised_us = leash.since_us, at_us
        else:
            yield Spell(since_us=since_us, raised_us=raised_us, until_us=leash.since_us)
    if leash.out:
        yield Spell(since_us=since_us, raised_us=raised_us, until_us=None)


def silent_spells(at_us: Whole, start_us: int, end_us: int, rules: TrailRules) -> list[Spell]:
    """When nothing was heard of a worker between two moments, from all fixes that came, in time.

    It is raised `silent_s` after the last fix and ends with the first of fixes that keep coming for `back_s`.
    """
    silent_us, back_us = round(rules.silent_s * SECOND_US), round(rules.back_s * SECOND_US)
    heard = [start_us, *at_us[(at_us >= start_us) & (at_us < end_us)].tolist(), end_us]
    found: list[Spell] = []
    since: int | None = None
    back: int | None = None
    for before, at in pairwise(heard):
        if since is not None and back is not None and before - back >= back_us:
            found.append(Spell(since_us=since, raised_us=since + silent_us, until_us=back))
            since = back = None
        if at - before > silent_us:
            since, back = (before if since is None else since), at
        elif since is not None and back is None:
            back = at
    if since is not None:
        kept = back is not None and back < end_us and end_us - back >= back_us
        found.append(Spell(since_us=since, raised_us=since + silent_us, until_us=back if kept else None))
    return found
