"""Positions, workers, categories and departments from small made files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from dashboard.ingest import Report, run_import
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.wording import Flaw
from tests.findings import found

MAPPING = """
kind = "positions"
[columns]
worker = { column = "who", prefix = "W" }
fixed_at = "at"
lon = "x"
lat = "y"
battery_pct = "battery"
[times]
timezone = "UTC"
[location]
outside_m = 100
[workers]
create = true
name = { template = "Walker {who}" }
"""
HEADER = "who,at,x,y,battery\n"


def load(database_url: str, folder: Path, rows: str, mapping: str = MAPPING) -> Report:
    rules, path = folder / "m.toml", folder / "p.csv"
    rules.write_text(mapping, encoding="utf-8")
    path.write_text(HEADER + rows, encoding="utf-8")
    return run_import(database_url, "positions", path, mapping=rules)


def test_a_track_makes_its_worker_in_the_grid_of_most_fixes(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path
) -> None:
    rows = "7,2009-03-11T01:00:00Z,103.805,30.705,80\n" + "".join(
        f"7,2009-03-11T01:00:{second:02d}Z,103.815,30.705,\n" for second in range(1, 9)
    )
    report = load(database_url, tmp_path, rows)
    assert (report.landed, report.made, report.rejected) == (9, {"workers": 1}, 0)
    worker = conn.execute(
        "select w.code, w.name, w.role, v.label_lon from ops.workers w "
        "join ops.region_versions v on v.region_id = w.region_id"
    ).fetchone()
    assert worker is not None
    assert worker[:3] == ("W7", "Walker 7", "grid_worker")
    assert worker[3] == pytest.approx(103.815)
    first = conn.execute(
        "select fixed_at = received_at, extract(epoch from fixed_at)::int, lon, lat, battery_pct "
        "from ops.positions order by fixed_at"
    ).fetchone()
    assert first == (True, 1236733200, 103.805, 30.705, 80)
    assert conn.execute("select count(*) from ops.latest_positions").fetchone() == (0,)
    assert conn.execute("select kind from board.outbox").fetchall() == [("resync",)]


def test_every_bad_fix_is_reported_and_the_good_ones_land_once(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path
) -> None:
    rows = [
        ("7,2009-03-11T01:00:00Z,103.805,30.705,80", None),
        ("7,2009-03-11T01:00:00Z,103.805,30.705,80", ("at", Flaw.SAME_FIX)),
        ("7,2009-03-11T01:00:00Z,103.807,30.705,80", ("at", Flaw.TWO_PLACES)),
        (",2009-03-11T01:00:01Z,103.805,30.705,", ("who", Flaw.MISSING)),
        ("7,,103.805,30.705,", ("at", Flaw.MISSING)),
        ("7,2009-03-11 25:00,103.805,30.705,", ("at", Flaw.NO_SUCH_DAY)),
        ("7,2099-03-11 01:00,103.805,30.705,", ("at", Flaw.FUTURE)),
        ("7,2009-03-11T01:00:02Z,,,", ("x / y", Flaw.MISSING)),
        ("7,2009-03-11T01:00:03Z,103.805,,", ("x / y", Flaw.HALF_LOCATION)),
        ("7,2009-03-11T01:00:04Z,east,30.705,", ("x / y", Flaw.NOT_NUMBER)),
        ("7,2009-03-11T01:00:05Z,nan,30.705,", ("x / y", Flaw.NOT_NUMBER)),
        ("7,2009-03-11T01:00:06Z,403.805,30.705,", ("x / y", Flaw.NUMBER_RANGE)),
        ("7,2009-03-11T01:00:07Z,30.705,103.805,", ("x / y", Flaw.SWAPPED)),
        ("7,2009-03-11T01:00:08Z,0,0,", ("x / y", Flaw.NULL_ISLAND)),
        ("7,2009-03-11T01:00:09Z,103.805,30.705,140", ("battery", Flaw.NUMBER_RANGE)),
        ("7,2009-03-11T01:00:10Z,103.7995,30.705,", None),
        ("8,2009-03-11T01:00:00Z,103.805,30.705,", None),
    ]
    report = load(database_url, tmp_path, "\n".join(row for row, _ in rows) + "\n")
    expected = [(row, *fault, True) for row, (_, fault) in enumerate(rows, start=2) if fault is not None]
    assert found(report) == expected
    assert (report.landed, report.rejected) == (3, 14)
    again = load(database_url, tmp_path, "\n".join(row for row, _ in rows) + "\n")
    assert (again.landed, again.updated, again.unchanged, again.rejected) == (0, 0, 3, 14)
    assert conn.execute("select count(*) from ops.positions").fetchone() == (3,)
    assert conn.execute("select count(*) from board.outbox").fetchone() == (1,)


def test_fixes_of_long_ago_take_what_was_kept_of_their_patrols_with_them(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path
) -> None:
    load(
        database_url,
        tmp_path,
        "7,2009-03-11T01:00:00Z,103.805,30.705,\n8,2009-03-11T01:00:00Z,103.805,30.705,\n",
    )
    conn.execute(
        "with worked as (insert into ops.shifts (worker_id, starts_at, ends_at)"
        "  select w.id, day, day + interval '8 hours' from ops.workers w,"
        "  unnest('{2009-03-11T00:00Z, 2009-03-12T00:00Z}'::timestamptz[]) as day returning *)"
        " insert into board.patrol_cells"
        " (shift_id, drawn, worker_id, since, until, made_at, fixes, cells, visited, walked)"
        " select id, md5('')::uuid, worker_id, starts_at, ends_at, ends_at, 0, 1, 0, '\\x00' from worked"
    )
    load(database_url, tmp_path, "7,2009-03-11T02:00:00Z,103.805,30.705,\n")
    left = conn.execute(
        "select w.code, c.since::date::text from board.patrol_cells c"
        " join ops.workers w on w.id = c.worker_id order by 1, 2"
    ).fetchall()
    assert left == [("W7", "2009-03-12"), ("W8", "2009-03-11"), ("W8", "2009-03-12")]


def test_unknown_workers_are_rejected_unless_they_may_be_made(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path
) -> None:
    mapping = MAPPING.replace("create = true", "create = false")
    report = load(database_url, tmp_path, "7,2009-03-11T01:00:00Z,103.805,30.705,\n", mapping)
    assert found(report) == [(2, "who", Flaw.UNKNOWN_WORKER, True)]
    assert conn.execute("select count(*) from ops.workers").fetchone() == (0,)


def test_workers_are_imported_by_plain_headers(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path
) -> None:
    grid = conn.execute("select code from ops.regions where level = 'grid' order by code limit 1").fetchone()
    assert grid is not None
    path = tmp_path / "w.csv"
    text = f"编号,姓名,所属网格\nA1,张三,{grid[0]}\nA2,李四,nowhere\nA1,王五,{grid[0]}\n,赵六,{grid[0]}\n"
    path.write_bytes(text.encode("gb18030"))
    report = run_import(database_url, "workers", path)
    assert found(report) == [
        (3, "所属网格", Flaw.UNKNOWN_REGION, True),
        (4, "编号", Flaw.DUPLICATE_CODE, True),
        (5, "编号", Flaw.MISSING, True),
    ]
    assert conn.execute("select code, name, role from ops.workers").fetchall() == [
        ("A1", "张三", "grid_worker")
    ]
    assert run_import(database_url, "workers", path).unchanged == 1


def test_departments_are_imported_and_renamed(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("code,name,name_en\nPW,公共工程,Public works\n", encoding="utf-8")
    assert run_import(database_url, "departments", path).landed == 1
    path.write_text("code,name,name_en\nPW,公共工程局,Public works\n", encoding="utf-8")
    assert run_import(database_url, "departments", path).updated == 1


def test_categories_are_imported_by_parent_codes(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text(
        "code,name,parent,limit_hours\nA,道路,,40\nA1,坑洞,A,8\nB1,树木,B,\nA1,重复,A,\nA2,慢,A,fast\n",
        encoding="utf-8",
    )
    report = run_import(database_url, "categories", path)
    assert found(report) == [
        (4, "parent", Flaw.UNKNOWN_CATEGORY, True),
        (5, "code", Flaw.DUPLICATE_CODE, True),
        (6, "limit_hours", Flaw.UNREADABLE_LIMIT, True),
    ]
    with psycopg.connect(database_url) as conn:
        rows = conn.execute(
            "select c.code, c.level, t.code, c.limit_hours from ops.categories c "
            "join ops.categories t on t.id = c.top_id where c.code in ('A', 'A1') order by c.code"
        ).fetchall()
    assert rows == [("A", 1, "A", 40.0), ("A1", 2, "A", 8.0)]
    assert run_import(database_url, "categories", path).unchanged == 2


def test_a_header_that_says_too_little_is_refused(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("kennung,bezeichnung\n1,x\n", encoding="utf-8")
    with pytest.raises(ImportRefused, match=r"does not plainly hold code, name; give a mapping"):
        run_import(database_url, "categories", path)
