"""A map at one moment as an index: which region holds a point. Pure geometry; where the regions come from is
for others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import NDArray

from dashboard.domain.geo import Degrees
from dashboard.domain.model import Level

DEPTH = {level: depth for depth, level in enumerate(Level)}
"""How far below the district a level is."""


class Drawn(StrEnum):
    """On which map rows are counted: that of their own time, or today's."""

    THEN = "then"
    NOW = "now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A region as an atlas needs it. `geom`: WKB in degrees of WGS-84."""

    id: int
    code: str
    level: Level
    geom: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    tree: shapely.STRtree
    ids: NDArray[np.int64]


class Atlas:
    """A point belongs to the deepest region that holds it; on a shared border, to the one whose code comes
    first; beyond every region below it, to the district."""

    def __init__(self, plots: Iterable[Plot]) -> None:
        ordered = sorted(plots, key=lambda plot: plot.code)
        self._layers = [
            layer
            for level in reversed(list(Level)[1:])
            if (layer := _layer([plot for plot in ordered if plot.level is level])) is not None
        ]

    def locate(self, lons: Degrees, lats: Degrees) -> NDArray[np.int64]:
        """Ids of the regions that hold the points; 0 where only the district can."""
        points = shapely.points(lons, lats)
        found = np.zeros(len(points), dtype=np.int64)
        for layer in self._layers:
            rest = np.flatnonzero(found == 0)
            if not len(rest):
                break
            hits = layer.tree.query(points[rest], predicate="intersects")
            order = np.lexsort((hits[1], hits[0]))
            which, first = np.unique(hits[0][order], return_index=True)
            found[rest[which]] = layer.ids[hits[1][order][first]]
        return found


def _layer(plots: list[Plot]) -> _Layer | None:
    if not plots:
        return None
    shapes = shapely.from_wkb([plot.geom for plot in plots])
    shapely.prepare(shapes)
    return _Layer(tree=shapely.STRtree(shapes), ids=np.array([plot.id for plot in plots], dtype=np.int64))
