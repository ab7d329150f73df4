"""Repeats: events with one of the same category near them shortly before.

Events are laid on squares of the radius, so that a repeat lies in its own square or one of the eight around
it, and the search is one hash join. The earlier event may lie in another region: a border does not make it
a new matter.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, text

from dashboard.domain.geo import EARTH_RADIUS_M, degrees_per_metre
from dashboard.domain.indicators import Group
from dashboard.domain.words import Words
from data_access.queries.placing import Placing, of_event
from data_access.queries.selection import Selection, event_in_region
from data_access.queries.tallies import Tally

MOST = 100_000
"""Events that are searched for repeats in one question."""

TOO_MANY = Words(
    zh="事件过多，无法在线计算重复率：请缩短时段或选择更小的区域",
    en="Too many events to search for repeats: ask for a shorter time or a smaller region",
)

TARGETS = text(f"""
select {of_event("e.reported_at")}, count(*) as placed, max(abs(e.lat)) as high
from ops.events e
where e.reported_at >= :start and e.reported_at < :end and e.lon is not null and e.lat is not null
  and {event_in_region("e.reported_at")}
group by 1, 2
""")

REPEATS = text(f"""
with targets as materialized (
  select {of_event("e.reported_at")}, e.id, e.category_id, e.lon, e.lat, e.reported_at,
         floor(e.lon / :lon_step) as x, floor(e.lat / :lat_step) as y
  from ops.events e
  where e.reported_at >= :start and e.reported_at < :end and e.lon is not null and e.lat is not null
    and {event_in_region("e.reported_at")}
), earlier as materialized (
  select e.id, e.category_id, e.lon, e.lat, e.reported_at,
         floor(e.lon / :lon_step) as x, floor(e.lat / :lat_step) as y
  from ops.events e
  where e.reported_at >= :since and e.reported_at < :end and e.lon is not null and e.lat is not null
    and e.state <> 'void' and e.duplicate_of is null
)
select t.region, t.span, count(distinct t.id) as repeats
from targets t
cross join (values (-1), (0), (1)) as dx (x)
cross join (values (-1), (0), (1)) as dy (y)
join earlier p on p.category_id = t.category_id and p.x = t.x + dx.x and p.y = t.y + dy.y
where (p.reported_at, p.id) < (t.reported_at, t.id)
  and p.reported_at >= t.reported_at - cast(:reach as interval)
  and 2 * :earth_radius_m * asin(sqrt(least(1.0,
        sin(radians(p.lat - t.lat) / 2) ^ 2
        + cos(radians(p.lat)) * cos(radians(t.lat)) * sin(radians(p.lon - t.lon) / 2) ^ 2
      ))) <= :radius_m
group by 1, 2
""")


def repeats(conn: Connection, selection: Selection, placing: Placing, found: dict[int, Tally]) -> None:
    """Add events with a position and repeats to the tallies; the reason where there are too many to search."""
    values: dict[str, Any] = selection.values() | placing.values()
    rows = conn.execute(TARGETS, values).all()
    if sum(row.placed for row in rows) > MOST:
        for target in placing.every():
            found[target].missing[Group.REPEAT] = TOO_MANY
        return
    if not rows:
        return
    radius_m, reach = selection.terms.repeat_radius_m, timedelta(days=selection.terms.repeat_days)
    # A step must be at least the radius everywhere: longitudes are shortest far from the equator.
    lon_metre, lat_metre = degrees_per_metre(min(max(row.high for row in rows) + 0.1, 89.0))
    values |= {
        "lon_step": lon_metre * radius_m * 1.001,
        "lat_step": lat_metre * radius_m * 1.001,
        "radius_m": radius_m,
        "reach": reach,
        "since": selection.window.start - reach,
        "earth_radius_m": EARTH_RADIUS_M,
    }
    for row in rows:
        for target in placing.target(row.region, row.span):
            found[target].counts["placed"] += row.placed
    for row in conn.execute(REPEATS, values):
        for target in placing.target(row.region, row.span):
            found[target].counts["repeats"] += row.repeats
