"""The record: added to at commits, in one chain, changed by nobody."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from dashboard import audit_export
from dashboard.access import audit
from dashboard.access.audit import Outcome
from dashboard.access.door import VIEWER_KEY
from dashboard.domain.policy import DEMO, NOBODY
from data_access.engine import make_engine
from data_access.queries.audit import AuditQuestion, AuditRow, search, verify
from data_access.writes.audit import prune
from tests.builders import put_setting


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = make_engine(database_url, pool_size=10)
    yield made
    made.dispose()


def lines(engine: Engine, **question: object) -> list[AuditRow]:
    with engine.connect() as conn:
        return search(conn, AuditQuestion(**question))  # type: ignore[arg-type]


def holds(engine: Engine) -> bool:
    with engine.connect() as conn:
        return verify(conn).holds


def test_what_was_noted_is_found_again_and_its_chain_can_be_computed_by_anybody(engine: Engine) -> None:
    audit.note(engine, DEMO, "track.seen", "W-0001", day="2026-11-20")
    audit.note(engine, NOBODY, "page.opened", "/admin", Outcome.REFUSED)
    audit.note(engine, DEMO, "event.seen", "E-100%", Outcome.DONE, n=3)
    newest_first = lines(engine)
    assert [(one.actor, one.what, one.about, one.outcome) for one in newest_first] == [
        ("demo", "event.seen", "E-100%", "done"),
        ("", "page.opened", "/admin", "refused"),
        ("demo", "track.seen", "W-0001", "done"),
    ]
    last = b""
    for one in reversed(newest_first):
        last = sha256(last + one.text.encode()).digest()
        assert last.hex() == one.hash
    assert json.loads(newest_first[0].text)[-1] == {"n": 3}
    assert [one.about for one in lines(engine, about="E-100%")] == ["E-100%"]
    assert lines(engine, about="E_100") == []
    assert [one.what for one in lines(engine, what="track.")] == ["track.seen"]
    assert len(lines(engine, outcome="refused", actor="")) == 1
    assert holds(engine)


def exported(engine: Engine) -> list[dict[str, Any]]:
    """The lines of the record as a file."""
    app = Starlette(routes=audit_export.routes(engine))

    async def through_door(scope: AsgiScope, receive: Receive, send: Send) -> None:
        scope[VIEWER_KEY] = DEMO
        await app(scope, receive, send)

    async def ask() -> str:
        transport = httpx.ASGITransport(app=through_door)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return (await client.get("/admin/audit/export")).text

    return [json.loads(line) for line in asyncio.run(ask()).splitlines()]


def test_the_file_holds_every_line_behind_the_mark_that_administrators_want(
    engine: Engine, database_url: str
) -> None:
    audit.note(engine, DEMO, "event.seen", "E-1")
    found = exported(engine)
    assert [one["text"] for one in found] == [one.text for one in lines(engine)]
    assert sha256(found[-1]["text"].encode()).hexdigest() == found[-1]["hash"]
    with psycopg.connect(database_url) as conn:
        put_setting(conn, "watermark", {"exports": 1})
    first, *others = exported(engine)
    assert first["mark"].startswith(f"{DEMO.login} 20")
    assert len(others) == len(found) + 1


def test_a_line_belongs_to_the_transaction_of_its_connection(engine: Engine, database_url: str) -> None:
    with engine.connect() as conn:
        audit.note(conn, DEMO, "act.note", "E-1")
        conn.rollback()
    with psycopg.connect(database_url) as connection:
        audit.note(connection, DEMO, "act.note", "E-2")
    assert [one.about for one in lines(engine)] == ["E-2"]
    assert holds(engine)


def test_many_at_once_make_one_chain(engine: Engine) -> None:
    def often(number: int) -> None:
        for turn in range(20):
            audit.note(engine, DEMO, "event.seen", f"E-{number}-{turn}")

    threads = [threading.Thread(target=often, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.seq for one in lines(engine, limit=500)) == list(range(1, 161))
    assert holds(engine)


@pytest.mark.parametrize(
    "change",
    [
        "update board.audit set actor = 'somebody'",
        "delete from board.audit",
        "truncate board.audit",
        "update board.audit_chain set hash = ''",
        "delete from board.audit_chain",
        "truncate board.audit_chain",
    ],
)
def test_not_even_its_owner_changes_it_by_the_way(engine: Engine, database_url: str, change: str) -> None:
    audit.note(engine, DEMO, "event.seen", "E-1")
    with psycopg.connect(database_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(change)
    assert len(lines(engine)) == 1


@pytest.mark.parametrize(
    "change",
    [
        "update board.audit set actor = 'somebody' where id = 2",
        "delete from board.audit where id = 2",
        "delete from board.audit_chain where seq = 2",
        "delete from board.audit_chain where seq = 3",
        "update board.audit set details = '{\"n\": 1}' where id = 1",
    ],
)
def test_who_turns_the_guards_off_is_found_out(engine: Engine, database_url: str, change: str) -> None:
    for number in range(3):
        audit.note(engine, DEMO, "event.seen", f"E-{number}")
    with psycopg.connect(database_url) as connection:
        connection.execute("alter table board.audit disable trigger all")
        connection.execute("alter table board.audit_chain disable trigger all")
        connection.execute(change)
    assert not holds(engine)


def test_old_lines_go_as_the_policy_says_and_the_rest_still_holds(engine: Engine, database_url: str) -> None:
    for number in range(5):
        audit.note(engine, DEMO, "event.seen", f"E-{number}")
    third = lines(engine)[2].at
    with psycopg.connect(database_url) as connection:
        assert prune(connection, third) == 2
    assert [one.about for one in lines(engine)] == ["2", "E-4", "E-3", "E-2"]
    assert holds(engine)
    with psycopg.connect(database_url) as connection:
        assert prune(connection, datetime.now(UTC) + timedelta(days=1)) == 4
    assert [one.what for one in lines(engine)] == ["audit.pruned"]
    assert holds(engine)
