"""What waits to be published, and what could not be: the outbox as operators see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

MOST_COUNTED = 10_000

BACKLOG = text("""
select clock_timestamp() as now,
  (select count(*) from (select 1 from board.outbox limit :most) as waiting) as depth,
  (select at from board.outbox order by id limit 1) as oldest,
  (select count(*) from (select 1 from board.outbox_dead limit :most) as dead) as dead
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """`depth` and `dead` stop counting at 10,000. `oldest_s`: how long the first row has waited."""

    now: datetime
    depth: int
    oldest_s: float
    dead: int


def backlog(conn: Connection) -> Backlog:
    """The outbox at this moment."""
    row = conn.execute(BACKLOG, {"most": MOST_COUNTED}).one()
    oldest_s = 0.0 if row.oldest is None else max(0.0, (row.now - row.oldest).total_seconds())
    return Backlog(now=row.now, depth=row.depth, oldest_s=oldest_s, dead=row.dead)
