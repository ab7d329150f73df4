"""The queue of imports as the process sees it that carries them out: take one, say how far it is, end it.

One process at a time works on it: the holder of a session's advisory lock. What it finds running when it takes
the lock was left behind by a process that died; nothing of that is half written, since an import is one
transaction, so it is put back once and given up the second time.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

import psycopg

from data_access.job_rows import JobTable
from data_access.queries.import_jobs import COLUMNS, ImportJob, ImportState, job_from

IMPORTING: Final = 11
PREVIEWING: Final = 12
"""Which part of the work a lock stands for: numbers that no job of `work` has."""
IMPORTS: Final = JobTable(
    name="board.imports", columns=COLUMNS, verdict="report", afresh="rows_read = 0, started_at = null"
)

Conn = psycopg.Connection[Any]


def recover_previews(conn: Conn, given_up: Mapping[str, Any]) -> None:
    """Files whose first rows were being read when the process died are not opened again."""
    conn.execute(
        "update board.imports set preview = cast(%s as jsonb) where preview ? 'reading'",
        (json.dumps(given_up),),
    )


def claim_import(conn: Conn) -> ImportJob | None:
    """The import that has waited longest, running from now on."""
    row = IMPORTS.claim(conn, "state = 'running', started_at = clock_timestamp()", _first("state = 'queued'"))
    return None if row is None else job_from(row)


def claim_preview(conn: Conn) -> ImportJob | None:
    """The file that has waited longest for its first rows to be read."""
    row = IMPORTS.claim(
        conn, """preview = '{"reading": true}'""", _first("state = 'uploaded' and preview is null")
    )
    return None if row is None else job_from(row)


def keep_preview(conn: Conn, job_id: int, preview: Mapping[str, Any]) -> None:
    """The first rows of a file, or why there are none."""
    conn.execute(
        "update board.imports set preview = cast(%s as jsonb) where id = %s", (json.dumps(preview), job_id)
    )


def tell_progress(conn: Conn, job_id: int, rows_read: int, rows_total: int | None) -> bool:
    """Write down how far an import is; whether it may go on."""
    row = conn.execute(
        "update board.imports set rows_read = %s, rows_total = %s where id = %s returning not cancelling",
        (rows_read, rows_total, job_id),
    ).fetchone()
    return bool(row and row[0])


def end_import(conn: Conn, job_id: int, state: ImportState, report: Mapping[str, Any] | None) -> None:
    """An import has come to its end."""
    conn.execute(
        "update board.imports set state = %s, report = cast(%s as jsonb), ended_at = clock_timestamp(),"
        " cancelling = false where id = %s",
        (str(state), None if report is None else json.dumps(report), job_id),
    )


def needed_files(conn: Conn, ended_before: datetime) -> Collection[str]:
    """Stored names of the files that are still of use: of imports that are not done, and of recent ones."""
    rows = conn.execute(
        "select stored_as from board.imports where state in ('queued', 'running')"
        " or created_at >= %s or coalesce(ended_at, created_at) >= %s",
        (ended_before, ended_before),
    )
    return {row[0] for row in rows}


def _first(waiting: str) -> str:
    return f"select id from board.imports where {waiting} order by id limit 1 for update skip locked"
