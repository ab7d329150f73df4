"""Switching the district's posture. Owns its SQL; the caller commits."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from psycopg import Connection

from dashboard.domain.posture import Posture

SWITCH: Final = """
update board.posture set posture = %(posture)s, since = %(now)s where posture <> %(posture)s returning true
"""


def switch(conn: Connection[Any], posture: Posture, now: datetime) -> bool:
    """Whether it was another one before; of several who switch to the same one at once, one did."""
    return conn.execute(SWITCH, {"posture": str(posture), "now": now}).fetchone() is not None
