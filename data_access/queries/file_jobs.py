"""Files that people had made: what each is, how far it is, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, text

from dashboard.errors import DashboardError

COLUMNS = (
    "id, kind, owner, lang, question, title, quick, state, cancelling, done, total, note, attempts, file_name,"
    " stored_as, size_bytes, rows, sees, error, created_at, started_at, ended_at"
)

LISTED = COLUMNS.replace(" question,", " cast('{}' as jsonb) as question,")
"""The same without the question, which may be long: lists are read twice a second while something is made."""


class FileUnknown(DashboardError):
    """There is no such file, or it is no longer kept. Have it made again."""

    zh = "没有这个文件，或已过保留期，请重新生成。"


class FileState(StrEnum):
    """Where a file is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


BUSY = frozenset({FileState.QUEUED, FileState.RUNNING})


@dataclass(frozen=True, slots=True, kw_only=True)
class FileJob:
    """A file that somebody asked for. `done` of `total` in the maker's own units; `rows`: that were written."""

    id: int
    kind: str
    owner: str
    lang: str
    question: Mapping[str, Any]
    title: str
    quick: bool
    state: FileState
    cancelling: bool
    done: int
    total: int | None
    note: str
    attempts: int
    file_name: str | None
    stored_as: str | None
    size_bytes: int | None
    rows: int | None
    sees: str | None
    error: Mapping[str, str] | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def busy(self) -> bool:
        """Whether it waits its turn or is being made."""
        return self.state in BUSY


def file_job(conn: Connection, job_id: int, owner: str) -> FileJob:
    """One of somebody's files. FileUnknown."""
    query = text(f"select {COLUMNS} from board.file_jobs where id = :id and owner = :owner")
    row = conn.execute(query, {"id": job_id, "owner": owner}).mappings().first()
    if row is None:
        raise FileUnknown
    return job_from(dict(row))


def recent_files(conn: Connection, owners: Collection[str], limit: int) -> list[FileJob]:
    """The newest files of each of some people, newest first, without their questions."""
    query = text(
        f"select f.* from unnest(cast(:owners as text[])) o(login) cross join lateral (select {LISTED}"
        " from board.file_jobs where owner = o.login order by id desc limit :most) f order by f.id desc"
    )
    found = conn.execute(query, {"owners": list(owners), "most": limit}).mappings()
    return [job_from(dict(row)) for row in found]


def job_from(row: Mapping[str, Any]) -> FileJob:
    """A file from a row of COLUMNS."""
    return FileJob(**{**row, "state": FileState(row["state"])})
