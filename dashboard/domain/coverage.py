"""Patrol coverage: the cells of a grid, and which of them a track has visited.

A grid's cells are the squares of 50 m whose centre lies inside it (a sliver without any centre inside is
one cell). Which of them can be walked is not known, so all count.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from dashboard.domain.geo import degrees_per_metre

CELL_M = 50.0

Degrees = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Truth = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Cells of one grid: an origin, the step of a cell in degrees, columns, and the places that count."""

    west: float
    south: float
    lon_step: float
    lat_step: float
    columns: int
    places: Places

    @property
    def count(self) -> int:
        """How many cells the grid has."""
        return int(self.places.size)

    def walked(self, lon: Degrees, lat: Degrees) -> Truth:
        """Which of the cells hold at least one of the fixes, in the order of `places`."""
        return np.isin(self.places, self.at(lon, lat))

    def own(self, lon: Degrees, lat: Degrees) -> Places:
        """Places of the cells that hold fixes, one a fix that lies in a cell that counts."""
        found = self.at(lon, lat)
        return found[np.isin(found, self.places)]

    def at(self, lon: Degrees, lat: Degrees) -> Places:
        """The place of each fix, -1 beside the grid; it need not be one that counts."""
        column = np.floor((lon - self.west) / self.lon_step).astype(np.int64)
        row = np.floor((lat - self.south) / self.lat_step).astype(np.int64)
        inside = (column >= 0) & (column < self.columns) & (row >= 0)
        return np.where(inside, row * self.columns + column, -1)

    def visits(self, lon: Degrees, lat: Degrees) -> tuple[Places, Places]:
        """Places of the cells visited, ascending, and how often a track in time came into each."""
        found = self.at(lon, lat)
        came = np.ones(found.size, dtype=bool)
        came[1:] = found[1:] != found[:-1]
        places, times = np.unique(found[came], return_counts=True)
        own = np.isin(places, self.places)
        return places[own], times[own]

    def corners(self, places: Places) -> tuple[Degrees, Degrees]:
        """West and south of cells, degrees."""
        column, row = places % self.columns, places // self.columns
        west, south = self.west + column * self.lon_step, self.south + row * self.lat_step
        return west.astype(np.float64), south.astype(np.float64)


@lru_cache(maxsize=8192)
def cells_of_wkb(geometry: bytes) -> Cells:
    """The cells of a polygon as the database keeps it: the grids of a district are asked for again and again."""
    return cells_of(shapely.from_wkb(geometry))


def cells_of(shape: BaseGeometry, size_m: float = CELL_M) -> Cells:
    """The cells of a polygon in degrees, WGS-84."""
    west, south, east, north = shape.bounds
    lon_metre, lat_metre = degrees_per_metre((south + north) / 2)
    lon_step, lat_step = lon_metre * size_m, lat_metre * size_m
    columns = max(1, int(np.ceil((east - west) / lon_step)))
    rows = max(1, int(np.ceil((north - south) / lat_step)))
    column, row = np.meshgrid(np.arange(columns), np.arange(rows))
    lon, lat = west + (column.ravel() + 0.5) * lon_step, south + (row.ravel() + 0.5) * lat_step
    places = np.flatnonzero(shapely.contains_xy(shape, lon, lat)).astype(np.int64)
    if not places.size:
        point = shapely.point_on_surface(shape)
        at_column = min(int((point.x - west) / lon_step), columns - 1)
        at_row = min(int((point.y - south) / lat_step), rows - 1)
        places = np.array([at_row * columns + at_column], dtype=np.int64)
    return Cells(west=west, south=south, lon_step=lon_step, lat_step=lat_step, columns=columns, places=places)
