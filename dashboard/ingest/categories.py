"""Imports categories. Owns what their rows have to be: a category with its parent's code, or a path of three
levels of names. Rows may come in any order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from dashboard.domain.terms import terms_from
from dashboard.ingest.checks import RowReader
from dashboard.ingest.files import Record
from dashboard.ingest.limits import WORKING, Limit, read_limit
from dashboard.ingest.mapping import Mapping
from dashboard.ingest.report import Findings
from dashboard.ingest.times import Clock
from dashboard.ingest.wording import Flaw
from data_access.writes.imports import Landing, read_settings
from data_access.writes.reference import (
    CATEGORY_EXTRAS,
    CategoryRow,
    category_levels,
    put_category,
    settle_categories,
)

HOURS_LIMIT = 100_000.0
LEVELS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """A row whose parent has not been seen yet."""

    reader: RowReader
    row: CategoryRow
    parent: str


class CategoryImport:
    """One import of categories."""

    def __init__(self, connection: psycopg.Connection[Any], mapping: Mapping, findings: Findings) -> None:
        self._connection, self._mapping, self._findings = connection, mapping, findings
        schedule = terms_from(read_settings(connection)).schedule
        self._clock = Clock(mapping.times, schedule.zone.key)
        self._day_hours = sum(end - start for start, end in schedule.spans) / 60
        self._known = category_levels(connection)
        self._seen: dict[str, int] = {}
        self._waiting: dict[str, _Waiting] = {}
        self._outcomes: Counter[str] = Counter()
        self._extras = [name for name in CATEGORY_EXTRAS if name in mapping.columns]
        if "limit_hours" in self._extras:
            # a limit may bring its kind: "5 working days"
            self._extras.append("limit_kind")
        self.made: Counter[str] = Counter()

    def add(self, record: Record) -> None:
        """Writes the category of one row, keeps it for its parent, or rejects it."""
        reader = RowReader(record, self._mapping.columns, self._findings)
        parent = None if self._mapping.levels else reader.code("parent")
        rows = self._path(reader) if self._mapping.levels else self._single(reader)
        code = rows[-1].code if rows else ""
        if code in self._seen:
            label = "/".join(self._labels())
            reader.reject(label, code, Flaw.DUPLICATE_CODE, first=self._seen[code])
        if any(fault.rejected for fault in reader.faults) or not rows:
            reader.sound()
            return
        self._seen[code] = record.number
        if parent is not None:
            self._waiting[code] = _Waiting(reader=reader, row=rows[0], parent=parent)
        elif reader.sound():
            self._write(rows)

    def land(self) -> Landing:
        """Writes what waited for its parent, and says what became of the rows."""
        while ready := [item for item in self._waiting.values() if item.parent not in self._waiting]:
            for item in ready:
                del self._waiting[item.row.code]
                self._write_below(item)
        for item in self._waiting.values():
            self._reject_parent(item, Flaw.OWN_PARENT)
        settle_categories(self._connection)
        found = self._outcomes
        return Landing(inserted=found["inserted"], updated=found["updated"], unchanged=found["unchanged"])

    def _write(self, rows: list[CategoryRow]) -> None:
        parent_id: int | None = None
        for place, row in enumerate(rows):
            last = place == len(rows) - 1
            if last or row.code not in self._known:
                placed = replace(row, parent_id=parent_id if place else row.parent_id)
                id_, outcome = put_category(self._connection, placed, self._extras if last else ())
                self._known[row.code] = id_, row.level
                self._outcomes[outcome] += last
                self.made["categories"] += not last
            parent_id = self._known[row.code][0]

    def _write_below(self, item: _Waiting) -> None:
        above = self._known.get(item.parent)
        if above is None:
            self._reject_parent(item, Flaw.UNKNOWN_CATEGORY)
        elif above[1] >= LEVELS:
            self._reject_parent(item, Flaw.TOO_DEEP)
        elif item.reader.sound():
            self._write([replace(item.row, parent_id=above[0], level=above[1] + 1)])

    def _reject_parent(self, item: _Waiting, flaw: Flaw) -> None:
        item.reader.reject(item.reader.label("parent"), item.parent, flaw, parent=item.parent)
        item.reader.sound()

    def _labels(self) -> list[str]:
        if self._mapping.levels:
            return [column.label for column in self._mapping.levels]
        return [self._mapping.columns["code"].label]

    def _path(self, reader: RowReader) -> list[CategoryRow]:
        texts = [text for column in self._mapping.levels if (text := reader.value(column))]
        if not texts:
            reader.reject("/".join(self._labels()), "", Flaw.MISSING)
        reader.check_names(" / ".join(self._labels()), texts)
        rows = []
        for level, text in enumerate(texts, start=1):
            name, name_en = self._mapping.categories.names.get(text, (text, None))
            code = "/".join(texts[:level])
            rows.append(CategoryRow(code=code, name=name, name_en=name_en, parent_id=None, level=level))
        return [*rows[:-1], self._limited(reader, rows[-1])] if rows else []

    def _single(self, reader: RowReader) -> list[CategoryRow]:
        code, name = reader.code("code", required=True), reader.text("name", required=True)
        row = CategoryRow(
            code=code or "", name=name or "", name_en=reader.text("name_en"), parent_id=None, level=1
        )
        return [self._limited(reader, row)] if code is not None and name is not None else []

    def _limited(self, reader: RowReader, row: CategoryRow) -> CategoryRow:
        """The category with its limit and the time in which it is valid."""
        limit = self._limit(reader)
        kind = reader.choice("limit_kind", ("working", "clock"))
        begins, ends = (reader.time(name, self._clock) for name in ("valid_from", "valid_to"))
        if begins is not None and ends is not None and ends <= begins:
            reader.reject(reader.label("valid_to"), reader.text("valid_to") or "", Flaw.NEVER_VALID)
        return replace(
            row,
            limit_hours=limit.hours if limit else None,
            limit_kind=(limit.kind if limit else None) or kind or WORKING,
            valid_from=begins,
            valid_to=ends,
        )

    def _limit(self, reader: RowReader) -> Limit | None:
        text = reader.text("limit_hours")
        if text is None:
            return None
        limit = read_limit(text, self._day_hours)
        label = reader.label("limit_hours")
        if limit is None:
            reader.reject(label, text, Flaw.UNREADABLE_LIMIT)
        elif not 0 <= limit.hours <= HOURS_LIMIT:
            reader.reject(label, text, Flaw.NUMBER_RANGE, low="0", high=f"{HOURS_LIMIT:g}")
        return limit
