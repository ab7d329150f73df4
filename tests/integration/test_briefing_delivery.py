"""Briefings as files: asked for in the background, by a command, and laid down when their period is over."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from docx import Document
from openpyxl import load_workbook
from pptx import Presentation
from sqlalchemy import Engine

from dashboard.briefing.content import Briefing, Cadence, Order, to_json
from dashboard.briefing.orders import order_body
from dashboard.briefing.periods import COURSE
from dashboard.briefing_desk import BriefingDesk
from dashboard.briefing_files import FORMS, file_name, make_briefing, period_mark, title_of
from dashboard.briefing_schedule import NOTED, Schedule, lay_down
from dashboard.cli import commands
from dashboard.complaints import sentence_for
from dashboard.domain.policy import DEMO, Scope, Viewer
from dashboard.embedded import PostgresServer
from dashboard.file_desk import FileDesk
from dashboard.file_kinds import Making
from dashboard.file_runs import Makers, making_files
from data_access.queries.file_jobs import FileState
from tests.briefings import week
from tests.conftest import own_database
from tests.generated import NOW, fill
from tests.integration.streaming import eventually

WEEK = "2025-W41"
"""The last one that is over at the district's NOW."""


@pytest.fixture(scope="module")
def url(postgres: PostgresServer) -> Iterator[str]:
    """A generated district with a little of everything."""
    with own_database(postgres) as made:
        fill(made, seed=8, events=150)
        yield made


@pytest.fixture
def desk(engine: Engine) -> BriefingDesk:
    return BriefingDesk(engine, lambda: NOW)


class Told:
    """Keeps what a maker tells."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, int | None]] = []

    def told(self, done: int, total: int | None, note: str = "") -> None:
        assert note
        self.heard.append((done, total))


def words_of(data: bytes, form: str) -> str:
    """All text of a file, read by the library that its kind has."""
    if form == "docx":
        made = Document(io.BytesIO(data))
        return "\n".join(one.text for one in made.paragraphs)
    if form == "pptx":
        slides = Presentation(io.BytesIO(data)).slides
        return "\n".join(
            one.text_frame.text for slide in slides for one in slide.shapes if one.has_text_frame
        )
    book = load_workbook(io.BytesIO(data))
    return "\n".join(str(cell.value) for sheet in book for row in sheet for cell in row if cell.value)


@pytest.mark.parametrize("form", list(FORMS))
def test_a_file_says_what_its_order_asks_for(engine: Engine, tmp_path: Path, form: str) -> None:
    order = Order(region="D", cadence=Cadence.WEEKLY, day=WEEK, texts={"overview.head": "本周总体平稳"})
    told = Told()
    made = make_briefing(
        Making(
            engine=engine,
            viewer=DEMO,
            lang="zh",
            question={"order": order_body(order), "form": form},
            now=NOW,
            path=tmp_path / "made",
            watch=told,
        )
    )
    data = (tmp_path / "made").read_bytes()
    assert zipfile.is_zipfile(io.BytesIO(data))
    assert "本周总体平稳" in words_of(data, form)
    assert made.file_name.endswith(f" {WEEK}.{form}")
    assert told.heard == [(0, 3), (1, 3), (2, 3)]


def test_the_forms_of_one_draft_are_made_of_the_same_numbers(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = []
    draft = BriefingDesk.draft

    def counted(self: BriefingDesk, viewer: Viewer, order: Order) -> Briefing:
        drafts.append(viewer.login)
        return draft(self, viewer, order)

    monkeypatch.setattr(BriefingDesk, "draft", counted)
    order = Order(region="D2", cadence=Cadence.WEEKLY, day=WEEK)
    narrow = replace(DEMO, scope=Scope(streets=frozenset({"D2"})))
    for viewer, form in [(DEMO, "docx"), (DEMO, "xlsx"), (narrow, "docx")]:
        question = {"order": order_body(order), "form": form}
        path, watch = tmp_path / form, Told()
        make_briefing(
            Making(
                engine=engine, viewer=viewer, lang="zh", question=question, now=NOW, path=path, watch=watch
            )
        )
    assert len(drafts) == 2


def test_an_issued_briefing_is_made_from_what_was_frozen(url: str, engine: Engine, tmp_path: Path) -> None:
    clock = datetime.now(UTC)
    live = BriefingDesk(engine, lambda: clock)
    issued = live.issue(DEMO, Order(region="D", cadence=Cadence.WEEKLY, day=WEEK))
    with psycopg.connect(url) as conn:
        conn.execute("update ops.events set state = 'void' where id % 2 = 0")
        conn.rollback()
    files = FileDesk(engine, tmp_path)
    number = files.ask(DEMO, "briefing", {"issued": issued.id, "form": "docx"}, "zh")
    wrong = files.ask(DEMO, "briefing", {"issued": issued.id, "form": "exe"}, "zh")
    gone = files.ask(DEMO, "briefing", {"issued": 10**9, "form": "docx"}, "zh")
    with making_files(Makers(database_url=url, folder=tmp_path, demo=True), threading.Event()):
        eventually(lambda: not any(job.busy for job in files.recent([DEMO.login])))
    states = {job.id: job.state for job in files.recent([DEMO.login])}
    assert states == {number: FileState.DONE, wrong: FileState.FAILED, gone: FileState.FAILED}
    ready = files.fetch(DEMO, number)
    draft = files.ask(
        DEMO, "briefing", {"order": {"region": "D", "cadence": "weekly", "day": WEEK}, "form": "docx"}, "zh"
    )
    with psycopg.connect(url) as conn:
        said = "select details from board.audit where what = %s and about = %s"
        fetched = conn.execute(said, ("file.fetched", str(number))).fetchall()
        asked = conn.execute(said, ("file.asked", str(draft))).fetchall()
    assert fetched == [({"kind": "briefing", "form": "docx", "number": str(issued.id)},)]
    assert asked[0][0] == {
        "kind": "briefing", "form": "docx", "region": "D", "cadence": "weekly", "day": WEEK, "masked": False,
    }  # fmt: skip
    briefing = live.issued(DEMO, issued.id)[1]
    assert briefing.sections[0].headline.text in words_of(ready.path.read_bytes(), "docx")
    assert to_json(briefing) == to_json(live.issued(DEMO, issued.id)[1])


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ({"order": {"cadence": "weekly", "day": "2025-10-08"}, "form": "pptx"}, "周简报 2025-W41.pptx"),
        ({"order": {"cadence": "monthly", "day": "2025-10-08"}, "form": "xlsx"}, "月简报 2025-10.xlsx"),
        ({"order": {"cadence": "daily", "day": "2025-10-08"}, "form": "docx"}, "日简报 2025-10-08.docx"),
        ({"order": {"cadence": 5, "day": ["x"]}, "form": None}, "周简报 ['x'].None"),
        ({"issued": 7, "form": "pptx"}, "简报 #7.pptx"),
        ({}, "简报 #."),
    ],
)
def test_a_list_names_a_file_before_it_is_made(question: dict[str, Any], title: str) -> None:
    assert title_of(question, "zh") == title


def test_a_command_makes_a_file(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUANYU_DATABASE_URL", url)
    run = CliRunner().invoke
    out = tmp_path / "week.docx"
    done = run(commands, ["briefing", "--region", "D1", "--week", WEEK, "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "第 41 周" in words_of(out.read_bytes(), "docx")
    assert run(commands, ["briefing", "--month", "2025-09", "--out", str(tmp_path / "m.pptx")]).exit_code == 0
    for wrong, said in (
        (["--out", str(tmp_path / "x.docx")], "Give one of"),
        (["--week", WEEK, "--day", "2025-10-08", "--out", str(tmp_path / "x.docx")], "Give one of"),
        (["--week", WEEK, "--out", str(tmp_path / "x.exe")], "'.exe'"),
        (["--week", "2025-W99", "--out", str(tmp_path / "x.docx")], "2025-W99"),
        (["--week", WEEK, "--region", "nowhere", "--out", str(tmp_path / "x.docx")], "nowhere"),
    ):
        failed = run(commands, ["briefing", *wrong])
        assert failed.exit_code == 1
        assert failed.exception is not None
        monkeypatch.setenv("LANG", "en_US.UTF-8")
        assert said in str(sentence_for(failed.exception))
    assert {one.name for one in tmp_path.iterdir()} == {"week.docx", "m.pptx"}


def test_a_period_that_is_over_is_laid_down_once(desk: BriefingDesk, tmp_path: Path) -> None:
    folder = tmp_path / "briefings"
    schedule = Schedule(folder=folder, cadences=(Cadence.WEEKLY,), forms=("docx", "xlsx"))
    regions = ["gone", "D", "D1"]
    assert [lay_down(desk, schedule, regions, NOW) for _ in range(3)] == [2, 2, 0]
    names = sorted(one.name for one in folder.iterdir() if one.name != NOTED)
    assert len(names) == 4
    assert all(WEEK in name for name in names)
    for one in folder.iterdir():
        if one.name != NOTED:
            one.unlink()  # somebody took them away
    assert lay_down(desk, schedule, regions, NOW) == 0
    issued = desk.listed(DEMO, "D1")
    assert [(one.by, one.version) for one in issued] == [("schedule", 1)]
    assert period_mark(desk.issued(DEMO, issued[0].id)[1]) == WEEK


def test_a_file_that_could_not_be_written_is_of_the_version_that_was_issued(
    desk: BriefingDesk, tmp_path: Path
) -> None:
    folder = tmp_path / "briefings"
    schedule = Schedule(folder=folder, cadences=(Cadence.WEEKLY,), forms=("docx", "xlsx"))
    name = file_name(desk.draft(DEMO, Order(region="D2", cadence=Cadence.WEEKLY, day=WEEK)))
    blocked = folder / f"{name}.xlsx.part"  # nobody, not even root, writes a file where a folder is
    blocked.mkdir(parents=True)
    for _ in range(2):
        with pytest.raises(OSError, match="xlsx"):
            lay_down(desk, schedule, ["D2"], NOW)
    blocked.rmdir()
    assert lay_down(desk, schedule, ["D2"], NOW) == 1
    assert {one.name for one in folder.iterdir()} == {f"{name}.docx", f"{name}.xlsx", NOTED}
    (issued,) = desk.listed(DEMO, "D2")
    assert (issued.by, issued.version) == ("schedule", 1)
    said = desk.issued(DEMO, issued.id)[1].sections[0].headline.text
    assert all(said in words_of((folder / f"{name}.{form}").read_bytes(), form) for form in ("docx", "xlsx"))


def test_what_was_drafted_issued_and_read_is_on_record(url: str, desk: BriefingDesk) -> None:
    order = Order(region="D1", cadence=Cadence.WEEKLY, day=WEEK, masked=True)
    desk.draft(DEMO, order)
    number = desk.issue(DEMO, order).id
    desk.issued(DEMO, number)
    with psycopg.connect(url) as conn:
        rows = conn.execute(
            "select what, about, details from board.audit where what like 'briefing.%' order by id desc limit 3"
        ).fetchall()
    period = {"cadence": "weekly", "day": "2025-10-06", "masked": True}
    assert rows[::-1] == [
        ("briefing.drafted", "D1", period),
        ("briefing.issued", "D1", period | {"number": number}),
        ("briefing.read", "D1", period | {"number": number}),
    ]


def test_a_period_waits_for_what_comes_late(desk: BriefingDesk, tmp_path: Path) -> None:
    end = desk.latest(Cadence.WEEKLY).window.end
    hours = int((NOW - end) / timedelta(hours=1)) + 1
    late = Schedule(folder=tmp_path, cadences=(Cadence.WEEKLY,), forms=("docx",), hour=hours)
    assert lay_down(desk, late, ["D"], NOW) == 0
    assert [one.name for one in tmp_path.iterdir()] == [NOTED]


class Ordered(BriefingDesk):
    """Keeps what is ordered, at a time of its own; every briefing is the same."""

    def __init__(self, engine: Engine, now: datetime) -> None:
        super().__init__(engine, lambda: now)
        self.orders: list[tuple[str, str]] = []

    def standing(self, viewer: Viewer, order: Order) -> Briefing:
        self.orders.append((order.region, order.day))
        return week()


def test_periods_that_ended_while_nothing_ran_are_made_up_for(engine: Engine, tmp_path: Path) -> None:
    schedule = Schedule(folder=tmp_path, cadences=(Cadence.WEEKLY,), forms=("xlsx",))

    def run(now: datetime, schedule: Schedule = schedule) -> list[str]:
        """The weeks that are ordered until nothing is due any more."""
        desk = Ordered(engine, now)
        while lay_down(desk, schedule, ["D"], now):
            pass
        return [day for _, day in desk.orders]

    assert run(NOW) == ["2025-10-06"]  # the last that was over when there came to be a schedule
    assert run(NOW + timedelta(days=21)) == ["2025-10-27", "2025-10-20", "2025-10-13"]
    assert run(NOW + timedelta(days=21), replace(schedule, forms=("xlsx", "docx"))) == ["2025-10-27"]
    (tmp_path / NOTED).write_text(
        "".join(
            line + "\n" for line in (tmp_path / NOTED).read_text().splitlines() if "10-20 xlsx" not in line
        )
    )
    assert run(NOW + timedelta(days=21)) == ["2025-10-20"]  # its line was taken out
    assert len(run(NOW + timedelta(days=365))) == COURSE
