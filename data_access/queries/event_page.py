"""One event with everything that its page shows: facts, clocks, trace, voices, orders, and why it is where it is.

What stands around it (workers, copies, repeats) is in `event_surroundings`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from dashboard.domain.act_refusals import EventUnknown
from dashboard.domain.model import Level, State
from dashboard.domain.policy import Scope
from dashboard.domain.stage_clocks import (
    Life,
    Passage,
    SignClock,
    StageClock,
    sign_clock,
    stage_clocks,
)
from dashboard.domain.terms import Terms, terms_from
from dashboard.domain.words import Words, recorded
from dashboard.domain.workflow import CLOCKS
from data_access.queries.event_reasons import why_here
from data_access.queries.event_rows import EventRow, named_events
from data_access.queries.event_set import in_scope, places_in_scope
from data_access.queries.event_surroundings import Neighbour, neighbours
from data_access.queries.regions import region_path, storable
from data_access.queries.session import district_settings
from data_access.queries.workers_near import NearWorker, nearest_workers

MOST_STEPS: Final = 500
NEAR: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A region on the way to the event's own, from the street down."""

    code: str
    level: Level
    name: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the trace. `photos` are references, as they came; `details` codes and numbers behind the note."""

    at: datetime
    stage: str
    action: str
    actor: str | None
    note: str | None
    photos: tuple[str, ...]
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One asking of whoever reported: 5 very satisfied ... 1 not at all."""

    channel: str
    asked_at: datetime
    answered_at: datetime | None
    resolved: bool | None
    satisfaction: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervised:
    """One reminder or order about the event. `rule`: what the rules said where they issued it."""

    id: int
    kind: str
    department: Words | None
    issued_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    reason: str | None
    rule: Words | None
    actor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDetail:
    """One event. `row`: as in the table; `category` from the top down, `places` from the street down.

    `reporter`, `row.text` and notes are personal: whoever shows them asks the policy before. `limit_working`: its
    limit runs in working time. `duplicate_of` and the neighbours are codes of events that the viewer may see.
    """

    row: EventRow
    category: tuple[Words, ...]
    places: tuple[Place, ...]
    reporter: str | None
    worker_code: str | None
    duplicate_of: str | None
    first_contact: bool
    clocks: Mapping[str, datetime | None]
    stage_due_at: datetime | None
    limit_working: bool
    sign: SignClock
    stages: tuple[StageClock, ...]
    steps: tuple[Step, ...]
    photos: tuple[str, ...]
    feedback: tuple[Voice, ...]
    supervision: tuple[Supervised, ...]
    workers: tuple[NearWorker, ...]
    neighbours: tuple[Neighbour, ...]
    why: Words


FACTS: Final = text(f"""
with recursive up as (
  select c.id, c.parent_id, c.name, c.name_en, c.limit_hours, c.limit_kind, 0 as height
  from ops.events e join ops.categories c on c.id = e.category_id where e.code = :code
  union all
  select c.id, c.parent_id, c.name, c.name_en, c.limit_hours, c.limit_kind, up.height + 1
  from up join ops.categories c on c.id = up.parent_id where up.height < 10
)
select e.id, e.region_id, e.category_id, e.department_id, e.stage, e.state, e.reporter, e.first_contact,
       e.reported_at, e.due_at, e.stage_due_at, e.sign_due_at, {", ".join(f"e.{clock}" for clock in CLOCKS)},
       r.code as region_code, w.code as worker_code, d.code as department_code,
       o.code as original, ro.code as original_region, od.code as original_department,
       array(select up.name from up order by height desc) as names,
       array(select coalesce(up.name_en, up.name) from up order by height desc) as names_en,
       (select up.limit_hours from up where up.limit_hours is not null order by height limit 1) as limit_hours,
       (select up.limit_kind from up where up.limit_hours is not null order by height limit 1) as limit_kind
from ops.events e
join ops.regions r on r.id = e.region_id
left join ops.workers w on w.id = e.worker_id
left join ops.departments d on d.id = e.department_id
left join ops.events o on o.id = e.duplicate_of
left join ops.regions ro on ro.id = o.region_id
left join ops.departments od on od.id = o.department_id
where e.code = :code
""")

STEPS: Final = text("""
select * from (
  select s.id, s.at, s.stage, s.action, s.actor, s.note, s.photos, s.details
  from ops.event_steps s where s.event_id = :id order by s.at desc, s.id desc limit :most
) t order by t.at, t.id
""")

VOICES: Final = text("""
select f.channel, f.asked_at, f.answered_at, f.resolved, f.satisfaction
from ops.feedback f where f.event_id = :id order by f.asked_at, f.id limit 100
""")

ORDERS: Final = text("""
select s.id, s.kind, s.issued_at, s.due_at, s.closed_at, s.reason, s.actor, s.level, s.details, d.name, d.name_en
from ops.supervision s left join ops.departments d on d.id = s.department_id
where s.event_id = :id order by s.issued_at, s.id limit 100
""")


def event_detail(conn: Connection, event_code: str, scope: Scope, now: datetime) -> EventDetail:
    """Everything about one event. EventUnknown where it is absent or outside the scope."""
    facts = conn.execute(FACTS, {"code": event_code}).one_or_none() if storable(event_code) else None
    if facts is None or not in_scope(conn, scope, now, facts.region_code, facts.department_code):
        raise EventUnknown(code=ascii(event_code) if not storable(event_code) else event_code)
    (row,) = named_events(conn, [event_code], scope, now)
    terms, steps = terms_from(district_settings(conn)), _steps(conn, facts.id)
    life, trace = _life(facts), [_passage(step) for step in steps]
    near: list[NearWorker] = []
    if row.lon is not None and row.lat is not None:
        near = nearest_workers(conn, scope, now, row.lon, row.lat, limit=NEAR)
    return EventDetail(
        row=row,
        category=tuple(Words(zh=zh, en=en) for zh, en in zip(facts.names, facts.names_en, strict=True)),
        places=_places(conn, facts.region_code, scope, now),
        reporter=facts.reporter,
        worker_code=facts.worker_code,
        duplicate_of=_original(conn, facts, scope, now),
        first_contact=facts.first_contact,
        clocks={clock: getattr(facts, clock) for clock in CLOCKS},
        stage_due_at=facts.stage_due_at,
        limit_working=life.limit_working,
        sign=sign_clock(life, terms, now),
        stages=stage_clocks(life, trace, terms, now),
        steps=steps,
        photos=tuple(dict.fromkeys(photo for step in steps for photo in step.photos)),
        feedback=tuple(Voice(**voice._asdict()) for voice in conn.execute(VOICES, {"id": facts.id})),
        supervision=tuple(_supervised(order) for order in conn.execute(ORDERS, {"id": facts.id})),
        workers=tuple(near),
        neighbours=_neighbours(conn, facts.id, terms, scope, now),
        why=why_here(conn, facts.id, steps_say=_reason(steps)),
    )


def _steps(conn: Connection, event_id: int) -> tuple[Step, ...]:
    return tuple(
        Step(
            at=row.at,
            stage=row.stage,
            action=row.action,
            actor=row.actor,
            note=row.note,
            photos=tuple(row.photos or ()),
            details=row.details if isinstance(row.details, dict) else {},
        )
        for row in conn.execute(STEPS, {"id": event_id, "most": MOST_STEPS})
    )


def _passage(step: Step) -> Passage:
    return Passage(stage=step.stage, action=step.action, at=step.at, actor=step.actor)


def _life(facts: Row[Any]) -> Life:
    return Life(
        stage=facts.stage,
        state=State(facts.state),
        reported_at=facts.reported_at,
        done={clock: getattr(facts, clock) for clock in CLOCKS},
        due_at=facts.due_at,
        stage_due_at=facts.stage_due_at,
        signed_at=facts.signed_at,
        sign_due_at=facts.sign_due_at,
        limit_hours=facts.limit_hours,
        limit_working=facts.limit_kind != "clock",
    )


def _places(conn: Connection, code: str, scope: Scope, now: datetime) -> tuple[Place, ...]:
    path = region_path(conn, code, scope, now, former=True)
    nodes = [node for node in (*path.ancestors, path.region) if node.visible]
    below = [node for node in nodes if node.level is not Level.DISTRICT] or nodes
    return tuple(
        Place(code=node.code, level=node.level, name=Words(zh=node.name, en=node.name_en or node.name))
        for node in below
    )


def _original(conn: Connection, facts: Row[Any], scope: Scope, now: datetime) -> str | None:
    if facts.original is None:
        return None
    seen = in_scope(conn, scope, now, facts.original_region, facts.original_department)
    return str(facts.original) if seen else None


def _supervised(order: Row[Any]) -> Supervised:
    values = order._asdict()
    name, name_en, details = values.pop("name"), values.pop("name_en"), values.pop("details") or {}
    rule = recorded(details) if values.pop("level") else None
    values["actor"] = details.get("name") or order.actor
    return Supervised(
        **values, rule=rule, department=None if name is None else Words(zh=name, en=name_en or name)
    )


def _neighbours(
    conn: Connection, event_id: int, terms: Terms, scope: Scope, now: datetime
) -> tuple[Neighbour, ...]:
    found = neighbours(conn, event_id, terms)
    seen = places_in_scope(conn, scope, now, ((one.region_code, one.department_code) for one in found))
    return tuple(one for one in found if (one.region_code, one.department_code) in seen)


def _reason(steps: tuple[Step, ...]) -> Words | None:
    """What the last assignment said of itself."""
    for step in reversed(steps):
        if step.action == "assign":
            said = recorded(step.details) or (Words(zh=step.note, en=step.note) if step.note else None)
            if said is not None:
                return said
    return None
