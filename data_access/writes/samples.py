"""Writes the counters of the district and the streets once a minute: what "yesterday at this time" needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg import Connection


def write_samples(conn: Connection[Any], minute: datetime, counters: Mapping[int, Mapping[str, int]]) -> None:
    """One row a region for that minute.

    Counters that are zero are left out. A later writer of the minute wins.
    """
    texts = [json.dumps({key: value for key, value in found.items() if value}) for found in counters.values()]
    conn.execute(
        "insert into board.samples (region_id, at, counters) "
        "select region_id, %s, counters from unnest(%s::bigint[], %s::jsonb[]) as s (region_id, counters) "
        "where exists (select from ops.regions r where r.id = s.region_id) "
        "on conflict (region_id, at) do update set counters = excluded.counters",
        (minute, list(counters), texts),
    )
