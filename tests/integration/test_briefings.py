"""Briefings: every number is found at its source, for weeks of all kinds, and what was issued never changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import pytest
from sqlalchemy import Engine

from dashboard.briefing.content import (
    Briefing,
    Cadence,
    Order,
    SectionKey,
    Versus,
    from_json,
    to_json,
)
from dashboard.briefing.periods import BadPeriod, NotBegun
from dashboard.briefing_desk import BriefingDamaged, BriefingDesk, BriefingsClosed
from dashboard.domain.policy import DEMO, EVERYTHING, Role, Scope, Viewer
from dashboard.embedded import PostgresServer
from data_access.engine import make_engine
from data_access.queries.briefings import BriefingUnknown
from data_access.queries.regions import RegionUnknown
from tests.briefing_oracle import Checker, figures
from tests.builders import (
    first,
    insert_event,
    insert_feedback,
    insert_region,
    insert_row,
    put_setting,
    square,
)
from tests.conftest import own_database
from tests.generated import NOW, fill
from tests.oracle import chinese_workday, load

SHANGHAI = ZoneInfo("Asia/Shanghai")
TERMS: dict[str, Any] = {"zone": SHANGHAI, "workday": chinese_workday}
STAGE_CLOCKS = """
update ops.events set
  accepted_at = case when id % 3 > 0 then reported_at + id % 90 * interval '1 minute' end,
  filed_at = case when id % 4 > 0 then reported_at + id % 140 * interval '47 seconds' end,
  resolved_at = case when id % 5 > 0 then closed_at - id % 70 * interval '1 minute' end,
  verified_at = case when id % 7 > 0 then closed_at end
"""
"""Of some stages and not of others, now and then one before the other."""
ALL = (Versus.BEFORE, Versus.LAST_MONTH, Versus.LAST_YEAR)


@pytest.fixture(scope="module")
def url(postgres: PostgresServer) -> Iterator[str]:
    """A generated district that no test changes."""
    with own_database(postgres) as address:
        fill(address, seed=6, events=500)
        with psycopg.connect(address) as conn:
            conn.execute("set local quanyu.bulk = 'on'")
            conn.execute(STAGE_CLOCKS)
        yield address


@pytest.fixture(scope="module")
def checker(url: str) -> Checker:
    return Checker(oracle=load(url, **TERMS, radius_m=120.0, days=4.0), now=NOW)


@pytest.fixture(scope="module")
def desk(engine: Engine) -> BriefingDesk:
    return BriefingDesk(engine, lambda: NOW)


def analyst(scope: Scope = EVERYTHING, *roles: Role) -> Viewer:
    return Viewer(login="lin", name="林", roles=frozenset(roles or {Role.ANALYST}), scope=scope)


def week(day: str, region: str = "D", **more: Any) -> Order:
    return Order(region=region, cadence=Cadence.WEEKLY, day=day, versus=ALL, **more)


ORDERS = [
    week("2025-10-08", "D1"),
    week("2025-W42", "D2", lang="en"),  # runs still
    week("2025-10-06", "D3-2"),
    week("2025-10-06", "D1-1-1"),
    Order(region="D", cadence=Cadence.DAILY, day="2025-10-15", lang="en"),
    Order(region="D3", cadence=Cadence.MONTHLY, day="2025-09", versus=ALL),
    week("2024-W10"),  # long before anything
]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: f"{order.region}-{order.day}-{order.lang}")
def test_every_number_is_found_at_its_source(order: Order, desk: BriefingDesk, checker: Checker) -> None:
    briefing = desk.draft(DEMO, order)
    assert [section.key for section in briefing.sections] == list(SectionKey)
    assert checker.check(briefing) > 60


def test_numbers_of_random_weeks_are_found_at_their_sources(desk: BriefingDesk, checker: Checker) -> None:
    rng = np.random.default_rng(46)
    for _ in range(3):
        day = (NOW - timedelta(days=float(rng.uniform(0, 45)))).date()
        region = str(rng.choice(["D1", "D2", "D3", "D1-2", "D3-9"]))
        assert checker.check(desk.draft(DEMO, week(day.isoformat(), region))) > 60


def test_the_time_of_each_stage_is_told_of_the_events_closed(desk: BriefingDesk) -> None:
    section = desk.draft(DEMO, week("2025-10-08", sections=(SectionKey.TIMELINESS,))).sections[0]
    (table,) = (one for one in section.tables if one.key == "stages")
    told = {row[0].text: [cell.figure for cell in row] for row in table.rows}
    assert list(told) == ["采集上报", "案卷建立", "任务派遣", "任务处理", "情况反馈", "核查结案"]
    filled = [name for name, (_, n, _, p50, p90) in told.items() if n and n.value and p50 and p90]
    assert filled == ["采集上报", "案卷建立", "任务派遣", "任务处理", "核查结案"]
    assert [told["情况反馈"][place].text for place in (1, 3, 4)] == ["0", "—", "—"]  # type: ignore[union-attr]
    assert any("用时最长的环节是" in one.text for one in section.sentences)


def test_a_briefing_survives_being_frozen_and_read(desk: BriefingDesk) -> None:
    briefing = desk.draft(DEMO, week("2025-10-08"))
    assert from_json(to_json(briefing)) == briefing


def test_only_what_there_are_records_of_is_compared_with(desk: BriefingDesk) -> None:
    briefing = desk.draft(DEMO, week("2025-10-08"))
    assert [one.versus for one in briefing.compared] == [Versus.BEFORE, Versus.LAST_MONTH]
    assert "同比" not in briefing.sentence("overview.volume").text
    assert not desk.draft(DEMO, week("2024-W10")).compared


def test_a_draft_is_cut_to_the_scope(desk: BriefingDesk) -> None:
    scope = Scope(streets=frozenset({"D1"}))
    inside = desk.draft(analyst(scope), week("2025-10-08", "D1"))
    assert inside.region == "D1"
    for region in ("D", "D2", "D2-1", "nowhere", "\0"):
        with pytest.raises(RegionUnknown):
            desk.draft(analyst(scope), week("2025-10-08", region))


def test_a_viewer_of_one_department_gets_its_numbers(desk: BriefingDesk, checker: Checker) -> None:
    viewer = analyst(Scope(departments=frozenset({"B2"})))
    briefing = desk.draft(viewer, week("2025-10-08", sections=(SectionKey.OVERVIEW,)))
    only = checker.oracle.filtered(NOW, {"department": {"B2"}})
    mine = Checker(oracle=only, now=NOW)
    assert mine.check(briefing) > 50


def test_briefings_are_for_those_who_write_them(desk: BriefingDesk) -> None:
    clerk = analyst(EVERYTHING, Role.FIELD_WORKER)
    with pytest.raises(BriefingsClosed):
        desk.draft(clerk, week("2025-10-08"))
    with pytest.raises(BriefingsClosed):
        desk.issue(clerk, week("2025-10-08"))
    with pytest.raises(BriefingsClosed):
        desk.listed(clerk)


def test_a_period_must_have_begun_and_have_sense(desk: BriefingDesk) -> None:
    for day, error in (
        ("2025-11-03", NotBegun),
        ("2025-W60", BadPeriod),
        ("soon", BadPeriod),
        ("", BadPeriod),
    ):
        with pytest.raises(error):
            desk.draft(DEMO, week(day))


@pytest.fixture
def own(conn: psycopg.Connection[Any], database_url: str) -> Iterator[BriefingDesk]:
    """A desk over a small district of the test's own."""
    engine = make_engine(database_url)
    yield BriefingDesk(engine, lambda: NOW)
    engine.dispose()


PERSONAL = "张三 13800138000"
CLOSED: dict[str, Any] = {"state": "closed", "closed_at": NOW - timedelta(days=4)}
SMALL = Order(region="510117", cadence=Cadence.WEEKLY, day="2025-W41", versus=ALL)


def checked(url: str, briefing: Briefing) -> Briefing:
    assert Checker(oracle=load(url, **TERMS), now=NOW).check(briefing) > 40
    return briefing


def test_a_week_without_any_event_says_so(own: BriefingDesk, database_url: str) -> None:
    briefing = checked(database_url, own.draft(DEMO, SMALL))
    assert briefing.sentence("overview.volume").text == "本周，name 510117共上报事件 0 件，办结 0 件。"
    assert briefing.sentence("topics.most").text == "本周没有上报事件。"
    assert briefing.sentence("ranking.head").text == "到期事件不足，不作排名"
    assert "—" in {card.figure.text for section in briefing.sections for card in section.cards}


def test_a_week_of_one_event_tells_it(
    own: BriefingDesk, conn: psycopg.Connection[Any], database_url: str
) -> None:
    at = NOW - timedelta(days=5)
    event = insert_event(conn, reported_at=at, closed_at=at + timedelta(hours=3), state="closed", code="E1")
    insert_feedback(
        conn, event, asked_at=at, answered_at=at + timedelta(hours=5), satisfaction=5, resolved=True
    )
    briefing = checked(database_url, own.draft(DEMO, SMALL))
    assert briefing.sentence("overview.volume").text == "本周，name 510117共上报事件 1 件，办结 1 件。"
    assert briefing.sentence("overview.sources").text == "从来源看，热线 1 件（占 100.0%）。"
    assert "历时 3.0 小时办结" in briefing.sentence("cases.E1").text
    assert "满意率 100.0%，达到目标（97.5%）" in briefing.sentence("satisfaction.answered").text


def test_a_boundary_that_moves_within_the_week_divides_it(
    own: BriefingDesk, conn: psycopg.Connection[Any]
) -> None:
    """A grid changes streets on Thursday: each event counts for the street that had the grid when it was reported."""
    grid, street = "5101170010010001", "510117002001"
    turn = (NOW - timedelta(days=6)).astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    ids = {row[0]: row[1] for row in conn.execute("select code, id from ops.regions").fetchall()}
    conn.execute("update ops.region_versions set valid_to = %s where region_id = %s", (turn, ids[grid]))
    conn.execute(
        """insert into ops.region_versions (region_id, parent_id, geom, label_lon, label_lat, valid_from)
        select region_id, %s, geom, label_lon, label_lat, %s from ops.region_versions where region_id = %s""",
        (ids[street], turn, ids[grid]),
    )
    for hours in (-30, -3, -2, 1, 5, 9, 30):
        insert_event(conn, region_id=ids[grid], reported_at=turn + timedelta(hours=hours))
    briefing = own.draft(DEMO, SMALL)
    ranking = next(one for one in briefing.sections if one.key is SectionKey.RANKING)
    told = {row[1].text: row[2].text for row in ranking.tables[0].rows}
    assert told == {"name 510117001": "3", "name 510117002": "4"}
    land = next(one for one in briefing.sections if one.key is SectionKey.MAP).map
    assert land is not None
    assert {area.code: area.value for area in land.areas}[grid] == 7


def test_a_period_that_was_recorded_in_part_is_no_comparison(
    own: BriefingDesk, conn: psycopg.Connection[Any]
) -> None:
    """The first event came on Tuesday of the week before; with one on its Monday, the week was recorded whole."""
    monday = datetime(2025, 9, 29, tzinfo=SHANGHAI)
    for days in (1, 8):
        insert_event(conn, reported_at=monday + timedelta(days=days, hours=10))
    order = replace(SMALL, versus=(Versus.BEFORE,), sections=(SectionKey.OVERVIEW,))
    assert not own.draft(DEMO, order).compared
    insert_event(conn, reported_at=monday + timedelta(hours=20))
    assert [one.versus for one in own.draft(DEMO, order).compared] == [Versus.BEFORE]


def test_what_is_filed_on_a_parent_category_is_told(
    own: BriefingDesk, conn: psycopg.Connection[Any], database_url: str
) -> None:
    top = conn.execute("select id from ops.categories where code = 'A'").fetchone()
    assert top is not None
    for hour in range(3):
        insert_event(conn, reported_at=NOW - timedelta(days=5, hours=hour), category_id=top[0])
    insert_event(conn, reported_at=NOW - timedelta(days=5))
    for place in range(11):
        values = {"code": f"Z{place:02}", "level": 1, "name": f"class Z{place:02}"}
        kind = insert_row(conn, "ops.categories", values)
        insert_event(conn, reported_at=NOW - timedelta(days=5), category_id=kind)
    briefing = checked(database_url, own.draft(DEMO, SMALL))
    told = next(one for one in briefing.sections if one.key is SectionKey.TOPICS)
    assert told.headline.text == "“class A（未细分）”最多，3 件"
    classes = told.charts[1]
    assert (classes.categories[0], classes.categories[-1]) == ("class A", "其他")
    assert [point.n for point in classes.series[0].points] == [4, *[1] * 9, 2]


def test_a_department_that_closed_nothing_is_told(
    own: BriefingDesk, conn: psycopg.Connection[Any], database_url: str
) -> None:
    """All that was due is open: reported before the week, due in it. Fifteen of seventeen are listed."""
    for place in range(17):
        code = f"B{place:02}"
        part = insert_row(conn, "ops.departments", {"code": code, "name": f"局 {code}"})
        insert_event(
            conn,
            department_id=part,
            reported_at=NOW - timedelta(days=300),
            due_at=NOW - timedelta(days=5),
        )
    insert_event(conn, reported_at=NOW - timedelta(days=300), due_at=NOW - timedelta(days=290))
    briefing = checked(database_url, own.draft(DEMO, replace(SMALL, sections=(SectionKey.SUPERVISION,))))
    late, table = briefing.sections[0].tables
    assert [row[0].text for row in table.rows] == [f"局 B{place:02}" for place in range(15)]
    assert {row[3].text for row in table.rows} == {"0.0%"}
    assert table.note == "另有 2 个部门未列出。"
    assert late.columns[5].name == "已超期（自然时间）"
    assert [row[4].text[:10].strip() for row in late.rows[:2]] == ["2024-12-29", "10-10 14:3"]


def test_what_an_earlier_period_had_longer_for_is_told_without_a_change(desk: BriefingDesk) -> None:
    growing = {"closure_rate", "feedback_rate", "response_rate", "dispatch_accuracy", "supervision_closed"}
    for section in desk.draft(DEMO, week("2025-10-06")).sections:
        for figure in figures(section):
            assert len(figure.sources) == 1 or figure.sources[0].key not in growing


def test_a_target_in_hours_has_its_unit(own: BriefingDesk, conn: psycopg.Connection[Any]) -> None:
    put_setting(conn, "targets", {"handling_p50": 2.5})
    briefing = own.draft(DEMO, replace(SMALL, sections=(SectionKey.TIMELINESS,)))
    assert {card.key: card.target for card in briefing.sections[0].cards}["handling_p50"] == "2.5 小时"


def test_equal_rates_share_a_place(own: BriefingDesk, conn: psycopg.Connection[Any]) -> None:
    """Six streets of one rate: none is last. One that is worse is, at the seventh place."""
    parent = first(conn, "select id from ops.regions where level = 'district'")
    streets = [
        row[0] for row in conn.execute("select id from ops.regions where level = 'street' order by code")
    ]
    for place in range(3, 8):
        code = f"510117{place:03d}"
        streets.append(insert_region(conn, code, "street", parent, square(20 + place)))
    at = NOW - timedelta(days=6)
    for place, street in enumerate(streets):
        for n in range(5 + place % 2 * 5):
            late = n < (2 if place == 6 else 1 + place % 2)
            closed = {"state": "closed", "closed_at": at + timedelta(hours=30 if late else 3)}
            insert_event(conn, region_id=street, reported_at=at, **closed)
    briefing = own.draft(DEMO, replace(SMALL, sections=(SectionKey.RANKING,)))
    (table,) = briefing.sections[0].tables
    assert [row[0].text for row in table.rows] == ["1"] * 6 + ["7"]
    assert briefing.sentence("ranking.last").text == "居后的是name 510117007（60.0%）。"
    conn.execute("update ops.events set closed_at = reported_at")
    evened = own.draft(DEMO, replace(SMALL, sections=(SectionKey.RANKING,)))
    with pytest.raises(KeyError):
        evened.sentence("ranking.last")


def test_what_was_issued_never_changes(
    own: BriefingDesk, conn: psycopg.Connection[Any], database_url: str
) -> None:
    at = NOW - timedelta(days=5)
    for hour in range(8):
        insert_event(conn, reported_at=at + timedelta(hours=hour))
    text = {"overview.head": "本周平稳"}
    first = own.issue(DEMO, SMALL)
    second = own.issue(DEMO, Order(region="510117", cadence=Cadence.WEEKLY, day="2025-10-07", texts=text))
    before = own.issued(DEMO, first.id)
    conn.execute("update ops.events set state = 'closed', closed_at = reported_at, rework = 2")
    conn.execute("delete from ops.events where id = (select max(id) from ops.events)")
    conn.execute("update ops.regions set name = 'other'")
    assert own.issued(DEMO, first.id) == before
    assert own.draft(DEMO, SMALL) != before[1]
    assert (first.version, second.version) == (1, 2)
    assert own.issued(DEMO, second.id)[1].sentence("overview.head").text == "本周平稳"
    assert [one.id for one in own.listed(DEMO)] == [second.id, first.id]
    audited = conn.execute("select count(*) from board.audit where what = 'briefing.issued'").fetchone()
    assert audited == (2,)


def test_the_database_itself_keeps_what_was_issued(own: BriefingDesk, conn: psycopg.Connection[Any]) -> None:
    number = own.issue(DEMO, SMALL).id
    for deed in ("update board.briefings set content = ''", "delete from board.briefings"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            conn.execute(deed)
    conn.execute("alter table board.briefings disable trigger briefings_frozen")
    conn.execute("update board.briefings set content = replace(content, '0', '1')")
    with pytest.raises(BriefingDamaged):
        own.issued(DEMO, number)


def test_issued_briefings_are_read_by_those_who_may(own: BriefingDesk, conn: psycopg.Connection[Any]) -> None:
    insert_event(conn, reported_at=NOW - timedelta(days=5), text=PERSONAL, **CLOSED)
    whole = own.issue(DEMO, SMALL)
    street = own.issue(DEMO, Order(region="510117001", cadence=Cadence.WEEKLY, day="2025-W41"))
    supervisor = analyst(EVERYTHING, Role.SUPERVISOR)
    full = own.issue(supervisor, Order(region="510117", cadence=Cadence.WEEKLY, day="2025-W41", masked=False))
    assert "13800138000" in to_json(own.issued(supervisor, full.id)[1])
    assert "13800138000" not in to_json(own.issued(supervisor, whole.id)[1])
    assert [one.id for one in own.listed(analyst())] == [street.id, whole.id]
    hers = analyst(Scope(streets=frozenset({"510117001"})))
    assert [one.id for one in own.listed(hers)] == [street.id]
    few = analyst(Scope(departments=frozenset({"B1"})))
    assert own.listed(few) == ()
    for viewer, number in ((analyst(), full.id), (hers, whole.id), (few, whole.id), (DEMO, 10**17)):
        with pytest.raises(BriefingUnknown):
            own.issued(viewer, number)
    unmasked = own.draft(
        analyst(), Order(region="510117", cadence=Cadence.WEEKLY, day="2025-W41", masked=False)
    )
    assert unmasked.masked
    assert "13800138000" not in to_json(unmasked)
