"""How regions lie in each other: parents, and what sticks out or overlaps. Owns these checks; writes
nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import shapely
from shapely.geometry.base import BaseGeometry

from dashboard.domain.model import Kind, Level
from dashboard.ingest.report import Finding
from dashboard.ingest.shapes import area_m2
from dashboard.ingest.wording import Flaw

DEPTH = {level: depth for depth, level in enumerate(Level)}
SHARE = 0.02
"""Share of its area outside its parent, or over a neighbour, from which on a region is worth a remark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A region on its way onto the map. `number` is its row, 0 for one that is stored or made; `parent` a
    code."""

    code: str
    name: str
    level: Level
    geometry: BaseGeometry
    label: tuple[float, float]
    number: int = 0
    name_en: str | None = None
    kind: Kind = Kind.GENERAL
    parent: str | None = None
    households: int | None = None
    population: int | None = None


def with_parents(
    drafts: Iterable[Draft], stored: Mapping[str, Draft], root: Draft, field: str
) -> tuple[dict[str, Draft], list[Finding]]:
    """The drafts with their parents, from the top down, and why some have none and cannot land.

    Where a draft names no parent, it is the deepest region above it that holds its label point.
    """
    known = {**stored, root.code: root}
    landing: dict[str, Draft] = {}
    faults: list[Finding] = []
    ordered = sorted(drafts, key=lambda draft: (DEPTH[draft.level], draft.number))
    for level in list(Level)[1:]:
        above = _Above([draft for draft in known.values() if DEPTH[draft.level] < DEPTH[level]], root)
        for draft in (draft for draft in ordered if draft.level == level):
            parent = known.get(draft.parent) if draft.parent else above.holding(draft.label)
            fault = _parent_fault(draft, parent, field)
            if fault is not None:
                faults.append(fault)
                known.pop(draft.code, None)
                continue
            assert parent is not None
            known[draft.code] = landing[draft.code] = replace(draft, parent=parent.code)
    return landing, faults


def remarks(
    landing: Mapping[str, Draft], stored: Mapping[str, Draft], root: Draft, field: str
) -> Iterator[Finding]:
    """What sticks out of its parent and what overlaps its neighbour; all of it lands all the same."""
    known = {**stored, **landing, root.code: root}
    for draft in landing.values():
        parent = known[draft.parent or root.code]
        if not shapely.covers(parent.geometry, draft.geometry):
            beyond = shapely.difference(draft.geometry, parent.geometry).area / draft.geometry.area
            if beyond >= SHARE:
                details: dict[str, object] = {"share": f"{100 * beyond:.0f}", "parent": _names(parent)}
                yield _note(draft, field, Flaw.OUTSIDE_PARENT, details)
    for level in list(Level)[1:]:
        yield from _overlaps([draft for draft in landing.values() if draft.level == level], field)


class _Above:
    """The regions that may be parents, as an index."""

    def __init__(self, drafts: list[Draft], root: Draft) -> None:
        self._drafts = sorted(drafts, key=lambda draft: (-DEPTH[draft.level], draft.code))
        self._tree = shapely.STRtree([draft.geometry for draft in self._drafts])
        self._root = root

    def holding(self, point: tuple[float, float]) -> Draft:
        hits = self._tree.query(shapely.Point(point), predicate="intersects")
        return self._drafts[min(hits)] if len(hits) else self._root


def _parent_fault(draft: Draft, parent: Draft | None, field: str) -> Finding | None:
    if parent is None:
        return Finding(
            row=draft.number, field=field, value=draft.parent or "", flaw=Flaw.UNKNOWN_PARENT, rejected=True
        )
    if DEPTH[parent.level] < DEPTH[draft.level]:
        return None
    details: dict[str, object] = {"parent": parent.code, "parent_level": parent.level, "level": draft.level}
    value = draft.parent or ""
    return Finding(
        row=draft.number, field=field, value=value, flaw=Flaw.PARENT_LEVEL, rejected=True, details=details
    )


def _overlaps(drafts: list[Draft], field: str) -> Iterator[Finding]:
    if not drafts:
        return
    geometries = [draft.geometry for draft in drafts]
    pairs = shapely.STRtree(geometries).query(geometries, predicate="intersects")
    for one, other in sorted((int(i), int(j)) for i, j in zip(*pairs, strict=True) if i < j):
        if shapely.touches(geometries[one], geometries[other]):
            continue
        shared = shapely.intersection(geometries[one], geometries[other])
        if shared.area >= SHARE * min(geometries[one].area, geometries[other].area):
            details: dict[str, object] = {"other": _names(drafts[one]), "area_m2": f"{area_m2(shared):,.0f}"}
            yield _note(drafts[other], field, Flaw.OVERLAP, details)


def _names(draft: Draft) -> tuple[str, str]:
    return draft.name, draft.name_en or draft.name


def _note(draft: Draft, field: str, flaw: Flaw, details: dict[str, object]) -> Finding:
    return Finding(
        row=draft.number, field=field, value=draft.code, flaw=flaw, rejected=False, details=details
    )
