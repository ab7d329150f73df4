"""Reads the newest position of every worker: all of them, as a cursor on time would lose late commits."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection

from dashboard.domain.facts import Fixes

# One value instead of ten thousand rows: measured at 6 ms and half a millisecond of our own CPU for 9,756
# workers, against 30 to 40 ms and 17 ms of CPU for rows or COPY. The *send functions give the binary wire
# format.
PACKED: Final = """
select string_agg(int8send(worker_id) || timestamptz_send(fixed_at) || timestamptz_send(received_at)
                  || timestamptz_send(still_since) || float8send(lon) || float8send(lat), '')
from ops.latest_positions
"""
_ROW: Final = np.dtype(
    [
        ("worker_id", ">i8"),
        ("fixed_at", ">i8"),
        ("received_at", ">i8"),
        ("still_since", ">i8"),
        ("lon", ">f8"),
        ("lat", ">f8"),
    ]
)
_EPOCH_GAP_US: Final = 946_684_800_000_000
"""PostgreSQL counts from 2000, Unix from 1970."""


def load_fixes(conn: Connection[Any]) -> Fixes:
    """The newest fix of every worker, in no order."""
    with conn.cursor(binary=True) as cursor:
        found = cursor.execute(PACKED).fetchone()
    packed = found[0] if found and found[0] is not None else b""
    rows = np.frombuffer(packed, dtype=_ROW)
    return Fixes(
        worker_id=rows["worker_id"].astype(np.int64),
        fixed_us=_unix_us(rows["fixed_at"]),
        received_us=_unix_us(rows["received_at"]),
        still_us=_unix_us(rows["still_since"]),
        lon=rows["lon"].astype(np.float64),
        lat=rows["lat"].astype(np.float64),
    )


def _unix_us(column: NDArray[Any]) -> NDArray[np.int64]:
    far = np.int64(2**62)  # infinity, which a clumsy client may send, must not overflow
    moments: NDArray[np.int64] = np.clip(column.astype(np.int64), -far, far) + _EPOCH_GAP_US
    return moments
