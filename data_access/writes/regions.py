"""The map as imports write it: regions, and the version of each that is valid at a moment. Owns its SQL.

The map changes at turns: moments at which versions end and others begin. What was valid before a turn stays
as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionRow:
    """A region with its boundary: WKB in WGS-84, and a point inside for the label."""

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
class StoredRegion(RegionRow):
    """A region of the map of one moment."""

    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsentRegion:
    """A region that is known and not on the map of a moment. `begins`, `ends`: of the version nearest to it;
    None where that has no such end."""

    id: int
    begins: datetime | None
    ends: datetime | None


def read_regions(connection: psycopg.Connection[Any], at: datetime | None = None) -> list[StoredRegion]:
    """The map of a moment, of now without one, by code."""
    return [_stored(row) for row in connection.execute(_MAP, {"at": at}).fetchall()]


def read_former(connection: psycopg.Connection[Any]) -> list[StoredRegion]:
    """The regions that were on the map once and are not now, as they were last, by code."""
    return [_stored(row) for row in connection.execute(_FORMER).fetchall()]


def read_absent(connection: psycopg.Connection[Any], at: datetime | None = None) -> dict[str, AbsentRegion]:
    """The regions that are not on the map of a moment, by code."""
    rows = connection.execute(_ABSENT, {"at": at}).fetchall()
    return {code: AbsentRegion(id=id_, begins=begins, ends=ends) for code, id_, begins, ends in rows}


def read_turns(connection: psycopg.Connection[Any]) -> list[datetime]:
    """The moments at which the map changes, past and to come, in order."""
    return [row[0] for row in connection.execute(_TURNS).fetchall()]


def put_region(
    connection: psycopg.Connection[Any], row: RegionRow, valid_from: datetime | None = None
) -> tuple[int, str]:
    """Writes a region; returns its id and "inserted", "updated" or "unchanged".

    Without `valid_from` its present version is corrected, and one that has none is valid at all times. With
    it, a version that began earlier ends there and another begins; one that began just then is corrected.
    """
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
        "at": valid_from,
    }
    written = connection.execute(_PUT_REGION, facts).fetchone()
    if written is None:
        found = connection.execute("select id from ops.regions where code = %s", (row.code,)).fetchone()
        assert found is not None
        facts["id"], outcome = found[0], "unchanged"
    else:
        facts["id"], outcome = written[0], "inserted" if written[1] else "updated"
    changed = connection.execute(_CORRECT_VERSION, facts).rowcount
    if valid_from is not None:
        changed += connection.execute(_END_CHANGED, facts).rowcount
    changed += connection.execute(_ADD_VERSION, facts).rowcount
    if changed and outcome == "unchanged":
        outcome = "updated"
    return int(facts["id"]), outcome


def close_region(connection: psycopg.Connection[Any], region_id: int, at: datetime) -> None:
    """Ends the version of a region that is valid at a moment.

    One that would have begun just then goes if there is an earlier one; else an instant of it stays, so that
    what was written for it still belongs somewhere.
    """
    values = {"id": region_id, "at": at}
    connection.execute(_TAKE_BACK, values)
    connection.execute(_END, values)


def _stored(row: Sequence[Any]) -> StoredRegion:
    return StoredRegion(
        id=row[0],
        code=row[1],
        level=row[2],
        kind=row[3],
        name=row[4],
        name_en=row[5],
        parent_id=row[6],
        geom=bytes(row[7]),
        label_lon=row[8],
        label_lat=row[9],
        households=row[10],
        population=row[11],
    )


_COLUMNS = """
r.id, r.code, r.level, r.kind, r.name, r.name_en, v.parent_id, v.geom, v.label_lon, v.label_lat,
v.households, v.population
"""

_MAP = f"""
select {_COLUMNS}
from ops.regions r
join ops.region_versions v on v.region_id = r.id
  and v.valid_from <= coalesce(%(at)s::timestamptz, now()) and coalesce(%(at)s::timestamptz, now()) < v.valid_to
order by r.code
"""

_FORMER = f"""
select distinct on (r.code) {_COLUMNS}
from ops.regions r join ops.region_versions v on v.region_id = r.id and v.valid_from <= now()
where not exists (select from ops.region_versions w
                  where w.region_id = r.id and w.valid_from <= now() and now() < w.valid_to)
order by r.code, v.valid_from desc
"""

_ABSENT = """
select distinct on (r.code) r.code, r.id, nullif(v.valid_from, '-infinity'), nullif(v.valid_to, 'infinity')
from ops.regions r join ops.region_versions v on v.region_id = r.id
where not exists (
  select from ops.region_versions w where w.region_id = r.id
    and w.valid_from <= coalesce(%(at)s::timestamptz, now()) and coalesce(%(at)s::timestamptz, now()) < w.valid_to)
order by r.code, v.valid_from > coalesce(%(at)s::timestamptz, now()), v.valid_from desc
"""

_TURNS = """
select distinct date_trunc('milliseconds', turn) as turn from (
  select valid_from as turn from ops.region_versions union all select valid_to from ops.region_versions
) t where isfinite(turn) order by turn
"""

_PUT_REGION = """
insert into ops.regions as r (code, level, kind, name, name_en)
values (%(code)s, %(level)s, %(kind)s, %(name)s, %(name_en)s)
on conflict (code) do update
set level = excluded.level, kind = excluded.kind, name = excluded.name, name_en = excluded.name_en
where row(r.level, r.kind, r.name, r.name_en)
  is distinct from row(excluded.level, excluded.kind, excluded.name, excluded.name_en)
returning id, xmax = 0
"""

_DIFFERS = """row(parent_id, geom, label_lon, label_lat, households, population) is distinct from
      row(%(parent_id)s::bigint, %(geom)s::bytea, %(label_lon)s::float8, %(label_lat)s::float8,
          %(households)s::integer, %(population)s::integer)"""

_CORRECT_VERSION = f"""
update ops.region_versions
set parent_id = %(parent_id)s, geom = %(geom)s, label_lon = %(label_lon)s, label_lat = %(label_lat)s,
    households = %(households)s, population = %(population)s
where region_id = %(id)s
  and case when %(at)s::timestamptz is null then valid_from <= now() and now() < valid_to
           else valid_from = %(at)s end
  and {_DIFFERS}
"""

_END_CHANGED = f"""
update ops.region_versions set valid_to = %(at)s
where region_id = %(id)s and valid_from < %(at)s and %(at)s < valid_to and {_DIFFERS}
"""

_ADD_VERSION = """
insert into ops.region_versions
  (region_id, parent_id, geom, label_lon, label_lat, households, population, valid_from)
select %(id)s, %(parent_id)s, %(geom)s, %(label_lon)s, %(label_lat)s, %(households)s, %(population)s,
       coalesce(%(at)s::timestamptz, '-infinity')
where not exists (
  select from ops.region_versions where region_id = %(id)s
    and valid_from <= coalesce(%(at)s::timestamptz, now()) and coalesce(%(at)s::timestamptz, now()) < valid_to)
"""

_TAKE_BACK = """
delete from ops.region_versions v
where v.region_id = %(id)s and v.valid_from = %(at)s
  and exists (select from ops.region_versions w where w.region_id = v.region_id and w.valid_from < v.valid_from)
"""

_END = """
update ops.region_versions
set valid_to = case when valid_from = %(at)s then valid_from + interval '1 microsecond' else %(at)s end
where region_id = %(id)s and valid_from <= %(at)s and %(at)s < valid_to
"""
