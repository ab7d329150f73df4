"""A worker's day out of a hundred million fixes: the index carries what a track is made of.

Fixes lie in the table in the order in which they came, all workers' side by side, so that ten thousand of one worker are
on ten thousand pages; in the index they lie in a row. Pages are marked as visible to all often enough that the table
need not be asked.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

UP = """
create index positions_track on ops.positions (worker_id, fixed_at)
  include (received_at, lon, lat, accuracy_m, speed_mps, battery_pct, flags);
drop index ops.positions_worker;
alter table ops.positions_default set (
  autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 500000);
"""

DOWN = """
create index positions_worker on ops.positions (worker_id, fixed_at);
drop index ops.positions_track;
alter table ops.positions_default reset (
  autovacuum_vacuum_insert_scale_factor, autovacuum_vacuum_insert_threshold);
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
