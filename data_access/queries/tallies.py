"""What was counted of a region in a window, and the readings that are made of it.

Owns how an indicator follows from counts. Who counts, and from what, is for `counting` (the rows themselves).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from dashboard.domain.indicators import (
    Group,
    Indicator,
    Reading,
    count_reading,
    hours_reading,
    missing_reading,
    rate_reading,
)
from dashboard.domain.words import Words
from data_access.queries.placing import Placing

Minutes = npt.NDArray[np.int64]
NO_MINUTES: Minutes = np.zeros(0, dtype=np.int64)


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts by name; how many events took how many whole working minutes (the index); and why a group could not
    be counted, or found nothing to count."""

    counts: Counter[str] = field(default_factory=Counter)
    minutes: Minutes = field(default_factory=lambda: NO_MINUTES)
    missing: dict[Group, Words] = field(default_factory=dict)
    empty: dict[Group, Words] = field(default_factory=dict)

    def add_minutes(self, more: Minutes) -> None:
        """More events by their minutes."""
        if more.size > self.minutes.size:
            self.minutes = np.pad(self.minutes, (0, more.size - self.minutes.size))
        self.minutes[: more.size] += more

    def __bool__(self) -> bool:
        return any(self.counts.values()) or bool(self.minutes.any())


class Tallies(dict[int, Tally]):
    """Tallies by the region that they belong to."""

    def __missing__(self, region_id: int) -> Tally:
        self[region_id] = found = Tally()
        return found

    def add(self, rows: Iterable[Mapping[Any, Any]], placing: Placing) -> None:
        """Rows of (region, span, counts by name)."""
        for row in rows:
            for target in placing.target(row["region"], row["span"]):
                counts = self[target].counts
                for name, number in row.items():
                    if name not in ("region", "span"):
                        counts[name] += number


def readings_of(tally: Tally, wanted: Collection[Indicator]) -> tuple[Reading, ...]:
    """The readings of these indicators, in their order."""
    found: dict[str, Reading] = {}
    for group in dict.fromkeys(indicator.group for indicator in wanted):
        if group in tally.missing:
            keys = [indicator.key for indicator in wanted if indicator.group is group]
            found.update((key, missing_reading(key, tally.missing[group])) for key in keys)
        else:
            found.update((reading.key, reading) for reading in READERS[group](tally))
    return tuple(found[indicator.key] for indicator in wanted)


def percentile(minutes: Minutes, percent: int) -> float | None:
    """The percentile of minutes, linear between neighbours; None without any."""
    upto = np.cumsum(minutes)
    total = int(upto[-1]) if upto.size else 0
    if not total:
        return None
    place = (total - 1) * percent / 100
    low = int(place)
    at, following = np.searchsorted(upto, [low, min(low + 1, total - 1)], side="right")
    return float(at + (following - at) * (place - low))


def _counts(*pairs: tuple[str, str]) -> Callable[[Tally], Sequence[Reading]]:
    return lambda tally: [count_reading(key, tally.counts[name]) for key, name in pairs]


def _rates(*rates: tuple[str, str, str]) -> Callable[[Tally], Sequence[Reading]]:
    return lambda tally: [rate_reading(key, tally.counts[n], tally.counts[d]) for key, n, d in rates]


def _both(*readers: Callable[[Tally], Sequence[Reading]]) -> Callable[[Tally], Sequence[Reading]]:
    return lambda tally: [reading for reader in readers for reading in reader(tally)]


def _dispatched(tally: Tally) -> Sequence[Reading]:
    dispatched = tally.counts["dispatched"]
    return [rate_reading("dispatch_accuracy", dispatched - tally.counts["returned"], dispatched)]


def _handling(tally: Tally) -> Sequence[Reading]:
    n = int(tally.minutes.sum())
    found = []
    for key, percent in (("handling_p50", 50), ("handling_p90", 90)):
        minutes = percentile(tally.minutes, percent)
        found.append(hours_reading(key, None if minutes is None else minutes / 60, n))
    return found


def _coverage(tally: Tally) -> Sequence[Reading]:
    visited, cells = tally.counts["visited"], tally.counts["cells"]
    return [rate_reading("coverage", visited, cells, tally.empty.get(Group.COVERAGE))]


READERS: dict[Group, Callable[[Tally], Sequence[Reading]]] = {
    Group.REPORTED: _both(
        _counts(("reported", "reported")),
        _rates(
            ("closure_rate", "reported_closed", "reported"),
            ("instant_rate", "instant", "hotline"),
            ("sign_on_time", "signed", "to_sign"),
        ),
    ),
    Group.DUE: _rates(("on_time_due", "due_in_time", "due")),
    Group.DISPATCHED: _dispatched,
    Group.CLOSED: _both(
        _counts(("closed", "closed")),
        _rates(("on_time_closed", "closed_in_time", "limited"), ("rework_rate", "reworked", "closed")),
    ),
    Group.ASKED: _rates(("feedback_rate", "followed_up", "finished")),
    Group.HANDLING: _handling,
    Group.STOCK: _counts(("open", "open"), ("overdue_open", "overdue"), ("due_2h", "due_2h")),
    Group.REPEAT: _rates(("repeat_rate", "repeats", "placed")),
    Group.FEEDBACK: _rates(
        ("response_rate", "responded", "asked"),
        ("resolution_rate", "resolved", "answered"),
        ("satisfaction", "satisfied", "answered"),
    ),
    Group.DUTY: _both(
        _counts(("on_duty", "on_duty")),
        _rates(("on_duty_rate", "on_duty", "rostered")),
    ),
    Group.COVERAGE: _coverage,
    Group.SUPERVISION: _rates(("supervision_closed", "ended", "issued")),
    Group.ATTENDANCE: _rates(("attendance_rate", "attended", "to_attend")),
    Group.VISITS: _rates(("visit_rate", "visited_duly", "to_visit")),
}
