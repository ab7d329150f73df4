"""Imports regions. Owns what a feature has to be to become a part of the map, and where the district comes
from: a feature of that level, or the union of the streets, or the one that is stored.

Without a moment from which the file applies it corrects the present map. With one it is the map from then
on, and what was before stays on record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping as MappingOf
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import shapely

from dashboard.domain.atlas import DEPTH
from dashboard.domain.model import Kind, Level
from dashboard.ingest import shapes
from dashboard.ingest.checks import RowReader
from dashboard.ingest.columns import BadValue
from dashboard.ingest.files import Record
from dashboard.ingest.mapping import Mapping
from dashboard.ingest.nesting import Draft, named, outsiders, with_parents
from dashboard.ingest.projection import converter
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.report import Finding, Findings
from dashboard.ingest.seams import gaps, overlaps
from dashboard.ingest.succession import ended, orphans
from dashboard.ingest.validity import asked_moment, shown_moment
from dashboard.ingest.wording import Flaw
from data_access.writes import relocations, settings
from data_access.writes.imports import Landing, read_settings
from data_access.writes.overlays import overlays_with
from data_access.writes.regions import (
    RegionRow,
    StoredRegion,
    close_region,
    put_region,
    read_absent,
    read_regions,
)

REGION_LIMIT = 100_000
_PEOPLE = 2_000_000_000


class RegionImport:
    """One import of regions: reads all, checks them against each other and the stored map, writes from the
    top down."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        mapping: Mapping,
        findings: Findings,
        valid_from: date | str | None = None,
    ) -> None:
        self._connection, self._mapping, self._findings = connection, mapping, findings
        self._convert = converter(mapping.file.crs)
        self._from, self._zone = asked_moment(connection, mapping, valid_from)
        stored = read_regions(connection, self._from)
        self._absent = read_absent(connection, self._from)
        self._ids = {region.code: region.id for region in stored}
        self._stored_root = next((region.code for region in stored if region.parent_id is None), None)
        codes = {region.id: region.code for region in stored}
        self._stored = {region.code: _stored_draft(region, codes) for region in stored}
        self._drafts: dict[str, Draft] = {}
        self._spared: set[str] = set()
        self.made: Counter[str] = Counter()
        self.settings_changed = 0

    @property
    def stored(self) -> MappingOf[str, Draft]:
        """The map as it is, by code."""
        return self._stored

    @property
    def root(self) -> str | None:
        """The code of the district that is stored."""
        return self._stored_root

    def add(self, record: Record) -> None:
        """Takes one feature in, or rejects it. Without a shape it can say more of a region that has one."""
        reader = RowReader(record, self._mapping.columns, self._findings)
        draft = self._draft(reader)
        if draft is not None and draft.code in self._drafts:
            first = self._drafts[draft.code].number
            reader.reject(reader.label("code"), draft.code, Flaw.DUPLICATE_CODE, first=first)
        if draft is not None and self._from is None and draft.code in self._absent:
            self._refuse_absent(reader, draft.code)
        if reader.sound() and draft is not None:
            self.put(draft)

    def put(self, draft: Draft) -> None:
        """Takes in a region that was made, not read."""
        self._drafts[draft.code] = draft
        if len(self._drafts) > REGION_LIMIT:
            raise ImportRefused(
                f"文件中的区域超过 {REGION_LIMIT:,} 个。",
                f"The file holds more than {REGION_LIMIT:,} regions.",
            )

    def land(self) -> Landing:
        """Writes the map and the district's settings. ImportRefused where there is no district, or a second
        one."""
        gone = self._ended()
        staying = {code: draft for code, draft in self._stored.items() if code not in gone}
        root = self._root(staying)
        label = self._mapping.columns["parent"].label if "parent" in self._mapping.columns else "geometry"
        below = [draft for draft in self._drafts.values() if draft.level is not Level.DISTRICT]
        left = orphans(gone, self._drafts, self._stored)
        landing, faults = with_parents([*below, *left], staying, root, label)
        for fault in faults:
            self._findings.reject([fault])
        self._remark(landing, {**staying, **landing, root.code: root}, gone)
        outcomes: Counter[str] = Counter()
        outcome = self._write(root, None)
        if root.number:
            outcomes[outcome] += 1
        elif outcome == "inserted":
            self.made["regions"] += 1
        for draft in landing.values():
            outcome = self._write(draft, draft.parent)
            outcomes[outcome if draft.code in self._drafts else "moved"] += 1
        self._close(gone)
        if outcomes["moved"]:
            self.made["moved"] = outcomes["moved"]
        self._put_settings()
        relocations.redraw(self._connection)
        return Landing(
            inserted=outcomes["inserted"], updated=outcomes["updated"], unchanged=outcomes["unchanged"]
        )

    def _ended(self) -> dict[str, Draft]:
        """The stored regions that end when the file begins to apply."""
        if self._from is None:
            return {}
        return ended(self._drafts, self._spared, self._stored, self._mapping.missing)

    def _remark(
        self, landing: MappingOf[str, Draft], known: MappingOf[str, Draft], gone: MappingOf[str, Draft]
    ) -> None:
        for check in (outsiders, overlaps, gaps):
            for finding in check(landing, known, "geometry"):
                self._findings.note(finding)
        for draft in landing.values():
            if draft.code not in self._drafts:
                old = self._stored[self._stored[draft.code].parent or draft.code]
                self._note(draft, Flaw.PARENT_CLOSED, old=named(old), parent=named(known[draft.parent or ""]))
        for draft in gone.values():
            self._note(draft, Flaw.REGION_CLOSED)
        ids = {self._ids[code]: draft for code, draft in gone.items()}
        for overlay, region_id in overlays_with(self._connection, ids):
            self._note(ids[region_id], Flaw.OVERLAY_BROKEN, overlay=overlay)

    def _note(self, draft: Draft, flaw: Flaw, **details: object) -> None:
        """A remark about a region that is in no row of the file."""
        assert self._from is not None
        said = {"name": named(draft), "when": shown_moment(self._from, self._zone), **details}
        self._findings.note(
            Finding(row=0, field="valid_from", value=draft.code, flaw=flaw, rejected=False, details=said)
        )

    def _close(self, gone: MappingOf[str, Draft]) -> None:
        assert self._from is not None or not gone
        for code in gone:
            if self._from is not None:
                close_region(self._connection, self._ids[code], self._from)
        if gone:
            self.made["closed"] = len(gone)

    def _put_settings(self) -> None:
        stored = read_settings(self._connection)
        changed = {key: value for key, value in self._mapping.settings.items() if stored.get(key) != value}
        settings.put(self._connection, changed)
        self.settings_changed = len(changed)

    def _refuse_absent(self, reader: RowReader, code: str) -> None:
        """A correction of a region that is not on the present map says nothing of when it applies."""
        absent = self._absent[code]
        zh, en = [], []
        if absent.begins is not None:
            begins = shown_moment(absent.begins, self._zone)
            zh, en = [f"自 {begins} 起"], [f"from {begins} on"]
        if absent.ends is not None:
            ends = shown_moment(absent.ends, self._zone)
            zh, en = [*zh, f"至 {ends} 止"], [*en, f"until {ends}"]
        reader.reject(reader.label("code"), code, Flaw.NOT_PRESENT, span=("".join(zh), " ".join(en)))

    def _draft(self, reader: RowReader) -> Draft | None:
        code = reader.text("code", required=True)
        self._spared.update([code] if code else [])
        level = self._mapping.level or reader.choice("level", tuple(Level), required=True)
        kind = reader.choice("kind", tuple(Kind)) or Kind.GENERAL
        parent = reader.text("parent", required=level not in (None, Level.STREET, Level.DISTRICT))
        households, population = (reader.whole(name, 0, _PEOPLE) for name in ("households", "population"))
        name, name_en = reader.text("name"), reader.text("name_en")
        known = self._stored.get(code or "")
        if reader.record.shape is None and known is not None and self._from is None:
            return replace(
                known,
                number=reader.record.number,
                name=name or known.name,
                name_en=name_en or known.name_en,
                households=known.households if households is None else households,
                population=known.population if population is None else population,
            )
        try:
            area = shapes.read_area(reader.record.shape, self._convert)
        except BadValue as fault:
            reader.faults.append(fault.finding(reader.record.number, "geometry", rejected=True))
            return None
        for flaw, details in area.remarks:
            reader.note("geometry", code or "", flaw, **details)
        if code is None or level is None:
            return None
        return Draft(
            number=reader.record.number,
            code=code,
            name=name or code,
            name_en=name_en,
            level=Level(level),
            kind=Kind(kind),
            parent=parent,
            geometry=area.geometry,
            label=shapes.label_point(area.geometry),
            households=households,
            population=population,
        )

    def _root(self, staying: MappingOf[str, Draft]) -> Draft:
        roots = [draft for draft in self._drafts.values() if draft.level is Level.DISTRICT]
        if len(roots) > 1:
            codes = [draft.code for draft in roots[:5]]
            raise ImportRefused(
                f"只能有一个区，文件中却有：{'、'.join(codes)}。",
                f"There can be only one district; the file has several: {', '.join(codes)}.",
            )
        root = roots[0] if roots else self._united(staying)
        if root is None and self._stored_root is not None:
            return self._stored[self._stored_root]
        if root is None:
            raise ImportRefused(
                f"还没有区：请在映射 {self._mapping.origin} 中写 [district]，或先导入区界。",
                f"There is no district yet: give [district] in the mapping {self._mapping.origin}, "
                "or import its boundary first.",
            )
        if self._stored_root not in (None, root.code):
            raise ImportRefused(
                f"数据库里已是 {self._stored_root}，不能再导入 {root.code}；请换一个数据库。",
                f"The database already holds {self._stored_root}; {root.code} needs a database of its own.",
            )
        return root

    def _united(self, staying: MappingOf[str, Draft]) -> Draft | None:
        """The district as the mapping names it, around the streets of file and map together."""
        district = self._mapping.district
        if district is None:
            return None
        together = {**staying, **self._drafts}
        together.pop(district.code, None)
        top = min((DEPTH[draft.level] for draft in together.values()), default=0)
        parts = [draft.geometry for draft in together.values() if DEPTH[draft.level] == top]
        if not parts:
            return None
        outline = shapes.union(parts)
        return Draft(
            code=district.code,
            name=district.name,
            name_en=district.name_en,
            level=Level.DISTRICT,
            geometry=outline,
            label=shapes.label_point(outline),
        )

    def _write(self, draft: Draft, parent: str | None) -> str:
        if draft.number == 0 and draft is self._stored.get(draft.code):
            return "unchanged"
        row = RegionRow(
            code=draft.code,
            level=str(draft.level),
            kind=str(draft.kind),
            name=draft.name,
            name_en=draft.name_en,
            parent_id=None if parent is None else self._ids[parent],
            geom=shapes.as_wkb(draft.geometry),
            label_lon=draft.label[0],
            label_lat=draft.label[1],
            households=draft.households,
            population=draft.population,
        )
        self._ids[draft.code], outcome = put_region(self._connection, row, self._from)
        return outcome


def _stored_draft(region: StoredRegion, codes: MappingOf[int, str]) -> Draft:
    return Draft(
        code=region.code,
        name=region.name,
        name_en=region.name_en,
        level=Level(region.level),
        kind=Kind(region.kind),
        parent=None if region.parent_id is None else codes.get(region.parent_id),
        geometry=shapely.from_wkb(region.geom),
        label=(region.label_lon, region.label_lat),
        households=region.households,
        population=region.population,
    )
