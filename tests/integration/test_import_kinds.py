"""Categories, departments with duties, workers, shifts, feedback and figures, as offices write them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dashboard.ingest import Report, run_import
from dashboard.ingest.wording import Flaw
from tests.builders import make_district

CATEGORIES = """分类编码,分类名称,上级分类,处置时限
D01,占道经营,D,2小时
D,市容环境,,
C,公用设施,,
C01,井盖缺失,C,5个工作日
C02,路灯不亮,C,尽快
C03,护栏损坏,C,半天
X1,孤儿,X,3
C01,井盖,C,1
"""
DEPARTMENTS = """部门编码,部门名称,职责类别,管辖区域
CG,城市管理局,A01;B01,
CG2,城管二中队,B01,510117001001
SW,水务局,A,510117002、510117001002
XX,不存在的类别,Z9,
YY,抢占,B01,
"""
SHIFTS = """工号,日期,班次,上班时间,下班时间,签到时间,签退时间,是否取消
W1,2026-11-19,早班,08:00,16:00,07:55,16:05,
W1,2026-11-19,夜班,22:00,06:00,21:58,06:01,否
W1,2026-11-20,早班,05:00,12:00,,,
W1,2026-11-20,早班,05:00,12:00,,,取消
W1,2026-11-20,中班,12:00,18:00,,,
W2,2026-11-19,长班,2026-11-19 08:00,2026-11-21 08:00,,,
W2,2026-11-19,反班,2026-11-19 08:00,2026-11-19 07:00,,,
W9,2026-11-19,早班,08:00,16:00,,,
W2,2026-11-18,早班,00:00,08:00,23:50,07:00,
W2,2026-11-18,早班,09:00,12:00,09:10,09:05,
W2,2099-01-01,早班,09:00,12:00,09:10,,
W2,2099-01-02,早班,09:00,12:00,,,
W2,2099-01-02,早班,09:00,13:00,,,
"""
FEEDBACK = """事件编号,回访时间,回访方式,是否解决,满意度
E1,2026-07-02 09:00,电话,已解决,非常满意
E2,2026-07-02 09:30,短信,,未接通
E3,2026-07-02 10:00,电话,未解决,不满意
E9,2026-07-02 10:00,电话,是,满意
E1,2026-06-30 10:00,电话,是,满意
E2,2026-07-02 11:00,电话,是,超级棒
E3,2026-07-02 10:00,电话,未解决,不满意
E2,,电话,是,满意
"""
STATS = """网格编码,统计日期,户数,党员,出租屋
5101170010010001,2026-06-30,120,12,
5101170010010002,2026-06-30,80,9,4
5101170010010009,2026-06-30,80,9,4
5101170010020001,2026-06-30,many,1,2
5101170010020001,2026-06-30,,,
5101170010010002,2026-06-30,81,,
5101170010020002,2099-06-30,80,9,4
"""
STATS_MAPPING = """
kind = "stats"
[columns]
region = "网格编码"
as_of = "统计日期"
[stats]
households = "户数"
party_members = "党员"
rented = { column = "出租屋" }
"""


@pytest.fixture
def district(database_url: str) -> str:
    """A database with a small district."""
    with psycopg.connect(database_url) as connection:
        make_district(connection)
    return database_url


def load(url: str, folder: Path, kind: str, text: str, **options: Any) -> Report:
    file = folder / f"{kind}.csv"
    file.write_text(text, encoding="utf-8")
    return run_import(url, kind, file, lang="en", **options)


def rows(url: str, query: str) -> Sequence[tuple[Any, ...]]:
    with psycopg.connect(url, options="-c timezone=UTC") as connection:
        return connection.execute(query.encode()).fetchall()


def flaws(report: Report) -> list[tuple[int, Flaw]]:
    return [(item.row, item.flaw) for item in report.findings]


def test_categories_come_in_any_order_with_limits_in_words(district: str, tmp_path: Path) -> None:
    report = load(district, tmp_path, "categories", CATEGORIES)
    assert (report.landed, report.rejected) == (5, 3)
    assert flaws(report) == [
        (6, Flaw.UNREADABLE_LIMIT),
        (8, Flaw.UNKNOWN_CATEGORY),
        (9, Flaw.DUPLICATE_CODE),
    ]
    found = rows(
        district,
        "select c.code, p.code, c.level, t.code, c.limit_hours, c.limit_kind from ops.categories c "
        "left join ops.categories p on p.id = c.parent_id join ops.categories t on t.id = c.top_id "
        "where c.code ~ '^[CD]' order by 1",
    )
    assert found == [
        ("C", None, 1, "C", None, "working"),
        ("C01", "C", 2, "C", 35.0, "working"),
        ("C03", "C", 2, "C", 12.0, "clock"),
        ("D", None, 1, "D", None, "working"),
        ("D01", "D", 2, "D", 2.0, "clock"),
    ]
    again = load(district, tmp_path, "categories", CATEGORIES)
    assert (again.landed, again.updated, again.unchanged, again.changed) == (0, 0, 5, False)


def test_a_category_keeps_what_the_file_does_not_name_and_has_a_time_in_which_it_is_valid(
    district: str, tmp_path: Path
) -> None:
    load(district, tmp_path, "categories", CATEGORIES)
    report = load(district, tmp_path, "categories", "code,name,parent\nC01,井盖丢失,C\n")
    assert (report.landed, report.updated) == (0, 1)
    text = "code,name,valid_from,valid_to\nN,新类,2026-01-01,2027-01-01\nM,旧类,2026-01-01,2025-01-01\n"
    report = load(district, tmp_path, "categories", text)
    assert flaws(report) == [(3, Flaw.NEVER_VALID)]
    query = "select code, name, limit_hours, valid_from::text, valid_to::text from ops.categories "
    kept, new = rows(district, query + "where code in ('C01', 'N') order by 1")
    assert kept == ("C01", "井盖丢失", 35.0, "-infinity", "infinity")
    assert new[3:] == ("2025-12-31 16:00:00+00", "2026-12-31 16:00:00+00")


def test_departments_bring_their_duties(district: str, tmp_path: Path) -> None:
    report = load(district, tmp_path, "departments", DEPARTMENTS)
    assert (report.landed, report.rejected, report.made["duties"]) == (3, 2, 5)
    assert flaws(report) == [(5, Flaw.UNKNOWN_CATEGORY), (6, Flaw.DUTY_TAKEN)]
    query = (
        "select d.code, c.code, r.code from ops.duties u join ops.departments d on d.id = u.department_id "
        "left join ops.categories c on c.id = u.category_id left join ops.regions r on r.id = u.region_id "
        "order by 1, 2, 3"
    )
    assert rows(district, query) == [
        ("CG", "A01", None),
        ("CG", "B01", None),
        ("CG2", "B01", "510117001001"),
        ("SW", "A", "510117001002"),
        ("SW", "A", "510117002"),
    ]
    again = load(district, tmp_path, "departments", DEPARTMENTS)
    assert (again.unchanged, again.changed) == (3, False)
    moved = load(district, tmp_path, "departments", "code,name,categories\nYY,新局,B01;A\nYY,新局,A01\n")
    assert flaws(moved) == [(2, Flaw.DUTY_MOVED), (3, Flaw.DUTY_MOVED)]
    assert (moved.landed, moved.unchanged, moved.rejected) == (1, 1, 0)
    assert [row for row in rows(district, query) if row[0] in ("CG", "YY")] == [
        ("YY", "A", None),
        ("YY", "A01", None),
        ("YY", "B01", None),
    ]
    names = load(district, tmp_path, "departments", "code,name\nSW,水利局\n")
    assert (names.updated, len([row for row in rows(district, query) if row[0] == "SW"])) == (1, 2)


def test_workers_come_with_roles_and_states_in_words(district: str, tmp_path: Path) -> None:
    text = (
        "工号,姓名,岗位,所属网格,在职状态\nW1,甲,网格员,5101170010010001,在职\n"
        "W2,乙,督导员,510117001,离职\nW3,丙,网格员,9,在职\nW4,丁,网格员,510117001,休假\n"
    )
    report = load(district, tmp_path, "workers", text)
    assert (report.landed, flaws(report)) == (2, [(4, Flaw.UNKNOWN_REGION), (5, Flaw.UNKNOWN_VALUE)])
    found = rows(district, "select code, name, role, active from ops.workers order by 1")
    assert found == [("W1", "甲", "grid_worker", True), ("W2", "乙", "supervisor", False)]


def test_a_roster_in_hours_of_the_day(district: str, tmp_path: Path) -> None:
    workers = "code,name,region\nW1,甲,5101170010010001\nW2,乙,5101170010010001\n"
    load(district, tmp_path, "workers", workers)
    report = load(district, tmp_path, "shifts", SHIFTS)
    assert flaws(report) == [
        (4, Flaw.SHIFT_OVERLAP),
        (5, Flaw.SAME_SHIFT),
        (7, Flaw.SHIFT_LENGTH),
        (8, Flaw.ENDS_BEFORE_START),
        (9, Flaw.UNKNOWN_WORKER),
        (11, Flaw.LEFT_BEFORE_CAME),
        (12, Flaw.FUTURE),
        (14, Flaw.SAME_SHIFT),
    ]
    found = rows(
        district,
        "select w.code, s.kind, s.starts_at::text, s.ends_at::text, s.checked_in_at::text, s.checked_out_at::text "
        "from ops.shifts s join ops.workers w on w.id = s.worker_id order by 1, 3",
    )
    utc = [tuple(value and str(value).removesuffix("+00") for value in row) for row in found]
    assert utc == [
        (
            *("W1", "早班", "2026-11-19 00:00:00", "2026-11-19 08:00:00"),
            *("2026-11-18 23:55:00", "2026-11-19 08:05:00"),
        ),
        (
            *("W1", "夜班", "2026-11-19 14:00:00", "2026-11-19 22:00:00"),
            *("2026-11-19 13:58:00", "2026-11-19 22:01:00"),
        ),
        ("W1", "中班", "2026-11-20 04:00:00", "2026-11-20 10:00:00", None, None),
        (
            *("W2", "早班", "2026-11-17 16:00:00", "2026-11-18 00:00:00"),
            *("2026-11-17 15:50:00", "2026-11-17 23:00:00"),
        ),
        ("W2", "早班", "2099-01-02 01:00:00", "2099-01-02 04:00:00", None, None),
    ]
    again = load(district, tmp_path, "shifts", SHIFTS)
    assert (again.landed, again.updated, again.unchanged, again.changed) == (0, 0, 5, False)
    late = (
        "工号,开始时间,结束时间\nW1,2026-11-20 17:00,2026-11-20 19:00\nW1,2026-11-20 18:00,2026-11-20 19:00\n"
    )
    report = load(district, tmp_path, "shifts", late)
    assert (report.landed, flaws(report)) == (1, [(2, Flaw.SHIFT_OVERLAP)])


def test_feedback_in_words_and_a_new_version_of_its_event(district: str, tmp_path: Path) -> None:
    events = "code,source,category,reported_at,region\n" + "".join(
        f"E{number},热线,A01,2026-07-01 08:00,510117001\n" for number in (1, 2, 3)
    )
    assert load(district, tmp_path, "events", events).landed == 3
    report = load(district, tmp_path, "feedback", FEEDBACK)
    assert flaws(report) == [
        (5, Flaw.UNKNOWN_EVENT),
        (6, Flaw.ASKED_BEFORE_REPORTED),
        (7, Flaw.NOT_NUMBER),
        (8, Flaw.DUPLICATE_CODE),
        (9, Flaw.MISSING),
    ]
    found = rows(
        district,
        "select e.code, e.version, f.code, f.channel, f.answered_at = f.asked_at, f.resolved, f.satisfaction "
        "from ops.feedback f join ops.events e on e.id = f.event_id order by 1",
    )
    assert found == [
        ("E1", 2, "E1@2026-07-02T01:00:00Z", "phone", True, True, 5),
        ("E2", 2, "E2@2026-07-02T01:30:00Z", "sms", None, None, None),
        ("E3", 2, "E3@2026-07-02T02:00:00Z", "phone", True, False, 2),
    ]
    again = load(district, tmp_path, "feedback", FEEDBACK)
    assert (again.landed, again.updated, again.unchanged, again.changed) == (0, 0, 3, False)
    assert rows(district, "select max(version) from ops.events") == [(2,)]
    changed = load(district, tmp_path, "feedback", FEEDBACK.replace("非常满意", "基本满意"))
    assert (changed.updated, changed.unchanged) == (1, 2)
    assert rows(district, "select sum(version) from ops.events") == [(7,)]


def test_figures_by_row_and_by_column(district: str, tmp_path: Path) -> None:
    mapping = tmp_path / "stats.toml"
    mapping.write_text(STATS_MAPPING, encoding="utf-8")
    report = load(district, tmp_path, "stats", STATS, mapping=mapping)
    assert flaws(report) == [
        (4, Flaw.UNKNOWN_REGION),
        (5, Flaw.NOT_NUMBER),
        (6, Flaw.NO_FIGURE),
        (7, Flaw.SAME_FIGURE),
        (8, Flaw.FUTURE),
    ]
    assert (report.rows_read, report.landed, report.rejected) == (7, 2, 5)
    query = "select key, as_of::text, value from ops.region_stats s join ops.regions r on r.id = s.region_id "
    assert rows(district, query + "where r.code = '5101170010010002' order by 1") == [
        ("households", "2026-06-30", 80.0),
        ("party_members", "2026-06-30", 9.0),
        ("rented", "2026-06-30", 4.0),
    ]
    again = load(district, tmp_path, "stats", STATS, mapping=mapping)
    assert (again.unchanged, again.changed) == (2, False)
    tall = "区域编码,指标,统计日期,数值\n510117,常住人口,2026-06-30,900000\n510117,户数,2026-06-30,300000\n"
    assert load(district, tmp_path, "stats", tall).landed == 2
    grown = load(district, tmp_path, "stats", tall.replace("900000", "910000"))
    assert (grown.landed, grown.updated, grown.unchanged) == (0, 1, 1)
