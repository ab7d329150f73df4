"""Counts over columns: the same as `counting` finds by SQL over the rows, for any windows in one pass.

Owns the arithmetic over arrays. Days that are stored come from the archive, what is open and what changed meanwhile
from the rows; what a stored day holds of an event that changed is counted once more, to be taken away.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from dashboard.domain.indicators import Group
from data_access.columns import (
    FLAGS,
    NEVER_US,
    SATISFACTION_BIT,
    SOURCES,
    STAGES,
    Array,
    Clock,
    us_of,
)
from data_access.queries.archive import Columns, Kinds
from data_access.queries.filtering import OPEN_SIEVE, Sieve
from data_access.queries.placing import Placing
from data_access.queries.selection import Ground
from data_access.queries.tallies import Tallies, Tally

CLOCKS: Final[Mapping[Group, tuple[Clock, ...]]] = {
    Group.REPORTED: (Clock.REPORTED,),
    Group.DISPATCHED: (Clock.REPORTED,),
    Group.DUE: (Clock.DUE,),
    Group.CLOSED: (Clock.CLOSED,),
    Group.ASKED: (Clock.CLOSED,),
    Group.HANDLING: (Clock.CLOSED,),
    Group.FEEDBACK: (Clock.ASKED, Clock.ANSWERED),
    Group.STOCK: (),
}
"""The clocks by which the rows of a group count; stocks are of a moment."""
COUNTED: Final[Mapping[Clock, tuple[tuple[str, int | None], ...]]] = {
    Clock.REPORTED: (
        ("reported", None),
        ("hotline", 0),
        ("instant", 1),
        ("to_sign", 2),
        ("signed", 3),
        ("dispatched", 4),
        ("returned", 5),
    ),
    Clock.DUE: (("due", None), ("due_in_time", 0)),
    Clock.CLOSED: (
        ("closed", None),
        ("limited", 0),
        ("closed_in_time", 1),
        ("reworked", 2),
        ("finished", None),
        ("followed_up", 3),
    ),
    Clock.ASKED: (("asked", None), ("responded", 0)),
    Clock.ANSWERED: (("answered", None), ("resolved", 1)),
}
"""Names of counts, each of all rows or of those with a flag."""
MOST_CELLS: Final = 4_000_000
"""Larger tables of events by region and minutes are not worth their memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Rows in the order of their clock. `sign` -1: to be taken away. `closed`: of closed events. `by_region`: how
    many they are by region and flags, if somebody has counted them before."""

    columns: Columns
    sign: int = 1
    closed: bool = True
    by_region: Array | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """For rows of a stretch of time: the place among the targets by region, from 1; 0: outside. None: all are of
    the first."""

    since_us: int
    until_us: int
    place: Array | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """The regions of a question over time."""

    targets: tuple[int, ...]
    plots: tuple[Plot, ...]

    def at(self, moment_us: int) -> Plot:
        """The plot of a moment."""
        return next(plot for plot in self.plots if plot.since_us <= moment_us < plot.until_us)


@dataclass(slots=True, kw_only=True)
class Tables:
    """What is added up for one clock and window: rows by target and flags, once of all, once of closed events."""

    every: Array
    closed: Array
    minutes: dict[int, Tally] = field(default_factory=lambda: defaultdict(Tally))
    short: Array = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))

    def add_short(self, minutes: Array) -> None:
        """Events by target and minutes."""
        if minutes.shape[1] > self.short.shape[1]:
            wider = np.zeros(minutes.shape, dtype=np.int64)
            wider[: self.short.shape[0], : self.short.shape[1]] = self.short
            self.short = wider
        self.short[:, : minutes.shape[1]] += minutes

    def minutes_of(self, n: int, target: int) -> Array:
        """All minutes of a target, which is the n-th."""
        tally = self.minutes[target]
        if self.short.size:
            tally = Tally(minutes=tally.minutes.copy())
            tally.add_minutes(self.short[n])
        return tally.minutes


def field_of(ground: Ground, placing: Placing) -> Field:
    """The ground and the placing as arrays by region, one plot for each stretch between their turns."""
    turns = sorted({*ground.turns, *placing.turns})
    edges = [-NEVER_US, *(us_of(turn) for turn in turns), 2 * NEVER_US]
    targets = tuple(sorted(placing.every()))
    plots = []
    for since, until in itertools.pairwise(edges):
        span = sum(us_of(turn) <= since for turn in ground.turns)
        part = sum(us_of(turn) <= since for turn in placing.turns)
        plots.append(
            Plot(since_us=since, until_us=until, place=_places(ground, placing, targets, span, part))
        )
    return Field(targets=targets, plots=tuple(plots))


def _places(ground: Ground, placing: Placing, targets: Sequence[int], span: int, part: int) -> Array | None:
    mine = None if ground.everywhere else {*ground.ids, *(id_ for id_, held in ground.then if held == span)}
    if not placing.broken_down:
        if mine is None:
            return None
        told = dict.fromkeys(mine, 1)
    else:
        index = {target: n for n, target in enumerate(targets, start=1)}
        told = {
            region: index[target]
            for (region, held), target in placing.targets.items()
            if held == part and (mine is None or region in mine)
        }
    found = np.zeros(max(told, default=0) + 2, dtype=np.int32)  # the last one for regions beyond: outside
    for region, place in told.items():
        found[region] = place
    return found


class Sifter:
    """Says which rows pass the filters and lie in the field."""

    def __init__(self, sieve: Sieve, kinds: Kinds) -> None:
        self._sieve = None if sieve == OPEN_SIEVE else sieve
        self._kinds = self._passing(kinds.category, kinds.department, kinds.bits)

    @property
    def lets_all_through(self) -> bool:
        """Whether no filter is set."""
        return self._sieve is None

    def placed(
        self, columns: Columns, start: int, end: int, plot: Plot
    ) -> tuple[Array | None, Array | slice]:
        """Places of the rows that pass (None: all are of the first target), and which rows those are."""
        chosen = self._chosen(columns, start, end)
        if plot.place is None:
            return None, (slice(start, end) if chosen is None else start + np.flatnonzero(chosen))
        places = plot.place.take(columns["region"][start:end], mode="clip")
        inside = places > 0 if chosen is None else (places > 0) & chosen
        if inside.all():
            return places, slice(start, end)
        which = np.flatnonzero(inside)
        return places[which], start + which

    def _chosen(self, columns: Columns, start: int, end: int) -> Array | None:
        if self._sieve is None:
            return None
        if "kind" in columns and self._kinds is not None:
            return self._kinds.take(columns["kind"][start:end])
        return self._passing(*(columns[name][start:end] for name in ("category", "department", "bits")))

    def _passing(self, category: Array, department: Array, bits: Array) -> Array | None:
        sieve = self._sieve
        if sieve is None:
            return None
        found = np.ones(category.size, dtype=bool)
        if sieve.categories is not None:
            found &= np.isin(category, sieve.categories)
        if sieve.departments is not None:
            found &= np.isin(department, sieve.departments)
        if sieve.sources is not None:
            found &= np.isin(bits & 7, [SOURCES.index(source) for source in sieve.sources])
        if sieve.severities is not None:
            found &= np.isin(bits >> 3 & 3, sieve.severities)
        if sieve.late:
            found &= (bits >> 5 & 1).astype(bool)
        if sieve.stages is not None:
            found &= np.isin(bits >> 6 & 63, [STAGES.index(stage) + 1 for stage in sieve.stages])
        return found


def count_clock(
    pieces: Iterable[Piece], windows: Sequence[tuple[int, int]], ground: Field, sifter: Sifter
) -> list[Tables]:
    """Rows by target and flags for each window [start, end) in microseconds."""
    size = len(ground.targets) * FLAGS
    found = [
        Tables(every=np.zeros(size, dtype=np.int64), closed=np.zeros(size, dtype=np.int64)) for _ in windows
    ]
    for piece in pieces:
        at = piece.columns["at"]
        if not at.size:
            continue
        first_us, last_us = int(at[0]), int(at[-1])
        for tables, (start_us, end_us) in zip(found, windows, strict=True):
            if last_us < start_us or end_us <= first_us:
                continue
            for plot in ground.plots:
                start, end = np.searchsorted(
                    at, [max(start_us, plot.since_us), min(end_us, plot.until_us)], side="left"
                )
                if start < end:
                    _add(tables, piece, int(start), int(end), plot, sifter, ground)
    return found


def _add(
    tables: Tables, piece: Piece, start: int, end: int, plot: Plot, sifter: Sifter, ground: Field
) -> None:
    whole = end - start == piece.columns["at"].size
    if piece.by_region is not None and whole and sifter.lets_all_through:
        counts = _by_target(piece.by_region, plot, len(ground.targets))
        if "minutes" in piece.columns:
            places, which = sifter.placed(piece.columns, start, end, plot)
    else:
        places, which = sifter.placed(piece.columns, start, end, plot)
        flags = piece.columns["flags"][which]
        key = flags if places is None else (places - 1) * FLAGS + flags
        counts = np.bincount(key, minlength=tables.every.size)
    tables.every += piece.sign * counts
    if piece.closed:
        tables.closed += piece.sign * counts
    if "minutes" in piece.columns:
        _add_minutes(tables, piece.columns["minutes"][which], piece.sign, places, ground)


def _by_target(by_region: Array, plot: Plot, targets: int) -> Array:
    """Rows by region and flags as rows by target and flags."""
    if plot.place is None:
        total: Array = by_region.sum(axis=0)
        return total
    places = plot.place.take(np.arange(by_region.shape[0]), mode="clip")
    found = np.zeros((targets + 1, FLAGS), dtype=np.int64)
    np.add.at(found, places, by_region)
    return found[1:].reshape(-1)


def _add_minutes(tables: Tables, minutes: Array, sign: int, places: Array | None, ground: Field) -> None:
    if places is None or len(ground.targets) == 1:
        tables.minutes[ground.targets[0]].add_minutes(sign * np.bincount(minutes))
        return
    wide = int(minutes.max(initial=0)) + 1
    if len(ground.targets) * wide <= MOST_CELLS:
        key = (places.astype(np.int64) - 1) * wide + minutes
        counts = np.bincount(key, minlength=len(ground.targets) * wide)
        tables.add_short(sign * counts.reshape(-1, wide))
        return
    order = np.argsort(places, kind="stable")
    ends = np.cumsum(np.bincount(places, minlength=len(ground.targets) + 1))
    for n, target in enumerate(ground.targets, start=1):
        mine = minutes[order[ends[n - 1] : ends[n]]]
        if mine.size:
            tables.minutes[target].add_minutes(sign * np.bincount(mine))


def tell(clock: Clock, tables: Tables, ground: Field, satisfied_from: int, found: Tallies) -> None:
    """Put what was counted by a clock into the tallies."""
    flags = np.arange(FLAGS)
    every = tables.every.reshape(-1, FLAGS)
    closed = tables.closed.reshape(-1, FLAGS)
    for n, target in enumerate(ground.targets):
        if not every[n].any():
            continue
        tally = found[target]
        for name, bit in COUNTED[clock]:
            tally.counts[name] += int(
                every[n].sum() if bit is None else every[n][flags >> bit & 1 == 1].sum()
            )
        if clock is Clock.REPORTED:
            tally.counts["reported_closed"] += int(closed[n].sum())
        if clock is Clock.ANSWERED:
            satisfied = flags >> SATISFACTION_BIT & 7
            tally.counts["satisfied"] += int(every[n][(satisfied >= satisfied_from) & (satisfied > 0)].sum())
        if clock is Clock.CLOSED:
            tally.add_minutes(tables.minutes_of(n, target))
