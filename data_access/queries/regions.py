"""Regions as they are now: where one lies in the tree, what is below it, and how its children stand.

Every function takes the viewer's scope; a region outside of it does not exist for the viewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from dashboard.domain.model import Kind, Level
from dashboard.domain.policy import Scope
from dashboard.errors import DashboardError


class RegionUnknown(DashboardError):
    """There is no region {code}, or it is outside your scope. Check the code."""

    zh = "没有区域 {code}，或其不在您的权限范围内。请核对区域代码。"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionNode:
    """One region in the tree. `visible` is False for what lies above the viewer's scope."""

    id: int
    code: str
    level: Level
    kind: Kind
    name: str
    name_en: str | None
    parent_code: str | None
    lon: float
    lat: float
    households: int | None
    population: int | None
    visible: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionPath:
    """A region and its ancestors, from the district down."""

    region: RegionNode
    ancestors: tuple[RegionNode, ...]

    @property
    def is_root(self) -> bool:
        """Whether it is the whole district."""
        return not self.ancestors

    @property
    def street_code(self) -> str | None:
        """Code of the street that it is or belongs to; None for the district."""
        for node in (*self.ancestors, self.region):
            if node.level is Level.STREET:
                return node.code
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A time for which a region belongs to another; `since` or `until` None: without beginning or end."""

    region_id: int
    since: datetime | None
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether it belongs at a moment."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildLoad:
    """A child of a region and the open events at or below it."""

    region: RegionNode
    open: int
    overdue: int
    yellow: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionPage:
    """What the first page of a region shows beside its indicators."""

    path: RegionPath
    children: tuple[ChildLoad, ...]
    open: int
    overdue: int
    yellow: int
    due_2h: int


COLUMNS = """
  r.id, r.code, r.level, r.kind, r.name, r.name_en, v.label_lon as lon, v.label_lat as lat,
  v.households, v.population, v.parent_id
"""

# The version of a region that is valid; of one that is no more the last, of one that is still to come the first.
NEAREST = """
lateral (
  select x.parent_id, x.label_lon, x.label_lat, x.households, x.population, x.valid_from, x.valid_to
  from ops.region_versions x where x.region_id = {region}
  order by x.valid_from <= :now desc, case when x.valid_from <= :now then x.valid_from end desc, x.valid_from
  limit 1
) v
"""

PATH = text(f"""
with recursive up as (
  select {COLUMNS}, 0 as height
  from ops.regions r cross join {NEAREST.format(region="r.id")}
  where r.code = :code and (cast(:former as boolean) or (v.valid_from <= :now and v.valid_to > :now))
  union all
  select {COLUMNS}, up.height + 1
  from up join ops.regions r on r.id = up.parent_id cross join {NEAREST.format(region="r.id")}
  where up.height < 10
)
select up.*, p.code as parent_code from up left join ops.regions p on p.id = up.parent_id
order by height desc
""")

SUBTREE = text("""
with recursive tree as (
  select cast(:id as bigint) as id
  union
  select v.region_id from tree
  join ops.region_versions v on v.parent_id = tree.id and v.valid_from <= :now and v.valid_to > :now
)
select id from tree order by id
""")

CHILDREN: Final = """
    select w.region_id as id,
           case when exists (select from ops.region_versions x
                             where x.region_id = w.region_id and x.valid_from < w.valid_from)
                then w.valid_from else '-infinity' end as since,
           coalesce((select min(x.valid_from) from ops.region_versions x
                     where x.region_id = w.region_id and x.valid_from > w.valid_from), 'infinity') as until
    from ops.region_versions w where w.parent_id = tree.id
"""
"""Of `tree.id`, with the spell of each. A region belongs to its parent from the first version that names it until the
next version begins: before the first and after the last version it belongs where those say, so that no row is ever
without a place."""

SPELLS = text(f"""
with recursive tree as (
  select cast(:id as bigint) as id, timestamptz '-infinity' as since, timestamptz 'infinity' as until
  union
  select v.id, greatest(tree.since, v.since), least(tree.until, v.until)
  from tree cross join lateral ({CHILDREN}) v
  where v.since < tree.until and tree.since < v.until
)
select distinct id, nullif(since, '-infinity') as since, nullif(until, 'infinity') as until
from tree order by id, since nulls first
""")

LISTED = text(f"""
select {COLUMNS}, p.code as parent_code
from ops.regions r
join ops.region_versions v on v.region_id = r.id and v.valid_from <= :now and v.valid_to > :now
left join ops.regions p on p.id = v.parent_id
where (cast(:level as text) is null or r.level = :level)
  and (cast(:ids as bigint[]) is null or r.id = any(cast(:ids as bigint[])))
order by r.code
limit :limit
""")

# Each region below carries the child that it belongs to; the region itself carries none, and neither does one
# that is no more: what is still open there counts for what was above it.
LOADS = text(f"""
with recursive tree as (
  select cast(:id as bigint) as id, cast(null as bigint) as child
  union all
  select w.region_id,
         coalesce(tree.child, case when w.valid_from <= :now and w.valid_to > :now then w.region_id end)
  from tree join ops.region_versions w on w.parent_id = tree.id
  where (w.valid_from <= :now
         or not exists (select from ops.region_versions x
                        where x.region_id = w.region_id and x.valid_from < w.valid_from))
    and not exists (select from ops.region_versions x
                    where x.region_id = w.region_id and x.valid_from > w.valid_from and x.valid_from <= :now)
), loads as (
  select tree.child,
         count(*) as open,
         count(*) filter (where e.due_at < :now) as overdue,
         count(*) filter (where e.due_at >= :now and e.warn_at <= :now) as yellow,
         count(*) filter (where e.due_at >= :now and e.due_at < :now + interval '2 hours') as due_2h
  from tree join ops.events e on e.region_id = tree.id
  where e.state = 'open' and e.duplicate_of is null
    and (cast(:departments as text[]) is null
         or e.department_id in (select d.id from ops.departments d where d.code = any(:departments)))
  group by tree.child
), shown as (
  select distinct child from tree
)
select {COLUMNS}, p.code as parent_code, shown.child is null as own,
       coalesce(l.open, 0) as open, coalesce(l.overdue, 0) as overdue,
       coalesce(l.yellow, 0) as yellow, coalesce(l.due_2h, 0) as due_2h
from shown
join ops.regions r on r.id = coalesce(shown.child, :id)
join ops.region_versions v on v.region_id = r.id and v.valid_from <= :now and v.valid_to > :now
left join ops.regions p on p.id = v.parent_id
left join loads l on l.child is not distinct from shown.child
order by own desc, r.code
""")


def region_path(
    conn: Connection, code: str, scope: Scope, now: datetime, *, former: bool = False
) -> RegionPath:
    """The region of that code with its ancestors. RegionUnknown where absent or outside the scope; `former`
    finds one that is no more, or not yet, as well."""
    if not storable(code):
        raise RegionUnknown(code=ascii(code))
    rows = conn.execute(PATH, {"code": code, "now": now, "former": former}).all()
    if not rows:
        raise RegionUnknown(code=code)
    nodes = [node_of(row) for row in rows]
    path = RegionPath(region=nodes[-1], ancestors=tuple(nodes[:-1]))
    if scope.streets is None:
        return path
    codes = [node.code for node in nodes]
    if not scope.reaches(codes):
        raise RegionUnknown(code=code)
    above = tuple(node_of(row, visible=scope.reaches(codes[: at + 1])) for at, row in enumerate(rows[:-1]))
    return RegionPath(region=path.region, ancestors=above)


def staff_path(
    conn: Connection, code: str, scope: Scope, now: datetime, *, former: bool = False
) -> RegionPath:
    """The same of a region whose workers are asked about. RegionUnknown also for a viewer of some departments only:
    workers belong to regions, and to no department."""
    path = region_path(conn, code, scope, now, former=former)
    if scope.departments is not None:
        raise RegionUnknown(code=code)
    return path


def storable(text: str) -> bool:
    """Whether PostgreSQL could hold a text: addresses may carry zero bytes and halves of characters."""
    return not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text)


def subtree_ids(conn: Connection, region_id: int, now: datetime) -> list[int]:
    """Ids of a region and of everything below it."""
    return list(conn.execute(SUBTREE, {"id": region_id, "now": now}).scalars())


def subtree_spells(conn: Connection, region_id: int) -> list[Spell]:
    """When which regions belong to a region, itself included, over all its history."""
    return [
        Spell(region_id=row.id, since=row.since, until=row.until)
        for row in conn.execute(SPELLS, {"id": region_id})
    ]


def listed_regions(
    conn: Connection, scope: Scope, now: datetime, *, level: Level | None = None, limit: int = 20_000
) -> list[RegionNode]:
    """All regions of the scope, by code; of one level if given."""
    ids: list[int] | None = None
    if (roots := scope.roots()) is not None:
        ids = []
        for code in roots:
            try:
                root = region_path(conn, code, scope, now).region
            except RegionUnknown:  # a region that was granted and is gone
                continue
            ids += subtree_ids(conn, root.id, now)
    values = {"level": level, "ids": ids, "now": now, "limit": limit}
    return [node_of(row) for row in conn.execute(LISTED, values)]


def region_page(conn: Connection, code: str, scope: Scope, now: datetime) -> RegionPage:
    """A region with its path, its open load, and its children with theirs."""
    path = region_path(conn, code, scope, now)
    departments = None if scope.departments is None else sorted(scope.departments)
    rows = conn.execute(LOADS, {"id": path.region.id, "now": now, "departments": departments}).all()
    children = tuple(
        ChildLoad(region=node_of(row), open=row.open, overdue=row.overdue, yellow=row.yellow)
        for row in rows
        if not row.own
    )
    return RegionPage(
        path=path,
        children=children,
        open=sum(row.open for row in rows),
        overdue=sum(row.overdue for row in rows),
        yellow=sum(row.yellow for row in rows),
        due_2h=sum(row.due_2h for row in rows),
    )


def node_of(row: Row[Any], *, visible: bool = True) -> RegionNode:
    """A row of `COLUMNS` and "parent_code"."""
    return RegionNode(
        id=row.id,
        code=row.code,
        level=Level(row.level),
        kind=Kind(row.kind),
        name=row.name,
        name_en=row.name_en,
        parent_code=row.parent_code,
        lon=row.lon,
        lat=row.lat,
        households=row.households,
        population=row.population,
        visible=visible,
    )
