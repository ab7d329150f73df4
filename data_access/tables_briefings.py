"""The table of issued briefings, for SQLAlchemy's Core: a part of the mirror."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    Identity,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

from data_access.tables import METADATA, MOMENT

BRIEFINGS = Table(
    "briefings",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("region", Text, nullable=False),
    Column("region_name", Text, nullable=False),
    Column("cadence", Text, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("version", Integer, nullable=False),
    Column("lang", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("start_at", MOMENT, nullable=False),
    Column("end_at", MOMENT, nullable=False),
    Column("as_of", MOMENT, nullable=False),
    Column("issued_at", MOMENT, nullable=False),
    Column("actor", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("departments", ARRAY(Text)),
    Column("masked", Boolean, nullable=False),
    Column("asked", JSONB, nullable=False),
    Column("content", Text, nullable=False),
    Column("digest", Text, nullable=False),
    UniqueConstraint("region", "cadence", "first_day", "version"),
    schema="board",
)
