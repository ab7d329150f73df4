"""Tokens of devices and systems: made, revoked. Owns their SQL; only hashes ever come here. The caller commits."""

from __future__ import annotations

from typing import Any

import psycopg

from dashboard.errors import DashboardError


class WorkerUnknown(DashboardError):
    """There is no active worker {code}. Import the workers first, or check the code."""

    zh = "没有工号为 {code} 的在用人员。请先导入人员，或检查工号。"


def add_device(connection: psycopg.Connection[Any], worker_code: str, name: str, digest: bytes) -> int:
    """A token for what one worker carries; returns its id. WorkerUnknown."""
    row = connection.execute(
        "insert into board.tokens (kind, worker_id, name, hash)"
        " select 'device', id, %s, %s from ops.workers where code = %s and active returning id",
        (name, digest, worker_code),
    ).fetchone()
    if row is None:
        raise WorkerUnknown(code=worker_code)
    return int(row[0])


def add_system(connection: psycopg.Connection[Any], source: str, name: str, digest: bytes) -> int:
    """A token for a system that speaks for one source; returns its id."""
    row = connection.execute(
        "insert into board.tokens (kind, source, name, hash) values ('system', %s, %s, %s) returning id",
        (source, name, digest),
    ).fetchone()
    assert row is not None
    return int(row[0])


def revoke(connection: psycopg.Connection[Any], token_id: int) -> bool:
    """Ends a token at once; False where there is no such token or it was ended before."""
    return (
        connection.execute(
            "update board.tokens set revoked_at = clock_timestamp() where id = %s and revoked_at is null",
            (token_id,),
        ).rowcount
        > 0
    )
