"""The district as the simulation walks through it: grids with points inside, people, leaves of the taxonomy.

Owns arrays made once from the database; leaves time and chance to its users.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from numpy.typing import NDArray

from dashboard.domain.calendars import calendar_named
from dashboard.domain.model import Source
from dashboard.domain.worktime import Calendar, WorkSchedule
from dashboard.errors import DashboardError
from dashboard.simulation import taxonomy
from dashboard.simulation.people import Indices
from dashboard.simulation.profiles import Profile
from dashboard.simulation.rhythm import Seconds
from data_access.queries.scene import CategoryRow, GridRow, WorkerRow

POINTS_PER_GRID = 96
ZONE = ZoneInfo("Asia/Shanghai")
METRES_PER_DEGREE = 111_195.0


class ForeignDistrict(DashboardError):
    """The database holds another district than {name}. Start with an empty one, or with --reset."""

    zh = "数据库中的辖区不是 {name}。请使用空数据库，或加 --reset 启动。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A category of the third level, as reports use it."""

    id: int
    top_id: int
    name: str
    details: tuple[str, ...]
    departments: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Places count from 0 in the order of ids.

    `points` (grids, POINTS_PER_GRID, 2) are lon, lat inside each grid.
    """

    zone: ZoneInfo
    calendar: Calendar
    schedule: WorkSchedule
    grid_ids: NDArray[np.int64]
    grid_names: tuple[str, ...]
    grid_streets: tuple[str, ...]
    grid_parents: NDArray[np.int64]
    grid_shapes: NDArray[np.object_]
    points: NDArray[np.float64]
    chances: Seconds
    late: Seconds
    leaves: tuple[Leaf, ...]
    hours: Seconds
    working: NDArray[np.bool_]
    severity: NDArray[np.int64]
    leaf_chances: dict[Source, Seconds]
    worker_ids: NDArray[np.int64]
    worker_codes: tuple[str, ...]
    worker_grids: Indices

    def worker_places(self) -> dict[int, int]:
        """Places of workers by their ids."""
        return dict(zip(self.worker_ids.tolist(), range(len(self.worker_ids)), strict=True))


def assemble(
    profile: Profile,
    *,
    grids: Sequence[GridRow],
    workers: Sequence[WorkerRow],
    categories: Sequence[CategoryRow],
    departments: dict[str, int],
    seed: int,
) -> World:
    """The world of a profile from a database's rows. ForeignDistrict where they are of another district."""
    streets = {street.code: street for street in profile.streets}
    known = {row.code: row for row in categories}
    leaves = tuple(taxonomy.load().entries())
    if any(row.street_code not in streets for row in grids) or any(
        leaf.code not in known for _, leaf in leaves
    ):
        raise ForeignDistrict(name=profile.name)
    if not grids or not workers:
        raise ForeignDistrict(name=profile.name)
    rng = np.random.default_rng([seed, 4])
    calendar = calendar_named("china", {})
    shapes = np.array(shapely.from_wkb([row.geom for row in grids]), dtype=object)
    shapely.prepare(shapes)
    place = {row.id: at for at, row in enumerate(grids)}
    return World(
        zone=ZONE,
        calendar=calendar,
        schedule=WorkSchedule(zone=ZONE, calendar=calendar),
        grid_ids=np.array([row.id for row in grids]),
        grid_names=tuple(f"{row.parent_name}{row.name.replace(' ', '')}" for row in grids),
        grid_streets=tuple(row.street_code for row in grids),
        grid_parents=np.array([row.parent_id for row in grids]),
        grid_shapes=shapes,
        points=_points(shapes, rng),
        chances=_chances(
            [streets[row.street_code].load for row in grids], [row.street_code for row in grids], rng
        ),
        late=np.array([streets[row.street_code].late for row in grids]),
        leaves=tuple(
            Leaf(
                id=known[leaf.code].id,
                top_id=known[leaf.code].top_id,
                name=leaf.name,
                details=top.details,
                departments=tuple(departments[code] for code in top.departments),
            )
            for top, leaf in leaves
        ),
        hours=np.array([leaf.limit_hours for _, leaf in leaves]),
        working=np.array([leaf.working for _, leaf in leaves]),
        severity=np.array([leaf.severity for _, leaf in leaves]),
        leaf_chances=_leaf_chances(leaves, rng),
        worker_ids=np.array([row.id for row in workers]),
        worker_codes=tuple(row.code for row in workers),
        worker_grids=np.array([place[row.region_id] for row in workers], dtype=np.intp),
    )


def grid_loads(loads: Sequence[float], streets: Sequence[str], rng: np.random.Generator) -> Seconds:
    """How much happens in each grid: its street's load over the street's grids, unevenly."""
    raw = np.exp(rng.normal(0, 0.75, len(loads)))
    codes = np.array(streets)
    result = np.empty(len(loads))
    for code in dict.fromkeys(streets):
        own = codes == code
        result[own] = raw[own] / raw[own].sum() * np.array(loads)[own][0]
    return result


def _chances(loads: list[float], streets: list[str], rng: np.random.Generator) -> Seconds:
    result = grid_loads(loads, streets, rng)
    return np.asarray(result / result.sum())


def _leaf_chances(
    leaves: tuple[tuple[taxonomy.Top, taxonomy.Entry], ...], rng: np.random.Generator
) -> dict[Source, Seconds]:
    """How likely each leaf is, by source: devices report only what devices can see."""
    counts: dict[str, int] = {}
    for top, _ in leaves:
        counts[top.code] = counts.get(top.code, 0) + 1
    base = np.array([top.share / counts[top.code] for top, _ in leaves]) * rng.uniform(0.6, 1.4, len(leaves))
    sensed = np.array([leaf.sensor for _, leaf in leaves])
    major = np.array([leaf.severity == 3 for _, leaf in leaves])
    base = np.where(major, base * 0.3, base)
    chances = {source: base / base.sum() for source in Source}
    chances[Source.SENSOR] = base * sensed / (base * sensed).sum()
    return chances


def _points(shapes: NDArray[np.object_], rng: np.random.Generator) -> NDArray[np.float64]:
    """Random points inside each shape, at least 8 % of its width away from the border where there are any."""
    result = np.empty((len(shapes), POINTS_PER_GRID, 2))
    for at, shape in enumerate(shapes):
        left, bottom, right, top = shape.bounds
        inner = shape.buffer(-0.04 * min(right - left, top - bottom))
        area = inner if not inner.is_empty else shape
        shapely.prepare(area)
        kept = np.empty((0, 2))
        while len(kept) < POINTS_PER_GRID:
            tried = rng.uniform((left, bottom), (right, top), size=(POINTS_PER_GRID * 3, 2))
            kept = np.concatenate([kept, tried[shapely.contains_xy(area, tried[:, 0], tried[:, 1])]])
        result[at] = kept[:POINTS_PER_GRID]
    return result
