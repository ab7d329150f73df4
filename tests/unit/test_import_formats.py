"""Workbooks, Shapefiles, GeoPackages and lists of objects as people save them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pandas as pd
import pyogrio
import pyproj
import pytest
import shapely

from dashboard.ingest.documents import ITEM_LIMIT
from dashboard.ingest.files import Record, Table, open_table, with_points
from dashboard.ingest.mapping import FileRules
from dashboard.ingest.projection import converter
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.report import Finding
from dashboard.ingest.shapes import read_area
from dashboard.ingest.wording import Flaw
from tests.formats import Facts, geopackage, packed, shapefile, with_shared_texts, workbook

SQUARES = [shapely.box(103.8, 30.7, 103.81, 30.71), shapely.box(103.81, 30.7, 103.82, 30.71)]
FACTS: Facts = {"编码": ["G1", "G2"], "名称": ["郫筒街道", "团结镇"], "户数": [120, None]}

NOON = datetime(2026, 7, 1, 12, 0, 15, tzinfo=UTC).replace(tzinfo=None)
"""As spreadsheets have it, without a zone."""


def read(path: Path, rules: FileRules | None = None) -> tuple[Table, list[Record | Finding]]:
    with open_table(path, rules or FileRules(), count=True) as table:
        return table, list(table.rows)


def values(path: Path, rules: FileRules | None = None) -> list[dict[str, str]]:
    return [row.values for row in read(path, rules)[1] if isinstance(row, Record)]


def faults(path: Path) -> list[tuple[int, str, Flaw]]:
    return [(row.row, row.field, row.flaw) for row in read(path)[1] if isinstance(row, Finding)]


def test_cells_become_the_text_that_people_see(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "t.xlsx",
        [
            ["编号", "时间", "日期", "时刻", "值", "是否", "空"],
            [510117001, NOON, date(2026, 7, 2), time(8, 5), 0.25, True, None],
        ],
    )
    table, rows = read(path)
    assert (table.columns[0], table.total, table.dates) == ("编号", 1, True)
    assert [row.number for row in rows if isinstance(row, Record)] == [2]
    assert values(path) == [
        {
            "编号": "510117001",
            "时间": "2026-07-01 12:00:15",
            "日期": "2026-07-02",
            "时刻": "08:05:00",
            "值": "0.25",
            "是否": "true",
            "空": "",
        }
    ]


def test_texts_in_a_table_of_their_own_are_found_again(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", [["编号", "名称"], ["1", "郫筒街道"], ["2", "郫筒街道"]])
    before = values(path)
    assert (
        values(with_shared_texts(path)) == before == [{"编号": number, "名称": "郫筒街道"} for number in "12"]
    )


def test_every_second_of_a_day_is_read_as_it_was_written(tmp_path: Path) -> None:
    moments = [NOON + timedelta(seconds=1_999 * number) for number in range(-20, 21)]
    path = workbook(tmp_path / "t.xlsx", [["a", "b"], *[[moment, "x"] for moment in moments]])
    assert [row["a"] for row in values(path)] == [str(moment) for moment in moments]


def test_zeros_in_front_are_kept_where_the_format_shows_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["code", "name"])
    sheet.append([42, "x"])
    sheet["A2"].number_format = "000000"
    book.save(tmp_path / "t.xlsx")
    assert values(tmp_path / "t.xlsx") == [{"code": "000042", "name": "x"}]


def test_a_number_too_long_for_the_spreadsheet_rejects_its_row(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["code", "name"],
        [510117001001001001, "lost digits"],
        ["510117001001001001", "text"],
    ]
    path = workbook(tmp_path / "t.xlsx", rows)
    assert faults(path) == [(2, "code", Flaw.NUMBER_INEXACT)]
    assert [row["code"] for row in values(path)] == ["510117001001001001"]


def test_a_title_above_the_header_and_rows_without_anything_are_passed_over(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "t.xlsx", [["网格员名册"], [], ["编号", "姓名"], ["W1", "张三"], [], ["W2", "李四"]]
    )
    table, rows = read(path)
    assert table.columns == ("编号", "姓名")
    assert [(row.number, row.values["编号"]) for row in rows if isinstance(row, Record)] == [
        (4, "W1"),
        (6, "W2"),
    ]
    assert values(path, FileRules(header=4)) == [{"W1": "W2", "张三": "李四"}]


def test_a_sheet_of_one_column_has_its_first_cell_as_header(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", [["code"], ["a"], ["b"]])
    assert values(path) == [{"code": "a"}, {"code": "b"}]


def test_sheets_are_chosen_by_name_and_hidden_ones_are_not_the_first(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.sheet_state = "hidden"
    first.append(["hidden", "x"])
    for title in ("事件", "人员"):
        book.create_sheet(title).append([title, "x"])
        book[title].append(["1", "2"])
    book.save(tmp_path / "t.xlsx")
    assert read(tmp_path / "t.xlsx")[0].columns == ("事件", "x")
    assert read(tmp_path / "t.xlsx", FileRules(layer="人员"))[0].columns == ("人员", "x")
    with pytest.raises(ImportRefused, match="has no sheet 部门; it has: Sheet、事件、人员"):
        read(tmp_path / "t.xlsx", FileRules(layer="部门"))


@pytest.mark.parametrize("encoding", ["utf-8", "GB18030"])
@pytest.mark.parametrize("page", [True, False])
def test_a_shapefile_speaks_chinese_with_and_without_its_code_page(
    tmp_path: Path, encoding: str, page: bool
) -> None:
    parts = shapefile(tmp_path / "s", "网格", FACTS, SQUARES, "EPSG:4490", encoding)
    kept = [part for part in parts if page or part.suffix != ".cpg"]
    path = packed(tmp_path / "t.zip", kept, "数据/")
    table, rows = read(path)
    assert (table.columns, table.total, table.crs) == (("编码", "名称", "户数"), 2, "EPSG:4490")
    assert values(path) == [
        {"编码": "G1", "名称": "郫筒街道", "户数": "120"},
        {"编码": "G2", "名称": "团结镇", "户数": ""},
    ]
    assert [row.number for row in rows if isinstance(row, Record)] == [1, 2]


def test_a_code_page_that_is_wrong_rejects_rows_and_not_the_file(tmp_path: Path) -> None:
    facts: Facts = {"code": ["G1", "G2"], "name": ["郫筒街道", "x"]}
    parts = shapefile(tmp_path / "s", "t", facts, SQUARES, "EPSG:4490", "GB18030")
    (tmp_path / "s" / "t.cpg").write_text("UTF-8")
    path = packed(tmp_path / "t.zip", parts)
    assert faults(path) == [(1, "name", Flaw.BROKEN_ENCODING)]
    assert [row["code"] for row in values(path)] == ["G2"]
    assert len(values(path, FileRules(encoding="gb18030"))) == 2


def test_a_character_that_the_field_cut_in_half_is_left_out(tmp_path: Path) -> None:
    long = "网" * 100
    parts = shapefile(tmp_path / "s", "t", {"code": ["G1", "G2"], "name": [long, "x"]}, SQUARES, "EPSG:4490")
    assert set(values(packed(tmp_path / "t.zip", parts))[0]["name"]) == {"网"}


@pytest.mark.parametrize("number", [4490, 4547, 4526, 2249, 32648])
@pytest.mark.parametrize("form", ["zip", "gpkg"])
def test_a_file_that_names_its_coordinate_system_lands_where_it_belongs(
    tmp_path: Path, number: int, form: str
) -> None:
    to = pyproj.Transformer.from_crs("EPSG:4326", number, always_xy=True)
    west, south = (-71.06, 42.35) if number == 2249 else (113.8, 30.7)
    true = [shapely.box(west, south, west + 0.01, south + 0.01)]
    moved = [
        shapely.transform(
            shape, lambda xy: shapely.get_coordinates(shapely.points(*to.transform(xy[:, 0], xy[:, 1])))
        )
        for shape in true
    ]
    facts: Facts = {"code": ["G1"]}
    if form == "zip":
        path = packed(tmp_path / "t.zip", shapefile(tmp_path / "s", "t", facts, moved, f"EPSG:{number}"))
    else:
        path = geopackage(tmp_path / "t.gpkg", facts, moved, f"EPSG:{number}")
    table, rows = read(path)
    assert isinstance(rows[0], Record)
    area = read_area(rows[0].shape, converter(table.crs))
    assert area.geometry.equals_exact(true[0].normalize(), 2e-6)


def test_a_layer_of_a_geopackage_is_named_where_there_are_several(tmp_path: Path) -> None:
    path = tmp_path / "t.gpkg"
    for layer in ("镇街", "网格"):
        geopackage(path, FACTS, SQUARES, "EPSG:4490", layer)
    with pytest.raises(ImportRefused, match="there is: 镇街, 网格"):
        read(path)
    assert [row["编码"] for row in values(path, FileRules(layer="网格"))] == ["G1", "G2"]


def test_a_table_of_a_geopackage_needs_no_shapes(tmp_path: Path) -> None:
    path = tmp_path / "t.gpkg"
    pyogrio.write_dataframe(pd.DataFrame({"code": ["a"], "lon": [103.8]}), path, driver="GPKG", layer="rows")
    with open_table(path, FileRules()) as opened:
        table = with_points(opened)
        assert (table.columns, opened.shapes) == (("code", "lon"), False)
        assert [row.values for row in table.rows if isinstance(row, Record)] == [
            {"code": "a", "lon": "103.8"}
        ]


def test_several_shapefiles_in_one_archive_are_told_apart_by_name(tmp_path: Path) -> None:
    parts = [
        part
        for name in ("streets", "grids")
        for part in shapefile(tmp_path / "s", name, FACTS, SQUARES, "EPSG:4490")
    ]
    path = packed(tmp_path / "t.zip", parts)
    with pytest.raises(ImportRefused, match="there is: grids, streets"):
        read(path)
    assert len(values(path, FileRules(layer="grids"))) == 2


def test_a_shapefile_without_its_table_is_refused_by_what_is_missing(tmp_path: Path) -> None:
    parts = [
        part for part in shapefile(tmp_path / "s", "t", FACTS, SQUARES, "EPSG:4490") if part.suffix != ".dbf"
    ]
    with pytest.raises(ImportRefused, match=r"\.dbf is missing"):
        read(packed(tmp_path / "t.zip", parts))


def test_a_plain_file_may_be_packed(tmp_path: Path) -> None:
    part = tmp_path / "events.csv"
    part.write_text("a,b\n1,2\n", encoding="utf-8")
    assert values(packed(tmp_path / "t.zip", [part])) == [{"a": "1", "b": "2"}]


def test_batches_of_features_are_read_to_the_end(tmp_path: Path) -> None:
    count = 12_001
    facts: Facts = {
        "code": [f"P{number}" for number in range(count)],
        "at": [datetime(2026, 7, 1, 8, tzinfo=UTC)] * count,
    }
    points = [shapely.Point(103 + number / 1e5, 30) for number in range(count)]
    paths = [
        geopackage(tmp_path / "t.gpkg", facts, points, "EPSG:4326"),
        packed(tmp_path / "t.zip", shapefile(tmp_path / "s", "t", facts, points, "EPSG:4326")),
    ]
    for path in paths:
        with open_table(path, FileRules()) as opened:
            table = with_points(opened)
            found = [row for row in table.rows if isinstance(row, Record)]
        assert table.columns == ("code", "at", "geometry.x", "geometry.y")
        assert [row.number for row in found] == list(range(1, count + 1))
        assert found[-1].values["code"] == f"P{count - 1}"
        assert float(found[-1].values["geometry.x"]) == pytest.approx(points[-1].x)
        assert found[0].values["at"].startswith("2026")


def test_shapes_that_are_no_points_stand_for_a_point_on_them(tmp_path: Path) -> None:
    line = shapely.LineString([(103, 30), (104, 30)])
    path = geopackage(tmp_path / "t.gpkg", {"code": ["a", "b", "c"]}, [line, SQUARES[0], None], "EPSG:4326")
    with open_table(path, FileRules()) as opened:
        rows = [row.values for row in with_points(opened).rows if isinstance(row, Record)]
    assert shapely.Point(float(rows[0]["geometry.x"]), float(rows[0]["geometry.y"])).intersects(line)
    assert shapely.Point(float(rows[1]["geometry.x"]), float(rows[1]["geometry.y"])).within(SQUARES[0])
    assert (rows[2]["geometry.x"], rows[2]["geometry.y"]) == ("", "")


def test_a_list_of_objects_is_a_table(tmp_path: Path) -> None:
    items = [{"id": 1, "more": {"ward": "21"}, "notes": [{"a": 1}]}, "no object", {"id": 2, "lat": 41.5}]
    path = tmp_path / "t.json"
    path.write_text(json.dumps(items), encoding="utf-8")
    assert values(path) == [
        {"id": "1", "more.ward": "21", "notes": '[{"a": 1}]', "lat": ""},
        {"id": "2", "more.ward": "", "notes": "", "lat": "41.5"},
    ]
    assert faults(path) == [(2, "", Flaw.NOT_A_RECORD)]


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:EPSG::4547", "EPSG:4547"])
def test_the_coordinate_system_of_old_geojson_is_heard_wherever_it_stands(tmp_path: Path, name: str) -> None:
    document = {
        "features": [],
        "crs": {"type": "name", "properties": {"name": name}},
        "type": "FeatureCollection",
    }
    path = tmp_path / "t.geojson"
    path.write_text(json.dumps(document), encoding="utf-8")
    assert read(path)[0].crs == name


def test_features_across_the_edges_of_what_is_read_at_once_are_whole(tmp_path: Path) -> None:
    sizes = [10, 300_000, 5, 700_000, 262_100, 1, 262_144]
    features = [{"type": "Feature", "properties": {"n": 12345, "t": "街" * (size // 3)}} for size in sizes]
    path = tmp_path / "t.geojson"
    path.write_text(json.dumps({"features": features}, ensure_ascii=False, indent=1), encoding="utf-8")
    assert [len(row["t"]) for row in values(path)] == [size // 3 for size in sizes]
    assert {row["n"] for row in values(path)} == {"12345"}


@pytest.mark.parametrize(
    "text",
    ['{"features": [1, 2', '{"features": []} x', '{"features": [1,]}', '{"features" []}', "[1 2]", '{"a": 1}',
     '{"features": {}}', '{"features": [' + "[" * 200_000 + "]}",
     '{"features": [' + "7" * (ITEM_LIMIT + 300_000) + "]}",
     '{"features": [[' + "[]," * 2_100_000 + "1]]}", '{"features": [{"properties": {"\\ud800": "\\ud800"}}]'],
    ids=["cut", "more", "comma", "colon", "list", "none", "object", "deep", "long", "wide", "unclosed"],
)  # fmt: skip
def test_what_is_no_document_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ImportRefused, match=r"not valid GeoJSON|no GeoJSON FeatureCollection"):
        read(path)


def test_halves_of_characters_reject_their_feature_only(tmp_path: Path) -> None:
    path = tmp_path / "t.geojson"
    features = '{"properties": {"a": "\\ud800"}}, {"properties": {"a": "x", "\\udfff": 1}}'
    path.write_text('{"features": [' + features + "]}", encoding="utf-8")
    table, _ = read(path)
    assert faults(path) == [(1, "a", Flaw.BROKEN_ENCODING)]
    assert table.columns == ("a", "?")


@pytest.mark.parametrize("delimiter", ["\t", ";", "|"])
def test_other_delimiters_are_recognised(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"a{delimiter}b\n1{delimiter}2\n", encoding="utf-8")
    assert values(path) == [{"a": "1", "b": "2"}]


def test_unicode_text_of_spreadsheets_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_text("编号\t名称\n1\t郫筒街道\n", encoding="utf-16")
    assert values(path) == [{"编号": "1", "名称": "郫筒街道"}]


def test_the_encoding_is_found_however_late_the_first_chinese_character_comes(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n" + b"1,plain\n" * 400_000 + "2,郫筒街道\n".encode("gb18030"))
    table, rows = read(path)
    last = rows[-1]
    assert isinstance(last, Record)
    assert (last.values["b"], table.total) == ("郫筒街道", 400_001)


@pytest.mark.parametrize(
    ("head", "what"),
    [(b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Excel workbook"), (b"Rar!\x1a\x07", "a RAR archive"),
     (b"%PDF-1.7", "a PDF document"), (b"\xef\xbb\xbf <html>", "XML or a web page"),
     (b"7z\xbc\xaf\x27", "a 7z archive")],
)  # fmt: skip
def test_what_is_another_format_is_refused_with_the_one_to_use(
    tmp_path: Path, head: bytes, what: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(head + b"x" * 100)
    with pytest.raises(ImportRefused, match=f"is {what}.*save it as") as caught:
        read(path)
    assert "请另存为" in caught.value.sentence("zh")


@pytest.mark.parametrize(
    ("name", "number"),
    [("国家2000", 4490), ("CGCS2000 3度带 第38带", 4526), ("CGCS2000 114E", 4547), ("CGCS2000 6度带 19带", 4497),
     ("CGCS2000 / 3-degree Gauss-Kruger CM 114E", 4547), ("国家2000 中央经线111度", 4546), ("西安80", 4610),
     ("北京54", 4214)],
)  # fmt: skip
def test_coordinate_systems_go_by_the_names_that_offices_use(name: str, number: int) -> None:
    system = pyproj.CRS(number)
    assert system.area_of_use is not None
    lon, lat = (system.area_of_use.west + system.area_of_use.east) / 2, 31.0
    x, y = pyproj.Transformer.from_crs("EPSG:4326", number, always_xy=True).transform([lon], [lat])
    shown = converter(name)(
        shapely.get_coordinates(shapely.points(x, y))[:, 0],
        shapely.get_coordinates(shapely.points(x, y))[:, 1],
    )
    assert (float(shown[0][0]), float(shown[1][0])) == pytest.approx((lon, lat), abs=1e-6)


@pytest.mark.parametrize("name", ["CGCS2000 115E", "CGCS2000 99带", "EPSG:5703", "EPSG:4978", "x" * 5_000])
def test_what_names_no_place_on_the_map_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(ImportRefused) as caught:
        converter(name)
    assert len(str(caught.value)) < 300
