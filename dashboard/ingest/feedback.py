"""Imports feedback: who reported was asked, and what the answer was. Owns what a row of it has to be.

A row without a code of its own is known by its event and the moment of asking.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg

from dashboard.ingest.checks import RowReader
from dashboard.ingest.files import Record
from dashboard.ingest.mapping import Mapping
from dashboard.ingest.report import Agreement, Findings
from dashboard.ingest.times import AHEAD, Clock
from dashboard.ingest.wording import Flaw
from data_access.writes.feedback import events_by_code
from data_access.writes.imports import read_now, read_zone

LEAST, MOST = 1, 5


class FeedbackRows:
    """Turns records into rows for `ops.feedback`."""

    def __init__(self, connection: psycopg.Connection[Any], mapping: Mapping, findings: Findings) -> None:
        self._connection, self._mapping, self._findings = connection, mapping, findings
        self.made: Counter[str] = Counter()
        zone = read_zone(connection)
        self._clock = Clock(mapping.times, zone)
        self._latest = read_now(connection) + AHEAD
        mapped = mapping.columns
        answers = [name for name in ("resolved", "satisfaction") if name in mapped]
        timed = ["answered_at"] if answers or "answered_at" in mapped else []
        optional = ["channel"] if "channel" in mapped else []
        self.columns = ("code", "event_id", "asked_at", *timed, *optional, *answers)

    def rows(self, records: Sequence[Record]) -> Iterator[tuple[object, ...]]:
        """Rows of a chunk of records: the row's number, then `columns`."""
        readers = [RowReader(record, self._mapping.columns, self._findings) for record in records]
        named = [reader.code("event", required=True) for reader in readers]
        events = events_by_code(self._connection, [code for code in named if code is not None])
        for reader, event in zip(readers, named, strict=True):
            id_, reported_at = events.get(event or "", (None, None))
            if event is not None and id_ is None:
                reader.reject(reader.label("event"), event, Flaw.UNKNOWN_EVENT)
            facts = {"event_id": id_, **self._facts(reader, reported_at)}
            facts["code"] = reader.code("code") or _own_code(event, facts["asked_at"])
            if reader.sound():
                yield (reader.record.number, *(facts[name] for name in self.columns))

    def agreements(self) -> tuple[Agreement, ...]:
        """None: feedback has no points."""
        return ()

    def _facts(self, reader: RowReader, reported_at: datetime | None) -> dict[str, Any]:
        asked = reader.time("asked_at", self._clock, required=True)
        answered = reader.time("answered_at", self._clock)
        resolved = reader.flag("resolved")
        satisfaction = reader.whole("satisfaction", LEAST, MOST)
        if resolved is not None or satisfaction is not None:
            if not reader.has("answered_at"):
                answered = asked
            elif answered is None and not any(fault.rejected for fault in reader.faults):
                reader.reject(reader.label("answered_at"), "", Flaw.ANSWER_WITHOUT_TIME)
        if asked is not None and reported_at is not None and asked < reported_at:
            said = self._said(reader, "asked_at")
            reported = f"{reported_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
            reader.reject(reader.label("asked_at"), said, Flaw.ASKED_BEFORE_REPORTED, reported=reported)
        if asked is not None and answered is not None and answered < asked:
            said, before = self._said(reader, "answered_at"), self._said(reader, "asked_at")
            reader.reject(reader.label("answered_at"), said, Flaw.ANSWERED_BEFORE_ASKED, asked=before)
        for name, at in (("asked_at", asked), ("answered_at", answered)):
            if at is not None and at > self._latest and reader.has(name):
                reader.reject(reader.label(name), self._said(reader, name), Flaw.FUTURE)
        return {
            "asked_at": asked,
            "answered_at": answered,
            "resolved": resolved,
            "satisfaction": satisfaction,
            "channel": reader.text("channel") or "phone",
        }

    def _said(self, reader: RowReader, field: str) -> str:
        return self._mapping.columns[field].read(reader.record.values)


def _own_code(event: str | None, asked_at: object) -> str | None:
    if event is None or not isinstance(asked_at, datetime):
        return None
    return f"{event}@{asked_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
