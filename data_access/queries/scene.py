"""What a simulation must know of a database before it can go on.

Land, people, taxonomy, settings, unfinished work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import psycopg
from psycopg.rows import class_row

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRow:
    """A grid with its land (WKB) and the codes above it.

    `community_id` is its parent, which may be a street.
    """

    id: int
    code: str
    name: str
    parent_id: int
    parent_name: str
    street_code: str
    geom: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerRow:
    """An active grid worker and the own grid."""

    id: int
    code: str
    region_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRow:
    """A category and its level-1 ancestor."""

    id: int
    code: str
    level: int
    top_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """An event that is not finished: open, or closed and not evaluated yet.

    With its unanswered asking, if any.
    """

    id: int
    source: str
    stage: str
    state: str
    region_id: int
    worker_id: int | None
    reported_at: datetime
    entered_at: datetime
    signed_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None
    rework: int
    feedback_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRow:
    """A shift around now."""

    id: int
    worker_id: int
    kind: str
    starts_at: datetime
    ends_at: datetime
    checked_in_at: datetime | None
    checked_out_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotRow:
    """Where a worker was last."""

    worker_id: int
    fixed_at: datetime
    lon: float
    lat: float
    battery_pct: int | None


_GRIDS = """
with recursive current as (
  select r.id, r.code, r.name, r.level, v.parent_id, v.geom
  from ops.regions r join ops.region_versions v on v.region_id = r.id
  where v.valid_from <= now() and v.valid_to > now()),
above as (
  select id as grid_id, parent_id as at from current where level = 'grid'
  union all
  select a.grid_id, c.parent_id from above a join current c on c.id = a.at where c.level <> 'street')
select g.id, g.code, g.name, g.parent_id, p.name as parent_name, s.code as street_code, g.geom
from current g
join current p on p.id = g.parent_id
join above a on a.grid_id = g.id
join current s on s.id = a.at and s.level = 'street'
where g.level = 'grid'
order by g.id
"""

_TASKS = """
select e.id, e.source, e.stage, e.state, e.region_id, e.worker_id, e.reported_at,
  coalesce(greatest(e.accepted_at, e.filed_at, e.dispatched_at, e.resolved_at, e.replied_at), e.reported_at)
    as entered_at,
  e.signed_at, e.closed_at, e.due_at, e.rework,
  (select max(f.id) from ops.feedback f where f.event_id = e.id and f.answered_at is null
     and f.asked_at > %(asked_after)s) as feedback_id
from ops.events e
where e.duplicate_of is null
  and (e.state = 'open' or (e.state = 'closed' and e.evaluated_at is null))
  and e.id > %(after)s
order by e.id
limit %(limit)s
"""

_TURNS = """
select id, worker_id, kind, starts_at, ends_at, checked_in_at, checked_out_at
from ops.shifts
where not cancelled and ends_at > %(start)s and starts_at < %(end)s
order by id
"""


def grids(connection: psycopg.Connection[Any]) -> Sequence[GridRow]:
    """All current grids in order of id."""
    return _read(connection, GridRow, _GRIDS, {})


def workers(connection: psycopg.Connection[Any]) -> Sequence[WorkerRow]:
    """All active grid workers in order of id."""
    return _read(
        connection,
        WorkerRow,
        "select id, code, region_id from ops.workers where active and role = 'grid_worker' order by id",
        {},
    )


def categories(connection: psycopg.Connection[Any]) -> Sequence[CategoryRow]:
    """All categories in order of code."""
    return _read(
        connection,
        CategoryRow,
        "select id, code, level::int, coalesce(top_id, id) as top_id from ops.categories order by code",
        {},
    )


def departments(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Ids of departments by code."""
    return dict(connection.execute("select code, id from ops.departments").fetchall())


def setting(connection: psycopg.Connection[Any], key: str) -> object:
    """A setting of the board; None where it is not set."""
    row = connection.execute("select value from board.settings where key = %s", (key,)).fetchone()
    return row[0] if row else None


def has_regions(connection: psycopg.Connection[Any]) -> bool:
    """Whether the database already holds a district."""
    return connection.execute("select 1 from ops.regions limit 1").fetchone() is not None


def tasks(
    connection: psycopg.Connection[Any], *, after: int, asked_after: datetime, limit: int
) -> Sequence[TaskRow]:
    """Unfinished events with ids above `after`, and their unanswered asking younger than `asked_after`."""
    return _read(connection, TaskRow, _TASKS, {"after": after, "asked_after": asked_after, "limit": limit})


def turns(connection: psycopg.Connection[Any], start: datetime, end: datetime) -> Sequence[TurnRow]:
    """Shifts that touch the time from `start` to `end`."""
    return _read(connection, TurnRow, _TURNS, {"start": start, "end": end})


def spots(connection: psycopg.Connection[Any]) -> Sequence[SpotRow]:
    """The newest fix of each worker."""
    return _read(
        connection,
        SpotRow,
        "select worker_id, fixed_at, lon, lat, battery_pct::int from ops.latest_positions order by worker_id",
        {},
    )


def serial(connection: psycopg.Connection[Any], prefix: str) -> int:
    """The highest serial number among the codes of events that begin with `prefix`; 0 if there is none."""
    row = connection.execute(
        "select max(substr(code, length(%(prefix)s) + 1)) from ops.events"
        " where reported_at > now() - interval '3 days' and starts_with(code, %(prefix)s)",
        {"prefix": prefix},
    ).fetchone()
    found = row[0] if row else None
    return int(found) if found and str(found).isdigit() else 0


def _read(
    connection: psycopg.Connection[Any], kind: type[Row], statement: str, values: dict[str, Any]
) -> list[Row]:
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(statement, values).fetchall()
