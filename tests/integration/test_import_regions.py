"""Regions from small made files: districts, parents, bad features, repeats, squares."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
import shapely

from dashboard.ingest import Report, run_import
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.wording import Flaw
from tests.findings import found

STREETS = """
kind = "regions"
[district]
code = "D"
name = "试验区"
name_en = "Trial"
[settings]
timezone = "Asia/Shanghai"
title = { zh = "试验区", en = "Trial" }
[regions]
level = "street"
[columns]
code = "code"
name = "name"
households = "homes"
"""
GRIDS = """
kind = "regions"
[regions]
level = "grid"
[columns]
code = "code"
parent = "street"
kind = "kind"
"""
LEVELS = """
kind = "regions"
[columns]
code = "code"
level = "level"
"""

Feature = dict[str, Any]


def box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    return dict(shapely.geometry.mapping(shapely.box(103 + west, 30 + south, 103 + east, 30 + north)))


def feature(code: str | None, shape: dict[str, Any] | None, **facts: object) -> Feature:
    return {"type": "Feature", "properties": {"code": code, **facts}, "geometry": shape}


def write(path: Path, features: Sequence[Feature]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


TWO_STREETS = (
    feature("S1", box(0, 0, 0.1, 0.1), name="东街", homes=120),
    feature("S2", box(0.1, 0, 0.2, 0.1), name="西街", homes=None),
)


class Place:
    """A database, a folder, and imports into one from the other."""

    def __init__(self, database_url: str, folder: Path, conn: psycopg.Connection[Any]) -> None:
        self._url, self._folder, self.conn = database_url, folder, conn

    def load(self, mapping: str, features: Sequence[Feature], *, check: bool = False) -> Report:
        rules = self._folder / "m.toml"
        rules.write_text(mapping, encoding="utf-8")
        path = write(self._folder / "r.geojson", features)
        return run_import(self._url, "regions", path, mapping=rules, check=check)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.conn.execute(query).fetchall()

    def tree(self) -> dict[str, tuple[str, str | None]]:
        query = (
            "select r.code, r.level, p.code from ops.regions r join ops.region_versions v on v.region_id = r.id "
            "left join ops.regions p on p.id = v.parent_id order by r.id"
        )
        return {code: (level, parent) for code, level, parent in self.rows(query)}


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Place]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        yield Place(database_url, tmp_path, conn)


def test_a_district_is_made_around_its_streets(place: Place) -> None:
    report = place.load(STREETS, TWO_STREETS)
    assert (report.landed, report.rejected, report.made) == (2, 0, {"regions": 1})
    assert place.tree() == {"D": ("district", None), "S1": ("street", "D"), "S2": ("street", "D")}
    ((name, geom, lon),) = place.rows(
        "select r.name, v.geom, v.label_lon from ops.regions r join ops.region_versions v on v.region_id = r.id "
        "where r.level = 'district'"
    )
    assert (name, round(lon, 2)) == ("试验区", 103.1)
    assert shapely.from_wkb(geom).equals(shapely.box(103, 30, 103.2, 30.1))
    assert dict(place.rows("select key, value from board.settings")) == {
        "timezone": "Asia/Shanghai",
        "title": {"zh": "试验区", "en": "Trial"},
    }
    assert place.rows("select kind, count(*) from board.outbox group by 1") == [("resync", 1)]


def test_the_same_map_twice_changes_nothing_and_a_changed_one_updates(place: Place) -> None:
    place.load(STREETS, TWO_STREETS)
    again = place.load(STREETS, TWO_STREETS)
    assert (again.landed, again.updated, again.unchanged, again.changed) == (0, 0, 2, False)
    assert place.rows("select count(*) from board.outbox") == [(1,)]
    moved = (TWO_STREETS[0], feature("S2", box(0.1, 0, 0.3, 0.1), name="西街"))
    changed = place.load(STREETS, moved)
    assert (changed.landed, changed.updated, changed.unchanged) == (0, 1, 1)
    ((geom,),) = place.rows(
        "select v.geom from ops.regions r join ops.region_versions v on v.region_id = r.id where r.code = 'D'"
    )
    assert shapely.from_wkb(geom).bounds[2] == pytest.approx(103.3)
    assert place.rows("select count(*) from ops.region_versions") == [(3,)]


def test_every_bad_feature_is_reported_and_the_good_ones_land(place: Place) -> None:
    place.load(STREETS, TWO_STREETS)
    bowtie = {
        "type": "Polygon",
        "coordinates": [[[103, 30], [103.02, 30.02], [103.02, 30], [103, 30.02], [103, 30]]],
    }
    report = place.load(
        GRIDS,
        [
            feature("G1", box(0.03, 0, 0.05, 0.05), street="S1", kind="exclusive"),
            feature(None, box(0, 0, 0.1, 0.1), street="S1"),
            feature("G1", box(0, 0, 0.1, 0.1), street="S1"),
            feature("G2", box(0, 0, 0.1, 0.1), street=""),
            feature("G3", box(0, 0, 0.1, 0.1), street="S7"),
            feature("G4", box(0, 0, 0.1, 0.1), street="G1"),
            feature("G5", None, street="S1"),
            feature("G6", {"type": "Point", "coordinates": [103, 30]}, street="S1"),
            feature("G7", box(400, 0, 401, 1), street="S1"),
            feature("G8", box(0, 0, 0.1, 0.1), street="S1", kind="special"),
            feature("G9", bowtie, street="S1"),
            feature("G10", box(0.09, 0.06, 0.12, 0.1), street="S1"),
            feature("G11", box(0.031, 0, 0.06, 0.05), street="S1"),
        ],
    )
    assert [item.row for item in report.findings if item.flaw is Flaw.GAP] == [1, 11]
    assert [item for item in found(report) if item[2] is not Flaw.GAP] == [
        (2, "code", Flaw.MISSING, True),
        (3, "code", Flaw.DUPLICATE_CODE, True),
        (4, "street", Flaw.MISSING, True),
        (5, "street", Flaw.UNKNOWN_PARENT, True),
        (6, "street", Flaw.PARENT_LEVEL, True),
        (7, "geometry", Flaw.NO_SHAPE, True),
        (8, "geometry", Flaw.NOT_AN_AREA, True),
        (9, "geometry", Flaw.SHAPE_RANGE, True),
        (10, "kind", Flaw.UNKNOWN_VALUE, True),
        (11, "geometry", Flaw.SHAPE_REPAIRED, False),
        (12, "geometry", Flaw.OUTSIDE_PARENT, False),
        (13, "geometry", Flaw.OVERLAP, False),
    ]
    assert (report.rows_read, report.landed, report.rejected) == (13, 4, 9)
    assert [code for code in place.tree() if code.startswith("G")] == ["G1", "G9", "G10", "G11"]
    assert place.rows("select kind from ops.regions where code = 'G1'") == [("exclusive",)]
    assert all(
        shapely.is_valid(shapely.from_wkb(row[0]))
        for row in place.rows("select geom from ops.region_versions")
    )


def test_a_check_writes_nothing(place: Place) -> None:
    report = place.load(STREETS, TWO_STREETS, check=True)
    assert report.landed == 2
    for table in ("ops.regions", "ops.region_versions", "board.settings", "board.outbox"):
        assert place.rows(f"select count(*) from {table}") == [(0,)], table


def test_levels_and_parents_can_come_from_the_file_itself(place: Place) -> None:
    report = place.load(
        LEVELS,
        [
            feature("G1", box(0.01, 0.01, 0.02, 0.02), level="grid"),
            feature("C1", box(0, 0, 0.05, 0.05), level="community"),
            feature("S1", box(0, 0, 0.1, 0.1), level="street"),
            feature("D1", box(0, 0, 0.2, 0.1), level="district"),
            feature("X1", box(0, 0, 0.2, 0.1), level="borough"),
        ],
    )
    assert (report.landed, report.rejected) == (4, 1)
    assert place.tree() == {
        "D1": ("district", None),
        "S1": ("street", "D1"),
        "C1": ("community", "S1"),
        "G1": ("grid", "C1"),
    }


def test_a_map_needs_a_district_and_only_one(place: Place) -> None:
    with pytest.raises(ImportRefused, match="There is no district yet"):
        place.load(GRIDS.replace('parent = "street"\n', ""), [feature("G1", box(0, 0, 1, 1), kind="")])
    place.load(STREETS, TWO_STREETS)
    with pytest.raises(ImportRefused, match="The database already holds D; E needs a database of its own"):
        place.load(STREETS.replace('code = "D"', 'code = "E"'), TWO_STREETS)
    two = [feature("A", box(0, 0, 1, 1), level="district"), feature("B", box(0, 0, 1, 1), level="district")]
    with pytest.raises(ImportRefused, match="only one district; the file has several: A, B"):
        place.load(LEVELS, two)


def test_squares_become_a_district_that_does_not_change_again(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text(
        "经度,纬度\n" + "\n".join(f"{116.2 + i * 0.002},{39.8 + i * 0.001}" for i in range(100)),
        encoding="utf-8",
    )
    report = run_import(database_url, "regions", path, squares_m=1000)
    assert (report.rows_read, report.rejected, report.made) == (100, 0, {"regions": 1})
    again = run_import(database_url, "regions", path, squares_m=1000)
    assert (again.landed, again.updated, again.unchanged) == (0, 0, report.landed)
    with psycopg.connect(database_url) as conn:
        levels: dict[str, int] = dict(
            conn.execute("select level, count(*) from ops.regions group by 1").fetchall()
        )
    assert levels["district"] == 1
    assert levels["street"] + levels["grid"] == report.landed
