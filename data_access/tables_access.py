"""The tables of access: users, sessions, kiosks, and the record. A part of the mirror in `data_access.tables`."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Identity,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

from data_access.tables import METADATA, MOMENT

USERS = Table(
    "users",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password", Text),
    Column("must_change", Boolean, nullable=False),
    Column("issuer", Text),
    Column("subject", Text),
    Column("worker_id", BigInteger, ForeignKey("ops.workers.id")),
    Column("roles", ARRAY(Text), nullable=False),
    Column("regions", ARRAY(Text)),
    Column("departments", ARRAY(Text)),
    Column("failures", SmallInteger, nullable=False),
    Column("locked_until", MOMENT),
    Column("disabled_at", MOMENT),
    Column("created_at", MOMENT, nullable=False),
    Column("signed_in_at", MOMENT),
    UniqueConstraint("issuer", "subject"),
    schema="board",
)
SESSIONS = Table(
    "sessions",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),
    Column("user_id", BigInteger, ForeignKey("board.users.id", ondelete="CASCADE"), nullable=False),
    Column("made_at", MOMENT, nullable=False),
    Column("seen_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Column("address", Text),
    Column("agent", Text),
    Column("number", BigInteger, Identity(always=True), nullable=False),
    schema="board",
)
KIOSKS = Table(
    "kiosks",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", Text, nullable=False),
    Column("layout", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("regions", ARRAY(Text)),
    Column("made_by", Text, nullable=False),
    Column("made_at", MOMENT, nullable=False),
    Column("seen_on", Date),
    Column("revoked_at", MOMENT),
    schema="board",
)
ACCESS_VERSION = Table(
    "access_version",
    METADATA,
    Column("one", Boolean, primary_key=True),
    Column("version", BigInteger, nullable=False),
    schema="board",
)
POSTURE = Table(
    "posture",
    METADATA,
    Column("one", Boolean, primary_key=True),
    Column("posture", Text, nullable=False),
    Column("since", MOMENT, nullable=False),
    schema="board",
)
AUDIT = Table(
    "audit",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", MOMENT, nullable=False),
    Column("actor", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("address", Text),
    Column("details", JSONB, nullable=False),
    schema="board",
)
AUDIT_CHAIN = Table(
    "audit_chain",
    METADATA,
    Column("seq", BigInteger, primary_key=True),
    Column("audit_id", BigInteger, nullable=False, unique=True),
    Column("hash", LargeBinary, nullable=False),
    schema="board",
)
