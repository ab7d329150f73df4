"""Events that other systems report: written with their trace, once, however often they are sent.

Owns these statements and the answered keys. What an event becomes is settled before; the caller commits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from data_access.writes.events import NewEvent

PATIENCE = "set local statement_timeout = '15s'; set local lock_timeout = '5s'"

_NAMES = tuple(field.name for field in fields(NewEvent))
_INSERT = f"""
insert into ops.events (id, {", ".join(_NAMES)})
values (%(id)s, {", ".join(f"%({name})s" for name in _NAMES)})
on conflict (code) do nothing returning id
"""

_STEPS = """
insert into ops.event_steps (event_id, stage, action, at, actor, note, photos, details)
values (%s, 'report', %s, %s, %s, %s, %s, %s)
"""

_FOUND = """
select e.id, e.code, e.source, e.worker_id, c.code, r.code, d.code, e.stage, e.state, e.due_at
from ops.events e
join ops.categories c on c.id = e.category_id
join ops.regions r on r.id = e.region_id
left join ops.departments d on d.id = e.department_id
where e.code = any(%s)
"""

_WORKERS = "select code, id, region_id from ops.workers where code = any(%s) and active"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReport:
    """An event with what its trace says: photos and details as they came, and why it went where it went."""

    event: NewEvent
    photos: tuple[str, ...]
    details: Mapping[str, Any]
    actor: str
    note: str
    reasons: Mapping[str, Any]
    assigned_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReport:
    """An event that is there, as far as an answer tells of it."""

    id: int
    code: str
    source: str
    worker_id: int | None
    category: str
    region: str
    department: str | None
    stage: str
    state: str
    due_at: datetime | None


def be_patient(connection: psycopg.Connection[Any]) -> None:
    """No statement of this transaction waits for ever."""
    connection.execute(PATIENCE)


def next_ids(connection: psycopg.Connection[Any], count: int) -> list[int]:
    """Ids for new events."""
    rows = connection.execute(
        "select nextval(pg_get_serial_sequence('ops.events', 'id')) from generate_series(1, %s)", (count,)
    ).fetchall()
    return [row[0] for row in rows]


def insert_reports(connection: psycopg.Connection[Any], reports: Sequence[tuple[int, NewReport]]) -> set[int]:
    """Writes events under these ids with their first steps; the ids of those whose code was free."""
    written: set[int] = set()
    with connection.cursor() as cursor:
        for id_, report in reports:
            values = {name: getattr(report.event, name) for name in _NAMES} | {"id": id_}
            if cursor.execute(_INSERT, values).fetchone() is not None:
                written.add(id_)
        steps: list[tuple[object, ...]] = []
        for id_, report in reports:
            if id_ in written:
                details = Jsonb(dict(report.details)) if report.details else None
                photos = list(report.photos) or None
                steps.append((id_, "enter", report.event.reported_at, report.actor, None, photos, details))
                reasons = Jsonb(dict(report.reasons))
                steps.append((id_, "assign", report.assigned_at, "quanyu", report.note, None, reasons))
        cursor.executemany(_STEPS, steps)
    return written


def stored_reports(connection: psycopg.Connection[Any], codes: Sequence[str]) -> dict[str, StoredReport]:
    """The events of these codes that are there."""
    return {
        row[1]: StoredReport(**dict(zip(StoredReport.__slots__, row, strict=True)))
        for row in connection.execute(_FOUND, (list(codes),))
    }


def active_workers(connection: psycopg.Connection[Any], codes: Sequence[str]) -> dict[str, tuple[int, int]]:
    """(id, own region) of active workers by code."""
    rows = connection.execute(_WORKERS, (list(codes),)).fetchall() if codes else []
    return {code: (id_, region_id) for code, id_, region_id in rows}


def answered(
    connection: psycopg.Connection[Any], token_id: int, key: str
) -> tuple[bytes, int, dict[str, Any]] | None:
    """What was answered under a key: hash of the body, status, answer. Others with this key wait meanwhile."""
    connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, %s))", (key, token_id))
    row = connection.execute(
        "select body_hash, status, answer from board.ingest_keys where token_id = %s and key = %s",
        (token_id, key),
    ).fetchone()
    return None if row is None else (bytes(row[0]), int(row[1]), dict(row[2]))


def remember_answer(
    connection: psycopg.Connection[Any],
    token_id: int,
    key: str,
    body_hash: bytes,
    status: int,
    answer: Mapping[str, Any],
) -> None:
    """Keeps an answer for when the same is sent again."""
    connection.execute(
        "insert into board.ingest_keys (token_id, key, body_hash, status, answer) values (%s, %s, %s, %s, %s)",
        (token_id, key, body_hash, status, Jsonb(dict(answer))),
    )


def forget_answers(connection: psycopg.Connection[Any], before: datetime) -> int:
    """Drops answers older than a moment; how many."""
    return connection.execute("delete from board.ingest_keys where at < %s", (before,)).rowcount
