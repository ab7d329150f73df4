"""Where workers walked on shift before this process listened: one fix a minute and worker, over half an hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from dashboard.domain.fixes import WRONG, FixFlag

SPAN = timedelta(minutes=30)
MOST_WORKERS = 50_000

# Thirty index probes a worker, whatever the rate of their fixes: reading all of half an hour at one fix a
# second would be sixty times as many rows.
TRAILS = text(f"""
select p.worker_id, p.fixed_at, p.lon, p.lat
from (
  select l.worker_id, s.starts_at, least(s.ends_at, s.checked_out_at) as until
  from ops.latest_positions l
  join ops.shifts s on s.worker_id = l.worker_id and not s.cancelled and s.starts_at <= :now and s.ends_at > :start
  where l.fixed_at >= :start
  order by l.worker_id limit :most
) w
cross join generate_series(0, 29) as minute
cross join lateral (
  select worker_id, fixed_at, lon, lat
  from ops.positions
  where worker_id = w.worker_id
    and fixed_at >= greatest(:start + minute * interval '1 minute', w.starts_at)
    and fixed_at < least(:start + (minute + 1) * interval '1 minute', w.until)
    and flags & {int(WRONG | FixFlag.OFF_SHIFT)} = 0
  order by fixed_at desc
  limit 1
) p
order by p.worker_id, p.fixed_at
""")


def trails(conn: Connection, now: datetime) -> list[tuple[int, datetime, float, float]]:
    """(worker id, time, lon, lat) of the half hour before `now`, on shift, by worker and time. Degrees, WGS-84."""
    found = conn.execution_options(yield_per=5000).execute(
        TRAILS, {"start": now - SPAN, "now": now, "most": MOST_WORKERS}
    )
    return [(row.worker_id, row.fixed_at, row.lon, row.lat) for row in found]
