"""What every incoming event is placed on: map, taxonomy, departments and their duties, the district's terms.

Owns reading all of it at one moment, and a fingerprint that tells cheaply whether any of it has changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from dashboard.domain.assignment import Duty
from dashboard.domain.words import Words
from data_access.writes.regions import StoredRegion, read_regions

# xmin changes with every change of a row; these tables are small, and no column of them is read.
_TABLES = (
    "ops.regions",
    "ops.region_versions",
    "ops.categories",
    "ops.departments",
    "ops.duties",
    "board.settings",
)
_FINGERPRINT = (
    "select concat_ws(' ', "
    + ", ".join(
        f"(select count(*) || ':' || coalesce(sum(xmin::text::bigint), 0) from {table})" for table in _TABLES
    )
    + ", (select count(*) || ':' || coalesce(sum(id), 0) from ops.region_versions"
    " where valid_from <= now() and now() < valid_to))"
)

_CATEGORIES = """
select id, code, parent_id, name, coalesce(name_en, name), limit_hours, limit_kind,
  valid_from <= now() and now() < valid_to, level
from ops.categories order by level, code
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryFact:
    """A category with its own limit; None: its parent's."""

    id: int
    code: str
    parent_id: int | None
    name: Words
    limit_hours: float | None
    working: bool
    valid: bool
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentFact:
    """A department."""

    id: int
    code: str
    name: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundFacts:
    """All of it, of one moment."""

    fingerprint: str
    regions: tuple[StoredRegion, ...]
    categories: tuple[CategoryFact, ...]
    departments: tuple[DepartmentFact, ...]
    duties: tuple[Duty, ...]
    settings: Mapping[str, Any]


def ground_fingerprint(connection: psycopg.Connection[Any]) -> str:
    """Another text whenever anything of the ground is another."""
    row = connection.execute(_FINGERPRINT).fetchone()
    assert row is not None
    return str(row[0])


def read_ground(connection: psycopg.Connection[Any]) -> GroundFacts:
    """The ground as it is now. The caller's transaction should see one moment."""
    return GroundFacts(
        fingerprint=ground_fingerprint(connection),
        regions=tuple(read_regions(connection)),
        categories=tuple(
            CategoryFact(
                id=row[0],
                code=row[1],
                parent_id=row[2],
                name=Words(zh=row[3], en=row[4]),
                limit_hours=row[5],
                working=row[6] == "working",
                valid=row[7],
                level=row[8],
            )
            for row in connection.execute(_CATEGORIES)
        ),
        departments=tuple(
            DepartmentFact(id=row[0], code=row[1], name=Words(zh=row[2], en=row[3]))
            for row in connection.execute(
                "select id, code, name, coalesce(name_en, name) from ops.departments order by id"
            )
        ),
        duties=tuple(
            Duty(department_id=row[0], category_id=row[1], region_id=row[2])
            for row in connection.execute(
                "select department_id, category_id, region_id from ops.duties order by id"
            )
        ),
        settings=dict(connection.execute("select key, value from board.settings").fetchall()),
    )
