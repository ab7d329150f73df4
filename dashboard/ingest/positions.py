"""Imports positions. Owns what a row of a track has to be; leaves what only the whole file shows to `hindsight`,
and the writing to the staging table.

Fixes that are vague, or too far from the one before, land with a flag: trails leave them out. An import is
history: it fills `ops.positions` and leaves the workers' latest positions alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg

from dashboard.domain.fixes import VAGUE_M, FixFlag
from dashboard.ingest.checks import RowReader
from dashboard.ingest.clocks import raw
from dashboard.ingest.columns import BadValue
from dashboard.ingest.files import Record
from dashboard.ingest.hindsight import (
    BESIDE,
    crowd_finding,
    crowded_points,
    hops,
    rounded_points,
    too_few_decimals,
)
from dashboard.ingest.mapping import Mapping
from dashboard.ingest.places import Places
from dashboard.ingest.report import Agreement, Finding, Findings
from dashboard.ingest.spots import FINE, Spot, SpotReader
from dashboard.ingest.times import AHEAD, Clock
from dashboard.ingest.wording import Flaw
from data_access.writes.hindsight import fixes_by_worker, flag_fixes, make_days, remove_point
from data_access.writes.imports import read_now, read_zone
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
        self._zone = read_zone(connection)
        self._clock = Clock(mapping.times, self._zone)
        self._latest = read_now(connection) + AHEAD
        self._places = Places(read_regions(connection))
        self._spots = SpotReader(mapping, self._places)
        self._workers = ids_by_code(connection, "workers")
        self._visits: dict[int, Counter[int]] = defaultdict(Counter)
        self._extras = tuple(name for name in _RANGES if name in mapping.columns)
        self._decimals: Counter[int] = Counter()
        self.columns = ("worker_id", "fixed_at", "received_at", "lon", "lat", *self._extras, "flags")
        self.beside = {**BESIDE, "passed_region_id": "bigint"}

    def rows(self, records: Sequence[Record]) -> Iterator[tuple[object, ...]]:
        """Rows of a chunk of records: the row's number, then `columns`, then `beside`."""
        readers = [RowReader(record, self._mapping.columns, self._findings) for record in records]
        for reader, spot in zip(readers, self._spots.read(readers), strict=True):
            fixed_at = reader.time("fixed_at", self._clock, required=True)
            if fixed_at is not None and fixed_at > self._latest:
                reader.reject(reader.label("fixed_at"), raw(reader, "fixed_at"), Flaw.FUTURE)
            self._check(reader, spot)
            extras = [self._extra(reader, name) for name in self._extras]
            flags = self._vague(reader, dict(zip(self._extras, extras, strict=True)).get("accuracy_m"))
            code = reader.code("worker", required=True)
            if code is not None and code not in self._workers and not self._mapping.workers.create:
                reader.reject(reader.label("worker"), code, Flaw.UNKNOWN_WORKER)
            if reader.sound() and code is not None and spot.region_id is not None:
                worker_id = self._worker(reader, code, spot.region_id)
                if spot.decimals != FINE:
                    self._decimals[spot.decimals] += 1
                fix = (worker_id, fixed_at, fixed_at, spot.lon, spot.lat, *extras, flags)
                yield (reader.record.number, *fix, spot.x, spot.y, spot.decimals, spot.region_id)

    def settle(self) -> None:
        """Takes placeholder points out, flags impossible hops, gives every worker that this import made the grid where
        most of the fixes are, and, where the mapping says so, makes the days of tracks shifts: without one a track is
        shown to nobody."""
        self._settle_points()
        self._settle_hops()
        for worker_id, visits in self._visits.items():
            grids = {region: count for region, count in visits.items() if self._places.is_grid(region)}
            if not visits:
                continue
            best = max(grids or visits, key=lambda region: (visits[region], -region))
            settle_worker(self._connection, worker_id, best)
        if self._mapping.workers.days:
            self.made["shifts"] = make_days(self._connection, self._zone)

    def agreements(self) -> tuple[Agreement, ...]:
        """None: a track names no region."""
        return ()

    def _settle_points(self) -> None:
        few = too_few_decimals(self._decimals)
        if few is not None:
            rounded_points(self._connection, few, self._spots.label, self._findings)
        if self._mapping.location.keep_crowds:
            return
        for crowd in crowded_points(self._connection, "worker_id"):
            for row, worker_id, region_id in remove_point(self._connection, (crowd.x, crowd.y)):
                finding = crowd_finding(row, crowd, "worker_id", self._spots.label, rejected=True)
                self._findings.reject([finding])
                if worker_id in self._visits:
                    self._visits[worker_id] -= Counter([region_id])

    def _settle_hops(self) -> None:
        rows: list[int] = []
        for hop in hops(fixes_by_worker(self._connection)):
            rows.append(hop.row)
            details = {"distance_m": f"{hop.distance_m:,.0f}", "seconds": f"{hop.seconds:,.0f}"}
            label = self._spots.label
            self._findings.note(
                Finding(
                    row=hop.row,
                    field=label,
                    value=hop.point,
                    flaw=Flaw.TOO_FAST,
                    rejected=False,
                    details=details,
                )
            )
        flag_fixes(self._connection, rows, FixFlag.TOO_FAST)

    def _vague(self, reader: RowReader, accuracy_m: float | None) -> int:
        if accuracy_m is None or accuracy_m <= VAGUE_M:
            return 0
        reader.note(
            reader.label("accuracy_m"), f"{accuracy_m:g}", Flaw.VAGUE_FIX, accuracy_m=f"{accuracy_m:,.0f}"
        )
        return int(FixFlag.VAGUE)

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
