"""Events as field systems write them: reported, moved through the stages, asked about.

Owns these statements. Every one takes its events in the order of their ids, so that writers never wait for
each other in a circle; the caller commits. What a step means is the workflow's business, when it happens
the caller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import psycopg

from dashboard.domain.workflow import CLOCKS


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """A report. Degrees in WGS-84; None where unknown."""

    code: str
    source: str
    category_id: int
    severity: int
    region_id: int
    lon: float | None
    lat: float | None
    address: str | None
    text: str | None
    reporter: str | None
    department_id: int | None
    worker_id: int | None
    reported_at: datetime
    due_at: datetime | None
    warn_at: datetime | None
    stage_due_at: datetime | None
    first_contact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One step of one event at one moment.

    `column` is the clock that the step sets, "" for none; `stage` where the event then is, `state` what it
    then. It applies only where the event still is in `was_stage` and `was_state`. A stage entered with
    `stage_due_at` None is due when the whole event is.
    """

    event_id: int
    action: str
    at: datetime
    column: str
    was_stage: str
    was_state: str
    stage: str
    state: str
    stage_due_at: datetime | None = None
    sign_due_at: datetime | None = None


_INSERT = f"""
insert into ops.events ({", ".join(field.name for field in fields(NewEvent))})
values ({", ".join(f"%({field.name})s" for field in fields(NewEvent))})
returning id
"""

_CLOCK_SETS = ", ".join(
    f"{clock} = case when c.clock = '{clock}' then c.at"
    + (" when c.action = 'return' then null" if clock in ("resolved_at", "replied_at") else "")
    + f" else e.{clock} end"
    for clock in CLOCKS
    if clock != "closed_at"
)

_CHANGE = f"""
with c as (
  select * from unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::text[],
    %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[])
    as c (id, action, at, clock, was_stage, was_state, stage, state, stage_due_at, sign_due_at)),
held as (select id from ops.events where id in (select id from c) order by id for update)
update ops.events e set {_CLOCK_SETS},
  stage = c.stage, state = c.state,
  closed_at = case when c.state = 'closed' and c.was_state = 'open' then c.at else e.closed_at end,
  rework = e.rework + case when c.action = 'return' and c.was_stage = 'verify' then 1 else 0 end,
  stage_due_at = case when c.stage = c.was_stage then e.stage_due_at
                      else coalesce(c.stage_due_at, e.due_at) end,
  sign_due_at = coalesce(c.sign_due_at, e.sign_due_at)
from c join held on held.id = c.id
where e.id = c.id and e.stage = c.was_stage and e.state = c.was_state
returning e.id
"""

_STEPS = """
insert into ops.event_steps (event_id, stage, action, at)
select * from unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[])
"""

_ASK = """
insert into ops.feedback (event_id, channel, asked_at)
select * from unnest(%s::bigint[], %s::text[], %s::timestamptz[])
"""

_ANSWER = """
update ops.feedback f set answered_at = a.at, resolved = a.resolved, satisfaction = a.satisfaction
from unnest(%s::bigint[], %s::timestamptz[], %s::boolean[], %s::smallint[])
  as a (event_id, at, resolved, satisfaction)
where f.event_id = a.event_id and f.answered_at is null
"""


def insert(connection: psycopg.Connection[Any], events: Sequence[NewEvent]) -> list[int]:
    """Ids of the new events, in the order given. Each gets its first step."""
    if not events:
        return []
    ids: list[int] = []
    with connection.cursor() as cursor:
        rows = [{field.name: getattr(event, field.name) for field in fields(event)} for event in events]
        cursor.executemany(_INSERT, rows, returning=True)
        for result in cursor.results():
            row = result.fetchone()
            assert row is not None
            ids.append(row[0])
        count = len(ids)
        cursor.execute(
            _STEPS, (ids, ["report"] * count, ["enter"] * count, [event.reported_at for event in events])
        )
    return ids


def change(connection: psycopg.Connection[Any], changes: Sequence[Change]) -> set[int]:
    """Apply steps, at most one an event; ids of the events that were still where the steps expected them."""
    if not changes:
        return set()
    columns = [[getattr(one, field.name) for one in changes] for field in fields(Change)]
    with connection.cursor() as cursor:
        applied = {row[0] for row in cursor.execute(_CHANGE, columns).fetchall()}
        noted = [one for one in changes if one.event_id in applied]
        cursor.execute(
            _STEPS,
            (
                [one.event_id for one in noted],
                [one.was_stage for one in noted],
                [one.action for one in noted],
                [one.at for one in noted],
            ),
        )
    return applied


def ask(connection: psycopg.Connection[Any], asked: Sequence[tuple[int, str, datetime]]) -> None:
    """Ask those who reported: (event, channel, when)."""
    if asked:
        ordered = sorted(asked)
        connection.execute(_ASK, [list(column) for column in zip(*ordered, strict=True)])


def answer(connection: psycopg.Connection[Any], answers: Sequence[tuple[int, datetime, bool, int]]) -> None:
    """Answers to open questions: (event, when, resolved, satisfaction 1 to 5)."""
    if answers:
        ordered = sorted(answers)
        ids = [one[0] for one in ordered]
        connection.execute("select from ops.events where id = any(%s) order by id for update", (ids,))
        connection.execute(_ANSWER, [list(column) for column in zip(*ordered, strict=True)])
