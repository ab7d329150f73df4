"""What every reader of files gives out: columns, and rows in order. Owns the limits that hold for all formats."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.report import Finding

COLUMN_LIMIT = 1_000
"""Columns of a file; one with more names the rows where the columns should be."""
NAME_LIMIT = 1_000
"""Characters of a column's name."""
EXACT_WHOLE = 2**53
"""Whole numbers from here on are not kept exactly by spreadsheets and number fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row or feature: text by column, and the shape of a feature as GeoJSON has it."""

    number: int
    values: dict[str, str]
    shape: dict[str, Any] | None = field(default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """An open file: its columns, and its rows in order; a row that cannot be read comes as a Finding.

    `crs`: the coordinate system that the file itself names, "" where it names none. `total`: how many rows
    there are, None where nobody counted. `dates`: the format itself knows dates, they come as ISO 8601.
    `size_bytes`: how much its shapes take, unpacked."""

    columns: tuple[str, ...]
    rows: Iterator[Record | Finding]
    shapes: bool
    crs: str = ""
    total: int | None = None
    dates: bool = False
    size_bytes: int = 0


def chosen(table: Table, only: Mapping[str, str]) -> Table:
    """The table with only those rows that have these values in these columns."""
    if not only:
        return table
    rows = (
        row
        for row in table.rows
        if not isinstance(row, Record)
        or all(row.values.get(name, "").strip() == value for name, value in only.items())
    )
    return replace(table, rows=rows, total=None)


def checked_columns(names: list[str], path: Path) -> tuple[str, ...]:
    """A header without repeated names. ImportRefused where it has some, or far too many."""
    if len(names) > COLUMN_LIMIT:
        raise ImportRefused(
            f"文件 {path.name} 有超过 {COLUMN_LIMIT:,} 列，不是表格。",
            f"The file {path.name} has more than {COLUMN_LIMIT:,} columns: this is no table.",
        )
    checked_names(names, path)
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        zh, en = "、".join(twice), ", ".join(twice)
        raise ImportRefused(
            f"文件 {path.name} 的表头有重复的列：{zh}。", f"The header of {path.name} repeats a column: {en}."
        )
    return tuple(names)


def checked_names(names: Iterable[str], path: Path) -> None:
    """Makes sure that names of columns are names. ImportRefused where one is far too long."""
    if any(len(name) > NAME_LIMIT for name in names):
        raise ImportRefused(
            f"文件 {path.name} 有列名超过 {NAME_LIMIT:,} 字，不是表格。",
            f"The file {path.name} has a column with a name of more than {NAME_LIMIT:,} characters: this is no table.",
        )


def number_text(value: float) -> str:
    """A number as people write it: no ".0" behind a whole one."""
    if math.isfinite(value) and float(value).is_integer():
        return str(int(value))
    return repr(float(value))
