"""Imported events and tracks, played again as if they happened now.

Owns the schema `replay`: the originals as they were imported, kept from the first start on, so that every
later start can re-time them anew. `ops` then holds the re-timed rows, and only those whose moment has come.
The caller commits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import sql

from dashboard.domain.workflow import CLOCKS, Workflow

SAMPLE_HOURS = 50
ESCALATE_AFTER_H = (24, 48)

_SCHEMA = """
create schema if not exists replay;
create table if not exists replay.events (like ops.events, primary key (id));
create table if not exists replay.moments (at timestamptz not null, event_id bigint not null,
  primary key (at, event_id));
create table if not exists replay.tracks (worker_id bigint not null, fixed_at timestamptz not null,
  lon double precision not null, lat double precision not null, primary key (worker_id, fixed_at));
"""

LIMITS = ("due_at", "warn_at", "sign_due_at", "stage_due_at")
PLAIN = (
    *("code", "source", "category_id", "severity", "region_id", "lon", "lat", "address", "text", "reporter"),
    *("department_id", "worker_id", "first_contact", "rework", "duplicate_of"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How time is moved: `original` happens at `now`.

    What lies before keeps its distance, what follows runs `speed` times as fast."""

    original: datetime
    now: datetime
    speed: float

    def original_at(self, now: datetime) -> datetime:
        """The moment of the originals that is played at `now`."""
        return self.original + (now - self.now) * self.speed


def capture(connection: psycopg.Connection[Any]) -> tuple[int, int]:
    """Copy what was imported since the last start; how many events and fixes the copies hold."""
    connection.execute(_SCHEMA)
    connection.execute(
        "insert into replay.events select e.* from ops.events e"
        " where e.reported_at < now() - interval '1 day'"
        " and not exists (select from replay.events o where o.id = e.id)"
    )
    clocks = ", ".join(f"(o.{clock})" for clock in ("reported_at", *CLOCKS))
    connection.execute(
        f"insert into replay.moments select distinct m.at, o.id from replay.events o,"
        f" lateral (values {clocks}) as m (at) where m.at is not null on conflict do nothing"
    )
    connection.execute(
        "insert into replay.tracks select p.worker_id, p.fixed_at, min(p.lon), min(p.lat)"
        " from ops.positions p"
        " where p.fixed_at < now() - interval '1 day'"
        " and not exists (select from replay.tracks t where t.worker_id = p.worker_id)"
        " group by p.worker_id, p.fixed_at"
    )
    connection.execute("analyze replay.events, replay.moments, replay.tracks")
    row = connection.execute(
        "select (select count(*) from replay.events), (select count(*) from replay.tracks)"
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def busiest_day(connection: psycopg.Connection[Any], zone: str) -> tuple[date, datetime] | None:
    """The local day with most reports, and the last report of all; None without events."""
    row = connection.execute(
        "select (select date(reported_at at time zone %(zone)s) from replay.events group by 1"
        " order by count(*) desc, 1 limit 1), (select max(reported_at) from replay.events)",
        {"zone": zone},
    ).fetchone()
    assert row is not None
    return None if row[0] is None else (row[0], row[1])


def restart(connection: psycopg.Connection[Any], shift: Shift, workflow: Workflow) -> int:
    """Put all events where they stand at `shift.now`; how many there are.

    What is still to come is taken out.
    """
    connection.execute("set local quanyu.bulk = 'on'")
    for table in ("event_steps", "feedback", "supervision"):
        connection.execute(
            sql.SQL("delete from {} where event_id in (select id from replay.events)").format(
                sql.Identifier("ops", table)
            )
        )
    connection.execute(
        "update ops.events set duplicate_of = null where duplicate_of in (select id from replay.events)"
    )
    connection.execute("delete from ops.events where id in (select id from replay.events)")
    values = _values(shift, shift.now)
    count = connection.execute(_upsert(workflow, "o.reported_at <= %(moment)s"), values).rowcount
    connection.execute("delete from board.samples")
    connection.execute(_SAMPLES, {"now": shift.now, "hours": SAMPLE_HOURS})
    connection.execute("insert into board.outbox (kind) values ('resync')")
    connection.execute("notify quanyu_outbox")
    return count


def advance(
    connection: psycopg.Connection[Any], shift: Shift, workflow: Workflow, since: datetime, now: datetime
) -> int:
    """Play what happened between the originals of `since` and `now`; how many events were touched."""
    chosen = (
        "o.reported_at <= %(moment)s and o.id in"
        " (select event_id from replay.moments where at > %(before)s and at <= %(moment)s)"
    )
    values = {**_values(shift, now), "before": shift.original_at(since)}
    return connection.execute(_upsert(workflow, chosen), values).rowcount


def _values(shift: Shift, now: datetime) -> dict[str, Any]:
    return {
        "original": shift.original,
        "start": shift.now,
        "speed": shift.speed,
        "moment": shift.original_at(now),
    }


def _upsert(workflow: Workflow, chosen: str) -> str:
    """Rows of the originals as they stand at %(moment)s, moved in time."""
    parts: dict[str, str] = {"id": "o.id", **{name: f"o.{name}" for name in PLAIN}}
    parts["reported_at"] = _moved("reported_at")
    parts.update({clock: f"case when o.{clock} <= %(moment)s then {_moved(clock)} end" for clock in CLOCKS})
    parts.update({limit: _moved(limit) for limit in LIMITS})
    parts["state"] = (
        "case when o.state = 'void' then 'void' when o.closed_at <= %(moment)s then 'closed' else 'open' end"
    )
    parts["stage"] = _stage(workflow)
    over = "least(coalesce(o.closed_at, 'infinity'), %(moment)s) - o.due_at"
    parts["escalation"] = " + ".join(
        f"coalesce(({over} > interval '{hours} hours')::int, 0)" for hours in ESCALATE_AFTER_H
    )
    latest = ", ".join(
        f"case when o.{clock} <= %(moment)s then {_moved(clock)} end" for clock in ("reported_at", *CLOCKS)
    )
    parts["changed_at"] = f"greatest({latest})"
    changing = (*CLOCKS, "state", "stage", "changed_at")
    updates = ", ".join(f"{name} = excluded.{name}" for name in changing)
    return (
        f"insert into ops.events ({', '.join(parts)}) select {', '.join(parts.values())}"
        f" from replay.events o where {chosen} order by o.id on conflict (id) do update set {updates}"
    )


def _moved(clock: str) -> str:
    return (
        f"case when o.{clock} <= %(original)s then o.{clock} + (%(start)s - %(original)s)"
        f" else %(start)s + (o.{clock} - %(original)s) / %(speed)s end"
    )


def _stage(workflow: Workflow) -> str:
    """The stage after the last one that is done.

    Sparse rows keep to what they say, handling while they are open.
    """
    past = " ".join(
        f"when o.{stage.done_column} <= %(moment)s then '{workflow.following(stage.key)}'"
        for stage in reversed(workflow.stages)
    )
    first = workflow.stages[0]
    return (
        f"case when o.state = 'void' then o.stage {past} when o.closed_at <= %(moment)s then o.stage"
        f" when o.{first.done_column} is null then 'handle' else '{first.key}' end"
    )


# What is no more still counts for what was above it: the newest version says what that was.
_SAMPLES = """
with recursive newest as (
  select distinct on (region_id) region_id, parent_id from ops.region_versions
  order by region_id, valid_from desc),
tree as (
  select v.region_id as id, v.region_id as top
  from newest v join ops.regions r on r.id = v.region_id
  where r.level in ('district', 'street')
  union all
  select v.region_id, t.top
  from tree t join newest v on v.parent_id = t.id),
hours as (
  select generate_series(date_trunc('hour', %(now)s::timestamptz) - make_interval(hours => %(hours)s),
    date_trunc('hour', %(now)s::timestamptz), interval '1 hour') as at),
live as (
  select e.region_id, h.at,
    count(*) as open, count(*) filter (where e.due_at < h.at) as overdue
  from ops.events e join hours h on e.reported_at <= h.at and (e.closed_at is null or e.closed_at > h.at)
  where e.state <> 'void' and e.duplicate_of is null
  group by 1, 2)
insert into board.samples (region_id, at, counters)
select t.top, l.at, jsonb_build_object('open', sum(l.open), 'overdue', sum(l.overdue))
from live l join tree t on t.id = l.region_id
group by 1, 2
on conflict (region_id, at) do update set counters = excluded.counters
"""


def tracks(connection: psycopg.Connection[Any], limit: int) -> list[tuple[int, datetime, float, float]]:
    """Fixes of the originals (worker, when, lon, lat) in the order of workers and times."""
    return connection.execute(
        "select t.worker_id, t.fixed_at, t.lon, t.lat"
        " from replay.tracks t join ops.workers w on w.id = t.worker_id"
        " order by 1, 2 limit %s",
        (limit,),
    ).fetchall()


def put_on_duty(
    connection: psycopg.Connection[Any], workers: list[int], start: datetime, end: datetime
) -> int:
    """A shift for those workers who have none then, checked in at its start; how many."""
    return connection.execute(
        "insert into ops.shifts (worker_id, kind, starts_at, ends_at, checked_in_at)"
        " select id, 'replay', %(start)s, %(end)s, %(start)s from unnest(%(workers)s::bigint[]) as w (id)"
        " where not exists (select from ops.shifts s where s.worker_id = w.id and not s.cancelled"
        " and s.starts_at < %(end)s and s.ends_at > %(start)s) order by id",
        {"start": start, "end": end, "workers": workers},
    ).rowcount
