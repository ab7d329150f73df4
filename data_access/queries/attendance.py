"""Shifts as they went, with reasons and what was seen of them, and visits by tier: rows for the sheets.

Owns the reading; what a shift comes to is `domain.attendance`. All reads take the viewer's scope. Workers count where
their own grid belongs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from dashboard.domain.atlas import Drawn
from dashboard.domain.attendance import Mark, Stretch, Turnout
from dashboard.domain.policy import Scope
from dashboard.domain.visits import Tier, VisitCount
from dashboard.domain.words import Words
from dashboard.errors import DashboardError
from data_access.queries.regions import RegionPath, RegionUnknown, region_path
from data_access.queries.selection import EVERYWHERE, ground_of, within

MOST_SHIFTS: Final = 400_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_SHIFT_ROWS: Final = """
select s.id, s.kind, s.starts_at, s.ends_at, s.checked_in_at, s.checked_out_at, s.cancelled,
       w.code as worker, w.name, w.name_en, r.code as region, r.name as region_name, r.name_en as region_name_en,
       k.away, k.silent, k.fixes, x.marks, x.reasons
from ops.shifts s
join ops.workers w on w.id = s.worker_id
join ops.regions r on r.id = w.region_id
left join board.shift_watch k on k.shift_id = s.id
left join lateral (
  select array_agg(e.mark order by e.mark) as marks, array_agg(e.reason order by e.mark) as reasons
  from (select distinct on (b.mark) b.mark, b.reason from board.excuses b where b.shift_id = s.id
        order by b.mark, b.id desc) e
  where e.reason is not null
) x on true
"""
SHIFTS: Final = text(f"""{_SHIFT_ROWS}
where s.starts_at >= :start and s.starts_at < :end and {within("w.region_id", "s.starts_at")}
order by w.code, s.starts_at, s.id
limit {MOST_SHIFTS + 1}
""")

OWN_SHIFTS: Final = text(f"""{_SHIFT_ROWS}
where w.code = :worker and s.starts_at >= :start and s.starts_at < :end
order by s.starts_at, s.id
limit 50
""")

# Every region that a grid of today lies in, itself included.
HOMES: Final = text("""
with recursive up as (
  select r.code as home, v.region_id, v.parent_id from ops.region_versions v join ops.regions r on r.id = v.region_id
  where v.valid_from <= :now and v.valid_to > :now and r.level in ('grid', 'micro_grid')
  union all
  select up.home, v.region_id, v.parent_id from up
  join ops.region_versions v on v.region_id = up.parent_id and v.valid_from <= :now and v.valid_to > :now
)
select up.home, r.code, r.level, r.name, r.name_en from up join ops.regions r on r.id = up.region_id
where r.level = :level
""")

VISITS: Final = text(f"""
select v.tier, v.period_start, v.region_id, sum(v.due) as due, sum(v.done) as done, sum(v.overdue) as overdue
from ops.visits v
where (v.tier, v.period_start) in (select * from unnest(cast(:tiers as text[]), cast(:starts as date[])))
  and {within("v.region_id", "cast(v.period_start as timestamptz)")}
group by v.tier, v.period_start, v.region_id
""")


class TooManyShifts(DashboardError):
    """That is more than {most} shifts. Ask for a smaller region or fewer days."""

    zh = "超过 {most} 个班次。请缩小区域或缩短时间。"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftRow:
    """One shift and whose it is. `reasons` by mark, as supervisors put them down; `watched`: fixes told about it."""

    id: int
    turn: str
    worker: str
    name: Words
    region: str
    region_name: Words
    turnout: Turnout
    reasons: dict[Mark, str]
    watched: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRow:
    """Visits of one tier and period in one region."""

    tier: Tier
    first: date
    region_id: int
    count: VisitCount


def shifts_of_region(
    conn: Connection, code: str, scope: Scope, start: datetime, end: datetime, now: datetime
) -> tuple[RegionPath, Iterator[ShiftRow]]:
    """Shifts that begin in [start, end) of the workers of a region, by worker and time. RegionUnknown."""
    path = _path(conn, code, scope, now)
    return path, _rows(conn, path, start, end, now)


def _rows(
    conn: Connection, path: RegionPath, start: datetime, end: datetime, now: datetime
) -> Iterator[ShiftRow]:
    values = _ground(conn, path, now) | {"start": start, "end": end}
    for place, row in enumerate(conn.execute(SHIFTS, values)):
        if place == MOST_SHIFTS:
            raise TooManyShifts(most=f"{MOST_SHIFTS:,}")
        yield _shift(row)


def shifts_of_worker(conn: Connection, worker: str, start: datetime, end: datetime) -> list[ShiftRow]:
    """The shifts of one worker that begin in [start, end), to come or not. Whoever asks says whose they are."""
    values = {"worker": worker, "start": start, "end": end}
    return [_shift(row) for row in conn.execute(OWN_SHIFTS, values)]


def _shift(row: Row[Any]) -> ShiftRow:
    reasons = {Mark(mark): reason for mark, reason in zip(row.marks or (), row.reasons or (), strict=True)}
    return ShiftRow(
        id=row.id,
        turn=row.kind,
        worker=row.worker,
        name=Words(zh=row.name, en=row.name_en or row.name),
        region=row.region,
        region_name=Words(zh=row.region_name, en=row.region_name_en or row.region_name),
        turnout=Turnout(
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            checked_in_at=row.checked_in_at,
            checked_out_at=row.checked_out_at,
            cancelled=row.cancelled,
            away=_stretches(row.away),
            silent=_stretches(row.silent),
            excused=frozenset(reasons),
        ),
        reasons=reasons,
        watched=bool(row.fixes),
    )


def homes(conn: Connection, level: str, now: datetime) -> dict[str, tuple[str, Words]]:
    """By the code of each grid: code and name of the region of a level that it lies in."""
    return {
        row.home: (row.code, Words(zh=row.name, en=row.name_en or row.name))
        for row in conn.execute(HOMES, {"level": level, "now": now})
    }


def visits_of_region(
    conn: Connection, code: str, scope: Scope, periods: list[tuple[Tier, date]], now: datetime
) -> list[VisitRow]:
    """Visits of some periods in a region, by the regions that report them. RegionUnknown."""
    path = _path(conn, code, scope, now)
    values = _ground(conn, path, now) | {
        "tiers": [tier for tier, _ in periods],
        "starts": [first for _, first in periods],
    }
    return [
        VisitRow(
            tier=Tier(row.tier),
            first=row.period_start,
            region_id=row.region_id,
            count=VisitCount(due=row.due, done=row.done, overdue=row.overdue),
        )
        for row in conn.execute(VISITS, values)
    ]


def _path(conn: Connection, code: str, scope: Scope, now: datetime) -> RegionPath:
    """Workers belong to regions, not to departments: who sees only some of these sees no sheet."""
    if scope.departments is not None:
        raise RegionUnknown(code=ascii(code))
    return region_path(conn, code, scope, now)


def _ground(conn: Connection, path: RegionPath, now: datetime) -> dict[str, object]:
    ground = EVERYWHERE if path.is_root else ground_of(conn, path.region.id, Drawn.THEN, now)
    return ground.values()


def _stretches(pairs: list[int] | None) -> tuple[Stretch, ...]:
    at = [_EPOCH + timedelta(milliseconds=ms) for ms in pairs or ()]
    return tuple(zip(at[::2], at[1::2], strict=True))
