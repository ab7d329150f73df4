"""The workers of a simulated district and who is out when.

Owns invented names, the three shifts and the roster. The roster of a day follows from the seed and the day
alone, so that a restarted simulation finds the same one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from dashboard.simulation.profiles import DATA, Words
from dashboard.simulation.rhythm import Seconds

Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An invented name."""

    name: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftKind:
    """A shift: local minutes of the day; one that ends after midnight ends past 1440.

    One ends when the next begins, so that nobody is counted with both.
    """

    key: str
    words: Words
    start_min: int
    end_min: int


SHIFTS = (
    ShiftKind(key="early", words=Words(zh="早班", en="Early"), start_min=360, end_min=840),
    ShiftKind(key="late", words=Words(zh="中班", en="Late"), start_min=840, end_min=1320),
    ShiftKind(key="night", words=Words(zh="夜班", en="Night"), start_min=1320, end_min=1800),
)

# Six days of work, one of rest; after each rest the next kind of shift from this list.
TURNS = (0, 1, 2)
CYCLE_DAYS = 7
ON_LEAVE = 0.005
ABSENT = 0.011
TARDY = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The shifts that begin on one day: the workers' places, kinds and clocks (NaN: not there, not yet)."""

    worker: Indices
    kind: Indices
    starts: Seconds
    ends: Seconds
    checked_in: Seconds
    checked_out: Seconds
    cancelled: NDArray[np.bool_]


def names(count: int, rng: np.random.Generator) -> list[Person]:
    """Invented names, most of them different."""
    raw = json.loads((resources.files(DATA) / "_names.json").read_text(encoding="utf-8"))
    surnames, given = raw["surnames"], raw["given"]
    weights = 1 / (np.arange(len(surnames)) + 6.0)
    families = rng.choice(len(surnames), size=count, p=weights / weights.sum())
    firsts = rng.integers(len(given), size=(count, 2))
    single = rng.random(count) < 0.3
    people = []
    for family, (one, two), short in zip(families.tolist(), firsts.tolist(), single.tolist(), strict=True):
        parts = [given[one]] if short else [given[one], given[two]]
        latin = "".join(part[1] for part in parts).capitalize()
        people.append(
            Person(
                name=surnames[family][0] + "".join(part[0] for part in parts),
                name_en=f"{surnames[family][1].capitalize()} {latin}",
            )
        )
    return people


def own_grids(grids: int, workers: int, loads: Seconds, rng: np.random.Generator) -> Indices:
    """The grid of each worker: one for every grid, the rest where more happens. `loads` per grid."""
    if workers <= grids:
        return np.sort(rng.permutation(grids)[:workers])
    extra = np.floor(loads / loads.sum() * (workers - grids)).astype(np.intp)
    short = workers - grids - int(extra.sum())
    extra[np.argsort(-loads, kind="stable")[:short]] += 1
    own = np.repeat(np.arange(grids), 1 + extra)
    return np.asarray(own, dtype=np.intp)


def steps(workers: int, seed: int) -> Indices:
    """How many days further on in their turns each of the workers is than the first."""
    # Evenly spread over the cycle, so that every shift of every day has its share of the workers.
    spread = np.random.default_rng([seed, 3]).permutation(workers) % (CYCLE_DAYS * len(TURNS))
    return np.asarray(spread, dtype=np.intp)


def roster(day: date, workers: int, zone: ZoneInfo, seed: int) -> Roster:
    """Who begins which shift on a local day, and when they will really come and go."""
    rng = np.random.default_rng([seed, 2, day.toordinal()])
    step = day.toordinal() + steps(workers, seed)
    works = step % CYCLE_DAYS != CYCLE_DAYS - 1
    kinds = np.array(TURNS)[(step // CYCLE_DAYS) % len(TURNS)]
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    starts = np.array([(midnight + timedelta(minutes=kind.start_min)).timestamp() for kind in SHIFTS])[kinds]
    ends = np.array([(midnight + timedelta(minutes=kind.end_min)).timestamp() for kind in SHIFTS])[kinds]
    chance = rng.random(workers)
    came = starts + rng.normal(-420, 180, workers)
    came = np.where(chance < TARDY, starts + rng.uniform(60, 1500, workers), np.minimum(came, starts))
    left = ends + rng.uniform(0, 420, workers)
    away = (chance > 1 - ABSENT) | (chance > 1 - ABSENT - ON_LEAVE)
    return Roster(
        worker=np.flatnonzero(works),
        kind=kinds[works],
        starts=starts[works],
        ends=ends[works],
        checked_in=np.where(away, np.nan, came)[works],
        checked_out=np.where(away, np.nan, left)[works],
        cancelled=((chance > 1 - ABSENT - ON_LEAVE) & (chance <= 1 - ABSENT))[works],
    )
