"""How much anybody may have made: questions, files that wait, streams that tell of them, room on the disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import anyio
import psycopg
import pytest

from dashboard.domain.policy import DEMO
from dashboard.file_board import MOST_STREAMS, FileBoard
from dashboard.file_desk import (
    FileDesk,
    MayNotMake,
    NoRoomForFiles,
    QuestionTooLong,
)
from data_access import file_queue
from data_access.queries.file_jobs import FileUnknown
from data_access.writes.file_jobs import MOST_WAITING, TooManyFiles
from tests.integration.file_hall import GUEST, OTHER, Hall


def test_a_file_is_made_again_as_if_it_were_asked_for(hall: Hall) -> None:
    number = hall.ask("short")
    hall.desk.cancel(DEMO, number)
    with pytest.raises(FileUnknown):
        hall.desk.repeat(OTHER, number)
    with pytest.raises(MayNotMake):
        hall.desk.repeat(replace(GUEST, login=DEMO.login), number)
    for _ in range(MOST_WAITING):
        hall.ask("short")
    with pytest.raises(TooManyFiles):
        hall.desk.repeat(DEMO, number)
    hall.desk.cancel(DEMO, number + 1)
    hall.desk.repeat(DEMO, number)
    with psycopg.connect(hall.database_url) as conn:
        rows = conn.execute(
            "select what, details from board.audit where about = %s order by id", (str(number),)
        )
        assert rows.fetchall() == [("file.asked", {"kind": "short"}), ("file.repeated", {"kind": "short"})]


def test_owners_take_turns(hall: Hall) -> None:
    for owner, name in ((DEMO, "a"), (DEMO, "b"), (DEMO, "c"), (OTHER, "d"), (OTHER, "e")):
        hall.ask("short", name, owner)
    with psycopg.connect(hall.database_url, autocommit=True) as conn:
        claimed = [file_queue.claim_file(conn, file_queue.QUICK) for _ in range(5)]
    assert [job and job.question["name"] for job in claimed] == ["a", "d", "b", "e", "c"]


def test_nothing_is_made_where_the_disk_is_nearly_full(hall: Hall) -> None:
    number = hall.ask("short")
    hall.desk.cancel(DEMO, number)
    full = FileDesk(hall.engine, hall.folder, hall.kinds, min_free_mb=10**9)
    with pytest.raises(NoRoomForFiles):
        full.ask(DEMO, "short", {}, "zh")
    with pytest.raises(NoRoomForFiles):
        full.repeat(DEMO, number)


def test_questions_are_as_long_as_their_kind_takes_and_in_no_list(hall: Hall) -> None:
    with pytest.raises(QuestionTooLong):
        hall.ask("short", "长" * 3_000)
    number = hall.ask("short", "长" * 2_000)
    assert hall.job(number).question == {"name": "长" * 2_000}
    assert [job.question for job in hall.desk.recent([DEMO.login])] == [{}]


def test_progress_ends_with_the_session_and_nobody_opens_more_than_a_few(hall: Hall) -> None:
    hall.ask("short")
    board, ends = FileBoard(hall.desk.recent), [list[Callable[[], None]]() for _ in range(MOST_STREAMS)]

    def watch(kept: list[Callable[[], None]], end: Callable[[], None]) -> Callable[[], None]:
        kept.append(end)
        return kept.clear

    async def followed() -> None:
        streams = [board.follow(DEMO.login, "zh", partial(watch, kept)) for kept in ends]
        for stream in streams:
            assert await anext(stream)
        assert not board.has_room(DEMO.login)
        assert board.has_room(OTHER.login)
        assert [told async for told in board.follow(DEMO.login, "zh")] == []
        for (end,) in list(ends):
            end()
        for stream in streams:
            assert [told async for told in stream] == []
        assert board.has_room(DEMO.login)

    anyio.run(followed)
    assert ends == [[]] * MOST_STREAMS  # nobody watches over a stream that is over
