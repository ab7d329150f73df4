"""Points where many unrelated rows sit are placeholders, and nobody has to say so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from dashboard.ingest import run_import
from dashboard.ingest.flaws import Flaw
from tests.event_rows import MAPPING, line, write

STREETS = ("东街", "西街", "南桥", "北门", "和平路", "建设路", "人民路", "解放路", "文化路", "青年路")
CROWD = [
    line(f"c-{number}", lon="103.801234", lat="30.702345", place=f"{STREETS[number % 10]}{number}号")
    for number in range(30)
]


def placed(conn: psycopg.Connection[Any]) -> int:
    row = conn.execute("select count(lon) from ops.events").fetchone()
    assert row is not None
    return int(row[0])


def test_a_point_where_unrelated_rows_sit_is_no_place(
    conn: psycopg.Connection[Any], database_url: str, mapping: Path, tmp_path: Path
) -> None:
    grid = "5101170020010001"
    alone = [line("alone", lon="103.803456", lat="30.703456", place="东街1号")]
    rows = [*alone, *CROWD, line("named", lon="103.801234", lat="30.702345", region=grid, place="滨河路9号")]
    report = run_import(database_url, "events", write(tmp_path / "e.csv", rows), mapping=mapping)
    assert report.counts == {(Flaw.CROWDED, False): 31}
    assert report.findings[0].reason("en").startswith("31 rows sit on this point with 31 different addresses")
    assert placed(conn) == 1
    held = dict(
        conn.execute(
            "select e.code, r.code from ops.events e join ops.regions r on r.id = e.region_id"
        ).fetchall()
    )
    assert (held["c-0"], held["named"], held["alone"]) == ("510117", grid, "5101170010010001")
    again = run_import(database_url, "events", tmp_path / "e.csv", mapping=mapping)
    assert (again.updated, again.unchanged, again.changed) == (0, 32, False)


def test_one_estate_one_address_or_a_district_that_keeps_its_crowds_is_a_place(
    conn: psycopg.Connection[Any], database_url: str, mapping: Path, tmp_path: Path
) -> None:
    estate = [
        line(f"e-{number}", lon="103.812345", lat="30.703333", place=f"和平路88号幸福小区{number}栋")
        for number in range(30)
    ]
    market = [
        line(
            f"m-{number}",
            lon="103.812399",
            lat="30.703399",
            place="东街市场",
            opened=f"2026-07-01 08:{number}:00",
        )
        for number in range(10, 40)
    ]
    other = [
        line(f"o-{number}", lon=f"103.8{number + 10}456", lat="30.703456", place=f"{STREETS[number]}1号")
        for number in range(10)
    ]
    path = write(tmp_path / "e.csv", [*estate, *market, *other])
    assert run_import(database_url, "events", path, mapping=mapping).counts == {}
    mapping.write_text(MAPPING.replace("[location]", "[location]\nkeep_crowds = true"), encoding="utf-8")
    report = run_import(database_url, "events", write(tmp_path / "c.csv", CROWD), mapping=mapping)
    assert report.counts == {}
    assert placed(conn) == 100


def test_without_addresses_a_crowd_shows_by_its_categories(
    conn: psycopg.Connection[Any], database_url: str, mapping: Path, tmp_path: Path
) -> None:
    mapping.write_text(MAPPING.replace('address = "place"\n', ""), encoding="utf-8")
    rows = [
        line(f"c-{number}", lon="103.801234", lat="30.702345", kind=f"kind {number % 12}")
        for number in range(60)
    ]
    report = run_import(database_url, "events", write(tmp_path / "e.csv", rows), mapping=mapping)
    assert report.counts == {(Flaw.CROWDED, False): 60}
    assert "with 12 different categories" in report.findings[0].reason("en")
