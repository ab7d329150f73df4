"""One consistent, read-only look at the database for a question of a user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, text

# Plans must see the actual region and window (a day and a year want different ones), pages that are asked for
# lie in memory or on flash, compiling costs more than it saves here, and nobody waits longer for a page.
BEGIN = (
    "set transaction isolation level repeatable read read only; "
    "set local plan_cache_mode = 'force_custom_plan'; set local random_page_cost = 1.1; "
    "set local jit = off; set local statement_timeout = '20s'"
)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection whose statements all see the same moment and can change nothing."""
    with engine.connect() as conn:
        conn.exec_driver_sql(BEGIN)
        yield conn
        conn.rollback()


def district_settings(conn: Connection) -> dict[str, Any]:
    """The rows of `board.settings` by key."""
    return {row.key: row.value for row in conn.execute(text("select key, value from board.settings"))}
