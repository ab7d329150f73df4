"""Acts on events, on a real PostgreSQL: what each writes, what is refused, and who comes first."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine

from dashboard.domain import act_refusals as refusals
from dashboard.domain.acts import Order
from dashboard.domain.policy import DEMO, Act, Role, Scope, Viewer
from data_access.engine import make_engine
from data_access.writes.acts import Performed, perform
from tests.builders import insert_event, make_district

Conn = psycopg.Connection[Any]
NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
LI = Viewer(login="li", name="李主管", roles=frozenset({Role.SUPERVISOR}), scope=Scope())
WANG = replace(LI, login="wang", name="王主管")
LEADER = replace(LI, login="zhao", name="赵区长", roles=frozenset({Role.LEADER}))
GUEST = replace(LI, login="guest", roles=frozenset({Role.ANALYST}))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@dataclass
class Ground:
    """A district in which each test has events of its own."""

    conn: Conn
    engine: Engine
    departments: dict[str, int]


@pytest.fixture(scope="module")
def ground(url: str) -> Iterator[Ground]:
    engine = make_engine(url)
    with psycopg.connect(url, autocommit=True) as conn:
        make_district(conn)
        found = Ground(conn, engine, put_departments(conn))
        event(conn, code="HERE", department_id=found.departments["CG"])
        event(conn, code="VOID", state="void")
        event(conn, code="TWIN", duplicate_of=one(conn, "select id from ops.events where code = 'HERE'")[0])
        yield found
    engine.dispose()


@pytest.fixture
def departments(conn: Conn) -> dict[str, int]:
    return put_departments(conn)


def put_departments(conn: Conn) -> dict[str, int]:
    rows = conn.execute(
        "insert into ops.departments (code, name, name_en) values ('CG', '城管局', 'City management'),"
        " ('WY', '物业科', null) returning code, id"
    ).fetchall()
    return dict(rows)


def order(act: Act, **given: Any) -> Order:
    values: dict[str, Any] = {"act": act, "version": 1, "reason": "群众多次反映"}
    if act is Act.SUPERVISE:
        values["due_at"] = NOW + 8 * HOUR
    return Order(**(values | given))


def event(conn: Conn, **given: Any) -> str:
    values = {"reported_at": NOW - 30 * HOUR, "due_at": NOW - HOUR, "stage": "handle", **given}
    id_ = insert_event(conn, **values)
    conn.execute("delete from board.outbox")
    return str(one(conn, "select code from ops.events where id = %s", id_)[0])


def one(conn: Conn, query: str, *values: object) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = conn.execute(query, values).fetchone()
    assert row is not None
    return row


def last_step(conn: Conn, code: str) -> tuple[Any, ...]:
    return one(
        conn,
        "select s.action, s.stage, s.actor, s.note, s.at, s.details from ops.event_steps s"
        " join ops.events e on e.id = s.event_id where e.code = %s order by s.id desc limit 1",
        code,
    )


def everything(conn: Conn) -> list[Any]:
    tables = ("ops.events", "ops.event_steps", "ops.supervision", "board.outbox", "board.deliveries")
    return [conn.execute(f"select * from {table} order by id").fetchall() for table in tables]


def test_a_note_is_on_the_trace_and_raises_the_version(conn: Conn, engine: Engine) -> None:
    code = event(conn)
    done = perform(engine, LI, code, order(Act.NOTE, reason="  已电话联系  "), NOW)
    assert (done.version, done.paper) == (2, None)
    action, stage, actor, note, at, details = last_step(conn, code)
    assert (action, stage, actor, note, at) == ("note", "handle", "li", "已电话联系", NOW)
    assert details == {"name": "李主管", "version": 2}
    assert conn.execute("select kind, version from board.outbox").fetchall() == [("event", 2)]
    line = one(conn, "select actor, what, about, outcome, details from board.audit")
    assert line == ("li", "act.note", code, "done", {"version": 2})


@pytest.mark.parametrize(
    ("act", "kind", "prefix"), [(Act.REMIND, "reminder", "TS"), (Act.SUPERVISE, "order", "DB")]
)
def test_reminders_and_orders_are_papers_with_due_times(
    conn: Conn, engine: Engine, departments: dict[str, int], act: Act, kind: str, prefix: str
) -> None:
    code = event(conn, department_id=departments["CG"])
    done = perform(engine, LI, code, order(act), NOW)
    assert done.paper is not None
    paper = one(
        conn,
        "select id, kind, department_id, issued_at, due_at, closed_at, reason, actor, level, details->>'name'"
        " from ops.supervision",
    )
    # 14:00 on a Friday: of eight working hours 3.5 are left there, the rest end on Monday at 15:00
    due = NOW + 8 * HOUR if act is Act.SUPERVISE else datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert paper == (
        *(done.paper.id, kind, departments["CG"], NOW, due, None, "群众多次反映", "li", None, "李主管"),
    )
    assert done.paper.number == f"{prefix}20261120-{done.paper.id:06d}"
    details = last_step(conn, code)[5]
    assert (details["number"], details["due"]) == (done.paper.number, due.isoformat())
    assert (done.version, details["version"]) == (2, 2)
    assert conn.execute("select version from board.outbox").fetchall() == [(2,)]


def test_a_handed_over_event_waits_for_the_new_departments_signature(
    conn: Conn, engine: Engine, departments: dict[str, int]
) -> None:
    signed = {"signed_at": NOW - HOUR, "sign_due_at": NOW - 2 * HOUR}
    code = event(conn, department_id=departments["CG"], **signed)
    done = perform(engine, LI, code, order(Act.TRANSFER, department="WY"), NOW)
    assert done.department is not None
    assert done.department[0] == "WY"
    assert done.department[1].en == "物业科"
    row = one(conn, "select department_id, signed_at, sign_due_at, due_at from ops.events")
    assert row == (departments["WY"], None, NOW + 2 * HOUR, NOW - HOUR)
    assert last_step(conn, code)[5] == {
        "name": "李主管",
        "version": 2,
        "department": "WY",
        "from_department": "CG",
    }


def test_what_was_a_duplicate_of_a_duplicate_follows_it(conn: Conn, engine: Engine) -> None:
    first, second = event(conn), event(conn)
    ids = dict(conn.execute("select code, id from ops.events").fetchall())
    third = event(conn, duplicate_of=ids[second])
    done = perform(engine, LI, second, order(Act.MARK_DUPLICATE, duplicate_of=first), NOW)
    assert (done.version, done.duplicate_of) == (2, first)
    found = dict(conn.execute("select code, duplicate_of from ops.events").fetchall())
    assert found == {first: None, second: ids[first], third: ids[first]}


REFUSED: list[tuple[Viewer, Order, type[refusals.ActRefused], int]] = [
    (GUEST, order(Act.NOTE), refusals.ActForbidden, 403),
    (LEADER, order(Act.TRANSFER, department="WY"), refusals.ActForbidden, 403),
    (LI, order(Act.NOTE, version=7), refusals.EventChanged, 409),
    (LI, order(Act.NOTE, reason=" "), refusals.ReasonMissing, 422),
    (LI, order(Act.NOTE, reason="长" * 501), refusals.ReasonMissing, 422),
    (LI, order(Act.NOTE, due_at=NOW + HOUR), refusals.NotForThisAct, 422),
    (LI, order(Act.REMIND, department="WY"), refusals.NotForThisAct, 422),
    (LI, order(Act.REMIND, duplicate_of="E1"), refusals.NotForThisAct, 422),
    (LI, order(Act.SUPERVISE, due_at=None), refusals.DueMissing, 422),
    (LI, order(Act.SUPERVISE, due_at=NOW), refusals.DueImpossible, 422),
    (LI, order(Act.SUPERVISE, due_at=NOW + 9000 * HOUR), refusals.DueImpossible, 422),
    (LI, order(Act.TRANSFER), refusals.DepartmentMissing, 422),
    (LI, order(Act.TRANSFER, department="no"), refusals.DepartmentUnknown, 422),
    (LI, order(Act.TRANSFER, department="\0"), refusals.DepartmentUnknown, 422),
    (LI, order(Act.TRANSFER, department="CG"), refusals.SameDepartment, 422),
    (LI, order(Act.MARK_DUPLICATE), refusals.OriginalMissing, 422),
    (LI, order(Act.MARK_DUPLICATE, duplicate_of="\ud800"), refusals.OriginalUnknown, 422),
    (LI, order(Act.MARK_DUPLICATE, duplicate_of="HERE"), refusals.OwnDuplicate, 422),
    (LI, order(Act.MARK_DUPLICATE, duplicate_of="VOID"), refusals.OriginalNotCounted, 422),
    (LI, order(Act.MARK_DUPLICATE, duplicate_of="TWIN"), refusals.OriginalNotCounted, 422),
]


@pytest.mark.parametrize(("viewer", "asked", "kind", "status"), REFUSED)
def test_a_refused_act_changes_nothing_and_says_why(
    ground: Ground, viewer: Viewer, asked: Order, kind: type[refusals.ActRefused], status: int
) -> None:
    before = everything(ground.conn)
    with pytest.raises(kind) as refused:
        perform(ground.engine, viewer, "HERE", asked, NOW)
    assert refused.value.status == status
    for lang in ("zh", "en"):
        assert "{" not in refused.value.sentence(lang)
        refused.value.body(lang)["message"].encode()
    assert everything(ground.conn) == before


@pytest.mark.parametrize("act", [Act.REMIND, Act.SUPERVISE, Act.TRANSFER, Act.MARK_DUPLICATE])
@pytest.mark.parametrize(
    "state", [{"state": "closed", "closed_at": NOW}, {"state": "void"}, {"duplicate_of": 0}]
)
def test_only_events_that_are_open_and_count_are_acted_on(
    ground: Ground, act: Act, state: dict[str, Any]
) -> None:
    conn, engine = ground.conn, ground.engine
    first = event(conn)
    if "duplicate_of" in state:
        state = {"duplicate_of": one(conn, "select id from ops.events where code = %s", first)[0]}
    code = event(conn, **state)
    more = {Act.TRANSFER: {"department": "WY"}, Act.MARK_DUPLICATE: {"duplicate_of": first}}.get(act, {})
    if act is Act.MARK_DUPLICATE and state.get("state") == "closed":
        assert perform(engine, LI, code, order(act, **more), NOW).version == 2
    else:
        with pytest.raises(refusals.NotOpen):
            perform(engine, LI, code, order(act, **more), NOW)
    version = one(conn, "select version from ops.events where code = %s", code)[0]
    assert perform(engine, LI, code, order(Act.NOTE, version=version), NOW).version == version + 1


@pytest.mark.parametrize(
    ("stage", "allowed"),
    [
        ("report", True),
        ("dispatch", True),
        ("handle", True),
        ("feedback", False),
        ("verify", False),
        ("odd", False),
    ],
)
def test_an_event_changes_hands_until_it_is_handled(ground: Ground, stage: str, allowed: bool) -> None:
    code, engine = event(ground.conn, stage=stage), ground.engine
    asked = order(Act.TRANSFER, department="WY")
    if allowed:
        perform(engine, LI, code, asked, NOW)
        return
    with pytest.raises(refusals.StageTooLate):
        perform(engine, LI, code, asked, NOW)


def test_an_event_outside_the_scope_is_not_there(conn: Conn, engine: Engine) -> None:
    code, other = event(conn), event(conn)
    grid = one(conn, "select id from ops.regions where code = '5101170020010001'")[0]
    conn.execute("update ops.events set region_id = %s where code = %s", (grid, other))
    here = replace(LI, scope=Scope(streets=frozenset({"510117001"})))
    with pytest.raises(refusals.EventUnknown) as unseen:
        perform(engine, here, other, order(Act.NOTE, version=2), NOW)
    with pytest.raises(refusals.EventUnknown) as absent:
        perform(engine, here, "NONE", order(Act.NOTE), NOW)
    assert unseen.value.status == absent.value.status == 404
    with pytest.raises(refusals.OriginalUnknown):
        perform(engine, here, code, order(Act.MARK_DUPLICATE, duplicate_of=other), NOW)
    assert perform(engine, here, code, order(Act.NOTE), NOW).version == 2
    cleaners = replace(LI, scope=Scope(departments=frozenset({"CG"})))
    with pytest.raises(refusals.EventUnknown):
        perform(engine, cleaners, code, order(Act.NOTE, version=2), NOW)
    for odd in ("\0", "\ud800"):
        with pytest.raises(refusals.EventUnknown):
            perform(engine, DEMO, odd, order(Act.NOTE), NOW)


def at_once(*calls: Any) -> list[Performed | refusals.ActRefused]:
    """What became of calls that began together."""
    found: list[Any] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(place: int) -> None:
        start.wait()
        try:
            found[place] = calls[place]()
        except refusals.ActRefused as error:
            found[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_of_two_supervisors_one_wins_and_the_other_is_told(conn: Conn, engine: Engine) -> None:
    for round_ in range(1, 9):
        code = event(conn)
        found = at_once(
            lambda code=code: perform(engine, LI, code, order(Act.SUPERVISE, reason="甲"), NOW),
            lambda code=code: perform(engine, WANG, code, order(Act.SUPERVISE, reason="乙"), NOW),
        )
        won = [one for one in found if isinstance(one, Performed)]
        lost = [one for one in found if isinstance(one, refusals.EventChanged)]
        assert (len(won), len(lost)) == (1, 1), found
        first = LI if isinstance(found[0], Performed) else WANG
        body = lost[0].body("zh")
        assert first.name in body["message"]
        assert "发起了督办" in body["message"]
        assert (body["version"], body["by"], body["act"]) == (2, first.login, "supervise")
        assert one(conn, "select count(*), max(actor) from ops.supervision s join ops.events e on e.id = s.event_id"
                   " where e.code = %s", code) == (1, first.login)  # fmt: skip
        again = order(Act.SUPERVISE, version=body["version"])
        assert perform(engine, WANG, code, again, NOW).version == 3
        assert one(conn, "select count(*) from ops.supervision")[0] == 2 * round_


def test_two_events_marked_as_each_others_duplicates_at_once_leave_one_original(
    conn: Conn, engine: Engine
) -> None:
    for _ in range(8):
        a, b = event(conn), event(conn)
        found = at_once(
            lambda a=a, b=b: perform(engine, LI, a, order(Act.MARK_DUPLICATE, duplicate_of=b), NOW),
            lambda a=a, b=b: perform(engine, WANG, b, order(Act.MARK_DUPLICATE, duplicate_of=a), NOW),
        )
        assert sum(isinstance(one, Performed) for one in found) == 1, found
        left = conn.execute(
            "select code from ops.events where code = any(%s) and duplicate_of is null", ([a, b],)
        ).fetchall()
        assert len(left) == 1


def test_a_change_by_a_field_system_comes_first_too(conn: Conn, engine: Engine) -> None:
    code = event(conn)
    conn.execute("update ops.events set severity = 2 where code = %s", (code,))
    with pytest.raises(refusals.EventChanged) as changed:
        perform(engine, LI, code, order(Act.NOTE), NOW)
    assert changed.value.body("zh")["by"] is None
    assert "业务系统" in changed.value.sentence("zh")
    assert "A field system changed this event" in changed.value.sentence("en")


def test_who_waits_too_long_for_another_is_told_to_repeat(conn: Conn, engine: Engine) -> None:
    code = event(conn)
    with psycopg.connect(conn.info.dsn, password=conn.info.password) as other:
        other.execute("select from ops.events where code = %s for update", (code,))
        before = everything(conn)
        with pytest.raises(refusals.EventBusy):
            perform(engine, LI, code, order(Act.NOTE), NOW)
        assert everything(conn) == before
