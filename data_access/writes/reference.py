"""Rows that others refer to by code: departments, categories, workers. Owns their SQL for imports."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRow:
    """A category as an import writes it; `parent_id` None at level 1. No `valid_from`, `valid_to`: always."""

    code: str
    name: str
    name_en: str | None
    parent_id: int | None
    level: int
    limit_hours: float | None = None
    limit_kind: str = "working"
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentRow:
    """A department as an import writes it."""

    code: str
    name: str
    name_en: str | None


CATEGORY_EXTRAS = ("name_en", "limit_hours", "limit_kind", "valid_from", "valid_to")
"""Columns of a category that a file may leave out; they stay then as they are."""


def ids_by_code(connection: psycopg.Connection[Any], table: str) -> dict[str, int]:
    """Ids of departments, categories or workers by their code."""
    queries = {
        "departments": "select code, id from ops.departments",
        "categories": "select code, id from ops.categories",
        "workers": "select code, id from ops.workers",
    }
    return dict(connection.execute(queries[table]).fetchall())


def category_levels(connection: psycopg.Connection[Any]) -> dict[str, tuple[int, int]]:
    """(id, level) of every category by its code."""
    rows = connection.execute("select code, id, level from ops.categories").fetchall()
    return {code: (id_, level) for code, id_, level in rows}


def put_category(
    connection: psycopg.Connection[Any], row: CategoryRow, extras: Collection[str] = CATEGORY_EXTRAS
) -> tuple[int, str]:
    """Writes a category; returns its id and "inserted", "updated" or "unchanged". Of a category that is there
    only name, parent and `extras` are written."""
    written = ["name", "parent_id", "level", *(name for name in CATEGORY_EXTRAS if name in extras)]
    values = asdict(row)
    values["valid_from"] = row.valid_from or "-infinity"
    values["valid_to"] = row.valid_to or "infinity"
    query = sql.SQL(
        "insert into ops.categories as c (code, name, name_en, parent_id, level, limit_hours, limit_kind, "
        "valid_from, valid_to) values (%(code)s, %(name)s, %(name_en)s, %(parent_id)s, %(level)s, "
        "%(limit_hours)s, %(limit_kind)s, %(valid_from)s, %(valid_to)s) "
        "on conflict (code) do update set {sets} where row({old}) is distinct from row({new}) "
        "returning id, xmax = 0"
    ).format(
        sets=sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in written
        ),
        old=sql.SQL(", ").join(sql.Identifier("c", name) for name in written),
        new=sql.SQL(", ").join(sql.Identifier("excluded", name) for name in written),
    )
    found = connection.execute(query, values).fetchone()
    if found is None:
        stored = connection.execute("select id from ops.categories where code = %s", (row.code,)).fetchone()
        assert stored is not None
        return int(stored[0]), "unchanged"
    connection.execute(
        "update ops.categories c set top_id = "
        "coalesce((select p.top_id from ops.categories p where p.id = %s), c.id) where c.id = %s",
        (row.parent_id, found[0]),
    )
    return int(found[0]), "inserted" if found[1] else "updated"


def settle_categories(connection: psycopg.Connection[Any]) -> None:
    """Gives every category the level-1 ancestor that follows from its parents."""
    connection.execute(
        "with recursive tree as ("
        "select id, id as top_id from ops.categories where parent_id is null "
        "union all select c.id, t.top_id from ops.categories c join tree t on c.parent_id = t.id) "
        "update ops.categories c set top_id = t.top_id from tree t "
        "where t.id = c.id and c.top_id is distinct from t.top_id"
    )


def put_department(connection: psycopg.Connection[Any], code: str, name: str, name_en: str | None) -> int:
    """Makes a department that is not there yet; returns its id."""
    row = connection.execute(
        "insert into ops.departments (code, name, name_en) values (%s, %s, %s) returning id",
        (code, name, name_en),
    ).fetchone()
    assert row is not None
    return int(row[0])


def change_department(
    connection: psycopg.Connection[Any], row: DepartmentRow, *, english: bool
) -> tuple[int, str]:
    """Writes a department; returns its id and "inserted", "updated" or "unchanged". The English name of one that
    is there changes only with `english`."""
    found = connection.execute(
        "insert into ops.departments as d (code, name, name_en) values (%(code)s, %(name)s, %(name_en)s) "
        "on conflict (code) do update set name = excluded.name, "
        "name_en = case when %(english)s then excluded.name_en else d.name_en end "
        "where d.name is distinct from excluded.name "
        "or (%(english)s and d.name_en is distinct from excluded.name_en) returning id, xmax = 0",
        {"code": row.code, "name": row.name, "name_en": row.name_en, "english": english},
    ).fetchone()
    if found is not None:
        return int(found[0]), "inserted" if found[1] else "updated"
    stored = connection.execute("select id from ops.departments where code = %s", (row.code,)).fetchone()
    assert stored is not None
    return int(stored[0]), "unchanged"


def put_worker(connection: psycopg.Connection[Any], code: str, name: str, region_id: int) -> int:
    """Makes a grid worker who is not there yet; returns the id."""
    row = connection.execute(
        "insert into ops.workers (code, name, region_id) values (%s, %s, %s) returning id",
        (code, name, region_id),
    ).fetchone()
    assert row is not None
    return int(row[0])


def settle_worker(connection: psycopg.Connection[Any], worker_id: int, region_id: int) -> None:
    """Gives a worker the own grid."""
    connection.execute(
        "update ops.workers set region_id = %s where id = %s and region_id <> %s",
        (region_id, worker_id, region_id),
    )
