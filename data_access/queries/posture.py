"""The district's posture as it stands."""

from __future__ import annotations

from typing import Any, Final

from psycopg import Connection

from dashboard.domain.posture import CALM, Posture, Standing

STANDING: Final = "select posture, since from board.posture"


def standing(conn: Connection[Any]) -> Standing:
    """The posture and since when."""
    row = conn.execute(STANDING).fetchone()
    return CALM if row is None else Standing(posture=Posture(row[0]), since=row[1])
