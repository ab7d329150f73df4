"""Which events feedback belongs to. Owns looking them up for imports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg


def events_by_code(
    connection: psycopg.Connection[Any], codes: Sequence[str]
) -> dict[str, tuple[int, datetime]]:
    """Id and time of report of those events that there are, by code."""
    rows = connection.execute(
        "select code, id, reported_at from ops.events where code = any(%s)", (list(codes),)
    ).fetchall()
    return {code: (id_, reported_at) for code, id_, reported_at in rows}
