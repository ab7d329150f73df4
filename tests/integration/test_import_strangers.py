"""Files that would have a library read what it should not, or more than the memory holds, and what cannot be stored."""

from __future__ import annotations

import errno
import gzip
import secrets
import sqlite3
import struct
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TextIO

import pytest
import shapely

from dashboard import import_runs
from dashboard.import_choices import read_choices
from dashboard.import_desk import ImportDesk, Order
from dashboard.import_files import preview
from dashboard.import_runs import Place, importing
from dashboard.ingest import run_import
from dashboard.ingest.archives import DIRECTORY_LIMIT, opened_archive
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.report import _safe_cell
from data_access.engine import make_engine
from data_access.queries.import_jobs import ImportJob, ImportState
from tests.formats import geopackage, workbook
from tests.integration.streaming import eventually

POINT = shapely.Point(103.8, 30.7)
SECRET = "nobody outside may read this"
HEADER = ("code", "source", "category", "reported_at", "region", "text")
GOOD = ("E-1", "hotline", "A01", "2026-07-01 08:00", "5101170010010001", "积水")


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file of the server's own."""
    path = tmp_path / "server" / "secret.csv"
    path.parent.mkdir()
    path.write_text(f"code,name\nA,{SECRET}\n", encoding="utf-8")
    return path


def pointer(secret: Path, layer: str) -> bytes:
    """A file that says where else its features are."""
    return (
        f'<OGRVRTDataSource><OGRVRTLayer name="{layer}"><SrcDataSource>CSV:{secret}</SrcDataSource>'
        "<SrcLayer>secret</SrcLayer><GeometryType>wkbNone</GeometryType></OGRVRTLayer></OGRVRTDataSource>"
    ).encode()


def layer_file(folder: Path) -> Path:
    return geopackage(folder / "t.gpkg", {"code": ["a"]}, [POINT], "EPSG:4326", "layer")


def test_a_shapefile_that_points_elsewhere_is_not_followed(tmp_path: Path, secret: Path) -> None:
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.shp", pointer(secret, "layer"))
        archive.writestr("a.shx", b"")
        archive.writestr("a.dbf", bytes(32))
    found = preview(path, "t.zip", {})
    assert SECRET not in str(found)
    assert "is broken" in found["error"]["en"]


def test_a_geopackage_that_is_an_archive_too_is_read_as_the_geopackage(tmp_path: Path, secret: Path) -> None:
    path = tmp_path / "t.zip"
    path.write_bytes(layer_file(tmp_path).read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("a.vrt", pointer(secret, "layer"))
    found = preview(path, "t.zip", {})
    assert SECRET not in str(found)
    assert found["rows"][0][0] == "a"


def test_a_geopackage_by_another_name_is_read(tmp_path: Path) -> None:
    path = layer_file(tmp_path).rename(tmp_path / "t!1.csv")
    assert preview(path, "t.csv", {})["rows"][0][0] == "a"


def lively_contents(connection: sqlite3.Connection) -> None:
    connection.execute("alter table gpkg_contents rename to kept")
    connection.execute(
        "create view gpkg_contents as with recursive n(i) as (select 1 union all select i + 1 from n) "
        "select kept.*, i from kept, n"
    )


def made_up_column(connection: sqlite3.Connection) -> None:
    connection.execute("alter table layer add column big generated always as (hex(zeroblob(400000000)))")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("change", [lively_contents, made_up_column])
def test_a_geopackage_that_makes_up_what_is_read_is_refused(
    tmp_path: Path, change: Callable[[sqlite3.Connection], None]
) -> None:
    path = layer_file(tmp_path)
    with closing(sqlite3.connect(path)) as connection, connection:
        for (name,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            connection.execute(f'drop trigger "{name}"')
        change(connection)
    assert "t.gpkg" in preview(path, "t.gpkg", {})["error"]["en"]


def test_a_key_of_any_name_is_only_a_name(tmp_path: Path) -> None:
    path = tmp_path / "t.gpkg"
    shapes = [shapely.Point(103.8 + n / 1e6, 30.7) for n in range(5_001)]
    geopackage(path, {"code": [str(n) for n in range(5_001)]}, shapes, "EPSG:4326", "layer")
    with closing(sqlite3.connect(path)) as connection, connection:
        for (name,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            connection.execute(f'drop trigger "{name}"')
        connection.execute('alter table layer rename column fid to """ or 1 --"')
    from dashboard.ingest.files import open_table
    from dashboard.ingest.mapping import FileRules

    with open_table(path, FileRules()) as table:
        assert sum(1 for _ in table.rows) == 5_001


def test_no_part_of_a_workbook_is_read_that_was_not_measured(tmp_path: Path) -> None:
    whole = workbook(tmp_path / "whole.xlsx", [HEADER, GOOD])
    path = tmp_path / "t.xlsx"
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name).replace(b"worksheets/sheet1.xml", b"worksheets/sheet1.dat")
            new.writestr(name.replace("worksheets/sheet1.xml", "worksheets/sheet1.dat"), content)
    assert "XLSX" in preview(path, "t.xlsx", {})["error"]["en"]


def test_a_list_of_files_without_end_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "t.zip"
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    count = DIRECTORY_LIMIT // len(entry) + 10
    with path.open("wb") as out:
        out.write(b"PK\x03\x04" + entry * count)
        out.write(struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, count * len(entry), 4, 0))
    with pytest.raises(ImportRefused) as caught, opened_archive(path):
        pass
    assert "10,000 files" in caught.value.sentence("en")


@pytest.mark.parametrize("name", ["t.geojson.gz", "t.csv.gz"])
def test_names_of_columns_are_not_kept_at_any_length(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with gzip.open(path, "wt", encoding="utf-8") as out:
        if "json" in name:
            items = ",".join(f'{{"properties": {{"{n}{"a" * 100_000}": 1}}}}' for n in range(3))
            out.write(f'{{"features": [{items}]}}')
        else:
            out.write("a," + "b" * 100_000 + "\n1,2\n")
    assert "name" in preview(path, name, {})["error"]["en"]


def test_names_of_categories_hold_what_names_may_hold(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        f"大类,小类\n市容,暴露垃圾\n市容,坏\x00字\n市容,藏\u202e身\n{'长' * 201},短\n", encoding="utf-8"
    )
    mapping = tmp_path / "m.toml"
    mapping.write_text('kind = "categories"\n[categories]\nlevels = ["大类", "小类"]\n', encoding="utf-8")
    report = run_import(database_url, "categories", path, mapping=mapping)
    assert (report.landed, report.rejected) == (1, 3)


@pytest.mark.parametrize("text", ["＝1+1", "＋1", "－1", "＠SUM(1)", "=1", "+1", "-1", "@a", "\t=1", "\r=1"])
def test_cells_that_a_spreadsheet_would_run_are_neutralised(text: str) -> None:
    assert _safe_cell(text) == "'" + text


class Desk:
    """A desk whose imports are carried out."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.place = Place(database_url=database_url, folder=folder)
        self.engine = make_engine(database_url)
        self.desk = ImportDesk(self.engine, folder, max_upload_mb=100, min_free_mb=0)
        self.desk.open_folder()

    def carried_out(self, text: str, **fields: str) -> ImportJob:
        """What became of an import of departments."""
        stored = secrets.token_hex(16) + ".csv"
        self.desk.path_of(stored).write_text(text, encoding="utf-8")
        number = self.desk.create(kind="departments", file_name="部门.csv", stored_as=stored, size_bytes=1)
        eventually(lambda: self.desk.job(number).previewed)
        made = read_choices({"fields": fields}, "departments")
        self.desk.queue(number, Order(kind=made.kind, mapping=made.mapping(), options={}, check=False))
        eventually(lambda: not self.desk.job(number).busy, 60)
        return self.desk.job(number)


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(database_url, tmp_path / "uploads")
    with importing(made.place, threading.Event()):
        yield made
    made.engine.dispose()


def test_a_refusal_that_cites_what_cannot_be_stored_is_told_all_the_same(desk: Desk) -> None:
    job = desk.carried_out("编码\x00,名称\nA,甲\n", code="col:编号", name="col:名称")
    assert (job.state, job.attempts) == (ImportState.REFUSED, 0)
    assert job.report is not None
    assert "编码\ufffd" in job.report["error"]["zh"]


def test_a_report_that_finds_no_room_does_not_undo_what_landed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(type(Path())):  # type: ignore[misc]  # the folder of a full disk
        def open(self, *_args: Any, **_options: Any) -> TextIO:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(import_runs, "report_file", lambda path, lang: Full(f"{path}.{lang}.report.csv"))
    job = desk.carried_out("编码,名称\nA,甲\n,乙\n", code="col:编码", name="col:名称")
    assert (job.state, job.attempts) == (ImportState.DONE, 0)
    assert job.report is not None
    assert (job.report["landed"], job.report["rejected"]) == (1, 1)
