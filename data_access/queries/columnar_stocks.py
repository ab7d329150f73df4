"""Stocks over columns: what was open, overdue or due soon at any number of moments, now or in the past, in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from data_access.columns import NEVER_US, Array
from data_access.queries.archive import Columns
from data_access.queries.columnar import Field, Piece, Plot, Sifter
from data_access.queries.tallies import Tallies

NEEDED: Final = frozenset({"at", "region", "kind", "category", "department", "bits", "began", "due"})
TWO_HOURS_US: Final = 2 * 3_600_000_000


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
        columns = _possible(piece, moments)
        if not columns["began"].size:
            continue
        places, which = sifter.placed(columns, 0, columns["began"].size, plot)
        began, due = columns["began"][which], columns["due"][which]
        until = columns["at"][which] if piece.closed else np.full(began.size, 2 * NEVER_US)
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


def _possible(piece: Piece, moments: Array) -> Columns:
    """The rows that began before the last moment and were not closed before the first: few, long after it."""
    start = int(np.searchsorted(piece.columns["at"], moments[0], side="left")) if piece.closed else 0
    places = start + np.flatnonzero(piece.columns["began"][start:] < moments[-1])
    return {name: values[places] for name, values in piece.columns.items() if name in NEEDED}


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
