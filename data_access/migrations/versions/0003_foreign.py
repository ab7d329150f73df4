"""What a field system's own SQL needs: coordinates of Chinese maps as WGS-84, and one way in for positions.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# The formulas of `dashboard.domain.geo`, for one point; a test compares the two.
WGS84 = """
create function ops.wgs84(lon double precision, lat double precision, datum text,
                          out wgs_lon double precision, out wgs_lat double precision)
language plpgsql immutable strict parallel safe as $$
declare
  turn constant double precision := pi() * 3000.0 / 180.0;
  want_lon double precision := lon;
  want_lat double precision := lat;
  radius double precision;
  angle double precision;
  x double precision;
  y double precision;
  shared double precision;
  north double precision;
  east double precision;
  magic double precision;
begin
  if datum not in ('WGS-84', 'GCJ-02', 'BD-09') then
    raise exception 'unknown datum %, there are WGS-84, GCJ-02 and BD-09', datum using errcode = '22023';
  end if;
  if datum = 'BD-09' then
    want_lon := lon - 0.0065;
    want_lat := lat - 0.006;
    for i in 1..8 loop
      radius := sqrt(want_lon ^ 2 + want_lat ^ 2) + 0.00002 * sin(want_lat * turn);
      angle := atan2(want_lat, want_lon) + 0.000003 * cos(want_lon * turn);
      want_lon := want_lon - (radius * cos(angle) + 0.0065 - lon);
      want_lat := want_lat - (radius * sin(angle) + 0.006 - lat);
    end loop;
  end if;
  wgs_lon := want_lon;
  wgs_lat := want_lat;
  if datum = 'WGS-84' then
    return;
  end if;
  for i in 1..8 loop
    if wgs_lon between 72.004 and 137.8347 and wgs_lat between 0.8293 and 55.8271 then
      x := wgs_lon - 105.0;
      y := wgs_lat - 35.0;
      shared := (20.0 * sin(6.0 * x * pi()) + 20.0 * sin(2.0 * x * pi())) * 2.0 / 3.0;
      north := -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + shared
        + (20.0 * sin(y * pi()) + 40.0 * sin(y / 3.0 * pi())) * 2.0 / 3.0
        + (160.0 * sin(y / 12.0 * pi()) + 320.0 * sin(y * pi() / 30.0)) * 2.0 / 3.0;
      east := 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + shared
        + (20.0 * sin(x * pi()) + 40.0 * sin(x / 3.0 * pi())) * 2.0 / 3.0
        + (150.0 * sin(x / 12.0 * pi()) + 300.0 * sin(x / 30.0 * pi())) * 2.0 / 3.0;
      magic := 1.0 - 0.006693421622965943 * sin(radians(wgs_lat)) ^ 2;
      north := north * 180.0 / (6378245.0 * (1.0 - 0.006693421622965943) / (magic * sqrt(magic)) * pi());
      east := east * 180.0 / (6378245.0 / sqrt(magic) * cos(radians(wgs_lat)) * pi());
    else
      north := 0.0;
      east := 0.0;
    end if;
    wgs_lon := wgs_lon - (wgs_lon + east - want_lon);
    wgs_lat := wgs_lat - (wgs_lat + north - want_lat);
  end loop;
end $$;
"""


def upgrade() -> None:
    op.execute(WGS84)


def downgrade() -> None:
    op.execute("drop function ops.wgs84(double precision, double precision, text)")
