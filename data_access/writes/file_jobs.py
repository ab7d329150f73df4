"""What people decide about files that are made in the background: ask for one, stop it, throw it away.

Making them is `data_access.file_queue`'s. Every change wakes whoever waits for work.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, text

from dashboard.errors import DashboardError
from data_access.job_rows import CANCEL
from data_access.queries.file_jobs import FileUnknown

CHANNEL: Final = "quanyu_files"
MOST_WAITING: Final = 20


class TooManyFiles(DashboardError):
    """{most} of your files are still being made. Wait for one of them, or stop one."""

    zh = "您有 {most} 个文件正在生成，请稍候，或先取消其中一个。"


class FileBusy(DashboardError):
    """This file is still being made. Stop it first."""

    zh = "该文件正在生成，请先取消。"


def ask_for_file(
    conn: Connection,
    *,
    kind: str,
    owner: str,
    lang: str,
    title: str,
    question: Mapping[str, Any],
    quick: bool,
) -> int:
    """A file that is to be made; its number. TooManyFiles."""
    _check_turn(conn, owner)
    query = text(
        "insert into board.file_jobs (kind, owner, lang, title, question, quick)"
        " values (:kind, :owner, :lang, :title, cast(:question as jsonb), :quick) returning id"
    )
    values = {"kind": kind, "owner": owner, "lang": lang, "title": title, "quick": quick}
    number: int = conn.execute(query, values | {"question": json.dumps(question)}).scalar_one()
    _wake(conn)
    return number


def cancel_file(conn: Connection, job_id: int, owner: str) -> None:
    """Stop making a file: at once where it waits, as soon as it can where it is under way. One that rests stays as
    it is. FileUnknown."""
    query = text(f"update board.file_jobs set {CANCEL} where id = :id and owner = :owner returning id")
    if conn.execute(query, {"id": job_id, "owner": owner}).first() is None:
        raise FileUnknown
    _wake(conn)


def repeat_file(conn: Connection, job_id: int, owner: str) -> None:
    """Have a file made again that failed or was stopped. FileUnknown, TooManyFiles."""
    _check_turn(conn, owner)
    query = text(
        "update board.file_jobs set state = 'queued', cancelling = false, done = 0, total = null, note = '',"
        " attempts = 0, error = null, rows = null, started_at = null, ended_at = null"
        " where id = :id and owner = :owner and state in ('failed', 'cancelled') returning id"
    )
    if conn.execute(query, {"id": job_id, "owner": owner}).first() is None:
        raise FileUnknown
    _wake(conn)


def discard_file(conn: Connection, job_id: int, owner: str) -> str | None:
    """Take a file off the list; its stored name, if it has one. FileUnknown, FileBusy."""
    query = text(
        "delete from board.file_jobs where id = :id and owner = :owner and state not in ('queued', 'running')"
        " returning stored_as"
    )
    gone = conn.execute(query, {"id": job_id, "owner": owner}).first()
    if gone is not None:
        stored: str | None = gone[0]
        return stored
    there = text("select 1 from board.file_jobs where id = :id and owner = :owner")
    raise FileUnknown if conn.execute(there, {"id": job_id, "owner": owner}).first() is None else FileBusy


def _check_turn(conn: Connection, owner: str) -> None:
    """One decision of an owner at a time. TooManyFiles."""
    conn.execute(
        text("select pg_advisory_xact_lock(hashtextextended('quanyu_files ' || :o, 0))"), {"o": owner}
    )
    waiting = conn.execute(
        text("select count(*) from board.file_jobs where owner = :o and state in ('queued', 'running')"),
        {"o": owner},
    ).scalar_one()
    if waiting >= MOST_WAITING:
        raise TooManyFiles(most=MOST_WAITING)


def _wake(conn: Connection) -> None:
    conn.execute(text(f"notify {CHANNEL}"))
