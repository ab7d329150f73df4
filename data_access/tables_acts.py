"""The tables of what supervisors' papers are delivered by, for SQLAlchemy's Core: a part of the mirror."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Integer, Table, Text, UniqueConstraint

from data_access.tables import METADATA, MOMENT

WEBHOOKS = Table(
    "webhooks",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("department_id", BigInteger, ForeignKey("ops.departments.id"), nullable=False),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("revoked_at", MOMENT),
    schema="board",
)
DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column(
        "supervision_id", BigInteger, ForeignKey("ops.supervision.id", ondelete="CASCADE"), nullable=False
    ),
    Column("webhook_id", BigInteger, ForeignKey("board.webhooks.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("body", Text),
    Column("attempts", Integer, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("next_at", MOMENT, nullable=False),
    Column("ended_at", MOMENT),
    UniqueConstraint("supervision_id", "webhook_id"),
    schema="board",
)
DELIVERY_ATTEMPTS = Table(
    "delivery_attempts",
    METADATA,
    Column(
        "delivery_id", BigInteger, ForeignKey("board.deliveries.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("number", Integer, primary_key=True),
    Column("at", MOMENT, nullable=False),
    Column("elapsed_ms", Integer, nullable=False),
    Column("status", Integer),
    Column("error", Text),
    schema="board",
)
