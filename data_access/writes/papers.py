"""Closing a reminder or an order by hand, where its matter is settled before its event is closed.

Owns the transaction; the event is locked first, as every writer does. Papers of closed events are closed by
`data_access.writes.escalation`.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

import psycopg
from sqlalchemy import Connection, Engine, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import OperationalError

from dashboard.domain.act_refusals import ActForbidden, ActRefused, EventBusy, ReasonMissing
from dashboard.domain.acts import MOST_REASON
from dashboard.domain.audit import Entry, Outcome
from dashboard.domain.policy import Act, Viewer
from dashboard.domain.supervision import PaperKind
from data_access.queries.supervision import PaperRow, PaperUnknown, paper
from data_access.writes import audit

MOST_ID: Final = 2**63 - 1
PATIENCE: Final = "set local statement_timeout = '15s'; set local lock_timeout = '5s'"
ACTS: Final[dict[PaperKind, Act]] = {PaperKind.REMINDER: Act.REMIND, PaperKind.ORDER: Act.SUPERVISE}

LOCK_EVENT: Final = text("""
select id, stage from ops.events where id = (select event_id from ops.supervision where id = :id) for update
""")
CLOSE: Final = text("""
update ops.supervision set closed_at = greatest(:at, issued_at), closed_by = :actor, result = :result,
  details = coalesce(details, '{}') || :details
where id = :id and closed_at is null returning id
""").bindparams(bindparam("details", type_=JSONB))
STEP: Final = text("""
insert into ops.event_steps (event_id, stage, action, at, actor, note, details)
values (:event_id, :stage, 'settle', :at, :actor, :note, :details)
""").bindparams(bindparam("details", type_=JSONB))


class PaperClosed(ActRefused):
    """{number} is closed already. Look at it again."""

    zh = "{number} 已办结，请刷新后查看。"
    status: ClassVar[int] = 409


def close_paper(engine: Engine, viewer: Viewer, id_: int, result: str, now: datetime) -> PaperRow:
    """Close one, with what came of it; the paper as it stands then. PaperUnknown, or a kind of ActRefused."""
    if not result.strip() or len(result) > MOST_REASON:
        raise ReasonMissing(most=MOST_REASON)
    if id_ > MOST_ID:
        raise PaperUnknown(id=id_)
    try:
        with engine.begin() as conn:
            conn.exec_driver_sql(PATIENCE)
            return _closed(conn, viewer, id_, result.strip(), now)
    except OperationalError as error:
        if isinstance(error.orig, psycopg.errors.LockNotAvailable | psycopg.errors.DeadlockDetected):
            raise EventBusy from error
        raise


def _closed(conn: Connection, viewer: Viewer, id_: int, result: str, now: datetime) -> PaperRow:
    event = conn.execute(LOCK_EVENT, {"id": id_}).first()
    found, _ = paper(conn, id_, viewer.scope, now)
    act = ACTS[found.kind]
    if not viewer.may(act):
        raise ActForbidden(what="close it", what_zh="办结该件")
    told = {"closed_by_name": viewer.name}
    values = {"id": id_, "at": now, "actor": viewer.login, "result": result, "details": told}
    if conn.execute(CLOSE, values).first() is None:
        raise PaperClosed(number=found.number)
    if event is not None:
        details = {"name": viewer.name, "number": found.number}
        step = {"event_id": event.id, "stage": event.stage, "at": now, "actor": viewer.login}
        conn.execute(STEP, {**step, "note": result, "details": details})
    entry = Entry(
        actor=viewer.login,
        what="act.settle",
        about=found.number,
        outcome=Outcome.DONE,
        address=viewer.address or None,
    )
    audit.add(conn, [entry])
    return paper(conn, id_, viewer.scope, now)[0]
