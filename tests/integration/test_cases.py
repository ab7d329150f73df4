"""One event and the ledger for their viewers: who may look, what is put on record, and that the words are right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from callbacks.event_view import event_view
from callbacks.supervision_view import figures
from dashboard.cases import ONE_LOOK, Cases, MayNotLook
from dashboard.domain.act_refusals import EventUnknown
from dashboard.domain.ledger_look import Issued, LedgerLook
from dashboard.domain.policy import DEMO, Role, Scope, Viewer
from dashboard.domain.terms import terms_from
from dashboard.i18n import Lang
from dashboard.live.refusals import DatabaseAway
from data_access.engine import make_engine
from data_access.queries.regions import RegionUnknown
from layouts.context import PageContext
from tests import builders
from tests.browser.desk_stage import STREET, WORST, events, people

NOW = datetime.now(UTC)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        ids = builders.make_district(conn)
        people(conn, ids)
        events(conn, ids)
    made = make_engine(database_url, pool_size=2, application="tests")
    yield made
    made.dispose()


def looks(engine: Engine, login: str) -> int:
    with engine.connect() as conn:
        found = conn.exec_driver_sql(
            f"select count(*) from board.audit where what = 'event.seen' and actor = '{login}'"
        ).scalar()
    return int(found or 0)


def viewer(role: Role, scope: Scope | None = None) -> Viewer:
    return Viewer(
        login=f"a-{role}", name="A", roles=frozenset({role}), scope=Scope() if scope is None else scope
    )


def test_a_look_goes_on_record_once_in_ten_minutes(engine: Engine) -> None:
    clock = Clock()
    cases, who = Cases(engine, clock), viewer(Role.SUPERVISOR)
    for _ in range(3):
        assert cases.event(WORST, who).row.code == WORST
    assert looks(engine, who.login) == 1
    clock.at += ONE_LOOK + timedelta(seconds=1)
    cases.event(WORST, who)
    assert looks(engine, who.login) == 2


def test_a_look_that_could_not_be_noted_is_refused_and_noted_the_next_time(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases, who = Cases(engine, Clock()), viewer(Role.SUPERVISOR)

    def away(*_: object, **__: object) -> None:
        raise OperationalError("insert", None, Exception("away"))

    with monkeypatch.context() as patched:
        patched.setattr("dashboard.access.audit.note", away)
        with pytest.raises(DatabaseAway):
            cases.event(WORST, who)
    assert cases.event(WORST, who).row.code == WORST
    assert looks(engine, who.login) == 1


def test_who_may_not_look_is_told_and_sees_nothing(engine: Engine) -> None:
    cases = Cases(engine, Clock())
    with pytest.raises(MayNotLook):
        cases.event(WORST, viewer(Role.WALL))
    with pytest.raises(MayNotLook):
        cases.supervision("510117", LedgerLook(), viewer(Role.WALL))
    other = viewer(Role.SUPERVISOR, Scope(streets=frozenset({"510117002"})))
    with pytest.raises(EventUnknown):
        cases.event(WORST, other)
    with pytest.raises(RegionUnknown):
        cases.supervision(STREET, LedgerLook(), other)
    assert looks(engine, other.login) == 0


def test_what_is_personal_is_shown_to_those_who_may_see_it(engine: Engine) -> None:
    cases, context = Cases(engine, Clock()), PageContext(lang=Lang.ZH)
    shown, map_of = {}, {}
    for who in (DEMO, viewer(Role.ANALYST)):
        view = event_view(context, who, cases.event(WORST, who), terms_from({}), (), NOW)
        map_of[who.login] = repr(view.spot)
        shown[who.login] = repr((view.said, view.facts, view.workers, view.stages)) + map_of[who.login]
    assert "13800001111" in shown["demo"]
    assert "网格员1" in shown["demo"]
    assert "网格员1" in map_of["demo"]
    for secret in ("13800001111", "消防通道", "测试路", "网格员1"):
        assert secret not in shown["a-analyst"]


def test_time_left_and_acts_follow_the_event_and_the_viewer(engine: Engine) -> None:
    cases, context = Cases(engine, Clock()), PageContext(lang=Lang.ZH)
    view = event_view(context, DEMO, cases.event(WORST, DEMO), terms_from({}), (), NOW)
    assert view.timing.glyph == "bad"
    assert view.timing.text.startswith("超期 ")
    assert view.acts == ["supervise", "remind", "transfer", "note", "mark_duplicate"]
    assert [row.state for row in view.stages[:4]] == ["done", "done", "done", "late"]
    assert view.workers[0].code == "W1"
    analyst = viewer(Role.ANALYST)
    assert event_view(context, analyst, cases.event(WORST, analyst), terms_from({}), (), NOW).acts == []


def test_the_ledger_counts_what_was_issued_in_its_window(engine: Engine) -> None:
    with engine.begin() as conn:
        conn.exec_driver_sql(
            "insert into ops.supervision (event_id, kind, issued_at, due_at, closed_at)"
            " select id, 'order', now() - interval '40 days', now() - interval '35 days', now() - interval '36 days'"
            f" from ops.events where code = '{WORST}'"
        )
        conn.exec_driver_sql(
            "insert into ops.supervision (event_id, kind, issued_at, due_at)"
            " select id, 'reminder', now() - interval '2 days', now() - interval '1 day'"
            " from ops.events where code = 'E-LATE-01'"
        )
    cases, context = Cases(engine, lambda: datetime.now(UTC)), PageContext(lang=Lang.ZH)
    month = cases.supervision("510117", LedgerLook(), DEMO)
    ever = cases.supervision("510117", LedgerLook(issued=Issued.EVER), DEMO)
    shown = {one.key: one.value for one in figures(context, month.ledger.totals)}
    assert shown == {"issued": "1", "open": "0", "late": "1", "closed": "0", "rate": "0.0"}
    shown = {one.key: one.value for one in figures(context, ever.ledger.totals)}
    assert shown == {"issued": "2", "open": "0", "late": "1", "closed": "1", "rate": "50.0"}
    assert [street.code for street in month.streets] == ["510117001", "510117002"]
    assert {one.code: one.overdue for one in month.watch}[STREET] == 12
    assert WORST in {draft.event_code for draft in month.drafts}
