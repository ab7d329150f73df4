"""Patrols: the shifts of grid workers who came, the grid as it was drawn, and the cells that their fixes lie in.

Owns which fixes count, and which row of `board.patrol_cells` holds for a shift: one made for the same worker, time and
drawing. Shifts that go on have none yet, nor those that ended just now: of these the fixes are read.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import numpy as np
from sqlalchemy import Connection, text

from dashboard.domain.coverage import Cells, Truth
from dashboard.domain.fixes import WRONG, FixFlag
from data_access.packing import sent, unpacked
from data_access.queries.selection import within

# A region is as its first version drew it before that began, too.
DRAWINGS: Final = """
drawings as (
  select v.region_id, v.geom, md5(v.geom)::uuid as drawn,
         case when row_number() over mine = 1 then '-infinity' else v.valid_from end as since,
         coalesce(lead(v.valid_from) over mine, 'infinity') as until
  from ops.region_versions v join ops.regions r on r.id = v.region_id
  where r.level in ('grid', 'micro_grid')
  window mine as (partition by v.region_id order by v.valid_from)
)"""
PATROLS: Final = f"""
patrols as materialized (
  select s.id, s.worker_id, w.region_id, s.starts_at as since,
         greatest(least(s.ends_at, s.checked_out_at, :now), s.starts_at) as until
  from ops.shifts s join ops.workers w on w.id = s.worker_id join ops.regions r on r.id = w.region_id
  where s.starts_at >= :start and s.starts_at < :end and s.checked_in_at <= :now and not s.cancelled
    and w.role = 'grid_worker' and r.level in ('grid', 'micro_grid') and {within("w.region_id", "s.starts_at")}
  limit cast(:most as bigint)
)"""
"""Shifts of a ground that began between two moments, at most so many (null: all)."""
DRAWN: Final = "d.region_id = p.region_id and p.since >= d.since and p.since < d.until"
KEPT: Final = """
c.shift_id = p.id and c.drawn = d.drawn and c.worker_id = p.worker_id and c.since = p.since and c.until = p.until"""
FIXES: Final = f"""
select {sent(("lon", "float8"), ("lat", "float8"))} from ops.positions
where worker_id = {{worker_id}} and fixed_at >= {{since}} and fixed_at < {{until}}
  and flags & {int(WRONG | FixFlag.OFF_SHIFT)} = 0
"""
_FIXES: Final = text(FIXES.format(worker_id=":worker_id", since=":since", until=":until"))


def walked(conn: Connection, worker_id: int, since: datetime, until: datetime, cells: Cells) -> Truth | None:
    """Which of the cells a worker's fixes of that time lie in, read anew; None where there are no fixes."""
    values = {"worker_id": worker_id, "since": since, "until": until}
    return walked_by(conn.execute(_FIXES, values).scalar_one(), cells)[1]


def walked_by(packed: bytes | None, cells: Cells) -> tuple[int, Truth | None]:
    """How many fixes there are, and which of the cells they lie in."""
    lon, lat = unpacked(packed, "float8", "float8")
    return len(lon), cells.walked(lon, lat) if len(lon) else None


def as_bits(walk: Truth) -> bytes:
    """Cells as a row keeps them."""
    return np.packbits(walk).tobytes()


def from_bits(packed: bytes, patrols: int, cells: Cells) -> Truth:
    """The cells of several patrols, one row each, from their rows one behind another."""
    rows = np.frombuffer(packed, dtype=np.uint8).reshape(patrols, -1)
    return np.unpackbits(rows, axis=1, count=cells.count).astype(bool)
