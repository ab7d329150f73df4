"""Files made in the background: told as they go, stopped when asked, whole or not at all, for their owner alone."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import httpx
import psycopg
import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope

from dashboard.access.door import VIEWER_KEY
from dashboard.domain.policy import DEMO, Role
from dashboard.file_board import FileBoard
from dashboard.file_desk import (
    FileClosed,
    FileNotReady,
    MayNotMake,
)
from dashboard.file_routes import routes
from dashboard.file_runs import KEPT, clear_away
from data_access import file_queue
from data_access.duty import take_lock
from data_access.queries.file_jobs import FileState, FileUnknown
from data_access.writes.file_jobs import MOST_WAITING, FileBusy, TooManyFiles
from tests.integration.file_hall import GUEST, OTHER, STREET, Hall
from tests.integration.streaming import eventually


def test_a_file_is_made_and_fetched_by_its_owner_alone(hall: Hall) -> None:
    number = hall.ask("short", "甲")
    with pytest.raises(FileNotReady):
        hall.desk.fetch(DEMO, number)
    with hall.working():
        job = hall.until(number, FileState.DONE)
    assert (job.file_name, job.rows, job.title) == ("周报 甲.txt", 1, "甲.txt")
    ready = hall.desk.fetch(DEMO, number)
    assert ready.path.read_text() == "甲 zh"
    assert job.size_bytes == len("甲 zh".encode())
    assert ready.path.stat().st_mode & 0o077 == 0
    with pytest.raises(FileUnknown):
        hall.desk.fetch(OTHER, number)
    with pytest.raises(FileClosed):
        hall.desk.fetch(STREET, number)
    with pytest.raises(FileClosed):
        hall.desk.fetch(replace(DEMO, roles=frozenset({Role.ANALYST})), number)


def test_what_is_asked_and_fetched_is_on_record(hall: Hall) -> None:
    number = hall.ask("short")
    with hall.working():
        hall.until(number, FileState.DONE)
    hall.desk.fetch(DEMO, number)
    with psycopg.connect(hall.database_url) as conn:
        rows = conn.execute("select what from board.audit where about = %s order by id", (str(number),))
        assert [row[0] for row in rows] == ["file.asked", "file.fetched"]


def test_nobody_has_made_what_they_may_not(hall: Hall) -> None:
    with pytest.raises(MayNotMake):
        hall.ask("short", viewer=GUEST)
    gone = hall.ask("short", viewer=OTHER)  # no such user any more when its turn comes
    with hall.working():
        eventually(lambda: hall.job(gone, OTHER).state is FileState.FAILED)
    assert (hall.job(gone, OTHER).error or {}).keys() == {"zh", "en"}
    assert hall.made == []


def test_a_refusal_is_a_sentence_and_a_fault_tells_nothing(hall: Hall) -> None:
    refused, broken = hall.ask("refused"), hall.ask("broken")
    with hall.working():
        assert hall.until(refused, FileState.FAILED).error == {
            "zh": "没有内容可写。",
            "en": "There is nothing to write.",
        }
        error = hall.until(broken, FileState.FAILED).error
    assert error is not None
    assert "nobody" not in json.dumps(error)
    assert hall.lying() == []


def test_a_quick_file_does_not_wait_behind_a_long_one(hall: Hall) -> None:
    long, longer = hall.ask("long"), hall.ask("long", "b")
    with hall.working():
        hall.until(long, FileState.RUNNING)
        quick = hall.ask("short")
        hall.until(quick, FileState.DONE)
        assert hall.job(longer).state is FileState.QUEUED
        eventually(lambda: (hall.job(long).done, hall.job(long).note) >= (1, "rows"))
        hall.gate.set()
        assert hall.until(long, FileState.DONE).done == 10_000
        hall.until(longer, FileState.DONE)


def test_a_file_that_is_stopped_leaves_nothing_and_can_be_made_again(hall: Hall) -> None:
    running, waiting = hall.ask("long"), hall.ask("long", "b")
    with hall.working():
        hall.until(running, FileState.RUNNING)
        for number in (waiting, running):
            with pytest.raises(FileBusy):
                hall.desk.discard(DEMO, number)
            hall.desk.cancel(DEMO, number)
            with pytest.raises(FileUnknown):
                hall.desk.cancel(OTHER, number)
        hall.until(running, FileState.CANCELLED)
        assert hall.job(waiting).state is FileState.CANCELLED
        assert hall.lying() == []
        hall.gate.set()
        hall.desk.repeat(DEMO, running)
        hall.until(running, FileState.DONE)
    assert len(hall.lying()) == 1
    hall.desk.discard(DEMO, running)
    assert hall.lying() == []


def test_a_file_whose_process_ends_is_made_by_the_next_one(hall: Hall) -> None:
    number = hall.ask("long")
    with hall.working():
        hall.until(number, FileState.RUNNING)
    assert hall.job(number).state is FileState.QUEUED
    assert hall.lying() == []
    hall.gate.set()
    with hall.working():
        hall.until(number, FileState.DONE)


def test_a_file_whose_process_dies_is_begun_anew_once(hall: Hall) -> None:
    number = hall.ask("short")
    for state in (FileState.QUEUED, FileState.FAILED):
        with psycopg.connect(hall.database_url, autocommit=True) as conn:
            claimed = file_queue.claim_file(conn, file_queue.QUICK)
            assert claimed is not None
            file_queue.FILES.recover(conn, {"zh": "断", "en": "broke"}, file_queue.QUICK)
        assert hall.job(number).state is state
    assert hall.job(number).error == {"zh": "断", "en": "broke"}


def test_two_processes_do_not_make_the_same_file(hall: Hall) -> None:
    with psycopg.connect(hall.database_url, autocommit=True) as other:
        for slot in (file_queue.QUICK, file_queue.ANY):
            assert take_lock(other, slot)
        number = hall.ask("short")
        with hall.working():
            with psycopg.connect(hall.database_url, autocommit=True) as conn:
                waits = "select count(*) from pg_stat_activity where application_name = 'quanyu files'"
                eventually(lambda: conn.execute(waits).fetchone() == (2,))
            assert hall.job(number).state is FileState.QUEUED
            other.close()
            hall.until(number, FileState.DONE)
    assert hall.made == ["a"]


def test_nobody_fills_the_queue(hall: Hall) -> None:
    for _ in range(MOST_WAITING):
        hall.ask("short")
    with pytest.raises(TooManyFiles):
        hall.ask("short")
    hall.ask("short", viewer=OTHER)


def test_files_go_after_their_time_and_strangers_are_left_alone(hall: Hall) -> None:
    number = hall.ask("short")
    with hall.working():
        hall.until(number, FileState.DONE)
    stray, foreign = hall.folder / ("f" * 32 + ".part"), hall.folder / "notes.txt"
    for path in (stray, foreign, *hall.lying()):
        path.touch()
        os.utime(path, (0, 0))
    now = datetime.now(UTC)
    with psycopg.connect(hall.database_url, autocommit=True) as conn:
        assert clear_away(conn, hall.folder, now) == 1
        assert hall.desk.fetch(DEMO, number).path.is_file()
        assert clear_away(conn, hall.folder, now + KEPT + timedelta(minutes=1)) == 1
    assert hall.lying() == [foreign]
    assert hall.desk.recent([DEMO.login]) == []


@dataclass(frozen=True, slots=True)
class Browser:
    """Asks an application in this very process."""

    app: ASGIApp

    def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, path, **given)

        return anyio.run(asked)


@pytest.fixture
def client(hall: Hall) -> Browser:
    """A browser of the demo's viewer."""
    board = FileBoard(hall.desk.recent)
    app = Starlette(routes=routes(hall.desk, board))

    async def admitted(scope: AsgiScope, receive: Receive, send: Send) -> None:
        scope[VIEWER_KEY] = DEMO
        await app(scope, receive, send)

    return Browser(admitted)


def test_a_page_asks_follows_and_fetches(hall: Hall, client: Browser) -> None:
    asked = client.ask("POST", "/exports", json={"kind": "short", "question": {"name": "周报"}})
    assert asked.status_code == 201
    number = asked.json()["id"]
    with hall.working():
        told = [
            line
            for line in client.ask("GET", "/exports/progress").text.split("\n")
            if line.startswith("data")
        ]
        # the stream ends by itself when nothing moves any more
    last = json.loads(told[-1].removeprefix("data: "))["jobs"]
    assert [(one["id"], one["state"], one["file_name"]) for one in last] == [
        (number, "done", "周报 周报.txt")
    ]
    assert client.ask("GET", "/exports").json()["jobs"] == last
    file = client.ask("GET", f"/exports/{number}/file")
    assert file.content == "周报 zh".encode()
    assert (
        "filename*=UTF-8''%E5%91%A8%E6%8A%A5%20%E5%91%A8%E6%8A%A5.txt" in file.headers["content-disposition"]
    )
    assert file.headers["cache-control"] == "no-store"
    assert client.ask("POST", f"/exports/{number}/repeat").status_code == 404
    assert client.ask("DELETE", f"/exports/{number}").status_code == 204
    assert client.ask("GET", f"/exports/{number}/file").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b'{"kind": "short"}', 400),
        (b'{"kind": 1, "question": {}}', 400),
        (b'{"kind": "short", "question": {"a": "\\u0000"}}', 400),
        (b'{"kind": "short", "question": {"a": "\\ud800"}}', 400),
        (b'{"kind": "short", "question": {"a": NaN}}', 400),
        (b'{"kind": "short", "question": {"a": 1e999}}', 400),
        (b'{"kind": "short", "question": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001, 400),
        (b'{"kind": "nothing", "question": {}}', 404),
        (b'{"kind": "short", "question": {"a": "' + b"x" * 300_000 + b'"}}', 413),
    ],
)
def test_what_cannot_be_read_is_refused(client: Browser, body: bytes, status: int) -> None:
    answer = client.ask("POST", "/exports", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status
    assert answer.json()["error"]["message"]
