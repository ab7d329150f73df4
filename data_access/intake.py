"""Takes outbox rows in: reads what they are about again and tells it to the live picture, bad rows set apart.

Owns the rows that are taken in and not yet deletable. Leaves when to read and when to delete to
`data_access.leader`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Protocol

import psycopg
from psycopg import Connection

from dashboard.domain.facts import Changes, Facts, Fixes, Watched
from dashboard.domain.messages import Draft
from dashboard.domain.posture import Standing
from data_access.outbox import ENTITY_KINDS, REBUILD_KINDS, Kind, OutboxRow, bury_row
from data_access.queries.facts import load_changes

log = logging.getLogger(__name__)

UNREADABLE: Final = (psycopg.DataError, ValueError, TypeError, KeyError)
"""What reading a row that makes no sense raises; a lost connection raises none of them."""


class Picture(Protocol):
    """The live picture, as `dashboard.live.state.LiveState` is one."""

    def shown_events(self) -> list[int]:
        """Ids of the events that mirrors hold."""

    def must_rebuild(self, now: datetime) -> bool:
        """Whether the clock alone asks for a rebuild."""

    def rebuild(self, facts: Facts, now: datetime) -> list[Draft]:
        """Start again from facts.

        ValueError or KeyError where they make no sense; nothing has changed then.
        """

    def change(self, changes: Changes, now: datetime) -> list[Draft]:
        """Take in what was read again."""

    def tick(self, fixes: Fixes | None, now: datetime) -> list[Draft]:
        """Bring everything up to `now`."""

    def beat(self, now: datetime, standing: Standing) -> Draft:
        """The sign of life, with the district's posture."""

    def trend(self, trends: Mapping[str, Any]) -> list[Draft]:
        """Take new series in."""

    def reset(self) -> Draft | None:
        """Tells mirrors to start again, if names, map or settings changed."""

    def watched(self) -> Mapping[int, Watched]:
        """Who is away or silent, and since when."""

    def samples(self) -> Mapping[int, Mapping[str, int]]:
        """All counters of the district and the streets."""

    def snapshot(self, now: datetime) -> dict[str, Any]:
        """What a mirror holds that got every draft so far."""


class Intake:
    """Rows taken in: `pending` ones, by id, the picture knows all about; `asking` ones want a rebuild."""

    def __init__(self, conn: Connection[Any], picture: Picture) -> None:
        self._conn = conn
        self._picture = picture
        self.pending: set[int] = set()
        self.asking: list[OutboxRow] = []
        self.taken = 0
        self.buried = 0

    def take(self, rows: list[OutboxRow], now: datetime) -> list[Draft]:
        """Take rows in together; where reading fails, one by one, so that a bad row harms no other."""
        known = [row for row in rows if self._is_known(row)]
        self.asking += [row for row in known if row.kind in REBUILD_KINDS]
        self.pending.update(row.id for row in known if row.kind in REBUILD_KINDS)
        self.taken += len(known)
        entities = [row for row in known if row.kind in ENTITY_KINDS]
        try:
            return self._apply(self._read(entities), entities, now)
        except UNREADABLE:
            drafts: list[Draft] = []
            for row in entities:
                drafts += self._take_single(row, now)
            return drafts

    def rebuilt(self) -> None:
        """What asked for a rebuild has got it."""
        self.asking.clear()

    def refuse_rebuild(self, error: Exception) -> None:
        """The rebuild that these rows asked for failed on content: set them apart, the old picture stays."""
        for row in self.asking:
            self._bury(row, error)
        self.asking.clear()

    def cleared(self, ids: Iterable[int]) -> None:
        """These rows are deleted."""
        self.pending.difference_update(ids)

    def _take_single(self, row: OutboxRow, now: datetime) -> list[Draft]:
        try:
            return self._apply(self._read([row]), [row], now)
        except UNREADABLE as error:
            self._bury(row, error)
            return []

    def _read(self, rows: list[OutboxRow]) -> Changes:
        ids: dict[str, set[int]] = {kind: set() for kind in ENTITY_KINDS}
        for row in rows:
            if row.entity_id is not None:
                ids[row.kind].add(row.entity_id)
        return load_changes(self._conn, sorted(ids[Kind.EVENT]), ids[Kind.WORKER], ids[Kind.SHIFT])

    def _apply(self, changes: Changes, rows: list[OutboxRow], now: datetime) -> list[Draft]:
        """Tell the picture, each event by itself: a bad one must not cost others their frames."""
        drafts: list[Draft] = []
        failed: dict[tuple[str, int | None], Exception] = {}
        for kind, ids, single in _apart(changes):
            try:
                drafts += self._picture.change(single, now)
            except Exception as error:
                log.exception("change could not be taken in", extra={"action": "relay_change", "kind": kind})
                failed.update(dict.fromkeys(((kind, id_) for id_ in ids), error))
        for row in rows:
            reason = failed.get((row.kind, row.entity_id))
            if reason is None:
                self.pending.add(row.id)
            else:
                self._bury(row, reason)
        return drafts

    def _is_known(self, row: OutboxRow) -> bool:
        if row.kind in REBUILD_KINDS or (row.kind in ENTITY_KINDS and row.entity_id is not None):
            return True
        self._bury(row, ValueError(f"kind {row.kind!r} with entity {row.entity_id}"))
        return False

    def _bury(self, row: OutboxRow, error: Exception) -> None:
        bury_row(self._conn, row, f"{type(error).__name__}: {error}"[:500])
        self.pending.discard(row.id)
        self.buried += 1
        extra = {"action": "relay_bury", "row": row.id, "kind": row.kind, "error": type(error).__name__}
        log.error("outbox row could not be understood", extra=extra)


def _apart(changes: Changes) -> list[tuple[Kind, list[int], Changes]]:
    """One change for each event, one for all workers, one for all shifts."""
    apart = [
        (Kind.EVENT, [event_id], Changes(events={event_id: event}, workers={}, shifts={}))
        for event_id, event in changes.events.items()
    ]
    if changes.workers:
        workers = Changes(events={}, workers=changes.workers, shifts={})
        apart.append((Kind.WORKER, list(changes.workers), workers))
    if changes.shifts:
        shifts = Changes(events={}, workers={}, shifts=changes.shifts)
        apart.append((Kind.SHIFT, list(changes.shifts), shifts))
    return apart
