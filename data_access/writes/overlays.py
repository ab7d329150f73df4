"""Business grids as imports write them: unions of whole base grids. Owns its SQL."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import psycopg


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayRow:
    """A department's business grid. `region_ids`: its base grids, in order."""

    code: str
    name: str
    department_id: int
    region_ids: tuple[int, ...]


def read_overlays(connection: psycopg.Connection[Any]) -> list[OverlayRow]:
    """All business grids, by code."""
    rows = connection.execute(
        "select code, name, department_id, region_ids from ops.overlays order by code"
    ).fetchall()
    return [
        OverlayRow(code=code, name=name, department_id=department_id, region_ids=tuple(region_ids))
        for code, name, department_id, region_ids in rows
    ]


def overlays_with(connection: psycopg.Connection[Any], region_ids: Collection[int]) -> list[tuple[str, int]]:
    """Codes of business grids with those of the regions that they hold, each pair once."""
    if not region_ids:
        return []
    return connection.execute(
        "select o.code, t.id from ops.overlays o, unnest(o.region_ids) as t (id) "
        "where t.id = any(%s::bigint[]) and o.region_ids && %s::bigint[] order by 1, 2",
        (list(region_ids), list(region_ids)),
    ).fetchall()


def put_overlay(connection: psycopg.Connection[Any], row: OverlayRow) -> str:
    """Writes a business grid; "inserted", "updated" or "unchanged"."""
    written = connection.execute(
        "insert into ops.overlays as o (code, name, department_id, region_ids) values (%s, %s, %s, %s) "
        "on conflict (code) do update set name = excluded.name, department_id = excluded.department_id, "
        "region_ids = excluded.region_ids "
        "where row(o.name, o.department_id, o.region_ids) "
        "is distinct from row(excluded.name, excluded.department_id, excluded.region_ids) "
        "returning xmax = 0",
        (row.code, row.name, row.department_id, list(row.region_ids)),
    ).fetchone()
    if written is None:
        return "unchanged"
    return "inserted" if written[0] else "updated"
