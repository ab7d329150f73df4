"""Imports that people brought to the page: what each is, how far it is, and what it found."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, text

from dashboard.errors import DashboardError

COLUMNS = (
    "id, kind, file_name, stored_as, size_bytes, mapping, options, preview, state, checking, cancelling,"
    " rows_read, rows_total, attempts, report, created_at, started_at, ended_at"
)
_LISTED = COLUMNS.replace("preview", "null as preview").replace("report", "report - 'findings' as report")


class ImportUnknown(DashboardError):
    """There is no import {id}. Go back to the list of imports."""

    zh = "没有编号为 {id} 的导入，请返回导入列表。"


class ImportState(StrEnum):
    """Where an import stands. `refused`: the file cannot be used; `failed`: the machinery could not."""

    UPLOADED = "uploaded"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"


BUSY = frozenset({ImportState.QUEUED, ImportState.RUNNING})


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportJob:
    """One import. `checking`: it only says what would happen. `preview` and `report` are as JSON has them."""

    id: int
    kind: str
    file_name: str
    stored_as: str
    size_bytes: int
    mapping: str | None
    options: Mapping[str, Any]
    preview: Mapping[str, Any] | None
    state: ImportState
    checking: bool
    cancelling: bool
    rows_read: int
    rows_total: int | None
    attempts: int
    report: Mapping[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def landed(self) -> bool:
        """Whether it was carried out: it cannot be begun again."""
        return self.state is ImportState.DONE and not self.checking

    @property
    def busy(self) -> bool:
        """Whether it waits its turn or runs."""
        return self.state in BUSY

    @property
    def previewed(self) -> bool:
        """Whether its first rows were read, or why they cannot be is known."""
        return self.preview is not None and "reading" not in self.preview

    @property
    def moving(self) -> bool:
        """Whether it will change without anybody doing anything."""
        return self.busy or (self.state is ImportState.UPLOADED and not self.previewed)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProgress:
    """How far an import is. `stamp` changes whenever its page has to be laid out anew."""

    id: int
    state: ImportState
    stamp: str
    moving: bool
    rows_read: int
    rows_total: int | None


def import_job(conn: Connection, job_id: int) -> ImportJob:
    """An import with its preview and its report. ImportUnknown."""
    query = text(f"select {COLUMNS} from board.imports where id = :id")
    row = conn.execute(query, {"id": job_id}).mappings().first()
    if row is None:
        raise ImportUnknown(id=job_id)
    return job_from(dict(row))


def recent_imports(conn: Connection, limit: int) -> list[ImportJob]:
    """The newest imports first, without preview and findings."""
    query = text(f"select {_LISTED} from board.imports order by created_at desc, id desc limit :most")
    return [job_from(dict(row)) for row in conn.execute(query, {"most": limit}).mappings()]


def import_progress(conn: Connection, ids: Collection[int]) -> list[ImportProgress]:
    """How far some imports are; those that do not exist are left out."""
    query = text(
        "select id, state, checking, rows_read, rows_total, cancelling,"
        " preview is not null and not preview ? 'reading' as previewed"
        " from board.imports where id = any(:ids)"
    )
    return [
        ImportProgress(
            id=row.id,
            state=ImportState(row.state),
            stamp=progress_stamp(row.state, row.checking, row.previewed, row.cancelling),
            moving=row.state in BUSY or (row.state == ImportState.UPLOADED and not row.previewed),
            rows_read=row.rows_read,
            rows_total=row.rows_total,
        )
        for row in conn.execute(query, {"ids": list(ids)})
    ]


def progress_stamp(state: str, checking: bool, previewed: bool, cancelling: bool) -> str:
    """What a page shows of an import besides numbers."""
    return f"{state}-{checking:d}{previewed:d}{cancelling:d}"


def job_from(row: Mapping[str, Any]) -> ImportJob:
    """An import from a row of COLUMNS."""
    return ImportJob(**{**row, "state": ImportState(row["state"])})
