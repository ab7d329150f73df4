"""Imports positions. Owns what a row of a track has to be; leaves the writing to the staging table.

An import is history: it fills `ops.positions` and leaves the workers' latest positions alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg

from dashboard.ingest.checks import RowReader
from dashboard.ingest.columns import BadValue
from dashboard.ingest.events import AHEAD
from dashboard.ingest.files import Record
from dashboard.ingest.mapping import Mapping
from dashboard.ingest.places import Places
from dashboard.ingest.report import Agreement, Findings
from dashboard.ingest.spots import Spot, SpotReader
from dashboard.ingest.times import Clock
from dashboard.ingest.wording import Flaw
from data_access.writes.imports import read_now, read_settings
from data_access.writes.reference import ids_by_code, put_worker, settle_worker
from data_access.writes.regions import read_regions

_RANGES = {
    "accuracy_m": (0.0, 100_000.0),
    "speed_mps": (0.0, 200.0),
    "heading_deg": (0.0, 360.0),
    "battery_pct": (0.0, 100.0),
}
"""What a device can say, in the field's unit."""


class PositionRows:
    """Turns records into rows for `ops.positions`."""

    def __init__(self, connection: psycopg.Connection[Any], mapping: Mapping, findings: Findings) -> None:
        self._connection, self._mapping, self._findings = connection, mapping, findings
        self.made: Counter[str] = Counter()
        zone = str(read_settings(connection).get("timezone", "Asia/Shanghai"))
        self._clock = Clock(mapping.times, zone)
        self._latest = read_now(connection) + AHEAD
        self._places = Places(read_regions(connection))
        self._spots = SpotReader(mapping, self._places)
        self._workers = ids_by_code(connection, "workers")
        self._visits: dict[int, Counter[int]] = defaultdict(Counter)
        self._extras = tuple(name for name in _RANGES if name in mapping.columns)
        self.columns = ("worker_id", "fixed_at", "received_at", "lon", "lat", *self._extras)

    def rows(self, records: Sequence[Record]) -> Iterator[tuple[object, ...]]:
        """Rows of a chunk of records: the row's number, then `columns`."""
        readers = [RowReader(record, self._mapping.columns, self._findings) for record in records]
        for reader, spot in zip(readers, self._spots.read(readers), strict=True):
            fixed_at = reader.time("fixed_at", self._clock, required=True)
            if fixed_at is not None and fixed_at > self._latest:
                reader.reject(reader.label("fixed_at"), fixed_at.isoformat(), Flaw.FUTURE)
            self._check(reader, spot)
            extras = [self._extra(reader, name) for name in self._extras]
            code = reader.text("worker", required=True)
            if code is not None and code not in self._workers and not self._mapping.workers.create:
                reader.reject(reader.label("worker"), code, Flaw.UNKNOWN_WORKER)
            if reader.sound() and code is not None and spot.region_id is not None:
                worker_id = self._worker(reader, code, spot.region_id)
                yield (reader.record.number, worker_id, fixed_at, fixed_at, spot.lon, spot.lat, *extras)

    def settle(self) -> None:
        """Gives every worker that this import made the grid where most of the fixes are."""
        for worker_id, visits in self._visits.items():
            grids = {region: count for region, count in visits.items() if self._places.is_grid(region)}
            best = max(grids or visits, key=lambda region: (visits[region], -region))
            settle_worker(self._connection, worker_id, best)

    def agreements(self) -> tuple[Agreement, ...]:
        """None: a track names no region."""
        return ()

    def _extra(self, reader: RowReader, name: str) -> float | None:
        value = reader.number(name, *_RANGES[name])
        return round(value) if value is not None and name == "battery_pct" else value

    def _check(self, reader: RowReader, spot: Spot) -> None:
        if spot.flaw in (None, Flaw.OUTSIDE_GRIDS):
            if spot.region_id is None:
                reader.reject(self._spots.label, "", Flaw.MISSING)
            return
        assert spot.flaw is not None
        reader.reject(self._spots.label, spot.value, spot.flaw, **spot.details)

    def _worker(self, reader: RowReader, code: str, region_id: int) -> int:
        found = self._workers.get(code)
        if found is None:
            found = self._workers[code] = put_worker(
                self._connection, code, self._name(reader, code), region_id
            )
            self.made["workers"] += 1
            self._visits[found] = Counter()
        if found in self._visits:
            self._visits[found][region_id] += 1
        return found

    def _name(self, reader: RowReader, code: str) -> str:
        rule = self._mapping.workers.name
        try:
            return (rule.read(reader.record.values) if rule is not None else "") or code
        except BadValue:
            return code
