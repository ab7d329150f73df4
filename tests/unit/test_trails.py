"""Trails: a point a minute, the newest at the end, nothing older than half an hour."""

from __future__ import annotations

from dashboard.domain.policy import EVERYTHING, Scope
from dashboard.live.mirror import Mirror
from dashboard.live.trails import Point, Trails
from tests.leaders import FIRST, SECOND, SNAPSHOT

NOW = SNAPSHOT["as_of"]


def walked(trails: Trails, worker: int = 7) -> list[list[int]]:
    """[age_s, x, y] of a worker's points."""
    found = trails.excerpt(Mirror.from_snapshot(SNAPSHOT), EVERYTHING).payload()["t"]
    points: list[list[int]] = found.get(str(worker), [])
    return points


def test_a_minute_leaves_one_point_and_the_newest_is_always_there() -> None:
    trails = Trails()
    for second in range(0, 301, 5):
        trails.add(7, Point(NOW - 300_000 + second * 1000, second, 0))
    assert [point[0] for point in walked(trails)] == [300, 240, 180, 120, 60, 0]
    trails.add(7, Point(NOW + 5_000, 999, 0))
    assert walked(trails)[-1][1] == 999


def test_an_older_point_changes_nothing() -> None:
    trails = Trails()
    trails.add(7, Point(NOW, 1, 1))
    trails.add(7, Point(NOW - 1, 2, 2))
    assert walked(trails) == [[0, 1, 1]]


def test_half_an_hour_is_shown_and_kept() -> None:
    trails = Trails()
    for minute in range(90):
        trails.add(7, Point(NOW - (90 - minute) * 60_000, minute, 0))
    ages = [point[0] for point in walked(trails)]
    assert ages[0] == 1800
    assert len(ages) == 30


def test_the_time_before_goes_before() -> None:
    trails = Trails()
    trails.add(7, Point(NOW - 1_000, 5, 0))
    trails.fill({7: [Point(NOW - 121_000, 1, 0), Point(NOW - 61_000, 2, 0)], 8: [Point(NOW, 9, 9)]})
    assert [point[1] for point in walked(trails)] == [1, 2, 5]
    assert walked(trails, 8) == [[0, 9, 9]]


def test_a_move_adds_where_the_worker_was_when_it_was_measured() -> None:
    trails, mirror = Trails(), Mirror.from_snapshot(SNAPSHOT)
    trails.take(mirror, {"m": [[7, 5, 10, -38, 0], [99, 0, 0, 0, 0]], "at": NOW})
    assert walked(trails) == [[5, 10388710, 3081162]]


def test_a_scope_sees_its_own_workers_only() -> None:
    trails, mirror = Trails(), Mirror.from_snapshot(SNAPSHOT)
    for worker in (7, 11):
        trails.add(worker, Point(NOW, 1, 1))
    assert trails.excerpt(mirror, Scope(streets=frozenset({SECOND}))).points.keys() == {11}
    assert trails.excerpt(mirror, Scope(streets=frozenset({FIRST}))).points.keys() == {7}


def test_who_stopped_walking_long_ago_is_forgotten() -> None:
    trails = Trails()
    trails.add(7, Point(NOW - 10_000, 1, 1))
    trails.add(8, Point(NOW, 1, 1))
    trails.forget(NOW - 5_000)
    assert walked(trails) == []
    assert len(walked(trails, 8)) == 1
