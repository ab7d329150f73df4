"""Who the wall says is away or silent: what a day's history says as well, never noise, and by the next leader too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
import pytest
import shapely

from dashboard.crew import CrewReads
from dashboard.domain.facts import Fixes, Watched
from dashboard.domain.policy import EVERYTHING
from dashboard.domain.trails.presence import away_spells, outside_of, silent_spells
from dashboard.domain.trails.rules import TrailRules
from dashboard.domain.trails.track import SECOND_US
from dashboard.live.state import LiveState
from data_access.engine import make_engine
from data_access.queries.facts import load_facts
from tests import builders
from tests.builders import SOUTH, STEP, WEST, Conn
from tests.relay_stage import RelayStage

START = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
START_US = round(START.timestamp() * SECOND_US)
SHIFT_S = 8 * 3600
RULES = TrailRules()
NOISE_M = 15.0
M = STEP / 1112.0
"""About a metre of latitude in degrees, a little more than one to the east: the grid is 1,112 m high, 957 m wide."""
Walk = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Seconds since the shift began, degrees east, degrees north."""


@pytest.fixture
def conn(database_url: str) -> Iterator[Conn]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        builders.make_district(connection, streets=2, communities=1, grids=2)
        yield connection


def wobble(count: int, memory: float, rng: np.random.Generator) -> np.ndarray:
    """A receiver's noise in degrees, which remembers that share of itself from fix to fix."""
    fresh = rng.normal(0, NOISE_M * M * np.sqrt(1 - memory**2), count)
    fresh[0] /= np.sqrt(1 - memory**2)
    found = np.empty(count)
    at = 0.0
    for place, one in enumerate(fresh.tolist()):
        at = found[place] = memory * at + one
    return found


def on_wall(conn: Conn, walks: list[Walk], until_s: int, step_s: int) -> list[list[tuple[int, Watched]]]:
    """What the live picture says of each walker, tick by tick: the seconds at which that changed, and to what."""
    workers = [builders.insert_worker(conn) for _ in walks]
    for worker in workers:
        builders.insert_shift(conn, worker, starts_at=START)
    state = LiveState("test")
    state.rebuild(load_facts(conn, START, []), START)
    nothing = Watched(away_us=None, silent_us=None)
    told: list[list[tuple[int, Watched]]] = [[(0, nothing)] for _ in walks]
    last = np.full(len(walks), -1)
    ids = np.array(workers, dtype=np.int64)
    for second in range(0, until_s, step_s):
        now = START + timedelta(seconds=second)
        last = np.array([np.searchsorted(walk[0], second, side="right") - 1 for walk in walks])
        rows = np.flatnonzero(last >= 0)
        at_us = START_US + np.array([walks[row][0][last[row]] for row in rows], dtype=np.int64) * SECOND_US
        places = [np.array([walks[row][axis][last[row]] for row in rows]) for axis in (1, 2)]
        fixes = Fixes(
            worker_id=ids[rows],
            fixed_us=at_us,
            received_us=at_us,
            still_us=at_us,
            lon=places[0],
            lat=places[1],
        )
        state.tick(fixes, now)
        if second == until_s // 2:  # the picture is made anew in the middle of it all
            state.rebuild(load_facts(conn, now, state.shown_events()), now)
            state.tick(fixes, now)
        watched = state.watched()
        for changes, worker in zip(told, workers, strict=True):
            if watched.get(worker, nothing) != changes[-1][1]:
                changes.append((second, watched.get(worker, nothing)))
    return told


def test_a_month_along_the_border_raises_nothing(conn: Conn) -> None:
    """22 shifts each of noise that remembers nothing, a minute's or much more, on the very border, to and fro."""
    rng = np.random.default_rng(3)
    at_s = np.arange(0, SHIFT_S, 10)
    walks = []
    for memory in (0.0, 0.6, 0.85):
        for _ in range(22):
            east = WEST + STEP + wobble(len(at_s), memory, rng)
            north = SOUTH + STEP / 2 + 400 * M * np.sin(at_s * 1.2 / 400) + wobble(len(at_s), memory, rng)
            walks.append((at_s, east, north))
    assert all(len(changes) == 1 for changes in on_wall(conn, walks, SHIFT_S, 10))


def test_a_real_leave_is_raised_within_its_dwell_and_the_history_says_the_same(conn: Conn) -> None:
    rng = np.random.default_rng(8)
    walks, left_s = [], []
    for step in (5, 10, 15, 20, 30):
        for far_m in (120, 200, 900):
            at_s = np.arange(int(rng.integers(1, 5)), 7200, step)
            gone = int(rng.integers(1500, 4000))
            away = (at_s >= gone) & (at_s < gone + 2000)
            east = WEST - np.where(away, far_m * M, -300 * M) + wobble(len(at_s), 0.6, rng)
            walks.append((at_s, east, SOUTH + STEP / 2 + wobble(len(at_s), 0.6, rng)))
            left_s.append(gone)
    for walk, gone, changes in zip(walks, left_s, on_wall(conn, walks, 7200, 1), strict=True):
        at_us = START_US + walk[0].astype(np.int64) * SECOND_US
        (spell,) = away_spells(at_us, outside_of(builders.square(0), walk[1], walk[2]), RULES)
        (_, raised, back) = changes
        assert raised[1] == Watched(away_us=spell.since_us, silent_us=None)
        assert START_US + raised[0] * SECOND_US == spell.raised_us
        assert gone < raised[0] <= gone + RULES.out_s + 30
        assert back[1] == Watched(away_us=None, silent_us=None)
        assert gone + 2000 < back[0] <= gone + 2000 + RULES.back_s + 30


def test_silence_is_told_after_its_time_and_ends_when_fixes_keep_coming(conn: Conn) -> None:
    rng = np.random.default_rng(21)
    walks = [(np.array([], dtype=np.int64), np.array([]), np.array([]))]
    until_s = 3 * 3600
    for _ in range(20):
        steps = rng.choice([7, 25, 300, 598, 603, 1500], 400, p=[0.55, 0.3, 0.06, 0.03, 0.03, 0.03])
        at_s = np.cumsum(steps)
        at_s = at_s[at_s < until_s]
        still = np.full(len(at_s), 0.5 * STEP)
        walks.append((at_s, WEST + still, SOUTH + still))
    for walk, changes in zip(walks, on_wall(conn, walks, until_s, 1), strict=True):
        at_us = START_US + walk[0].astype(np.int64) * SECOND_US
        spells = silent_spells(at_us, START_US, START_US + until_s * SECOND_US, RULES)
        told = [(second, one.silent_us) for second, one in changes if one.silent_us is not None]
        assert [since for _, since in told] == [
            spell.since_us for spell in spells if spell.raised_us + SECOND_US < START_US + until_s * SECOND_US
        ]
        for (second, _), spell in zip(told, spells, strict=False):
            assert START_US + (second - 1) * SECOND_US == spell.raised_us
        ends = [second for second, one in changes[1:] if one.silent_us is None]
        for second, spell in zip(ends, spells, strict=False):
            assert spell.until_us is not None
            kept = at_us[at_us >= spell.until_us + RULES.back_s * SECOND_US]
            assert START_US + second * SECOND_US == kept[0]


def test_the_next_leader_goes_on_with_it_and_the_crew_says_what_the_wall_says(database_url: str) -> None:
    stage = RelayStage(database_url, START)
    builders.make_district(stage.conn, streets=2, communities=1, grids=2)
    grid = shapely.get_coordinates(builders.square(0).centroid)[0]
    worker = builders.insert_worker(stage.conn, code="W1")
    shift = builders.insert_shift(stage.conn, worker, starts_at=START)
    engine = make_engine(database_url)
    crew = CrewReads(engine, lambda: stage.now)

    def walk(off_m: float, seconds: int) -> None:
        for _ in range(0, seconds, 30):
            stage.now += timedelta(seconds=30)
            builders.put_position(
                stage.conn, worker, grid[0], SOUTH - off_m * M + (off_m == 0) * STEP / 2, fixed_at=stage.now
            )
            stage.settle()

    def doing() -> str:
        (one,) = crew.crew("510117", EVERYTHING).members
        counted = {
            what
            for what in ("patrol", "still", "off_grid", "offline")
            if stage.reader.mirror is not None and stage.reader.mirror.indicators["510117"].get(what)
        }
        assert counted == {one.doing}
        return one.doing

    try:
        stage.lead()
        walk(0, 60)
        assert doing() == "patrol"
        walk(200, 150)
        assert doing() == "patrol"
        walk(200, 90)
        assert doing() == "off_grid"
        stage.lead()
        stage.settle()
        assert doing() == "off_grid"
        walk(35, 600)
        assert doing() == "off_grid"
        walk(0, 120)
        assert doing() == "patrol"
        stage.now += timedelta(seconds=601)
        stage.settle()
        assert doing() == "offline"
        stage.lead()
        walk(0, 60)
        assert doing() == "offline"
        walk(0, 30)
        assert doing() == "patrol"
        walk(200, 300)
        assert stage.number("select count(*) from board.presence where away_since is not null") == 1
        stage.conn.execute("update ops.shifts set checked_out_at = %s where id = %s", (stage.now, shift))
        stage.settle()
        assert stage.number("select count(*) from board.presence") == 0
    finally:
        stage.close()
        engine.dispose()
