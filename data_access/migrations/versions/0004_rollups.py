"""Closed events day by day in columns, kept beside the rows: history is answered without reading it.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = """
-- what a closed event is beside where and when: category, department, and source, severity, lateness, stage as bits
create table board.rollup_kinds (
  id bigint primary key,
  category_id bigint not null,
  department_id bigint not null,                     -- 0: none
  bits integer not null,
  unique (category_id, department_id, bits)
);

-- one day (UTC) of one clock: the events or askings that it counts, as packed columns
create table board.rollup_days (
  clock text not null check (clock in ('reported', 'due', 'closed', 'asked', 'answered')),
  day date not null,
  serial bigint not null,                            -- of the run that wrote it
  made_for text not null,                            -- layout and working hours; empty: to be made again
  rows integer not null,
  settled_at timestamptz not null,                   -- what it says holds for moments after this one
  packed bytea not null,
  primary key (clock, day)
);
alter table board.rollup_days alter column packed set storage external;
create index rollup_days_serial on board.rollup_days (serial);

-- events that changed since their days were packed, and where they may lie in them
create table board.rollup_marks (
  id bigint generated always as identity primary key,
  event_id bigint not null,
  reported_at timestamptz,
  due_at timestamptz,
  closed_at timestamptz,
  asked_at timestamptz,
  answered_at timestamptz
);

create table board.rollup_state (
  one boolean primary key default true check (one),
  epoch uuid not null default gen_random_uuid(),     -- another one: all that was known of the days is void
  serial bigint not null default 0
);
insert into board.rollup_state default values;
"""

# A change marks the event with the clocks that it had: that is where the packed days hold it, if not where it is now.
TRIGGERS = """
create function board.after_event_counted() returns trigger language plpgsql set search_path = '' as $$
declare
  was boolean := tg_op <> 'INSERT' and old.state = 'closed' and old.duplicate_of is null;
  becomes boolean := tg_op <> 'DELETE' and new.state = 'closed' and new.duplicate_of is null;
begin
  if was and (not becomes or row(old.id, old.source, old.category_id, old.severity, old.region_id, old.department_id,
      old.stage, old.reported_at, old.dispatched_at, old.signed_at, old.closed_at, old.due_at, old.sign_due_at,
      old.first_contact, old.rework) is distinct from row(new.id, new.source, new.category_id, new.severity,
      new.region_id, new.department_id, new.stage, new.reported_at, new.dispatched_at, new.signed_at, new.closed_at,
      new.due_at, new.sign_due_at, new.first_contact, new.rework)) then
    insert into board.rollup_marks (event_id, reported_at, due_at, closed_at)
    values (old.id, old.reported_at, old.due_at, old.closed_at);
  end if;
  if becomes and (not was or old.id <> new.id) then
    insert into board.rollup_marks (event_id) values (new.id);
  end if;
  return null;
end $$;

create function board.after_feedback_counted() returns trigger language plpgsql set search_path = '' as $$
begin
  if tg_op <> 'INSERT' then
    insert into board.rollup_marks (event_id, asked_at, answered_at)
    values (old.event_id, old.asked_at, old.answered_at);
  end if;
  if tg_op = 'INSERT' or (tg_op = 'UPDATE' and new.event_id <> old.event_id) then
    insert into board.rollup_marks (event_id) values (new.event_id);
  end if;
  return null;
end $$;

create function board.after_return_counted() returns trigger language plpgsql set search_path = '' as $$
begin
  if tg_op <> 'INSERT' and old.action = 'return' then
    insert into board.rollup_marks (event_id) values (old.event_id);
  end if;
  if tg_op <> 'DELETE' and new.action = 'return' then
    insert into board.rollup_marks (event_id) values (new.event_id);
  end if;
  return null;
end $$;

create function board.after_rows_emptied() returns trigger language plpgsql set search_path = '' as $$
begin
  delete from board.rollup_days;
  delete from board.rollup_marks;
  update board.rollup_state set epoch = pg_catalog.gen_random_uuid();
  return null;
end $$;

create trigger after_event_counted after insert or update or delete on ops.events
  for each row execute function board.after_event_counted();
create trigger after_feedback_counted after insert or update or delete on ops.feedback
  for each row execute function board.after_feedback_counted();
create trigger after_return_made after insert on ops.event_steps
  for each row when (new.action = 'return') execute function board.after_return_counted();
create trigger after_return_changed after update or delete on ops.event_steps
  for each row when (old.action = 'return') execute function board.after_return_counted();
create trigger after_becoming_return after update on ops.event_steps
  for each row when (old.action <> 'return' and new.action = 'return') execute function board.after_return_counted();
create trigger after_events_emptied after truncate on ops.events execute function board.after_rows_emptied();
create trigger after_feedback_emptied after truncate on ops.feedback execute function board.after_rows_emptied();
create trigger after_steps_emptied after truncate on ops.event_steps execute function board.after_rows_emptied();
alter table ops.events enable always trigger after_event_counted;
alter table ops.feedback enable always trigger after_feedback_counted;
alter table ops.event_steps enable always trigger after_return_made;
alter table ops.event_steps enable always trigger after_return_changed;
alter table ops.event_steps enable always trigger after_becoming_return;
alter table ops.events enable always trigger after_events_emptied;
alter table ops.feedback enable always trigger after_feedback_emptied;
alter table ops.event_steps enable always trigger after_steps_emptied;
"""

DOWN = """
drop trigger after_events_emptied on ops.events;
drop trigger after_feedback_emptied on ops.feedback;
drop trigger after_steps_emptied on ops.event_steps;
drop trigger after_becoming_return on ops.event_steps;
drop trigger after_return_changed on ops.event_steps;
drop trigger after_return_made on ops.event_steps;
drop trigger after_feedback_counted on ops.feedback;
drop trigger after_event_counted on ops.events;
drop function board.after_rows_emptied();
drop function board.after_return_counted();
drop function board.after_feedback_counted();
drop function board.after_event_counted();
drop table board.rollup_state;
drop table board.rollup_marks;
drop table board.rollup_days;
drop table board.rollup_kinds;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(TRIGGERS)


def downgrade() -> None:
    op.execute(DOWN)
