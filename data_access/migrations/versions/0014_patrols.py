"""The cells that patrols visited, shift by shift: a month of a district without reading its fixes again.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

UP = """
-- derived from ops.positions; a row holds only as long as worker, time and drawing are the shift's own
create table board.patrol_cells (
  shift_id bigint not null references ops.shifts (id) on delete cascade,
  drawn uuid not null,                     -- md5 of the grid's geometry
  worker_id bigint not null,
  since timestamptz not null,
  until timestamptz not null,
  made_at timestamptz not null,
  fixes integer not null,
  cells integer not null,
  visited integer not null,
  walked bytea not null,                   -- one bit a cell, in the order of the grid's cells
  primary key (shift_id, drawn)
);
create index patrol_cells_since on board.patrol_cells (since);

-- how far back the shifts have been looked through
create table board.patrol_pass (
  one boolean primary key default true check (one),
  before timestamptz not null
);
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute("drop table board.patrol_pass, board.patrol_cells")
