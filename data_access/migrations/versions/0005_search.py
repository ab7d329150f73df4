"""What the table of events is searched and sorted by.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# The functions are what the index holds: nothing has to be kept up, whoever writes the rows. Their bodies are
# bound when they are made, so that no search path can change what they mean.
UP = """
-- address and text as they are compared: full-width forms folded, latin letters small
create function board.event_words(address text, body text) returns text
  language sql immutable parallel safe cost 50
return lower(normalize(coalesce(address, '') || E'\\n' || coalesce(body, ''), nfkc) collate "C");

-- every pair of neighbouring characters: two code points in one number
create function board.bigrams(words text) returns bigint[]
  language sql immutable strict parallel safe cost 250
return array(
  select ascii(unnest(string_to_array(left(words, -1), null)))::bigint << 32
         | ascii(unnest(string_to_array(substr(words, 2), null)))
);

-- what a search for words can be narrowed by, as negative numbers: a kind and a value. Days and months are UTC's.
create function board.facet(kind bigint, value bigint) returns bigint
  language sql immutable parallel safe
return -(kind << 40) - coalesce(value, 0);

create function board.day_number(at timestamptz) returns bigint
  language sql immutable parallel safe
return case when isfinite(at) then (at at time zone 'UTC')::date - date '1970-01-01' end;

create function board.month_number(at timestamptz) returns bigint
  language sql immutable parallel safe
return case when isfinite(at) then
  extract(year from at at time zone 'UTC')::bigint * 12 + extract(month from at at time zone 'UTC')::bigint - 1 end;

-- an event's words, and where, when, from whom and about what it is
create function board.event_terms(
  address text, body text, region_id bigint, category_id bigint, department_id bigint, source text, severity smallint,
  state text, reported_at timestamptz, closed_at timestamptz) returns bigint[]
  language sql immutable parallel safe cost 500
return board.bigrams(board.event_words(address, body)) || array[
  board.facet(1, region_id), board.facet(2, category_id), board.facet(3, department_id),
  board.facet(4, case source when 'grid_worker' then 1 when 'hotline' then 2 when 'citizen_app' then 3
                 when 'sensor' then 4 else 5 end),
  board.facet(5, severity),
  board.facet(6, board.day_number(reported_at)), board.facet(7, board.month_number(reported_at)),
  case when state = 'open' then board.facet(10, 1) else board.facet(8, board.day_number(closed_at)) end,
  case when state = 'open' then board.facet(10, 1) else board.facet(9, board.month_number(closed_at)) end
];

create index events_words on ops.events using gin (board.event_terms(
    address, text, region_id, category_id, department_id, source, severity, state, reported_at, closed_at))
  with (gin_pending_list_limit = 1024) where state <> 'void' and duplicate_of is null;
create index events_code_start on ops.events ((lower(code) collate "C"));
create index events_code_end on ops.events (reverse(lower(code)) collate "C");
create index events_category on ops.events (category_id, reported_at);
"""

DOWN = """
drop index ops.events_category;
drop index ops.events_code_end;
drop index ops.events_code_start;
drop index ops.events_words;
drop function board.event_terms(
  text, text, bigint, bigint, bigint, text, smallint, text, timestamptz, timestamptz);
drop function board.month_number(timestamptz);
drop function board.day_number(timestamptz);
drop function board.facet(bigint, bigint);
drop function board.bigrams(text);
drop function board.event_words(text, text);
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
