"""A field worker's own day: what it holds, that it is nobody else's, and where such a person is led to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import Engine

from callbacks.own_day import view_of
from dashboard.access.refusal_pages import refusal_of
from dashboard.domain.policy import DEMO, NOTHING, Role, Viewer
from dashboard.embedded import PostgresServer
from dashboard.i18n import Lang
from dashboard.own_day import NoOwnDay, OwnDays
from dashboard.track_desk import TrackDesk
from data_access.engine import make_engine
from data_access.queries.audit import AuditQuestion, search
from layouts.context import PageContext
from layouts.own_day import layout
from tests.builders import SOUTH, STEP, WEST, insert_event, insert_shift, insert_worker, make_district
from tests.conftest import own_database
from tests.integration.patrolled import send_fixes

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
MORNING = NOON - timedelta(hours=4)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
OWN, OTHER = "5101170010010001", "5101170020010001"
ME = Viewer(login="wang", name="王", roles=frozenset({Role.FIELD_WORKER}), scope=NOTHING, worker="W1")
SECRET = "隔壁老李"


@pytest.fixture(scope="module")
def engine(postgres: PostgresServer) -> Iterator[Engine]:
    """A worker with a shift, a way, four events and visits, and a colleague with as much."""
    with own_database(postgres) as url:
        with psycopg.connect(url, autocommit=True) as conn:
            regions = make_district(conn)
            for code, grid in (("W1", OWN), ("W2", OTHER)):
                own = code == "W1"
                worker = insert_worker(conn, code=code, name=code if own else SECRET, region_id=regions[grid])
                came = MORNING + (12 * MINUTE if own else 0 * MINUTE)
                insert_shift(conn, worker, starts_at=MORNING, checked_in_at=came)
                insert_shift(conn, worker, starts_at=MORNING + 24 * HOUR, checked_in_at=None)
                way = [
                    (came + n * MINUTE, WEST + STEP * (0.1 + 0.01 * n), SOUTH + STEP / 2) for n in range(40)
                ]
                send_fixes(conn, worker, way)
                at = {
                    "region_id": regions[grid],
                    "worker_id": worker,
                    "stage": "handle",
                    "address": f"{code} 路",
                }
                for name, due in (
                    ("LATE", NOON - HOUR),
                    ("SOON", NOON + 2 * HOUR),
                    ("LATER", NOON + 9 * HOUR),
                ):
                    reported_at = NOON - 20 * HOUR
                    insert_event(
                        conn,
                        code=f"{code}-{name}",
                        reported_at=reported_at,
                        due_at=due,
                        warn_at=due - 3 * HOUR,
                        **at,
                    )
                done = {"reported_at": NOON - 30 * HOUR, "resolved_at": NOON - 2 * HOUR, "state": "closed"}
                insert_event(conn, code=f"{code}-DONE", closed_at=NOON - HOUR, **(at | done))
                insert_event(
                    conn, code=f"{code}-VOID", **(at | {"state": "void", "reported_at": NOON - HOUR})
                )
                conn.execute(
                    "insert into ops.visits (region_id, tier, period_start, due, done, overdue)"
                    " values (%s, 'week', '2026-11-16', 9, 4, 2), (%s, 'month', '2026-10-01', 5, 5, 0)",
                    (regions[grid], regions[grid]),
                )
        made = make_engine(url)
        yield made
        made.dispose()


@pytest.fixture
def days(engine: Engine) -> OwnDays:
    return OwnDays(engine, lambda: NOON)


def test_a_day_holds_its_shifts_tasks_visits_and_way(days: OwnDays, engine: Engine) -> None:
    own = days.day(ME)
    (shift,) = own.shifts
    assert (shift.judged.standing, shift.judged.worked_min) == ("on", 228)
    assert [(one.mark, one.minutes) for one in shift.judged.marks] == [("late", 12)]
    assert [(one.code, one.finished) for one in own.tasks] == [
        ("W1-LATE", False),
        ("W1-SOON", False),
        ("W1-LATER", False),
        ("W1-DONE", True),
    ]
    assert [(one.tier, one.first, one.until) for one in own.visits] == [
        ("week", date(2026, 11, 16), date(2026, 11, 23))
    ]
    seen = TrackDesk(engine, lambda: NOON).day(DEMO, "W1").facts
    assert own.facts.distance_m == seen.distance_m > 100
    assert own.facts.coverage is not None
    assert seen.coverage is not None
    assert own.facts.coverage.places.tolist() == seen.coverage.places.tolist()


def test_the_page_says_it_in_both_languages_and_knows_nobody_else(days: OwnDays) -> None:
    for lang, late in ((Lang.ZH, "已超期"), (Lang.EN, "Overdue")):
        context = PageContext(lang=lang, viewer=ME)
        view = view_of(context, days.day(ME))
        assert dict(view.figures)[late] == "1"
        assert [card.glyph for card in view.tasks] == ["bad", "warn", "ok", "off"]
        assert [card.glyph for card in (*view.shifts, *view.visits)] == ["warn", "bad"]
        shown = str(layout(context, view).to_plotly_json())
        assert "W1-LATE" in shown
        assert "W2" not in shown
        assert SECRET not in shown
    tomorrow = view_of(context, days.day(ME, date(2026, 11, 21)))
    assert [(card.title, card.glyph) for card in tomorrow.shifts] == [("08:00–16:00", "off")]
    assert tomorrow.later == ""


@pytest.mark.parametrize(
    "viewer",
    [DEMO, replace(ME, worker=None), replace(ME, roles=frozenset({Role.ADMINISTRATOR}))],
    ids=["a leader", "no worker", "no field worker"],
)
def test_nobody_else_has_an_own_day(days: OwnDays, engine: Engine, viewer: Viewer) -> None:
    with pytest.raises(NoOwnDay):
        days.day(viewer)
    with engine.connect() as conn:
        line = search(conn, AuditQuestion(what="own_day.seen"))[0]
    assert (line.actor, line.outcome) == (viewer.login, "refused")


def test_a_field_worker_begins_at_the_own_day_and_others_are_told_no() -> None:
    scope = {"path": "/", "method": "GET", "headers": [(b"accept", b"text/html")]}
    status, headers, _ = refusal_of(ME, scope)
    assert (status, dict(headers)[b"location"]) == (303, b"/me")
    assert refusal_of(ME, scope | {"path": "/region"})[0] == 403
    assert refusal_of(replace(ME, worker=None), scope)[0] == 403
