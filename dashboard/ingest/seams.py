"""Where the regions of a map do not meet: overlaps of neighbours, and land of a parent that none of its
children holds. Owns finding and measuring both; writes nothing.

Two people who draw one border draw it a little apart. What is narrower than `WIDTH_M`, or smaller than a
house's plot, is drawing, not land.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

import shapely
from shapely.geometry.base import BaseGeometry

from dashboard.domain.atlas import DEPTH
from dashboard.domain.geo import degrees_per_metre
from dashboard.ingest.nesting import Draft, named
from dashboard.ingest.report import Finding
from dashboard.ingest.shapes import SLIVER_M2, area_m2, areas_only, parts_of
from dashboard.ingest.wording import LEVEL_WORDS, Flaw

WIDTH_M = 4.0
"""A strip that is nowhere wider than this is a border drawn twice."""
_NEIGHBOURS = 3


def overlaps(landing: Mapping[str, Draft], known: Mapping[str, Draft], field: str) -> Iterator[Finding]:
    """Neighbours of one level that share land, where at least one of them is landing: each pair once, at the
    later row."""
    for level in DEPTH:
        drafts = sorted(
            (draft for draft in known.values() if draft.level == level),
            key=lambda draft: (draft.code in landing, draft.number, draft.code),
        )
        if not any(draft.code in landing for draft in drafts):
            continue
        geometries = [draft.geometry for draft in drafts]
        pairs = shapely.STRtree(geometries).query(geometries, predicate="intersects")
        for one, other in sorted((int(i), int(j)) for i, j in zip(*pairs, strict=True) if i < j):
            if drafts[other].code not in landing or shapely.touches(geometries[one], geometries[other]):
                continue
            shared = areas_only(shapely.intersection(geometries[one], geometries[other]))
            if is_land(shared):
                details = {"other": named(drafts[one]), "area_m2": f"{area_m2(shared):,.0f}"}
                yield _note(drafts[other].number, field, drafts[other].code, Flaw.OVERLAP, details)


def gaps(landing: Mapping[str, Draft], known: Mapping[str, Draft], field: str) -> Iterator[Finding]:
    """Land of a parent that no child holds, where the parent or a child is landing: each piece once, the
    largest first."""
    children: defaultdict[str, list[Draft]] = defaultdict(list)
    for draft in known.values():
        if draft.parent is not None:
            children[draft.parent].append(draft)
    for code in sorted(children):
        below, parent = children[code], known.get(code)
        if parent is None or not (code in landing or any(child.code in landing for child in below)):
            continue
        bare = shapely.difference(parent.geometry, shapely.union_all([child.geometry for child in below]))
        pieces = [piece for piece in parts_of(bare) if is_land(piece)]
        for piece in sorted(pieces, key=lambda piece: -piece.area):
            yield _gap(piece, parent, below, field)


def is_land(shape: BaseGeometry) -> bool:
    """Whether an area is more than two drawings of one border."""
    if shape.is_empty or area_m2(shape) < SLIVER_M2:
        return False
    lon_step, lat_step = degrees_per_metre((shape.bounds[1] + shape.bounds[3]) / 2)
    in_metres = shapely.transform(shape, lambda xy: xy / (lon_step, lat_step))
    return not shapely.buffer(in_metres, -WIDTH_M / 2).is_empty


def _gap(piece: BaseGeometry, parent: Draft, below: list[Draft], field: str) -> Finding:
    beside = sorted(
        (child for child in below if shapely.intersects(child.geometry, piece)),
        key=lambda child: (child.number == 0, child.number, child.code),
    )
    rows = [draft.number for draft in (*beside, *below, parent) if draft.number]
    point = shapely.point_on_surface(piece)
    names = [named(draft) for draft in beside[:_NEIGHBOURS] or [parent]]
    levels = Counter(child.level for child in below)
    details: dict[str, object] = {
        "parent": named(parent),
        "area_m2": f"{area_m2(piece):,.0f}",
        "level": LEVEL_WORDS[levels.most_common(1)[0][0]],
        "where": f"{point.x:.5f}, {point.y:.5f}",
        "neighbours": ("、".join(zh for zh, _ in names), ", ".join(en for _, en in names)),
    }
    return _note(rows[0] if rows else 0, field, parent.code, Flaw.GAP, details)


def _note(row: int, field: str, value: str, flaw: Flaw, details: Mapping[str, object]) -> Finding:
    return Finding(row=row, field=field, value=value, flaw=flaw, rejected=False, details=details)
