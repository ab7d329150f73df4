"""How any question about regions and windows is counted: over stored days where there are any, else over the rows.

Owns the choice, and what is read from the rows beside the stored days: days that are not stored, what is open, and
what changed since its day was stored. The result is the same whichever way is taken, at every moment.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import numpy as np
import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from dashboard.domain.indicators import Group
from dashboard.domain.model import State
from dashboard.domain.terms import Terms
from dashboard.domain.worktime import EPOCH
from data_access.columns import (
    ABOUT_EVENTS,
    BY_ID,
    DAY_US,
    IN_SPANS,
    KIND_BITS,
    NEVER_US,
    OPEN,
    STAGES,
    Array,
    Clock,
    Place,
    made_for,
    read,
    us_of,
)
from data_access.queries.archive import Archive, Columns, Look, SnapshotTooOld, archive_of
from data_access.queries.columnar import (
    CLOCKS,
    Field,
    Piece,
    Sifter,
    count_clock,
    field_of,
    tell,
)
from data_access.queries.columnar_stocks import count_stocks
from data_access.queries.counting import tallied
from data_access.queries.placing import Placing
from data_access.queries.selection import Selection
from data_access.queries.session import district_settings, reading
from data_access.queries.tallies import Tallies, Tally
from data_access.working_minutes import working_minutes

R = TypeVar("R")
Span = tuple[int, int]
TRIES: Final = 5
EPOCH_DAY: Final = EPOCH.toordinal()


def asked(engine: Engine, ask: Callable[[Connection], R]) -> R:
    """The answer to a question, all of it seen at one moment."""
    tries = 0
    while True:
        with reading(engine) as conn:
            try:
                return ask(conn)
            except SnapshotTooOld:  # another question has seen a newer one meanwhile
                tries += 1
                if tries >= TRIES:
                    archive_of(engine).forget()


@contextmanager
def failing_alike() -> Iterator[None]:
    """Columns are read from the driver itself: what fails there fails as everything that is asked here."""
    try:
        yield
    except psycopg.Error as error:
        raise OperationalError("columns", None, error) from error


def tallied_each(
    engine: Engine,
    conn: Connection,
    selections: Sequence[Selection],
    placing: Placing,
    groups: Collection[Group],
) -> list[Mapping[int, Tally]]:
    """Tallies by target for each selection. The selections differ in their windows only."""
    first = selections[0]
    by_days = [group for group in groups if group in CLOCKS]
    with failing_alike():
        days = days_of(engine, conn, first, placing, by_days) if by_days else None
        found = None if days is None else _count(days, selections, placing, by_days)
    if found is None:
        return [tallied(conn, selection, placing, groups) for selection in selections]
    rest = [group for group in groups if group not in CLOCKS]
    for tallies, selection in zip(found, selections, strict=True):
        for target, tally in tallied(conn, selection, placing, rest).items() if rest else ():
            tallies[target].counts.update(tally.counts)
            tallies[target].missing.update(tally.missing)
            tallies[target].empty.update(tally.empty)
    return list(found)


def days_of(
    engine: Engine, conn: Connection, selection: Selection, placing: Placing, groups: Collection[Group]
) -> Days | None:
    """The stored days, where a question can be answered by them: not what lies elsewhere on today's map."""
    sieve = selection.sieve
    if selection.ground.redrawn_ids or placing.redrawn or not set(sieve.stages or ()) <= set(STAGES):
        return None
    driver = conn.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    archive = archive_of(engine)
    look = archive.look(driver)
    if look is None or not any(look.days.values()):
        return None
    terms = selection.terms
    fit = made_for(terms.schedule, district_settings(conn))
    return Days(driver, archive, look, selection, terms, fit, groups)


class Days:
    """Pieces of columns for one question; `sifter` says which rows of them pass."""

    def __init__(
        self,
        conn: psycopg.Connection[Any],
        archive: Archive,
        look: Look,
        selection: Selection,
        terms: Terms,
        fit: str,
        groups: Collection[Group],
    ) -> None:
        self._conn, self._archive, self._look = conn, archive, look
        self._terms, self._fit, self._now = terms, fit, selection.now
        self._now_us = us_of(self._now)
        self.sifter = Sifter(selection.sieve, look.kinds)
        ground, states = selection.ground, selection.sieve.states
        ids = None if ground.everywhere else tuple({*ground.ids, *(id_ for id_, _ in ground.then)})
        self._place = Place(regions=ids)
        self._returns = Group.DISPATCHED in groups
        self._still_open: dict[Clock, Array] = {}
        self._open, self._closed = (states is None or state in states for state in (State.OPEN, State.CLOSED))

    def still_open(self, clock: Clock) -> Piece | None:
        """What is open, by that clock: read once as reported and once as asked, from which the others follow."""
        if not self._open or clock is Clock.CLOSED:
            return None
        about = Clock.REPORTED if clock in ABOUT_EVENTS else Clock.ASKED
        if about not in self._still_open:
            self._still_open[about] = read(
                self._conn, OPEN[about], self._now, self._place, returns=self._returns
            )
        records = self._still_open[about]
        if clock is not about:
            records = records.copy()
            records["at"] = records["due" if clock is Clock.DUE else "began"]
            records = records[records["at"] < NEVER_US]
            records = records[np.argsort(records["at"], kind="stable")]
        piece = self._piece(clock, records, closed=False)
        if clock is Clock.DUE:  # nothing that is open was closed in time
            return replace(piece, columns={**piece.columns, "flags": np.zeros_like(piece.columns["flags"])})
        return piece

    def closed(self, clock: Clock, spans: Sequence[Span]) -> Iterator[Piece]:
        """What is closed and counts by a clock in these spans: of stored days, of others, and what has changed."""
        if not self._closed or not spans:
            return
        days = [day for day in self._within(clock, spans) if self._fits(clock, day)]
        for columns, by_region in self._archive.columns(self._conn, self._look, clock, days):
            yield Piece(columns=columns, by_region=by_region)
            yield from self._taken_back(clock, columns)
        gaps = _gaps(spans, days)
        if gaps:
            moments = {"starts": [_at(a) for a, _ in gaps], "ends": [_at(b) for _, b in gaps]}
            records = read(
                self._conn, IN_SPANS[clock], self._now, self._place, returns=self._returns, **moments
            )
            fresh = self._piece(clock, records)
            yield fresh
            yield from self._taken_back(clock, fresh.columns)
        if self._look.marks.events:
            ids = list(self._look.marks.events)
            yield self._piece(clock, read(self._conn, BY_ID[clock], self._now, self._place, ids=ids))

    def _within(self, clock: Clock, spans: Sequence[Span]) -> Iterator[int]:
        """Stored days that the spans touch, in order."""
        stored = self._look.days[clock]
        newest = max(stored, default=0)
        last = 0
        for start, end in spans:
            first = max(EPOCH_DAY + start // DAY_US, last + 1, min(stored, default=0))
            last = max(last, min(EPOCH_DAY + (end - 1) // DAY_US, newest))
            yield from (day for day in range(first, last + 1) if day in stored)

    def _fits(self, clock: Clock, day: int) -> bool:
        stored = self._look.days[clock][day]
        return stored.made_for == self._fit and stored.settled_us < self._now_us

    def _taken_back(self, clock: Clock, columns: Columns) -> Iterator[Piece]:
        """The rows of events that are read once more because they changed."""
        marks = self._look.marks
        if not marks.events or not columns["at"].size:
            return
        first = np.searchsorted(columns["at"], marks.times[clock], side="left")
        last = np.searchsorted(columns["at"], marks.times[clock], side="right")
        places = np.concatenate(
            [np.arange(a, b) for a, b in zip(first, last, strict=True) if a < b] or [first[:0]]
        )
        places = places[np.isin(columns["id"][places], marks.events)]
        if places.size:
            yield Piece(columns={name: values[places] for name, values in columns.items()}, sign=-1)

    def _piece(self, clock: Clock, records: Array, *, closed: bool = True) -> Piece:
        columns: dict[str, Array] = {name: records[name] for name in records.dtype.names or ()}
        columns["flags"] = records["bits"] >> KIND_BITS
        if clock is Clock.CLOSED:
            columns["minutes"] = working_minutes(self._terms.schedule, records["began"], records["at"])
        return Piece(columns=columns, closed=closed)


def _count(
    days: Days, selections: Sequence[Selection], placing: Placing, groups: Collection[Group]
) -> list[Tallies]:
    ground = field_of(selections[0].ground, placing)
    found = [Tallies() for _ in selections]
    for clock in dict.fromkeys(clock for group in groups for clock in CLOCKS[group]):
        windows = [_window(clock, selection) for selection in selections]
        pieces = _pieces(days, clock, windows)
        for tallies, tables, selection in zip(
            found, count_clock(pieces, windows, ground, days.sifter), selections, strict=True
        ):
            tell(clock, tables, ground, selection.terms.satisfied_from, tallies)
    if Group.STOCK in groups:
        for tallies, stocks in zip(found, _stocks(days, selections, ground), strict=True):
            for target, tally in stocks.items():
                tallies[target].counts.update(tally.counts)
    return found


def _pieces(days: Days, clock: Clock, windows: Sequence[Span]) -> Iterator[Piece]:
    yield from days.closed(clock, _merged(windows))
    still_open = days.still_open(clock)
    if still_open is not None:
        yield still_open


def _stocks(days: Days, selections: Sequence[Selection], ground: Field) -> list[Tallies]:
    moments = [(us_of(selection.moment), selection.live) for selection in selections]
    past = [moment for moment, live in moments if not live]
    closed = list(days.closed(Clock.CLOSED, [(min(past), NEVER_US)])) if past else []
    return count_stocks(days.still_open(Clock.REPORTED), closed, moments, ground, days.sifter)


def _window(clock: Clock, selection: Selection) -> Span:
    end = selection.moment if clock is Clock.DUE else selection.window.end
    return us_of(selection.window.start), us_of(end)


def _merged(windows: Sequence[Span]) -> list[Span]:
    """Spans that hold the windows, without overlap, in order."""
    found: list[Span] = []
    for start, end in sorted(window for window in windows if window[0] < window[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _gaps(spans: Sequence[Span], days: Sequence[int]) -> list[Span]:
    """What the days (ordinals, ascending) leave of the spans."""
    found: list[Span] = []
    for start, end in spans:
        place = start
        for day in days:
            since = (day - EPOCH_DAY) * DAY_US
            if since + DAY_US <= place or since >= end:
                continue
            if place < since:
                found.append((place, since))
            place = max(place, since + DAY_US)
        if place < end:
            found.append((place, end))
    return found


def _at(us: int) -> datetime:
    return EPOCH + timedelta(microseconds=us)
