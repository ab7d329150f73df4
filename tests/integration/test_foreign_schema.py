"""The SQL of docs/foreign-schema.md, run as it stands: a field system with its own tables feeds the live picture."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from dashboard.embedded import PostgresServer
from data_access.schema import ensure_database, migrate
from tests.builders import make_district
from tests.field_system import (
    GRID,
    NOON,
    OTHER_GRID,
    PLACE,
    REPLICATION,
    THEIRS,
    FieldSystem,
    blocks,
    gcj02,
    local,
)
from tests.relay_stage import RelayStage

STREET, OTHER_STREET = "510117001", "510117002"


@pytest.fixture
def stage(database_url: str) -> Iterator[RelayStage]:
    found = RelayStage(database_url, NOON)
    make_district(found.conn, streets=2, communities=1, grids=2)
    for block in blocks():
        found.conn.execute(block.encode())
    yield found
    found.close()


@pytest.fixture
def there(stage: RelayStage, database_url: str) -> Iterator[FieldSystem]:
    """The field system, with its reference rows written after the triggers were attached."""
    name = "field_" + database_url.rpartition("/")[2].partition("?")[0]
    stage.conn.execute(f'create role {name}; grant usage on schema "网格平台" to {name}')
    stage.conn.execute(f'grant all on all tables in schema "网格平台" to {name}')
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(f"set role {name}")
        found = FieldSystem(conn)
        found.add("部门", 部门编号="CG", 部门名称="城管局")
        found.add("事项", 大类="05", 小类="00", 名称="市容环境", 计时方式="工作日")
        found.add("事项", 大类="05", 小类="01", 名称="占道经营", 时限=8, 计时方式="工作日")
        found.add("人员", 工号=7, 姓名="李四", 网格编码=GRID, 在职="Y")
        yield found
    stage.conn.execute(f"drop owned by {name}; drop role {name}")


def problems(stage: RelayStage) -> dict[tuple[str, str], str]:
    rows = stage.conn.execute("select target, key, reason from feed.problems")
    return {(target, key): reason for target, key, reason in rows}


def counters(stage: RelayStage, code: str) -> dict[str, int]:
    stage.settle()
    mirror = stage.reader.catch_up()
    assert mirror is not None
    return {key: number for key, number in mirror.indicators[code].items() if number}


def test_a_case_lives_its_life_on_the_wall(stage: RelayStage, there: FieldSystem) -> None:
    stage.lead()
    there.case("2026-0001")
    top = stage.number("select id from ops.categories where code = '05-00'")
    assert counters(stage, STREET) == {
        "open": 1,
        "reported": 1,
        "stage.report": 1,
        "source.hotline": 1,
        f"category.{top}": 1,
        "instant.d": 1,
    }
    row = stage.conn.execute(
        "select lon, lat, reported_at, due_at, text, reporter, d.code, e.version from ops.events e"
        " left join ops.departments d on d.id = e.department_id"
    ).fetchone()
    assert row is not None
    assert row[:2] == pytest.approx(PLACE, abs=1e-6)
    assert row[2:] == (NOON - timedelta(hours=2), NOON + timedelta(hours=30), "<b>占道</b>", None, None, 1)

    there.change("案件", "受理号", "2026-0001", 状态码="30", 派遣时间=local(NOON), 主办部门="CG", 处置人=7)
    assert counters(stage, GRID) == {"open": 1}
    assert counters(stage, STREET)["stage.handle"] == 1
    there.change("案件", "受理号", "2026-0001", 网格编码=OTHER_GRID)
    assert "open" not in counters(stage, STREET)
    assert counters(stage, OTHER_STREET)["stage.handle"] == 1
    there.change("案件", "受理号", "2026-0001", 状态码="50", 结案时间=local(NOON))
    closed = counters(stage, OTHER_STREET)
    assert (closed["closed"], closed["evaluating"], closed["passed.verify"]) == (1, 1, 1)
    case = there.conn.execute("select 案件号 from 网格平台.案件").fetchone()
    assert case is not None
    there.add(
        "回访",
        回访号="H1",
        案件号=case[0],
        方式="phone",
        回访时间=local(NOON),
        接通时间=local(NOON),
        是否解决="Y",
        满意度="B",
    )
    assert counters(stage, OTHER_STREET)["satisfied"] == 1
    there.remove("回访", "回访号", "H1")
    assert "satisfied" not in counters(stage, OTHER_STREET)
    there.remove("案件", "受理号", "2026-0001")
    assert counters(stage, "510117") == {}
    assert stage.conn.execute("select state from ops.events").fetchone() == ("void",)
    assert problems(stage) == {}


def test_the_trace_and_the_roster_follow(stage: RelayStage, there: FieldSystem) -> None:
    stage.lead()
    there.case("2026-0002", 案件号="11111111-1111-4111-8111-111111111111")
    step = {"案件号": "11111111-1111-4111-8111-111111111111", "环节": "10", "时间": local(NOON)}
    there.add("流转", **step, 序号=1, 动作="上报", 经办人="李四")
    there.add("流转", **step, 序号=2, 动作="批注", 意见="=1+1")
    there.change("流转", "序号", 2, 意见="已联系")
    there.add("流转", **step, 序号=3, 动作="受理")
    there.remove("流转", "序号", 3)
    steps = stage.conn.execute(
        "select action, actor, note, at from ops.event_steps order by action"
    ).fetchall()
    assert steps == [("enter", "李四", None, NOON), ("note", None, "已联系", NOON)]

    night = {"工号": 7, "日期": NOON.date(), "上班": "20:00", "下班": "04:00"}
    there.add("排班", 流水号=90, **night, 状态="1")
    there.add("排班", 流水号=91, **{**night, "上班": "08:00", "下班": "17:00"}, 签到=local(NOON), 状态="1")
    shift = stage.conn.execute("select starts_at, ends_at from ops.shifts where id = -90").fetchone()
    assert shift == (NOON + timedelta(hours=8), NOON + timedelta(hours=16))
    assert counters(stage, STREET)["on_duty"] == 1
    there.change("排班", "流水号", 91, 状态="0")
    assert "rostered" not in counters(stage, STREET)
    assert problems(stage) == {}


def test_what_cannot_be_carried_waits_and_the_field_system_goes_on(
    stage: RelayStage, there: FieldSystem
) -> None:
    stage.lead()
    there.case("S1", 来源="99")
    there.case("S2", 小类="77")
    there.case("S3", 状态码="50")  # closed, and does not say when
    there.case("S4", 案件号="22222222-2222-4222-8222-222222222222", 等级="要命")
    there.case("S5", 重复于="22222222-2222-4222-8222-222222222222")
    there.case("S6", 网格编码=None, 经度=None, 纬度=None)
    waiting = problems(stage)
    assert {key for _, key in waiting} == {"S1", "S2", "S3", "S4", "S5"}
    assert '"source"' in waiting["events", "S1"]
    assert '"category_id"' in waiting["events", "S2"]
    assert counters(stage, "510117")["open"] == 1
    assert "open" not in counters(stage, STREET)  # S6 belongs to the district

    stage.conn.execute("insert into feed.sources values ('99', 'citizen_app')")
    stage.conn.execute("insert into feed.severities values ('要命', 3)")
    there.add("事项", 大类="05", 小类="77", 名称="其他", 计时方式="自然日")
    assert stage.number("select feed.retry()") == 1
    there.change("案件", "受理号", "S3", 结案时间=local(NOON))
    assert problems(stage) == {}
    assert counters(stage, "510117")["open"] == 4  # S1, S2, S4, S6; S5 is S4 again
    assert stage.number("select count(*) from ops.events where duplicate_of is not null") == 1


def test_a_new_key_is_a_new_row_and_the_old_one_leaves_the_counts(
    stage: RelayStage, there: FieldSystem
) -> None:
    stage.lead()
    there.case("旧号")
    there.change("案件", "受理号", "旧号", 受理号="新号")
    assert dict(stage.conn.execute("select code, state from ops.events").fetchall()) == {
        "旧号": "void",
        "新号": "open",
    }
    assert counters(stage, STREET)["open"] == 1


def test_a_load_brings_what_was_there_and_changes_nothing_the_second_time(
    stage: RelayStage, there: FieldSystem
) -> None:
    stage.conn.execute("alter table 网格平台.案件 disable trigger feed")
    with there.conn.transaction():
        for number in range(300):
            there.case(f"L{number:03}", 状态码=("10", "30", "50")[number % 3], 结案时间=local(NOON))
    stage.conn.execute("alter table 网格平台.案件 enable always trigger feed")
    stage.lead()
    assert stage.conn.execute("select * from feed.load()").fetchone() == (304, 0)
    loaded = counters(stage, "510117")
    theirs = dict(stage.conn.execute("select 状态码, count(*) from 网格平台.案件 group by 1").fetchall())
    assert (loaded["stage.report"], loaded["stage.handle"], loaded["closed"]) == (
        theirs["10"],
        theirs["30"],
        theirs["50"],
    )
    before = stage.conn.execute("select id, version, changed_at from ops.events order by id").fetchall()
    assert stage.conn.execute("select * from feed.load()").fetchone() == (304, 0)
    assert (
        stage.conn.execute("select id, version, changed_at from ops.events order by id").fetchall() == before
    )


def test_a_workers_position_shows_where_he_is(stage: RelayStage, there: FieldSystem) -> None:
    now = datetime.now(UTC)
    stage.now = now
    there.add(
        "排班",
        流水号=1,
        工号=7,
        日期=local(now).date() - timedelta(days=1),
        上班="00:00",
        下班="00:00",
        签到=local(now - timedelta(minutes=1)),
        状态="1",
    )
    shift = "update ops.shifts set starts_at = %s, ends_at = %s where id = -1"
    stage.conn.execute(shift, (now - timedelta(hours=4), now + timedelta(hours=4)))
    stage.lead()
    lon, lat = gcj02(*PLACE)

    def fix(worker: int, seconds: float) -> None:
        moment = round((now.timestamp() + seconds) * 1000)
        there.add("定位", 工号=worker, 时刻=moment, 经度=lon, 纬度=lat, 时速=3.6, 电量=80)

    fix(7, -20)
    assert counters(stage, STREET)["patrol"] == 1
    row = stage.conn.execute("select lon, lat, speed_mps, battery_pct from ops.latest_positions").fetchone()
    assert row is not None
    assert row == pytest.approx((*PLACE, 1.0, 80), abs=1e-7)
    fix(8, -10)
    assert problems(stage) == {("positions", "8"): "unknown worker 8"}
    assert stage.number("select count(*) from ops.positions") == 1


def test_replicated_rows_are_carried_too(stage: RelayStage) -> None:
    stage.conn.execute("set session_replication_role = replica")
    stage.conn.execute("insert into 网格平台.部门 values ('SW', '水务局')")
    assert stage.conn.execute("select name from ops.departments").fetchall() == [("水务局",)]


@pytest.fixture
def two_databases(scratch: Path) -> Iterator[tuple[str, str]]:
    """A field system's own database, and ours, on a server that can replicate."""
    with PostgresServer(scratch / "replicating", scratch=True, options={"wal_level": "logical"}) as server:
        ensure_database(server.url(), "field")
        ensure_database(server.url(), "ours")
        migrate(server.url("ours"))
        yield server.url("field"), server.url("ours")
        with psycopg.connect(server.url("ours"), autocommit=True) as conn:
            conn.execute("drop subscription if exists feed")
    server.erase()


def test_another_servers_tables_feed_the_wall_by_replication(two_databases: tuple[str, str]) -> None:
    publication, subscription = blocks(REPLICATION)
    with psycopg.connect(two_databases[0], autocommit=True) as conn:
        conn.execute(blocks(THEIRS)[0].encode())
        there = FieldSystem(conn)
        there.add("事项", 大类="05", 小类="00", 名称="市容环境", 计时方式="工作日")
        there.add("事项", 大类="05", 小类="01", 名称="占道经营", 时限=8, 计时方式="工作日")
        there.case("R1")
        conn.execute(publication.encode())
        conn.execute(
            "select pg_create_logical_replication_slot('feed', 'pgoutput')"
        )  # one server stands for two
        stage = RelayStage(two_databases[1], NOON)
        try:
            make_district(stage.conn, streets=1, communities=1, grids=1)
            for block in blocks():
                stage.conn.execute(block.encode())
            stage.lead()
            here = re.sub(
                r"connection '.*?'", f"connection '{two_databases[0]}'", subscription.rstrip().rstrip(";")
            )
            stage.conn.execute(f"{here} with (create_slot = false)".encode())
            until(lambda: stage.number("select count(*) from 网格平台.案件") == 1)
            until(
                lambda: (
                    stage.number("select feed.retry()") == 0
                    and stage.number("select count(*) from ops.events") > 0
                )
            )
            there.case("R2", 状态码="30")
            until(lambda: stage.number("select count(*) from ops.events") == 2)
            assert counters(stage, STREET)["stage.handle"] == 1
            assert counters(stage, STREET)["open"] == 2
        finally:
            stage.close()


def until(holds: Callable[[], bool], deadline_s: float = 30.0) -> None:
    """Wait for what another process does."""
    end = time.monotonic() + deadline_s
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
