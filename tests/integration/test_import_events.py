"""Events from small made files: every kind of bad row, good rows once, repeats and changes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dashboard.ingest import run_import
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.wording import Flaw
from tests.event_rows import MAPPING, line, write
from tests.findings import found

BAD: tuple[tuple[list[str], tuple[str, Flaw, bool]], ...] = (
    (line("", kind="Pothole"), ("id", Flaw.MISSING, True)),
    (line("good-1"), ("id", Flaw.DUPLICATE_CODE, True)),
    (line("b" * 201), ("id", Flaw.TOO_LONG, True)),
    (line("b-1\x07"), ("id", Flaw.CONTROL_CHARACTER, True)),
    (line("b-2", source=""), ("source", Flaw.MISSING, True)),
    (line("b-3", source="fax"), ("source", Flaw.UNKNOWN_VALUE, True)),
    (line("b-4", opened=""), ("opened", Flaw.MISSING, True)),
    (line("b-5", opened="soon"), ("opened", Flaw.UNREADABLE_TIME, True)),
    (line("b-6", opened="1066-10-14 09:00"), ("opened", Flaw.TIME_RANGE, True)),
    (line("b-7", opened="2099-01-01 00:00"), ("opened", Flaw.FUTURE, True)),
    (line("b-8", closed="2026-06-30 08:00:00"), ("closed", Flaw.CLOSED_BEFORE_REPORTED, True)),
    (line("b-9", state="closed"), ("closed", Flaw.CLOSED_WITHOUT_TIME, True)),
    (line("b-10", state="open", closed="2026-07-02 08:00"), ("state", Flaw.OPEN_WITH_CLOSING_TIME, True)),
    (line("b-11", state="lost"), ("state", Flaw.UNKNOWN_VALUE, True)),
    (line("b-12", severity="soonish"), ("severity", Flaw.NOT_NUMBER, True)),
    (line("b-13", severity="9"), ("severity", Flaw.NUMBER_RANGE, True)),
    (line("b-14", top="", kind=""), ("top / kind", Flaw.MISSING, True)),
    (line("b-15", region="nowhere"), ("region", Flaw.UNKNOWN_REGION, True)),
    (line("n-1", opened="2026-03-08 02:30:00"), ("opened", Flaw.MISSING_HOUR, False)),
    (line("n-2", opened="2025-11-02 01:30:00"), ("opened", Flaw.REPEATED_HOUR, False)),
    (line("n-3", due="2026-06-30 08:00:00"), ("due", Flaw.DUE_BEFORE_REPORTED, False)),
    (line("n-4", lat=""), ("lon / lat", Flaw.HALF_LOCATION, False)),
    (line("n-5", lat="north"), ("lon / lat", Flaw.NOT_NUMBER, False)),
    (line("n-6", lat="91"), ("lon / lat", Flaw.NUMBER_RANGE, False)),
    (line("n-7", lon="103.812", lat="30.702"), ("lon / lat", Flaw.PLACEHOLDER, False)),
    (line("n-8", lon="30.705", lat="103.805"), ("lon / lat", Flaw.SWAPPED, False)),
    (line("n-9", lon="104.9", lat="31.9"), ("lon / lat", Flaw.OUTSIDE_DISTRICT, False)),
    (line("n-10", lon="103.7999"), ("lon / lat", Flaw.OUTSIDE_GRIDS, False)),
)


def test_every_bad_row_is_reported_and_the_good_ones_land_once(
    conn: psycopg.Connection[Any], database_url: str, mapping: Path, tmp_path: Path
) -> None:
    good = [line("good-1", closed="2026-07-01 08:00:30"), line("good-2", source="patrol", lon="", lat="")]
    path = write(tmp_path / "e.csv", [*good, *(row for row, _ in BAD)])
    report = run_import(database_url, "events", path, mapping=mapping)
    assert found(report) == [(place, *expected) for place, (_, expected) in enumerate(BAD, start=4)]
    kept = sum(not expected[2] for _, expected in BAD)
    assert (report.rows_read, report.landed, report.updated, report.unchanged, report.rejected) == (
        *(len(BAD) + 2, kept + 2, 0, 0),
        len(BAD) - kept,
    )
    codes = {row[0] for row in conn.execute("select code from ops.events").fetchall()}
    assert codes == {"good-1", "good-2", *(f"n-{number}" for number in range(1, 11))}
    assert report.made == {"categories": 2, "departments": 1}


def table(text: str) -> list[str]:
    """The lines of the report's tables, each with single spaces between its cells."""
    lines = text.splitlines()
    start = next(place for place, line in enumerate(lines) if line.endswith(("行：", "remark:", "rejected:")))
    return [" ".join(line.split()) for line in lines[start + 1 :] if line.strip(" ─")]


def test_the_report_speaks_both_languages(
    conn: psycopg.Connection[Any], database_url: str, mapping: Path, tmp_path: Path
) -> None:
    path = write(tmp_path / "e.csv", [line("a", source="fax"), line("b", due="2026-06-30 08:00:00")])
    report = run_import(database_url, "events", path, mapping=mapping, lang="zh")
    zh, en = report.text(width=200), report.text("en", width=200)
    assert zh.startswith(
        "导入事件：e.csv\n"
        "读取 2 行：新增 1，更新 0，未变 0，拒绝 1\n"
        "另建：类别 2，部门 1\n"
        "落点与行内所写镇街一致：—（0 / 0）\n\n"
        "已入库但需留意的行：\n"
    )
    assert en.startswith(
        "Imported events: e.csv\n"
        "2 rows read: 1 landed, 0 updated, 0 unchanged, 1 rejected\n"
        "made as well: categories 2, departments 1\n"
        "the point lies in the street that the row names: — (0 of 0)\n\n"
        "Rows that landed, with a remark:\n"
    )
    assert table(zh) == [
        "行 字段 值 原因 办法",
        "3 due 2026-06-30 08:00:00 期限早于上报时间 2026-07-01 08:00:00，已不设期限入库 更正期限后重新导入",
        "被拒绝的行：",
        "行 字段 值 原因 办法",
        (
            "2 source fax 映射中没有这个取值；可用的有：phone, patrol "
            '在映射的 [values.source] 中加上它，或用 "*" 给出其余取值的去向'
        ),
    ]
    assert table(en)[-1] == (
        "2 source fax the mapping does not know this value; it knows: phone, patrol "
        'add it to [values.source] in the mapping, or say with "*" where all others go'
    )
    assert report.exit_code == 1


def test_a_row_becomes_what_it_says(
    conn: psycopg.Connection[Any], database_url: str, mapping: Path, tmp_path: Path
) -> None:
    path = write(
        tmp_path / "e.csv",
        [
            line("a", closed="2026-07-01 08:00:30", due="2026-07-08 08:00:00", place="7 River St, rear"),
            line("b", lon="103.7999"),
            line("c", lon="103.812", lat="30.702"),
        ],
    )
    run_import(database_url, "events", path, mapping=mapping)
    query = (
        "select e.code, e.source, e.state, e.stage, e.first_contact, e.reported_at::text, e.closed_at::text, "
        "e.due_at::text, e.warn_at::text, e.changed_at::text, e.address, r.level, d.code, c.code, c.name, t.name, "
        "t.name_en, e.lon from ops.events e join ops.regions r on r.id = e.region_id "
        "join ops.departments d on d.id = e.department_id join ops.categories c on c.id = e.category_id "
        "join ops.categories t on t.id = c.top_id order by e.code"
    )
    conn.execute("set timezone = 'UTC'")
    first, second, third = conn.execute(query).fetchall()
    assert first == (
        *("a", "hotline", "closed", "evaluate", True, "2026-07-01 12:00:00+00", "2026-07-01 12:00:30+00"),
        *("2026-07-08 12:00:00+00", "2026-07-06 18:00:00+00", "2026-07-01 12:00:30+00", "7 River St, rear"),
        *("grid", "PW", "Roads/Pothole", "Pothole", "道路", "Roads", 103.805),
    )
    assert (second[2], second[3], second[11], second[17]) == ("open", "handle", "district", 103.7999)
    assert (third[11], third[17]) == ("district", None)


def test_the_same_file_twice_changes_nothing_and_a_changed_row_updates(
    conn: psycopg.Connection[Any], database_url: str, mapping: Path, tmp_path: Path
) -> None:
    rows = [line(f"e-{number}", due="2026-07-08 08:00:00") for number in range(40)]
    path = write(tmp_path / "e.csv", rows)
    assert run_import(database_url, "events", path, mapping=mapping).landed == 40
    assert outbox(conn) == {"resync": 1}
    before = conn.execute("select * from ops.events order by id").fetchall()
    again = run_import(database_url, "events", path, mapping=mapping)
    assert (again.landed, again.updated, again.unchanged, again.changed) == (0, 0, 40, False)
    assert conn.execute("select * from ops.events order by id").fetchall() == before
    assert outbox(conn) == {"resync": 1}
    rows[7] = line("e-7", due="2026-07-04 08:00:00", severity="3")
    changed = run_import(database_url, "events", write(path, rows), mapping=mapping)
    assert (changed.landed, changed.updated, changed.unchanged) == (0, 1, 39)
    row = conn.execute(
        "select version, severity, due_at - warn_at = (due_at - reported_at) * 0.25 from ops.events "
        "where code = 'e-7'"
    ).fetchone()
    assert row == (2, 3, True)
    assert outbox(conn) == {"resync": 2}


def test_a_check_writes_nothing(
    conn: psycopg.Connection[Any], database_url: str, mapping: Path, tmp_path: Path
) -> None:
    path = write(tmp_path / "e.csv", [line("a"), line("b", source="fax")])
    report = run_import(database_url, "events", path, mapping=mapping, check=True)
    assert (report.landed, report.rejected, report.check) == (1, 1, True)
    for table in ("ops.events", "ops.departments", "board.outbox"):
        assert conn.execute(f"select count(*) from {table}").fetchone() == (0,), table


def test_a_file_that_breaks_off_writes_nothing(
    conn: psycopg.Connection[Any], database_url: str, mapping: Path, tmp_path: Path
) -> None:
    path = write(tmp_path / "e.csv", [line(f"e-{number}") for number in range(6_000)])
    with path.open("a", encoding="utf-8") as stream:
        stream.write("x" * 1_000_002)
    with pytest.raises(ImportRefused, match="longer than"):
        run_import(database_url, "events", path, mapping=mapping)
    assert conn.execute("select count(*) from ops.events").fetchone() == (0,)
    assert conn.execute("select count(*) from ops.departments").fetchone() == (0,)


def test_a_column_that_the_file_lacks_is_named(
    conn: psycopg.Connection[Any], database_url: str, mapping: Path, tmp_path: Path
) -> None:
    path = tmp_path / "e.csv"
    path.write_text("id,source\n1,phone\n", encoding="utf-8")
    with pytest.raises(ImportRefused, match=r"field reported_at of the mapping .* needs the column opened"):
        run_import(database_url, "events", path, mapping=mapping)


def test_events_need_regions_first(database_url: str, mapping: Path, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="import the boundaries first"):
        run_import(database_url, "events", write(tmp_path / "e.csv", [line("a")]), mapping=mapping)


def test_without_create_unknown_codes_are_rejected(
    conn: psycopg.Connection[Any], database_url: str, mapping: Path, tmp_path: Path
) -> None:
    mapping.write_text(
        MAPPING.replace("create = true", "create = false").replace('address = "place"', 'worker = "place"'),
        encoding="utf-8",
    )
    report = run_import(
        database_url, "events", write(tmp_path / "e.csv", [line("a", place="W-404")]), mapping=mapping
    )
    assert Counter(item.flaw for item in report.findings) == {
        Flaw.UNKNOWN_CATEGORY: 1,
        Flaw.UNKNOWN_DEPARTMENT: 1,
        Flaw.UNKNOWN_WORKER: 1,
    }
    assert report.rejected == 1


def test_a_stage_of_another_workflow_is_refused(
    conn: psycopg.Connection[Any], database_url: str, mapping: Path, tmp_path: Path
) -> None:
    mapping.write_text(MAPPING + '[stages]\nopen = "archive"\n', encoding="utf-8")
    with pytest.raises(ImportRefused, match=r"stages\.open must be one of report, file"):
        run_import(database_url, "events", write(tmp_path / "e.csv", [line("a")]), mapping=mapping)


def outbox(conn: psycopg.Connection[Any]) -> dict[str, int]:
    return dict(conn.execute("select kind, count(*) from board.outbox group by kind").fetchall())
