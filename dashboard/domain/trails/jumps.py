"""Jumps: fixes that lie where nobody could have been. Each test takes a stretch
without gaps and answers with a mask.

That speed bounds what can follow what is the constraint of S. Song, A. Zhang, J. Wang, P. Yu, "SCREEN: Stream Data
Cleaning under Speed Constraints" (SIGMOD 2015); instead of repairing values, the longest chain of stretches that keep
to it stays. That a jump stands out against order statistics of its neighbours is the idea of F. Hampel's identifier
("The Influence Curve and its Role in Robust Estimation", JASA 69, 1974), with hops' speeds in place of values and the
upper quartile in place of the median, so that workers on foot, on bicycles and in cars are each judged by their own
pace.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from dashboard.domain.fixes import Real, Truth, Whole
from dashboard.domain.trails.rules import TrailRules
from dashboard.domain.trails.track import Stretch

NEIGHBOURS: Final = 9
USUAL_PLACE: Final = 6
"""Of so many hops on each side the seventh in order of speed is the usual one: a jump spoils two of them, and who
drives from stop to stop stands still for more than half of the time."""
HARD_MPS: Final = 15.0
"""A hop at more than this, and far above the usual, cannot be followed by the stretch behind it."""
HARD_RATIO: Final = 4.0
HARD_M: Final = 100.0
LOOK_BACK: Final = 40
DETOUR: Final = 2.0
"""Out and back is so many times as long as the way from before to after; a bend in a road is not."""
CHORD_MPS: Final = 2.5
SETTLING_MPS: Final = 2.0
"""A start that comes nearer at more than this, and far above what follows, is still finding its place."""
INNER_RATIO: Final = 0.5
"""The fixes of one jump lie together: between them is less than this of the speed into and out of it."""
ROUNDS: Final = 3


def too_fast(way: Stretch, rules: TrailRules) -> Truth:
    """Fixes outside the longest chain that can be travelled: short stretches between impossible hops. A stretch that
    goes on for longer is no slip of the receiver, however it was reached."""
    hop_m, speed = way.hops()
    before, after = _usual(speed)
    limit = np.clip(HARD_RATIO * np.maximum(before, after), HARD_MPS, rules.fastest_mps)
    cut = (hop_m > HARD_M) & (speed > limit)
    wrong = np.zeros(len(way), dtype=bool)
    if not cut.any():
        return wrong
    starts = np.concatenate(([0], np.flatnonzero(cut) + 1))
    ends = np.append(starts[1:], len(way))
    at_fix = np.maximum(np.append(limit, limit[-1]), np.concatenate(([limit[0]], limit)))
    kept = _longest_chain(way, starts, ends, at_fix)
    for first, last, stays in zip(starts.tolist(), ends.tolist(), kept.tolist(), strict=True):
        wrong[first:last] = not stays and way.time_s[last - 1] - way.time_s[first] <= rules.settle_s
    return wrong


def spikes(way: Stretch, rules: TrailRules) -> Truth:
    """Fixes that leave the way by a fast hop and come back to it by another within a few fixes.

    Single ones go first: between two of them the sound fixes look like a jump themselves.
    """
    wrong = np.zeros(len(way), dtype=bool)
    for many in range(1, rules.jump_fixes + 1):
        for _ in range(ROUNDS):
            rows = np.flatnonzero(~wrong)
            found = _spikes(way.picked(rows), many, rules)
            if not found.any():
                break
            wrong[rows[found]] = True
    return wrong


def unsettled(way: Stretch, rules: TrailRules) -> Truth:
    """Fixes of a start that is still finding its place, and of an end that flew off."""
    wrong = np.zeros(len(way), dtype=bool)
    hop_m, speed = way.hops()
    before, after = _usual(speed)
    usual = np.maximum(SETTLING_MPS, rules.jump_ratio * after)
    rough = (hop_m > rules.drift_m) & (speed > usual) & (way.time_s[1:] <= rules.settle_s)
    if rough.any():
        wrong[: int(np.flatnonzero(rough)[-1]) + 1] = True
    usual = np.maximum(rules.jump_mps, rules.jump_ratio * before)
    last = max(0, len(hop_m) - 3)
    flown = (hop_m > 2 * rules.jump_m) & (speed > usual)
    if flown[last:].any():
        wrong[last + int(np.flatnonzero(flown[last:])[0]) + 1 :] = True
    return wrong if not wrong.all() else np.zeros(len(way), dtype=bool)


def _spikes(way: Stretch, many: int, rules: TrailRules) -> Truth:
    """Jumps of so many fixes."""
    count = len(way)
    found = np.zeros(count, dtype=bool)
    if count < many + 2:
        return found
    _, speed = way.hops()
    before, after = _usual(speed)
    into, out = slice(0, count - many - 1), slice(many, count - 1)
    usual = np.maximum(before[into], after[out])
    limit = np.maximum(rules.jump_mps, rules.jump_ratio * usual)
    fast = np.minimum(speed[into], speed[out])
    for first in np.flatnonzero(fast > limit).tolist():
        last = first + many + 1
        inner = speed[first + 1 : last - 1]
        together = not len(inner) or float(np.median(inner)) < INNER_RATIO * float(fast[first])
        if (
            together
            and _detour(way, first, last)
            and _apart(way, first, last, rules)
            and _passable(way, first, last, float(usual[first]))
        ):
            found[first + 1 : last] = True
    return found


def _detour(way: Stretch, first: int, last: int) -> bool:
    """Whether the hops out and back are much longer than the way from the one to the other."""
    rows = [first, first + 1, last - 1, last]
    hops_m = np.hypot(np.diff(way.east[rows]), np.diff(way.north[rows]))
    straight_m = float(np.hypot(way.east[last] - way.east[first], way.north[last] - way.north[first]))
    return float(hops_m[0] + hops_m[2]) > DETOUR * straight_m


def _apart(way: Stretch, first: int, last: int, rules: TrailRules) -> bool:
    """Whether all fixes between two lie off the even way from the one to the other."""
    span = slice(first + 1, last)
    share = (way.time_s[span] - way.time_s[first]) / max(way.time_s[last] - way.time_s[first], 1e-6)
    off_east = way.east[span] - way.east[first] - share * (way.east[last] - way.east[first])
    off_north = way.north[span] - way.north[first] - share * (way.north[last] - way.north[first])
    return bool((np.hypot(off_east, off_north) > rules.jump_m).all())


def _passable(way: Stretch, first: int, last: int, usual: float) -> bool:
    """Whether the way from the one to the other is as usual."""
    far_m = float(np.hypot(way.east[last] - way.east[first], way.north[last] - way.north[first]))
    return far_m <= max(2 * usual, CHORD_MPS) * max(float(way.time_s[last] - way.time_s[first]), 1.0)


def _usual(speed: Real) -> tuple[Real, Real]:
    """The usual speed of the hops before, and of those after, each hop."""
    near = np.pad(speed, NEIGHBOURS, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(near, NEIGHBOURS)
    middle = np.partition(windows, USUAL_PLACE, axis=1)[:, USUAL_PLACE]
    count = len(speed)
    return middle[:count], middle[NEIGHBOURS + 1 : NEIGHBOURS + 1 + count]


def _longest_chain(way: Stretch, starts: Whole, ends: Whole, limit: Real) -> Truth:
    """Which stretches belong to the chain with most fixes in which each can be reached from the one before."""
    sizes = (ends - starts).astype(np.float64)
    best, came_from = sizes.copy(), np.full(len(starts), -1)
    for here in range(1, len(starts)):
        back = np.arange(max(0, here - LOOK_BACK), here)
        to, leaving = starts[here], ends[back] - 1
        far_m = np.hypot(way.east[to] - way.east[leaving], way.north[to] - way.north[leaving])
        allowed = np.maximum(limit[to], limit[leaving]) * np.maximum(
            way.time_s[to] - way.time_s[leaving], 0.5
        )
        ways = np.where(far_m <= np.maximum(allowed, HARD_M), best[back], -1.0)
        choice = int(np.argmax(ways))
        if ways[choice] > 0:
            best[here] += ways[choice]
            came_from[here] = back[choice]
    kept = np.zeros(len(starts), dtype=bool)
    at = int(np.argmax(best))
    while at >= 0:
        kept[at] = True
        at = int(came_from[at])
    return kept
