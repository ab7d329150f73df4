"""Drafts and the watch by street against plain loops over generated events, papers and returns."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg.rows import dict_row
from sqlalchemy import Engine

from dashboard.domain.drafts import Breach
from dashboard.domain.model import Level
from dashboard.domain.policy import EVERYTHING, Act, Scope
from dashboard.domain.windows import today
from data_access.engine import make_engine
from data_access.queries.breaches import drafts, watch
from data_access.queries.breakdown import breakdown
from data_access.queries.regions import RegionUnknown
from data_access.queries.session import reading
from tests import oracle
from tests.generated import NOW, fill

HOUR = timedelta(hours=1)
ZONE = ZoneInfo("Asia/Shanghai")
Rows = list[dict[str, Any]]


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    fill(database_url, seed=7, events=400)
    rng = random.Random(7)
    with psycopg.connect(database_url) as conn:
        conn.execute("set local quanyu.bulk = 'on'")
        conn.execute("delete from ops.supervision")
        conn.execute("insert into ops.departments (id, code, name) values (901, 'Q1', '甲')")
        events = [row[0] for row in conn.execute("select id from ops.events").fetchall()]
        for id_ in events:
            around = [NOW + rng.randrange(-300, 300) * HOUR / 10 for _ in range(3)]
            conn.execute(
                "update ops.events set stage = %s, due_at = %s, stage_due_at = %s, sign_due_at = %s, signed_at = %s,"
                " severity = %s, department_id = %s, state = case when random() < 0.5 then 'open' else state end"
                " where id = %s",
                (
                    rng.choice(["report", "handle", "handle", "verify"]),
                    rng.choice([None, around[0], NOW + HOUR, NOW + 2 * HOUR, NOW]),
                    rng.choice([None, around[1]]),
                    rng.choice([None, around[2]]),
                    rng.choice([None, NOW - HOUR]),
                    rng.randrange(1, 4),
                    rng.choice([None, 901]),
                    id_,
                ),
            )
            for _ in range(rng.choice([0, 0, 0, 1, 2])):
                conn.execute(
                    "insert into ops.supervision (event_id, kind, issued_at, due_at, closed_at)"
                    " values (%s, %s, %s, %s, %s)",
                    (
                        id_,
                        rng.choice(["reminder", "reminder", "order"]),
                        NOW - 40 * HOUR,
                        rng.choice([None, NOW - HOUR, NOW + HOUR]),
                        rng.choice([None, None, NOW - HOUR]),
                    ),
                )
            for _ in range(rng.choice([0, 0, 0, 0, 1, 2, 3])):
                conn.execute(
                    "insert into ops.event_steps (event_id, stage, action, at) values (%s, 'verify', 'return', %s)",
                    (id_, NOW - HOUR),
                )
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def rows_of(database_url: str, table: str) -> Rows:
    with psycopg.connect(database_url, row_factory=dict_row, options="-c timezone=UTC") as conn:
        return conn.execute(f"select * from ops.{table}").fetchall()


def wrong(event: dict[str, Any], papers: Rows, returned: int) -> set[str]:
    """The rules in plain words, once more."""
    reminders = [one["due_at"] for one in papers if one["kind"] == "reminder" and one["due_at"]]
    due, stage_due, sign_due = event["due_at"], event["stage_due_at"], event["sign_due_at"]
    late = bool(due and due < NOW)
    found = {"overdue"} if late else set()
    if reminders and max(reminders) < NOW:
        found.add("reminded_in_vain")
    if returned >= 2:
        found.add("returned")
    if event["stage"] == "handle" and not event["signed_at"] and sign_due and sign_due < NOW:
        found.add("sign_late")
    if not late and stage_due and stage_due < NOW:
        found.add("stage_stuck")
    if not late and due and event["severity"] == 3 and due < NOW + 2 * HOUR:
        found.add("due_soon")
    return found


@pytest.mark.parametrize("code", ["D", "D1", "D2-1", "D3-9"])
def test_every_open_event_that_breaches_a_rule_has_its_draft(
    engine: Engine, database_url: str, code: str
) -> None:
    below = oracle.load(database_url, zone=ZONE, workday=oracle.chinese_workday).subtree(code)
    papers, steps = rows_of(database_url, "supervision"), rows_of(database_url, "event_steps")
    returned = Counter(step["event_id"] for step in steps if step["action"] == "return")
    expected: dict[str, tuple[set[str], str]] = {}
    for event in rows_of(database_url, "events"):
        own = [one for one in papers if one["event_id"] == event["id"] and one["closed_at"] is None]
        counts = event["state"] == "open" and event["duplicate_of"] is None and event["region_id"] in below
        if not counts or any(one["kind"] == "order" for one in own):
            continue
        found = wrong(event, own, returned[event["id"]])
        order = bool(found & {"overdue", "reminded_in_vain", "returned"})
        if found and (order or not own):
            expected[event["code"]] = (found, "supervise" if order else "remind")
    with reading(engine) as conn:
        made = drafts(conn, code, EVERYTHING, NOW, limit=200)
        assert len(expected) <= 200
        assert {one.event_code: ({*one.breaches}, one.act) for one in made} == expected
        few = drafts(conn, code, EVERYTHING, NOW, limit=3)
        assert [one.event_code for one in few] == [one.event_code for one in made][:3]
    for one in made:
        assert len(one.evidence) == len(one.breaches)
        assert one.due_at > NOW
        for lang in ("zh", "en"):
            assert one.event_code in one.reason.in_language(lang)
            assert "{" not in one.reason.in_language(lang)
            assert len(one.reason.in_language(lang)) <= 500


def test_a_draft_says_what_is_wrong_in_numbers(engine: Engine, database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        conn.execute("update ops.events set state = 'void' where state = 'open'")
        conn.execute(
            "insert into ops.events (id, code, source, category_id, region_id, reported_at, due_at, stage, sign_due_at,"
            " department_id) select 99999, 'X1', 'hotline', 3, r.id, %s, %s, 'handle', %s, 901 from ops.regions r"
            " where r.code = 'D1-1-1'",
            (NOW - 50 * HOUR, NOW - 26.5 * HOUR, NOW - HOUR / 2),
        )
    with reading(engine) as conn:
        (draft,) = drafts(conn, "D", EVERYTHING, NOW)
    assert draft.breaches == (Breach.OVERDUE, Breach.SIGN_LATE)
    assert draft.act is Act.SUPERVISE
    assert draft.reason.zh == (
        "区D1-1区D1-1-1“小类0”事件（X1）办结时限为 10-14 12:02，已超期 26 小时 30 分；"
        "签收时限为 10-15 14:02，已超 30 分，至今未签收。请甲于 10-17 16:32 前办理并反馈。"
    )
    assert "in " + draft.region.en + ", " in draft.reason.en
    assert "overdue by 26 h 30 min" in draft.reason.en


def test_the_watch_by_street_is_what_the_indicators_say(engine: Engine, database_url: str) -> None:
    window = today(NOW, ZONE)
    keys = ["open", "overdue_open", "due_2h"]
    parts = breakdown(engine, "D", EVERYTHING, now=NOW, window=window, keys=keys, level=Level.STREET)
    with reading(engine) as conn:
        found = {one.code: one for one in watch(conn, "D", EVERYTHING, NOW)}
        for part in parts:
            own = found[part.region.code]
            assert [own.open, own.overdue, own.due_2h] == [reading.value for reading in part.readings]
        (one,) = watch(conn, "D2-1", EVERYTHING, NOW)
        assert one.code == "D2"
    below = oracle.load(database_url, zone=ZONE, workday=oracle.chinese_workday).subtree("D2")
    mine = [
        event
        for event in rows_of(database_url, "events")
        if event["state"] == "open" and event["duplicate_of"] is None and event["region_id"] in below
    ]
    kinds = Counter(kind for event in mine for kind in wrong(event, [], 0))
    assert (found["D2"].sign_late, found["D2"].stage_stuck) == (kinds["sign_late"], kinds["stage_stuck"])


def test_nothing_from_outside_the_scope_is_proposed(engine: Engine) -> None:
    street = Scope(streets=frozenset({"D1"}))
    with reading(engine) as conn:
        assert drafts(conn, "D1", street, NOW)
        for code in ("D", "D2"):
            with pytest.raises(RegionUnknown):
                drafts(conn, code, street, NOW)
            with pytest.raises(RegionUnknown):
                watch(conn, code, street, NOW)
        own = drafts(conn, "D", Scope(departments=frozenset({"Q1"})), NOW)
        assert own
        assert {one.department[0] if one.department else None for one in own} == {"Q1"}
