"""Business grids: unions of whole base grids by list or by shape, and what is refused by name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
import shapely

from dashboard.ingest import Report, run_import
from dashboard.ingest.wording import Flaw
from tests.builders import make_district, square
from tests.findings import found

GRIDS = [f"5101170010010{number:03d}" for number in (1, 2, 3, 4)]
"""Four grids side by side in the one community."""
LISTED = """
[columns]
code = "code"
name = "name"
department = "unit"
regions = "grids"
"""
DRAWN = """
[columns]
code = "code"
department = "unit"
"""
HEADER = "code,name,unit,grids"


class Desk:
    """A district of four grids, two departments, and imports of business grids."""

    def __init__(self, url: str, folder: Path, conn: psycopg.Connection[Any]) -> None:
        self._url, self._folder, self.conn = url, folder, conn

    def listed(self, *lines: str) -> Report:
        path = self._folder / "o.csv"
        path.write_text("\n".join([HEADER, *lines]), encoding="utf-8")
        return self._load(path, LISTED)

    def drawn(self, shapes: Sequence[tuple[str, shapely.Geometry]]) -> Report:
        features = [
            {
                "type": "Feature",
                "properties": {"code": code, "unit": "U1"},
                "geometry": shapely.geometry.mapping(shape),
            }
            for code, shape in shapes
        ]
        path = self._folder / "o.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
        return self._load(path, DRAWN)

    def held(self) -> dict[str, list[str]]:
        """Codes of the grids of each business grid."""
        rows = self.conn.execute(
            "select o.code, array_agg(r.code order by r.code) from ops.overlays o "
            "join ops.regions r on r.id = any(o.region_ids) group by 1"
        ).fetchall()
        return dict(rows)

    def _load(self, path: Path, mapping: str) -> Report:
        rules = self._folder / "o.toml"
        rules.write_text(mapping, encoding="utf-8")
        return run_import(self._url, "overlays", path, mapping=rules)


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        make_district(conn, streets=1, communities=1, grids=4)
        conn.execute("insert into ops.departments (code, name) values ('U1', '城管'), ('U2', '公安')")
        yield Desk(database_url, tmp_path, conn)


def test_a_list_of_codes_becomes_a_business_grid(desk: Desk) -> None:
    report = desk.listed(
        f'O1,一组,U1,"{GRIDS[0]}, {GRIDS[1]}"', f"O2,,U1,{GRIDS[2]}；{GRIDS[3]}", "O3,全部,U2,510117001"
    )
    assert (report.landed, report.rejected, report.findings) == (3, 0, ())
    assert desk.held() == {"O1": GRIDS[:2], "O2": GRIDS[2:], "O3": GRIDS}
    again = desk.listed(f'O1,一组,U1,"{GRIDS[1]} {GRIDS[0]}"', f"O2,,U1,{GRIDS[3]}")
    assert (again.landed, again.updated, again.unchanged) == (0, 1, 1)
    assert desk.held()["O2"] == GRIDS[3:]


def test_a_shape_becomes_the_grids_that_it_holds(desk: Desk) -> None:
    by_another_hand = shapely.buffer(square(0, width=2), 0.00005)
    report = desk.drawn([("O1", by_another_hand), ("O2", square(2, width=2))])
    assert (report.landed, report.rejected) == (2, 0)
    assert desk.held() == {"O1": GRIDS[:2], "O2": GRIDS[2:]}


def test_a_shape_that_would_split_a_grid_is_refused_by_name(desk: Desk) -> None:
    west, south, east, north = square(0, width=2).bounds
    half = shapely.box(west, south, (west + east) / 2 + (east - west) / 4, north)
    report = desk.drawn([("O1", half), ("O2", square(2))])
    assert found(report) == [(1, "geometry", Flaw.SPLITS_GRID, True)]
    (refused,) = report.findings
    assert refused.reason("en") == f"would split base grids: name {GRIDS[1]} ({GRIDS[1]})"
    assert refused.reason("zh") == f"会拆分基础网格：name {GRIDS[1]} ({GRIDS[1]})"
    assert desk.held() == {"O2": [GRIDS[2]]}


def test_micro_grids_count_only_when_they_make_up_their_grid(desk: Desk) -> None:
    grid = desk.conn.execute("select id from ops.regions where code = %s", (GRIDS[0],)).fetchone()
    assert grid is not None
    for name in ("a", "b"):
        row = desk.conn.execute(
            "insert into ops.regions (code, level, name) values (%s, 'micro_grid', %s) returning id",
            (f"{GRIDS[0]}{name}", name),
        ).fetchone()
        assert row is not None
        desk.conn.execute(
            "insert into ops.region_versions (region_id, parent_id, geom, label_lon, label_lat) "
            "select %s, region_id, geom, label_lon, label_lat from ops.region_versions where region_id = %s",
            (row[0], grid[0]),
        )
    report = desk.listed(f"O1,,U1,{GRIDS[0]}a {GRIDS[1]}", f"O2,,U1,{GRIDS[0]}a {GRIDS[0]}b")
    assert found(report) == [(2, "grids", Flaw.SPLITS_GRID, True)]
    assert report.findings[0].reason("en").endswith(f"({GRIDS[0]})")
    assert desk.held() == {"O2": [GRIDS[0]]}


def test_every_bad_business_grid_is_reported(desk: Desk) -> None:
    report = desk.listed(
        f"O1,,U1,{GRIDS[0]}",
        f"O1,,U1,{GRIDS[1]}",
        f"O2,,U9,{GRIDS[1]}",
        f",,U1,{GRIDS[1]}",
        "O3,,U1,999",
        "O4,,U1,",
        f"O5,,,{GRIDS[1]}",
        f"O6,,U1,{GRIDS[0]}",
    )
    assert found(report) == [
        (3, "code", Flaw.DUPLICATE_CODE, True),
        (4, "unit", Flaw.UNKNOWN_DEPARTMENT, True),
        (5, "code", Flaw.MISSING, True),
        (6, "grids", Flaw.UNKNOWN_REGION, True),
        (7, "grids", Flaw.MISSING, True),
        (8, "unit", Flaw.MISSING, True),
        (9, "code", Flaw.OVERLAY_SHARED, False),
    ]
    assert desk.held() == {"O1": [GRIDS[0]], "O6": [GRIDS[0]]}
    far = shapely.box(110, 40, 110.1, 40.1)
    line = shapely.LineString([(103.8, 30.7), (103.81, 30.7)])
    report = desk.drawn([("O7", far), ("O8", line)])
    assert [item.flaw for item in report.findings] == [Flaw.OVERLAY_EMPTY, Flaw.NOT_AN_AREA]


def test_without_a_mapping_the_headers_say_it(desk: Desk, tmp_path: Path, database_url: str) -> None:
    path = tmp_path / "业务网格.csv"
    path.write_text(f"编码,名称,部门,网格\nO1,一组,U1,{GRIDS[0]}\n", encoding="gb18030")
    assert run_import(database_url, "overlays", path).landed == 1
    assert desk.held() == {"O1": [GRIDS[0]]}
