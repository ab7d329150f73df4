"""How regions lie in each other: parents, and what sticks out of them. Owns these checks; writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import shapely
from shapely.geometry.base import BaseGeometry

from dashboard.domain.atlas import DEPTH
from dashboard.domain.model import Kind, Level
from dashboard.ingest.report import Finding
from dashboard.ingest.wording import Flaw

SHARE = 0.02
"""Share of its area outside its parent from which on a region is worth a remark."""


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


def outsiders(landing: Mapping[str, Draft], known: Mapping[str, Draft], field: str) -> Iterator[Finding]:
    """What sticks out of its parent, where one of the two is landing; it lands all the same."""
    for draft in known.values():
        parent = known.get(draft.parent or "")
        if parent is None or not (draft.code in landing or parent.code in landing):
            continue
        if not shapely.covers(parent.geometry, draft.geometry):
            beyond = shapely.difference(draft.geometry, parent.geometry).area / draft.geometry.area
            if beyond >= SHARE:
                details: dict[str, object] = {"share": f"{100 * beyond:.0f}", "parent": named(parent)}
                yield Finding(
                    row=draft.number or parent.number,
                    field=field,
                    value=draft.code,
                    flaw=Flaw.OUTSIDE_PARENT,
                    rejected=False,
                    details=details,
                )


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


def named(draft: Draft) -> tuple[str, str]:
    """What a report calls a region, in Chinese and English."""
    return draft.name, draft.name_en or draft.name
