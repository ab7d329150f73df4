"""The rota of a district becomes shifts: read, planned ahead, and laid out as rows. The caller commits.

Owns which rows of `ops.shifts` follow the rota: those of workers who are assigned to a pattern, until they begin. What
has begun is history and stays.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import psycopg

from dashboard.domain.rota import (
    Assignment,
    Change,
    ChangeKind,
    LeftOut,
    Pattern,
    Planned,
    Rests,
    Rota,
    Turn,
    plan_without_wrongs,
)
from dashboard.domain.terms import terms_from
from dashboard.domain.windows import local_day
from data_access.writes.settings import present

log = logging.getLogger(__name__)

AHEAD_DAYS: Final = 14
TURN: Final = "select pg_advisory_xact_lock(hashtextextended('quanyu_rota', 0))"

ASSIGNMENTS: Final = """
select a.worker_id, a.pattern, a.step, a.first_day, a.until_day from ops.rota_assignments a
join ops.workers w on w.id = a.worker_id
where w.active and a.first_day < %(until)s and coalesce(a.until_day > %(first)s, true) order by a.id
"""
CHANGES: Final = """
select kind, worker_id, day, other_id, other_day, turn from ops.rota_changes
where day >= %(first)s and day < %(until)s or other_day >= %(first)s and other_day < %(until)s order by id
"""
# A shift that was planned and is no more was never worked: it goes, unless somebody checked in or it has begun.
GONE: Final = """
delete from ops.shifts s where s.starts_at > %(now)s and s.starts_at >= %(start)s and s.starts_at < %(end)s
  and s.checked_in_at is null and s.worker_id = any(%(assigned)s)
  and not exists (select from unnest(%(workers)s::bigint[], %(starts)s::timestamptz[], %(turns)s::text[])
                    as p (worker_id, starts_at, kind)
                  where p.worker_id = s.worker_id and p.starts_at = s.starts_at and p.kind = s.kind)
"""
LAID: Final = """
with p as (
  select * from unnest(%(workers)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[], %(turns)s::text[],
                       %(cancelled)s::boolean[]) as p (worker_id, starts_at, ends_at, kind, cancelled)
  where starts_at > %(now)s
), moved as (
  update ops.shifts s set cancelled = p.cancelled, ends_at = p.ends_at from p
  where s.worker_id = p.worker_id and s.starts_at = p.starts_at and s.kind = p.kind
    and (s.cancelled, s.ends_at) is distinct from (p.cancelled, p.ends_at) and s.checked_in_at is null
  returning s.id
), made as (
  insert into ops.shifts (worker_id, kind, starts_at, ends_at, cancelled)
  select p.worker_id, p.kind, p.starts_at, p.ends_at, p.cancelled from p
  where not exists (select from ops.shifts s
                    where s.worker_id = p.worker_id and s.starts_at = p.starts_at and s.kind = p.kind)
  returning id
)
select (select count(*) from moved) + (select count(*) from made)
"""

PROPOSED: Final = """
insert into ops.rota_changes (kind, worker_id, day, other_id, other_day, actor)
select p.kind, p.worker_id, p.day, p.other_id, p.other_day, %(actor)s
from unnest(%(kinds)s::text[], %(workers)s::bigint[], %(days)s::date[], %(others)s::bigint[], %(other_days)s::date[])
  as p (kind, worker_id, day, other_id, other_day)
where not exists (
  select from (values (p.worker_id, p.day), (p.other_id, p.other_day)) as w (id, day)
  where w.id is not null and (
    not exists (select from ops.rota_assignments a where a.worker_id = w.id and a.pattern = %(pattern)s
                and a.first_day <= w.day and coalesce(a.until_day > w.day, true))
    or exists (select from ops.rota_changes c where (c.worker_id, c.day) = (w.id, w.day)
               or (c.other_id, c.other_day) = (w.id, w.day))))
"""


def turns_of(settings: Mapping[str, Any]) -> dict[str, Turn]:
    """The turns of a district's setting `shifts`, by key. One that ends no later than it begins ends the next day."""
    found = {}
    for one in settings.get("shifts", []):
        start, end = _minutes(one["start"]), _minutes(one["end"])
        key = str(one["key"])
        found[key] = Turn(key=key, start_min=start, end_min=end if end > start else end + 1440)
    return found


def rota_of(
    connection: psycopg.Connection[Any], settings: Mapping[str, Any], first: date, until: date
) -> Rota:
    """What the plan of these days is made from."""
    days = {"first": first - timedelta(days=1), "until": until + timedelta(days=1)}
    patterns = connection.execute("select code, turns, anchor, rests from ops.rota_patterns").fetchall()
    changes = connection.execute(CHANGES, days).fetchall()
    reached = [day for row in changes for day in (row[2], row[4]) if day is not None]
    span = {
        "first": min([days["first"], *reached]),
        "until": max([days["until"], *reached]) + timedelta(days=1),
    }
    return Rota(
        turns=turns_of(settings),
        patterns={
            code: Pattern(key=code, turns=tuple(turns), anchor=anchor, rests=Rests(rests))
            for code, turns, anchor, rests in patterns
        },
        assignments=[
            Assignment(worker=worker, pattern=pattern, step=step, first=begins, until=ends)
            for worker, pattern, step, begins, ends in connection.execute(ASSIGNMENTS, span)
        ],
        changes=[
            Change(kind=ChangeKind(kind), worker=worker, day=day, other=other, other_day=other_day, turn=turn)
            for kind, worker, day, other, other_day, turn in changes
        ],
    )


def lay_out(connection: psycopg.Connection[Any], first: date, until: date, now: datetime) -> int:
    """Make the shifts that have not begun of the days from `first` to before `until` those of the rota; how many
    rows changed. A change that cannot be planned is left out, and shifts of a worker whose pattern cannot be stay as
    they are; the log says so."""
    settings = present(connection)
    terms = terms_from(settings)
    rota = rota_of(connection, settings, first, until)
    if not rota.assignments:
        return 0
    plan = plan_without_wrongs(rota, first, until, terms.schedule.calendar, terms.zone)
    _tell(plan.left_out)
    unplanned = {one.worker for one in plan.left_out if one.change is None}
    values = _columns(plan.shifts) | {
        "now": now,
        "start": datetime.combine(first, datetime.min.time(), terms.zone),
        "end": datetime.combine(until, datetime.min.time(), terms.zone),
        "assigned": sorted({one.worker for one in rota.assignments} - unplanned),
    }
    gone = connection.execute(GONE, values).rowcount
    row = connection.execute(LAID, values).fetchone()
    return gone + (0 if row is None else int(row[0]))


def take_turn(connection: psycopg.Connection[Any]) -> None:
    """Wait until nobody else enters or lays out a rota; the turn ends with the transaction."""
    connection.execute(TURN)


def keep(connection: psycopg.Connection[Any], now: datetime) -> int:
    """The shifts of the next days, as the rota has them."""
    take_turn(connection)
    today = local_day(now, terms_from(present(connection)).zone)
    return lay_out(connection, today, today + timedelta(days=AHEAD_DAYS), now)


def establish(
    connection: psycopg.Connection[Any],
    pattern: Pattern,
    names: tuple[str, str],
    workers: Sequence[int],
    steps: Sequence[int],
    first: date,
) -> None:
    """A new pattern, named in Chinese and English, and workers who follow it from a day on, each `steps` further."""
    connection.execute(
        "insert into ops.rota_patterns (code, name, name_en, turns, anchor, rests) values (%s, %s, %s, %s, %s, %s)",
        (pattern.key, *names, list(pattern.turns), pattern.anchor, pattern.rests),
    )
    connection.execute(
        "insert into ops.rota_assignments (worker_id, pattern, step, first_day)"
        " select worker_id, %s, step, %s from unnest(%s::bigint[], %s::integer[]) as a (worker_id, step)",
        (pattern.key, first, list(workers), list(steps)),
    )


def propose(connection: psycopg.Connection[Any], pattern: str, changes: Sequence[Change], actor: str) -> int:
    """Enter those changes whose workers follow the pattern on their day and have no other change then; how many."""
    values = {
        "pattern": pattern,
        "actor": actor,
        "kinds": [str(one.kind) for one in changes],
        "workers": [one.worker for one in changes],
        "days": [one.day for one in changes],
        "others": [one.other for one in changes],
        "other_days": [one.other_day for one in changes],
    }
    return connection.execute(PROPOSED, values).rowcount


def laid_out(
    connection: psycopg.Connection[Any], start: datetime, end: datetime
) -> list[tuple[str, datetime, str, bool]]:
    """Shifts that begin in [start, end): worker, begin, turn, whether it is let off; by worker and time."""
    return connection.execute(
        "select w.code, s.starts_at, s.kind, s.cancelled from ops.shifts s join ops.workers w on w.id = s.worker_id"
        " where s.starts_at >= %s and s.starts_at < %s order by w.code, s.starts_at limit 200000",
        (start, end),
    ).fetchall()


def entered_changes(
    connection: psycopg.Connection[Any], first: date, until: date
) -> list[tuple[int, str, str, date, str | None, date | None, str | None, str | None]]:
    """Changes by hand of days in [first, until): id, kind, worker, day, the other one and his day, turn, who entered
    it; by day."""
    return connection.execute(
        "select c.id, c.kind, w.code, c.day, o.code, c.other_day, c.turn, c.actor from ops.rota_changes c"
        " join ops.workers w on w.id = c.worker_id left join ops.workers o on o.id = c.other_id"
        " where c.day >= %(first)s and c.day < %(until)s or c.other_day >= %(first)s and c.other_day < %(until)s"
        " order by c.day, c.id limit 200000",
        {"first": first, "until": until},
    ).fetchall()


def _tell(left_out: Sequence[LeftOut]) -> None:
    """Rows, days and kinds alone: no names."""
    if left_out:
        extra = {"action": "rota_left_out", "count": len(left_out), "reason": left_out[0].error.sentence()}
        log.warning("entries of the rota cannot be planned and are left out", extra=extra)


def _columns(shifts: Sequence[Planned]) -> dict[str, Any]:
    return {
        "workers": [one.worker for one in shifts],
        "starts": [one.starts_at for one in shifts],
        "ends": [one.ends_at for one in shifts],
        "turns": [one.turn for one in shifts],
        "cancelled": [one.cancelled for one in shifts],
    }


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")[:2]
    return int(hours) * 60 + int(minutes)
