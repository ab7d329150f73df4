"""Rows of a table that are jobs: the next one is taken, one that was interrupted waits again, and what a process that
died left running waits again once and is given up the second time.

What a job is, and when it has come to its end, is its own queue's business.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg.rows import dict_row

ATTEMPTS: Final = 2
CANCEL: Final = (
    "cancelling = (state = 'running'), state = case state when 'queued' then 'cancelled' else state end,"
    " ended_at = case state when 'queued' then clock_timestamp() else ended_at end"
)
"""What stops a job: at once where it waits, as soon as it can where it runs. One that rests stays as it is."""

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTable:
    """Such a table. `columns`: of a job; `verdict`: the column that says why one was given up; `afresh`: what is set
    when one waits again."""

    name: str
    columns: str
    verdict: str
    afresh: str

    def claim(
        self, conn: Conn, change: str, one: str, values: Mapping[str, Any] | None = None
    ) -> dict[str, Any] | None:
        """The job whose id a query finds, changed so; None where there is none."""
        with conn.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(
                f"update {self.name} set {change} where id = ({one}) returning {self.columns}", values
            ).fetchone()

    def put_back(self, conn: Conn, job_id: int) -> None:
        """One that had to be interrupted waits again."""
        conn.execute(f"update {self.name} set state = 'queued', {self.afresh} where id = %s", (job_id,))

    def recover(self, conn: Conn, given_up: Mapping[str, Any], slot: int | None = None) -> None:
        """What a dead process left running (in a slot, where the table has slots) waits again; what was left so before
        is given up."""
        left = "state = 'running'" if slot is None else "state = 'running' and slot = %(slot)s"
        values = {"slot": slot, "given_up": json.dumps(given_up), "most": ATTEMPTS}
        conn.execute(f"update {self.name} set attempts = attempts + 1 where {left}", values)
        conn.execute(
            f"update {self.name} set ended_at = clock_timestamp(),"
            " state = case when cancelling then 'cancelled' else 'failed' end,"
            f" {self.verdict} = case when cancelling then null else cast(%(given_up)s as jsonb) end"
            f" where {left} and (cancelling or attempts >= %(most)s)",
            values,
        )
        conn.execute(f"update {self.name} set state = 'queued', {self.afresh} where {left}", values)
