"""Names of uploaded files, what may be brought, and what is swept away."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from dashboard.import_desk import (
    ImportDesk,
    UploadFormat,
    UploadNoRoom,
    UploadTooLarge,
    plain_name,
    suffix_of,
)
from dashboard.import_files import columns_for, preview, report_file, sweep

STORED = "0123456789abcdef0123456789abcdef.csv"


def desk(folder: Path, *, max_upload_mb: int = 1, min_free_mb: int = 0) -> ImportDesk:
    engine = create_engine("postgresql+psycopg://")
    return ImportDesk(engine, folder, max_upload_mb=max_upload_mb, min_free_mb=min_free_mb)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("网格.csv", "网格.csv"),
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\a\b.csv", "b.csv"),
        ("a\x00b\nc.csv", "abc.csv"),
        ("invoice\u202evsc.exe", "invoicevsc.exe"),
        ("", "?"),
        ("  ", "?"),
    ],
)
def test_a_name_is_shown_without_folders_and_tricks(given: str, shown: str) -> None:
    assert plain_name(given) == shown


def test_a_long_name_keeps_its_ending() -> None:
    name = plain_name("长" * 500 + ".csv")
    assert len(name) <= 120
    assert name.endswith(".csv")


@pytest.mark.parametrize(
    ("name", "ending"),
    [("a.CSV", ".csv"), ("a.b.geojson.gz", ".geojson.gz"), ("a.zip", ".zip"), ("网格.XLSX", ".xlsx")],
)
def test_the_ending_says_how_a_file_is_read(name: str, ending: str) -> None:
    assert suffix_of(name) == ending


@pytest.mark.parametrize("name", ["a.exe", "a", "csv", "a.csv.exe", "a.tar.gz", ".gz", "a.php.gz"])
def test_other_files_are_refused(name: str) -> None:
    with pytest.raises(UploadFormat):
        suffix_of(name)


def test_a_file_that_is_too_large_or_would_fill_the_disk_is_refused(tmp_path: Path) -> None:
    desk(tmp_path).check_room(1_000_000)
    with pytest.raises(UploadTooLarge):
        desk(tmp_path).check_room(1_000_001)
    with pytest.raises(UploadNoRoom):
        desk(tmp_path, min_free_mb=10**9).check_room(1)


@pytest.mark.parametrize("name", ["../a.csv", "a.csv", "0123.csv", STORED + "/..", STORED.upper()])
def test_only_stored_names_become_paths(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="stored"):
        desk(tmp_path).path_of(name)
    assert desk(tmp_path).path_of(STORED).parent == tmp_path


def test_what_nobody_needs_is_swept_away_but_nothing_else(tmp_path: Path) -> None:
    kept = "f" * 32 + ".csv"
    old = [STORED, f"{STORED}.zh.report.csv", f"{STORED}.part", kept, f"{kept}.en.report.csv", "README"]
    for name in old:
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1, 1))
    fresh = tmp_path / ("a" * 32 + ".csv.part")
    fresh.touch()
    assert sweep(tmp_path, {kept}, before_s=fresh.stat().st_mtime - 10) == 3
    left = {file.name for file in tmp_path.iterdir()}
    assert left == {kept, f"{kept}.en.report.csv", "README", fresh.name}
    assert sweep(tmp_path / "nothing", set(), before_s=0) == 0
    assert report_file(tmp_path / kept, "en").name in left


def test_a_preview_holds_the_beginning_and_nothing_that_json_cannot(tmp_path: Path) -> None:
    path = tmp_path / STORED
    rows = [f"GD{n},名{n},{'长' * 500 if n == 3 else 'x'}" for n in range(50)]
    path.write_text("编号,名称,内容\n" + "\n".join(rows), encoding="gb18030")
    found = preview(path, "工单.csv", {})
    assert found["columns"] == ["编号", "名称", "内容"]
    assert found["numbers"] == list(range(2, 22))
    assert found["rows"][0] == ["GD0", "名0", "x"]
    assert max(len(cell) for row in found["rows"] for cell in row) <= 80
    assert found["total"] == 50


def test_a_preview_names_the_file_as_its_owner_does(tmp_path: Path) -> None:
    path = tmp_path / STORED
    path.write_bytes(b"%PDF-1.7")
    error = preview(path, "年报.csv", {})["error"]
    assert "年报.csv" in error["zh"]
    assert "年报.csv" in error["en"]
    assert STORED not in str(error)
    assert str(tmp_path) not in str(error)


def test_regions_see_shapes_where_others_see_points(tmp_path: Path) -> None:
    path = tmp_path / STORED.replace(".csv", ".geojson")
    path.write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"bm": "1"},'
        ' "geometry": {"type": "Point", "coordinates": [103.8, 30.7]}}]}'
    )
    found = preview(path, "a.geojson", {})
    assert columns_for("regions", found) == ["bm"]
    assert columns_for("events", found) == ["bm", "geometry.x", "geometry.y"]
    assert found["rows"] == [["1", "103.8", "30.7"]]
    assert found["shapes"] == ["Point"]
