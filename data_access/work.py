"""Timed jobs of the board: partitions ahead, retention, escalation, history by day, where events lie on today's map.

Owns when they run; each is one transaction. Any number of these processes may run: whoever takes a job's lock does
it, the others leave it alone.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from dashboard.domain.retention import positions_from
from dashboard.errors import ConnectionFailed
from data_access import rollups
from data_access.backoff import Backoff
from data_access.writes import (
    attendance,
    escalation,
    partitions,
    patrols,
    relocations,
    reports,
    retention,
    rota,
)
from data_access.writes.session import writing

log = logging.getLogger(__name__)

LOCK_SPACE = 0x51594A  # "QYJ"; the key of a lock in it is a job's, or a part of `import_queue`
ROUND_S = 1.0
AGAIN_S = 60.0
"""A job that failed is tried again so soon, if its own time is not sooner."""
ANSWERS_KEPT = timedelta(days=7)

Work = Callable[[psycopg.Connection[Any], datetime], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to do every so often. `run` returns how much it changed."""

    key: int
    name: str
    every_s: float
    run: Work


def make_partitions(connection: psycopg.Connection[Any], now: datetime) -> int:
    """Day partitions of the positions, from today to a week ahead."""
    return partitions.ensure(connection, now.date(), now.date() + timedelta(days=partitions.AHEAD_DAYS))


def drop_positions(connection: psycopg.Connection[Any], now: datetime) -> int:
    """Positions that are older than the district keeps them, and what patrols covered then. Where imported history is
    replayed, the history itself stays."""
    rows = connection.execute("select key, value from board.settings where key in ('positions_days', 'mode')")
    settings = dict(rows.fetchall())
    replayed = settings.get("mode") == "replay"
    first = positions_from(settings, now)
    dropped = partitions.drop_before(connection, first.date())
    if not replayed:
        dropped += partitions.delete_stray_before(connection, first.date())
    return dropped + patrols.drop_before(connection, first, walked=replayed)


def thin_samples(connection: psycopg.Connection[Any], now: datetime) -> int:
    """Samples by the minute become samples by ten minutes, then by the hour, then go."""
    return retention.thin_samples(connection, now)


def drop_sessions(connection: psycopg.Connection[Any], now: datetime) -> int:
    """Sessions that have run out."""
    return retention.drop_sessions(connection, now)


def escalate(connection: psycopg.Connection[Any], _now: datetime) -> int:
    """Raise events that are long overdue by the district's rules; end the supervision of closed ones."""
    return escalation.close_supervision(connection) + escalation.escalate(connection)


def forget_answers(connection: psycopg.Connection[Any], now: datetime) -> int:
    """Answers to idempotency keys that nobody will send again."""
    return reports.forget_answers(connection, now - ANSWERS_KEPT)


def keep_rollups(connection: psycopg.Connection[Any], now: datetime) -> int:
    """Closed events day by day in columns: days that changed, and some of those that are not stored yet."""
    return rollups.keep(connection, now)


def check_rollups(connection: psycopg.Connection[Any], now: datetime) -> int:
    """A few of those days, held against the rows."""
    return rollups.check(connection, now)


def relocate(connection: psycopg.Connection[Any], now: datetime) -> int:
    """Where events lie on today's map: those that came late or moved, and all of them when the map turns."""
    return relocations.keep(connection, now)


def keep_rota(connection: psycopg.Connection[Any], now: datetime) -> int:
    """Shifts of the next days, as patterns, calendar and changes have them."""
    return rota.keep(connection, now)


def watch_shifts(connection: psycopg.Connection[Any], now: datetime) -> int:
    """When workers were away from the own grid or silent, shift by shift."""
    return attendance.watch(connection, now)


def keep_patrols(connection: psycopg.Connection[Any], now: datetime) -> int:
    """Which cells the patrols visited that have ended, the newest first."""
    return patrols.keep(connection, now)


JOBS = (
    Job(key=1, name="partitions", every_s=3600, run=make_partitions),
    Job(key=2, name="positions_retention", every_s=6 * 3600, run=drop_positions),
    Job(key=3, name="samples_retention", every_s=3600, run=thin_samples),
    Job(key=4, name="escalation", every_s=20, run=escalate),
    Job(key=5, name="answered_keys", every_s=3600, run=forget_answers),
    Job(key=6, name="rollups", every_s=5, run=keep_rollups),
    Job(key=7, name="rollups_check", every_s=600, run=check_rollups),
    Job(key=8, name="rota", every_s=600, run=keep_rota),
    Job(key=9, name="shift_watch", every_s=60, run=watch_shifts),
    Job(key=10, name="sessions", every_s=3600, run=drop_sessions),
    Job(key=21, name="patrols", every_s=10, run=keep_patrols),
    Job(key=20, name="relocations", every_s=10, run=relocate),
)


def run_work(database_url: str, stop: threading.Event, *, jobs: tuple[Job, ...] = JOBS) -> None:
    """Do each job when its time has come, until `stop`; waits out a database that is away."""
    due = {job.key: 0.0 for job in jobs}
    backoff = Backoff(first_s=0.5)
    while not stop.is_set():
        try:
            with writing(database_url, "work") as connection:
                while not stop.is_set():
                    _round(connection, jobs, due)
                    backoff.reset()
                    stop.wait(ROUND_S)
        except ConnectionFailed as error:
            log.warning("work lost the database", extra={"action": "work_lost", "reason": str(error)})
            backoff.wait(stop)


def _round(connection: psycopg.Connection[Any], jobs: tuple[Job, ...], due: dict[int, float]) -> None:
    for job in jobs:
        if time.monotonic() >= due[job.key]:
            due[job.key] = time.monotonic() + job.every_s
            try:
                do(connection, job, datetime.now(UTC))
            except Exception as error:
                due[job.key] = time.monotonic() + min(job.every_s, AGAIN_S)
                if connection.broken or connection.closed:
                    raise
                _tell(job, error)


def _tell(job: Job, error: Exception) -> None:
    """What PostgreSQL says of rows may quote them: of that only the kind is told."""
    extra = {"action": job.name, "error": type(error).__name__}
    if isinstance(error, psycopg.OperationalError | psycopg.ProgrammingError):
        extra["cause"] = str(error).partition("\n")[0]
    fault = None if isinstance(error, psycopg.Error) else error
    log.error("a job failed; the others go on, and it is tried again", extra=extra, exc_info=fault)


def do(connection: psycopg.Connection[Any], job: Job, now: datetime) -> int:
    """One run of one job in its own transaction; 0 where another process is at it."""
    begun = time.monotonic()
    with connection.transaction():
        taken = connection.execute(
            "select pg_try_advisory_xact_lock(%s, %s)", (LOCK_SPACE, job.key)
        ).fetchone()
        if taken is None or not taken[0]:
            return 0
        count = job.run(connection, now)
    elapsed_s = round(time.monotonic() - begun, 3)
    log.info("a job was done", extra={"action": job.name, "count": count, "elapsed_s": elapsed_s})
    return count
