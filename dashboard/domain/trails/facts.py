"""What a worker's day comes to: distance, stops, gaps, time in the own grid, when away and silent, coverage, and how
good the fixes were. Puts together what its neighbours find; owns how the figures fit each other.

Time on duty that fixes cover is spent in the own grid or away; what they do not cover is gaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from shapely.geometry.base import BaseGeometry

from dashboard.domain.coverage import Cells, Places, cells_of
from dashboard.domain.fixes import Whole
from dashboard.domain.trails.cleaning import Cleaned, Verdict, clean
from dashboard.domain.trails.motion import Speeds, distance_walked_m, observed_s, speeds_of
from dashboard.domain.trails.presence import Spell, away_spells, outside_of, silent_spells
from dashboard.domain.trails.rules import TrailRules
from dashboard.domain.trails.stops import Gap, Stop, gaps_of, stops_of
from dashboard.domain.trails.track import SECOND_US, Track


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A stretch of time on shift: from the check-in, or the shift's begin, to its end, the check-out or now."""

    start_us: int
    end_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How good the fixes were. `interval_s`: mean between sound neighbours, gaps left out; `longest_s`: without any."""

    received: int
    sound: int
    marked: int
    duplicates: int
    jumps: int
    cold_starts: int
    drifts: int
    late: int
    interval_s: float | None
    longest_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coverage:
    """Cells of the own grid, those visited, and how often."""

    cells: Cells
    places: Places
    times: Places


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DayFacts:
    """The facts of one worker and day. Without a grid's shape nothing is known of away and coverage."""

    cleaned: Cleaned
    sound: Track
    stops: tuple[Stop, ...]
    gaps: tuple[Gap, ...]
    away: tuple[Spell, ...]
    silent: tuple[Spell, ...]
    distance_m: float
    on_duty_s: float
    observed_s: float
    away_s: float
    coverage: Coverage | None
    speeds: Speeds
    quality: Quality

    @property
    def inside_s(self) -> float:
        """Seconds in the own grid, of those that fixes cover."""
        return max(0.0, self.observed_s - self.away_s)


def day_facts(
    track: Track, duties: Sequence[Duty], shape: BaseGeometry | None, rules: TrailRules
) -> DayFacts:
    """The facts of the fixes that came on duty; all others are left out before anything else."""
    shift_of = place_in(track.at_us, duties)
    cleaned = clean(track.picked(shift_of >= 0), rules)
    sound = cleaned.sound
    shift_of = place_in(sound.at_us, duties)
    stops = stops_of(sound, rules)
    away = [] if shape is None else _away(sound, shift_of, shape, rules)
    return DayFacts(
        cleaned=cleaned,
        sound=sound,
        stops=tuple(stops),
        gaps=tuple(gaps_of(sound, shift_of, rules)),
        away=tuple(away),
        silent=tuple(
            spell
            for duty in duties
            for spell in silent_spells(cleaned.track.at_us, duty.start_us, duty.end_us, rules)
        ),
        distance_m=distance_walked_m(sound, stops, rules),
        on_duty_s=sum(duty.end_us - duty.start_us for duty in duties) / SECOND_US,
        observed_s=observed_s(sound, rules),
        away_s=sum(_covered_s(sound, spell, rules) for spell in away),
        coverage=None if shape is None else coverage_of(sound, cells_of(shape)),
        speeds=speeds_of(sound, rules),
        quality=_quality(cleaned, sound, rules),
    )


def place_in(at_us: Whole, duties: Sequence[Duty]) -> Whole:
    """Which of the duties each moment lies in, -1 for none."""
    found = np.full(len(at_us), -1)
    for place, duty in enumerate(duties):
        found[(at_us >= duty.start_us) & (at_us < duty.end_us)] = place
    return found


def covered_by(
    track: Track, duties: Sequence[Duty], shape: BaseGeometry | None, rules: TrailRules
) -> Coverage | None:
    """The cells that the fixes of some duties visited, as `day_facts` says it; None without a shape."""
    if shape is None:
        return None
    cleaned = clean(track.picked(place_in(track.at_us, duties) >= 0), rules)
    return coverage_of(cleaned.sound, cells_of(shape))


def coverage_of(sound: Track, cells: Cells) -> Coverage:
    """The cells that a sound track visited."""
    places, times = cells.visits(sound.lon, sound.lat)
    return Coverage(cells=cells, places=places, times=times)


def _away(sound: Track, shift_of: Whole, shape: BaseGeometry, rules: TrailRules) -> list[Spell]:
    outside_m = outside_of(shape, sound.lon, sound.lat)
    return [
        spell
        for place in np.unique(shift_of).tolist()
        for spell in away_spells(sound.at_us[shift_of == place], outside_m[shift_of == place], rules)
    ]


def _covered_s(sound: Track, spell: Spell, rules: TrailRules) -> float:
    """Seconds of a spell that fixes cover."""
    until_us = int(sound.at_us[-1]) if spell.until_us is None else spell.until_us
    return observed_s(
        sound.picked((sound.at_us >= spell.since_us) & (sound.at_us <= until_us)),
        rules,
    )


def _quality(cleaned: Cleaned, sound: Track, rules: TrailRules) -> Quality:
    lasted_s = np.diff(sound.at_us) / SECOND_US
    close = lasted_s[lasted_s <= rules.gap_s]
    return Quality(
        received=len(cleaned.track),
        sound=len(sound),
        marked=cleaned.count(Verdict.MARKED),
        duplicates=cleaned.count(Verdict.DUPLICATE),
        jumps=cleaned.count(Verdict.JUMP),
        cold_starts=cleaned.count(Verdict.COLD_START),
        drifts=cleaned.count(Verdict.DRIFT),
        late=int(cleaned.late.sum()),
        interval_s=float(close.mean()) if len(close) else None,
        longest_s=float(lasted_s.max()) if len(lasted_s) else None,
    )
