"""Events that are overdue for too long go up a level by rule; papers whose event is closed are closed.

Owns these statements. Both lock events in the order of their ids before anything else, as every writer does.
"""

from __future__ import annotations

from typing import Any, Final

import psycopg
from psycopg.types.json import Jsonb

from dashboard.domain.escalation import EscalationRule, rules_from
from dashboard.domain.terms import terms_from

AT_ONCE: Final = 500

# A paper of that kind that is still open is enough: the level and the trace say the rest.
RAISE: Final = """
with late as (
  select e.id from ops.events e
  where e.state = 'open' and e.duplicate_of is null and e.due_at < %(cutoff)s
    and e.escalation < %(level)s and e.severity >= %(severity)s
  order by e.id limit %(limit)s for update),
raised as (
  update ops.events e set escalation = %(level)s from late where e.id = late.id
  returning e.id, e.stage, e.department_id, e.region_id),
issued as (
  insert into ops.supervision (event_id, kind, department_id, region_id, due_at, reason, level, addressee, details)
  select r.id, %(kind)s, r.department_id, r.region_id, %(due_at)s, %(reason)s, %(level)s, %(to)s, %(details)s
  from raised r
  where not exists (select from ops.supervision s
                    where s.event_id = r.id and s.kind = %(kind)s and s.closed_at is null)
  order by r.id),
noted as (
  insert into ops.event_steps (event_id, stage, action, note, details)
  select id, stage, 'escalate', %(reason)s, %(details)s from raised order by id)
select count(*) from raised
"""

CLOSE: Final = """
with done as (
  select e.id, e.closed_at from ops.events e
  where e.state = 'closed'
    and e.id in (select s.event_id from ops.supervision s where s.closed_at is null and s.event_id is not null)
  order by e.id limit %(limit)s for update)
update ops.supervision s set closed_at = greatest(done.closed_at, s.issued_at)
from done where s.event_id = done.id and s.closed_at is null
"""


def escalate(connection: psycopg.Connection[Any], *, limit: int = AT_ONCE) -> int:
    """Raise what is overdue for too long by the district's rules, the highest level first; how many."""
    settings = dict(connection.execute("select key, value from board.settings").fetchall())
    return sum(_raise(connection, rule, settings, limit) for rule in reversed(rules_from(settings)))


def close_supervision(connection: psycopg.Connection[Any], *, limit: int = AT_ONCE) -> int:
    """Close reminders and orders whose event is closed; how many."""
    return connection.execute(CLOSE, {"limit": limit}).rowcount


def _raise(
    connection: psycopg.Connection[Any], rule: EscalationRule, settings: dict[str, Any], limit: int
) -> int:
    row = connection.execute("select now()").fetchone()
    assert row is not None
    now, schedule = row[0], terms_from(settings).schedule
    values = {
        "cutoff": rule.cutoff(now, schedule),
        "level": rule.level,
        "severity": rule.severity,
        "kind": rule.kind,
        "due_at": schedule.add_working_time(now, rule.due_hours),
        "reason": rule.reason().zh,
        "to": rule.to.zh,
        "details": Jsonb(rule.details()),
        "limit": limit,
    }
    found = connection.execute(RAISE, values).fetchone()
    assert found is not None
    return int(found[0])
