"""The tables of what patrols covered, for SQLAlchemy's Core: a part of the mirror."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, LargeBinary, Table, Uuid

from data_access.tables import METADATA, MOMENT

PATROL_CELLS = Table(
    "patrol_cells",
    METADATA,
    Column("shift_id", BigInteger, ForeignKey("ops.shifts.id", ondelete="CASCADE"), primary_key=True),
    Column("drawn", Uuid, primary_key=True),
    Column("worker_id", BigInteger, nullable=False),
    Column("since", MOMENT, nullable=False),
    Column("until", MOMENT, nullable=False),
    Column("made_at", MOMENT, nullable=False),
    Column("fixes", Integer, nullable=False),
    Column("cells", Integer, nullable=False),
    Column("visited", Integer, nullable=False),
    Column("walked", LargeBinary, nullable=False),
    schema="board",
)
PATROL_PASS = Table(
    "patrol_pass",
    METADATA,
    Column("one", Boolean, primary_key=True),
    Column("before", MOMENT, nullable=False),
    schema="board",
)
