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
from data_access.queries.counting import Tallies
from data_access.queries.filtering import OPEN_SIEVE, Sieve
from data_access.queries.placing import Placing
from data_access.queries.selection import Ground
from data_access.queries.tallies import Tally

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
TWO_HOURS_US: Final = 2 * 3_600_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Rows in the order of their clock. `sign` -1: to be taken away. `closed`: of closed events."""

    columns: Columns
    sign: int = 1
    closed: bool = True


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

    def placed(
        self, columns: Columns, start: int, end: int, plot: Plot
    ) -> tuple[Array | None, Array | slice]:
        """Places of the rows that pass (None: all are of the first target), and which rows those are."""
        chosen = self._chosen(columns, start, end)
        if plot.place is None:
            return None, (slice(start, end) if chosen is None else start + np.flatnonzero(chosen))
        places = plot.place.take(columns["region"][start:end], mode="clip")
        inside = places > 0 if chosen is None else (places > 0) & chosen
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
        for tables, (start_us, end_us) in zip(found, windows, strict=True):
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
    places, which = sifter.placed(piece.columns, start, end, plot)
    flags = piece.columns["flags"][which]
    key = flags if places is None else (places - 1) * FLAGS + flags
    counts = np.bincount(key, minlength=tables.every.size)
    tables.every += piece.sign * counts
    if piece.closed:
        tables.closed += piece.sign * counts
    if "minutes" not in piece.columns:
        return
    minutes = piece.columns["minutes"][which]
    if places is None or len(ground.targets) == 1:
        tables.minutes[ground.targets[0]].add_minutes(piece.sign * np.bincount(minutes))
        return
    order = np.argsort(places, kind="stable")
    ends = np.cumsum(np.bincount(places, minlength=len(ground.targets) + 1))
    for n, target in enumerate(ground.targets, start=1):
        mine = minutes[order[ends[n - 1] : ends[n]]]
        if mine.size:
            tables.minutes[target].add_minutes(piece.sign * np.bincount(mine))


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
        if clock is Clock.CLOSED and target in tables.minutes:
            tally.add_minutes(tables.minutes[target].minutes)


def count_stocks(
    still_open: Piece | None,
    closed: Iterable[Piece],
    moments: Sequence[tuple[int, bool]],
    ground: Field,
    sifter: Sifter,
) -> list[Tallies]:
    """Stocks at moments (microseconds; whether it is now): what is open still, and what was closed only later.

    `closed` holds what was closed at the first of the past moments or later.
    """
    found = [Tallies() for _ in moments]
    past = sorted({moment for moment, live in moments if not live})
    for plot in ground.plots:
        mine = np.array([at for at in past if plot.since_us <= at < plot.until_us], dtype=np.int64)
        if mine.size:
            told = _past_stocks([*closed, *([still_open] if still_open else [])], mine, plot, ground, sifter)
            for tallies, (moment, live) in zip(found, moments, strict=True):
                if not live and moment in mine:
                    _tell_stocks(told[:, :, int(np.searchsorted(mine, moment))], ground, tallies)
    for tallies, (moment, live) in zip(found, moments, strict=True):
        if live and still_open is not None:
            _tell_stocks(_present_stocks(still_open, moment, ground, sifter), ground, tallies)
    return found


def _past_stocks(pieces: Iterable[Piece], moments: Array, plot: Plot, ground: Field, sifter: Sifter) -> Array:
    """Open, overdue and due soon, by target and moment. A row is open at the moments in (began, at]."""
    size = moments.size + 1
    found = np.zeros((3, len(ground.targets), size), dtype=np.int64)
    for piece in pieces:
        at = piece.columns["at"] if piece.closed else None
        start = 0 if at is None else int(np.searchsorted(at, moments[0], side="left"))
        end = piece.columns["began"].size
        if start >= end:
            continue
        places, which = sifter.placed(piece.columns, start, end, plot)
        began, due = piece.columns["began"][which], piece.columns["due"][which]
        until = np.full(began.size, 2 * NEVER_US) if at is None else at[which]
        base = 0 if places is None else (places.astype(np.int64) - 1) * size
        spans = (
            (began, until),
            (np.maximum(began, due), until),
            (np.maximum(began, due - TWO_HOURS_US), np.minimum(until, due)),
        )
        for n, (low, high) in enumerate(spans):
            real = low < high
            first = np.searchsorted(moments, low, side="right") + base
            last = np.searchsorted(moments, high, side="right") + base
            change = np.bincount(first[real], minlength=found[n].size) - np.bincount(
                last[real], minlength=found[n].size
            )
            found[n] += piece.sign * change.reshape(found[n].shape)
    return np.cumsum(found, axis=2)


def _present_stocks(still_open: Piece, moment: int, ground: Field, sifter: Sifter) -> Array:
    columns = still_open.columns
    places, which = sifter.placed(columns, 0, columns["due"].size, ground.at(moment))
    due = columns["due"][which]
    places = np.zeros(due.size, dtype=np.int64) if places is None else places - 1
    limited = due < NEVER_US
    soon = (due >= moment) & (due < moment + TWO_HOURS_US)
    chosen = (np.ones(due.size, dtype=bool), limited & (due < moment), soon)
    return np.stack([np.bincount(places[mask], minlength=len(ground.targets)) for mask in chosen])


def _tell_stocks(numbers: Array, ground: Field, found: Tallies) -> None:
    for n, target in enumerate(ground.targets):
        if numbers[:, n].any():
            for name, number in zip(("open", "overdue", "due_2h"), numbers[:, n].tolist(), strict=True):
                found[target].counts[name] += number
