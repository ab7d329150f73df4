"""Imports figures of regions: population, housing, services, anything counted. Owns what a row of them has to be.

A row holds one figure (`key` and `value`), or several under the names that `[stats]` of the mapping gives their
columns; with a `key` besides, that comes in front: `NYPD.responses`.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from dashboard.ingest.checks import RowReader, as_number
from dashboard.ingest.files import Record
from dashboard.ingest.mapping import Mapping
from dashboard.ingest.places import Places
from dashboard.ingest.report import Finding, Findings
from dashboard.ingest.times import Clock
from dashboard.ingest.wording import Flaw
from data_access.writes.imports import Landing, read_now, read_zone
from data_access.writes.regions import read_regions
from data_access.writes.stats import Figure, FigureStage

CHUNK = 5_000
LARGEST = 1e15


class FigureImport:
    """One import of figures."""

    def __init__(self, connection: psycopg.Connection[Any], mapping: Mapping, findings: Findings) -> None:
        self._mapping, self._findings = mapping, findings
        district = read_zone(connection)
        self._zone = ZoneInfo(mapping.times.timezone or district)
        self._clock = Clock(mapping.times, district)
        self._today = read_now(connection).astimezone(self._zone).date()
        places = Places(read_regions(connection))
        self._regions = {code: region.id for code, region in places.by_code.items()}
        self._stage = FigureStage(connection)
        self._waiting: list[Figure] = []
        self.made: Counter[str] = Counter()

    def add(self, record: Record) -> None:
        """Takes the figures of one row in, or rejects it."""
        reader = RowReader(record, self._mapping.columns, self._findings)
        region = self._region(reader)
        as_of = self._as_of(reader)
        figures = self._figures(reader)
        if not figures and not any(fault.rejected for fault in reader.faults):
            reader.reject(
                " / ".join(column.label for column in self._mapping.stats.values()), "", Flaw.NO_FIGURE
            )
        if not reader.sound() or region is None:
            return
        self._waiting += [
            Figure(row=record.number, region_id=region, key=key, as_of=as_of, value=value)
            for key, value in figures.items()
        ]
        if len(self._waiting) >= CHUNK:
            self._flush()

    def land(self) -> Landing:
        """Writes the figures; a row that repeats one of an earlier row is rejected as a whole."""
        self._flush()
        rule = self._mapping.columns["region"]
        for row, first in self._stage.repeats():
            details = {"first": first}
            self._findings.reject(
                [
                    Finding(
                        row=row,
                        field=rule.label,
                        value="",
                        flaw=Flaw.SAME_FIGURE,
                        rejected=True,
                        details=details,
                    )
                ]
            )
        return self._stage.land()

    def _flush(self) -> None:
        self._stage.add(self._waiting)
        self._waiting = []

    def _region(self, reader: RowReader) -> int | None:
        code = reader.code("region", required=True)
        if code is not None and code not in self._regions:
            reader.reject(reader.label("region"), code, Flaw.UNKNOWN_REGION)
        return self._regions.get(code) if code is not None else None

    def _as_of(self, reader: RowReader) -> date:
        """The day that the figures are of; today where no column says it."""
        at = reader.time("as_of", self._clock, required=True)
        if at is None:
            return self._today
        day = at.astimezone(self._zone).date()
        if day > self._today:
            reader.reject(reader.label("as_of"), day.isoformat(), Flaw.FUTURE)
        return day

    def _figures(self, reader: RowReader) -> dict[str, float]:
        wide = self._mapping.stats
        key = reader.text("key", required=True)
        if not wide:
            value = reader.number("value", -LARGEST, LARGEST)
            if value is None and reader.text("value") is None:
                reader.reject(reader.label("value"), "", Flaw.MISSING)
            return {key: value} if key is not None and value is not None else {}
        found = {}
        for name, column in wide.items():
            text = reader.value(column)
            if not text:
                continue
            number = as_number(text)
            if number is None:
                reader.reject(column.label, text, Flaw.NOT_NUMBER)
            elif abs(number) > LARGEST:
                reader.reject(column.label, text, Flaw.NUMBER_RANGE, low=f"{-LARGEST:g}", high=f"{LARGEST:g}")
            else:
                found[f"{key}.{name}" if key else name] = number
        return found
