"""The land of a simulated district: streets, communities and grids inside its outline.

Owns the synthetic borders. They nest exactly and share every vertex; they follow nothing real but the outline
and, roughly, where the streets lie. The same profile and seed always give the same land.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry
from shapely.geometry import Polygon

from dashboard.domain.model import Kind, Level
from dashboard.simulation import cells
from dashboard.simulation.profiles import Profile, Street

KM_PER_DEGREE = 111.195
SAMPLES_PER_GRID = 40
STEP_KM = 0.18
WAVES = 10
DIGITS = 6
CALMER = (1.0, 0.5, 0.25, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A region with its land.

    `parent` is a code, None for the district; (`lon`, `lat`) a point well inside.
    """

    code: str
    parent: str | None
    level: Level
    kind: Kind
    name: str
    name_en: str
    geometry: Geometry
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """Flat kilometres around a place, and back to degrees."""

    lon: float
    lat: float

    @property
    def scale(self) -> NDArray[np.float64]:
        """Kilometres in a degree of longitude and of latitude."""
        return np.array([KM_PER_DEGREE * np.cos(np.radians(self.lat)), KM_PER_DEGREE])

    def to_km(self, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rows of (lon, lat) as rows of (x, y)."""
        return np.asarray((degrees - (self.lon, self.lat)) * self.scale)

    def to_degrees(self, km: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rows of (x, y) as rows of (lon, lat), rounded to 0.1 m so that shared vertices stay shared."""
        return np.asarray(np.round(km / self.scale + (self.lon, self.lat), DIGITS))


def build(profile: Profile, seed: int) -> tuple[Area, ...]:
    """All regions, parents before children. Raises nothing: a border too wild is calmed until it is valid."""
    rng = np.random.default_rng([seed, 1])
    ring = np.array(profile.outline)
    plane = Plane(lon=float(ring[:, 0].mean()), lat=float(ring[:, 1].mean()))
    outline = Polygon(plane.to_km(ring))
    weight = _weight(profile, plane)
    grids: list[Polygon] = []
    owners: list[tuple[int, int]] = []
    lands = _streets(profile, plane, outline)
    for place, (street, land) in enumerate(zip(profile.streets, lands, strict=True)):
        for number, some in enumerate(_communities(street, land, weight, rng)):
            grids.extend(some)
            owners.extend([(place, number)] * len(some))
    if not profile.micro_grids:
        return _areas(profile, owners, _natural(grids, outline, plane, rng), None, rng)
    parts, of_grid = _micro_grids(grids, profile.micro_grids, rng)
    bent = _natural(parts, outline, plane, rng)
    inside = [[bent[at] for at in np.flatnonzero(of_grid == grid)] for grid in range(len(grids))]
    return _areas(profile, owners, [cells.dissolve(_parts(some)) for some in inside], inside, rng)


def _micro_grids(
    grids: list[Polygon], total: int, rng: np.random.Generator
) -> tuple[list[Polygon], NDArray[np.intp]]:
    """All grids cut into `total` parts, larger grids into more, and each part's grid."""
    counts = _allot(total, np.sqrt([grid.area for grid in grids]))
    even = cells.Weight(np.empty((0, 4)))
    parts = []
    for grid, count in zip(grids, counts.tolist(), strict=True):
        points = cells.scatter(grid, SAMPLES_PER_GRID * count, rng, even)
        parts.extend(cells.split(grid, cells.cluster(points, count, rng)))
    return parts, np.repeat(np.arange(len(grids)), counts)


def _streets(profile: Profile, plane: Plane, outline: Polygon) -> list[Polygon]:
    seeds = plane.to_km(np.array([(street.lon, street.lat) for street in profile.streets]))
    shares = [street.area_km2 for street in profile.streets]
    if any(share is None for share in shares):
        return cells.split(outline, seeds)
    return cells.power_split(outline, seeds, np.array(shares, dtype=np.float64))


def _weight(profile: Profile, plane: Plane) -> cells.Weight:
    rows = [(centre.lon, centre.lat, centre.spread_km, centre.weight) for centre in profile.centres]
    centres = np.array(rows, dtype=np.float64).reshape(-1, 4)
    centres[:, :2] = plane.to_km(centres[:, :2])
    return cells.Weight(centres)


def _communities(
    street: Street, land: Polygon, weight: cells.Weight, rng: np.random.Generator
) -> list[list[Polygon]]:
    """Grids of each community of a street: pieces with about the same number of people."""
    points = cells.scatter(land, SAMPLES_PER_GRID * street.grids, rng, weight)
    towns = cells.split(land, cells.cluster(points, len(street.communities), rng))
    inside = [points[_within(town, points)] for town in towns]
    counts = _allot(street.grids, np.array([len(some) for some in inside], dtype=np.float64))
    result = []
    for town, count, some in zip(towns, counts, inside, strict=True):
        enough = some
        if len(some) < count * 4:
            enough = cells.scatter(town, int(count) * SAMPLES_PER_GRID, rng, cells.Weight(np.empty((0, 4))))
        result.append(cells.split(town, cells.cluster(enough, int(count), rng)))
    return result


def _within(area: Polygon, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    shapely.prepare(area)
    return np.asarray(shapely.contains_xy(area, points[:, 0], points[:, 1]), dtype=np.bool_)


def _allot(total: int, shares: NDArray[np.float64]) -> NDArray[np.intp]:
    """`total` divided by shares, at least one each (largest remainder)."""
    counts = np.ones(len(shares), dtype=np.intp)
    ideal = shares / shares.sum() * total
    for _ in range(total - len(shares)):
        counts[np.argmax(ideal - counts)] += 1
    return counts


def _natural(
    pieces: list[Polygon], outline: Polygon, plane: Plane, rng: np.random.Generator
) -> list[Geometry]:
    """The pieces in degrees, with borders that wander a little and share every vertex."""
    found, owner = cells.faces(pieces, STEP_KM)
    waves = _Waves(rng, outline.boundary)
    order = np.argsort(owner, kind="stable")
    starts = np.searchsorted(owner[order], np.arange(len(pieces)))
    for strength in CALMER:

        def bend(vertices: NDArray[np.float64], strength: float = strength) -> NDArray[np.float64]:
            return plane.to_degrees(vertices + strength * waves(vertices))

        bent = np.array(shapely.transform(np.array(found, dtype=object), bend), dtype=object)
        if shapely.is_valid(bent).all() and shapely.coverage_is_valid(bent):
            break
    groups = np.split(bent[order], starts[1:])
    return [cells.dissolve(list(group)) for group in groups]


class _Waves:
    """A smooth random push, in km, that fades to nothing at the outline."""

    def __init__(self, rng: np.random.Generator, border: Geometry) -> None:
        lengths_km = np.geomspace(0.7, 4.0, WAVES)
        turns = rng.uniform(0, 2 * np.pi, WAVES)
        self._waves = 2 * np.pi / lengths_km * np.stack([np.cos(turns), np.sin(turns)])
        self._phases = rng.uniform(0, 2 * np.pi, (2, WAVES))
        self._sizes = 0.032 * lengths_km
        self._border = border
        shapely.prepare(border)

    def __call__(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        angles = points @ self._waves
        push = np.stack([(np.sin(angles + phase) * self._sizes).sum(1) for phase in self._phases], axis=1)
        apart = shapely.distance(self._border, shapely.points(points))
        fade = np.clip(apart / 0.8, 0, 1)
        return np.asarray(push * (fade * fade * (3 - 2 * fade))[:, None])


def _areas(
    profile: Profile,
    owners: list[tuple[int, int]],
    grounds: list[Geometry],
    micro: list[list[Geometry]] | None,
    rng: np.random.Generator,
) -> tuple[Area, ...]:
    """All regions from the grids up; `micro` holds the parts of each grid, where there are any."""
    exclusive = _exclusive(profile, owners, rng)
    streets: list[Area] = []
    communities: list[Area] = []
    grids: list[Area] = []
    parts: list[Area] = []
    places: dict[tuple[int, int], list[int]] = {}
    for at, owner in enumerate(owners):
        places.setdefault(owner, []).append(at)
    for place, street in enumerate(profile.streets):
        own = []
        for number, community in enumerate(street.communities):
            members = places[place, number]
            for serial, at in enumerate(members, start=1):
                kind = Kind.EXCLUSIVE if at in exclusive else Kind.GENERAL
                code = f"{community.code}{serial:03d}"
                names = (f"{serial:02d} 网格", f"grid {serial:02d}")
                grids.append(_area(code, community.code, Level.GRID, names, grounds[at], kind=kind))
                parts.extend(_micro_areas(code, micro[at]) if micro else ())
            own.append(cells.dissolve(_parts([grounds[at] for at in members])))
            words = (community.name, community.name_en)
            communities.append(_area(community.code, street.code, Level.COMMUNITY, words, own[-1]))
        words = (street.name, street.name_en)
        streets.append(_area(street.code, profile.code, Level.STREET, words, cells.dissolve(_parts(own))))
    whole = cells.dissolve(_parts([street.geometry for street in streets]))
    district = _area(profile.code, None, Level.DISTRICT, (profile.name, profile.name_en), whole)
    return (district, *streets, *communities, *grids, *parts)


def _micro_areas(grid: str, shapes: list[Geometry]) -> list[Area]:
    return [
        _area(
            f"{grid}{serial:02d}",
            grid,
            Level.MICRO_GRID,
            (f"{serial:02d} 微网格", f"micro-grid {serial:02d}"),
            shape,
        )
        for serial, shape in enumerate(shapes, start=1)
    ]


def _parts(shapes: list[Geometry]) -> list[Polygon]:
    return [part for shape in shapes for part in shapely.get_parts(shape)]


def _area(
    code: str,
    parent: str | None,
    level: Level,
    names: tuple[str, str],
    land: Geometry,
    *,
    kind: Kind = Kind.GENERAL,
) -> Area:
    largest = max(shapely.get_parts(land), key=lambda part: float(part.area))
    label = shapely.maximum_inscribed_circle(largest, tolerance=0.0005).coords[0]
    return Area(
        code=code,
        parent=parent,
        level=level,
        kind=kind,
        name=names[0],
        name_en=names[1],
        geometry=land,
        lon=round(label[0], DIGITS),
        lat=round(label[1], DIGITS),
    )


def _exclusive(profile: Profile, owners: list[tuple[int, int]], rng: np.random.Generator) -> set[int]:
    """Places of the exclusive grids: campuses, parks and the like, spread over each street."""
    chosen: set[int] = set()
    for place, street in enumerate(profile.streets):
        own = [at for at, owner in enumerate(owners) if owner[0] == place]
        chosen.update(int(at) for at in rng.choice(own, size=street.exclusive, replace=False))
    return chosen
