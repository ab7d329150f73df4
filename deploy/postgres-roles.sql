-- Roles with no more rights than each process needs. Run it as a superuser in the database, after every `migrate`:
--
--   psql -v ON_ERROR_STOP=1 -d quanyu -f deploy/postgres-roles.sql
--
-- then give each login a password of its own (\password quanyu_web) and put it into the environment of its unit.
--
--   quanyu_owner   migrate            owns the schemas; nothing runs as it for long
--   quanyu_web     serve, jt808       pages, acts, what comes in; adds to the record and cannot change it
--   quanyu_relay   relay              reads the district, takes from the outbox; sees no users, tokens or record
--   quanyu_work    work, import       jobs and imports; owns the operational tables, and may prune the record by age
--   quanyu_field   field systems      writes operational rows, sees nothing of the board

do $$
declare
  name text;
begin
  foreach name in array array['quanyu_owner', 'quanyu_web', 'quanyu_relay', 'quanyu_work', 'quanyu_field'] loop
    if not exists (select from pg_roles where rolname = name) then
      execute format('create role %I login nosuperuser nocreatedb nocreaterole noreplication nobypassrls', name);
    end if;
  end loop;
end $$;
grant quanyu_work to quanyu_owner;

-- owners
do $$
declare
  one record;
begin
  execute 'alter schema board owner to quanyu_owner';
  execute 'alter schema ops owner to quanyu_owner';
  if to_regclass('public.alembic_version') is not null then
    execute 'alter table public.alembic_version owner to quanyu_owner';
  end if;
  for one in
    select n.nspname, c.relname, c.relkind from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('ops', 'board') and c.relkind in ('r', 'p', 'v', 'm')
  loop
    execute format('alter table %I.%I owner to %I', one.nspname, one.relname,
                   case one.nspname when 'ops' then 'quanyu_work' else 'quanyu_owner' end);
  end loop;
  for one in
    select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('ops', 'board') and c.relkind = 'S'
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype in ('a', 'i'))
  loop
    execute format('alter sequence %I.%I owner to quanyu_owner', one.nspname, one.relname);
  end loop;
  for one in
    select p.oid::regprocedure as signature from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('ops', 'board')
  loop
    execute format('alter function %s owner to quanyu_owner', one.signature);
  end loop;
end $$;

-- nobody may do anything that is not said here
revoke all on schema ops, board from public;
revoke create on schema public from public;
revoke all on all tables in schema board from public, quanyu_web, quanyu_relay, quanyu_work, quanyu_field;
revoke all on all tables in schema ops from public, quanyu_web, quanyu_relay, quanyu_field;
grant usage on schema ops, board to quanyu_web, quanyu_relay, quanyu_work, quanyu_field;
grant create on schema ops to quanyu_work;

-- the web processes: rows, no definitions
grant select, insert, update, delete on all tables in schema ops, board to quanyu_web;
grant usage on all sequences in schema ops, board to quanyu_web;

-- the jobs: the same of the board
grant select, insert, update, delete on all tables in schema board to quanyu_work;
grant usage on all sequences in schema board to quanyu_work;
grant execute on function board.prune_audit(timestamptz) to quanyu_work;

-- the relay: reads, takes from the outbox, and says who is away or silent
grant select on all tables in schema ops, board to quanyu_relay;
revoke select on board.users, board.sessions, board.kiosks, board.tokens, board.ingest_keys, board.audit,
  board.audit_chain, board.imports, board.file_jobs, board.briefings, board.access_version from quanyu_relay;
grant insert, update, delete on board.outbox, board.outbox_dead, board.samples, board.presence to quanyu_relay;
grant usage on all sequences in schema board to quanyu_relay;

-- field systems: operational rows, and what their triggers leave for the board
grant select, insert, update on all tables in schema ops to quanyu_field;
grant usage on all sequences in schema ops, board to quanyu_field;
grant insert on board.outbox to quanyu_field;
grant select on board.redrawn to quanyu_field;
grant select, insert, update, delete on board.relocations, board.rollup_marks to quanyu_field;

-- the record: added to and read, by nobody changed; its chain is made by its own trigger
revoke insert, update, delete, truncate on board.audit, board.audit_chain, board.access_version
  from quanyu_web, quanyu_work;
grant insert on board.audit to quanyu_web, quanyu_work;
