"""The rota that a simulated district works by: one pattern for all, each worker some days further in it, and what is
changed by hand. It says what `people.roster` says; `work` lays the same shifts out from it, swaps and leave included.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dashboard.domain.rota import Change, ChangeKind, Pattern
from dashboard.simulation import people
from dashboard.simulation.people import CYCLE_DAYS, SHIFTS, TURNS
from dashboard.simulation.profiles import Words
from dashboard.simulation.world import ZONE

PATTERN: Final = "three"
NAME: Final = Words(zh="三班倒（做六休一）", en="Three shifts, six days of seven")
ACTOR: Final = "simulation"
AHEAD_DAYS: Final = 14
SWAPPED: Final = 0.004
"""Of those who work on a day, who have swapped their turn."""
_LENGTH: Final = CYCLE_DAYS * len(TURNS)


def pattern() -> Pattern:
    """Six days of each kind of shift with a day of rest after them."""
    course = tuple(
        None if n % CYCLE_DAYS == CYCLE_DAYS - 1 else SHIFTS[TURNS[n // CYCLE_DAYS]].key
        for n in range(_LENGTH)
    )
    return Pattern(key=PATTERN, turns=course, anchor=date.fromordinal(_LENGTH * 35_000))


def changes(day: date, workers: int, seed: int) -> list[Change]:
    """Leave and swaps of a day, workers by place. Two who swap give each other their turns of that day."""
    roster = people.roster(day, workers, ZONE, seed)
    found = [
        Change(kind=ChangeKind.LEAVE, worker=worker, day=day)
        for worker in roster.worker[roster.cancelled].tolist()
    ]
    rng = np.random.default_rng([seed, 5, day.toordinal()])
    free = np.flatnonzero(~roster.cancelled)
    for one, other in rng.permutation(free)[: 2 * round(SWAPPED * len(free) / 2)].reshape(-1, 2).tolist():
        if roster.kind[one] != roster.kind[other]:
            pair = int(roster.worker[one]), int(roster.worker[other])
            found.append(Change(kind=ChangeKind.SWAP, worker=pair[0], day=day, other=pair[1], other_day=day))
    return found


def ahead(today: date, workers: int, seed: int) -> list[Change]:
    """Those of the days for which shifts are laid out; nobody swaps on the very day."""
    days = (today + timedelta(days=n) for n in range(AHEAD_DAYS))
    found = [change for day in days for change in changes(day, workers, seed)]
    return [one for one in found if one.day > today or one.kind is ChangeKind.LEAVE]


def by_id(found: list[Change], ids: NDArray[Any]) -> list[Change]:
    """The same changes with the workers' ids for their places."""
    return [
        replace(one, worker=int(ids[one.worker]), other=None if one.other is None else int(ids[one.other]))
        for one in found
    ]
