"""Imports events. Owns what a row of an events file has to be; leaves the writing to the staging table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingOf
from datetime import datetime, timedelta
from typing import Any

import psycopg

from dashboard.domain.model import Source, State
from dashboard.domain.workflow import DONE, WORKFLOWS
from dashboard.ingest.books import CategoryBook, DepartmentBook
from dashboard.ingest.checks import TEXT_LIMIT, RowReader
from dashboard.ingest.columns import BadValue
from dashboard.ingest.files import Record
from dashboard.ingest.mapping import Mapping
from dashboard.ingest.places import Places
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.report import Agreement, Findings
from dashboard.ingest.spots import Spot, SpotReader
from dashboard.ingest.times import Clock
from dashboard.ingest.wording import Flaw
from data_access.writes.imports import read_now, read_settings
from data_access.writes.reference import ids_by_code
from data_access.writes.regions import read_regions

CLOCKS = (
    *("accepted_at", "filed_at", "dispatched_at", "signed_at", "resolved_at", "replied_at", "verified_at"),
    *("closed_at", "evaluated_at"),
)
"""Clocks of an event that lie between its report and now."""
AHEAD = timedelta(seconds=60)
"""How far a clock may go ahead of the database's."""
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
        self._mapping, self._findings = mapping, findings
        self.made: Counter[str] = Counter()
        self._places = Places(read_regions(connection))
        self._spots = SpotReader(mapping, self._places)
        self._clock = Clock(mapping.times, str(settings.get("timezone", "Asia/Shanghai")))
        self._latest = read_now(connection) + AHEAD
        self._workflow = WORKFLOWS[str(settings.get("workflow", "seven"))]
        self._categories = CategoryBook(connection, mapping, self.made)
        self._departments = DepartmentBook(connection, mapping.departments, self.made)
        self._workers = ids_by_code(connection, "workers") if "worker" in mapping.columns else {}
        self._stages = self._stage_rules()
        self._agreed: Counter[str] = Counter()
        self._stated: Counter[str] = Counter()
        self.columns = self._staged_columns()

    def rows(self, records: Sequence[Record]) -> Iterator[tuple[object, ...]]:
        """Rows of a chunk of records: the row's number, then `columns`."""
        readers = [RowReader(record, self._mapping.columns, self._findings) for record in records]
        for reader, spot in zip(readers, self._spots.read(readers), strict=True):
            facts = self._facts(reader, spot)
            path, department = self._categories.read(reader), self._departments.read(reader)
            if reader.sound():
                facts["category_id"] = self._categories.id(path)
                facts["department_id"] = self._departments.id(department)
                self._compare(reader, spot)
                yield (reader.record.number, *(facts[name] for name in self.columns))

    def agreements(self) -> tuple[Agreement, ...]:
        """How often the point lay in the region that the row itself names."""
        return tuple(
            Agreement(level=level, n=self._agreed[level], d=self._stated[level])
            for level in self._mapping.stated
        )

    def _facts(self, reader: RowReader, spot: Spot) -> dict[str, object]:
        facts: dict[str, object] = {
            "code": reader.text("code", required=True),
            "source": reader.choice("source", tuple(Source), required=True),
            "severity": reader.whole("severity", 1, 3) or 1,
            "worker_id": self._worker(reader),
            "address": reader.text("address", limit=TEXT_LIMIT),
            "text": reader.text("text", limit=TEXT_LIMIT),
            "reporter": reader.text("reporter"),
            "lon": spot.lon,
            "lat": spot.lat,
        }
        facts["region_id"] = self._region(reader, spot)
        facts.update(self._times(reader))
        facts.update(self._progress(reader, facts))
        return facts

    def _times(self, reader: RowReader) -> MappingOf[str, datetime | None]:
        reported = reader.time("reported_at", self._clock, required=True)
        times: dict[str, datetime | None] = {"reported_at": reported}
        for name in ("reported_at", *CLOCKS):
            at = reported if name == "reported_at" else reader.time(name, self._clock)
            times[name] = at
            if at is not None and at > self._latest:
                reader.reject(reader.label(name), _raw(reader, name), Flaw.FUTURE)
            elif at is not None and reported is not None and at < reported:
                flaw, said = Flaw.CLOSED_BEFORE_REPORTED, _raw(reader, "reported_at")
                reader.reject(reader.label(name), _raw(reader, name), flaw, reported=said)
        times["changed_at"] = max((at for at in times.values() if at is not None), default=None)
        due = reader.time("due_at", self._clock)
        if due is not None and reported is not None and due < reported:
            flaw, said = Flaw.DUE_BEFORE_REPORTED, _raw(reader, "reported_at")
            reader.note(reader.label("due_at"), _raw(reader, "due_at"), flaw, reported=said)
            due = None
        times["due_at"] = due
        return times

    def _progress(self, reader: RowReader, facts: MappingOf[str, Any]) -> MappingOf[str, object]:
        """State, stage and whether the first contact settled it."""
        reported, closed = facts["reported_at"], facts["closed_at"]
        state = reader.choice("state", tuple(State)) or (State.CLOSED if closed is not None else State.OPEN)
        if state == State.CLOSED and closed is None:
            reader.reject(reader.label("closed_at"), "", Flaw.CLOSED_WITHOUT_TIME)
        if state == State.OPEN and closed is not None:
            reader.reject(reader.label("state"), _raw(reader, "state"), Flaw.OPEN_WITH_CLOSING_TIME)
        stage = reader.choice("stage", (*self._workflow.keys, DONE))
        settled = self._mapping.first_contact_s
        at_once = (
            settled is not None and closed and reported and (closed - reported).total_seconds() <= settled
        )
        return {
            "state": str(state),
            "stage": stage or self._stages["closed" if state == State.CLOSED else "open"],
            "first_contact": bool(at_once),
        }

    def _region(self, reader: RowReader, spot: Spot) -> int:
        """By the point; else by the code that the row names; else the district."""
        named = reader.text("region")
        by_code = self._places.by_code.get(named) if named else None
        if named and by_code is None:
            reader.reject(reader.label("region"), named, Flaw.UNKNOWN_REGION)
        if spot.flaw is Flaw.OUTSIDE_GRIDS and by_code is not None:
            return by_code.id
        if spot.flaw is not None:
            reader.note(self._spots.label, spot.value, spot.flaw, **spot.details)
        if spot.region_id is not None:
            return spot.region_id
        return by_code.id if by_code is not None else self._places.root.id

    def _worker(self, reader: RowReader) -> int | None:
        code = reader.text("worker")
        if code is not None and code not in self._workers:
            reader.reject(reader.label("worker"), code, Flaw.UNKNOWN_WORKER)
        return self._workers.get(code) if code is not None else None

    def _compare(self, reader: RowReader, spot: Spot) -> None:
        if spot.lon is None:
            return
        for level, column in self._mapping.stated.items():
            try:
                said = column.read(reader.record.values)
            except BadValue:
                continue
            if said:
                region = self._places.at_level(spot.region_id or 0, level)
                self._stated[level] += 1
                self._agreed[level] += region is not None and region.code == said

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


def _raw(reader: RowReader, field: str) -> str:
    """What the file says, for a finding."""
    return " / ".join(reader.record.values.get(name, "") for name in reader.label(field).split(" / "))
