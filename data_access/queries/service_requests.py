"""Events as those who reported them may follow them: by source or worker, newest first. Owns the query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

MOST = 1_000

# One source's events of a bounded time, from the index over reported_at; or a few by their code.
_FOUND = """
select e.code, e.state, c.code, c.name, coalesce(c.name_en, c.name), e.text, d.name, coalesce(d.name_en, d.name),
  e.reported_at, e.changed_at, e.due_at, e.address, e.lat, e.lon,
  (select s.photos[1] from ops.event_steps s
   where s.event_id = e.id and s.action = 'enter' order by s.id limit 1)
from ops.events e
join ops.categories c on c.id = e.category_id
left join ops.departments d on d.id = e.department_id
where e.source = %(source)s
  and (%(worker)s::bigint is null or e.worker_id = %(worker)s)
  and (case when %(codes)s::text[] is null
       then e.reported_at >= %(start)s and e.reported_at < %(end)s else e.code = any(%(codes)s) end)
  and (%(categories)s::text[] is null or c.code = any(%(categories)s))
  and (%(closed)s::boolean is null or (e.state <> 'open') = %(closed)s)
order by e.reported_at desc, e.id desc
limit %(limit)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which requests somebody asks for. `codes` given: those, whenever; otherwise of [start, end)."""

    source: str
    worker_id: int | None
    start: datetime
    end: datetime
    codes: Sequence[str] | None = None
    categories: Sequence[str] | None = None
    closed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRequest:
    """One event as its reporter may see it: nothing of who else reported or handles it."""

    code: str
    state: str
    category: str
    category_name: str
    category_name_en: str
    text: str | None
    department: str | None
    department_en: str | None
    reported_at: datetime
    changed_at: datetime
    due_at: datetime | None
    address: str | None
    lat: float | None
    lon: float | None
    photo: str | None


def service_requests(connection: psycopg.Connection[Any], wanted: Wanted) -> list[ServiceRequest]:
    """The newest of those asked for, at most `MOST`."""
    values = {name: getattr(wanted, name) for name in ("source", "start", "end", "closed")} | {
        "worker": wanted.worker_id,
        "codes": None if wanted.codes is None else list(wanted.codes),
        "categories": None if wanted.categories is None else list(wanted.categories),
        "limit": MOST,
    }
    names = ServiceRequest.__slots__
    return [
        ServiceRequest(**dict(zip(names, row, strict=True))) for row in connection.execute(_FOUND, values)
    ]
