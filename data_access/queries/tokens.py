"""Who a token speaks for. Owns reading `board.tokens`; whether a token still holds is asked again by every
transaction that writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg

MOST = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token that holds: a worker's device (`worker_id`), or a system that speaks for a `source`."""

    id: int
    worker_id: int | None
    worker_code: str | None
    source: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedToken:
    """A token as a list shows it. `bearer`: the worker's code or the source."""

    id: int
    kind: str
    bearer: str
    name: str
    created_at: datetime
    used_on: date | None
    revoked_at: datetime | None


def tokens_by_hash(connection: psycopg.Connection[Any], digests: Sequence[bytes]) -> dict[bytes, Token]:
    """The tokens that hold among these hashes."""
    rows = connection.execute(
        "select t.hash, t.id, t.worker_id, w.code, t.source from board.tokens t"
        " left join ops.workers w on w.id = t.worker_id"
        " where t.hash = any(%s) and t.revoked_at is null",
        (list(digests),),
    ).fetchall()
    return {
        bytes(digest): Token(id=id_, worker_id=worker_id, worker_code=code, source=source)
        for digest, id_, worker_id, code, source in rows
    }


def worker_ids(connection: psycopg.Connection[Any], codes: Sequence[str]) -> dict[str, int]:
    """Ids of active workers by their code."""
    return dict(
        connection.execute(
            "select code, id from ops.workers where code = any(%s) and active", (list(codes),)
        ).fetchall()
    )


def terminals_by_name(
    connection: psycopg.Connection[Any], names: Sequence[str]
) -> dict[str, list[tuple[Token, bytes]]]:
    """The device tokens that hold, by their name without leading zeros, the newest first, each with its hash."""
    rows = connection.execute(
        "select ltrim(t.name, '0'), t.id, t.worker_id, w.code, t.hash"
        " from board.tokens t join ops.workers w on w.id = t.worker_id"
        " where ltrim(t.name, '0') = any(%s) and t.kind = 'device' and t.revoked_at is null and w.active"
        " order by t.id desc limit %s",
        (list(names), MOST),
    ).fetchall()
    found: dict[str, list[tuple[Token, bytes]]] = {}
    for name, id_, worker_id, code, digest in rows:
        token = Token(id=id_, worker_id=worker_id, worker_code=code, source=None)
        found.setdefault(name, []).append((token, bytes(digest)))
    return found


def listed_tokens(connection: psycopg.Connection[Any]) -> list[ListedToken]:
    """All tokens, in the order in which they were made."""
    rows = connection.execute(
        "select t.id, t.kind, coalesce(w.code, t.source), t.name, t.created_at, t.used_on, t.revoked_at"
        " from board.tokens t left join ops.workers w on w.id = t.worker_id order by t.id limit %s",
        (MOST,),
    ).fetchall()
    return [
        ListedToken(
            id=row[0],
            kind=row[1],
            bearer=row[2],
            name=row[3],
            created_at=row[4],
            used_on=row[5],
            revoked_at=row[6],
        )
        for row in rows
    ]
