"""The operational schema `ops`, the dashboard's own schema `board`, and the outbox between them.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

from alembic import op

from data_access.migrations.first.board import BOARD
from data_access.migrations.first.events import EVENTS
from data_access.migrations.first.field import FIELD
from data_access.migrations.first.places import PLACES
from data_access.migrations.first.triggers import REFERENCE, TRIGGERS

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMAS = """
create extension if not exists btree_gist;
create schema if not exists ops;
create schema if not exists board;
"""


def upgrade() -> None:
    for statements in (SCHEMAS, PLACES, FIELD, EVENTS, BOARD, TRIGGERS):
        op.execute(statements)
    for table, kind in REFERENCE.items():
        op.execute(
            f"create trigger after_reference after insert or update or delete on {table} "
            f"for each row execute function board.after_reference('{kind}')"
        )
        op.execute(f"alter table {table} enable always trigger after_reference")


def downgrade() -> None:
    op.execute("drop schema board cascade")
    op.execute("drop schema ops cascade")
