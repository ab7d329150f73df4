"""Workers on patrol: inside their grid, at walking pace, with noise, rests, gaps and flat batteries."""

from __future__ import annotations

import numpy as np
import shapely

from dashboard.simulation.patrol import Fixes, Patrol
from dashboard.simulation.world import METRES_PER_DEGREE
from tests.districts import world

START_S = 1_795_000_000.0


def walked(seconds: int, step_s: float = 5.0, pace: float = 1.0) -> list[tuple[float, Fixes]]:
    place = world("test")
    patrol = Patrol(place, np.random.default_rng(1), START_S, pace=pace)
    everybody = np.arange(len(place.worker_ids))
    patrol.begin(everybody, START_S, np.full(len(everybody), START_S))
    times = START_S + np.arange(step_s, seconds, step_s)
    return [(at, patrol.advance(at)) for at in times.tolist()]


def test_most_fixes_lie_in_the_own_grid() -> None:
    place = world("test")
    inside = total = 0
    for _, fixes in walked(4 * 3600, 10.0):
        shapes = place.grid_shapes[place.worker_grids[fixes.worker]]
        inside += int(shapely.contains_xy(shapes, fixes.lon, fixes.lat).sum())
        total += len(fixes.worker)
    assert total > 20_000
    assert 0.93 < inside / total < 1.0


def test_workers_walk_and_rest() -> None:
    rounds = walked(3600)
    speeds = np.concatenate([fixes.speed_mps for _, fixes in rounds])
    workers = np.concatenate([fixes.worker for _, fixes in rounds])
    assert (speeds < 0.2).mean() > 0.2
    assert 0.5 < np.median(speeds[speeds > 0.2]) < 3
    assert len(np.unique(workers)) > len(world("test").worker_ids) * 0.8


def test_devices_report_every_five_to_fifteen_seconds_with_gaps() -> None:
    place = world("test")
    last: dict[int, float] = {}
    gaps = []
    for at, fixes in walked(2 * 3600, 1.0):
        for worker in fixes.worker.tolist():
            if worker in last:
                gaps.append(at - last[worker])
            last[worker] = at
    intervals = np.array(gaps)
    assert 5 <= np.median(intervals) <= 15
    assert (intervals > 40).any()
    assert len(last) <= len(place.worker_ids)


def test_a_worker_who_is_sent_goes_there_and_stays() -> None:
    place = world("test")
    patrol = Patrol(place, np.random.default_rng(2), START_S)
    patrol.begin(np.array([0]), START_S, np.array([START_S]))
    goal = place.points[place.worker_grids[0], 5]
    patrol.send(0, float(goal[0]), float(goal[1]), 3600.0)
    for at in START_S + np.arange(10.0, 2400.0, 10.0):
        patrol.advance(float(at), everyone=True)
    assert np.hypot(*((patrol.at[0] - goal) * METRES_PER_DEGREE)) < 1


def test_nobody_reports_after_the_shift() -> None:
    place = world("test")
    patrol = Patrol(place, np.random.default_rng(3), START_S)
    patrol.begin(np.array([0, 1]), START_S, np.array([START_S, START_S]))
    patrol.end(np.array([0]))
    seen = {
        worker
        for at in np.arange(1.0, 120.0)
        for worker in patrol.advance(START_S + float(at)).worker.tolist()
    }
    assert seen <= {1}


def test_a_fast_patrol_stays_inside() -> None:
    place = world("test")
    for _, fixes in walked(600, 10.0, pace=600.0)[-5:]:
        shapes = place.grid_shapes[place.worker_grids[fixes.worker]]
        assert shapely.contains_xy(shapes, fixes.lon, fixes.lat).mean() > 0.85
