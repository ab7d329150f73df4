"""Keeps who is away from the own grid or silent, as the leading relay says it: one row each, gone when it is over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from psycopg import Connection

from dashboard.domain.facts import Watched
from data_access.queries.presence import load_watched

_MOMENT: Final = "timestamptz 'epoch' + {} * interval '1 microsecond'"
_PUT: Final = f"""
insert into board.presence (worker_id, away_since, silent_since)
select worker_id, {_MOMENT.format("away_us")}, {_MOMENT.format("silent_us")}
from unnest(%s::bigint[], %s::bigint[], %s::bigint[]) as w (worker_id, away_us, silent_us)
on conflict (worker_id) do update set away_since = excluded.away_since, silent_since = excluded.silent_since
"""


class PresenceBook:
    """What stands in the table, so that only changes are written. Reads it once."""

    def __init__(self) -> None:
        self._kept: dict[int, Watched] | None = None

    def keep(self, conn: Connection[Any], watched: Mapping[int, Watched]) -> None:
        """Make the table say this."""
        if self._kept is None:
            self._kept = load_watched(conn)
        put = {worker: told for worker, told in watched.items() if self._kept.get(worker) != told}
        gone = [worker for worker in self._kept if worker not in watched]
        if put:
            away = [told.away_us for told in put.values()]
            silent = [told.silent_us for told in put.values()]
            conn.execute(_PUT, (list(put), away, silent))
        if gone:
            conn.execute("delete from board.presence where worker_id = any(%s)", (gone,))
        if put or gone:
            self._kept = dict(watched)
