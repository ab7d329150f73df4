"""Imports business grids: a department's own areas, each a union of whole base grids. Owns reading which grids
those are, from a list of codes or from a shape, and refusing by name what would split one."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import shapely
from shapely.geometry.base import BaseGeometry

from dashboard.domain.atlas import DEPTH
from dashboard.domain.model import Level
from dashboard.ingest import shapes
from dashboard.ingest.books import DepartmentBook
from dashboard.ingest.checks import TEXT_LIMIT, RowReader
from dashboard.ingest.columns import BadValue
from dashboard.ingest.mapping import Mapping
from dashboard.ingest.places import Places
from dashboard.ingest.projection import converter
from dashboard.ingest.report import Finding, Findings
from dashboard.ingest.seams import is_land
from dashboard.ingest.tables import Record
from dashboard.ingest.wording import Flaw
from data_access.writes.imports import Landing
from data_access.writes.overlays import OverlayRow, put_overlay, read_overlays
from data_access.writes.regions import StoredRegion, read_regions

EDGE = 0.02
"""Share of a base grid that may stick out of a shape, or into it, where the shape was drawn by another hand."""
_BETWEEN = re.compile(r"[\s,，;；、|]+")
_NAMES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Union:
    """A business grid that is sound."""

    number: int
    code: str
    name: str
    department: str
    region_ids: tuple[int, ...]


class OverlayImport:
    """One import of business grids: reads all, compares them with each other and those that are stored, then
    writes."""

    def __init__(self, connection: psycopg.Connection[Any], mapping: Mapping, findings: Findings) -> None:
        self._connection, self._mapping, self._findings = connection, mapping, findings
        self.made: Counter[str] = Counter()
        self._departments = DepartmentBook(connection, mapping.departments, self.made)
        self._convert = converter(mapping.file.crs)
        self._base = BaseGrids(read_regions(connection))
        self._unions: dict[str, _Union] = {}

    def add(self, record: Record) -> None:
        """Takes one business grid in, or rejects it."""
        reader = RowReader(record, self._mapping.columns, self._findings)
        code, name = reader.text("code", required=True), reader.text("name")
        department = self._departments.read(reader)
        if department is None and "department" in self._mapping.columns:
            reader.text("department", required=True)
        if code is not None and code in self._unions:
            reader.reject(reader.label("code"), code, Flaw.DUPLICATE_CODE, first=self._unions[code].number)
        listed = reader.text("regions", limit=TEXT_LIMIT)
        ids = self._listed(reader, listed) if listed else self._covered(reader)
        if reader.sound() and code is not None and department is not None:
            self._unions[code] = _Union(
                number=record.number, code=code, name=name or code, department=department, region_ids=ids
            )

    def land(self) -> Landing:
        """Writes what was taken in."""
        rows = {
            union.code: OverlayRow(
                code=union.code,
                name=union.name,
                department_id=self._departments.id(union.department) or 0,
                region_ids=union.region_ids,
            )
            for union in self._unions.values()
        }
        for finding in self._shared(rows):
            self._findings.note(finding)
        outcomes = Counter(put_overlay(self._connection, row) for row in rows.values())
        return Landing(
            inserted=outcomes["inserted"], updated=outcomes["updated"], unchanged=outcomes["unchanged"]
        )

    def _listed(self, reader: RowReader, listed: str) -> tuple[int, ...]:
        """Base grids of a list of codes. A region above stands for all grids in it."""
        label, codes = reader.label("regions"), [code for code in _BETWEEN.split(listed) if code]
        unknown = [code for code in dict.fromkeys(codes) if code not in self._base.by_code]
        for code in unknown:
            reader.reject(label, code, Flaw.UNKNOWN_REGION)
        ids: set[int] = set()
        for code in codes:
            if code not in unknown:
                ids |= self._base.cells_of(code)
        whole, split = self._base.whole(ids)
        self._refuse_split(reader, label, listed, split)
        if not whole and not split and not unknown:
            reader.reject(label, listed, Flaw.OVERLAY_EMPTY)
        return tuple(sorted(whole))

    def _covered(self, reader: RowReader) -> tuple[int, ...]:
        """Base grids that lie in the row's shape."""
        if reader.record.shape is None and reader.has("regions"):
            reader.reject(reader.label("regions"), "", Flaw.MISSING)
            return ()
        try:
            area = shapes.read_area(reader.record.shape, self._convert)
        except BadValue as fault:
            reader.faults.append(fault.finding(reader.record.number, "geometry", rejected=True))
            return ()
        for flaw, details in area.remarks:
            reader.note("geometry", "", flaw, **details)
        whole, split = self._base.within(area.geometry)
        self._refuse_split(reader, "geometry", "", split)
        if not whole and not split:
            reader.reject("geometry", "", Flaw.OVERLAY_EMPTY)
        return tuple(sorted(whole))

    def _refuse_split(self, reader: RowReader, label: str, value: str, split: list[StoredRegion]) -> None:
        if split:
            names = [f"{region.name} ({region.code})" for region in split[:_NAMES]]
            in_english = [f"{region.name_en or region.name} ({region.code})" for region in split[:_NAMES]]
            more = f" … {len(split)}" if len(split) > _NAMES else ""
            said = ("、".join(names) + more, ", ".join(in_english) + more)
            reader.reject(label, value, Flaw.SPLITS_GRID, names=said)

    def _shared(self, rows: dict[str, OverlayRow]) -> Iterator[Finding]:
        """Base grids that two business grids of one department hold: the one that lands says so."""
        stored = {row.code: row for row in read_overlays(self._connection)}
        holders: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
        for code, row in {**stored, **rows}.items():
            for region_id in row.region_ids:
                holders[row.department_id, region_id].append(code)
        for (_, region_id), codes in holders.items():
            last = max(codes, key=lambda code: self._unions[code].number if code in self._unions else 0)
            if len(codes) > 1 and last in self._unions:
                region = self._base.by_id.get(region_id)
                yield Finding(
                    row=self._unions[last].number,
                    field="code",
                    value=last,
                    flaw=Flaw.OVERLAY_SHARED,
                    rejected=False,
                    details={
                        "name": (region.name, region.name_en or region.name) if region else str(region_id),
                        "overlay": next(code for code in codes if code != last),
                    },
                )


class BaseGrids:
    """The base grids of the present map: its grids, or the deepest level of a map without any; with what lies
    above and below them."""

    def __init__(self, regions: list[StoredRegion]) -> None:
        places = Places(regions)
        self.by_code, self.by_id = places.by_code, places.by_id
        self._below: defaultdict[int, list[int]] = defaultdict(list)
        for region in regions:
            if region.parent_id is not None:
                self._below[region.parent_id].append(region.id)
        depth = min(max(DEPTH[Level(region.level)] for region in regions), DEPTH[Level.GRID])
        self._base = [region for region in regions if DEPTH[Level(region.level)] == depth]
        self._depth = depth
        self._shapes = shapely.from_wkb([region.geom for region in self._base])
        self._tree = shapely.STRtree(self._shapes)

    def cells_of(self, code: str) -> set[int]:
        """Ids of the region of that code, as far as it lies at or below the base grids."""
        found, rest = set(), [self.by_code[code].id]
        while rest:
            region = self.by_id[rest.pop()]
            if DEPTH[Level(region.level)] >= self._depth:
                found.add(region.id)
            else:
                rest += self._below[region.id]
        return found

    def whole(self, ids: set[int]) -> tuple[set[int], list[StoredRegion]]:
        """The base grids that these ids make up, and those of which they name a part only."""
        whole = {id_ for id_ in ids if DEPTH[Level(self.by_id[id_].level)] == self._depth}
        split: dict[int, StoredRegion] = {}
        for id_ in sorted(ids - whole):
            grid = self.by_id[id_]
            while DEPTH[Level(grid.level)] > self._depth and grid.parent_id is not None:
                grid = self.by_id[grid.parent_id]
            if set(self._below[grid.id]) <= ids:
                whole.add(grid.id)
            elif grid.id not in whole:
                split[grid.id] = grid
        return whole, list(split.values())

    def within(self, area: BaseGeometry) -> tuple[set[int], list[StoredRegion]]:
        """The base grids that lie in an area, and those that it would split."""
        whole, split = set(), []
        shapely.prepare(area)
        for place in sorted(self._tree.query(area, predicate="intersects").tolist()):
            shape, region = self._shapes[place], self._base[place]
            inside = shapely.intersection(shape, area)
            outside = shapely.difference(shape, area)
            if outside.area <= EDGE * shape.area or not is_land(shapes.areas_only(outside)):
                whole.add(region.id)
            elif inside.area > EDGE * shape.area and is_land(shapes.areas_only(inside)):
                split.append(region)
        return whole, split
