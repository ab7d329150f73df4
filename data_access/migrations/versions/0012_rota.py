"""Who is away from the own grid or silent just now.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

UP = """
-- as the leading relay says it, from fixes as they come; who is neither has no row. Readers trust it only for those
-- who are on duty.
create table board.presence (
  worker_id bigint primary key,
  away_since timestamptz,
  silent_since timestamptz,
  check (away_since is not null or silent_since is not null)
);
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute("drop table board.presence")
