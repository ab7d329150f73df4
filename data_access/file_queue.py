"""The queue of files as the process sees it that makes them: take one, say how far it is, end it.

There are two makers, each with a lock of its own: one for what is quick, so that a briefing does not wait behind two
hundred thousand rows, and one for everything. What a maker finds running in its name was left behind by a process
that died; half a file is no file, so it is made anew once and given up the second time.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import psycopg

from data_access.job_rows import JobTable
from data_access.queries.file_jobs import COLUMNS, FileJob, FileState, job_from

QUICK: Final = 13
ANY: Final = 14
"""The makers: numbers of locks that neither a job of `work` nor another duty has."""
FILES: Final = JobTable(
    name="board.file_jobs",
    columns=COLUMNS,
    verdict="error",
    afresh="done = 0, note = '', started_at = null, slot = null",
)

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A file that was made. `sees`: what its owner could see, as the file holds that and no more."""

    file_name: str
    stored_as: str
    size_bytes: int
    rows: int | None
    sees: str


def claim_file(conn: Conn, slot: int) -> FileJob | None:
    """The next file, being made from now on. Owners take turns: whose last one began longest ago comes first, so that
    nobody waits behind all that somebody else asked for."""
    row = FILES.claim(
        conn,
        "state = 'running', started_at = clock_timestamp(), slot = %(slot)s",
        "select w.id from board.file_jobs w where w.state = 'queued' and (w.quick or %(all)s)"
        " order by (select max(f.started_at) from board.file_jobs f where f.owner = w.owner) nulls first,"
        " w.id limit 1 for update of w skip locked",
        {"slot": slot, "all": slot == ANY},
    )
    return None if row is None else job_from(row)


def tell_file(conn: Conn, job_id: int, done: int, total: int | None, note: str) -> bool:
    """Write down how far a file is; whether it may go on."""
    row = conn.execute(
        "update board.file_jobs set done = %s, total = %s, note = %s where id = %s returning not cancelling",
        (done, total, note, job_id),
    ).fetchone()
    return bool(row and row[0])


def end_file(
    conn: Conn,
    job_id: int,
    state: FileState,
    *,
    ready: Ready | None = None,
    error: Mapping[str, str] | None = None,
) -> bool:
    """A file has come to its end; False where it was taken off the list meanwhile."""
    row = conn.execute(
        "update board.file_jobs set state = %s, ended_at = clock_timestamp(), cancelling = false, slot = null,"
        " done = case when %s then coalesce(total, done) else done end,"
        " file_name = %s, stored_as = %s, size_bytes = %s, rows = %s, sees = %s, error = cast(%s as jsonb)"
        " where id = %s returning id",
        (
            str(state),
            ready is not None,
            ready.file_name if ready else None,
            ready.stored_as if ready else None,
            ready.size_bytes if ready else None,
            ready.rows if ready else None,
            ready.sees if ready else None,
            None if error is None else json.dumps(error),
            job_id,
        ),
    ).fetchone()
    return row is not None


def forget_files(conn: Conn, ended_before: datetime) -> int:
    """Files that rest since then leave the list; how many."""
    return conn.execute("delete from board.file_jobs where ended_at < %s", (ended_before,)).rowcount


def kept_files(conn: Conn) -> Collection[str]:
    """Stored names of the files on the list."""
    rows = conn.execute("select stored_as from board.file_jobs where stored_as is not null")
    return {row[0] for row in rows}
