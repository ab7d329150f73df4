"""Who follows which pattern in a region, the patterns there are, and the changes of some days: rows for the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, text

from dashboard.domain.atlas import Drawn
from dashboard.domain.policy import Scope
from dashboard.domain.words import Words
from data_access.queries.regions import RegionPath, staff_path
from data_access.queries.selection import whole_ground, within

MOST_WORKERS: Final = 300

WORKERS: Final = text(f"""
select w.id, w.code, w.name, coalesce(w.name_en, w.name) as name_en, r.name as region,
       coalesce(r.name_en, r.name) as region_en, a.pattern, a.step
from ops.workers w join ops.regions r on r.id = w.region_id
left join lateral (
  select x.pattern, x.step from ops.rota_assignments x
  where x.worker_id = w.id and x.first_day < :until and coalesce(x.until_day > :first, true)
  order by x.first_day desc limit 1
) a on true
where w.active and {within("w.region_id", ":now")}
order by r.code, w.code
limit {MOST_WORKERS + 1}
""")
SHIFTS: Final = text("""
select s.worker_id, s.kind, s.starts_at, s.cancelled from ops.shifts s
where s.worker_id = any(cast(:workers as bigint[])) and s.starts_at >= :start and s.starts_at < :end
order by s.starts_at
""")
PATTERNS: Final = text(
    "select code, name, coalesce(name_en, name) as name_en from ops.rota_patterns order by code"
)
CHANGES: Final = text("""
select c.id, c.kind, w.code as worker, c.day, o.code as other, c.other_day, c.turn, c.note, c.actor,
       r.code as worker_region, s.code as other_region
from ops.rota_changes c join ops.workers w on w.id = c.worker_id join ops.regions r on r.id = w.region_id
left join ops.workers o on o.id = c.other_id left join ops.regions s on s.id = o.region_id
where (c.worker_id = any(cast(:workers as bigint[])) or c.other_id = any(cast(:workers as bigint[])))
  and (c.day >= :first and c.day < :until or c.other_day >= :first and c.other_day < :until)
order by c.day, c.id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class RotaWorker:
    """A worker of the region, and which pattern is followed at the end of the days that were asked for."""

    id: int
    code: str
    name: Words
    region: Words
    pattern: str | None
    step: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RotaShift:
    """A shift as it is laid out. `cancelled`: let off."""

    worker_id: int
    turn: str
    starts_at: datetime
    cancelled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RotaChange:
    """A change by hand, as `domain.rota.Change`, workers by code, with the codes of their regions."""

    id: int
    kind: str
    worker: str
    day: date
    other: str | None
    other_day: date | None
    turn: str | None
    note: str | None
    actor: str | None
    worker_region: str
    other_region: str | None


def rota_workers(
    conn: Connection, code: str, scope: Scope, first: date, until: date, now: datetime
) -> tuple[RegionPath, list[RotaWorker]]:
    """The workers of a region by grid; one more than `MOST_WORKERS` where there are others. RegionUnknown."""
    path = staff_path(conn, code, scope, now)
    values = whole_ground(conn, path, Drawn.THEN, now).values() | {"now": now, "first": first, "until": until}
    return path, [
        RotaWorker(
            id=row.id,
            code=row.code,
            name=Words(zh=row.name, en=row.name_en),
            region=Words(zh=row.region, en=row.region_en),
            pattern=row.pattern,
            step=row.step,
        )
        for row in conn.execute(WORKERS, values)
    ]


def rota_shifts(conn: Connection, workers: list[int], start: datetime, end: datetime) -> list[RotaShift]:
    """Their shifts that begin in [start, end), by time."""
    rows = conn.execute(SHIFTS, {"workers": workers, "start": start, "end": end})
    return [
        RotaShift(worker_id=row.worker_id, turn=row.kind, starts_at=row.starts_at, cancelled=row.cancelled)
        for row in rows
    ]


def rota_changes(conn: Connection, workers: list[int], first: date, until: date) -> list[RotaChange]:
    """Changes of these days for any of these workers."""
    rows = conn.execute(CHANGES, {"workers": workers, "first": first, "until": until})
    return [RotaChange(**row) for row in rows.mappings()]


def rota_patterns(conn: Connection) -> dict[str, Words]:
    """Names of the patterns by code."""
    return {row.code: Words(zh=row.name, en=row.name_en) for row in conn.execute(PATTERNS)}
