"""Shifts attended and visits made, counted for indicators: the same numbers as on the sheets (see `attendance`).

A shift counts with the window that it began in and for the region of its worker then. Visits count with the window
that their period ended in, once it is over.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, text

from dashboard.domain.attendance import attendance_rules_from
from data_access.queries.placing import Placing, placed
from data_access.queries.selection import Selection, within
from data_access.queries.session import district_settings
from data_access.queries.tallies import Tallies

# Came: not after the shift, and no later than absence begins. Absent: nobody is awaited any more, and nobody with a
# say has given a reason: of the reasons of a mark the last one holds, and an empty one withdraws.
ATTENDANCE = text(f"""
select t.region, t.span, count(*) filter (where t.came) as attended,
       count(*) filter (where t.came or (t.over and (
         select e.reason from board.excuses e where e.shift_id = t.id and e.mark = 'absent' order by e.id desc limit 1
       ) is null)) as to_attend
from (
  select s.id, {placed("w.region_id", "s.starts_at")},
         coalesce(s.checked_in_at <= :now and s.checked_in_at < s.ends_at
                  and s.checked_in_at - s.starts_at <= :absent, false) as came,
         coalesce(s.checked_in_at <= :now and s.checked_in_at < s.ends_at, false)
           or :now >= least(s.starts_at + :absent, s.ends_at) as over
  from ops.shifts s join ops.workers w on w.id = s.worker_id
  where s.starts_at >= :start and s.starts_at < :end and not s.cancelled and {within("w.region_id", "s.starts_at")}
) t
group by 1, 2
""")

_FIRST = "(cast(v.period_start as timestamp) at time zone :zone)"
_OVER = """((cast(v.period_start as timestamp) + case v.tier when 'week' then interval '7 days'
  when 'two_weeks' then interval '14 days' when 'month' then interval '1 month'
  when 'quarter' then interval '3 months' else interval '6 months' end) at time zone :zone)"""
VISITS = text(f"""
select {placed("v.region_id", _FIRST)}, sum(v.done) as visited_duly, sum(v.due) as to_visit
from ops.visits v
where {_OVER} > :start and {_OVER} <= :moment and {within("v.region_id", _FIRST)}
group by 1, 2
""")


def attended(conn: Connection, selection: Selection, placing: Placing, found: Tallies) -> None:
    """Add shifts attended and those that were to be."""
    rules = attendance_rules_from(district_settings(conn))
    values = selection.values() | placing.values() | {"absent": timedelta(minutes=rules.absent_min)}
    found.add(conn.execute(ATTENDANCE, values).mappings(), placing)


def visited(conn: Connection, selection: Selection, placing: Placing, found: Tallies) -> None:
    """Add visits made and those that were due."""
    values = selection.values() | placing.values() | {"zone": selection.terms.zone.key}
    found.add(conn.execute(VISITS, values).mappings(), placing)
