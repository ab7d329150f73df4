"""Rows that others refer to by code: departments, categories, workers. Owns their SQL for imports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRow:
    """A category as an import writes it; `parent_id` None at level 1."""

    code: str
    name: str
    name_en: str | None
    parent_id: int | None
    level: int
    limit_hours: float | None = None
    limit_kind: str = "working"


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


def put_category(connection: psycopg.Connection[Any], row: CategoryRow) -> tuple[int, str]:
    """Writes a category; returns its id and "inserted", "updated" or "unchanged"."""
    written = connection.execute(
        "insert into ops.categories as c (code, name, name_en, parent_id, level, limit_hours, limit_kind) "
        "values (%(code)s, %(name)s, %(name_en)s, %(parent_id)s, %(level)s, %(limit_hours)s, %(limit_kind)s) "
        "on conflict (code) do update set name = excluded.name, name_en = excluded.name_en, "
        "parent_id = excluded.parent_id, level = excluded.level, limit_hours = excluded.limit_hours, "
        "limit_kind = excluded.limit_kind "
        "where row(c.name, c.name_en, c.parent_id, c.level, c.limit_hours, c.limit_kind) is distinct from "
        "row(excluded.name, excluded.name_en, excluded.parent_id, excluded.level, excluded.limit_hours, "
        "excluded.limit_kind) returning id, xmax = 0",
        {
            "code": row.code,
            "name": row.name,
            "name_en": row.name_en,
            "parent_id": row.parent_id,
            "level": row.level,
            "limit_hours": row.limit_hours,
            "limit_kind": row.limit_kind,
        },
    ).fetchone()
    if written is None:
        found = connection.execute("select id from ops.categories where code = %s", (row.code,)).fetchone()
        assert found is not None
        return int(found[0]), "unchanged"
    connection.execute(
        "update ops.categories c set top_id = "
        "coalesce((select p.top_id from ops.categories p where p.id = %s), c.id) where c.id = %s",
        (row.parent_id, written[0]),
    )
    return int(written[0]), "inserted" if written[1] else "updated"


def put_department(connection: psycopg.Connection[Any], code: str, name: str, name_en: str | None) -> int:
    """Makes a department that is not there yet; returns its id."""
    row = connection.execute(
        "insert into ops.departments (code, name, name_en) values (%s, %s, %s) returning id",
        (code, name, name_en),
    ).fetchone()
    assert row is not None
    return int(row[0])


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
