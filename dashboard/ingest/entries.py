"""Imports what other rows refer to: categories, departments, workers. Owns what their rows have to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg

from dashboard.ingest.checks import RowReader
from dashboard.ingest.files import Record
from dashboard.ingest.mapping import Mapping
from dashboard.ingest.places import Places
from dashboard.ingest.report import Agreement, Findings
from dashboard.ingest.wording import Flaw
from data_access.writes.imports import Landing
from data_access.writes.reference import CategoryRow, category_levels, put_category
from data_access.writes.regions import read_regions

HOURS_LIMIT = 100_000.0
LEVELS = 3


class EntryRows:
    """Turns records into rows for `ops.departments` or `ops.workers`."""

    def __init__(self, connection: psycopg.Connection[Any], mapping: Mapping, findings: Findings) -> None:
        self._mapping, self._findings = mapping, findings
        self.made: Counter[str] = Counter()
        self._regions: dict[str, int] = {}
        optional = ["name_en"]
        if mapping.kind == "workers":
            places = Places(read_regions(connection))
            self._regions = {code: region.id for code, region in places.by_code.items()}
            optional += ["role", "active"]
        self._optional = [name for name in optional if name in mapping.columns]
        owned = ["region_id"] if mapping.kind == "workers" else []
        self.columns = ("code", "name", *owned, *self._optional)

    def rows(self, records: Sequence[Record]) -> Iterator[tuple[object, ...]]:
        """Rows of a chunk of records: the row's number, then `columns`."""
        for record in records:
            reader = RowReader(record, self._mapping.columns, self._findings)
            facts: dict[str, object] = {
                "code": reader.text("code", required=True),
                "name": reader.text("name", required=True),
                "name_en": reader.text("name_en"),
                "role": reader.text("role") or "grid_worker",
                "active": reader.flag("active") is not False,
            }
            if self._mapping.kind == "workers":
                facts["region_id"] = self._region(reader)
            if reader.sound():
                yield (record.number, *(facts[name] for name in self.columns))

    def agreements(self) -> tuple[Agreement, ...]:
        """None: these rows have no points."""
        return ()

    def _region(self, reader: RowReader) -> int | None:
        code = reader.text("region", required=True)
        if code is not None and code not in self._regions:
            reader.reject(reader.label("region"), code, Flaw.UNKNOWN_REGION)
        return self._regions.get(code) if code is not None else None


class CategoryImport:
    """One import of categories: a row is a category with its parent's code, or a path of three levels of
    names."""

    def __init__(self, connection: psycopg.Connection[Any], mapping: Mapping, findings: Findings) -> None:
        self._connection, self._mapping, self._findings = connection, mapping, findings
        self._known = category_levels(connection)
        self._seen: dict[str, int] = {}
        self._outcomes: Counter[str] = Counter()
        self.made: Counter[str] = Counter()

    def add(self, record: Record) -> None:
        """Writes the category of one row, or rejects it."""
        reader = RowReader(record, self._mapping.columns, self._findings)
        rows = self._path(reader) if self._mapping.levels else self._single(reader)
        if rows and rows[-1].code in self._seen:
            reader.reject(
                "/".join(self._labels()), rows[-1].code, Flaw.DUPLICATE_CODE, first=self._seen[rows[-1].code]
            )
        if not reader.sound() or not rows:
            return
        self._seen[rows[-1].code] = record.number
        for place, row in enumerate(rows):
            last = place == len(rows) - 1
            if not last and row.code in self._known:
                continue
            parent_id = self._parent_id(row, rows[place - 1].code if place else None)
            id_, outcome = put_category(self._connection, _with_parent(row, parent_id))
            self._known[row.code] = id_, row.level
            if last:
                self._outcomes[outcome] += 1
            else:
                self.made["categories"] += 1

    def land(self) -> Landing:
        """What became of the rows."""
        found = self._outcomes
        return Landing(inserted=found["inserted"], updated=found["updated"], unchanged=found["unchanged"])

    def _labels(self) -> list[str]:
        if self._mapping.levels:
            return [column.label for column in self._mapping.levels]
        return [self._mapping.columns["code"].label]

    def _parent_id(self, row: CategoryRow, above: str | None) -> int | None:
        return self._known[above][0] if above is not None else row.parent_id

    def _path(self, reader: RowReader) -> list[CategoryRow]:
        texts = [text for column in self._mapping.levels if (text := reader.value(column))]
        if not texts:
            reader.reject("/".join(self._labels()), "", Flaw.MISSING)
        names = self._mapping.categories.names
        rows = []
        for level, text in enumerate(texts, start=1):
            name, name_en = names.get(text, (text, None))
            code = "/".join(texts[:level])
            rows.append(CategoryRow(code=code, name=name, name_en=name_en, parent_id=None, level=level))
        return rows

    def _single(self, reader: RowReader) -> list[CategoryRow]:
        code, name = reader.text("code", required=True), reader.text("name", required=True)
        parent = reader.text("parent")
        limit_hours = reader.number("limit_hours", 0.0, HOURS_LIMIT)
        limit_kind = reader.choice("limit_kind", ("working", "clock")) or "working"
        above = self._known.get(parent) if parent else None
        if parent and (above is None or above[1] >= LEVELS):
            reader.reject(reader.label("parent"), parent, Flaw.UNKNOWN_CATEGORY)
        if code is None or name is None:
            return []
        return [
            CategoryRow(
                code=code,
                name=name,
                name_en=reader.text("name_en"),
                parent_id=above[0] if above else None,
                level=above[1] + 1 if above else 1,
                limit_hours=limit_hours,
                limit_kind=limit_kind,
            )
        ]


def _with_parent(row: CategoryRow, parent_id: int | None) -> CategoryRow:
    return CategoryRow(
        code=row.code,
        name=row.name,
        name_en=row.name_en,
        parent_id=parent_id,
        level=row.level,
        limit_hours=row.limit_hours,
        limit_kind=row.limit_kind,
    )
