"""Where patrols do not come and events do: cells poorly covered over a month, weighed by the events in them.

The weight of a cell is its share of the grid's events, smoothed over its neighbours (an event lies on one side of a
street, the worker walks on the other), times how far its visits fall short of the patrols that might have passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from dashboard.domain.coverage import Cells, Degrees, Places, Truth

POORLY: Final = 0.2
"""A cell visited in a smaller share of the patrols is poorly covered."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Heat:
    """A grid over a month, one element a cell of `cells.places`: in how many of the `patrols` (days of workers) it was
    visited, and how many events lie in it."""

    cells: Cells
    patrols: int
    days: Places
    events: Places

    @property
    def share(self) -> Degrees:
        """Share of the patrols that came by; 0 where there was none."""
        return self.days / max(self.patrols, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindSpot:
    """A cell: its place, the share of patrols that came by, events in it, and its weight (0 to 1)."""

    place: int
    share: float
    events: int
    weight: float


def heat_of(cells: Cells, walks: Truth, lon: Degrees, lat: Degrees) -> Heat:
    """The heat of a grid from the cells that each patrol walked, one row a patrol, and the points of events."""
    found, counts = np.unique(cells.own(lon, lat), return_counts=True)
    events = np.zeros(cells.count, dtype=np.int64)
    events[np.searchsorted(cells.places, found)] = counts
    days = walks.sum(axis=0, dtype=np.int64)
    return Heat(cells=cells, patrols=len(walks), days=days, events=events)


def blind_spots(heat: Heat, most: int) -> list[BlindSpot]:
    """Poorly covered cells in which or beside which events lie, the heaviest first."""
    near = _smoothed(heat)
    total = float(near.sum())
    if not total:
        return []
    weight = near / total * (1.0 - heat.share)
    rows = np.flatnonzero((heat.share < POORLY) & (near > 0))
    rows = rows[np.lexsort((heat.cells.places[rows], -weight[rows]))][:most]
    return [
        BlindSpot(
            place=int(heat.cells.places[row]),
            share=float(heat.share[row]),
            events=int(heat.events[row]),
            weight=float(weight[row]),
        )
        for row in rows.tolist()
    ]


def _smoothed(heat: Heat) -> Degrees:
    """Events of each cell and half of those in the eight around it."""
    cells = heat.cells
    rows = int(cells.places.max(initial=0)) // cells.columns + 1
    field = np.zeros((rows + 2, cells.columns + 2))
    field[1 + cells.places // cells.columns, 1 + cells.places % cells.columns] = heat.events
    around = sum(
        field[1 + down : rows + 1 + down, 1 + right : cells.columns + 1 + right]
        for down in (-1, 0, 1)
        for right in (-1, 0, 1)
        if (down, right) != (0, 0)
    )
    inner = field[1:-1, 1:-1] + 0.5 * np.asarray(around)
    return np.asarray(inner[cells.places // cells.columns, cells.places % cells.columns])
