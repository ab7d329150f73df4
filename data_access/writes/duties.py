"""Which department is responsible for which category in which region. Owns the SQL of `ops.duties` for imports.

A duty is a pair of category and region; None stands for all. One pair belongs to one department.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import psycopg

Duty = tuple[int | None, int | None]
"""Ids of a category and a region."""

_NAMED = {
    "categories": "select code, name, id from ops.categories",
    "regions": "select code, name, id from ops.regions",
}


def codes_and_names(connection: psycopg.Connection[Any], table: str) -> tuple[dict[str, int], dict[str, int]]:
    """Ids of categories or regions by code, and by name where only one has it."""
    by_code: dict[str, int] = {}
    by_name: dict[str, int] = {}
    twice: set[str] = set()
    for code, name, id_ in connection.execute(_NAMED[table]).fetchall():
        by_code[code] = id_
        if name in by_name:
            twice.add(name)
        by_name[name] = id_
    return by_code, {name: id_ for name, id_ in by_name.items() if name not in twice}


def read_duties(connection: psycopg.Connection[Any]) -> dict[Duty, str]:
    """The code of the department that has each duty."""
    rows = connection.execute(
        "select u.category_id, u.region_id, d.code from ops.duties u "
        "join ops.departments d on d.id = u.department_id"
    ).fetchall()
    return {(category, region): code for category, region, code in rows}


def put_duties(connection: psycopg.Connection[Any], department_id: int, duties: Collection[Duty]) -> int:
    """Gives a department exactly these duties, taking them from whoever has them. How many changed."""
    wanted = list(duties)
    pairs = [category for category, _ in wanted], [region for _, region in wanted]
    gone = connection.execute(
        "delete from ops.duties u where u.department_id = %s and not exists ("
        "select from unnest(%s::bigint[], %s::bigint[]) as w (category_id, region_id) "
        "where w.category_id is not distinct from u.category_id "
        "and w.region_id is not distinct from u.region_id)",
        (department_id, *pairs),
    ).rowcount
    put = connection.execute(
        "insert into ops.duties as u (department_id, category_id, region_id) "
        "select %s, w.category_id, w.region_id from unnest(%s::bigint[], %s::bigint[]) "
        "as w (category_id, region_id) on conflict (category_id, region_id) "
        "do update set department_id = excluded.department_id "
        "where u.department_id <> excluded.department_id",
        (department_id, *pairs),
    ).rowcount
    return gone + put
