"""What rows name by code: categories, departments, workers. Owns looking them up, and making them where the
mapping allows it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import psycopg

from dashboard.ingest.checks import SHORT_LIMIT, RowReader
from dashboard.ingest.mapping import Making, Mapping
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.wording import Flaw
from data_access.writes.reference import (
    CategoryRow,
    category_levels,
    ids_by_code,
    put_category,
    put_department,
)

MADE_LIMIT = 20_000
"""Categories or departments that one import may make: more means that the mapping names the wrong column."""


class DepartmentBook:
    """Departments by code."""

    def __init__(self, connection: psycopg.Connection[Any], making: Making, made: Counter[str]) -> None:
        self._connection, self._making, self._made = connection, making, made
        self._ids = ids_by_code(connection, "departments")

    def read(self, reader: RowReader) -> int | None:
        """The id of the row's department, None where the row names none."""
        code = reader.text("department")
        if code is None:
            return None
        found = self._ids.get(code)
        if found is None and not self._making.create:
            reader.reject(reader.label("department"), code, Flaw.UNKNOWN_DEPARTMENT)
        elif found is None and len(code) <= SHORT_LIMIT:
            _count(self._made, "departments")
            name, name_en = self._making.names.get(code, (code, None))
            found = self._ids[code] = put_department(self._connection, code, name, name_en)
        return found


class CategoryBook:
    """Categories by code, or by the texts of their levels: the path of texts is then the code."""

    def __init__(self, connection: psycopg.Connection[Any], mapping: Mapping, made: Counter[str]) -> None:
        self._connection, self._mapping, self._made = connection, mapping, made
        self._known = category_levels(connection)

    def read(self, reader: RowReader) -> int | None:
        """The id of the row's category; a finding where there is none."""
        if not self._mapping.levels:
            code = reader.text("category", required=True)
            if code is not None and code not in self._known:
                reader.reject(reader.label("category"), code, Flaw.UNKNOWN_CATEGORY)
            return self._known[code][0] if code in self._known else None
        path = [text for column in self._mapping.levels if (text := reader.value(column))]
        label = " / ".join(column.label for column in self._mapping.levels)
        if not path:
            reader.reject(label, "", Flaw.MISSING)
            return None
        return self._at(reader, path, label)

    def _at(self, reader: RowReader, path: list[str], label: str) -> int | None:
        code = "/".join(path)
        if code in self._known:
            return self._known[code][0]
        if not self._mapping.categories.create:
            reader.reject(label, code, Flaw.UNKNOWN_CATEGORY)
            return None
        if any(len(text) > SHORT_LIMIT or not text.isprintable() for text in path):
            reader.reject(label, code, Flaw.CONTROL_CHARACTER)
            return None
        parent: int | None = None
        for level in range(1, len(path) + 1):
            part = "/".join(path[:level])
            if part not in self._known:
                self._known[part] = self._make(part, path[level - 1], parent, level), level
            parent = self._known[part][0]
        return parent

    def _make(self, code: str, text: str, parent: int | None, level: int) -> int:
        _count(self._made, "categories")
        name, name_en = self._mapping.categories.names.get(text, (text, None))
        row = CategoryRow(code=code, name=name, name_en=name_en or text, parent_id=parent, level=level)
        return put_category(self._connection, row)[0]


def _count(made: Counter[str], what: str) -> None:
    made[what] += 1
    if made[what] > MADE_LIMIT:
        raise ImportRefused(
            f"将新建超过 {MADE_LIMIT:,} 个{'类别' if what == 'categories' else '部门'}，请检查映射中的列。",
            f"This would make more than {MADE_LIMIT:,} {what}; check the columns in the mapping.",
        )
