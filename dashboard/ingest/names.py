"""A map from a list of names: streets and communities that have codes and names, but no boundaries of their own.

Owns the drawing. The land above is cut straight into one piece for each name, in the order of the list, as large as
what the name has below it; pieces meet exactly and follow nothing real, which the setting `schematic` says on the
wall. What already has a boundary keeps it, and only the land that is left is cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace

import shapely
from shapely.geometry.base import BaseGeometry

from dashboard.domain.geo import degrees_per_metre
from dashboard.domain.model import Level
from dashboard.ingest import shapes
from dashboard.ingest.checks import RowReader
from dashboard.ingest.columns import Column
from dashboard.ingest.mapping import Branch, Mapping
from dashboard.ingest.nesting import Draft
from dashboard.ingest.refusal import ImportRefused
from dashboard.ingest.report import Finding, Findings
from dashboard.ingest.tables import Record
from dashboard.ingest.wording import Flaw

SMALLEST_M2 = 100.0
"""Land for a piece; less is no place to put anything."""
_HALVINGS = 40


@dataclass(slots=True, kw_only=True)
class _Name:
    """One name of the list, with what is below it."""

    code: str
    name: str
    name_en: str | None
    level: Level
    number: int
    below: dict[str, _Name] = field(default_factory=dict)

    @property
    def weight(self) -> int:
        """How much land it gets, beside its neighbours."""
        return sum(child.weight for child in self.below.values()) or 1


class NameTree:
    """One list of names on its way onto the map. Needs the outline of the district, which is stored."""

    def __init__(
        self, mapping: Mapping, stored: MappingOf[str, Draft], root: str | None, findings: Findings
    ) -> None:
        if root is None:
            raise ImportRefused(
                "名录没有图形，需要先导入区界（import regions），再在其中划分示意网格。",
                "A list of names has no shapes: import the district's outline first (import regions); "
                "the names are then drawn inside it.",
            )
        self._mapping, self._stored, self._findings = mapping, stored, findings
        self._root = stored[root]
        self._top: dict[str, _Name] = {}
        self._seen: dict[str, tuple[int, str]] = {}

    def add(self, record: Record) -> None:
        """Takes in the path of one row, or rejects it."""
        reader = RowReader(record, _rules(self._mapping.tree), self._findings)
        path = [self._name(reader, branch) for branch in self._mapping.tree]
        names = [name for name in path if name is not None]
        if len(names) == len(path):
            self._check_path(reader, names)
        if not reader.sound():
            return
        place = self._top
        above = self._root.code
        for name in names:
            self._seen.setdefault(name.code, (record.number, above))
            above = name.code
            place = place.setdefault(name.code, name).below

    def drafts(self) -> Iterator[Draft]:
        """The pieces, from the top down. A name for which no land is left is rejected with what is below it."""
        yield from self._pieces(self._root, list(self._top.values()))

    def _name(self, reader: RowReader, branch: Branch) -> _Name | None:
        code = reader.code(f"{branch.level}.code", required=True)
        name = reader.text(f"{branch.level}.name", required=True)
        english = reader.text(f"{branch.level}.name_en")
        if code is None or name is None:
            return None
        return _Name(
            code=code, name=name, name_en=english, level=Level(branch.level), number=reader.record.number
        )

    def _check_path(self, reader: RowReader, names: Sequence[_Name]) -> None:
        """The last name stands in one row only, and every name under one parent only."""
        above = self._root.code
        for place, name in enumerate(names):
            first, parent = self._seen.get(name.code, (0, above))
            if first and (place == len(names) - 1 or parent != above):
                label = reader.label(f"{name.level}.code")
                reader.reject(label, name.code, Flaw.DUPLICATE_CODE, first=first)
            above = name.code

    def _pieces(self, above: Draft, names: Sequence[_Name]) -> Iterator[Draft]:
        held = [self._stored[name.code] for name in names if name.code in self._stored]
        fresh = [name for name in names if name.code not in self._stored]
        land = above.geometry
        if held and fresh:
            land = shapely.difference(land, shapely.union_all([draft.geometry for draft in held]))
        pieces = _cut(land, [name.weight for name in fresh]) if fresh else []
        for name, piece in zip(fresh, pieces, strict=True):
            if shapes.area_m2(piece) < SMALLEST_M2:
                self._reject(name)
                continue
            yield from self._with_below(name, self._draft(name, above, piece))
        known = {draft.code: draft for draft in held}
        for name in names:
            if name.code in known:
                draft = known[name.code]
                said = name.name_en or draft.name_en
                yield from self._with_below(
                    name, replace(draft, number=name.number, name=name.name, name_en=said)
                )

    def _with_below(self, name: _Name, draft: Draft) -> Iterator[Draft]:
        yield draft
        if name.below:
            yield from self._pieces(draft, list(name.below.values()))

    def _draft(self, name: _Name, above: Draft, piece: BaseGeometry) -> Draft:
        return Draft(
            number=name.number,
            code=name.code,
            name=name.name,
            name_en=name.name_en,
            level=name.level,
            parent=above.code,
            geometry=piece,
            label=shapes.label_point(piece),
        )

    def _reject(self, name: _Name) -> None:
        for below in name.below.values():
            self._reject(below)
        if not name.below:
            finding = Finding(
                row=name.number, field="geometry", value=name.code, flaw=Flaw.NO_SHAPE, rejected=True
            )
            self._findings.reject([finding])


def _rules(tree: Sequence[Branch]) -> dict[str, Column]:
    rules = {}
    for branch in tree:
        rules[f"{branch.level}.code"], rules[f"{branch.level}.name"] = branch.code, branch.name
        if branch.name_en is not None:
            rules[f"{branch.level}.name_en"] = branch.name_en
    return rules


def _cut(land: BaseGeometry, weights: Sequence[int]) -> list[BaseGeometry]:
    """One piece for each weight, in order: the land is halved across its longer side, again and again."""
    if len(weights) == 1 or land.is_empty:
        return [shapely.normalize(shapes.areas_only(land)) if not land.is_empty else land] * len(weights)
    middle = _middle(weights)
    share = sum(weights[:middle]) / sum(weights)
    first, second = _halved(land, share)
    return [*_cut(first, weights[:middle]), *_cut(second, weights[middle:])]


def _middle(weights: Sequence[int]) -> int:
    """Where a list is best parted into two even halves."""
    total, run = sum(weights), 0
    sums = [run := run + weight for weight in weights]
    return min(range(1, len(weights)), key=lambda place: abs(total - 2 * sums[place - 1]))


def _halved(land: BaseGeometry, share: float) -> tuple[BaseGeometry, BaseGeometry]:
    """Two parts of a shape, the western or northern one with its share of the area."""
    west, south, east, north = land.bounds
    lon_step, lat_step = degrees_per_metre((south + north) / 2)
    across = (east - west) / lon_step > (north - south) / lat_step
    low, high = (west, east) if across else (-north, -south)
    wanted = land.area * share
    for _ in range(_HALVINGS):
        at = (low + high) / 2
        if _before(land, at, across=across).area < wanted:
            low = at
        else:
            high = at
    at = (low + high) / 2
    first = shapes.areas_only(_before(land, at, across=across))
    return first, shapes.areas_only(_behind(land, at, across=across))


def _before(land: BaseGeometry, at: float, *, across: bool) -> BaseGeometry:
    west, south, east, north = land.bounds
    box = (west - 1, south - 1, at, north + 1) if across else (west - 1, -at, east + 1, north + 1)
    return shapely.intersection(land, shapely.box(*box))


def _behind(land: BaseGeometry, at: float, *, across: bool) -> BaseGeometry:
    west, south, east, north = land.bounds
    box = (at, south - 1, east + 1, north + 1) if across else (west - 1, south - 1, east + 1, -at)
    return shapely.intersection(land, shapely.box(*box))
