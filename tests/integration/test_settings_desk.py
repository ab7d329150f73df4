"""The page of settings over a real district: its effects counted by hand, what is kept, and who may."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import Engine

from callbacks import settings as page
from dashboard.administration import MayNotAdminister
from dashboard.domain.board_settings import SettingUnknown, SettingWrong
from dashboard.domain.policy import DEMO, EVERYTHING, NOTHING, Role, Viewer
from dashboard.i18n import Lang
from dashboard.services import Services
from dashboard.watermark import KEPT_S, Watermark
from data_access.engine import make_engine
from data_access.queries.audit import AuditQuestion, search
from layouts.context import PageContext
from tests.builders import Conn, insert_event, insert_shift, insert_worker, make_district

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # a Friday, 12:00 in Shanghai
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ADMIN = Viewer(login="root", name="", roles=frozenset({Role.ADMINISTRATOR}), scope=NOTHING)


@pytest.fixture
def conn(database_url: str) -> Iterator[Conn]:
    """Two streets: nine of ten in time, and five of ten; workers that came 3, 8 and 20 minutes late."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        ids = make_district(connection, settings={"ranking_min_n": 5})
        connection.execute("delete from board.settings where key in ('thresholds', 'attendance')")
        for street, in_time in (("510117001", 9), ("510117002", 5)):
            for place in range(10):
                due_at = NOW - timedelta(days=1, minutes=place)
                closed_at = due_at + (HOUR if place >= in_time else -HOUR)
                insert_event(
                    connection,
                    region_id=ids[f"{street}0010001"],
                    reported_at=due_at - 5 * HOUR,
                    due_at=due_at,
                    closed_at=closed_at,
                    state="closed",
                    stage="evaluate",
                )
        for late in (3, 8, 20):
            worker = insert_worker(connection)
            starts_at = NOW - 3 * HOUR
            insert_shift(connection, worker, starts_at=starts_at, checked_in_at=starts_at + late * MINUTE)
        yield connection


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def services(engine: Engine, conn: Conn) -> Services:
    return Services(engine, clock=lambda: NOW)


@pytest.mark.parametrize(
    ("key", "text", "before", "after"),
    [
        ("thresholds_on_time_due_0", "40", "0 green, 1 yellow, 1 red", "0 green, 2 yellow, 0 red"),
        ("thresholds_on_time_due_1", "90", "0 green, 1 yellow, 1 red", "1 green, 0 yellow, 1 red"),
        ("ranking_min_n", "11", "1 red, 0 not judged", "0 red, 2 not judged"),
        ("attendance_late_min", "15", "3 shifts today: late 2", "3 shifts today: late 1"),
        ("supervision_reminder_hours", "4", "due 11-23 14:30", "due 11-20 17:30"),
        ("wall_rotation_s", "20", "takes 90 s", "takes 60 s"),
        ("watermark_pages", "1", "No mark", "Shows “root 2026-11-20 04:00Z”"),
    ],
)
def test_the_effect_is_worked_out_before_anything_is_kept(
    services: Services, conn: Conn, key: str, text: str, before: str, after: str
) -> None:
    held = conn.execute("select key, value from board.settings order by key").fetchall()
    effect = services.settings.tried(ADMIN, key, text)
    assert before in effect.before.en
    assert after in effect.after.en
    assert conn.execute("select key, value from board.settings order by key").fetchall() == held
    assert services.settings.keep(ADMIN, key, text) == effect
    assert conn.execute("select key, value from board.settings order by key").fetchall() != held


def test_what_is_kept_is_on_record_and_wrong_values_are_not(services: Services, engine: Engine) -> None:
    services.settings.keep(ADMIN, "wall_hold_s", "60")
    with pytest.raises(SettingWrong):
        services.settings.keep(ADMIN, "wall_hold_s", "soon")
    with pytest.raises(SettingUnknown):
        services.settings.keep(ADMIN, "timezone", "1")
    for viewer in (replace(ADMIN, roles=frozenset({Role.LEADER})), replace(DEMO, roles=frozenset())):
        for look in (services.settings.keep, services.settings.tried):
            with pytest.raises(MayNotAdminister):
                look(viewer, "wall_hold_s", "60")
        with pytest.raises(MayNotAdminister):
            services.settings.held(viewer)
    with engine.connect() as conn:
        lines = search(conn, AuditQuestion(what="setting.changed", outcome="done"))
    assert [(one.actor, one.about) for one in lines] == [("root", "wall_hold_s")]


def test_the_page_shows_the_value_that_holds_and_what_was_said(services: Services) -> None:
    context = PageContext(lang=Lang.EN, viewer=ADMIN)
    ask = {"act": "setting-keep", "about": "wall_rotation_s", "fields": {"value": " 20 "}}
    found = {line.setting.key: line for line in page.asked(context, services, ask)}
    line = found["wall_rotation_s"]
    assert (line.holds, line.typed, line.kept, line.said) == ("20", "20", True, "")
    ask = {"act": "setting-try", "about": "wall_rotation_s", "fields": {"value": "<img>"}}
    found = {line.setting.key: line for line in page.asked(context, services, ask)}
    line = found["wall_rotation_s"]
    assert (line.holds, line.typed, line.effect) == ("20", "<img>", None)
    assert line.said.startswith("<img> cannot be used")
    assert found["watermark_pages"].holds == "off"


def test_marks_follow_the_setting_within_seconds(
    services: Services, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("dashboard.watermark.monotonic", lambda: clock[0])
    marks = Watermark(engine, clock=lambda: NOW)
    assert (marks.on_pages(ADMIN), marks.on_exports(ADMIN)) == ("", "")
    services.settings.keep(ADMIN, "watermark_exports", "1")
    clock[0] += KEPT_S
    assert (marks.on_pages(ADMIN), marks.on_exports(ADMIN)) == ("", "root 2026-11-20 04:00Z")
    assert Watermark(engine, always=True, clock=lambda: NOW).on_pages(replace(ADMIN, scope=EVERYTHING))
