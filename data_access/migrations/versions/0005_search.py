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

create index events_words on ops.events using gin (board.bigrams(board.event_words(address, text)))
  with (gin_pending_list_limit = 1024);
create index events_code_start on ops.events ((lower(code) collate "C"));
create index events_code_end on ops.events (reverse(lower(code)) collate "C");
create index events_category on ops.events (category_id, reported_at);
"""

DOWN = """
drop index ops.events_category;
drop index ops.events_code_end;
drop index ops.events_code_start;
drop index ops.events_words;
drop function board.bigrams(text);
drop function board.event_words(text, text);
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
