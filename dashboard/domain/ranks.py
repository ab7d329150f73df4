"""Places in a ranking by a rate: equal rates share a place."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from dashboard.domain.indicators import Reading


def exact(reading: Reading) -> Fraction:
    """A rate as it is, before any rounding; nothing of nothing is none."""
    return Fraction(reading.n or 0, reading.d or 1)


def shared_places(readings: Sequence[Reading]) -> list[int]:
    """The place of each, the highest rate first: one more than there are strictly better ones."""
    rates = [exact(reading) for reading in readings]
    return [1 + sum(other > rate for other in rates) for rate in rates]
