"""Carries out the imports that people brought to the page, one at a time, and reads the first rows of new files.

Two threads of `work`, each with a lock of its own, so that a long import keeps nobody from seeing the next file.
An import is one transaction: one that is stopped, or whose process dies, has written nothing and may begin again.
"""

from __future__ import annotations

import logging
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import psycopg

from dashboard.background_jobs import Watch, working
from dashboard.errors import ConnectionFailed, DashboardError
from dashboard.import_files import LANGUAGES, preview, report_file, sweep, told
from dashboard.ingest import Report, run_import
from dashboard.ingest.mapping import Mapping as Rules
from dashboard.ingest.mapping_file import read_mapping
from dashboard.ingest.refusal import ImportRefused
from data_access import import_queue as queue
from data_access.duty import Duty, keep_at
from data_access.queries.import_jobs import ImportJob, ImportState
from data_access.writes.import_jobs import CHANNEL
from data_access.writes.imports import ImportFailed

log = logging.getLogger(__name__)

SWEEP_S: Final = 3600.0
KEPT: Final = timedelta(days=7)
"""So long an uploaded file and its report stay after they were of use."""
ARRIVAL_S: Final = 3600.0
"""An upload that has not ended by then never will."""
GIVEN_UP: Final = {
    "zh": "处理该文件的进程两次中断，已放弃，未写入任何内容。",
    "en": "The process broke off twice while at this file; it was given up, and nothing was written.",
}
UNREADABLE: Final = {
    "zh": "读取该文件时进程中断，不再打开它。",
    "en": "The process broke off while reading this file; it is not opened again.",
}
FAULT: Final = {
    "zh": "导入因程序故障中止，未写入任何内容。请查看 work 进程的日志。",
    "en": "The import stopped because of a fault in the program; nothing was written. See the log of `work`.",
}
MISSING: Final = {
    "zh": "上传的文件已不在服务器上，请重新上传。",
    "en": "The uploaded file is no longer on the server. Upload it again.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where imports are carried out: a database and the folder of uploads."""

    database_url: str
    folder: Path


@contextmanager
def importing(place: Place, stop: threading.Event) -> Iterator[None]:
    """While this is open, imports are carried out. At the end an import that is under way is left to roll back."""
    with working({run.__name__: partial(run, place, stop) for run in (run_imports, run_previews)}, stop):
        yield


def run_imports(place: Place, stop: threading.Event) -> None:
    """Carry out imports until `stop`, as long as no other process does; waits out a database that is away."""

    def turn(conn: psycopg.Connection[Any]) -> bool:
        job = queue.claim_import(conn)
        if job is not None:
            _carry_out(conn, place, job, stop)
        return job is not None

    def begin(conn: psycopg.Connection[Any]) -> None:
        queue.IMPORTS.recover(conn, {"error": GIVEN_UP})

    duty = Duty(name="imports", part=queue.IMPORTING, channel=CHANNEL, begin=begin, turn=turn)
    keep_at(place.database_url, duty, stop)


def run_previews(place: Place, stop: threading.Event) -> None:
    """Read the first rows of new files until `stop`, and clear away old ones."""
    swept_s = float("-inf")

    def turn(conn: psycopg.Connection[Any]) -> bool:
        nonlocal swept_s
        if time.monotonic() - swept_s >= SWEEP_S:
            swept_s = time.monotonic()
            now = datetime.now(UTC)
            needed = queue.needed_files(conn, now - KEPT)
            sweep(place.folder, needed, before_s=now.timestamp() - ARRIVAL_S)
        job = queue.claim_preview(conn)
        if job is not None:
            queue.keep_preview(conn, job.id, _look(place, job))
        return job is not None

    def begin(conn: psycopg.Connection[Any]) -> None:
        queue.recover_previews(conn, {"error": UNREADABLE})

    duty = Duty(name="imports", part=queue.PREVIEWING, channel=CHANNEL, begin=begin, turn=turn)
    keep_at(place.database_url, duty, stop)


def _look(place: Place, job: ImportJob) -> dict[str, Any]:
    path = place.folder / job.stored_as
    if not path.is_file():
        return {"error": MISSING}
    try:
        return preview(path, job.file_name, job.options)
    except Exception:
        log.exception("a file could not be looked at", extra={"action": "preview", "import": job.id})
        return {"error": FAULT}


def _carry_out(conn: psycopg.Connection[Any], place: Place, job: ImportJob, stop: threading.Event) -> None:
    path = place.folder / job.stored_as
    watch = Watch(lambda done, total, _note: queue.tell_progress(conn, job.id, done, total), stop)
    log.info("an import begins", extra={"action": "import", "import": job.id, "check": job.checking})
    try:
        report = _import(place, path, job, watch)
    except DashboardError as error:
        _stopped(conn, job, watch, error, told(error, path, job.file_name))
    except Exception:
        log.exception("an import failed", extra={"action": "import_failed", "import": job.id})
        queue.end_import(conn, job.id, ImportState.FAILED, {"error": FAULT})
    else:
        watch.tell()
        _keep_findings(path, job, report)
        refused = report.withheld and not job.checking
        state = ImportState.REFUSED if refused else ImportState.DONE
        queue.end_import(conn, job.id, state, {**report.as_json(), "withheld": report.withheld})
        log.info("an import ended", extra={"action": "import_ended", "import": job.id})


def _keep_findings(path: Path, job: ImportJob, report: Report) -> None:
    """The report to take away. What has landed has landed, also where the disk has no room for it."""
    for lang in LANGUAGES:
        place = report_file(path, lang)
        try:
            with place.open("w", encoding="utf-8", newline="") as file:
                file.writelines(report.csv_lines(lang))
        except OSError as error:
            place.unlink(missing_ok=True)
            extra = {"action": "import_report", "import": job.id, "error": type(error).__name__}
            log.warning("a report could not be written", extra=extra)


def _stopped(
    conn: psycopg.Connection[Any], job: ImportJob, watch: Watch, error: DashboardError, words: dict[str, str]
) -> None:
    """An import that wrote nothing: somebody stopped it, the process ends, or it cannot be done."""
    log.info("an import stopped", extra={"action": "import_stopped", "import": job.id})
    if watch.cancelling:
        queue.end_import(conn, job.id, ImportState.CANCELLED, None)
    elif watch.ending or isinstance(error, ConnectionFailed):
        queue.IMPORTS.put_back(conn, job.id)
    else:
        state = ImportState.FAILED if isinstance(error, ImportFailed) else ImportState.REFUSED
        queue.end_import(conn, job.id, state, {"error": words})


def _import(place: Place, path: Path, job: ImportJob, watch: Watch) -> Report:
    if not path.is_file():
        raise ImportRefused(MISSING["zh"], MISSING["en"])
    options = job.options
    valid_from = options.get("valid_from") if job.kind == "regions" else None
    report = run_import(
        place.database_url,
        job.kind,
        path,
        mapping=_rules(job),
        check=job.checking,
        all_or_nothing=bool(options.get("all_or_nothing")),
        valid_from=valid_from or None,
        progress=watch.reached,
        cancelled=watch.stopped,
    )
    return replace(report, file=job.file_name)


def _rules(job: ImportJob) -> Rules | None:
    """The mapping that was chosen; None where the headers are to be guessed."""
    if job.mapping is None:
        return None
    return read_mapping(tomllib.loads(job.mapping), job.kind, str(job.options.get("toml_name") or "—"))
