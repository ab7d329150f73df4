"""Imports shifts. Owns what a row of a roster has to be.

Times are moments, or, beside a column for the date, hours of that day; a shift whose end is not after its start
then goes on into the next day.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from dashboard.ingest.checks import RowReader
from dashboard.ingest.columns import BadValue
from dashboard.ingest.files import Record
from dashboard.ingest.mapping import Mapping
from dashboard.ingest.report import Agreement, Finding, Findings, shown
from dashboard.ingest.times import AHEAD, Clock
from dashboard.ingest.wording import Flaw
from data_access.writes.imports import read_now, read_zone
from data_access.writes.reference import ids_by_code
from data_access.writes.shifts import held_clashes, staged_shifts, unstage

LONGEST = timedelta(hours=36)
_HOUR = re.compile(r"(\d{1,2})[:：时](\d{2})?分?(?::(\d{2}))?")
_DAY = timedelta(days=1)
_CHECKS = ("checked_in_at", "checked_out_at")


class ShiftRows:
    """Turns records into rows for `ops.shifts`."""

    beside: MappingOf[str, str] = {}

    def __init__(self, connection: psycopg.Connection[Any], mapping: Mapping, findings: Findings) -> None:
        self._connection, self._mapping, self._findings = connection, mapping, findings
        self.made: Counter[str] = Counter()
        district = read_zone(connection)
        self._zone = ZoneInfo(mapping.times.timezone or district)
        self._clock = Clock(mapping.times, district)
        self._hours = Clock(replace(mapping.times, formats=()), district)
        self._latest = read_now(connection) + AHEAD
        self._workers = ids_by_code(connection, "workers")
        optional = [name for name in ("kind", *_CHECKS, "cancelled") if name in mapping.columns]
        self.columns = ("worker_id", "starts_at", "ends_at", *optional)

    def rows(self, records: Sequence[Record]) -> Iterator[tuple[object, ...]]:
        """Rows of a chunk of records: the row's number, then `columns`."""
        for record in records:
            reader = RowReader(record, self._mapping.columns, self._findings)
            code = reader.code("worker", required=True)
            if code is not None and code not in self._workers:
                reader.reject(reader.label("worker"), code, Flaw.UNKNOWN_WORKER)
            facts: dict[str, object] = {
                "worker_id": self._workers.get(code or ""),
                "kind": reader.text("kind") or "day",
                "cancelled": reader.flag("cancelled") is True,
                **self._times(reader),
            }
            if reader.sound():
                yield (record.number, *(facts[name] for name in self.columns))

    def settle(self) -> None:
        """Takes the shifts out that overlap another one of the same worker: a stored one, or one of the file that
        begins before."""
        cancelled = "cancelled" in self.columns
        held = held_clashes(self._connection, LONGEST, cancelled=cancelled)
        self._take_out([(row, self._clash(row, starts_at, ends_at)) for row, starts_at, ends_at in held])
        clashes = []
        last: tuple[int, datetime, datetime] | None = None
        for row, worker, starts_at, ends_at in staged_shifts(self._connection, cancelled=cancelled):
            if last is not None and last[0] == worker and starts_at < last[2]:
                clashes.append((row, self._clash(row, last[1], last[2])))
            else:
                last = worker, starts_at, ends_at
        self._take_out(clashes)

    def _take_out(self, clashes: Sequence[tuple[int, Finding]]) -> None:
        for _, finding in clashes:
            self._findings.reject([finding])
        unstage(self._connection, [row for row, _ in clashes])

    def agreements(self) -> tuple[Agreement, ...]:
        """None: a roster has no points."""
        return ()

    def _clash(self, row: int, starts_at: datetime, ends_at: datetime) -> Finding:
        begin, end = (moment.astimezone(self._zone) for moment in (starts_at, ends_at))
        other = f"{begin:%Y-%m-%d %H:%M} – {end:%Y-%m-%d %H:%M}"
        return Finding(
            row=row,
            field=self._mapping.columns["starts_at"].label,
            value="",
            flaw=Flaw.SHIFT_OVERLAP,
            rejected=True,
            details={"other": other},
        )

    def _times(self, reader: RowReader) -> dict[str, datetime | None]:
        day = self._day(reader)
        starts, by_hour = self._moment(reader, "starts_at", day)
        ends, ends_by_hour = self._moment(reader, "ends_at", day)
        if starts is not None and ends is not None:
            if by_hour and ends_by_hour and ends <= starts:
                ends, _ = self._moment(reader, "ends_at", day + _DAY if day else None)
            self._check_span(reader, starts, ends or starts)
        came, left = self._check(reader, _CHECKS[0], day, starts), self._check(reader, _CHECKS[1], day, ends)
        if came is not None and left is not None and left <= came:
            said = reader.text("checked_out_at") or ""
            reader.reject(reader.label("checked_out_at"), said, Flaw.LEFT_BEFORE_CAME, came=self._local(came))
        for name, at in zip(_CHECKS, (came, left), strict=True):
            if at is not None and at > self._latest:
                reader.reject(reader.label(name), reader.text(name) or "", Flaw.FUTURE)
        return {"starts_at": starts, "ends_at": ends, "checked_in_at": came, "checked_out_at": left}

    def _check(
        self, reader: RowReader, field: str, day: date | None, planned: datetime | None
    ) -> datetime | None:
        """When somebody came or left. An hour alone is that of the day nearest to what was planned: people come
        before midnight for a shift that begins after it."""
        at, by_hour = self._moment(reader, field, day)
        if at is None or not by_hour or planned is None or day is None:
            return at
        days = round((planned - at) / _DAY)
        return self._moment(reader, field, day + days * _DAY)[0] if days else at

    def _check_span(self, reader: RowReader, starts: datetime, ends: datetime) -> None:
        said = shown(reader.text("ends_at") or "")
        if ends <= starts:
            reader.reject(reader.label("ends_at"), said, Flaw.ENDS_BEFORE_START, start=self._local(starts))
        elif ends - starts > LONGEST:
            hours = (ends - starts) / timedelta(hours=1)
            limit = LONGEST / timedelta(hours=1)
            reader.reject(
                reader.label("ends_at"), said, Flaw.SHIFT_LENGTH, hours=f"{hours:,.0f}", limit=f"{limit:g}"
            )

    def _day(self, reader: RowReader) -> date | None:
        if not reader.has("date"):
            return None
        at = reader.time("date", self._clock, required=True)
        return at.astimezone(self._zone).date() if at is not None else None

    def _moment(self, reader: RowReader, field: str, day: date | None) -> tuple[datetime | None, bool]:
        """A moment, and whether the file gives only its hour."""
        required = field in ("starts_at", "ends_at")
        text = reader.text(field) if day is not None else None
        found = _HOUR.fullmatch(text) if text is not None else None
        if found is None or day is None:
            return reader.time(field, self._clock, required=required), False
        hour, minute, second = (int(part or 0) for part in found.groups())
        if hour == 24 and not minute and not second:
            day, hour = day + _DAY, 0
        try:
            reading = self._hours.read(f"{day.isoformat()} {hour:02d}:{minute:02d}:{second:02d}")
        except BadValue as fault:
            reader.reject(reader.label(field), text, fault.flaw, **fault.details)
            return None, True
        if reading.flaw is not None:
            reader.note(reader.label(field), text, reading.flaw, **self._hours.details)
        return reading.at, True

    def _local(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%Y-%m-%d %H:%M}"
