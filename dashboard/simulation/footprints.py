"""Where the workers on duty have been in the last hours: the trails that a new district begins with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from dashboard.simulation import people
from dashboard.simulation.history import instants
from dashboard.simulation.patrol import Fixes, Patrol
from dashboard.simulation.world import METRES_PER_DEGREE, World
from data_access.writes.history import Column

COARSE_S = 60.0
FINE_S = 20.0
LONG_S = 2 * 3600.0
SHORT_S = 40 * 60.0
STILL_M = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprints:
    """Rows for `ops.positions` and for `ops.latest_positions`."""

    positions: Mapping[str, Column]
    latest: Mapping[str, Column]


def draw_footprints(world: World, now: datetime, seed: int) -> Footprints:
    """Walk those who are on duty at `now` through the last two hours of their shift."""
    now_s = now.timestamp()
    came = on_duty_since(world, now, seed)
    who = np.flatnonzero(~np.isnan(came))
    patrol = Patrol(world, np.random.default_rng([seed, 9]), now_s - LONG_S)
    rests = _Rests(world)
    seen: list[tuple[Fixes, float]] = []
    steps = np.concatenate([np.arange(-LONG_S, -SHORT_S, COARSE_S), np.arange(-SHORT_S, 1.0, FINE_S)])
    for step in steps + now_s:
        patrol.begin_if_due(who[came[who] <= step], float(step), came)
        fixes = patrol.advance(float(step), everyone=True)
        rests.see(fixes, float(step))
        seen.append((fixes, float(step)))
    return Footprints(positions=_positions(world, seen), latest=rests.columns())


def on_duty_since(world: World, now: datetime, seed: int) -> NDArray[np.float64]:
    """When each worker on duty at `now` came, NaN for the others."""
    came = np.full(len(world.worker_ids), np.nan)
    now_s = now.timestamp()
    today = now.astimezone(world.zone).date()
    for day in (today - timedelta(days=1), today):
        turn = people.roster(day, len(world.worker_ids), world.zone, seed)
        there = (
            (turn.checked_in <= now_s)
            & (turn.starts <= now_s)
            & (turn.ends > now_s)
            & ~(turn.checked_out <= now_s)
        )
        came[turn.worker[there]] = turn.checked_in[there]
    return came


class _Rests:
    """The newest fix of each worker and where the present rest began."""

    def __init__(self, world: World) -> None:
        count = len(world.worker_ids)
        self._ids = world.worker_ids
        self._scale = np.array([np.cos(np.radians(world.points[..., 1].mean())), 1.0]) * METRES_PER_DEGREE
        self._still = np.full((count, 2), np.nan)
        self._since = np.full(count, np.nan)
        self._at = np.full(count, np.nan)
        self._fix: dict[str, NDArray[np.float64]] = {
            key: np.full(count, np.nan)
            for key in ("lon", "lat", "accuracy_m", "speed_mps", "heading_deg", "battery_pct")
        }

    def see(self, fixes: Fixes, at_s: float) -> None:
        who = fixes.worker
        where = np.stack([fixes.lon, fixes.lat], axis=1)
        away = (where - self._still[who]) * self._scale
        moved = ~(np.hypot(away[:, 0], away[:, 1]) <= STILL_M)
        self._still[who[moved]] = where[moved]
        self._since[who[moved]] = at_s
        self._at[who] = at_s
        for key, values in self._fix.items():
            values[who] = getattr(fixes, key)

    def columns(self) -> Mapping[str, Column]:
        who = np.flatnonzero(~np.isnan(self._at))
        columns: dict[str, Column] = {
            "worker_id": self._ids[who],
            "fixed_at": instants(self._at[who]),
            "received_at": instants(self._at[who] + 0.5),
            "still_lon": np.round(self._still[who, 0], 7),
            "still_lat": np.round(self._still[who, 1], 7),
            "still_since": instants(self._since[who]),
        }
        columns.update(
            {key: np.round(values[who], 7) for key, values in self._fix.items() if key != "battery_pct"}
        )
        columns["battery_pct"] = self._fix["battery_pct"][who].astype(np.int64)
        return columns


def _positions(world: World, seen: list[tuple[Fixes, float]]) -> Mapping[str, Column]:
    at = np.repeat([step for _, step in seen], [len(fixes.worker) for fixes, _ in seen])

    def join(key: str, digits: int) -> Column:
        return np.round(np.concatenate([getattr(fixes, key) for fixes, _ in seen]), digits)

    return {
        "worker_id": world.worker_ids[np.concatenate([fixes.worker for fixes, _ in seen])],
        "fixed_at": instants(at),
        "received_at": instants(at + 0.5),
        "lon": join("lon", 7),
        "lat": join("lat", 7),
        "accuracy_m": join("accuracy_m", 1),
        "speed_mps": join("speed_mps", 2),
        "heading_deg": join("heading_deg", 0),
        "battery_pct": np.concatenate([fixes.battery_pct for fixes, _ in seen]),
    }
