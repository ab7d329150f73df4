"""Reads who is away from the own grid or silent, as the leading relay last said."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from dashboard.domain.facts import Watched

_US = "(extract(epoch from {}) * 1000000)::bigint"
WATCHED = f"""
select worker_id, {_US.format("away_since")}, {_US.format("silent_since")} from board.presence
"""


def load_watched(conn: Connection[Any]) -> dict[int, Watched]:
    """By worker id."""
    return {row[0]: Watched(away_us=row[1], silent_us=row[2]) for row in conn.execute(WATCHED)}
