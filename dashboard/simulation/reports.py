"""What is reported: where, in which category, in which words, and who will look after it.

Owns the choice, not the time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.domain.model import Source
from dashboard.simulation.people import Indices
from dashboard.simulation.rhythm import Seconds
from dashboard.simulation.world import METRES_PER_DEGREE, World

SOURCES = tuple(Source)
FIELD_HANDLED = 0.2
UNPLACED = 0.03
SPREAD_M = 8.0
ROADS = (
    "建设路",
    "人民路",
    "和平街",
    "新华路",
    "学院路",
    "滨河路",
    "中心街",
    "工业大道",
    "文化路",
    "东大街",
    "西大街",
    "安居路",
)
DEPARTMENT_CHANCES = (0.65, 0.25, 0.10)
PLACES = ("附近", "路口", "门前", "小区", "沿线")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """n reports in order of time.

    `source`, `grid`, `leaf`, `worker` are places in SOURCES and the world's arrays.

    `worker` is who handles it in the field, -1 for nobody; (lon, lat) NaN where the caller named no place,
    and `region` is then the community.
    """

    source: Indices
    grid: Indices
    leaf: Indices
    region: NDArray[np.int64]
    lon: Seconds
    lat: Seconds
    worker: Indices
    text: list[str]
    address: list[str]
    reporter: list[str]
    department: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.source)


def draw(world: World, source: Indices, rng: np.random.Generator) -> Reports:
    """One report for each source given."""
    count = len(source)
    grid = rng.choice(len(world.grid_ids), size=count, p=world.chances)
    leaf = np.empty(count, dtype=np.intp)
    for place, kind in enumerate(SOURCES):
        own = source == place
        leaf[own] = rng.choice(len(world.leaves), size=int(own.sum()), p=world.leaf_chances[kind])
    spots = world.points[grid, rng.integers(world.points.shape[1], size=count)]
    spots = spots + rng.normal(0, SPREAD_M / METRES_PER_DEGREE, (count, 2))
    unplaced = (source == SOURCES.index(Source.HOTLINE)) & (rng.random(count) < UNPLACED)
    nearest = _worker_of(world, grid, rng)
    handled = (nearest >= 0) & (rng.random(count) < FIELD_HANDLED) & ~unplaced
    return Reports(
        source=source,
        grid=grid,
        leaf=leaf,
        region=np.where(unplaced, world.grid_parents[grid], world.grid_ids[grid]),
        lon=np.where(unplaced, np.nan, np.round(spots[:, 0], 6)),
        lat=np.where(unplaced, np.nan, np.round(spots[:, 1], 6)),
        worker=np.where(handled, nearest, -1),
        text=_texts(world, leaf, rng),
        address=_addresses(world, grid, rng),
        reporter=_reporters(world, source, nearest, rng),
        department=_departments(world, leaf, rng),
    )


def _worker_of(world: World, grid: Indices, rng: np.random.Generator) -> Indices:
    """A worker of each grid, -1 where it has none.

    The world's workers lie in the order of their grids or not at all.
    """
    order = np.argsort(world.worker_grids, kind="stable")
    first = np.searchsorted(world.worker_grids[order], np.arange(len(world.grid_ids) + 1))
    sizes = (first[1:] - first[:-1])[grid]
    chosen = first[:-1][grid] + (rng.random(len(grid)) * sizes).astype(np.intp)
    return np.where(sizes > 0, order[np.minimum(chosen, len(order) - 1)], -1)


def _texts(world: World, leaf: Indices, rng: np.random.Generator) -> list[str]:
    picks = rng.random(len(leaf)).tolist()
    texts = []
    for place, pick in zip(leaf.tolist(), picks, strict=True):
        kind = world.leaves[place]
        texts.append(kind.name + kind.details[int(pick * len(kind.details))])
    return texts


def _addresses(world: World, grid: Indices, rng: np.random.Generator) -> list[str]:
    roads = rng.integers(len(ROADS), size=len(grid)).tolist()
    numbers = rng.integers(1, 320, size=len(grid)).tolist()
    places = rng.integers(len(PLACES), size=len(grid)).tolist()
    return [
        f"{world.grid_names[at]}{ROADS[road]}{number}号{PLACES[place]}"
        for at, road, number, place in zip(grid.tolist(), roads, numbers, places, strict=True)
    ]


def _reporters(world: World, source: Indices, nearest: Indices, rng: np.random.Generator) -> list[str]:
    devices = rng.integers(1000, 9999, size=len(source)).tolist()
    names = []
    for place, worker, device in zip(source.tolist(), nearest.tolist(), devices, strict=True):
        kind = SOURCES[place]
        if kind is Source.GRID_WORKER:
            names.append(world.worker_codes[worker] if worker >= 0 else "网格员")
        elif kind is Source.SENSOR:
            names.append(f"IOT-{device}")
        else:
            names.append({Source.HOTLINE: "12345", Source.CITIZEN_APP: "群众"}.get(kind, "部门"))
    return names


def _departments(world: World, leaf: Indices, rng: np.random.Generator) -> NDArray[np.int64]:
    table = np.array([kind.departments[:3] for kind in world.leaves])
    return np.asarray(table[leaf, rng.choice(3, size=len(leaf), p=DEPARTMENT_CHANCES)])
