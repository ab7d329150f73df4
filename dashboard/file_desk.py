"""Files that are made in the background, as their owners see them: ask, look, fetch, stop, throw away.

Everybody sees the own files alone. A file is handed out only to somebody who sees today what the owner saw when it
was made. Making them is `dashboard.file_runs`'s, in another process. Everything here blocks: call it from a thread.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine

from dashboard.access import audit
from dashboard.domain.policy import Viewer
from dashboard.errors import DashboardError
from dashboard.file_kinds import KINDS, Kind, kind_of, sees
from data_access.queries.file_jobs import FileJob, FileState, FileUnknown, file_job, recent_files
from data_access.queries.session import reading
from data_access.writes.file_jobs import ask_for_file, cancel_file, discard_file, repeat_file

RECENT: Final = 50
_STORED: Final = re.compile(r"[0-9a-f]{32}")


class MayNotMake(DashboardError):
    """You may not have files of this kind made. Ask whoever administers Quanyu for the right."""

    zh = "您没有生成这种文件的权限，请联系系统管理员。"


class FileNotReady(DashboardError):
    """This file is not ready."""

    zh = "该文件尚未生成。"


class FileClosed(DashboardError):
    """What you may see has changed since this file was made. Have it made again."""

    zh = "您的查看权限在文件生成后有变化，请重新生成。"


class QuestionTooLong(DashboardError):
    """What is asked for is too long."""

    zh = "请求内容过长。"


class NoRoomForFiles(DashboardError):
    """There is not enough room on the server's disk for another file. Make room and ask again."""

    zh = "服务器磁盘空间不足，暂不能生成文件。请清理磁盘后重试。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A file to hand out. `file_name`: as its owner's machine will call it."""

    path: Path
    file_name: str


class FileDesk:
    """The files of everybody, and the folder that they lie in. `min_free_mb`: that its disk keeps free."""

    def __init__(
        self, engine: Engine, folder: Path, kinds: Mapping[str, Kind] = KINDS, *, min_free_mb: int = 0
    ) -> None:
        self._engine = engine
        self.folder = folder
        self._kinds = kinds
        self._min_free_bytes = min_free_mb * 1_000_000

    def ask(self, viewer: Viewer, kind: str, question: Mapping[str, Any], lang: str) -> int:
        """Have a file made; its number. KindUnknown, MayNotMake, TooManyFiles, QuestionTooLong,
        NoRoomForFiles."""
        known = self._admitted(viewer, kind)
        if len(json.dumps(question, ensure_ascii=False).encode("utf-8", "replace")) > known.most_bytes:
            raise QuestionTooLong
        with self._engine.begin() as conn:
            number = ask_for_file(
                conn,
                kind=kind,
                owner=viewer.login,
                lang=lang,
                title=known.title(question, lang),
                question=question,
                quick=known.quick,
            )
            audit.note(conn, viewer, "file.asked", str(number), kind=kind, **known.record(question, viewer))
        return number

    def recent(self, logins: Collection[str]) -> list[FileJob]:
        """The newest files of some people, without their questions."""
        with reading(self._engine) as conn:
            return recent_files(conn, logins, RECENT)

    def fetch(self, viewer: Viewer, number: int) -> Ready:
        """A file to hand out; that is put on record. FileUnknown, FileNotReady, FileClosed."""
        with self._engine.begin() as conn:
            job = file_job(conn, number, viewer.login)
            if job.state is not FileState.DONE or job.stored_as is None or job.file_name is None:
                raise FileNotReady
            if job.sees != sees(viewer):
                raise FileClosed
            path = self._path(job.stored_as)
            if not path.is_file():
                raise FileUnknown
            known = self._kinds.get(job.kind)
            told = {} if known is None else known.record(job.question, viewer)
            audit.note(conn, viewer, "file.fetched", str(number), kind=job.kind, **told)
        return Ready(path=path, file_name=job.file_name)

    def cancel(self, viewer: Viewer, number: int) -> None:
        """Stop making a file. FileUnknown."""
        with self._engine.begin() as conn:
            cancel_file(conn, number, viewer.login)

    def repeat(self, viewer: Viewer, number: int) -> None:
        """Have a file made again that failed or was stopped. FileUnknown; KindUnknown, MayNotMake, TooManyFiles and
        NoRoomForFiles as if it were asked for."""
        with self._engine.begin() as conn:
            job = file_job(conn, number, viewer.login)
            known = self._admitted(viewer, job.kind)
            repeat_file(conn, number, viewer.login)
            audit.note(
                conn,
                viewer,
                "file.repeated",
                str(number),
                kind=job.kind,
                **known.record(job.question, viewer),
            )

    def discard(self, viewer: Viewer, number: int) -> None:
        """Throw a file away. FileUnknown, FileBusy."""
        with self._engine.begin() as conn:
            stored_as = discard_file(conn, number, viewer.login)
        if stored_as is not None:
            self._path(stored_as).unlink(missing_ok=True)

    def _admitted(self, viewer: Viewer, kind: str) -> Kind:
        known = kind_of(kind, self._kinds)
        if not viewer.may(known.act):
            raise MayNotMake
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(self.folder).free < self._min_free_bytes:
            raise NoRoomForFiles
        return known

    def _path(self, stored_as: str) -> Path:
        if not _STORED.fullmatch(stored_as):
            raise ValueError("not the name of a stored file")
        return self.folder / stored_as
