"""What the page of imports asks of the district: the list, one import, and what people decide about it.

Owns the folder of uploaded files and how much may be brought. Reading the files and carrying imports out is
`dashboard.import_runs`'s, in another process. Everything here blocks: call it from a thread.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine

from dashboard.errors import DashboardError
from dashboard.import_files import LANGUAGES, report_file
from data_access.queries.import_jobs import (
    ImportJob,
    ImportProgress,
    import_job,
    import_progress,
    recent_imports,
)
from data_access.queries.session import district_settings, reading
from data_access.writes.import_jobs import (
    cancel_import,
    create_import,
    discard_import,
    queue_import,
    reread_import,
)

FORMATS: Final = (".csv", ".tsv", ".txt", ".geojson", ".json", ".zip", ".gpkg", ".xlsx")
PACKED: Final = ".gz"
RECENT: Final = 50
LONGEST_NAME: Final = 120
_STORED: Final = re.compile(r"[0-9a-f]{32}(?:\.[a-z]{2,7}){1,2}")


class UploadTooLarge(DashboardError):
    """The file is larger than {limit_mb} MB. Split it, pack it with gzip, or raise QUANYU_MAX_UPLOAD_MB."""

    zh = "文件超过 {limit_mb} MB。请拆分或用 gzip 压缩后上传，或调高 QUANYU_MAX_UPLOAD_MB。"


class UploadNoRoom(DashboardError):
    """There is not enough room on the server's disk for this file. Make room and upload it again."""

    zh = "服务器磁盘空间不足，无法接收该文件。请清理磁盘后重新上传。"


class UploadFormat(DashboardError):
    """Files of this kind cannot be read. There is: {formats}; CSV and GeoJSON also packed as .gz."""

    zh = "不支持这种文件。支持：{formats}；CSV 和 GeoJSON 也可压缩为 .gz。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to do with an uploaded file. `mapping`: TOML; `options`: what was chosen, as JSON."""

    kind: str
    mapping: str | None
    options: Mapping[str, Any]
    check: bool


class ImportDesk:
    """The imports of a district and the folder with their files."""

    def __init__(self, engine: Engine, folder: Path, *, max_upload_mb: int, min_free_mb: int) -> None:
        self._engine = engine
        self.folder = folder
        self.max_bytes = max_upload_mb * 1_000_000
        self._min_free_bytes = min_free_mb * 1_000_000

    def recent(self) -> list[ImportJob]:
        """The newest imports, without their previews and findings."""
        with reading(self._engine) as conn:
            return recent_imports(conn, RECENT)

    def job(self, job_id: int) -> ImportJob:
        """One import. ImportUnknown."""
        with reading(self._engine) as conn:
            return import_job(conn, job_id)

    def progress(self, ids: Collection[int]) -> list[ImportProgress]:
        """How far some imports are."""
        with reading(self._engine) as conn:
            return import_progress(conn, ids)

    def settings(self) -> dict[str, Any]:
        """The district's settings."""
        with reading(self._engine) as conn:
            return district_settings(conn)

    def create(self, *, kind: str, file_name: str, stored_as: str, size_bytes: int) -> int:
        """A file that has arrived; the number of its import."""
        with self._engine.begin() as conn:
            return create_import(
                conn, kind=kind, file_name=file_name, stored_as=stored_as, size_bytes=size_bytes
            )

    def queue(self, job_id: int, order: Order) -> None:
        """Have a file checked or imported. ImportMoved."""
        with self._engine.begin() as conn:
            queue_import(
                conn,
                job_id,
                kind=order.kind,
                mapping=order.mapping,
                options=order.options,
                check=order.check,
            )

    def reread(self, job_id: int, options: Mapping[str, Any]) -> None:
        """Have the first rows read again with other options. ImportMoved."""
        with self._engine.begin() as conn:
            reread_import(conn, job_id, options)

    def cancel(self, job_id: int) -> None:
        """Stop an import that waits or runs."""
        with self._engine.begin() as conn:
            cancel_import(conn, job_id)

    def discard(self, job_id: int) -> None:
        """Throw a file away that was not imported. ImportMoved."""
        with self._engine.begin() as conn:
            path = self.path_of(discard_import(conn, job_id))
        for file in (path, *(report_file(path, lang) for lang in LANGUAGES)):
            file.unlink(missing_ok=True)

    def path_of(self, stored_as: str) -> Path:
        """Where an uploaded file lies. ValueError for what is no stored name."""
        if not _STORED.fullmatch(stored_as):
            raise ValueError("not the name of a stored file")
        return self.folder / stored_as

    def check_room(self, size_bytes: int) -> None:
        """UploadTooLarge, or UploadNoRoom where a file of this size would fill the disk."""
        if size_bytes > self.max_bytes:
            raise UploadTooLarge(limit_mb=self.max_bytes // 1_000_000)
        if shutil.disk_usage(self.folder).free < size_bytes + self._min_free_bytes:
            raise UploadNoRoom

    def open_folder(self) -> None:
        """Make sure of the folder, which nobody else may read."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def suffix_of(file_name: str) -> str:
    """The ending that says how a file is read: ".csv", ".csv.gz", ... UploadFormat for any other."""
    name = file_name.lower()
    packed = PACKED if name.endswith(PACKED) else ""
    ending = Path(name.removesuffix(packed)).suffix
    if ending not in FORMATS:
        raise UploadFormat(formats=" ".join(FORMATS))
    return ending + packed


def plain_name(given: str) -> str:
    """A file's name as a person's machine calls it, without folders and without what cannot be seen."""
    last = re.split(r"[/\\]", given)[-1]
    seen = "".join(char for char in last if char.isprintable() and unicodedata.category(char) != "Cf").strip()
    if len(seen) <= LONGEST_NAME:
        return seen or "?"
    return seen[: LONGEST_NAME - 20] + "…" + seen[-19:]
