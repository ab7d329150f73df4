"""How long the board keeps what it wrote itself: samples thin out with age, sessions end. The caller commits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import psycopg

LAYERS = ((timedelta(days=3), timedelta(minutes=10)), (timedelta(days=35), timedelta(hours=1)))
"""From this age on, one sample a bucket of this length stays: the first."""

KEPT = timedelta(days=400)
SPAN = timedelta(days=3)
"""Each run looks at this much beyond an age: what is older was thinned before."""

_THIN = """
delete from board.samples s using (
  select region_id, at, row_number() over (
    partition by region_id, date_bin(%(bucket)s, at, 'epoch'::timestamptz) order by at) as place
  from board.samples where at >= %(start)s and at < %(end)s) as ranked
where s.region_id = ranked.region_id and s.at = ranked.at and ranked.place > 1
"""


def thin_samples(connection: psycopg.Connection[Any], now: datetime) -> int:
    """Delete samples that are finer or older than their age allows; how many."""
    count = connection.execute("delete from board.samples where at < %s", (now - KEPT,)).rowcount
    for age, bucket in LAYERS:
        count += connection.execute(
            _THIN, {"bucket": bucket, "start": now - age - SPAN, "end": now - age}
        ).rowcount
    return count


def drop_sessions(connection: psycopg.Connection[Any], now: datetime) -> int:
    """Delete sessions that have run out; how many."""
    return connection.execute("delete from board.sessions where expires_at < %s", (now,)).rowcount
