"""The dashboard's own tables: settings, the outbox and samples."""

from __future__ import annotations

BOARD = """
create sequence board.epoch;

create table board.settings (
  key text primary key,
  value jsonb not null
);

create table board.outbox (
  id bigint generated always as identity primary key,
  kind text not null,              -- event, worker, shift, region, category, settings, resync
  entity_id bigint,
  version bigint,
  region_old bigint,
  region_new bigint,
  at timestamptz not null default clock_timestamp()
);

create table board.outbox_dead (
  id bigint primary key,
  kind text not null,
  entity_id bigint,
  version bigint,
  region_old bigint,
  region_new bigint,
  at timestamptz not null,
  reason text not null,
  died_at timestamptz not null default clock_timestamp()
);

create table board.samples (
  region_id bigint not null references ops.regions (id),
  at timestamptz not null,
  counters jsonb not null,
  primary key (region_id, at)
);
"""
