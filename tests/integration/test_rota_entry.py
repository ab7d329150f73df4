"""The rota as supervisors enter it: the month worked out by hand comes of it, and what cannot be changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import psycopg
import pytest
from click.testing import CliRunner
from plotly.utils import PlotlyJSONEncoder
from sqlalchemy import Engine

from callbacks import attendance as page
from callbacks import request
from dashboard.access.door import VIEWER_KEY
from dashboard.cli_rota import rota as command
from dashboard.domain.policy import DEMO, Role, Scope, Viewer
from dashboard.domain.rota import RotaWrong
from dashboard.domain.rota_entry import BadRota, entry_from
from dashboard.errors import DashboardError
from dashboard.i18n import Lang
from dashboard.rota_desk import MayNotRoster, RotaDesk
from data_access.engine import make_engine
from data_access.writes.rota import lay_out
from data_access.writes.rota_entries import DayIsOver, NotInRota, enter
from layouts.context import PageContext
from layouts.rota import layout
from tests.builders import Conn, insert_worker, make_district
from tests.integration.streaming import eventually
from tests.integration.test_attendance import ANALYST, ELSEWHERE, TURNS
from tests.month_sheet import FIRST, NEXT, PLAN, ROTA, ZONE

NOW = datetime(2026, 9, 28, 4, tzinfo=UTC)
STREET = Viewer(
    login="s", name="", roles=frozenset({Role.SUPERVISOR}), scope=Scope(streets=frozenset({"510117001"}))
)
HOMES = {1: "5101170010010001", 2: "5101170010010002", 3: "5101170010020001"}


@pytest.fixture
def conn(database_url: str) -> Iterator[Conn]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        make_district(connection, settings={"shifts": TURNS})
        regions: dict[str, int] = dict(connection.execute("select code, id from ops.regions").fetchall())
        for n, home in HOMES.items():
            insert_worker(connection, code=f"W{n}", name=f"<b>{n}</b>", region_id=regions[home])
        yield connection


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def desk(engine: Engine) -> RotaDesk:
    return RotaDesk(engine, lambda: NOW)


def entries() -> Iterator[dict[str, Any]]:
    """The rota of the hand-made month as requests, from today on."""
    for pattern in ROTA.patterns.values():
        turns, anchor = list(pattern.turns), pattern.anchor.isoformat()
        yield {
            "enter": "pattern",
            "code": pattern.key,
            "turns": turns,
            "anchor": anchor,
            "rests": pattern.rests,
        }
    for one in ROTA.assignments:
        yield {
            "enter": "assign", "workers": [f"W{one.worker}"], "pattern": one.pattern, "step": one.step,
            "first": "2026-09-28",
        }  # fmt: skip
    for change in ROTA.changes:
        asked = {"enter": change.kind, "worker": f"W{change.worker}", "day": change.day.isoformat()}
        if change.other is not None and change.other_day is not None:
            asked |= {"other": f"W{change.other}", "other_day": change.other_day.isoformat()}
        yield asked | ({"turn": change.turn} if change.turn else {})


def month(conn: Conn) -> dict[int, str]:
    """A letter for each day of October: the turn, v for one let off."""
    found = {}
    for n in HOMES:
        rows = conn.execute(
            "select starts_at, kind, cancelled from ops.shifts s join ops.workers w on w.id = s.worker_id"
            " where w.code = %s and starts_at >= '2026-10-01+08' order by starts_at",
            (f"W{n}",),
        ).fetchall()
        drawn = {at.astimezone(ZONE).day: "v" if off else kind for at, kind, off in rows}
        found[n] = "".join(drawn.get(day, "-") for day in range(1, 32))
    return found


def test_what_is_entered_becomes_the_month_worked_out_by_hand(conn: Conn, desk: RotaDesk) -> None:
    for body in entries():
        desk.enter(DEMO, body)
    ahead = conn.execute("select max(starts_at) from ops.shifts").fetchone()
    assert ahead is not None and ahead[0] > NOW + timedelta(days=12)  # noqa: PT018
    lay_out(conn, FIRST, NEXT, NOW)
    assert month(conn) == PLAN
    lines = conn.execute(
        "select about, details from board.audit where what = 'rota.entered' order by id"
    ).fetchall()
    assert len(lines) == len(list(entries()))
    assert lines[-1][0] == "W3"
    assert lines[-1][1]["kind"] == "leave"


def test_a_change_is_taken_back_and_a_pattern_is_left(conn: Conn, desk: RotaDesk) -> None:
    for body in entries():
        desk.enter(DEMO, body)
    lay_out(conn, FIRST, NEXT, NOW)
    ids = conn.execute(
        "select id from ops.rota_changes where kind = 'leave' and worker_id = (select id from ops.workers"
        " where code = 'W1') order by day"
    ).fetchall()
    for (id_,) in ids:
        desk.enter(DEMO, {"enter": "withdraw", "id": id_})
    lay_out(conn, FIRST, NEXT, NOW)
    assert month(conn)[1] == PLAN[1].replace("vv", "DD")
    desk.enter(DEMO, {"enter": "assign", "workers": ["W3"], "pattern": None, "first": "2026-10-25"})
    assert month(conn)[3] == PLAN[3][:24] + "-------"


REFUSED: list[tuple[dict[str, Any], type[DashboardError]]] = [
    ({"enter": "leave", "worker": "W1", "day": "2026-10-03"}, RotaWrong),
    ({"enter": "extra", "worker": "W2", "day": "2026-10-01", "turn": "E"}, RotaWrong),
    ({"enter": "extra", "worker": "W2", "day": "2026-10-08", "turn": "X"}, RotaWrong),
    (
        {"enter": "swap", "worker": "W1", "day": "2026-10-12", "other": "W2", "other_day": "2026-10-07"},
        RotaWrong,
    ),
    ({"enter": "leave", "worker": "W9", "day": "2026-10-12"}, NotInRota),
    ({"enter": "assign", "workers": ["W1"], "pattern": "no", "first": "2026-10-01"}, NotInRota),
    ({"enter": "withdraw", "id": 99}, NotInRota),
    ({"enter": "leave", "worker": "W1", "day": "2026-09-27"}, DayIsOver),
    ({"enter": "leave", "worker": "W1", "day": "2028-09-27"}, DayIsOver),
    ({"enter": "pattern", "code": "p", "turns": ["X"], "anchor": "2026-10-01"}, RotaWrong),
    ({"enter": "pattern", "code": "p", "turns": [], "anchor": "2026-10-01"}, BadRota),
    ({"enter": "extra", "worker": "W1", "day": "2026-10-01"}, BadRota),
    ({"enter": "leave", "worker": "W1", "day": "soon"}, BadRota),
    ({"enter": "leave", "worker": "a\0b", "day": "2026-10-12"}, BadRota),
    ({"enter": ["leave"]}, BadRota),
    ({}, BadRota),
]


def held(conn: Conn) -> list[Any]:
    return [
        conn.execute(f"select * from ops.{table} order by 1").fetchall()
        for table in ("shifts", "rota_changes", "rota_assignments", "rota_patterns")
    ]


def test_what_cannot_be_is_refused_and_changes_nothing(conn: Conn, desk: RotaDesk) -> None:
    for body in list(entries())[:5]:
        desk.enter(DEMO, body)
    before = held(conn)
    for body, error in REFUSED:
        with pytest.raises(error):
            desk.enter(DEMO, body)
    leave = {"enter": "leave", "worker": "W1", "day": "2026-10-12"}
    for viewer, error in ((ANALYST, MayNotRoster), (ELSEWHERE, NotInRota)):
        with pytest.raises(error):
            desk.enter(viewer, leave)
    with pytest.raises(MayNotRoster):
        desk.enter(STREET, next(entries()))
    assert held(conn) == before
    assert desk.enter(STREET, leave) == ["W1"]


def test_of_two_who_enter_the_same_at_once_one_is_told(conn: Conn, desk: RotaDesk, database_url: str) -> None:
    for body in list(entries())[:5]:
        desk.enter(DEMO, body)
    leave = {"enter": "leave", "worker": "W1", "day": "2026-10-12"}
    waiting = (
        "select 1 from pg_locks where not granted and locktype = 'advisory'"
        " and database = (select oid from pg_database where datname = current_database())"
    )
    with ThreadPoolExecutor(1) as pool:
        with psycopg.connect(database_url) as first:
            enter(first, entry_from(leave), lambda _: True, "first", NOW)
            second = pool.submit(desk.enter, DEMO, leave)
            eventually(lambda: second.done() or conn.execute(waiting).fetchone() is not None)
        with pytest.raises(RotaWrong, match=r"W1 has no turn on 2026-10-12"):
            second.result()
    assert conn.execute("select kind, actor from ops.rota_changes").fetchall() == [("leave", "first")]
    assert lay_out(conn, FIRST, NEXT, NOW) > 0


def test_what_was_wrong_before_refuses_nobody_elses_entry(conn: Conn, desk: RotaDesk) -> None:
    for body in list(entries())[:5]:
        desk.enter(DEMO, body)
    conn.execute(
        "insert into ops.rota_changes (kind, worker_id, day) select 'leave', id, day from ops.workers,"
        " unnest(array['2026-10-12', '2026-10-12', '2026-10-12']::date[]) as d (day) where code = 'W1'"
    )
    leave = {"enter": "leave", "worker": "W3", "day": "2026-10-14"}
    assert desk.enter(STREET, leave) == ["W3"]
    with pytest.raises(RotaWrong):
        desk.enter(STREET, leave)
    ids = conn.execute("select max(id) from ops.rota_changes c where day = '2026-10-12'").fetchone()
    assert ids is not None
    assert desk.enter(STREET, {"enter": "withdraw", "id": ids[0]}) == ["W1"]


def test_a_worker_of_another_street_is_told_in_general_words(
    conn: Conn, desk: RotaDesk, database_url: str
) -> None:
    for body in entries():
        desk.enter(DEMO, body)
    conn.execute(
        "update ops.workers set region_id = (select id from ops.regions where code = '5101170020010001')"
        " where code = 'W2'"
    )
    swap, leave = conn.execute(
        "select id, kind from ops.rota_changes where day in ('2026-10-12', '2026-10-22') order by day"
    ).fetchall()
    for viewer in (STREET, ELSEWHERE):
        with pytest.raises(NotInRota) as refused:
            desk.enter(viewer, {"enter": "withdraw", "id": swap[0]})
        assert "W" not in refused.value.sentence()
    assert desk.enter(STREET, {"enter": "withdraw", "id": leave[0]}) == ["W1"]
    resting = {"enter": "pattern", "code": "round", "turns": [None], "anchor": "2026-10-01"}
    with pytest.raises(RotaWrong, match=r": W2 has no turn on 2026-10-12"):
        desk.enter(DEMO, resting)
    with (
        psycopg.connect(database_url) as connection,
        pytest.raises(RotaWrong, match=r": a worker of another street has no turn"),
    ):
        enter(connection, entry_from(resting), lambda code: code.startswith("510117001"), "x", NOW)
    assert desk.enter(DEMO, {"enter": "withdraw", "id": swap[0]}) == ["W1", "W2"]
    noted = conn.execute(
        "select details from board.audit where what = 'rota.entered' order by id desc limit 1"
    )
    assert noted.fetchall()[0][0]["workers"] == ["W1", "W2"]


@dataclass
class Looks:
    """What the page asks of the services."""

    rota: RotaDesk


@pytest.mark.parametrize("lang", list(Lang))
def test_the_page_shows_two_weeks(
    conn: Conn, desk: RotaDesk, lang: Lang, monkeypatch: pytest.MonkeyPatch
) -> None:
    for body in entries():
        desk.enter(DEMO, body)
    monkeypatch.setattr(request, "asgi_scope", lambda: {VIEWER_KEY: DEMO})
    context = PageContext(lang=lang)
    query = {"region": "510117001", "rota": "2026-10-01"}
    view = page.read_rota(context, cast(Any, Looks(rota=desk)), query)
    drawn = {
        int(line.code[1:]): "".join("v" if one.off else one.text or "-" for one in line.cells)
        for line in view.lines
    }
    laid = 28 + 14 - 30  # days of October that are laid out on 28 September
    assert {n: line[:11] for n, line in drawn.items()} == {n: line[:11] for n, line in PLAN.items()}
    assert set("".join(line[laid:] for line in drawn.values())) == {"-"}
    assert [one.open for one in view.lines[0].cells] == [True] * 14
    assert len(view.changes) == 3
    assert json.dumps(layout(context, view).to_plotly_json(), cls=PlotlyJSONEncoder)
    assert desk.sheet(ELSEWHERE, "510117002").workers == ()


def shown(desk: RotaDesk, viewer: Viewer, monkeypatch: pytest.MonkeyPatch) -> str:
    """The page of a street as somebody sees it."""
    monkeypatch.setattr(request, "asgi_scope", lambda: {VIEWER_KEY: viewer})
    context = PageContext(lang=Lang.ZH)
    query = {"region": "510117001", "rota": "2026-10-12"}
    drawn = layout(context, page.read_rota(context, cast(Any, Looks(rota=desk)), query))
    return json.dumps(drawn.to_plotly_json(), cls=PlotlyJSONEncoder, ensure_ascii=False)


def test_the_page_tells_no_notes_to_those_who_see_no_names_and_nobody_of_another_street(
    conn: Conn, desk: RotaDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for body in entries():
        desk.enter(DEMO, body)
    conn.execute("update ops.rota_changes set note = '住院手术'")
    looking = Viewer(login="l", name="", roles=frozenset({Role.LEADER}), scope=STREET.scope)
    assert "住院手术" in shown(desk, STREET, monkeypatch)
    assert "住院手术" not in shown(desk, looking, monkeypatch)
    assert "2026-10-12 ⇄ <b>2</b> W2" in shown(desk, STREET, monkeypatch)
    conn.execute(
        "update ops.workers set region_id = (select id from ops.regions where code = '5101170020010001')"
        " where code = 'W2'"
    )
    before = shown(desk, DEMO, monkeypatch)
    assert "2026-10-12 ⇄ W2" in before
    text = shown(desk, STREET, monkeypatch)
    assert "2026-10-12 ⇄ 其他街道人员" in text
    assert "W2" not in text
    assert (before.count('"withdraw"'), text.count('"withdraw"')) == (6, 4)


def test_the_command_line_enters_the_same(
    conn: Conn, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUANYU_DATABASE_URL", database_url)
    today = datetime.now(ZONE).date()
    day = (today + timedelta(days=2)).isoformat()

    def run(*words: str) -> str:
        result = CliRunner().invoke(command, words, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    run("pattern", "p", "--turns", "E,L", "--anchor", today.isoformat())
    run("assign", "W1", "W2", "--pattern", "p", "--from", today.isoformat())
    run("leave", "W1", day)
    shown = run("show", "--from", day)
    assert next(line.split("\t") for line in shown.splitlines() if line.startswith("W1"))[1:] == [
        day,
        "E",
        "x",
    ]
    assert date.fromisoformat(day) > today
    noted = conn.execute(
        "select actor, about, details from board.audit where what = 'rota.entered' order by id"
    )
    lines = noted.fetchall()
    assert [(actor, about) for actor, about, _ in lines] == [("cli", ""), ("cli", "W1"), ("cli", "W1")]
    assert lines[1][2]["workers"] == ["W1", "W2"]
    assert lines[2][2]["kind"] == "leave"
    with pytest.raises(RotaWrong):
        CliRunner().invoke(command, ["leave", "W1", day], catch_exceptions=False)
    number, *told = run("changes").splitlines()[-1].split("\t")
    assert told == ["leave", "W1", day, "", "", "", "cli"]
    run("withdraw", number)
    assert len(run("changes").splitlines()) == 1
