"""The outbox: rows that triggers write beside every change, until all frames that follow are out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from psycopg import Connection
from psycopg.rows import class_row

CHANNEL: Final = "quanyu_outbox"
BATCH: Final = 500
DEPTH_LIMIT: Final = 100_000


class Kind(StrEnum):
    """What an outbox row is about. All but the first three ask for a rebuild."""

    EVENT = "event"
    WORKER = "worker"
    SHIFT = "shift"
    REGION = "region"
    CATEGORY = "category"
    SETTINGS = "settings"
    RESYNC = "resync"


ENTITY_KINDS: Final = frozenset({Kind.EVENT, Kind.WORKER, Kind.SHIFT})
REBUILD_KINDS: Final = frozenset(Kind) - ENTITY_KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """One change. `kind` as written, which may be no `Kind` at all."""

    id: int
    kind: str
    entity_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxDepth:
    """How much waits (counted up to 100,000), for how long the oldest has, and how many rows are dead."""

    waiting: int
    lag_ms: float
    dead: int


def next_rows(conn: Connection[Any], pending: Collection[int]) -> list[OutboxRow]:
    """The oldest rows that are not pending yet.

    By id, but never beyond one: late commits come with low ids.
    """
    with conn.cursor(row_factory=class_row(OutboxRow)) as cursor:
        return cursor.execute(
            "select id, kind, entity_id from board.outbox where id <> all(%s) order by id limit %s",
            (list(pending), BATCH),
        ).fetchall()


def delete_rows(conn: Connection[Any], ids: Collection[int]) -> None:
    """These rows have done their work."""
    if ids:
        conn.execute("delete from board.outbox where id = any(%s)", (list(ids),))


def bury_row(conn: Connection[Any], row: OutboxRow, reason: str) -> None:
    """Move a row that cannot be understood out of the way, to be looked at by a person."""
    conn.execute(
        "with gone as (delete from board.outbox where id = %s returning *) "
        "insert into board.outbox_dead (id, kind, entity_id, version, region_old, region_new, at, reason) "
        "select id, kind, entity_id, version, region_old, region_new, at, %s from gone "
        "on conflict (id) do nothing",
        (row.id, reason),
    )


def outbox_depth(conn: Connection[Any]) -> OutboxDepth:
    """The state of the outbox, cheaply."""
    ((waiting, lag_ms, dead),) = conn.execute(
        "select (select count(*) from (select from board.outbox limit %s) waiting), "
        "coalesce((select extract(epoch from clock_timestamp() - at) * 1000 from board.outbox "
        "order by id limit 1), 0)::float8, "
        "(select count(*) from (select from board.outbox_dead limit %s) dead)",
        (DEPTH_LIMIT, DEPTH_LIMIT),
    ).fetchall()
    return OutboxDepth(waiting=waiting, lag_ms=max(0.0, lag_ms), dead=dead)
