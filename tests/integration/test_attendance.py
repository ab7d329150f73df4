"""Attendance in the database: the month worked out by hand, from the rota to the sheet, the file and the reasons."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from zipfile import ZipFile

import psycopg
import pytest
from plotly.utils import PlotlyJSONEncoder
from sqlalchemy import Engine

from callbacks import attendance as page
from callbacks import request
from dashboard import api_attendance
from dashboard.access.door import VIEWER_KEY
from dashboard.api_attendance import attendance, visits
from dashboard.attendance_desk import AttendanceClosed, AttendanceDesk
from dashboard.domain.attendance import Mark
from dashboard.domain.plain_text import safe
from dashboard.domain.policy import DEMO, Role, Scope, Viewer
from dashboard.domain.visits import Tier, period
from dashboard.i18n import Lang
from dashboard.questions import Question
from data_access.engine import make_engine
from data_access.queries.regions import RegionUnknown
from data_access.writes.attendance import BadExcuse, MayNotExcuse, ShiftUnknown, excuse, watch
from data_access.writes.rota import lay_out
from layouts.attendance import layout
from layouts.context import PageContext
from tests.builders import SOUTH, STEP, WEST, Conn, insert_shift, insert_worker, make_district, put_setting
from tests.integration.test_api import conforms, described
from tests.month_sheet import EXCUSED, FIRST, NEXT, NOW, PLAN, ROTA, SHEET, SUMS, ZONE, turnout

SEPTEMBER = datetime(2026, 9, 28, 4, tzinfo=UTC)
TURNS = [
    {"key": key, "start": f"{turn.start_min // 60:02d}:{turn.start_min % 60:02d}",
     "end": f"{turn.end_min // 60 % 24:02d}:{turn.end_min % 60:02d}"}
    for key, turn in ROTA.turns.items()
]  # fmt: skip
ELSEWHERE = Viewer(
    login="s", name="S", roles=frozenset({Role.SUPERVISOR}), scope=Scope(streets=frozenset({"510117002"}))
)
ANALYST = Viewer(login="a", name="A", roles=frozenset({Role.ANALYST}), scope=Scope())


@pytest.fixture
def conn(database_url: str) -> Iterator[Conn]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        make_district(connection, settings={"shifts": TURNS})
        yield connection


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def ids(conn: Conn) -> dict[int, int]:
    """The three workers of the sheet, with patterns, assignments and changes as it says."""
    regions = dict(conn.execute("select code, id from ops.regions").fetchall())
    homes = {1: "5101170010010001", 2: "5101170010010002", 3: "5101170010020001"}
    found = {
        n: insert_worker(conn, code=f"W{n}", name=f"=名{n}", region_id=regions[home])
        for n, home in homes.items()
    }
    for pattern in ROTA.patterns.values():
        conn.execute(
            "insert into ops.rota_patterns (code, name, turns, anchor, rests) values (%s, %s, %s, %s, %s)",
            (pattern.key, pattern.key, list(pattern.turns), pattern.anchor, pattern.rests),
        )
    for one in ROTA.assignments:
        conn.execute(
            "insert into ops.rota_assignments (worker_id, pattern, step, first_day) values (%s, %s, %s, %s)",
            (found[one.worker], one.pattern, one.step, one.first),
        )
    for change in ROTA.changes:
        conn.execute(
            "insert into ops.rota_changes (kind, worker_id, day, other_id, other_day, turn)"
            " values (%s, %s, %s, %s, %s, %s)",
            (change.kind, found[change.worker], change.day, found.get(change.other or 0), change.other_day,
             change.turn),
        )  # fmt: skip
    return found


def happen(conn: Conn, engine: Engine, ids: dict[int, int]) -> None:
    """The month goes as the sheet says: check-ins, what was seen, and the reasons of a supervisor."""
    numbers = {id_: number for number, id_ in ids.items()}
    from dashboard.domain.rota import Planned

    for id_, worker, kind, starts, ends, cancelled in conn.execute(
        "select id, worker_id, kind, starts_at, ends_at, cancelled from ops.shifts"
    ).fetchall():
        day = starts.astimezone(ZONE).date()
        shift = Planned(
            day=day, worker=numbers[worker], starts_at=starts, ends_at=ends, turn=kind, cancelled=cancelled
        )
        went = turnout(shift)
        conn.execute(
            "update ops.shifts set checked_in_at = %s, checked_out_at = %s where id = %s",
            (went.checked_in_at, went.checked_out_at, id_),
        )
        if went.away or went.silent:
            pairs = [
                [round(at.timestamp() * 1000) for one in kind for at in one]
                for kind in (went.away, went.silent)
            ]
            conn.execute(
                "insert into board.shift_watch values (%s, %s, %s, 100, %s, %s)", (id_, starts, ends, *pairs)
            )
        if (mark := EXCUSED.get((shift.worker, day.day))) is not None:
            excuse(engine, DEMO, id_, mark, "=下雨", NOW)


def ask(engine: Engine, viewer: Viewer = DEMO, **query: str) -> Question:
    return Question(
        engine=engine, scope=viewer.scope, now=NOW, lang="zh", query=query, path={}, viewer=viewer
    )


def test_the_month_from_the_rota_to_the_sheet_is_the_one_worked_out_by_hand(
    conn: Conn, engine: Engine, ids: dict[int, int]
) -> None:
    assert lay_out(conn, FIRST, NEXT, SEPTEMBER) > 0
    assert lay_out(conn, FIRST, NEXT, SEPTEMBER) == 0
    for number, line in PLAN.items():
        rows = conn.execute(
            "select starts_at, kind, cancelled from ops.shifts where worker_id = %s", (ids[number],)
        ).fetchall()
        drawn = {at.astimezone(ZONE).day: "v" if off else kind for at, kind, off in rows}
        assert "".join(drawn.get(day, "-") for day in range(1, 32)) == line
    happen(conn, engine, ids)
    body = attendance(ask(engine, region="510117", month="2026-10"))
    conforms(body, described("/api/v1/attendance"))
    assert [worker["code"] for worker in body["workers"]] == ["W1", "W2", "W3"]
    for number, worker in enumerate(body["workers"], start=1):
        assert " ".join(worker["cells"]) == SHEET[number]
        sums = worker["sums"]
        for name in ("due", "attended", "leave", "excused", "nights", "rest_days", "worked_min"):
            assert sums[name] == getattr(SUMS[number], name), (number, name)
        assert {Mark(one["mark"]): one["times"] for one in sums["marks"]} == SUMS[number].times
        assert {Mark(one["mark"]): one["minutes"] for one in sums["marks"]} == SUMS[number].minutes
    assert body["workdays"] == 18
    assert body["sums"]["worked_min"] == sum(one.worked_min for one in SUMS.values())
    street = attendance(ask(engine, region="510117001", month="2026-10"))
    assert [(one["code"], one["workers"]) for one in street["regions"]] == [
        ("510117001001", 2),
        ("510117001002", 1),
    ]
    assert street["regions"][0]["sums"]["attended"] == SUMS[1].attended + SUMS[2].attended
    day = attendance(ask(engine, region="510117", day="2026-10-15"))
    conforms(day, described("/api/v1/attendance"))
    (shift,) = day["workers"][0]["shifts"]
    assert shift["marks"] == [{"mark": "late", "minutes": 20, "excused": True, "reason": "=下雨"}]


def test_the_file_holds_the_sheet_and_no_formula(conn: Conn, engine: Engine, ids: dict[int, int]) -> None:
    lay_out(conn, FIRST, NEXT, SEPTEMBER)
    happen(conn, engine, ids)
    put_setting(conn, "watermark", {"exports": 1})
    got = api_attendance.file(ask(engine, region="510117", month="2026-10", form="csv"))
    text = got.body.decode("utf-8")
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text[1:])))
    lines = {row[0]: row for row in rows if row}
    for number, line in SHEET.items():
        row = lines[f"W{number}"]
        assert row[2] == f"'=名{number}"
        assert " ".join(row[3:34]) == line
        assert row[34:40] == [
            str(getattr(SUMS[number], key))
            for key in ("due", "attended", "leave", "excused", "nights", "rest_days")
        ]
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row)
    book = api_attendance.file(ask(engine, region="510117", day="2026-10-15"))
    with ZipFile(io.BytesIO(book.body)) as parts:
        page = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "'=名1" in page
    assert "<f>" not in page
    mark = f"{DEMO.login} {NOW.astimezone(UTC):%Y-%m-%d %H:%M}Z"
    assert lines["水印"][1] == mark
    assert lines["制作人"][1].endswith(f"({DEMO.login})")
    assert mark in page
    seen = conn.execute("select what, about from board.audit where what = 'export.made'").fetchall()
    assert seen == [("export.made", "510117")] * 2


def test_what_has_begun_stays_and_what_cannot_be_planned_stops_nobody_else(
    conn: Conn, ids: dict[int, int], caplog: pytest.LogCaptureFixture
) -> None:
    lay_out(conn, FIRST, NEXT, SEPTEMBER)
    later = datetime(2026, 10, 20, 4, tzinfo=UTC)
    conn.execute("delete from ops.rota_changes")
    lay_out(conn, FIRST, NEXT, later)
    rows = conn.execute(
        "select starts_at, kind, cancelled from ops.shifts where worker_id = %s", (ids[1],)
    ).fetchall()
    drawn = {at.astimezone(ZONE).day: "v" if off else kind for at, kind, off in rows}
    assert "".join(drawn.get(day, "-") for day in range(1, 32)) == "--N----DDD-LDDDD-EDDDDD--DDDDD-"
    conn.execute(
        "insert into ops.rota_changes (kind, worker_id, day) values ('leave', %s, '2026-10-25')", (ids[1],)
    )
    conn.execute(
        "insert into ops.rota_changes (kind, worker_id, day) values ('leave', %s, '2026-10-27')", (ids[2],)
    )
    conn.execute("update ops.rota_patterns set turns[2] = 'X' where code = 'round'")
    conn.execute("update ops.rota_assignments set pattern = 'office' where worker_id = %s", (ids[2],))
    caplog.clear()
    assert lay_out(conn, FIRST, NEXT, later) > 0
    rows = conn.execute(
        "select worker_id, cancelled from ops.shifts where starts_at > '2026-10-27+08' order by 1, starts_at"
    ).fetchall()
    assert [off for worker, off in rows if worker == ids[2]] == [True, False, False, False]
    (said,) = caplog.records
    # The leave of a day off, and worker 3, whose pattern has a turn that is not there, and whose shifts stay.
    assert vars(said)["count"] == 2
    assert [off for worker, off in rows if worker == ids[3]] == [False, False, False]


def test_reasons_are_for_supervisors_within_their_scope_and_on_record(conn: Conn, engine: Engine) -> None:
    shift = insert_shift(conn, insert_worker(conn), starts_at=NOW - timedelta(days=1), checked_in_at=None)
    with pytest.raises(MayNotExcuse):
        excuse(engine, ANALYST, shift, Mark.ABSENT, "病假", NOW)
    with pytest.raises(ShiftUnknown):
        excuse(engine, ELSEWHERE, shift, Mark.ABSENT, "病假", NOW)
    with pytest.raises(BadExcuse):
        excuse(engine, DEMO, shift, Mark.ABSENT, "  ", NOW)
    desk = AttendanceDesk(engine, lambda: NOW)
    day = (NOW - timedelta(days=1)).date()
    assert desk.day(DEMO, "510117", day).tally.due == 1
    excuse(engine, DEMO, shift, Mark.ABSENT, "病假", NOW)
    assert desk.day(DEMO, "510117", day).tally.due == 0
    excuse(engine, DEMO, shift, Mark.ABSENT, None, NOW)
    assert desk.day(DEMO, "510117", day).tally.due == 1
    rows = conn.execute(
        "select actor, outcome from board.audit where what = 'attendance.excused' order by id"
    ).fetchall()
    assert rows == [("a", "refused"), ("demo", "done"), ("demo", "done")]


def test_sheets_are_closed_to_others_and_cut_to_the_scope(conn: Conn, engine: Engine) -> None:
    insert_shift(conn, insert_worker(conn), starts_at=NOW)
    desk = AttendanceDesk(engine, lambda: NOW)
    with pytest.raises(AttendanceClosed):
        desk.day(ANALYST, "510117")
    with pytest.raises(RegionUnknown):
        desk.day(ELSEWHERE, "510117001")
    assert desk.day(ELSEWHERE, "510117002").workers == ()
    assert len(desk.day(DEMO, "510117001").workers) == 1


def test_who_left_the_grid_and_who_fell_silent_is_seen_in_the_fixes(conn: Conn, engine: Engine) -> None:
    start = NOW.astimezone(UTC) - timedelta(hours=9)
    out, quiet, bare = (insert_worker(conn) for _ in range(3))
    for worker in (out, quiet, bare):
        insert_shift(conn, worker, starts_at=start, checked_out_at=start + timedelta(hours=8))
    for minute in range(480):
        at = start + timedelta(minutes=minute)
        away = 120 <= minute < 160
        fixes = [(out, WEST - STEP if away else WEST + STEP / 2)]
        if not 200 <= minute < 260:
            fixes.append((quiet, WEST + STEP / 2))
        for worker, lon in fixes:
            conn.execute(
                "insert into ops.positions (worker_id, fixed_at, received_at, lon, lat, flags)"
                " values (%s, %s, %s, %s, %s, 0)",
                (worker, at, at, lon, SOUTH + STEP / 2),
            )
    assert watch(conn, NOW) == 3
    assert watch(conn, NOW) == 0
    sheet = AttendanceDesk(engine, lambda: NOW).day(DEMO, "510117", start.astimezone(ZONE).date())
    lines = {one.code: one for one in sheet.workers}
    marks = [
        [
            (mark.mark, mark.minutes)
            for lines_ in one.days.values()
            for line in lines_
            for mark in line.judged.marks
        ]
        for one in sorted(lines.values(), key=lambda one: one.code)
    ]
    assert marks[0][0][0] is Mark.LEFT_POST
    assert abs(marks[0][0][1] - 40) <= 2
    assert marks[1][0][0] is Mark.SILENT
    assert abs(marks[1][0][1] - 61) <= 2
    assert marks[2] == []


def test_visits_are_summed_by_tier_and_period(conn: Conn, engine: Engine) -> None:
    regions = dict(conn.execute("select code, id from ops.regions where level = 'grid'").fetchall())
    first = period(Tier.MONTH, date(2026, 11, 1))[0]
    for n, (code, id_) in enumerate(sorted(regions.items())):
        conn.execute(
            "insert into ops.visits values (%s, 'month', %s, %s, %s, %s)", (id_, first, 10 + n, n, 1)
        )
        conn.execute("insert into ops.visits values (%s, 'month', '2026-10-01', 10, 9, 1)", (id_,))
        assert code
    body = visits(ask(engine, region="510117001"))
    conforms(body, described("/api/v1/visits"))
    (month,) = [one for one in body["tiers"] if one["tier"] == "month"]
    row = conn.execute(
        "select sum(due), sum(done), sum(overdue) from ops.visits v join ops.regions r on r.id = v.region_id"
        " where r.code like '510117001%' and period_start = '2026-11-01'"
    ).fetchone()
    assert row is not None
    assert (month["due"], month["done"], month["overdue"]) == tuple(map(int, row))
    assert [one["rate"] for one in month["course"]][-2] == 0.9
    assert [one["rate"] for one in body["tiers"] if one["tier"] == "week"] == [None]


def marked_on(engine: Engine, day: date) -> list[tuple[str, str | None]]:
    """All marks of a day with their reasons, as the desk has them: what may be explained on the page."""
    sheet = AttendanceDesk(engine, lambda: NOW).day(DEMO, "510117001", day)
    lines = [line for worker in sheet.workers for lines in worker.days.values() for line in lines]
    return [(one.mark, line.shift.reasons.get(one.mark)) for line in lines for one in line.judged.marks]


@dataclass
class Looks:
    """What the page asks of the services."""

    attendance: AttendanceDesk


@pytest.mark.parametrize("lang", list(Lang))
def test_the_page_shows_the_sheet_in_both_languages(
    conn: Conn, engine: Engine, ids: dict[int, int], lang: Lang, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(conn, FIRST, NEXT, SEPTEMBER)
    happen(conn, engine, ids)
    monkeypatch.setattr(request, "asgi_scope", lambda: {VIEWER_KEY: DEMO})
    looks = Looks(attendance=AttendanceDesk(engine, lambda: NOW))
    context = PageContext(lang=lang)
    month = page.read(context, cast(Any, looks), "?region=510117001&month=2026-10")
    for number, line in SHEET.items():
        cells = list(month.workers.rows[number - 1][2:33])
        if lang is Lang.ZH:
            assert " ".join(cells) == line
        assert [one in ("休", "–") for one in cells] == [one == "休" for one in line.split(" ")]
    assert month.regions is not None
    assert [row[3] for row in month.regions.rows] == ["41", "22"]
    day = page.read(context, cast(Any, looks), "?region=510117001&day=2026-10-05")
    assert len(day.workers.rows) == 2
    late = [one for marks in day.workers.reasons for one in marks]
    assert [(one.mark, one.reason) for one in late] == marked_on(engine, date(2026, 10, 5))
    assert json.dumps(layout(context, day).to_plotly_json(), cls=PlotlyJSONEncoder)
    with pytest.raises(page.NotADay):
        page.read(context, cast(Any, looks), "?region=510117001&month=2026-13")


def test_a_cell_of_text_is_never_a_formula() -> None:
    assert [safe(one) for one in ("=1+1", "@a", "-3", "√")] == ["'=1+1", "'@a", "'-3", "√"]
