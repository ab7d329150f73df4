"""Makes the files that people asked for: two threads of `work`, one for what is quick and one for everything.

A file is written under a random name and becomes its owner's when it is whole: one that is stopped, or whose process
dies, leaves nothing. What is no longer kept is swept away here.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from dashboard.access.viewers import viewer_of_user
from dashboard.background_jobs import Watch, clear_folder, working
from dashboard.domain.policy import DEMO, NOBODY, Viewer
from dashboard.errors import DashboardError
from dashboard.file_kinds import KINDS, JobStopped, Kind, Making, kind_of, sees
from data_access import file_queue as queue
from data_access.duty import Duty, keep_at
from data_access.engine import make_engine
from data_access.queries.access import user_by_login
from data_access.queries.file_jobs import FileJob, FileState
from data_access.writes.file_jobs import CHANNEL

log = logging.getLogger(__name__)

SWEEP_S: Final = 3600.0
BEHIND: Final = 10
"""How far the thread of a maker stands behind others on the processor (nice)."""
KEPT: Final = timedelta(days=30)
ARRIVAL_S: Final = 3600.0
"""Files without an owner go only when they are older: they may just be being made."""
_OWN: Final = re.compile(r"[0-9a-f]{32}(\.[a-z0-9]{1,8})?(\.part)?")

GIVEN_UP: Final = {
    "zh": "生成该文件的进程两次中断，已放弃。",
    "en": "The process broke off twice while making this file; it was given up.",
}
FAULT: Final = {
    "zh": "文件因程序故障未能生成。请查看 work 进程的日志。",
    "en": "The file could not be made because of a fault in the program. See the log of `work`.",
}

FULL: Final = {
    "zh": "服务器磁盘空间不足，文件未能生成。请清理磁盘后重试。",
    "en": "The server's disk is full, so the file could not be made. Make room and try again.",
}


class RightGone(DashboardError):
    """You may no longer have files of this kind made."""

    zh = "您已没有生成这种文件的权限。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Makers:
    """Where files are made: a database and the folder that they go to. `demo`: the demo user is let in."""

    database_url: str
    folder: Path
    demo: bool = False
    kinds: Mapping[str, Kind] = field(default_factory=lambda: KINDS)


@contextmanager
def making_files(makers: Makers, stop: threading.Event) -> Iterator[None]:
    """While this is open, files are made. At the end one that is under way is given back."""
    slots = (queue.QUICK, queue.ANY)
    with working({f"files {slot}": partial(run_makers, makers, slot, stop) for slot in slots}, stop):
        yield


def run_makers(makers: Makers, slot: int, stop: threading.Event) -> None:
    """One of the makers, until `stop`. A file may take longer so that the wall does not."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BEHIND)
    engine = make_engine(makers.database_url, pool_size=2, application="quanyu files")
    swept_s = float("-inf")

    def begin(conn: psycopg.Connection[Any]) -> None:
        queue.FILES.recover(conn, GIVEN_UP, slot)

    def turn(conn: psycopg.Connection[Any]) -> bool:
        nonlocal swept_s
        if slot == queue.ANY and time.monotonic() - swept_s >= SWEEP_S:
            swept_s = time.monotonic()
            clear_away(conn, makers.folder, datetime.now(UTC))
        job = queue.claim_file(conn, slot)
        if job is not None:
            _carry_out(conn, engine, makers, job, stop)
        return job is not None

    try:
        duty = Duty(name="files", part=slot, channel=CHANNEL, begin=begin, turn=turn)
        keep_at(makers.database_url, duty, stop)
    finally:
        engine.dispose()


def clear_away(conn: psycopg.Connection[Any], folder: Path, now: datetime) -> int:
    """Forget files that are older than they are kept, and remove what no list names; how many were removed."""
    queue.forget_files(conn, now - KEPT)
    kept = queue.kept_files(conn)
    return clear_folder(
        folder,
        lambda name: name not in kept and _OWN.fullmatch(name) is not None,
        before_s=now.timestamp() - ARRIVAL_S,
    )


def _carry_out(
    conn: psycopg.Connection[Any], engine: Engine, makers: Makers, job: FileJob, stop: threading.Event
) -> None:
    watch = _Watch(partial(queue.tell_file, conn, job.id), stop)
    extra: dict[str, Any] = {"action": "file", "file": job.id, "kind": job.kind}
    log.info("a file is begun", extra=extra)
    stored_as = secrets.token_hex(16)
    part, path = makers.folder / f"{stored_as}.part", makers.folder / stored_as
    try:
        makers.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ready = _make(engine, makers, job, watch, part)
        part.rename(path)
        if not queue.end_file(conn, job.id, FileState.DONE, ready=ready):
            path.unlink(missing_ok=True)
        log.info("a file is ready", extra={**extra, "bytes": ready.size_bytes})
    except JobStopped:
        _stopped(conn, job, watch)
    except Exception as error:
        if conn.closed:  # whoever takes the lock next finds it under way, and begins anew
            raise
        _failed(conn, job, error)
    finally:
        part.unlink(missing_ok=True)


def _make(engine: Engine, makers: Makers, job: FileJob, watch: _Watch, part: Path) -> queue.Ready:
    """The file, written beside its place. JobStopped, DashboardError."""
    kind = kind_of(job.kind, makers.kinds)
    with engine.connect() as conn:
        viewer = owner_of(conn, job.owner, demo=makers.demo)
    if not viewer.may(kind.act):
        raise RightGone
    made = kind.make(
        Making(
            engine=engine,
            viewer=viewer,
            lang=job.lang,
            question=job.question,
            now=datetime.now(UTC),
            path=part,
            watch=watch,
        )
    )
    watch.check()
    part.chmod(0o600)
    return queue.Ready(
        file_name=made.file_name,
        stored_as=part.stem,
        size_bytes=part.stat().st_size,
        rows=made.rows,
        sees=sees(viewer),
    )


def owner_of(conn: Connection, login: str, *, demo: bool) -> Viewer:
    """The viewer that a login is now; nobody where it may no longer sign in."""
    if login == DEMO.login:
        return DEMO if demo else NOBODY
    user = user_by_login(conn, login)
    if user is None or user.disabled_at is not None or user.must_change:
        return NOBODY
    return viewer_of_user(user, "")


def _stopped(conn: psycopg.Connection[Any], job: FileJob, watch: _Watch) -> None:
    log.info("a file was stopped", extra={"action": "file_stopped", "file": job.id})
    if watch.cancelling:
        queue.end_file(conn, job.id, FileState.CANCELLED)
    else:
        queue.FILES.put_back(conn, job.id)


def _failed(conn: psycopg.Connection[Any], job: FileJob, error: Exception) -> None:
    """Its owner reads a sentence; what was not foreseen is in the log with its cause."""
    extra: dict[str, Any] = {"action": "file_failed", "file": job.id, "error": type(error).__name__}
    if isinstance(error, DashboardError):
        log.info("a file was refused", extra=extra)
        words = {lang: error.sentence(lang) for lang in ("zh", "en")}
    else:
        quoting = isinstance(error, SQLAlchemyError | psycopg.Error)  # it may quote rows
        log.error("a file could not be made", extra=extra, exc_info=None if quoting else error)
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        words = FULL if full else FAULT
    queue.end_file(conn, job.id, FileState.FAILED, error=words)


class _Watch(Watch):
    def told(self, done: int, total: int | None, note: str = "") -> None:
        """So much of so much is made. JobStopped."""
        self.reached(done, total, note)
        if self.stopped():
            raise JobStopped

    def check(self) -> None:
        """Write it down now. JobStopped."""
        self.tell()
        if self.stopped():
            raise JobStopped
