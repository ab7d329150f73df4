"""Which fixes of a track tell where the worker was. Owns the verdicts and their order; leaves the single tests to
`jumps` and `drift`.

After Y. Zheng, "Trajectory Data Mining: An Overview" (ACM TIST 6(3), 2015), section 3.1: heuristic outlier detection,
with the hops' speed as the measure and what neighbours do as what is usual. What the device or the door said of a
single fix comes first; then who says one moment twice; then jumps, starts that had not settled, and drift at rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np

from dashboard.domain.fixes import FixFlag, Truth, Whole
from dashboard.domain.trails import drift, jumps
from dashboard.domain.trails.rules import TrailRules
from dashboard.domain.trails.track import Stretch, Track, plane, segments, stretch_of


class Verdict(IntEnum):
    """What became of a fix. Only SOUND ones are where the worker was."""

    SOUND = 0
    MARKED = 1
    DUPLICATE = 2
    JUMP = 3
    COLD_START = 4
    DRIFT = 5


MARKED: Final = FixFlag(
    FixFlag.AHEAD | FixFlag.NO_FIX | FixFlag.NULL_ISLAND | FixFlag.MOCK | FixFlag.VAGUE | FixFlag.OFF_SHIFT
)
"""What nobody can judge better afterwards. That a hop was too fast, or a fix known, is judged anew with hindsight."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cleaned:
    """A track in time, with the verdict (`Verdict`) on each fix. `late`: those that came after a later one."""

    track: Track
    verdict: Whole
    late: Truth

    @property
    def sound(self) -> Track:
        """The fixes that tell where the worker was."""
        return self.track.picked(self.verdict == Verdict.SOUND)

    def count(self, verdict: Verdict) -> int:
        """How many fixes got it."""
        return int((self.verdict == verdict).sum())


TESTS: Final[tuple[tuple[Callable[[Stretch, TrailRules], Truth], Verdict], ...]] = (
    (drift.wandering, Verdict.DRIFT),
    (jumps.spikes, Verdict.JUMP),
    (jumps.too_fast, Verdict.JUMP),
    (jumps.unsettled, Verdict.COLD_START),
    (jumps.spikes, Verdict.JUMP),
    (drift.wandering, Verdict.DRIFT),
)
"""What each stretch goes through; each test sees what the ones before it left."""


def clean(track: Track, rules: TrailRules) -> Cleaned:
    """The verdicts on a track, whose fixes may come in any order."""
    track = track.in_time()
    verdict = np.zeros(len(track), dtype=np.int64)
    verdict[track.flags & MARKED != 0] = Verdict.MARKED
    late = came_late(track)
    _put(verdict, _told_twice(track, verdict), Verdict.DUPLICATE)
    for part in segments(track.at_us, rules.gap_s):
        _clean_part(track.picked(part), verdict[part], rules)
    return Cleaned(track=track, verdict=verdict, late=late)


def came_late(track: Track) -> Truth:
    """Which fixes of a track in time came after a later one, or were found to at the door."""
    late = track.flags & FixFlag.OUT_OF_ORDER != 0
    if len(track) > 1:
        soonest = np.minimum.accumulate(track.received_us[::-1])[::-1]
        late[:-1] |= track.received_us[:-1] > soonest[1:]
    return np.asarray(late, dtype=bool)


def _clean_part(part: Track, verdict: Whole, rules: TrailRules) -> None:
    """Verdicts on a stretch without gaps, written in place."""
    way = stretch_of(part)
    rows = np.flatnonzero(verdict == Verdict.SOUND)
    passed: dict[object, int] = {}
    for test, found in TESTS:
        if len(rows) > 2 and passed.get(test) != len(
            rows
        ):  # what it passed once and is as it was, it passes again
            wrong = test(way.picked(rows), rules)
            if not wrong.any():
                passed[test] = len(rows)
            verdict[rows[wrong]] = found
            rows = rows[~wrong]


def _told_twice(track: Track, verdict: Whole) -> Truth:
    """All but one fix of each moment: the one stays that lies nearest to what was said before and after."""
    twice = np.zeros(len(track), dtype=bool)
    rows = np.flatnonzero(verdict == Verdict.SOUND)
    at_us = track.at_us[rows]
    same = at_us[1:] == at_us[:-1]
    if not same.any():
        return twice
    starts = np.flatnonzero(np.concatenate(([True], ~same)))
    ends = np.append(starts[1:], len(rows))
    east, north = plane(track.lon, track.lat)
    for first, last in zip(starts.tolist(), ends.tolist(), strict=True):
        if last - first > 1:
            group = rows[first:last]
            around = np.concatenate((rows[max(0, first - 1) : first], rows[last : last + 1]))
            way = sum(
                (np.hypot(east[group] - east[row], north[group] - north[row]) for row in around.tolist()),
                start=np.zeros(len(group)),
            )
            stays = group[int(np.argmin(way))]
            twice[group[group != stays]] = True
    return twice


def _put(verdict: Whole, rows: Truth, found: Verdict) -> None:
    verdict[rows] = found
