"""Which regions' earlier events may lie elsewhere on today's map. Pure; versions come in, ids go out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import shapely


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a region; `since` or `until` None: without beginning, without end. `geom`: WKB."""

    region_id: int
    since: datetime | None
    until: datetime | None
    geom: bytes


def redrawn(versions: Sequence[Version], now: datetime) -> set[int]:
    """Ids of the regions some version of which shares land with one that began or ended by `now`.

    The first map of all is no change of a map, and neither is a version that only says again what the one
    before it said.
    """
    begun = [version for version in versions if version.since is None or version.since <= now]
    if not begun:
        return set()
    turned = _turned(begun, now)
    if not turned:
        return set()
    changed = shapely.from_wkb(list(turned))
    shapes = shapely.from_wkb([version.geom for version in begun])
    shapely.prepare(changed)
    which, by = shapely.STRtree(changed).query(shapes, predicate="intersects")
    sharing = ~shapely.touches(changed[by], shapes[which])
    return {begun[place].region_id for place in np.unique(which[sharing]).tolist()}


def _turned(begun: Sequence[Version], now: datetime) -> dict[bytes, None]:
    """Shapes that came or went."""
    first = min((version.since for version in begun if version.since is not None), default=None)
    if any(version.since is None for version in begun):
        first = None
    by_region: defaultdict[int, list[Version]] = defaultdict(list)
    for version in begun:
        by_region[version.region_id].append(version)
    found: dict[bytes, None] = {}
    for versions in by_region.values():
        begins = {(version.since, version.geom) for version in versions}
        ends = {(version.until, version.geom) for version in versions}
        for version in versions:
            came = version.since is not None and version.since != first
            if came and (version.since, version.geom) not in ends:
                found[version.geom] = None
            went = version.until is not None and version.until <= now
            if went and (version.until, version.geom) not in begins:
                found[version.geom] = None
    return found
