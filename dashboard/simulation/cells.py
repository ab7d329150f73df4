"""Cutting an area into pieces without gaps or overlaps. Owns the plane geometry; knows no districts.

Works in plain kilometres. Pieces come from Voronoi cells around seeds that were spread by k-means, so that
pieces are small where there is much of what is spread.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry
from shapely.geometry import LineString, MultiPoint, MultiPolygon, Polygon

Points = NDArray[np.float64]

SNAP_KM = 0.003
ROUNDS = 6


def scatter(area: Polygon, count: int, rng: np.random.Generator, weight: Weight) -> Points:
    """`count` random points inside `area`, denser where `weight` (0 to 1) is larger."""
    left, bottom, right, top = area.bounds
    shapely.prepare(area)
    kept: list[Points] = []
    have = 0
    while have < count:
        tried = rng.uniform((left, bottom), (right, top), size=(count * 4, 2))
        tried = tried[rng.random(len(tried)) < weight(tried)]
        tried = tried[shapely.contains_xy(area, tried[:, 0], tried[:, 1])]
        kept.append(tried)
        have += len(tried)
    return np.concatenate(kept)[:count]


def cluster(points: Points, count: int, rng: np.random.Generator) -> Points:
    """Middles of `count` clusters of the points (k-means), each with at least one point."""
    seeds = points[rng.choice(len(points), size=count, replace=False)]
    for _ in range(ROUNDS):
        nearest = _nearest(points, seeds)
        sizes = np.bincount(nearest, minlength=count)
        sums = np.stack([np.bincount(nearest, points[:, axis], count) for axis in (0, 1)], axis=1)
        filled = sizes > 0
        seeds[filled] = sums[filled] / sizes[filled, None]
    return seeds


def split(area: Polygon, seeds: Points) -> list[Polygon]:
    """`area` cut into one connected piece a seed, in the order of the seeds."""
    if len(seeds) == 1:
        return [area]
    cells = shapely.voronoi_polygons(MultiPoint(seeds), extend_to=area, ordered=True)
    return connect([cell.intersection(area) for cell in cells.geoms])


def power_split(area: Polygon, seeds: Points, shares: Points) -> list[Polygon]:
    """`area` cut into one connected piece a seed, with sizes near `shares` (a power diagram)."""
    weights = np.zeros(len(seeds))
    wanted = shares / shares.sum() * area.area
    pieces: list[Geometry] = []
    for _ in range(12):
        pieces = [cell.intersection(area) for cell in _power_cells(area, seeds, weights)]
        sizes = np.array([piece.area for piece in pieces])
        weights += 0.35 * (wanted - sizes)
    return connect(pieces)


def connect(pieces: list[Geometry]) -> list[Polygon]:
    """Each piece's largest part; the other parts go to the piece that they touch most."""
    whole: list[Polygon] = []
    loose: list[Polygon] = []
    for piece in pieces:
        parts = sorted(_polygons(piece), key=lambda part: part.area, reverse=True)
        whole.append(parts[0])
        loose.extend(part for part in parts[1:] if part.area > 0)
    for part in loose:
        shared = [part.intersection(other).length for other in whole]
        best = int(np.argmax(shared))
        joined = _polygons(shapely.union(whole[best], part, grid_size=SNAP_KM))
        whole[best] = max(joined, key=lambda polygon: polygon.area)
    return whole


def faces(pieces: list[Polygon], step_km: float) -> tuple[list[Polygon], NDArray[np.intp]]:
    """The pieces as faces that share every vertex, borders divided at `step_km`, and each face's piece."""
    lines = shapely.union_all([piece.boundary for piece in pieces], grid_size=SNAP_KM)
    divided = shapely.segmentize(shapely.get_parts(lines), step_km)
    found = [face for face in shapely.get_parts(shapely.polygonize(divided)) if face.area > 0]
    tree = shapely.STRtree(pieces)
    middles = shapely.point_on_surface(np.array(found, dtype=object))
    return found, np.asarray(tree.nearest(middles), dtype=np.intp)


def dissolve(parts: list[Polygon]) -> Polygon | MultiPolygon:
    """Faces that share vertices as one area."""
    return parts[0] if len(parts) == 1 else shapely.coverage_union_all(parts)


class Weight:
    """How built-up a place is, from `floor` far from every centre to 1.

    Bells around (x, y, spread, weight).
    """

    def __init__(self, centres: NDArray[np.float64], floor: float = 0.0) -> None:
        self._centres = centres
        self._floor = floor

    def __call__(self, points: Points) -> NDArray[np.float64]:
        total = np.ones(len(points))
        for x, y, spread, weight in self._centres:
            apart = (points[:, 0] - x) ** 2 + (points[:, 1] - y) ** 2
            total += weight * np.exp(-apart / (2 * spread**2))
        most = 1.0 + (self._centres[:, 3].max() if len(self._centres) else 0.0)
        return np.clip(total / most, self._floor, 1.0)


def _nearest(points: Points, seeds: Points) -> NDArray[np.intp]:
    apart = (points**2).sum(1)[:, None] - 2 * points @ seeds.T + (seeds**2).sum(1)[None, :]
    return np.asarray(apart.argmin(1), dtype=np.intp)


def _power_cells(area: Polygon, seeds: Points, weights: Points) -> list[Polygon]:
    left, bottom, right, top = area.bounds
    reach = 4 * max(right - left, top - bottom)
    cells = []
    for one, seed in enumerate(seeds):
        cell = shapely.box(left - 1, bottom - 1, right + 1, top + 1)
        for other, neighbour in enumerate(seeds):
            if other == one:
                continue
            away = neighbour - seed
            length = float(np.hypot(*away))
            away = away / length
            border = (length**2 + weights[one] - weights[other]) / (2 * length)
            cell = cell.intersection(_half_plane(seed + border * away, away, reach))
        cells.append(cell)
    return cells


def _half_plane(origin: Points, away: Points, reach: float) -> Polygon:
    along = np.array([-away[1], away[0]]) * reach
    back = -away * 2 * reach
    return Polygon([origin - along, origin + along, origin + along + back, origin - along + back])


def _polygons(piece: Geometry) -> list[Polygon]:
    if isinstance(piece, Polygon):
        return [piece]
    if isinstance(piece, LineString) or not hasattr(piece, "geoms"):
        return []
    return [part for child in piece.geoms for part in _polygons(child)]
