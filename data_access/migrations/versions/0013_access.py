"""Whether the district is in its normal state or in an emergency, which every wall shows.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

UP = """
create table board.posture (
  one boolean primary key default true check (one),
  posture text not null check (posture in ('normal', 'emergency')),
  since timestamptz not null default clock_timestamp()
);
insert into board.posture (posture) values ('normal');
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute("drop table board.posture")
