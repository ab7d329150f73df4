"""Patrol coverage: how much of their own grids the workers on shift have visited, from their tracks.

A shift that was checked in to counts with the window that it began in, from its begin to the check-out, its end, or
now, and its grid as it was drawn when the shift began. Of shifts that ended, what they covered is kept; of those that
go on the tracks are read, so a question may be about a bounded number of these: a community at work, or a district at
any time before today.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from sqlalchemy import Connection, Row, text

from dashboard.domain.coverage import cells_of_wkb
from dashboard.domain.indicators import Group
from dashboard.domain.words import Words
from data_access.queries.patrols import DRAWINGS, DRAWN, KEPT, PATROLS, walked
from data_access.queries.placing import Placing, placed
from data_access.queries.selection import Selection
from data_access.queries.tallies import Tally

MOST_READ = 100
"""Shifts whose fixes one question reads."""
MOST_SHIFTS = 100_000
"""Shifts that one question looks at."""

NO_SHIFT = Words(
    zh="没有可计算的数据：所选时段内没有已签到的班次",
    en="Nothing to measure: no shift that was checked in to began in the window",
)
NO_TRACK = Words(
    zh="没有可计算的数据：这些班次没有轨迹，或轨迹已过保存期",
    en="Nothing to measure: these shifts left no tracks, or the tracks are no longer kept",
)
TOO_MANY = Words(
    zh="班次过多或进行中的班次过多，无法在线计算覆盖率：请选择下级区域，或选择较短且已结束的时段",
    en="Too many shifts, or too many under way: ask for a smaller region, or for a shorter time that is over",
)

COUNTED = text(f"""
with {DRAWINGS}, {PATROLS}
select {placed("p.region_id", "p.since")}, sum(c.visited) as visited, sum(c.cells) as cells,
       count(*) filter (where c.fixes > 0) as tracks, count(*) as shifts,
       count(*) filter (where c.shift_id is null) as waiting
from patrols p join drawings d on {DRAWN} left join board.patrol_cells c on {KEPT}
group by 1, 2
""")

WAITING = text(f"""
with {DRAWINGS}, {PATROLS}
select {placed("p.region_id", "p.since")}, p.worker_id, p.since, p.until, d.geom
from patrols p join drawings d on {DRAWN} left join board.patrol_cells c on {KEPT}
where c.shift_id is null
""")


def coverage(conn: Connection, selection: Selection, placing: Placing, found: dict[int, Tally]) -> None:
    """Add cells visited and cells to visit to the tallies, summed over the shifts; the reason where there are too
    many to read, none, or none that left a track."""
    values = selection.values() | placing.values() | {"most": MOST_SHIFTS + 1}
    rows = conn.execute(COUNTED, values).all()
    waiting = sum(row.waiting for row in rows)
    if waiting > MOST_READ or sum(row.shifts for row in rows) > MOST_SHIFTS:
        for target in placing.every():
            found[target].missing[Group.COVERAGE] = TOO_MANY
        return
    sums: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for row in rows:
        for target in placing.target(row.region, row.span):
            sums[target].update(visited=int(row.visited or 0), cells=int(row.cells or 0), tracks=row.tracks)
    for row in conn.execute(WAITING, values) if waiting else ():
        for target in placing.target(row.region, row.span):
            sums[target].update(_read(conn, row))
    for target in placing.every():
        if sums[target]["tracks"]:
            found[target].counts["visited"] = sums[target]["visited"]
            found[target].counts["cells"] = sums[target]["cells"]
        else:
            found[target].empty[Group.COVERAGE] = NO_TRACK if sums[target]["cells"] else NO_SHIFT


def _read(conn: Connection, row: Row[Any]) -> dict[str, int]:
    cells = cells_of_wkb(bytes(row.geom))
    walk = walked(conn, row.worker_id, row.since, row.until, cells)
    if walk is None:
        return {"cells": cells.count}
    return {"visited": int(walk.sum()), "cells": cells.count, "tracks": 1}
