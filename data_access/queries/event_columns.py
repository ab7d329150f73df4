"""Lists of events over long windows, from the stored days instead of the rows: how many, and which come first.

What no index of the rows gives in time, a choice of several filters out of years, is one pass over columns. The
members of a list are the same as `event_set` finds by SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from sqlalchemy import Connection

from dashboard.domain.indicators import Group
from dashboard.domain.terms import Terms
from dashboard.domain.windows import Window
from data_access.columns import Array, Clock, us_of
from data_access.queries.archive import SnapshotTooOld
from data_access.queries.columnar import Field, Piece, Sifter, field_of
from data_access.queries.event_set import EventSet, Listing
from data_access.queries.history import Days, days_of, failing_alike
from data_access.queries.placing import AS_ONE
from data_access.queries.selection import Selection

SHORT: Final = timedelta(days=2)
"""The rows of a shorter window are read as quickly as they are."""
AMONG: Final = "e.id = any(cast(:ids as bigint[]))"
"""The condition that an event is one of those told; `among` has their value."""
_CLOCKS: Final = {
    Listing.CLOSED: (Clock.CLOSED, Group.CLOSED),
    Listing.REPORTED: (Clock.REPORTED, Group.REPORTED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """A list by its own clock. `ids`: of the first members, in order."""

    total: int
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """Rows in the order of their clock, equal ones by id."""

    at: Array
    id: Array

    def without(self, ids: Array) -> _Chosen:
        keep = ~np.isin(self.id, ids)
        return _Chosen(at=self.at[keep], id=self.id[keep])

    def first(self, most: int, *, newest: bool) -> _Chosen:
        part = slice(max(0, self.id.size - most), None) if newest else slice(most)
        return _Chosen(at=self.at[part].astype(np.int64), id=self.id[part].astype(np.int64))


def among(ids: Iterable[int]) -> str:
    """An array as PostgreSQL reads it: a hundred thousand numbers one by one would take the driver 0.2 s."""
    return f"{{{','.join(map(str, ids))}}}"


@failing_alike()
def members(
    conn: Connection,
    found: EventSet,
    window: Window,
    terms: Terms,
    now: datetime,
    *,
    most: int,
    newest: bool,
) -> Members | None:
    """How many events a list has and the first `most` of them, newest or oldest first; None where the rows must
    tell: a short window, words, another map, or no days stored."""
    if found.worded or found.listing not in _CLOCKS or window.length <= SHORT:
        return None
    clock, group = _CLOCKS[found.listing]
    selection = Selection(ground=found.ground, window=window, now=now, terms=terms, sieve=found.sieve)
    try:
        days = days_of(conn.engine, conn, selection, AS_ONE, [group])
        if days is None:
            return None
        span = (us_of(window.start), us_of(window.end))
        pieces = _chosen(_pieces(days, clock, span), span, field_of(found.ground, AS_ONE), days.sifter)
        total, firsts = 0, []
        for piece in pieces:
            total += piece.id.size
            firsts.append(piece.first(most, newest=newest))
    except SnapshotTooOld:  # another question has seen a newer one meanwhile: the rows still know
        return None
    at = np.concatenate([piece.at for piece in firsts] or [np.zeros(0, dtype=np.int64)])
    ids = np.concatenate([piece.id for piece in firsts] or [np.zeros(0, dtype=np.int64)])
    order = np.lexsort((ids, at))
    order = order[::-1] if newest else order
    return Members(total=total, ids=tuple(ids[order[:most]].tolist()))


def _pieces(days: Days, clock: Clock, span: tuple[int, int]) -> Iterator[Piece]:
    if span[0] < span[1]:
        yield from days.closed(clock, [span])
    still_open = days.still_open(clock)
    if still_open is not None:
        yield still_open


def _chosen(
    pieces: Iterable[Piece], span: tuple[int, int], ground: Field, sifter: Sifter
) -> Iterator[_Chosen]:
    """Rows of the span that pass. A piece to be taken away speaks of the one before it."""
    before: _Chosen | None = None
    for piece in pieces:
        if piece.sign < 0:
            before = before and before.without(piece.columns["id"])
            continue
        if before is not None:
            yield before
        before = _passing(piece, span, ground, sifter)
    if before is not None:
        yield before


def _passing(piece: Piece, span: tuple[int, int], ground: Field, sifter: Sifter) -> _Chosen:
    columns, at, ids = piece.columns, [], []
    for plot in ground.plots:
        edges = [max(span[0], plot.since_us), min(span[1], plot.until_us)]
        start, end = np.searchsorted(columns["at"], edges, side="left")
        if start < end:
            _, which = sifter.placed(columns, int(start), int(end), plot)
            at.append(columns["at"][which])
            ids.append(columns["id"][which])
    if len(at) == 1:
        return _Chosen(at=at[0], id=ids[0])
    nothing = [np.zeros(0, dtype=np.int64)]
    return _Chosen(at=np.concatenate(at or nothing), id=np.concatenate(ids or nothing))
