"""A square grid around points, for a district that has no boundaries yet. Owns its geometry, codes and
names.

District, streets and grids are boxes on one lattice, so their borders meet exactly. Cells are squares on
the ground at the district's middle latitude.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import shapely

from dashboard.domain.geo import Degrees, degrees_per_metre
from dashboard.domain.model import Level
from dashboard.ingest.checks import as_number
from dashboard.ingest.columns import BadValue, Column
from dashboard.ingest.headers import point_columns
from dashboard.ingest.mapping import District, Mapping, SquareRules
from dashboard.ingest.nesting import Draft
from dashboard.ingest.projection import converter
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.report import Finding
from dashboard.ingest.tables import Record, Table

CELL_LIMIT = 5_000
SMALLEST_M, LARGEST_M = 50, 50_000
UNNAMED = District(code="squares", name="方格区", name_en="Square district")


def square_map(table: Table, mapping: Mapping | None, side_m: float) -> tuple[list[Draft], int]:
    """The district, streets and grids around the points of a file, and the number of rows read."""
    if not SMALLEST_M <= side_m <= LARGEST_M:
        raise ImportRefused(
            f"方格边长应在 {SMALLEST_M} 至 {LARGEST_M:,} 米之间。",
            f"The side of a square must be between {SMALLEST_M} and {LARGEST_M:,} metres.",
        )
    points = _Points(table, mapping)
    lon, lat = converter(mapping.file.crs if mapping else "WGS-84")(points.x, points.y)
    sound = (abs(lon) <= 180) & (abs(lat) <= 90)
    if not sound.any():
        raise ImportRefused("文件中没有可用的坐标。", "The file holds no usable coordinates.")
    rules = mapping.squares if mapping else SquareRules()
    columns, rows = _lattice(lon[sound], lat[sound], side_m, rules.trim)
    district = (mapping.district if mapping else None) or UNNAMED
    return list(_drafts(columns, rows, district, rules.streets)), points.rows


class _Points:
    """All points of a file, however it holds them: two columns, or shapes."""

    def __init__(self, table: Table, mapping: Mapping | None) -> None:
        self.rows = 0
        found = array("d")
        given = {
            name: rule
            for name, rule in (mapping.columns if mapping else {}).items()
            if name in ("lon", "lat")
        }
        rules = {} if table.shapes else (given or point_columns(table.columns))
        for record in table.rows:
            self.rows += 1
            if isinstance(record, Finding):
                continue
            found.extend(
                _pair(record, rules) if rules else _coordinates((record.shape or {}).get("coordinates"))
            )
        pairs = np.frombuffer(found, dtype=np.float64).reshape(-1, 2) if found else np.empty((0, 2))
        self.x, self.y = pairs[:, 0].copy(), pairs[:, 1].copy()


def _pair(record: Record, rules: dict[str, Column]) -> Iterable[float]:
    try:
        x, y = (as_number(rules[name].read(record.values)) for name in ("lon", "lat"))
    except BadValue:
        return ()
    return () if x is None or y is None else (x, y)


def _coordinates(shape: object) -> Iterator[float]:
    """Every pair in the nested coordinates of a GeoJSON shape."""
    rest: list[object] = [shape]
    while rest:
        item = rest.pop()
        if not isinstance(item, list | tuple) or not item:
            continue
        if len(item) >= 2 and all(isinstance(part, int | float) for part in item[:2]):
            yield from (float(item[0]), float(item[1]))
        else:
            rest.extend(item)


def _lattice(lon: Degrees, lat: Degrees, side_m: float, trim: float) -> tuple[Degrees, Degrees]:
    """The borders of the columns and of the rows of cells, in degrees."""
    west, east = (float(value) for value in np.quantile(lon, [trim, 1 - trim]))
    south, north = (float(value) for value in np.quantile(lat, [trim, 1 - trim]))
    lon_step, lat_step = (side_m * step for step in degrees_per_metre((south + north) / 2))
    across, up = max(1, math.ceil((east - west) / lon_step)), max(1, math.ceil((north - south) / lat_step))
    if across * up > CELL_LIMIT:
        enough = math.ceil(side_m * math.sqrt(across * up / CELL_LIMIT) / 100 + 1) * 100
        raise ImportRefused(
            f"边长 {side_m:,} 米需要 {across * up:,} 个网格，"
            f"上限为 {CELL_LIMIT:,}；请改用 --squares {enough}。",
            f"Squares of {side_m:,} m would make {across * up:,} grids and the limit is {CELL_LIMIT:,}; "
            f"try --squares {enough}.",
        )
    first_lon = (west + east - across * lon_step) / 2
    first_lat = (south + north - up * lat_step) / 2
    columns = np.round(first_lon + lon_step * np.arange(across + 1), 7)
    return columns, np.round(first_lat + lat_step * np.arange(up + 1), 7)


def _drafts(columns: Degrees, rows: Degrees, district: District, streets: int) -> Iterator[Draft]:
    across, up = len(columns) - 1, len(rows) - 1
    block = max(1, math.ceil(math.sqrt(across * up / streets)))
    whole = _box(columns[[0, -1]], rows[[0, -1]], Level.DISTRICT, None)
    yield replace(whole, code=district.code, name=district.name, name_en=district.name_en)
    blocks = [(*xs, *ys) for ys in _blocks(up, block) for xs in _blocks(across, block)]
    for number, (left, right, bottom, top) in enumerate(blocks, start=1):
        street = f"{district.code}-{number:02d}"
        xs, ys = columns[[left, right]], rows[[bottom, top]]
        sector = _box(xs, ys, Level.STREET, district.code)
        yield replace(sector, code=street, name=f"第{number}片区", name_en=f"Sector {number}")
        cells = ((i, j) for j in range(bottom, top) for i in range(left, right))
        for cell, (i, j) in enumerate(cells, start=1):
            square = _box(columns[[i, i + 1]], rows[[j, j + 1]], Level.GRID, street)
            yield replace(square, code=f"{street}-{cell:03d}", name=f"{number}-{cell}")


def _blocks(cells: int, block: int) -> list[tuple[int, int]]:
    """From where to where the streets go, about `block` cells each and as even as can be."""
    count = math.ceil(cells / block)
    edges = [round(place * cells / count) for place in range(count + 1)]
    return list(pairwise(edges))


def _box(xs: Degrees, ys: Degrees, level: Level, parent: str | None) -> Draft:
    (west, east), (south, north) = xs.tolist(), ys.tolist()
    return Draft(
        code="",
        name="",
        level=level,
        parent=parent,
        geometry=shapely.normalize(shapely.box(west, south, east, north)),
        label=(round((west + east) / 2, 7), round((south + north) / 2, 7)),
    )
