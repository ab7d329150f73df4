"""The tables of rotas and attendance, for SQLAlchemy's Core: a part of the mirror."""

from __future__ import annotations

from sqlalchemy import ARRAY, BigInteger, Column, Date, ForeignKey, Identity, Integer, Table, Text

from data_access.tables import METADATA, MOMENT

ROTA_PATTERNS = Table(
    "rota_patterns",
    METADATA,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_en", Text),
    Column("turns", ARRAY(Text), nullable=False),
    Column("anchor", Date, nullable=False),
    Column("rests", Text, nullable=False),
    schema="ops",
)
ROTA_ASSIGNMENTS = Table(
    "rota_assignments",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("worker_id", BigInteger, ForeignKey("ops.workers.id"), nullable=False),
    Column("pattern", Text, ForeignKey("ops.rota_patterns.code"), nullable=False),
    Column("step", Integer, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("until_day", Date),
    schema="ops",
)
ROTA_CHANGES = Table(
    "rota_changes",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("worker_id", BigInteger, ForeignKey("ops.workers.id"), nullable=False),
    Column("day", Date, nullable=False),
    Column("other_id", BigInteger, ForeignKey("ops.workers.id")),
    Column("other_day", Date),
    Column("turn", Text),
    Column("note", Text),
    Column("actor", Text),
    Column("at", MOMENT, nullable=False),
    schema="ops",
)
EXCUSES = Table(
    "excuses",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("shift_id", BigInteger, ForeignKey("ops.shifts.id", ondelete="CASCADE"), nullable=False),
    Column("mark", Text, nullable=False),
    Column("reason", Text),
    Column("actor", Text, nullable=False),
    Column("at", MOMENT, nullable=False),
    schema="board",
)
SHIFT_WATCH = Table(
    "shift_watch",
    METADATA,
    Column("shift_id", BigInteger, ForeignKey("ops.shifts.id", ondelete="CASCADE"), primary_key=True),
    Column("since", MOMENT, nullable=False),
    Column("until", MOMENT, nullable=False),
    Column("fixes", Integer, nullable=False),
    Column("away", ARRAY(BigInteger), nullable=False),
    Column("silent", ARRAY(BigInteger), nullable=False),
    schema="board",
)
PRESENCE = Table(
    "presence",
    METADATA,
    Column("worker_id", BigInteger, primary_key=True, autoincrement=False),
    Column("away_since", MOMENT),
    Column("silent_since", MOMENT),
    schema="board",
)
