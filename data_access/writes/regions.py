"""The map as imports write it: regions and the version of each that is valid now. Owns its SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionRow:
    """A region with its present boundary: WKB in WGS-84, and a point inside for the label."""

    code: str
    level: str
    kind: str
    name: str
    name_en: str | None
    parent_id: int | None
    geom: bytes
    label_lon: float
    label_lat: float
    households: int | None = None
    population: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRegion:
    """A region of the present map."""

    id: int
    code: str
    level: str
    name: str
    name_en: str | None
    parent_id: int | None
    geom: bytes


def read_regions(connection: psycopg.Connection[Any]) -> list[StoredRegion]:
    """The present map, by code."""
    rows = connection.execute(
        "select r.id, r.code, r.level, r.name, r.name_en, v.parent_id, v.geom from ops.regions r "
        "join ops.region_versions v on v.region_id = r.id and v.valid_to = 'infinity' order by r.code"
    ).fetchall()
    return [
        StoredRegion(
            id=id_, code=code, level=level, name=name, name_en=name_en, parent_id=parent_id, geom=bytes(geom)
        )
        for id_, code, level, name, name_en, parent_id, geom in rows
    ]


def put_region(connection: psycopg.Connection[Any], row: RegionRow) -> tuple[int, str]:
    """Writes a region and its present version; returns its id and "inserted", "updated" or "unchanged"."""
    facts: dict[str, Any] = {
        "code": row.code,
        "level": row.level,
        "kind": row.kind,
        "name": row.name,
        "name_en": row.name_en,
        "parent_id": row.parent_id,
        "geom": row.geom,
        "label_lon": row.label_lon,
        "label_lat": row.label_lat,
        "households": row.households,
        "population": row.population,
    }
    written = connection.execute(_PUT_REGION, facts).fetchone()
    if written is None:
        found = connection.execute("select id from ops.regions where code = %s", (row.code,)).fetchone()
        assert found is not None
        facts["id"], outcome = found[0], "unchanged"
    else:
        facts["id"], outcome = written[0], "inserted" if written[1] else "updated"
    changed = connection.execute(_CHANGE_VERSION, facts).rowcount
    changed += connection.execute(_ADD_VERSION, facts).rowcount
    if changed and outcome == "unchanged":
        outcome = "updated"
    return int(facts["id"]), outcome


_PUT_REGION = """
insert into ops.regions as r (code, level, kind, name, name_en)
values (%(code)s, %(level)s, %(kind)s, %(name)s, %(name_en)s)
on conflict (code) do update
set level = excluded.level, kind = excluded.kind, name = excluded.name, name_en = excluded.name_en
where row(r.level, r.kind, r.name, r.name_en)
  is distinct from row(excluded.level, excluded.kind, excluded.name, excluded.name_en)
returning id, xmax = 0
"""

_CHANGE_VERSION = """
update ops.region_versions
set parent_id = %(parent_id)s, geom = %(geom)s, label_lon = %(label_lon)s, label_lat = %(label_lat)s,
    households = %(households)s, population = %(population)s
where region_id = %(id)s and valid_to = 'infinity'
  and row(parent_id, geom, label_lon, label_lat, households, population) is distinct from
      row(%(parent_id)s::bigint, %(geom)s::bytea, %(label_lon)s::float8, %(label_lat)s::float8,
          %(households)s::integer, %(population)s::integer)
"""

_ADD_VERSION = """
insert into ops.region_versions (region_id, parent_id, geom, label_lon, label_lat, households, population)
select %(id)s, %(parent_id)s, %(geom)s, %(label_lon)s, %(label_lat)s, %(households)s, %(population)s
where not exists (select from ops.region_versions where region_id = %(id)s and valid_to = 'infinity')
"""
