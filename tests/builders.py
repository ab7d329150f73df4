"""Rows for tests by plain SQL, with defaults: a small district, its workers, shifts, events and feedback.

The district is a sheet of square grids, 0.01 degrees wide, whose south-west corner is at 103.80 E, 30.70 N:
grid i of all grids (in the order they were made) lies i squares to the east.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import psycopg
import shapely
from psycopg import sql
from psycopg.types.json import Jsonb

Conn = psycopg.Connection[Any]

WEST, SOUTH, STEP = 103.80, 30.70, 0.01
SETTINGS: Mapping[str, object] = {
    "timezone": "Asia/Shanghai",
    "workflow": "seven",
    "title": {"zh": "测试区", "en": "Test district"},
    "satisfied_from": 3,
}
_serial = count(1)


def square(column: int, row: int = 0, width: int = 1) -> shapely.Polygon:
    """`width` squares of the sheet, from this one to the east."""
    west, south = WEST + column * STEP, SOUTH + row * STEP
    return shapely.box(west, south, west + width * STEP, south + STEP)


def insert_region(
    conn: Conn, code: str, level: str, parent_id: int | None, shape: shapely.Polygon, **overrides: object
) -> int:
    """A region with one version that has always been valid."""
    region = {"code": code, "level": level, "name": f"name {code}", "kind": "general", **overrides}
    region_id = insert_row(conn, "ops.regions", region)
    point = shape.representative_point()
    version = {
        "region_id": region_id,
        "parent_id": parent_id,
        "geom": shapely.to_wkb(shape),
        "label_lon": point.x,
        "label_lat": point.y,
    }
    insert_row(conn, "ops.region_versions", version)
    return region_id


def make_district(
    conn: Conn,
    streets: int = 2,
    communities: int = 2,
    grids: int = 2,
    settings: Mapping[str, object] | None = None,
) -> dict[str, int]:
    """Region ids by code, and categories "A", "B" (level 1) and "A01", "B01" (level 3 below them) by code
    too.

    Codes: district 510117, streets 510117001 ..., communities 510117001001 ..., grids 5101170010010001 ...
    """
    ids: dict[str, int] = {}
    total = streets * communities * grids
    with conn.transaction():
        ids["510117"] = insert_region(conn, "510117", "district", None, square(0, width=total))
        column = 0
        for s in range(1, streets + 1):
            street = f"510117{s:03d}"
            shape = square(column, width=communities * grids)
            ids[street] = insert_region(conn, street, "street", ids["510117"], shape)
            for c in range(1, communities + 1):
                community = f"{street}{c:03d}"
                ids[community] = insert_region(
                    conn, community, "community", ids[street], square(column, width=grids)
                )
                for g in range(1, grids + 1):
                    grid = f"{community}{g:04d}"
                    ids[grid] = insert_region(conn, grid, "grid", ids[community], square(column))
                    column += 1
        for top in ("A", "B"):
            ids.update(_make_categories(conn, top))
        for key, value in {**SETTINGS, **(settings or {})}.items():
            put_setting(conn, key, value)
    return ids


def put_setting(conn: Conn, key: str, value: object) -> None:
    """Set one of the district's settings."""
    conn.execute(
        "insert into board.settings values (%s, %s) on conflict (key) do update set value = excluded.value",
        (key, Jsonb(value)),
    )


def insert_event(conn: Conn, **overrides: object) -> int:
    """An open event of category A01 in any grid, reported now and due in a day; columns by name override."""
    serial = next(_serial)
    now = overrides.get("reported_at") or datetime.now(UTC)
    assert isinstance(now, datetime)
    values: dict[str, object] = {
        "code": f"E{serial:06d}",
        "source": "hotline",
        "reported_at": now,
        "due_at": now + timedelta(days=1),
        **overrides,
    }
    if "category_id" not in values:
        values["category_id"] = first(conn, "select id from ops.categories where code = 'A01'")
    if "region_id" not in values:
        values["region_id"] = first(
            conn, "select id from ops.regions where level = 'grid' order by code limit 1"
        )
    return insert_row(conn, "ops.events", values)


def insert_worker(conn: Conn, **overrides: object) -> int:
    """A grid worker of the first grid."""
    serial = next(_serial)
    values: dict[str, object] = {"code": f"W{serial:06d}", "name": f"Worker {serial}", **overrides}
    if "region_id" not in values:
        values["region_id"] = first(
            conn, "select id from ops.regions where level = 'grid' order by code limit 1"
        )
    return insert_row(conn, "ops.workers", values)


def insert_shift(conn: Conn, worker_id: int, **overrides: object) -> int:
    """A shift of eight hours that began an hour ago, checked in at its start."""
    starts_at = overrides.get("starts_at") or datetime.now(UTC) - timedelta(hours=1)
    assert isinstance(starts_at, datetime)
    values: dict[str, object] = {
        "worker_id": worker_id,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=8),
        "checked_in_at": starts_at,
        **overrides,
    }
    return insert_row(conn, "ops.shifts", values)


def insert_feedback(conn: Conn, event_id: int, **overrides: object) -> int:
    """An asking that was not answered yet."""
    return insert_row(conn, "ops.feedback", {"event_id": event_id, **overrides})


def put_position(conn: Conn, worker_id: int, lon: float, lat: float, **overrides: object) -> None:
    """The newest fix of a worker, as of now; he has been moving until now."""
    at = overrides.get("fixed_at") or datetime.now(UTC)
    values: dict[str, object] = {
        "worker_id": worker_id,
        "fixed_at": at,
        "received_at": at,
        "lon": lon,
        "lat": lat,
        "still_lon": lon,
        "still_lat": lat,
        "still_since": at,
        **overrides,
    }
    conn.execute("delete from ops.latest_positions where worker_id = %s", (worker_id,))
    insert_row(conn, "ops.latest_positions", values, returning="worker_id")


def _make_categories(conn: Conn, top: str) -> dict[str, int]:
    first = insert_row(conn, "ops.categories", {"code": top, "level": 1, "name": f"class {top}"})
    conn.execute("update ops.categories set top_id = id where id = %s", (first,))
    below = {"level": 3, "parent_id": first, "top_id": first}
    third = insert_row(conn, "ops.categories", {"code": f"{top}01", "name": f"kind {top}01", **below})
    return {top: first, f"{top}01": third}


def insert_row(conn: Conn, table: str, values: Mapping[str, object], returning: str = "id") -> int:
    """A row with these values; its number."""
    schema, name = table.split(".")
    statement = sql.SQL("insert into {} ({}) values ({}) returning {}").format(
        sql.Identifier(schema, name),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join([sql.Placeholder()] * len(values)),
        sql.Identifier(returning),
    )
    return first(conn, statement, list(values.values()))


def first(conn: Conn, statement: Any, values: list[object] | None = None) -> int:
    """The number that a question is answered with."""
    row = conn.execute(statement, values).fetchone()
    assert row is not None, statement
    return int(row[0])
