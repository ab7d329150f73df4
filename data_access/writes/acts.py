"""An act on one event as one transaction: the event locked, looked at, changed, and the act on its trace.

Owns who comes first where two act at once: whoever holds the event's row, and the other is told. Whether an act makes
sense is `dashboard.domain.acts`. Events are locked in the order of their ids, as every writer does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Engine, Row, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import OperationalError

from dashboard.domain.act_refusals import (
    ActForbidden,
    DepartmentUnknown,
    EventBusy,
    EventChanged,
    EventUnknown,
    OriginalUnknown,
)
from dashboard.domain.acts import (
    ACTIONS,
    CHANGED,
    DONE_TO,
    KINDS,
    TO_DO,
    Order,
    Standing,
    check,
    check_original,
)
from dashboard.domain.audit import Entry, Outcome
from dashboard.domain.model import State
from dashboard.domain.policy import Act, Viewer
from dashboard.domain.supervision import PaperKind, paper_number
from dashboard.domain.terms import Terms, terms_from
from dashboard.domain.words import Words
from data_access.queries.event_set import in_scope
from data_access.queries.regions import storable
from data_access.queries.session import district_settings
from data_access.writes import audit

PATIENCE: Final = "set local statement_timeout = '15s'; set local lock_timeout = '5s'"
SAME_CHANGE: Final = timedelta(seconds=5)
"""A step and the row that it changed are written so close to each other, by clocks that need not agree."""
BY_SYSTEM: Final = Words(zh="业务系统", en="A field system")

LOCK = text("""
with wanted as (
  select id from ops.events where code = any(cast(:codes as text[]))
  union
  select id from ops.events where duplicate_of = (select id from ops.events where code = cast(:marked as text))
)
select id from ops.events where id in (select id from wanted) order by id for update
""")

STANDING = text("""
select e.id, e.code, e.version, e.stage, e.state, e.duplicate_of is not null as duplicate, e.changed_at, e.due_at,
       e.region_id, e.department_id, r.code as region, d.code as department, d.name as department_zh,
       d.name_en as department_en
from ops.events e
join ops.regions r on r.id = e.region_id
left join ops.departments d on d.id = e.department_id
where e.code = :code
""")

LAST_STEP = text("""
select s.at, s.actor, s.action, s.details from ops.event_steps s where s.event_id = :id order by s.id desc limit 1
""")

DEPARTMENT = text("select id, code, name, name_en from ops.departments where code = :code")

STEP = text("""
insert into ops.event_steps (event_id, stage, action, at, actor, note, details)
values (:id, :stage, :action, :at, :actor, :note, :details)
""").bindparams(bindparam("details", type_=JSONB))

PAPER = text("""
insert into ops.supervision (event_id, kind, department_id, region_id, issued_at, due_at, reason, actor, details)
values (:id, :kind, :department_id, :region_id, :at, :due_at, :reason, :actor, :details)
returning id
""").bindparams(bindparam("details", type_=JSONB))

TOUCH = text("update ops.events set version = version where id = :id")

# The new department has to sign for it, and has the time to: that part of the stage begins anew.
HAND_OVER = text("""
update ops.events set department_id = :department_id,
  signed_at = case when stage = 'handle' then null else signed_at end,
  sign_due_at = case when stage = 'handle' then cast(:sign_due_at as timestamptz) else sign_due_at end
where id = :id
""")

# What was a duplicate of this event is one of its original now.
MARK = text("""
update ops.events set duplicate_of = :original where id = :id or duplicate_of = :id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A reminder or an order that was issued."""

    id: int
    kind: PaperKind
    number: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Performed:
    """What was done, and how the event stands since. `department`: code and name of who has it now."""

    act: Act
    at: datetime
    event_id: int
    code: str
    version: int
    stage: str
    state: State
    region: str
    department: tuple[str, Words] | None
    duplicate_of: str | None
    paper: Paper | None


def perform(engine: Engine, viewer: Viewer, event_code: str, order: Order, now: datetime) -> Performed:
    """Do it, in one transaction of its own. Raises a kind of ActRefused where nothing was done.

    The event must still have the version that the order names: of two who act at once one is first, and the other
    gets EventChanged, which says who that was.
    """
    if not viewer.may(order.act):
        what = TO_DO[order.act]
        raise ActForbidden(what=what.en, what_zh=what.zh)
    try:
        with engine.begin() as conn:
            conn.exec_driver_sql(PATIENCE)
            return _Performance(conn, viewer, order, now).on(event_code)
    except OperationalError as error:
        if isinstance(error.orig, psycopg.errors.LockNotAvailable | psycopg.errors.DeadlockDetected):
            raise EventBusy from error
        raise


class _Performance:
    """One act within its transaction."""

    def __init__(self, conn: Connection, viewer: Viewer, order: Order, now: datetime) -> None:
        self._conn = conn
        self._viewer = viewer
        self._order = order
        self._now = now
        self._terms: Terms = terms_from(district_settings(conn))

    def on(self, code: str) -> Performed:
        """Lock, look, change, note."""
        self._lock(code)
        row = self._seen(code)
        if row is None:
            raise EventUnknown(code=ascii(code) if not storable(code) else code)
        if row.version != self._order.version:
            raise self._changed(row)
        check(self._order, _standing(row), self._terms.workflow, self._now)
        more = self._apply(row)
        paper = more.pop("paper", None)
        details = {
            "name": self._viewer.name,
            "version": row.version + 1,
            **({"supervision": paper.id, "number": paper.number} if paper else {}),
            **more,
        }
        self._note(row, details)
        self._record(row, paper)
        return self._performed(code, paper)

    def _lock(self, code: str) -> None:
        order = self._order
        codes = [one for one in (code, order.duplicate_of) if one is not None and storable(one)]
        marked = code if order.act is Act.MARK_DUPLICATE and storable(code) else None
        self._conn.execute(LOCK, {"codes": codes, "marked": marked})

    def _seen(self, code: str) -> Row[Any] | None:
        """The event of that code if it is there and in the viewer's scope."""
        row = self._conn.execute(STANDING, {"code": code}).first() if storable(code) else None
        if row is None:
            return None
        seen = in_scope(self._conn, self._viewer.scope, self._now, row.region, row.department)
        return row if seen else None

    def _changed(self, row: Row[Any]) -> EventChanged:
        """Whose change it was that the person had not seen."""
        step = self._conn.execute(LAST_STEP, {"id": row.id}).first()
        details = (step.details or {}) if step else {}
        of_it = step is not None and (
            details.get("version") == row.version or step.at >= row.changed_at - SAME_CHANGE
        )
        what = DONE_TO.get(step.action, CHANGED) if step is not None and of_it else CHANGED
        actor = step.actor if step is not None and of_it else None
        name = details.get("name") or actor if of_it else None
        return EventChanged(
            who=name or BY_SYSTEM.en,
            who_zh=name or BY_SYSTEM.zh,
            what=what.en,
            what_zh=what.zh,
            at=f"{row.changed_at.astimezone(self._terms.zone):%H:%M:%S}",
            version=row.version,
            by=actor,
            act=step.action if step is not None and of_it else None,
        )

    def _apply(self, row: Row[Any]) -> dict[str, Any]:
        """Change what the act changes; what else its line of the trace says."""
        if self._order.act in KINDS:
            paper = self._issue(row)
            return {"paper": paper, "due": paper.due_at.isoformat(), "department": row.department}
        if self._order.act is Act.TRANSFER:
            return self._hand_over(row)
        if self._order.act is Act.MARK_DUPLICATE:
            return self._mark(row)
        self._conn.execute(TOUCH, {"id": row.id})
        return {}

    def _issue(self, row: Row[Any]) -> Paper:
        kind = PaperKind(KINDS[self._order.act])
        terms = self._terms
        due_at = self._order.due_at or terms.schedule.add_working_time(self._now, terms.reminder_hours)
        details = {
            "name": self._viewer.name,
            "stage": row.stage,
            "due": row.due_at.isoformat() if row.due_at else None,
        }
        values = {
            "id": row.id,
            "kind": kind,
            "department_id": row.department_id,
            "region_id": row.region_id,
            "at": self._now,
            "due_at": due_at,
            "reason": self._order.reason.strip(),
            "actor": self._viewer.login,
            "details": details,
        }
        id_ = self._conn.execute(PAPER, values).scalar_one()
        number = paper_number(kind, id_, self._now, terms.zone)
        return Paper(id=id_, kind=kind, number=number, due_at=due_at)

    def _hand_over(self, row: Row[Any]) -> dict[str, Any]:
        code = self._order.department or ""
        to = self._conn.execute(DEPARTMENT, {"code": code}).first() if storable(code) else None
        if to is None:
            raise DepartmentUnknown(code=code if storable(code) else ascii(code))
        stages = {stage.key: stage for stage in self._terms.workflow.stages}
        hours = stages[row.stage].sign_limit_hours if row.stage in stages else None
        sign_due_at = None if hours is None else self._terms.schedule.add_working_time(self._now, hours)
        self._conn.execute(HAND_OVER, {"id": row.id, "department_id": to.id, "sign_due_at": sign_due_at})
        return {"department": to.code, "from_department": row.department}

    def _mark(self, row: Row[Any]) -> dict[str, Any]:
        code = self._order.duplicate_of or ""
        original = self._seen(code)
        if original is None:
            raise OriginalUnknown(code=code if storable(code) else ascii(code))
        check_original(_standing(original))
        self._conn.execute(MARK, {"id": row.id, "original": original.id})
        return {"duplicate_of": original.code}

    def _note(self, row: Row[Any], details: dict[str, Any]) -> None:
        values = {
            "id": row.id,
            "stage": row.stage,
            "action": ACTIONS[self._order.act],
            "at": self._now,
            "actor": self._viewer.login,
            "note": self._order.reason.strip(),
            "details": details,
        }
        self._conn.execute(STEP, values)

    def _record(self, row: Row[Any], paper: Paper | None) -> None:
        entry = Entry(
            actor=self._viewer.login,
            what=f"act.{self._order.act}",
            about=row.code,
            outcome=Outcome.DONE,
            address=self._viewer.address or None,
            details={"version": row.version + 1} | ({"number": paper.number} if paper else {}),
        )
        audit.add(self._conn, [entry])

    def _performed(self, code: str, paper: Paper | None) -> Performed:
        row = self._conn.execute(STANDING, {"code": code}).one()
        return Performed(
            act=self._order.act,
            at=self._now,
            event_id=row.id,
            code=row.code,
            version=row.version,
            stage=row.stage,
            state=State(row.state),
            region=row.region,
            department=_department(row),
            duplicate_of=self._order.duplicate_of,
            paper=paper,
        )


def _department(row: Row[Any]) -> tuple[str, Words] | None:
    if row.department is None:
        return None
    return row.department, Words(zh=row.department_zh, en=row.department_en or row.department_zh)


def _standing(row: Row[Any]) -> Standing:
    return Standing(
        id=row.id,
        code=row.code,
        version=row.version,
        stage=row.stage,
        state=State(row.state),
        duplicate=row.duplicate,
        department=_department(row),
    )
