"""The triggers that count versions and fill the outbox."""

from __future__ import annotations

TRIGGERS = """
create function ops.before_event() returns trigger language plpgsql set search_path = '' as $$
begin
  if tg_op = 'UPDATE' then
    new.version := old.version + 1;
  end if;
  if new.changed_at is null or pg_catalog.current_setting('quanyu.bulk', true) is distinct from 'on' then
    new.changed_at := pg_catalog.clock_timestamp();
  end if;
  if new.due_at is not null and (new.warn_at is null or new.warn_at > new.due_at) then
    new.warn_at := new.due_at - (new.due_at - new.reported_at) * 0.25;
  elsif new.due_at is null then
    new.warn_at := null;
  end if;
  return new;
end $$;

create function ops.after_event() returns trigger language plpgsql set search_path = '' as $$
begin
  if pg_catalog.current_setting('quanyu.bulk', true) = 'on' then
    return null;
  end if;
  insert into board.outbox (kind, entity_id, version, region_old, region_new)
  values ('event',
          case tg_op when 'DELETE' then old.id else new.id end,
          case tg_op when 'DELETE' then old.version + 1 else new.version end,
          case tg_op when 'INSERT' then null else old.region_id end,
          case tg_op when 'DELETE' then null else new.region_id end);
  notify quanyu_outbox;
  return null;
end $$;

create function ops.before_version() returns trigger language plpgsql set search_path = '' as $$
begin
  new.version := old.version + 1;
  return new;
end $$;

create function ops.after_duty() returns trigger language plpgsql set search_path = '' as $$
begin
  if pg_catalog.current_setting('quanyu.bulk', true) = 'on' then
    return null;
  end if;
  insert into board.outbox (kind, entity_id, version)
  values (tg_argv[0],
          case tg_op when 'DELETE' then old.id else new.id end,
          case tg_op when 'DELETE' then old.version + 1 else new.version end);
  notify quanyu_outbox;
  return null;
end $$;

-- a change of feedback is a change of its event, under the event's row lock
create function ops.after_feedback() returns trigger language plpgsql set search_path = '' as $$
begin
  if pg_catalog.current_setting('quanyu.bulk', true) = 'on' then
    return null;
  end if;
  if tg_op <> 'INSERT' then
    update ops.events set version = version where id = old.event_id;
  end if;
  if tg_op = 'INSERT' or (tg_op = 'UPDATE' and new.event_id <> old.event_id) then
    update ops.events set version = version where id = new.event_id;
  end if;
  return null;
end $$;

-- the map, the taxonomy or a setting changed: one row for the whole statement
create function board.after_reference() returns trigger language plpgsql set search_path = '' as $$
begin
  if pg_catalog.current_setting('quanyu.bulk', true) = 'on' then
    return null;
  end if;
  insert into board.outbox (kind) values (tg_argv[0]);
  notify quanyu_outbox;
  return null;
end $$;

create trigger before_event before insert or update on ops.events for each row execute function ops.before_event();
create trigger after_event after insert or update or delete on ops.events for each row execute function ops.after_event();
create trigger before_worker before update on ops.workers for each row execute function ops.before_version();
create trigger after_worker after insert or update or delete on ops.workers for each row execute function ops.after_duty('worker');
create trigger before_shift before update on ops.shifts for each row execute function ops.before_version();
create trigger after_shift after insert or update or delete on ops.shifts for each row execute function ops.after_duty('shift');
create trigger after_feedback after insert or update or delete on ops.feedback for each row execute function ops.after_feedback();
alter table ops.events enable always trigger before_event;
alter table ops.events enable always trigger after_event;
alter table ops.workers enable always trigger before_worker;
alter table ops.workers enable always trigger after_worker;
alter table ops.shifts enable always trigger before_shift;
alter table ops.shifts enable always trigger after_shift;
alter table ops.feedback enable always trigger after_feedback;
"""

# Reference tables change rarely; a row trigger still works where rows are replicated.
REFERENCE = {
    "ops.regions": "region",
    "ops.region_versions": "region",
    "ops.categories": "category",
    "board.settings": "settings",
}
