"""One import from file to report: every format lands the same, progress, stopping, all or nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import psycopg
import pytest
import shapely
from click.testing import CliRunner

from dashboard.cli import commands
from dashboard.ingest import run_import
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.watch import ImportCancelled
from data_access.sessions import DEAD_PEERS
from data_access.writes.imports import import_transaction
from tests.builders import square
from tests.formats import geopackage, packed, shapefile, with_shared_texts, workbook

HEADER = ("code", "source", "category", "reported_at", "lon", "lat", "text")
WHEN = datetime(2026, 7, 1, 8, 30, tzinfo=UTC).replace(tzinfo=None)
ROWS = tuple(
    (f"E-{number}", "hotline", "A01", WHEN, 103.801 + number / 100, 30.705, f"第{number}处积水")
    for number in range(5)
)
STORED = (
    "select e.code, e.text, r.code, e.lon::numeric(9, 4)::text, e.lat::numeric(9, 4)::text, "
    "e.reported_at at time zone 'UTC' from ops.events e join ops.regions r on r.id = e.region_id order by e.code"
)
FACTS = {
    name: [row[place] for row in ROWS] for place, name in enumerate(HEADER) if name not in ("lon", "lat")
}
POINTS = [shapely.Point(row[4], row[5]) for row in ROWS]


def delimited(path: Path, rows: tuple[tuple[object, ...], ...] = ROWS, encoding: str = "utf-8-sig") -> Path:
    lines = [",".join(map(str, row)) for row in (HEADER, *rows)]
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


def geojson(path: Path) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {name: str(values[number]) for name, values in FACTS.items()},
            "geometry": shapely.geometry.mapping(point),
        }
        for number, point in enumerate(POINTS)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def moved(crs: int) -> list[shapely.Geometry]:
    import pyproj

    to = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
    return [shapely.Point(*to.transform(point.x, point.y)) for point in POINTS]


FORMS: dict[str, Callable[[Path], Path]] = {
    "CSV": lambda folder: delimited(folder / "e.csv"),
    "CSV in GB18030": lambda folder: delimited(folder / "e.csv", encoding="gb18030"),
    "XLSX": lambda folder: workbook(folder / "e.xlsx", [HEADER, *ROWS]),
    "XLSX of an office program": lambda folder: with_shared_texts(
        workbook(folder / "e.xlsx", [HEADER, *ROWS])
    ),
    "list of objects": lambda folder: as_list(folder / "e.json"),
    "points in GeoJSON": lambda folder: geojson(folder / "e.geojson"),
    "points in a GeoPackage": lambda folder: geopackage(folder / "e.gpkg", FACTS, POINTS, "EPSG:4326"),
    "points in a Gauss-Krüger zone": lambda folder: geopackage(
        folder / "e.gpkg", FACTS, moved(4543), "EPSG:4543"
    ),
    "points in a Shapefile in GB18030": lambda folder: packed(
        folder / "e.zip", shapefile(folder / "s", "e", cut(), moved(4543), "EPSG:4543", "GB18030")
    ),
}


def as_list(path: Path) -> Path:
    items = [{name: str(row[place]) for place, name in enumerate(HEADER)} for row in ROWS]
    path.write_text(json.dumps(items), encoding="utf-8")
    return path


def cut() -> dict[str, list[object]]:
    """Facts as a DBF has them: it knows days but no times."""
    return {name: [str(value) for value in values] for name, values in FACTS.items()}


MAPPING = """
kind = "events"
[columns]
code = "code"
source = "source"
category = "category"
reported_at = "{reported}"
text = "text"
lon = "{lon}"
lat = "{lat}"
"""


def mapping(folder: Path, name: str) -> Path:
    shapes = name.startswith("points")
    path = folder / "m.toml"
    lon, lat = ("geometry.x", "geometry.y") if shapes else ("lon", "lat")
    reported = "reported_a" if "Shapefile" in name else "reported_at"
    path.write_text(MAPPING.format(lon=lon, lat=lat, reported=reported), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", FORMS)
def test_the_same_rows_land_from_every_format(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path, name: str
) -> None:
    path, rules = FORMS[name](tmp_path), mapping(tmp_path, name)
    report = run_import(database_url, "events", path, mapping=rules)
    assert (report.rows_read, report.landed, report.findings) == (5, 5, ())
    grids = [
        f"510117{street:03d}{community:03d}{grid:04d}"
        for street, community, grid in product((1, 2), repeat=3)
    ]
    assert conn.execute(STORED.encode()).fetchall() == [
        (
            row[0],
            row[6],
            grids[number],
            f"{row[4]:.4f}",
            "30.7050",
            datetime(2026, 7, 1, 0, 30, tzinfo=UTC).replace(tzinfo=None),
        )
        for number, row in enumerate(ROWS)
    ]
    again = run_import(database_url, "events", path, mapping=rules)
    assert (again.landed, again.updated, again.unchanged) == (0, 0, 5)


@pytest.mark.parametrize("form", ["zip", "gpkg", "geojson"])
def test_regions_land_from_every_format_of_shapes(database_url: str, tmp_path: Path, form: str) -> None:
    facts = {"编码": ["S1", "S2"], "名称": ["东街", "西街"], "层级": ["street", "street"]}
    shapes = [square(0), square(1)]
    if form == "zip":
        path = packed(
            tmp_path / "r.zip", shapefile(tmp_path / "s", "镇街", facts, shapes, "EPSG:4490", "GB18030")
        )
    elif form == "gpkg":
        path = geopackage(tmp_path / "r.gpkg", facts, shapes, "EPSG:4490", "镇街")
    else:
        path = tmp_path / "r.geojson"
        listed = zip(*facts.values(), shapes, strict=True)
        features = [
            {
                "properties": dict(zip(facts, row[:3], strict=True)),
                "geometry": shapely.geometry.mapping(row[3]),
            }
            for row in listed
        ]
        path.write_text(json.dumps({"features": features}), encoding="utf-8")
    rules = tmp_path / "m.toml"
    rules.write_text(
        'kind = "regions"\n[district]\ncode = "D"\nname = "区"\n'
        '[columns]\ncode = "编码"\nname = "名称"\nlevel = "层级"\n',
        encoding="utf-8",
    )
    report = run_import(database_url, "regions", path, mapping=rules)
    assert (report.landed, report.rejected) == (2, 0)
    with psycopg.connect(database_url) as conn:
        rows = conn.execute(
            "select r.code, r.name, v.geom from ops.regions r join ops.region_versions v on v.region_id = r.id "
            "where r.level = 'street' order by 1"
        ).fetchall()
    assert [row[:2] for row in rows] == [("S1", "东街"), ("S2", "西街")]
    assert shapely.from_wkb(rows[0][2]).equals_exact(shapes[0].normalize(), 1e-7)


def test_a_table_without_shapes_makes_no_regions(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path
) -> None:
    path = workbook(tmp_path / "r.xlsx", [["code", "name", "level"], ["S9", "九街", "street"]])
    report = run_import(database_url, "regions", path)
    assert (report.landed, [item.flaw.value for item in report.findings]) == (0, ["no_shape"])


def test_what_the_command_line_says_goes_before_the_file(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path
) -> None:
    path = geopackage(tmp_path / "e.gpkg", FACTS, moved(4543), "EPSG:4543")
    with pytest.raises(ImportRefused, match="coordinate system Atlantis is unknown"):
        run_import(database_url, "events", path, mapping=mapping(tmp_path, "points"), crs="Atlantis")
    wrong = run_import(database_url, "events", path, mapping=mapping(tmp_path, "points"), crs="EPSG:4544")
    assert {item.flaw.value for item in wrong.findings} == {"outside_district"}


BAD = ("E-9", "fax", "A01", WHEN, 103.801, 30.705, "x")


def test_all_or_nothing_keeps_nothing_and_says_so(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path
) -> None:
    path = delimited(tmp_path / "e.csv", (*ROWS, BAD))
    report = run_import(database_url, "events", path, all_or_nothing=True)
    assert (report.rejected, report.withheld, report.changed, report.exit_code) == (1, True, False, 1)
    assert [
        word in report.text(lang) for lang, word in (("zh", "未写入任何内容"), ("en", "nothing was written"))
    ] == [
        True,
        True,
    ]
    assert untouched(conn)
    whole = run_import(database_url, "events", delimited(tmp_path / "e.csv"), all_or_nothing=True)
    assert (whole.landed, whole.withheld) == (5, False)


def untouched(conn: psycopg.Connection[Any]) -> bool:
    rows = conn.execute(
        "select (select count(*) from ops.events), (select count(*) from board.outbox)"
    ).fetchone()
    return rows == (0, 0)


def many(path: Path, count: int) -> Path:
    rows = tuple((f"E-{number}", *ROWS[0][1:]) for number in range(count))
    return delimited(path, rows)


def test_progress_counts_every_row_and_ends_with_all(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path
) -> None:
    told: list[tuple[int, int | None]] = []
    path = many(tmp_path / "e.csv", 20_000)
    run_import(database_url, "events", path, progress=lambda read, total: told.append((read, total)))
    assert told[-1] == (20_000, 20_000)
    assert [read for read, _ in told] == sorted(read for read, _ in told)
    assert {total for _, total in told} == {20_000}


def test_an_import_can_be_stopped_while_it_reads(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path
) -> None:
    stop = threading.Event()
    with pytest.raises(ImportCancelled) as caught:
        run_import(
            database_url,
            "events",
            many(tmp_path / "e.csv", 100_000),
            progress=lambda _read, _total: stop.set(),
            cancelled=stop.is_set,
        )
    assert caught.value.sentence("zh") == "导入已取消，未写入任何内容。"
    assert untouched(conn)


def test_an_import_can_be_stopped_while_the_database_waits(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path
) -> None:
    with psycopg.connect(database_url) as other:
        other.execute("lock table ops.events in access exclusive mode")
        with pytest.raises(ImportCancelled):
            run_import(database_url, "events", delimited(tmp_path / "e.csv"), cancelled=lambda: True)
        other.rollback()
    assert untouched(conn)


def test_what_people_call_the_file_stands_in_the_report(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path
) -> None:
    report = run_import(database_url, "events", delimited(tmp_path / "0f3a"), name="事件.csv")
    assert (report.file, report.landed) == ("事件.csv", 5)


@pytest.mark.parametrize(
    ("kind", "wish", "words"),
    [
        ("events", {"valid_from": "2026-12-01"}, "--valid-from goes with import regions only"),
        ("events", {"squares_m": 500}, "--squares goes with import regions only"),
        ("recipes", {}, "no import of recipes"),
    ],
)
def test_wishes_that_make_no_sense_are_refused(
    database_url: str, tmp_path: Path, kind: str, wish: dict[str, Any], words: str
) -> None:
    with pytest.raises(ImportRefused, match=words):
        run_import(database_url, kind, delimited(tmp_path / "e.csv"), **wish)


def test_a_file_of_rubbish_is_not_read_to_its_end(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path
) -> None:
    path = delimited(tmp_path / "e.csv")
    with path.open("a", encoding="utf-8") as out:
        out.write("x,y\n" * 200_000)
    read: list[int] = []
    with pytest.raises(ImportRefused, match=r"Most of the first 50,005 rows of e\.csv cannot be read"):
        run_import(database_url, "events", path, progress=lambda count, _: read.append(count))
    assert max(read, default=0) <= 50_005
    assert untouched(conn)


class Command:
    """The command line, against the test's database."""

    def __init__(self, database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("QUANYU_DATABASE_URL", database_url)
        monkeypatch.chdir(folder)

    def run(self, *arguments: str, answer: str = "") -> tuple[int, str]:
        done = CliRunner().invoke(commands, ["import", *arguments, "--lang", "en"], input=answer)
        return done.exit_code, done.output


@pytest.fixture
def command(
    conn: psycopg.Connection[Any], database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Command:
    return Command(database_url, tmp_path, monkeypatch)


def test_headers_that_are_certain_need_no_answer(command: Command, tmp_path: Path) -> None:
    delimited(tmp_path / "e.csv")
    code, said = command.run("events", "e.csv")
    assert (code, "5 landed" in " ".join(said.split())) == (0, True)


def doubtful(folder: Path) -> None:
    path = delimited(folder / "e.csv")
    text = path.read_text(encoding="utf-8-sig").replace("reported_at", "案件上报时间")
    path.write_text(text, encoding="utf-8")


def test_doubtful_headers_are_shown_and_not_taken_without_a_word(
    command: Command, conn: psycopg.Connection[Any], tmp_path: Path
) -> None:
    doubtful(tmp_path)
    code, said = command.run("events", "e.csv")
    assert code == 1
    assert "reported_at    ← 案件上报时间 (likely)" in said
    assert "--yes" in said
    assert untouched(conn)
    assert command.run("events", "e.csv", "--yes")[0] == 0


def test_a_guess_can_be_written_down_and_given_back(command: Command, tmp_path: Path) -> None:
    doubtful(tmp_path)
    assert command.run("events", "e.csv", "--write-mapping", "m.toml")[0] == 0
    assert command.run("events", "e.csv", "--write-mapping", "m.toml")[0] != 0, (
        "a mapping is never overwritten"
    )
    assert command.run("events", "e.csv", "--mapping", "m.toml", "--rejected", "out.csv")[0] == 0
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").startswith("\ufeffrow,verdict")


def test_the_level_of_regions_can_be_said_on_the_command_line(command: Command, tmp_path: Path) -> None:
    facts = {"code": ["5101170010019"], "name": ["x"]}
    geopackage(tmp_path / "r.gpkg", facts, [square(0)], "EPSG:4490")
    code, said = command.run("regions", "r.gpkg", "--level", "street", "--check")
    assert (code, "1 landed" in " ".join(said.split())) == (0, True)


def test_an_import_does_not_wait_for_ever_for_a_database_whose_machine_is_gone(database_url: str) -> None:
    with import_transaction(database_url, keep=False) as connection:
        stated = connection.info.get_parameters()
    assert {name: stated[name] for name in DEAD_PEERS} == {
        name: str(value) for name, value in DEAD_PEERS.items()
    }
