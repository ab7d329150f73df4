"""What is read from the database for the live picture, as values.

Owns the shapes; leaves reading to `data_access`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.domain.model import Event, Region, Shift, Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A node of the taxonomy. `top_id`: its level-1 ancestor, itself at level 1."""

    id: int
    code: str
    level: int
    top_id: int
    name: str
    name_en: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """The slow facts: the map, the taxonomy and the settings.

    `former`: parents, at the end, of regions that exist no more. `shapes`: WKB by region id, for workers'
    grids. `map_version` changes with every change of the regions. `valid_until`: when the next change of
    borders begins.
    """

    regions: tuple[Region, ...]
    former: Mapping[int, int | None]
    shapes: Mapping[int, bytes]
    map_version: str
    valid_until: datetime | None
    categories: tuple[Category, ...]
    settings: Mapping[str, Any]


NO_DISTRICT = District(
    regions=(), former={}, shapes={}, map_version="", valid_until=None, categories=(), settings={}
)
"""What there is before anything was imported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Since when somebody is away from the own grid, and since when silent; None: not. Microseconds since 1970."""

    away_us: int | None
    silent_us: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything the live picture is rebuilt from, as of one moment of the database.

    `events`: all that can count today. `recent`: the last changed ones, whatever they count. `newest_at`:
    newest report by source. `watched`: what the last leader said of workers who are away or silent.
    """

    district: District
    events: tuple[Event, ...]
    recent: tuple[Event, ...]
    workers: tuple[Worker, ...]
    shifts: tuple[Shift, ...]
    newest_at: Mapping[str, datetime]
    watched: Mapping[int, Watched] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Entities read again after a change, by id; None where they are gone."""

    events: Mapping[int, Event | None]
    workers: Mapping[int, Worker | None]
    shifts: Mapping[int, Shift | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixes:
    """The newest fix of every worker, in columns. Times: microseconds since 1970. Degrees, WGS-84."""

    worker_id: NDArray[np.int64]
    fixed_us: NDArray[np.int64]
    received_us: NDArray[np.int64]
    still_us: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
