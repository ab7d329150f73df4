"""Rows of events with the names that a person wants to read, as a table shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from dashboard.domain.colours import Colour, colour_of
from dashboard.domain.model import Source, State
from dashboard.domain.policy import Scope
from dashboard.domain.words import Words
from data_access.queries.event_set import places_in_scope
from data_access.queries.regions import NEAREST, storable

MOST_ROWS: Final = 500
"""A page never holds more, whatever was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One row. Times are aware, UTC; `en` of a name falls back to its `zh`; `parent`: the region's own parent.

    `duplicate`: it counts nowhere, the one that it repeats does.
    """

    id: int
    code: str
    version: int
    source: Source
    state: State
    stage: str
    severity: int
    escalation: int
    rework: int
    colour: Colour
    duplicate: bool
    category_code: str
    category: Words
    region_code: str
    region: Words
    parent: Words | None
    department_code: str | None
    department: Words | None
    worker: Words | None
    reported_at: datetime
    due_at: datetime | None
    warn_at: datetime | None
    closed_at: datetime | None
    address: str | None
    text: str | None
    lon: float | None
    lat: float | None


SHOWN: Final = f"""
select e.id, e.code, e.version, e.source, e.state, e.stage, e.severity, e.escalation, e.rework,
       e.duplicate_of is not null as duplicate, e.reported_at, e.due_at, e.warn_at, e.closed_at,
       e.address, e.text, e.lon, e.lat,
       c.code as category_code, c.name as category, c.name_en as category_en,
       r.code as region_code, r.name as region, r.name_en as region_en,
       above.name as parent, above.name_en as parent_en,
       d.code as department_code, d.name as department, d.name_en as department_en,
       w.name as worker, w.name_en as worker_en
from picked p
join ops.events e on e.id = p.id
join ops.categories c on c.id = e.category_id
join ops.regions r on r.id = e.region_id
left join {NEAREST.format(region="r.id")} on true
left join ops.regions above on above.id = v.parent_id
left join ops.departments d on d.id = e.department_id
left join ops.workers w on w.id = e.worker_id
order by p.place
"""

NAMED: Final = (
    """
with picked as materialized (
  select e.id, array_position(cast(:codes as text[]), e.code) as place
  from ops.events e where e.code = any(cast(:codes as text[]))
)
"""
    + SHOWN
)


def named_events(conn: Connection, codes: Sequence[str], scope: Scope, now: datetime) -> tuple[EventRow, ...]:
    """The rows of events by code, as they are now, in the order asked for; those outside the scope are left out."""
    asked = [code for code in dict.fromkeys(codes) if storable(code)][:MOST_ROWS]
    rows = [row_of(row, now) for row in conn.execute(text(NAMED), {"codes": asked, "now": now})]
    seen = places_in_scope(conn, scope, now, ((row.region_code, row.department_code) for row in rows))
    return tuple(row for row in rows if (row.region_code, row.department_code) in seen)


def row_of(row: Row[Any], now: datetime) -> EventRow:
    """A row of `SHOWN`."""
    values = row._asdict()
    for name in ("category", "region", "parent", "department", "worker"):
        values[name] = _words(values[name], values.pop(f"{name}_en"))
    values["source"], values["state"] = Source(row.source), State(row.state)
    values["colour"] = colour_of(State(row.state), row.due_at, row.warn_at, row.closed_at, now, row.duplicate)
    return EventRow(**values)


def _words(zh: str | None, en: str | None) -> Words | None:
    return None if zh is None else Words(zh=zh, en=en or zh)
