"""The parameters of cleaning and of facts from tracks. Owns their defaults and how a district changes them.

A district sets any of them in its setting `trails`, by name: `{"stop_s": 600, "out_m": 80}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from dashboard.domain.fixes import FASTEST_MPS


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailRules:
    """Metres, seconds, metres a second."""

    gap_s: float = 300.0
    """Longer without a fix is a gap: nothing is drawn or counted across it."""
    fastest_mps: float = FASTEST_MPS
    """Nobody is faster, whatever the vehicle."""
    jump_m: float = 25.0
    """What is displaced by less is noise of the receiver, no jump."""
    jump_mps: float = 3.0
    """Into and out of a jump the hop is faster than this..."""
    jump_ratio: float = 2.5
    """...and that many times as fast as the hops before and after."""
    jump_fixes: int = 6
    """A jump comes back after at most so many fixes."""
    settle_s: float = 90.0
    """So long after a start or a gap a receiver may still be finding its place."""
    rest_window_s: float = 150.0
    """Who was and will be in one place over so long is at rest."""
    rest_m: float = 15.0
    """How far apart the places of one rest may be."""
    drift_m: float = 20.0
    """A fix farther than this from a rest that goes on around it is drift."""
    stop_m: float = 50.0
    stop_s: float = 300.0
    """A stop: fixes within `stop_m` of its first one for at least `stop_s`."""
    step_m: float = 10.0
    """Distance counts in steps of at least so much, or noise would add up to kilometres."""
    out_m: float = 50.0
    """Out of the own grid is farther than this from it..."""
    out_s: float = 240.0
    """...and is raised within so long of going on."""
    back_m: float = 20.0
    """Back is nearer than this..."""
    back_s: float = 60.0
    """...and is over within so long of going on."""
    silent_s: float = 600.0
    """No fix for so long on a shift is silence; it is over when fixes have come for `back_s`."""
    weak_battery_pct: float = 5.0
    """A gap that begins with no more is told as the battery's."""


def trail_rules_from(settings: Mapping[str, Any]) -> TrailRules:
    """The rules of a district's settings. ValueError for a name that is no parameter or a number that cannot be."""
    stated = settings.get("trails", {})
    known = {field.name for field in fields(TrailRules)}
    unknown = sorted(set(stated) - known)
    if unknown:
        raise ValueError(f"trails: there is no {', '.join(unknown)}")
    values = {name: float(value) for name, value in stated.items()}
    wrong = sorted(name for name, value in values.items() if not 0 < value < 1e6)
    if wrong:
        raise ValueError(f"trails: {', '.join(wrong)} must be above 0 and below a million")
    if "jump_fixes" in values:
        values["jump_fixes"] = int(values["jump_fixes"])
    rules = replace(TrailRules(), **values)  # type: ignore[arg-type]  # jump_fixes is whole by now
    if rules.back_m >= rules.out_m:
        raise ValueError("trails: back_m must be below out_m")
    return rules
