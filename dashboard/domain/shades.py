"""Into which six classes values fall on a map: round bounds that fit most of them.

Owns the bounds; colours are for the screens. Bounds depend on the bulk of the values, not on their extremes, so that
one odd region does not turn all others into one class.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from typing import Final

from dashboard.domain.indicators import Unit

CLASSES: Final = 6
COUNTS: Final = ((1, 2, 4, 6, 9), (1, 3, 6, 10, 15), (1, 5, 10, 20, 40), (1, 10, 25, 50, 100))
"""Bounds for counts, the first as on the wall; larger ones go on in tens."""
RATE_STEPS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
BULK: Final = 0.9
"""This share of the counts should lie below the highest class."""
EDGE: Final = 0.05
"""This share of the rates may lie beyond the bounds on either side."""

Bounds = tuple[float, ...]


def bounds(values: Collection[float], unit: Unit) -> Bounds:
    """Five bounds in order: a value is in the class of the number of bounds that it reaches."""
    if unit is Unit.COUNT:
        return _of_counts(values)
    return _of_rates(values) if unit is Unit.RATE else _of_hours(values)


def _of_counts(values: Collection[float]) -> Bounds:
    most = quantile(values, BULK)
    return next(ladder for ladder in _ladders() if most <= ladder[-1])


def _ladders() -> Iterator[Bounds]:
    yield from COUNTS
    ten = 10
    while True:
        for steps in ((2, 5, 10, 20), (5, 10, 25, 50), (10, 25, 50, 100)):
            yield (1, *(step * ten for step in steps))
        ten *= 10


def _of_rates(values: Collection[float]) -> Bounds:
    low, high = quantile(values, EDGE), quantile(values, 1 - EDGE)
    for step in RATE_STEPS:
        first = math.floor(low / step + 1e-9)
        first = min(first, round(1 / step) - (CLASSES - 1))  # no bound beyond 100 %
        if (first + CLASSES) * step >= high - 1e-9:
            break
    first = max(first, 0)
    return tuple(round((first + n) * step, 4) for n in range(1, CLASSES))


def _of_hours(values: Collection[float]) -> Bounds:
    step = _round_up(max(quantile(values, 1 - EDGE), 0.6) / CLASSES)
    return tuple(round(step * n, 6) for n in range(1, CLASSES))


def _round_up(size: float) -> float:
    ten: float = 10.0 ** math.floor(math.log10(size))
    return next(step * ten for step in (1, 2, 5, 10) if step * ten >= size - 1e-12)


def quantile(values: Collection[float], share: float) -> float:
    """The value below which such a share of them lies; 0 without any."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0
