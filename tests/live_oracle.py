"""The live counters counted afresh by plain SQL, sharing nothing with the code that keeps them up.

Who is away or silent it takes from the leader's own table; test_live_presence says what belongs there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg

COUNTERS = """
with recursive
version as (
  select distinct on (v.region_id) v.region_id, v.parent_id,
         v.valid_from <= %(now)s and %(now)s < v.valid_to as stands
  from ops.region_versions v
  order by v.region_id, v.valid_from <= %(now)s and %(now)s < v.valid_to desc, v.valid_to desc
),
up as (
  select region_id, region_id as at from version
  union all
  select up.region_id, v.parent_id from up join version v on v.region_id = up.at where v.parent_id is not null
),
clock as (
  select %(now)s::timestamptz as now,
         date_trunc('day', %(now)s::timestamptz at time zone %(zone)s) at time zone %(zone)s as day
),
event as (
  select e.*, c.top_id, (e.due_at < clock.now) is true as late, clock.now, clock.day
  from ops.events e join ops.categories c on c.id = e.category_id, clock
  where e.state <> 'void' and e.duplicate_of is null
),
counted as (
  select e.region_id, key
  from event e cross join lateral (values
    ('reported', e.reported_at between day and now),
    ('open', e.state = 'open'),
    ('closed', e.state = 'closed' and e.closed_at between day and now),
    ('overdue', e.state = 'open' and late),
    ('due_2h', e.state = 'open' and e.due_at >= now and e.due_at < now + interval '2 hours'),
    ('yellow', e.state = 'open' and now between e.warn_at and e.due_at),
    ('evaluating', e.state = 'closed' and e.evaluated_at is null),
    ('stage.' || e.stage, e.state = 'open' and e.stage = any(%(open_stages)s)),
    ('late.' || e.stage, e.state = 'open' and late and e.stage = any(%(open_stages)s)),
    ('passed.report', e.accepted_at between day and now),
    ('passed.file', e.filed_at between day and now),
    ('passed.dispatch', e.dispatched_at between day and now),
    ('passed.handle', e.resolved_at between day and now),
    ('passed.feedback', e.replied_at between day and now),
    ('passed.verify', e.verified_at between day and now),
    ('passed.evaluate', e.evaluated_at between day and now),
    ('source.' || e.source, e.reported_at between day and now),
    ('category.' || e.top_id, e.reported_at between day and now),
    ('on_time_due.d', e.due_at between day and now),
    ('on_time_due.n', e.due_at between day and now and e.state = 'closed' and e.closed_at <= e.due_at),
    ('on_time_closed.d', e.state = 'closed' and e.closed_at between day and now and e.due_at is not null),
    ('on_time_closed.n', e.state = 'closed' and e.closed_at between day and now and e.closed_at <= e.due_at),
    ('instant.d', e.source = 'hotline' and e.reported_at between day and now),
    ('instant.n', e.source = 'hotline' and e.reported_at between day and now and e.first_contact)
  ) as k (key, holds)
  where holds
  union all
  select e.region_id, key
  from ops.feedback f join event e on e.id = f.event_id cross join lateral (values
    ('asked', f.asked_at between day and now),
    ('answered', f.answered_at between day and now),
    ('resolved', f.answered_at between day and now and f.resolved),
    ('satisfied', f.answered_at between day and now and f.satisfaction >= %(satisfied_from)s)
  ) as k (key, holds)
  where holds
),
roster as (
  select w.id, w.region_id, bool_or(now < s.ends_at and s.starts_at <= now) as rostered,
         bool_or(now < s.ends_at and s.starts_at <= now and s.checked_in_at <= now
                 and (s.checked_out_at <= now) is not true) as on_duty,
         min(s.starts_at) filter (where now < s.ends_at and s.starts_at <= now and s.checked_in_at <= now
                                  and (s.checked_out_at <= now) is not true) as since
  from ops.workers w join ops.shifts s on s.worker_id = w.id, clock
  where w.role = 'grid_worker' and w.active and not s.cancelled
  group by w.id
),
activity as (
  select d.id, d.region_id, d.rostered, d.on_duty is true as on_duty, d.since, p.fixed_at, p.lon, p.lat,
    case
      when b.silent_since is not null then 'offline'
      when b.away_since is not null then 'off_grid'
      when p.still_since < now - interval '30 minutes' and not busy then 'still'
      when busy then 'handling'
      else 'patrol' end as doing
  from roster d left join ops.latest_positions p on p.worker_id = d.id
  left join board.presence b on b.worker_id = d.id
  cross join lateral (select exists (
    select from event e
    where e.worker_id = d.id and e.state = 'open' and e.signed_at is not null and e.stage = 'handle'
  ) as busy) h, clock
),
duty as (
  select region_id, key from activity cross join lateral (values
    ('rostered', rostered), ('on_duty', on_duty), (doing, on_duty)) as k (key, holds)
  where holds
)
select r.code, r.level, x.key, count(*)
from (select * from counted union all select * from duty) x
join up on up.region_id = x.region_id
join ops.regions r on r.id = up.at
join version v on v.region_id = r.id and v.stands
where r.level in ('district', 'street') or x.key in ('open', 'overdue')
group by 1, 2, 3
"""

WORKERS = (
    COUNTERS.partition("duty as (")[0].rstrip().rstrip(",")
    + """
select id, round(lon * 100000)::bigint, round(lat * 100000)::bigint, doing from activity
where on_duty and fixed_at >= since
"""
)

URGENT = """
select id, version, (due_at < %(now)s) is true as late,
  case when escalation >= 2 or (severity = 3 and due_at < %(now)s) then 1
       when escalation >= 1 or (severity = 3 and %(now)s between warn_at and due_at)
         or id in (select event_id from ops.supervision where kind = 'order' and closed_at is null) then 2
       else 0 end as level
from ops.events where state = 'open' and duplicate_of is null
"""

FLAGS = {"patrol": 0, "handling": 1, "still": 2, "off_grid": 3, "offline": 4}
OPEN_STAGES = ["report", "file", "dispatch", "handle", "feedback", "verify"]

Conn = psycopg.Connection[Any]


def counters(conn: Conn, now: datetime, zone: str = "Asia/Shanghai") -> dict[str, dict[str, int]]:
    """All counters that are not zero, by region code. For the seven-stage loop, satisfied from 3."""
    found: dict[str, dict[str, int]] = {}
    for code, _, key, number in conn.execute(COUNTERS, _terms(now, zone)):
        found.setdefault(code, {})[key] = number
    return found


def workers(conn: Conn, now: datetime, zone: str = "Asia/Shanghai") -> dict[int, tuple[int, int, int]]:
    """Workers on the map: place in 1e-5 degrees and flag, by id."""
    rows = conn.execute(WORKERS, _terms(now, zone))
    return {id_: (x, y, FLAGS[doing]) for id_, x, y, doing in rows}


def urgent_events(conn: Conn, now: datetime) -> dict[int, tuple[int, int, int]]:
    """Late or alerting events: version, late, alert level, by id."""
    rows = conn.execute(URGENT, {"now": now})
    return {id_: (version, int(late), level) for id_, version, late, level in rows if late or level}


def without_zeros(indicators: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """A mirror's counters as the oracle lists them."""
    present = {
        code: {key: number for key, number in counters.items() if number}
        for code, counters in indicators.items()
    }
    return {code: counters for code, counters in present.items() if counters}


def _terms(now: datetime, zone: str) -> dict[str, Any]:
    return {
        "now": now,
        "zone": zone,
        "satisfied_from": 3,
        "open_stages": OPEN_STAGES,
    }
