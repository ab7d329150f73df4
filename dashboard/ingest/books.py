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

    def read(self, reader: RowReader) -> str | None:
        """The code of the row's department, None where it names none; a finding where there is none such."""
        code = reader.code("department")
        if code is not None and code not in self._ids and not self._making.create:
            reader.reject(reader.label("department"), code, Flaw.UNKNOWN_DEPARTMENT)
        return code

    def id(self, code: str | None) -> int | None:
        """The id of a code that `read` gave for a sound row; makes the department if need be."""
        if code is None:
            return None
        if code not in self._ids:
            _count(self._made, "departments")
            name, name_en = self._making.names.get(code, (code, None))
            self._ids[code] = put_department(self._connection, code, name, name_en)
        return self._ids[code]


class CategoryBook:
    """Categories by code, or by the texts of their levels: the path of texts is then the code."""

    def __init__(self, connection: psycopg.Connection[Any], mapping: Mapping, made: Counter[str]) -> None:
        self._connection, self._mapping, self._made = connection, mapping, made
        self._known = category_levels(connection)

    def read(self, reader: RowReader) -> tuple[str, ...]:
        """The path of the row's category, its code alone without levels; a finding where there is none such."""
        if not self._mapping.levels:
            code = reader.code("category", required=True)
            if code is not None and code not in self._known:
                reader.reject(reader.label("category"), code, Flaw.UNKNOWN_CATEGORY)
            return (code or "",)
        path = tuple(text for column in self._mapping.levels if (text := reader.value(column)))
        label, code = " / ".join(column.label for column in self._mapping.levels), "/".join(path)
        if not path:
            reader.reject(label, "", Flaw.MISSING)
        elif code not in self._known and not self._mapping.categories.create:
            reader.reject(label, code, Flaw.UNKNOWN_CATEGORY)
        elif any(not text.isprintable() for text in path):
            reader.reject(label, code, Flaw.CONTROL_CHARACTER)
        elif (longest := max(map(len, path))) > SHORT_LIMIT:
            reader.reject(label, code, Flaw.TOO_LONG, length=longest, limit=SHORT_LIMIT)
        return path

    def id(self, path: tuple[str, ...]) -> int:
        """The id of a path that `read` gave for a sound row; makes its categories if need be."""
        code = "/".join(path)
        if code not in self._known:
            parent: int | None = None
            for level, text in enumerate(path, start=1):
                part = "/".join(path[:level])
                if part not in self._known:
                    self._known[part] = self._make(part, text, parent, level), level
                parent = self._known[part][0]
        return self._known[code][0]

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
