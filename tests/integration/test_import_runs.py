"""Imports from the page are carried out: one at a time, told as they go, stopped when asked, never half."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dashboard import background_jobs, import_runs
from dashboard.import_choices import read_choices
from dashboard.import_desk import ImportDesk, Order
from dashboard.import_files import report_file
from dashboard.import_runs import Place, importing
from data_access import import_queue
from data_access.duty import take_lock
from data_access.engine import make_engine
from data_access.queries.import_jobs import ImportJob, ImportState, ImportUnknown
from data_access.writes.import_jobs import ImportMoved
from tests.integration.streaming import REPOSITORY, eventually

FIELDS = {"code": "col:编码", "name": "col:名称"}
SMALL = "编码,名称\nA,甲\nB,乙\nA,丙\n,丁\n=1+1,<b>戊</b>\n"
MANY = 6_000


class Desk:
    """A desk over a database of its own, and a shorter way to ask it."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.database_url = database_url
        self.place = Place(database_url=database_url, folder=folder)
        self.engine = make_engine(database_url)
        self.desk = ImportDesk(self.engine, folder, max_upload_mb=100, min_free_mb=0)
        self.desk.open_folder()

    def bring(self, text: str, *, name: str = "部门.csv", kind: str = "departments") -> int:
        """A file that has arrived."""
        stored = secrets.token_hex(16) + Path(name).suffix
        data = text.encode()
        self.desk.path_of(stored).write_bytes(data)
        return self.desk.create(kind=kind, file_name=name, stored_as=stored, size_bytes=len(data))

    def order(self, number: int, *, check: bool = False, **choices: Any) -> None:
        """Have it checked or imported."""
        made = read_choices({"fields": FIELDS, **choices}, "departments")
        order = Order(kind=made.kind, mapping=made.mapping(), options=made.as_json(), check=check)
        self.desk.queue(number, order)

    def job(self, number: int) -> ImportJob:
        """An import as it is now."""
        return self.desk.job(number)

    def until(self, number: int, *states: ImportState) -> ImportJob:
        """Wait for a state."""
        eventually(lambda: self.job(number).state in states, 60)
        return self.desk.job(number)

    def previewed(self, number: int) -> ImportJob:
        """Wait for the first rows."""
        eventually(lambda: self.job(number).previewed)
        return self.desk.job(number)

    def departments(self) -> int:
        """How many there are."""
        with psycopg.connect(self.database_url) as conn:
            row = conn.execute("select count(*) from ops.departments").fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(database_url, tmp_path / "uploads")
    yield made
    made.engine.dispose()


@pytest.fixture
def working(desk: Desk) -> Iterator[Desk]:
    """A desk whose imports are carried out."""
    with importing(desk.place, threading.Event()):
        yield desk


def many() -> str:
    return "编码,名称\n" + "\n".join(f"D{n},部门{n}" for n in range(MANY))


@contextmanager
def held(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """Somebody else's import, which lets no other land."""
    with psycopg.connect(database_url) as conn:
        conn.execute("lock table ops.departments in access exclusive mode")
        yield conn
        conn.rollback()


def test_first_rows_are_read_soon_after_a_file_came(working: Desk) -> None:
    job = working.previewed(working.bring(SMALL))
    assert job.preview is not None
    assert job.preview["columns"] == ["编码", "名称"]
    assert job.preview["rows"][0] == ["A", "甲"]
    assert not job.moving


def test_a_check_writes_nothing_and_an_import_the_good_rows_once(working: Desk) -> None:
    number = working.bring(SMALL)
    working.previewed(number)
    working.order(number, check=True)
    job = working.until(number, ImportState.DONE)
    assert job.report is not None
    assert (job.report["landed"], job.report["rejected"]) == (3, 2)
    assert working.departments() == 0
    working.order(number)
    job = working.until(number, ImportState.DONE)
    assert job.report is not None
    assert (job.report["landed"], job.report["rejected"], working.departments()) == (3, 2, 3)
    with pytest.raises(ImportMoved):
        working.order(number)
    with pytest.raises(ImportMoved):
        working.desk.discard(number)
    again = working.bring(SMALL)
    working.previewed(again)
    working.order(again)
    report = working.until(again, ImportState.DONE).report
    assert report is not None
    assert (report["landed"], report["unchanged"], working.departments()) == (0, 3, 3)


def test_an_import_whose_report_finds_no_room_is_done_all_the_same(
    working: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_runs, "report_file", lambda path, lang: path.parent / "full" / lang)
    number = working.bring(SMALL)
    working.previewed(number)
    working.order(number)
    job = working.until(number, ImportState.DONE, ImportState.FAILED)
    assert (job.state, job.attempts, working.departments()) == (ImportState.DONE, 0, 3)


def test_the_report_lies_beside_the_file_in_both_languages(working: Desk) -> None:
    number = working.bring(SMALL + "x" * 3000 + ",=HYPERLINK(1)\n")
    working.previewed(number)
    working.order(number, check=True)
    job = working.until(number, ImportState.DONE)
    path = working.desk.path_of(job.stored_as)
    zh, en = (report_file(path, lang).read_text(encoding="utf-8") for lang in ("zh", "en"))
    assert zh.startswith("\ufeff行,")
    assert en.startswith("\ufeffrow,")
    assert zh.count("\n") == en.count("\n") >= 4


def test_all_or_nothing_is_not_done_where_a_row_is_bad(working: Desk) -> None:
    number = working.bring(SMALL)
    working.previewed(number)
    working.order(number, all_or_nothing=True)
    job = working.until(number, ImportState.REFUSED)
    assert job.report is not None
    assert job.report["withheld"] is True
    assert working.departments() == 0
    working.order(number)
    working.until(number, ImportState.DONE)
    assert working.departments() == 3


def test_a_file_that_cannot_be_used_is_refused_by_its_own_name(working: Desk) -> None:
    number = working.bring("编码,名称\nA,甲\n", name="年报.csv")
    job = working.previewed(number)
    working.order(number, fields={"code": "col:编号", "name": "col:名称"})
    job = working.until(number, ImportState.REFUSED)
    assert job.report is not None
    assert "编号" in job.report["error"]["zh"]
    assert job.stored_as not in str(job.report)
    assert str(working.place.folder) not in str(job.report)


def test_a_file_that_is_gone_is_said(working: Desk) -> None:
    number = working.bring(SMALL)
    job = working.previewed(number)
    working.desk.path_of(job.stored_as).unlink()
    working.order(number)
    report = working.until(number, ImportState.REFUSED).report
    assert report is not None
    assert "上传" in report["error"]["zh"]


def test_progress_is_told_and_a_running_import_can_be_stopped(
    working: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background_jobs, "TELL_S", 0.0)
    number = working.bring(many())
    working.previewed(number)
    with held(working.database_url):
        working.order(number)
        eventually(lambda: working.desk.progress([number])[0].state is ImportState.RUNNING)
        working.desk.cancel(number)
        assert working.desk.progress([number])[0].moving
    job = working.until(number, ImportState.CANCELLED, ImportState.DONE)
    assert job.state is ImportState.CANCELLED
    assert working.departments() == 0
    working.order(number)
    job = working.until(number, ImportState.DONE)
    assert (job.rows_read, job.rows_total) == (MANY, MANY)
    assert working.departments() == MANY


def test_one_waits_for_the_other_and_can_be_taken_back(working: Desk) -> None:
    first, second = working.bring(SMALL), working.bring("编码,名称\nZ,末\n")
    for number in (first, second):
        working.previewed(number)
    with held(working.database_url):
        working.order(first)
        eventually(lambda: working.job(first).state is ImportState.RUNNING)
        working.order(second)
        assert working.job(second).state is ImportState.QUEUED
        third = working.bring(SMALL)
        assert working.previewed(third).preview is not None
        working.desk.cancel(second)
        assert working.job(second).state is ImportState.CANCELLED
    working.until(first, ImportState.DONE)
    assert working.departments() == 3


def test_two_processes_do_not_work_on_the_queue_at_once(desk: Desk) -> None:
    with psycopg.connect(desk.database_url, autocommit=True) as other:
        assert take_lock(other, import_queue.IMPORTING)
        with importing(desk.place, threading.Event()):
            number = desk.bring(SMALL)
            desk.previewed(number)
            desk.order(number)
            other.execute("select pg_sleep(0.05)")
            assert desk.job(number).state is ImportState.QUEUED
            other.execute("select pg_advisory_unlock_all()")
            desk.until(number, ImportState.DONE)


def test_a_killed_process_leaves_nothing_half_written_and_the_next_one_finishes(desk: Desk) -> None:
    environment = {
        **os.environ,
        "QUANYU_DATABASE_URL": desk.database_url,
        "QUANYU_DATA_DIR": str(desk.place.folder.parent),
    }
    command = [sys.executable, "app.py", "work"]
    number = desk.bring(many())
    with (
        held(desk.database_url),
        subprocess.Popen(command, cwd=REPOSITORY, env=environment, stderr=subprocess.DEVNULL) as work,
    ):
        try:
            eventually(lambda: desk.job(number).previewed, 60)
            desk.order(number)
            eventually(lambda: desk.job(number).state is ImportState.RUNNING, 60)
        finally:
            work.kill()
    assert desk.departments() == 0
    assert desk.job(number).state is ImportState.RUNNING
    with importing(desk.place, threading.Event()):
        job = desk.until(number, ImportState.DONE, ImportState.FAILED)
    assert (job.state, job.attempts) == (ImportState.DONE, 1)
    assert desk.departments() == MANY


def test_what_brings_the_process_down_twice_is_given_up(desk: Desk) -> None:
    number, unread = desk.bring(SMALL), desk.bring(SMALL)
    with psycopg.connect(desk.database_url, autocommit=True) as conn:
        conn.execute(
            "update board.imports set state = 'running', attempts = 1, preview = '{}' where id = %s",
            (number,),
        )
        conn.execute("""update board.imports set preview = '{"reading": true}' where id = %s""", (unread,))
    with importing(desk.place, threading.Event()):
        job = desk.until(number, ImportState.FAILED)
        seen = desk.previewed(unread)
    assert job.report is not None
    assert job.report["error"]["en"]
    assert seen.preview is not None
    assert seen.preview["error"]["zh"]
    assert desk.departments() == 0


def test_files_are_thrown_away_when_asked_and_when_old(working: Desk) -> None:
    number = working.bring(SMALL)
    job = working.previewed(number)
    working.desk.discard(number)
    assert not working.desk.path_of(job.stored_as).exists()
    with pytest.raises(ImportUnknown):
        working.job(number)
    kept, old = working.bring(SMALL), working.bring(SMALL)
    for one in (kept, old):
        working.previewed(one)
    with psycopg.connect(working.database_url, autocommit=True) as conn:
        conn.execute("update board.imports set created_at = now() - interval '8 days' where id = %s", (old,))
        needed = import_queue.needed_files(conn, datetime.now(UTC) - timedelta(days=7))
    assert needed == {working.job(kept).stored_as}


def test_other_options_of_the_file_have_it_read_again(working: Desk) -> None:
    number = working.bring("编码;名称\nA;甲\n")
    working.previewed(number)
    working.desk.reread(number, {"encoding": "big5"})
    job = working.previewed(number)
    assert job.preview is not None
    assert job.preview.get("columns") != ["编码;名称"]


def test_the_list_is_light_and_new_ones_come_first(working: Desk) -> None:
    numbers = [working.bring(SMALL) for _ in range(3)]
    for number in numbers:
        working.previewed(number)
    working.order(numbers[0], check=True)
    working.until(numbers[0], ImportState.DONE)
    found = working.desk.recent()
    assert [job.id for job in found] == numbers[::-1]
    report = found[-1].report
    assert report is not None
    assert "findings" not in report
    assert all(job.preview is None for job in found)
