"""Where a region lies among the others now: those beside it and those below it, and what one can filter events by.

Owns the lists behind menus; every list is bounded and cut to the viewer's scope.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from dashboard.domain.model import Level
from dashboard.domain.policy import Scope
from dashboard.domain.words import Words
from data_access.queries.regions import RegionNode, RegionPath, listed_regions, region_path

MOST_BESIDE = 500
MOST_BELOW = 20_000
MOST_CHOICES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A region by name, and the code of its parent."""

    code: str
    level: Level
    name: Words
    parent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """A region's path, and all children of everything on it, of its own children too, by code.

    `codes`: of the region and all below it, None for the whole district; `counts`: regions below it by level.
    """

    path: RegionPath
    beside: tuple[Neighbour, ...]
    codes: tuple[str, ...] | None
    counts: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryChoice:
    """A category; `parent` is the code of the one above it."""

    id: int
    code: str
    name: Words
    parent: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentChoice:
    """A department that events can be with."""

    code: str
    name: Words


CHILDREN = text("""
select r.id, r.code, r.level, r.name, r.name_en, p.code as parent
from ops.region_versions v
join ops.regions r on r.id = v.region_id
join ops.regions p on p.id = v.parent_id
where v.parent_id = any(cast(:parents as bigint[])) and v.valid_from <= :now and v.valid_to > :now
order by r.code
limit :limit
""")

BELOW = text("""
with recursive tree as (
  select cast(:id as bigint) as id
  union
  select v.region_id from tree
  join ops.region_versions v on v.parent_id = tree.id and v.valid_from <= :now and v.valid_to > :now
)
select r.code, r.level from tree join ops.regions r on r.id = tree.id
where r.id <> :id order by r.code limit :limit
""")

LEVELS = text("""
with recursive tree as (
  select cast(:id as bigint) as id
  union
  select v.region_id from tree
  join ops.region_versions v on v.parent_id = tree.id and v.valid_from <= :now and v.valid_to > :now
)
select distinct r.level from tree join ops.regions r on r.id = tree.id where r.id <> :id
""")

COUNTED = text("""
select r.level, count(*) as n from ops.regions r
join ops.region_versions v on v.region_id = r.id and v.valid_from <= :now and v.valid_to > :now
where v.parent_id is not null group by r.level
""")

CATEGORIES = text("""
select c.id, c.code, c.name, c.name_en, p.code as parent
from ops.categories c left join ops.categories p on p.id = c.parent_id
order by c.code limit :limit
""")

DEPARTMENTS = text("select code, name, name_en from ops.departments order by code limit :limit")


def surroundings(conn: Connection, code: str, scope: Scope, now: datetime) -> Surroundings:
    """A region among the others. RegionUnknown where it is absent or outside the scope."""
    path = region_path(conn, code, scope, now)
    above = [node.id for node in (*path.ancestors, path.region) if node.visible]
    rows = _children(conn, above, now)
    own = [row_id for row_id, one in rows if one.parent == code]
    if len(own) <= MOST_BESIDE and not (path.is_root and len(own) > 1):
        rows += _children(conn, own, now)
    beside = tuple(one for _, one in rows)
    beside += _granted(conn, path, scope, now)
    if path.is_root:
        counts = {row.level: row.n for row in conn.execute(COUNTED, {"now": now})}
        return Surroundings(path=path, beside=beside, codes=None, counts=counts)
    below = conn.execute(BELOW, {"id": path.region.id, "now": now, "limit": MOST_BELOW}).all()
    counts = {}
    for row in below:
        counts[row.level] = counts.get(row.level, 0) + 1
    return Surroundings(path=path, beside=beside, codes=(code, *(row.code for row in below)), counts=counts)


def levels_below(conn: Connection, code: str, scope: Scope, now: datetime) -> tuple[Level, ...]:
    """The levels of the regions below one, from the top down. RegionUnknown."""
    path = region_path(conn, code, scope, now)
    found = set(conn.execute(LEVELS, {"id": path.region.id, "now": now}).scalars())
    return tuple(level for level in Level if level in found and level is not Level.DISTRICT)


def categories(conn: Connection) -> tuple[CategoryChoice, ...]:
    """All categories in order of their codes."""
    return tuple(
        CategoryChoice(id=row.id, code=row.code, name=_words(row.name, row.name_en), parent=row.parent)
        for row in conn.execute(CATEGORIES, {"limit": MOST_CHOICES})
    )


def departments(conn: Connection) -> tuple[DepartmentChoice, ...]:
    """All departments in order of their codes."""
    return tuple(
        DepartmentChoice(code=row.code, name=_words(row.name, row.name_en))
        for row in conn.execute(DEPARTMENTS, {"limit": MOST_CHOICES})
    )


def _granted(conn: Connection, path: RegionPath, scope: Scope, now: datetime) -> tuple[Neighbour, ...]:
    """Those beside the topmost region that the viewer sees, where what is above it is not the viewer's."""
    first = next(node for node in (*path.ancestors, path.region) if node.visible)
    if scope.streets is None or first.parent_code is None:
        return ()
    nodes = listed_regions(conn, scope, now, level=first.level)
    return tuple(_neighbour(node) for node in nodes if node.parent_code == first.parent_code)


def _children(conn: Connection, parents: list[int], now: datetime) -> list[tuple[int, Neighbour]]:
    if not parents:
        return []
    values = {"parents": parents, "now": now, "limit": MOST_BESIDE * 4}
    return [
        (
            row.id,
            Neighbour(
                code=row.code, level=Level(row.level), name=_words(row.name, row.name_en), parent=row.parent
            ),
        )
        for row in conn.execute(CHILDREN, values)
    ]


def _neighbour(node: RegionNode) -> Neighbour:
    return Neighbour(
        code=node.code, level=node.level, name=_words(node.name, node.name_en), parent=node.parent_code or ""
    )


def _words(zh: str, en: str | None) -> Words:
    return Words(zh=zh, en=en or zh)
