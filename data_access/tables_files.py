"""The table of the files that are made in the background, for SQLAlchemy's Core: a part of the mirror."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Identity, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from data_access.tables import METADATA, MOMENT

FILE_JOBS = Table(
    "file_jobs",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("lang", Text, nullable=False),
    Column("question", JSONB, nullable=False),
    Column("title", Text, nullable=False),
    Column("quick", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("cancelling", Boolean, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("total", BigInteger),
    Column("note", Text, nullable=False),
    Column("slot", Integer),
    Column("attempts", Integer, nullable=False),
    Column("file_name", Text),
    Column("stored_as", Text),
    Column("size_bytes", BigInteger),
    Column("rows", BigInteger),
    Column("sees", Text),
    Column("error", JSONB),
    Column("created_at", MOMENT, nullable=False),
    Column("started_at", MOMENT),
    Column("ended_at", MOMENT),
    schema="board",
)
