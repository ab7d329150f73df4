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

# The rules of `dashboard.domain.fixes` and the statement of `data_access.writes.positions`, for one fix; a test
# compares what they say.
PUT_POSITION = """
create function ops.put_position(worker text, fixed_at timestamptz, lon double precision, lat double precision,
                                 accuracy_m double precision default null, speed_mps double precision default null,
                                 heading_deg double precision default null, battery_pct double precision default null,
                                 outside_shifts boolean default false)
returns text language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
  metres_per_degree constant double precision := pi() * 6371008.8 / 180.0;
  fix_at constant timestamptz := put_position.fixed_at;
  fix_lon constant double precision := put_position.lon;
  fix_lat constant double precision := put_position.lat;
  moment constant timestamptz := clock_timestamp();
  whose bigint;
  turn bigint;
  last ops.latest_positions;
  hop_m double precision;
  near boolean;
  bits integer := 0;
begin
  select w.id into whose from ops.workers w where w.code = put_position.worker and w.active;
  if whose is null then
    return 'unknown_worker';
  end if;
  if fix_at is null or not isfinite(fix_at) or (fix_lon between -180 and 180 and fix_lat between -90 and 90) is not true then
    return 'no_place';
  end if;
  select s.id into turn from ops.shifts s
    where s.worker_id = whose and not s.cancelled and s.starts_at <= fix_at and fix_at < least(s.ends_at, s.checked_out_at)
    order by s.id limit 1;
  if turn is null then
    if not put_position.outside_shifts then
      return 'off_shift';
    end if;
    bits := bits | 512;
  end if;
  bits := bits
    | case when fix_at < moment - interval '10 minutes' then 1 else 0 end
    | case when fix_at > moment + interval '1 minute' then 16 else 0 end
    | case when abs(fix_lon) < 1e-6 and abs(fix_lat) < 1e-6 then 64 else 0 end
    | case when put_position.accuracy_m > 1000 then 256 else 0 end;
  select l.* into last from ops.latest_positions l where l.worker_id = whose for update;
  if last.worker_id is not null then
    hop_m := metres_per_degree * sqrt(((fix_lon - last.lon) * cos(radians(fix_lat))) ^ 2 + (fix_lat - last.lat) ^ 2);
    if fix_at <= last.fixed_at then
      bits := bits | case when exists (
        select from ops.positions p
        where p.worker_id = whose and p.fixed_at = fix_at and p.lon = fix_lon and p.lat = fix_lat) then 2 else 4 end;
    elsif bits & 511 = 0 and fix_at - last.fixed_at <= interval '10 minutes' and hop_m > 300
          and hop_m > 70 * greatest(1, extract(epoch from fix_at - last.fixed_at)) then
      bits := bits | 8;
    end if;
  end if;
  insert into ops.positions (worker_id, fixed_at, received_at, lon, lat, accuracy_m, speed_mps, heading_deg, battery_pct, flags)
  values (whose, fix_at, moment, fix_lon, fix_lat, put_position.accuracy_m, put_position.speed_mps,
          put_position.heading_deg, put_position.battery_pct, bits);
  if bits & 511 <> 0 then
    return 'flagged';
  end if;
  near := last.worker_id is not null and ((fix_lon - last.still_lon) * cos(radians(fix_lat))) ^ 2
    + (fix_lat - last.still_lat) ^ 2 <= (50.0 / 111195.0) ^ 2;
  insert into ops.latest_positions as l (worker_id, fixed_at, received_at, lon, lat, accuracy_m, speed_mps,
    heading_deg, battery_pct, still_lon, still_lat, still_since)
  values (whose, fix_at, moment, fix_lon, fix_lat, put_position.accuracy_m, put_position.speed_mps,
          put_position.heading_deg, put_position.battery_pct, case when near then last.still_lon else fix_lon end,
          case when near then last.still_lat else fix_lat end, case when near then last.still_since else fix_at end)
  on conflict (worker_id) do update set
    fixed_at = excluded.fixed_at, received_at = excluded.received_at, lon = excluded.lon, lat = excluded.lat,
    accuracy_m = excluded.accuracy_m, speed_mps = excluded.speed_mps, heading_deg = excluded.heading_deg,
    battery_pct = excluded.battery_pct, still_lon = excluded.still_lon, still_lat = excluded.still_lat,
    still_since = excluded.still_since
  where excluded.fixed_at > l.fixed_at;
  update ops.shifts s set checked_in_at = fix_at where s.id = turn and s.checked_in_at is null;
  return 'taken';
end $$;
"""


def upgrade() -> None:
    op.execute(WGS84)
    op.execute(PUT_POSITION)


def downgrade() -> None:
    op.execute("drop function ops.put_position")
    op.execute("drop function ops.wgs84(double precision, double precision, text)")
