"""The mirror of the tables in which history is kept by day. Owns nothing: the migrations make them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Identity,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from data_access.tables import METADATA, MOMENT

ROLLUP_KINDS = Table(
    "rollup_kinds",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("category_id", BigInteger, nullable=False),
    Column("department_id", BigInteger, nullable=False),
    Column("bits", Integer, nullable=False),
    UniqueConstraint("category_id", "department_id", "bits"),
    schema="board",
)
ROLLUP_DAYS = Table(
    "rollup_days",
    METADATA,
    Column("clock", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("serial", BigInteger, nullable=False),
    Column("made_for", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("settled_at", MOMENT, nullable=False),
    Column("packed", LargeBinary, nullable=False),
    schema="board",
)
ROLLUP_MARKS = Table(
    "rollup_marks",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("event_id", BigInteger, nullable=False),
    Column("reported_at", MOMENT),
    Column("due_at", MOMENT),
    Column("closed_at", MOMENT),
    Column("asked_at", MOMENT),
    Column("answered_at", MOMENT),
    schema="board",
)
ROLLUP_STATE = Table(
    "rollup_state",
    METADATA,
    Column("one", Boolean, primary_key=True),
    Column("epoch", Uuid, nullable=False),
    Column("serial", BigInteger, nullable=False),
    schema="board",
)
