"""Imports events. Owns what a row of an events file has to be; leaves its clocks to `clocks`, what only the whole
file shows to `hindsight`, and the writing to the staging table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingOf
from typing import Any

import psycopg

from dashboard.domain.model import Source, State
from dashboard.domain.workflow import CLOCKS, DONE, WORKFLOWS
from dashboard.ingest.books import CategoryBook, DepartmentBook
from dashboard.ingest.checks import TEXT_LIMIT, RowReader
from dashboard.ingest.clocks import EventClocks, raw
from dashboard.ingest.columns import BadValue
from dashboard.ingest.files import Record
from dashboard.ingest.hindsight import (
    BESIDE,
    crowd_finding,
    crowded_points,
    rounded_points,
    too_few_decimals,
    twin_events,
)
from dashboard.ingest.mapping import Mapping
from dashboard.ingest.places import Places
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.report import Agreement, Findings
from dashboard.ingest.spots import FINE, Spot, SpotReader
from dashboard.ingest.times import AHEAD, Clock
from dashboard.ingest.wording import Flaw
from data_access.writes.hindsight import trust_names, unplace
from data_access.writes.imports import read_now, read_settings, read_zone
from data_access.writes.past_maps import settle_in_time
from data_access.writes.reference import ids_by_code
from data_access.writes.regions import read_former, read_regions

STATE_NAMES = {
    State.OPEN: ("未结案", "open"),
    State.CLOSED: ("已结案", "closed"),
    State.VOID: ("作废", "void"),
}
_ALWAYS = (
    "code",
    "source",
    "category_id",
    "region_id",
    "stage",
    "state",
    "reported_at",
    "changed_at",
    "closed_at",
)
_OPTIONAL = (
    "severity",
    "address",
    "text",
    "reporter",
    "due_at",
    *(name for name in CLOCKS if name != "closed_at"),
)


class EventRows:
    """Turns records into rows for `ops.events`. What the mapping does not name is left as the database has
    it."""

    def __init__(self, connection: psycopg.Connection[Any], mapping: Mapping, findings: Findings) -> None:
        settings = read_settings(connection)
        self._connection, self._mapping, self._findings = connection, mapping, findings
        self.made: Counter[str] = Counter()
        self._places = Places(read_regions(connection), read_former(connection))
        self._spots = SpotReader(mapping, self._places)
        self._workflow = WORKFLOWS[str(settings.get("workflow", "seven"))]
        self._stage_names = {stage.key: (stage.zh, stage.en) for stage in self._workflow.stages}
        self._stage_names[DONE] = ("已走完全部环节", "done")
        clock = Clock(mapping.times, read_zone(connection))
        self._clocks = EventClocks(clock, self._workflow, read_now(connection) + AHEAD)
        self._categories = CategoryBook(connection, mapping, self.made)
        self._departments = DepartmentBook(connection, mapping.departments, self.made)
        self._workers = ids_by_code(connection, "workers") if "worker" in mapping.columns else {}
        self._stages = self._stage_rules()
        self._agreed: Counter[str] = Counter()
        self._stated: Counter[str] = Counter()
        self._decimals: Counter[int] = Counter()
        self.columns = self._staged_columns()
        self.beside = {**BESIDE, "named_region_id": "bigint", "agreed": "smallint"}

    def rows(self, records: Sequence[Record]) -> Iterator[tuple[object, ...]]:
        """Rows of a chunk of records: the row's number, then `columns`, then `beside`."""
        readers = [RowReader(record, self._mapping.columns, self._findings) for record in records]
        for reader, spot in zip(readers, self._spots.read(readers), strict=True):
            facts = self._facts(reader, spot)
            path, department = self._categories.read(reader), self._departments.read(reader)
            if reader.sound():
                facts["category_id"] = self._categories.id(path)
                facts["department_id"] = self._departments.id(department)
                agreed = self._compare(reader, spot)
                if spot.lon is not None and spot.decimals != FINE:
                    self._decimals[spot.decimals] += 1
                yield (
                    reader.record.number,
                    *(facts[name] for name in self.columns),
                    *(spot.x, spot.y, spot.decimals, facts["named_region_id"], agreed),
                )

    def settle(self) -> None:
        """Takes placeholder points away, and says which points are rounded and which events are told twice."""
        if "lon" in self.columns:
            settle_in_time(self._connection)
            self._settle_points()
        columns = [name for name in self.columns if name not in ("lon", "lat", "region_id")]
        twin_events(self._connection, columns, self._mapping.columns["code"].label, self._findings)

    def _settle_points(self) -> None:
        label, column = self._spots.label, "address" if "address" in self.columns else "category_id"
        few = too_few_decimals(self._decimals)
        if few is not None:
            rounded_points(self._connection, few, label, self._findings)
            trust_names(self._connection, few)
        if self._mapping.location.keep_crowds:
            return
        for crowd in crowded_points(self._connection, column):
            for gone in unplace(self._connection, (crowd.x, crowd.y), self._places.root.id):
                self._findings.note(crowd_finding(gone.row, crowd, column, label))
                for place, level in enumerate(self._mapping.stated):
                    self._stated[level] -= gone.agreed >> 2 * place & 1
                    self._agreed[level] -= gone.agreed >> 2 * place + 1 & 1

    def agreements(self) -> tuple[Agreement, ...]:
        """How often the point lay in the region that the row itself names."""
        return tuple(
            Agreement(level=level, n=self._agreed[level], d=self._stated[level])
            for level in self._mapping.stated
        )

    def _facts(self, reader: RowReader, spot: Spot) -> dict[str, object]:
        facts: dict[str, object] = {
            "code": reader.code("code", required=True),
            "source": reader.choice("source", tuple(Source), required=True),
            "severity": reader.whole("severity", 1, 3) or 1,
            "worker_id": self._worker(reader),
            "address": reader.text("address", limit=TEXT_LIMIT),
            "text": reader.text("text", limit=TEXT_LIMIT),
            "reporter": reader.text("reporter"),
            "lon": spot.lon,
            "lat": spot.lat,
        }
        facts["named_region_id"] = named = self._named_region(reader)
        facts["region_id"] = self._region(reader, spot, named)
        facts.update(self._clocks.read(reader))
        facts.update(self._progress(reader, facts))
        return facts

    def _progress(self, reader: RowReader, facts: MappingOf[str, Any]) -> MappingOf[str, object]:
        """State, stage and whether the first contact settled it."""
        reported, closed = facts["reported_at"], facts["closed_at"]
        state = reader.choice("state", tuple(State)) or (State.CLOSED if closed is not None else State.OPEN)
        if state == State.CLOSED and closed is None:
            reader.reject(reader.label("closed_at"), "", Flaw.CLOSED_WITHOUT_TIME)
        if state == State.OPEN and closed is not None:
            reader.reject(reader.label("state"), raw(reader, "state"), Flaw.OPEN_WITH_CLOSING_TIME)
        stage = self._stage(reader, state)
        settled = self._mapping.first_contact_s
        at_once = (
            settled is not None and closed and reported and (closed - reported).total_seconds() <= settled
        )
        return {
            "state": str(state),
            "stage": stage or self._stages["closed" if state == State.CLOSED else "open"],
            "first_contact": bool(at_once),
        }

    def _stage(self, reader: RowReader, state: str) -> str | None:
        """The stage that the row names, unless its state rules it out."""
        stage = reader.choice("stage", (*self._workflow.keys, DONE))
        if stage is None or state == State.VOID:
            return stage
        closed = self._workflow.index(stage) > self._workflow.index(self._workflow.closing)
        if closed == (state == State.CLOSED):
            return stage
        if state == State.CLOSED and stage == self._workflow.closing:
            return None
        said = {"stage": self._stage_names[stage], "state": STATE_NAMES[State(state)]}
        reader.note(reader.label("stage"), raw(reader, "stage"), Flaw.STAGE_STATE, **said)
        return None

    def _named_region(self, reader: RowReader) -> int | None:
        """The region whose code the row names."""
        code = reader.code("region")
        region = self._places.by_code.get(code) if code is not None else None
        if code is not None and region is None:
            reader.reject(reader.label("region"), code, Flaw.UNKNOWN_REGION)
        return None if region is None else region.id

    def _region(self, reader: RowReader, spot: Spot, named: int | None) -> int:
        """By the point; else by the code that the row names; else the district."""
        if spot.flaw is Flaw.OUTSIDE_GRIDS and named is not None:
            return named
        if spot.flaw is not None:
            reader.note(self._spots.label, spot.value, spot.flaw, **spot.details)
        if spot.region_id is not None:
            return spot.region_id
        return named if named is not None else self._places.root.id

    def _worker(self, reader: RowReader) -> int | None:
        code = reader.code("worker")
        if code is not None and code not in self._workers:
            reader.reject(reader.label("worker"), code, Flaw.UNKNOWN_WORKER)
        return self._workers.get(code) if code is not None else None

    def _compare(self, reader: RowReader, spot: Spot) -> int:
        """Counts whether the point lies in the regions that the row states; as bits: stated, agreed, by level."""
        bits = 0
        if spot.lon is None:
            return bits
        for place, (level, column) in enumerate(self._mapping.stated.items()):
            try:
                said = column.read(reader.record.values)
            except BadValue:
                continue
            if said:
                region = self._places.at_level(spot.region_id or 0, level)
                agrees = region is not None and region.code == said
                self._stated[level] += 1
                self._agreed[level] += agrees
                bits |= (1 | agrees << 1) << 2 * place
        return bits

    def _stage_rules(self) -> MappingOf[str, str]:
        after = self._workflow.following(self._workflow.closing)
        rules = {
            "open": "handle",
            "closed": DONE if "evaluated_at" in self._mapping.columns else after,
            **self._mapping.stages,
        }
        for state, stage in rules.items():
            if stage not in (*self._workflow.keys, DONE):
                known = ", ".join((*self._workflow.keys, DONE))
                raise ImportRefused(
                    f"映射 {self._mapping.origin}：键 stages.{state} 应为 {known} 之一。",
                    f"Mapping {self._mapping.origin}: the key stages.{state} must be one of {known}.",
                )
        return rules

    def _staged_columns(self) -> tuple[str, ...]:
        mapped = self._mapping.columns
        optional = [name for name in _OPTIONAL if name in mapped]
        optional += [f"{name}_id" for name in ("department", "worker") if name in mapped]
        if "lon" in mapped:
            optional += ["lon", "lat"]
        if self._mapping.first_contact_s is not None:
            optional.append("first_contact")
        return (*_ALWAYS, *optional)
