"""Imports departments with what they are responsible for. Owns what their rows have to be.

A duty is a category in a region. A row that names several of both has each of the categories in each of the
regions; one that names only categories has them everywhere, one that names only regions has everything there. A
department may stand in several rows, which add up.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import psycopg

from dashboard.ingest.checks import TEXT_LIMIT, RowReader
from dashboard.ingest.files import Record
from dashboard.ingest.mapping import Mapping
from dashboard.ingest.report import Findings
from dashboard.ingest.wording import Flaw
from data_access.writes.duties import Duty, codes_and_names, put_duties, read_duties
from data_access.writes.imports import Landing
from data_access.writes.reference import DepartmentRow, change_department

PAIRS_LIMIT = 20_000
"""Pairs of category and region in one row; more are better said by a category or region above them."""
_BETWEEN = re.compile(r"[;；,，、|\n]+")
_EVERYTHING = frozenset({"*", "all", "全部", "所有", "全区", "全域", "不限"})
_FIELDS = ("categories", "regions")
_UNKNOWN = {"categories": Flaw.UNKNOWN_CATEGORY, "regions": Flaw.UNKNOWN_REGION}


class DepartmentImport:
    """One import of departments."""

    def __init__(self, connection: psycopg.Connection[Any], mapping: Mapping, findings: Findings) -> None:
        self._connection, self._mapping, self._findings = connection, mapping, findings
        self._dutiful = any(name in mapping.columns for name in _FIELDS)
        self._known = {name: codes_and_names(connection, name) for name in _FIELDS if self._dutiful}
        self._held = read_duties(connection) if self._dutiful else {}
        self._rows: dict[str, tuple[int, DepartmentRow]] = {}
        self._duties: dict[str, dict[Duty, None]] = {}
        self._taken: dict[Duty, tuple[str, int]] = {}
        self._more = 0
        self.made: Counter[str] = Counter()

    def add(self, record: Record) -> None:
        """Takes one row in, or rejects it."""
        reader = RowReader(record, self._mapping.columns, self._findings)
        code, name = reader.code("code", required=True), reader.text("name", required=True)
        row = DepartmentRow(code=code or "", name=name or "", name_en=reader.text("name_en"))
        duties = self._read_duties(reader, row.code)
        if row.code in self._rows:
            first, stored = self._rows[row.code]
            if not duties or stored != row:
                reader.reject(reader.label("code"), row.code, Flaw.DUPLICATE_CODE, first=first)
        if not reader.sound():
            return
        self._more += row.code in self._rows
        self._rows.setdefault(row.code, (record.number, row))
        self._duties.setdefault(row.code, {}).update(dict.fromkeys(duties))
        self._taken.update(dict.fromkeys(duties, (row.code, record.number)))

    def land(self) -> Landing:
        """Writes departments and duties. A further row of a department counts as its first one does."""
        outcomes: Counter[str] = Counter()
        for code, (_, row) in self._rows.items():
            english = "name_en" in self._mapping.columns
            id_, outcome = change_department(self._connection, row, english=english)
            if self._dutiful:
                changed = put_duties(self._connection, id_, self._duties[code])
                self.made["duties"] += changed
                outcome = "updated" if changed and outcome == "unchanged" else outcome
            outcomes[outcome] += 1
        return Landing(
            inserted=outcomes["inserted"],
            updated=outcomes["updated"],
            unchanged=outcomes["unchanged"] + self._more,
        )

    def _read_duties(self, reader: RowReader, department: str) -> list[Duty]:
        """The pairs of category and region of a row; a finding for each that another row already has."""
        categories, regions = (self._codes(reader, field) for field in _FIELDS)
        if categories is None and regions is None:
            return []
        pairs = len(categories or "*") * len(regions or "*")
        if pairs > PAIRS_LIMIT:
            label = reader.label("regions")
            reader.reject(label, f"{pairs:,}", Flaw.NUMBER_RANGE, low="1", high=f"{PAIRS_LIMIT:,}")
            return []
        duties = [
            (category, region)
            for category in (categories or {None: "*"})
            for region in (regions or {None: "*"})
        ]
        for category, region in duties:
            said = {
                "category": (categories or {}).get(category, "*"),
                "region": (regions or {}).get(region, "*"),
            }
            label = reader.label("categories" if reader.has("categories") else "regions")
            owner, first = self._taken.get((category, region), (department, 0))
            before = self._held.get((category, region), department)
            if owner != department:
                reader.reject(label, said["category"], Flaw.DUTY_TAKEN, first=first, **said)
            elif before != department:
                reader.note(label, said["category"], Flaw.DUTY_MOVED, department=before, **said)
        return duties

    def _codes(self, reader: RowReader, field: str) -> dict[int | None, str] | None:
        """Ids of what a cell lists, with what it calls them; None where it is empty."""
        text = reader.text(field, limit=TEXT_LIMIT)
        if text is None:
            return None
        if text.strip().lower() in _EVERYTHING:
            return {None: "*"}
        by_code, by_name = self._known[field]
        found: dict[int | None, str] = {}
        for part in filter(None, (part.strip() for part in _BETWEEN.split(text))):
            id_ = by_code.get(part, by_name.get(part))
            if id_ is None:
                reader.reject(reader.label(field), part, _UNKNOWN[field])
            else:
                found[id_] = part
        return found
