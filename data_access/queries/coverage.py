"""Patrol coverage: how much of their own grids the workers on shift have visited, from their tracks.

A shift counts with the window that it began in, from check-in to check-out, its end, or now, and its grid as
it was drawn when the shift began. Tracks are large, so a question may ask for a bounded number of shifts: a
grid or a community, not a district.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, Row, text

from dashboard.domain.coverage import Cells, cells_of
from dashboard.domain.fixes import WRONG
from dashboard.domain.indicators import Group
from dashboard.domain.words import Words
from data_access.queries.placing import Placing, placed
from data_access.queries.selection import Selection, within
from data_access.queries.tallies import Tally

MOST_SHIFTS = 100

NO_SHIFT = Words(
    zh="没有可计算的数据：所选时段内没有已签到的班次",
    en="Nothing to measure: no shift that was checked in to began in the window",
)
NO_TRACK = Words(
    zh="没有可计算的数据：这些班次没有轨迹，或轨迹已过保存期",
    en="Nothing to measure: these shifts left no tracks, or the tracks are no longer kept",
)
TOO_MANY = Words(
    zh="班次过多，无法在线计算覆盖率：请选择社区或网格，或缩短时段",
    en="Too many shifts for their tracks: ask for a community or a grid, or a shorter time",
)

SHIFTS = text(f"""
select {placed("w.region_id", "s.starts_at")}, s.worker_id, s.checked_in_at as since, v.geom,
       least(coalesce(s.checked_out_at, s.ends_at), s.ends_at, :now) as until
from ops.shifts s
join ops.workers w on w.id = s.worker_id
join ops.regions r on r.id = w.region_id
cross join lateral (
  select x.geom from ops.region_versions x where x.region_id = w.region_id
  order by x.valid_from <= s.starts_at desc, case when x.valid_from <= s.starts_at then x.valid_from end desc,
           x.valid_from
  limit 1
) v
where s.starts_at >= :start and s.starts_at < :end and s.checked_in_at <= :now and not s.cancelled
  and w.role = 'grid_worker' and r.level in ('grid', 'micro_grid')
  and {within("w.region_id", "s.starts_at")}
order by s.id
limit :limit
""")

TRACK = text(f"""
select string_agg(float8send(p.lon) || float8send(p.lat), ''::bytea) as packed
from ops.positions p
where p.worker_id = :worker_id and p.fixed_at >= :since and p.fixed_at < :until
  and p.flags & {int(WRONG)} = 0
""")


def coverage(conn: Connection, selection: Selection, placing: Placing, found: dict[int, Tally]) -> None:
    """Add cells visited and cells to visit to the tallies, summed over the shifts; the reason where there are too
    many, none, or none that left a track."""
    values = selection.values() | placing.values() | {"limit": MOST_SHIFTS + 1}
    shifts = conn.execute(SHIFTS, values).all()
    for target in placing.every():
        if len(shifts) > MOST_SHIFTS:
            found[target].missing[Group.COVERAGE] = TOO_MANY
        else:
            found[target].empty[Group.COVERAGE] = NO_SHIFT
    if len(shifts) > MOST_SHIFTS:
        return
    patrols: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for shift in shifts:
        for target in placing.target(shift.region, shift.span):
            patrols[target].append(shift)
    for target, mine in patrols.items():
        _add(conn, mine, found[target])


def _add(conn: Connection, shifts: list[Row[Any]], tally: Tally) -> None:
    cells: dict[bytes, Cells] = {}
    visited = total = tracks = 0
    for shift in shifts:
        shape = bytes(shift.geom)
        if shape not in cells:
            cells[shape] = cells_of(shapely.from_wkb(shape))
        own = cells[shape]
        total += own.count
        values = {"worker_id": shift.worker_id, "since": shift.since, "until": shift.until}
        packed = conn.execute(TRACK, values).scalar_one()
        if packed:
            tracks += 1
            fixes = np.frombuffer(packed, dtype=">f8").astype(np.float64).reshape(-1, 2)
            visited += own.visited(fixes[:, 0], fixes[:, 1])
    if tracks:
        tally.counts["visited"], tally.counts["cells"] = visited, total
    else:
        tally.empty[Group.COVERAGE] = NO_TRACK
