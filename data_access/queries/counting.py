"""Counts of any regions and window over the rows themselves: plain SQL, one pass for any number of regions.

Owns which rows count. What the counts mean is for `tallies`; repeats, coverage and handling times, which need
geometry and calendars, have modules of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import Connection, TextClause, text

from dashboard.domain.indicators import Group
from data_access.queries.coverage import coverage
from data_access.queries.duties import attended, visited
from data_access.queries.filtering import FILTERED
from data_access.queries.handling import handling_times
from data_access.queries.placing import Placing, of_event, placed
from data_access.queries.repeats import repeats
from data_access.queries.selection import COUNTED, RELOCATED, Selection, event_in_region, within
from data_access.queries.tallies import Tallies, Tally

Count = Callable[[Connection, Selection, Placing, Tallies], None]

RETURNING_STAGES = "('dispatch', 'handle')"
"""A task that comes back from these stages was dispatched to the wrong place; from others it is rework."""


REPORTED = text(f"""
select {of_event("e.reported_at")},
       count(*) as reported,
       count(*) filter (where e.state = 'closed') as reported_closed,
       count(*) filter (where e.source = 'hotline') as hotline,
       count(*) filter (where e.source = 'hotline' and e.first_contact) as instant,
       count(*) filter (where e.signed_at is not null or e.sign_due_at < :now) as to_sign,
       count(*) filter (where e.signed_at <= e.sign_due_at) as signed
from ops.events e
where e.reported_at >= :start and e.reported_at < :end and {event_in_region("e.reported_at")}
group by 1, 2
""")

DISPATCHED = text(f"""
select {of_event("e.reported_at")}, count(*) as dispatched, count(r.event_id) as returned
from ops.events e
left join lateral (
  select s.event_id from ops.event_steps s
  where s.event_id = e.id and s.action = 'return' and s.stage in {RETURNING_STAGES}
  limit 1
) r on true
where e.reported_at >= :start and e.reported_at < :end and e.dispatched_at is not null
  and {event_in_region("e.reported_at")}
group by 1, 2
""")

DUE = text(f"""
select {of_event("e.due_at")},
       count(*) as due,
       count(*) filter (where e.state = 'closed' and e.closed_at <= e.due_at) as due_in_time
from ops.events e
where e.due_at >= :start and e.due_at < :moment and {event_in_region("e.due_at")}
group by 1, 2
""")

CLOSED = text(f"""
select {of_event("e.closed_at")},
       count(*) as closed,
       count(*) filter (where e.due_at is not null) as limited,
       count(*) filter (where e.closed_at <= e.due_at) as closed_in_time,
       count(*) filter (where e.rework > 0) as reworked
from ops.events e
where e.state = 'closed' and e.closed_at >= :start and e.closed_at < :end and {event_in_region("e.closed_at")}
group by 1, 2
""")

ASKED = text(f"""
select {of_event("e.closed_at")}, count(*) as finished, count(f.event_id) as followed_up
from ops.events e
left join lateral (
  select f.event_id from ops.feedback f where f.event_id = e.id limit 1
) f on true
where e.state = 'closed' and e.closed_at >= :start and e.closed_at < :end and {event_in_region("e.closed_at")}
group by 1, 2
""")

# As of a moment in the past: what is open still, and what was closed only later. Now: what is open.
STOCK = text(f"""
select t.region, t.span,
       count(*) as open,
       count(*) filter (where t.due_at < :moment) as overdue,
       count(*) filter (where t.due_at >= :moment and t.due_at < :moment + interval '2 hours') as due_2h
from (
  select {of_event(":moment")}, e.due_at from ops.events e
  where e.state = 'open' and (cast(:live as boolean) or e.reported_at < :moment) and {event_in_region(":moment")}
  union all
  select {of_event(":moment")}, e.due_at from ops.events e
  where not cast(:live as boolean) and e.state = 'closed' and e.closed_at >= :moment
    and e.reported_at < :moment and {event_in_region(":moment")}
) t
group by 1, 2
""")

# Two ranges of two indexes: one condition with "or" would read every event there is.
FEEDBACK = text(f"""
select {of_event("f.at")},
       count(*) filter (where f.asked) as asked,
       count(*) filter (where f.asked and f.answered_at is not null) as responded,
       count(*) filter (where not f.asked) as answered,
       count(*) filter (where not f.asked and f.resolved) as resolved,
       count(*) filter (where not f.asked and f.satisfaction >= :satisfied_from) as satisfied
from (
  select true as asked, f.asked_at as at, f.event_id, f.answered_at, f.resolved, f.satisfaction
  from ops.feedback f where f.asked_at >= :start and f.asked_at < :end
  union all
  select false, f.answered_at, f.event_id, f.answered_at, f.resolved, f.satisfaction
  from ops.feedback f where f.answered_at >= :start and f.answered_at < :end
) f
join ops.events e on e.id = f.event_id
where {event_in_region("f.at")}
group by 1, 2
""")

DUTY = text(f"""
select t.region, t.span, count(*) as rostered, count(*) filter (where t.on_duty) as on_duty
from (
  select s.worker_id, {placed("w.region_id", ":moment")},
         bool_or(s.checked_in_at <= :moment and not coalesce(s.checked_out_at <= :moment, false)) as on_duty
  from ops.shifts s join ops.workers w on w.id = s.worker_id
  where s.ends_at > :moment and s.starts_at <= :moment and not s.cancelled and w.role = 'grid_worker'
    and {within("w.region_id", ":moment")}
  group by 1, 2, 3
) t
group by 1, 2
""")

OF_ORDER = f"case when s.region_id is null then {RELOCATED} end"
SUPERVISION = text(f"""
select {placed("coalesce(s.region_id, e.region_id)", "s.issued_at", OF_ORDER)},
       count(*) as issued, count(*) filter (where s.closed_at <= :now) as ended
from ops.supervision s left join ops.events e on e.id = s.event_id
where s.issued_at >= :start and s.issued_at < :end
  and (e.id is null or ({COUNTED})) and {FILTERED}
  and {within("coalesce(s.region_id, e.region_id)", "s.issued_at", OF_ORDER)}
group by 1, 2
""")


def tallied(
    conn: Connection, selection: Selection, placing: Placing, groups: Iterable[Group]
) -> Mapping[int, Tally]:
    """Tallies of these groups by target of the placing, those without a row left out."""
    found = Tallies()
    for group in groups:
        COUNTERS[group](conn, selection, placing, found)
    return found


def _rows(statement: TextClause) -> Count:
    def count(conn: Connection, selection: Selection, placing: Placing, found: Tallies) -> None:
        values = selection.values() | placing.values()
        found.add(conn.execute(statement, values).mappings(), placing)

    return count


COUNTERS: dict[Group, Count] = {
    Group.REPORTED: _rows(REPORTED),
    Group.DUE: _rows(DUE),
    Group.DISPATCHED: _rows(DISPATCHED),
    Group.CLOSED: _rows(CLOSED),
    Group.ASKED: _rows(ASKED),
    Group.HANDLING: handling_times,
    Group.STOCK: _rows(STOCK),
    Group.REPEAT: repeats,
    Group.FEEDBACK: _rows(FEEDBACK),
    Group.DUTY: _rows(DUTY),
    Group.COVERAGE: coverage,
    Group.SUPERVISION: _rows(SUPERVISION),
    Group.ATTENDANCE: attended,
    Group.VISITS: visited,
}
