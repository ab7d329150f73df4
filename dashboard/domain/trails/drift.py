"""Drift: a receiver at rest tells of places around it. A test of a stretch without gaps, as in `jumps`.

A rest is found by medians of the places over a while before and a while after, which up to half of wrong fixes do not
move (the breakdown point of P. Rousseeuw and A. Leroy, "Robust Regression and Outlier Detection", 1987): where the
two agree, the worker did not go anywhere, and a fix far off between them is drift. A device that says itself that it
was walking is believed.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from dashboard.domain.fixes import Real, Truth, Whole
from dashboard.domain.trails.rules import TrailRules
from dashboard.domain.trails.track import Stretch, runs

SAMPLES: Final = 16
"""Fixes looked at on each side, spread over the window."""
HALF: Final = 0.5
WALKING_MPS: Final = 0.7
FARTHEST_M: Final = 100.0
"""What lies farther off did not drift there."""


def wandering(way: Stretch, rules: TrailRules) -> Truth:
    """Fixes that wander off a rest which goes on around them."""
    rows = _places(way.time_s, rules.rest_window_s)
    if rows is None:
        return np.zeros(len(way), dtype=bool)
    x, y = way.east[rows], way.north[rows]
    before_x, before_y = np.median(x[:, :SAMPLES], axis=1), np.median(y[:, :SAMPLES], axis=1)
    after_x, after_y = np.median(x[:, SAMPLES:], axis=1), np.median(y[:, SAMPLES:], axis=1)
    still = np.hypot(after_x - before_x, after_y - before_y) <= rules.rest_m
    middle_x, middle_y = np.median(x, axis=1), np.median(y, axis=1)
    near = np.hypot(x - middle_x[:, None], y - middle_y[:, None]) <= rules.rest_m
    still &= near.mean(axis=1) >= HALF
    off_m = np.hypot(way.east - middle_x, way.north - middle_y)
    return _unless_walking(still & (off_m > rules.drift_m) & (off_m <= FARTHEST_M), way.speed_mps)


def _places(time_s: Real, window_s: float) -> Whole | None:
    """For each fix the places of some over the window before it, then of some over the window after it."""
    count = len(time_s)
    if count < 5:
        return None
    first = np.searchsorted(time_s, time_s - window_s, side="left")
    last = np.searchsorted(time_s, time_s + window_s, side="right") - 1
    here = np.arange(count)
    share = np.arange(SAMPLES) / SAMPLES
    before = first[:, None] + ((here - first)[:, None] * share).astype(np.int64)
    after = last[:, None] - ((last - here)[:, None] * share).astype(np.int64)
    return np.concatenate((before, after), axis=1)


def _unless_walking(wrong: Truth, speed_mps: Real) -> Truth:
    for first, last in runs(wrong):
        stated = speed_mps[first:last]
        stated = stated[~np.isnan(stated)]
        if len(stated) and float(np.median(stated)) > WALKING_MPS:
            wrong[first:last] = False
    return wrong
