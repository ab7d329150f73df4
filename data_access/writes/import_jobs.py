"""What people decide about imports on the page: bring a file, have it checked or carried out, stop it.

Carrying them out is `data_access.import_queue`'s. Every change wakes whoever waits for work.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from dashboard.errors import DashboardError
from data_access.job_rows import CANCEL

CHANNEL = "quanyu_imports"
WAKE = f"notify {CHANNEL}"


class ImportMoved(DashboardError):
    """This import is under way or already done, so it cannot be changed. Upload the file again to repeat it."""

    zh = "该导入正在进行或已经完成，不能再更改。如需重复导入，请重新上传文件。"


def create_import(conn: Connection, *, kind: str, file_name: str, stored_as: str, size_bytes: int) -> int:
    """A file that was brought; its first rows are read next. Its number."""
    query = text(
        "insert into board.imports (kind, file_name, stored_as, size_bytes)"
        " values (:kind, :name, :stored, :size) returning id"
    )
    values = {"kind": kind, "name": file_name, "stored": stored_as, "size": size_bytes}
    number: int = conn.execute(query, values).scalar_one()
    conn.execute(text(WAKE))
    return number


def queue_import(
    conn: Connection, job_id: int, *, kind: str, mapping: str | None, options: Mapping[str, Any], check: bool
) -> None:
    """Have an import checked, or carried out. ImportMoved where it is under way, done, or thrown away."""
    query = text(
        "update board.imports set state = 'queued', kind = :kind, mapping = :mapping, checking = :check,"
        " options = cast(:options as jsonb), rows_read = 0, rows_total = null, attempts = 0,"
        " cancelling = false, report = null, started_at = null, ended_at = null"
        " where id = :id and state not in ('queued', 'running') and (state <> 'done' or checking)"
        " and preview is not null"
    )
    values = {"id": job_id, "kind": kind, "mapping": mapping, "check": check, "options": json.dumps(options)}
    if conn.execute(query, values).rowcount == 0:
        raise ImportMoved
    conn.execute(text(WAKE))


def reread_import(conn: Connection, job_id: int, options: Mapping[str, Any]) -> None:
    """Have the first rows read again, with other options of the file. ImportMoved."""
    query = text(
        "update board.imports set state = 'uploaded', preview = null, report = null, checking = true,"
        " options = cast(:options as jsonb)"
        " where id = :id and state not in ('queued', 'running') and (state <> 'done' or checking)"
    )
    if conn.execute(query, {"id": job_id, "options": json.dumps(options)}).rowcount == 0:
        raise ImportMoved
    conn.execute(text(WAKE))


def cancel_import(conn: Connection, job_id: int) -> None:
    """Stop an import: at once where it waits, as soon as it can where it runs. One that rests stays as it is."""
    conn.execute(text(f"update board.imports set {CANCEL} where id = :id"), {"id": job_id})
    conn.execute(text(WAKE))


def discard_import(conn: Connection, job_id: int) -> str:
    """Take a file that was not imported off the list; its stored name. ImportMoved."""
    query = text(
        "delete from board.imports where id = :id and state not in ('queued', 'running')"
        " and (state <> 'done' or checking) returning stored_as"
    )
    stored_as: str | None = conn.execute(query, {"id": job_id}).scalar_one_or_none()
    if stored_as is None:
        raise ImportMoved
    return stored_as
