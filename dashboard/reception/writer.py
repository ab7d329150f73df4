"""The writer of positions: one thread a process that collects what requests bring for a few milliseconds,
writes it in one transaction and says what became of it.

Owns the queue and its bound, and which fixes are kept: those of tokens that hold, of workers in service, in
their shifts. A request gets its answer after the commit, never before.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import psycopg

from dashboard.domain.fixes import HIDDEN, FixFlag, Whole, judge, on_shift
from dashboard.reception.refusals import Busy, Refused, TokenUnknown, Unavailable
from data_access.writes import tracks
from data_access.writes.tracks import Columns

log = logging.getLogger(__name__)

GATHER_S: Final = 0.004
"""So long the writer waits for more after the first fix: commits cost more than rows."""
BATCH_ROWS: Final = 4_000
GRACE_S: Final = 3.0
ANSWER_S: Final = 20.0
"""Who has waited for so long is told to come again; a database that hangs must not hold every phone."""

Row = tuple[int, int, float, float, float | None, float | None, float | None, float | None, float | None, int]
"""A fix in the order of `Columns`."""


class Fate(IntEnum):
    """What became of a fix."""

    KEPT = 0
    OUTSIDE_SHIFT = 1
    UNKNOWN_WORKER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """The fixes of one request, in its order: rows of a few, columns of many."""

    token_id: int
    fixes: Columns | Sequence[Row]


@dataclass(slots=True)
class _Waiting:
    parcel: Parcel
    answer: asyncio.Future[Whole] = field(compare=False)


class Writer:
    """Runs while entered. `off_shift`: positions outside shifts are kept too."""

    def __init__(self, database_url: str, *, off_shift: bool, most_rows: int) -> None:
        self._database_url = database_url
        self._off_shift = off_shift
        self._most_rows = most_rows
        self._queue: deque[_Waiting] = deque()
        self._rows = 0
        self._lock = threading.Lock()
        self._filled = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reception-writer", daemon=True)
        self._conn: psycopg.Connection[Any] | None = None
        self._used: set[int] = set()
        self._used_on: date | None = None
        self.written = 0
        self.refused = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write what waits, then end."""
        self._stop.set()
        self._filled.set()
        if self._thread.is_alive():
            self._thread.join(GRACE_S)

    @property
    def waiting(self) -> int:
        """How many fixes wait to be written."""
        return self._rows

    def refuse_if_full(self, rows: int) -> None:
        """Raises Busy where so many fixes more would have to be refused: before anybody reads them."""
        if self._rows and self._rows + rows > self._most_rows:
            raise Busy

    async def write(self, parcel: Parcel) -> Whole:
        """The fate of each fix, once it is committed. Raises Busy, Unavailable, TokenUnknown."""
        if not len(parcel.fixes):
            return np.zeros(0, dtype=np.int64)
        waiting = _Waiting(parcel, asyncio.get_running_loop().create_future())
        with self._lock:
            if self._stop.is_set():
                raise Unavailable
            self.refuse_if_full(len(parcel.fixes))
            self._queue.append(waiting)
            self._rows += len(parcel.fixes)
        self._filled.set()
        try:
            async with asyncio.timeout(ANSWER_S):
                return await waiting.answer
        except TimeoutError:
            raise Unavailable from None

    def _run(self) -> None:
        while True:
            self._filled.wait()
            if not self._stop.is_set():
                self._stop.wait(GATHER_S)
            batch = self._take()
            if batch:
                self._settle(batch)
            elif self._stop.is_set():
                break
        if self._conn is not None:
            self._conn.close()

    def _take(self) -> list[_Waiting]:
        taken: list[_Waiting] = []
        rows = 0
        with self._lock:
            while self._queue and rows < BATCH_ROWS:
                taken.append(self._queue.popleft())
                rows += len(taken[-1].parcel.fixes)
            if not self._queue and not self._stop.is_set():
                self._filled.clear()
        return taken

    def _settle(self, batch: list[_Waiting]) -> None:
        """Write a batch and tell everybody who waits for it."""
        fates: list[Whole | Refused]
        try:
            fates = self._write([waiting.parcel for waiting in batch])
        except psycopg.Error as error:
            log.warning(
                "positions could not be written",
                extra={"action": "reception_lost", "error": type(error).__name__},
            )
            self._drop_connection()
            fates = [Unavailable() for _ in batch]
        except Exception:
            log.exception("positions could not be written", extra={"action": "reception_failed"})
            self._drop_connection()
            fates = [Unavailable() for _ in batch]
        with self._lock:
            self._rows -= sum(len(waiting.parcel.fixes) for waiting in batch)
        pairs = list(zip(batch, fates, strict=True))
        try:
            batch[0].answer.get_loop().call_soon_threadsafe(_deliver, pairs)
        except RuntimeError:  # the loop has ended, and with it everybody who waited
            log.info("nobody waits for an answer any more", extra={"action": "reception_end"})

    def _drop_connection(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None

    def _write(self, parcels: Sequence[Parcel]) -> list[Whole | Refused]:
        if self._conn is None or self._conn.closed:
            self._conn = tracks.open_writer(self._database_url)
        conn = self._conn
        with conn.transaction():
            valid = tracks.valid_tokens(conn, list({parcel.token_id for parcel in parcels}))
            good = [parcel for parcel in parcels if parcel.token_id in valid]
            fates = self._store(conn, joined(good)) if good else np.zeros(0, dtype=np.int64)
            self._note_use(conn, valid)
        found: list[Whole | Refused] = []
        start = 0
        for parcel in parcels:
            if parcel.token_id not in valid:
                found.append(TokenUnknown())
                continue
            found.append(fates[start : start + len(parcel.fixes)])
            start += len(parcel.fixes)
        return found

    def _store(self, conn: psycopg.Connection[Any], fixes: Columns) -> Whole:
        """Keep the fixes that may be kept; the fate of each."""
        workers = np.unique(fixes.worker_id)
        known = tracks.context(conn, workers, int(fixes.at_us.min()), int(fixes.at_us.max()))
        fates = np.zeros(len(fixes), dtype=np.int64)
        place = np.searchsorted(known.worker_id, fixes.worker_id)
        missing = place >= len(known.worker_id)
        missing[~missing] = known.worker_id[place[~missing]] != fixes.worker_id[~missing]
        fates[missing] = Fate.UNKNOWN_WORKER
        rows = np.flatnonzero(~missing)
        inside = on_shift(
            place[rows],
            fixes.at_us[rows],
            of=known.shift_of,
            start_us=known.shift_start_us,
            end_us=known.shift_end_us,
        )
        if not self._off_shift:
            fates[rows[~inside]] = Fate.OUTSIDE_SHIFT
            rows, inside = rows[inside], inside[inside]
        if len(rows):
            kept = fixes.picked(rows)
            said = kept.flags | np.where(inside, 0, int(FixFlag.OFF_SHIFT))
            kept.flags[:] = judged(conn, kept, place[rows], said, known)
            self._append(conn, kept, known)
        self.written += len(rows)
        self.refused += len(fixes) - len(rows)
        return fates

    @staticmethod
    def _append(conn: psycopg.Connection[Any], kept: Columns, known: tracks.Context) -> None:
        tracks.append(conn, kept, known.now_us)
        shown = kept.picked(kept.flags & HIDDEN == 0)
        tracks.keep_newest(conn, shown, known.now_us)
        if known.awaited and len(shown):
            tracks.check_in(conn, shown)

    def _note_use(self, conn: psycopg.Connection[Any], ids: set[int]) -> None:
        today = date.today()  # noqa: DTZ011 - when to ask the database again, no fact
        if today != self._used_on:
            self._used, self._used_on = set(), today
        fresh = ids - self._used
        if fresh:
            tracks.note_use(conn, list(fresh))
            self._used |= fresh


def judged(
    conn: psycopg.Connection[Any], fixes: Columns, place: Whole, said: Whole, known: tracks.Context
) -> Whole:
    """Flags of fixes that will be kept; a fix that is stored already is a duplicate however old it is."""
    flags = judge(
        place,
        fixes.at_us,
        fixes.lon,
        fixes.lat,
        fixes.accuracy_m,
        said=said,
        now_us=known.now_us,
        known=known.known,
    )
    late = (flags & (FixFlag.STALE | FixFlag.OUT_OF_ORDER) != 0) & (flags & FixFlag.DUPLICATE == 0)
    repeated = tracks.present(conn, fixes, np.flatnonzero(late))
    flags[repeated] = flags[repeated] & ~int(FixFlag.OUT_OF_ORDER) | FixFlag.DUPLICATE
    return flags


def joined(parcels: Sequence[Parcel]) -> Columns:
    """All fixes of some parcels, in their order."""
    parts: list[Columns] = []
    rows: list[Row] = []
    for parcel in parcels:
        if isinstance(parcel.fixes, Columns):
            if rows:
                parts.append(columns_of(rows))
                rows = []
            parts.append(parcel.fixes)
        else:
            rows.extend(parcel.fixes)
    if rows:
        parts.append(columns_of(rows))
    if len(parts) == 1:
        return parts[0]
    return Columns(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in Columns.__slots__}
    )


def columns_of(rows: Sequence[Row]) -> Columns:
    """Rows as columns; None becomes NaN."""
    who, at, lon, lat, accuracy, speed, heading, altitude, battery, flags = zip(*rows, strict=True)
    return Columns(
        worker_id=np.array(who, dtype=np.int64),
        at_us=np.array(at, dtype=np.int64),
        lon=np.array(lon, dtype=np.float64),
        lat=np.array(lat, dtype=np.float64),
        accuracy_m=np.array(accuracy, dtype=np.float64),
        speed_mps=np.array(speed, dtype=np.float64),
        heading_deg=np.array(heading, dtype=np.float64),
        altitude_m=np.array(altitude, dtype=np.float64),
        battery_pct=np.array(battery, dtype=np.float64),
        flags=np.array(flags, dtype=np.int64),
    )


def _deliver(pairs: list[tuple[_Waiting, Whole | Refused]]) -> None:
    for waiting, fate in pairs:
        if waiting.answer.done():
            continue
        if isinstance(fate, Refused):
            waiting.answer.set_exception(fate)
        else:
            waiting.answer.set_result(fate)
