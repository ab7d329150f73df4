"""Areas as strangers draw them, the squares that stand in for them, and how regions lie in each other."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from dashboard.domain.geo import Datum, from_wgs84
from dashboard.domain.model import Level
from dashboard.ingest.columns import BadValue
from dashboard.ingest.files import Table, open_table
from dashboard.ingest.mapping import FileRules
from dashboard.ingest.nesting import Draft, with_parents
from dashboard.ingest.projection import converter
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.shapes import area_m2, label_point, read_area, union
from dashboard.ingest.squares import CELL_LIMIT, square_map
from dashboard.ingest.wording import Flaw

WGS84 = converter("WGS-84")
SQUARE = [[103.0, 30.0], [103.1, 30.0], [103.1, 30.1], [103.0, 30.1], [103.0, 30.0]]
BOWTIE = [[103.0, 30.0], [103.1, 30.1], [103.1, 30.0], [103.0, 30.1], [103.0, 30.0]]


def polygon(*rings: list[list[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def flaw_of(shape: dict[str, Any] | None) -> Flaw:
    with pytest.raises(BadValue) as caught:
        read_area(shape, WGS84)
    return caught.value.flaw


def test_a_sound_area_is_left_alone() -> None:
    area = read_area(polygon(SQUARE), WGS84)
    assert area.remarks == ()
    assert area.geometry.equals(shapely.box(103.0, 30.0, 103.1, 30.1))


def test_a_crossing_boundary_is_repaired_and_said() -> None:
    area = read_area(polygon(BOWTIE), WGS84)
    assert [flaw for flaw, _ in area.remarks] == [Flaw.SHAPE_REPAIRED]
    assert shapely.is_valid(area.geometry)
    assert area.geometry.geom_type in ("Polygon", "MultiPolygon")


def test_a_hole_of_two_points_is_dropped_and_said() -> None:
    area = read_area(polygon(SQUARE, [[103.05, 30.05], [103.06, 30.06], [103.05, 30.05]]), WGS84)
    assert area.remarks == ((Flaw.RING_DROPPED, {"count": 1}),)
    assert area.geometry.area == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("shape", "flaw"),
    [
        (None, Flaw.NO_SHAPE),
        ({"type": "Polygon", "coordinates": []}, Flaw.NO_SHAPE),
        ({"type": "Polygon", "coordinates": [[["a", "b"]]]}, Flaw.NO_SHAPE),
        ({"type": "Polygon", "coordinates": 7}, Flaw.NO_SHAPE),
        (polygon([[103.0, 30.0], [103.1, 30.1], [103.0, 30.0]]), Flaw.NO_SHAPE),
        (polygon([[103.0, 30.0], [103.1, float("nan")], [103.1, 30.1], [103.0, 30.0]]), Flaw.NO_SHAPE),
        ({"type": "Point", "coordinates": [103.0, 30.0]}, Flaw.NOT_AN_AREA),
        (
            polygon([[500_000.0, 3e6], [500_100.0, 3e6], [500_100.0, 3.1e6], [500_000.0, 3e6]]),
            Flaw.SHAPE_RANGE,
        ),
    ],
)
def test_what_is_no_area_is_refused(shape: dict[str, Any] | None, flaw: Flaw) -> None:
    assert flaw_of(shape) is flaw


@pytest.mark.parametrize("name", ["GCJ-02", "gcj02", "BD-09", "bd_09"])
def test_chinese_datums_are_known_by_name(name: str) -> None:
    datum = Datum.GCJ02 if "2" in name else Datum.BD09
    points = np.array(SQUARE)
    lon, lat = from_wgs84(points[:, 0], points[:, 1], datum)
    area = read_area(polygon(np.column_stack([lon, lat]).tolist()), converter(name))
    assert area.geometry.normalize().equals_exact(shapely.box(103.0, 30.0, 103.1, 30.1).normalize(), 1e-7)


def test_other_systems_are_known_by_number() -> None:
    # the origin of Massachusetts State Plane (feet), as its definition gives it
    lon, lat = converter("EPSG:2249")(np.array([656_166.667]), np.array([2_460_625.0]))
    assert (float(lon[0]), float(lat[0])) == pytest.approx((-71.5, 41.0), abs=1e-5)
    cgcs_lon, cgcs_lat = converter("EPSG:4490")(np.array([103.9]), np.array([30.8]))
    assert (float(cgcs_lon[0]), float(cgcs_lat[0])) == pytest.approx((103.9, 30.8), abs=1e-6)


@pytest.mark.parametrize("name", ["Atlantis 1984", "Mars 2000", "EPSG:0"])
def test_an_unknown_system_is_refused_by_name(name: str) -> None:
    with pytest.raises(ImportRefused, match=f"coordinate system {name} is unknown"):
        converter(name)


def test_a_union_has_no_slivers_but_keeps_lakes() -> None:
    left = shapely.box(103.0, 30.0, 103.05, 30.1)
    right = shapely.box(103.05, 30.0, 103.1, 30.1)
    sliver = shapely.box(103.0499, 30.05, 103.05, 30.0501)
    lake = shapely.box(103.07, 30.04, 103.08, 30.05)
    whole = union([left - sliver, right - lake])
    assert len(whole.interiors) == 1
    assert area_m2(whole) == pytest.approx(area_m2(shapely.box(103.0, 30.0, 103.1, 30.1) - lake), rel=1e-9)


def test_a_label_lies_well_inside_the_largest_part() -> None:
    shape = shapely.union_all([shapely.box(0, 0, 1, 1), shapely.box(5, 0, 9, 1), shapely.box(5, 0, 5.5, 9)])
    lon, lat = label_point(shape)
    assert shape.contains(shapely.Point(lon, lat).buffer(0.2))


def draft(code: str, level: Level, box: tuple[float, float, float, float], **facts: Any) -> Draft:
    shape = shapely.box(*box)
    label = (shape.centroid.x, shape.centroid.y)
    return Draft(code=code, name=code, level=level, geometry=shape, label=label, number=1, **facts)


ROOT = draft("D", Level.DISTRICT, (0, 0, 10, 10))
STREETS = (draft("S1", Level.STREET, (0, 0, 5, 10)), draft("S2", Level.STREET, (5, 0, 10, 10)))


def test_a_parent_that_is_not_named_is_found_by_place() -> None:
    grids = [draft("G1", Level.GRID, (1, 1, 2, 2)), draft("G2", Level.GRID, (6, 1, 7, 2))]
    landing, faults = with_parents([*grids, *STREETS], {}, ROOT, "parent")
    assert {code: item.parent for code, item in landing.items()} == {
        "S1": "D",
        "S2": "D",
        "G1": "S1",
        "G2": "S2",
    }
    assert list(landing) == ["S1", "S2", "G1", "G2"]
    assert faults == []


def test_a_region_whose_parent_is_wrong_does_not_land_nor_do_its_children() -> None:
    drafts = [
        *STREETS,
        draft("C1", Level.COMMUNITY, (0, 0, 1, 1), parent="S9"),
        draft("G1", Level.GRID, (0, 0, 1, 1), parent="C1"),
        draft("C2", Level.COMMUNITY, (0, 0, 1, 1), parent="G1"),
        draft("C3", Level.COMMUNITY, (0, 0, 1, 1), parent="C2"),
    ]
    landing, faults = with_parents(drafts, {}, ROOT, "parent")
    assert list(landing) == ["S1", "S2"]
    assert Counter(fault.flaw for fault in faults) == {Flaw.UNKNOWN_PARENT: 4}


def test_a_parent_must_be_above() -> None:
    drafts = [*STREETS, draft("S3", Level.STREET, (0, 0, 1, 1), parent="S1")]
    _, faults = with_parents(drafts, {"S1": STREETS[0]}, ROOT, "parent")
    assert [(fault.flaw, fault.details["parent_level"]) for fault in faults] == [
        (Flaw.PARENT_LEVEL, "street")
    ]


def points_file(path: Path, count: int = 2_000) -> Path:
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(116.2, 116.4, count), rng.uniform(39.8, 40.0, count)
    lines = [f"{x:.6f},{y:.6f}" for x, y in zip(lon, lat, strict=True)]
    path.write_text("\n".join(["lng,lat", "x,y", "999,7", "0,0", *lines]), encoding="utf-8")
    return path


def squares(table: Table, side_m: float) -> list[Draft]:
    return square_map(table, None, side_m)[0]


def test_squares_cover_the_points_and_meet_exactly(tmp_path: Path) -> None:
    with open_table(points_file(tmp_path / "p.csv"), FileRules()) as table:
        drafts, read = square_map(table, None, 1000)
    assert read == 2_003
    levels = Counter(item.level for item in drafts)
    assert levels[Level.DISTRICT] == 1
    assert 10 <= levels[Level.STREET] <= 40
    cells = [item for item in drafts if item.level is Level.GRID]
    assert 300 < len(cells) < 450
    assert area_m2(cells[0].geometry) == pytest.approx(1e6, rel=0.01)
    district = next(item for item in drafts if item.level is Level.DISTRICT)
    assert sum(cell.geometry.area for cell in cells) == pytest.approx(district.geometry.area)
    assert shapely.union_all([cell.geometry for cell in cells]).equals(district.geometry)
    assert len({item.code for item in drafts}) == len(drafts)
    known = {item.code: item for item in drafts}
    assert all(known[cell.parent or ""].geometry.covers(cell.geometry) for cell in cells)


def test_too_many_squares_are_refused_with_a_side_that_works(tmp_path: Path) -> None:
    path = points_file(tmp_path / "p.csv")
    with open_table(path, FileRules()) as table, pytest.raises(ImportRefused) as caught:
        squares(table, 100)
    side = int(str(caught.value).rsplit("--squares ", 1)[1].rstrip("."))
    with open_table(path, FileRules()) as table:
        assert len(squares(table, side)) <= CELL_LIMIT + 100


@pytest.mark.parametrize("side_m", [1, 100_000])
def test_a_silly_side_is_refused(tmp_path: Path, side_m: float) -> None:
    with (
        open_table(points_file(tmp_path / "p.csv", 10), FileRules()) as table,
        pytest.raises(ImportRefused, match="between 50 and 50,000"),
    ):
        squares(table, side_m)


def test_squares_around_shapes_and_without_any_point(tmp_path: Path) -> None:
    path = tmp_path / "t.geojson"
    line = '{"type": "LineString", "coordinates": [[116.2, 39.8], [116.3, 39.9, 12]]}'
    path.write_text(
        f'{{"type": "FeatureCollection", "features": [{{"type": "Feature", "geometry": {line}}}, '
        '{"type": "Feature", "geometry": null}]}',
        encoding="utf-8",
    )
    with open_table(path, FileRules()) as table:
        assert len(squares(table, 2000)) > 20
    empty = tmp_path / "e.csv"
    empty.write_text("lon,lat\nx,y\n", encoding="utf-8")
    with open_table(empty, FileRules()) as table, pytest.raises(ImportRefused, match="no usable coordinates"):
        squares(table, 1000)
