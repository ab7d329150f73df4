"""What a region's page reads equals a plain look at the rows: crew, ranking, courses, menus; one question for many."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import pytest
from sqlalchemy import Engine, event

from dashboard.desk import Desk
from dashboard.domain.filters import Filters
from dashboard.domain.indicators import INDICATORS
from dashboard.domain.model import Level, Source
from dashboard.domain.policy import EVERYTHING, Scope
from dashboard.domain.view import View
from dashboard.domain.windows import Comparison, Preset, Step, Window, same_part
from dashboard.embedded import PostgresServer
from data_access.engine import make_engine
from data_access.queries.indicators import measure
from data_access.queries.regions import RegionUnknown
from tests import builders
from tests.conftest import own_database
from tests.generated import NOW, fill

SHANGHAI = ZoneInfo("Asia/Shanghai")
VIEWS = [
    View(),
    View(preset=Preset.LAST_7_DAYS, filters=Filters(source=frozenset({Source.HOTLINE, Source.SENSOR}))),
    View(preset=Preset.LAST_30_DAYS, compare=Comparison.LAST_WEEK, filters=Filters(late=True)),
]


@pytest.fixture(scope="module")
def url(postgres: PostgresServer) -> Iterator[str]:
    """A district that no test changes."""
    with own_database(postgres) as made:
        fill(made, events=800)
        yield made


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return Desk(engine, lambda: NOW)


def rows_of(database_url: str, statement: str, *values: object) -> list[dict[str, Any]]:
    with psycopg.connect(database_url, row_factory=psycopg.rows.dict_row) as conn:
        return conn.execute(statement, values).fetchall()


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: "&".join(view.question()) or "plain")
@pytest.mark.parametrize("code", ["D", "D2", "D1-1", "D3-9"])
def test_figures_are_those_of_the_window_and_of_what_it_is_compared_with(
    desk: Desk, engine: Engine, code: str, view: View
) -> None:
    found = desk.figures(code, EVERYTHING, view)
    window = view.window(NOW, SHANGHAI)
    before = same_part(window, view.comparison(NOW, SHANGHAI), SHANGHAI)
    assert (found.window, found.before_window) == (window, before)
    for readings, asked in ((found.now, window), (found.before, before)):
        told = measure(engine, code, EVERYTHING, now=NOW, window=asked, filters=view.filters)
        assert readings == told.readings
    assert [one.key for one in found.now] == [one.key for one in INDICATORS]


def test_courses_are_made_of_their_windows(desk: Desk, engine: Engine) -> None:
    view = View(step=Step.DAY)
    found = desk.courses("D1", EVERYTHING, view)
    assert len(found.points) == 14
    keys = {one.key for one in found.points[0].now}
    assert {"reported", "open", "closed", "satisfaction", "overdue_open", "on_time_due"} == keys
    for point in (found.points[0], found.points[7], found.points[-1]):
        window = Window(start=point.start, end=point.end)
        told = measure(engine, "D1", EVERYTHING, now=NOW, window=window, keys=keys)
        assert {one.key: one for one in point.now} == {one.key: one for one in told.readings}
        earlier = Window(start=point.start - timedelta(days=14), end=point.end - timedelta(days=14))
        was = measure(engine, "D1", EVERYTHING, now=NOW, window=earlier, keys=keys)
        readings = {one.key: one for one in was.readings}
        assert all(readings[one.key] == one for one in point.before)


def test_the_ranking_holds_every_region_of_its_level_with_its_own_readings(
    desk: Desk, engine: Engine, url: str
) -> None:
    view = View(preset=Preset.LAST_30_DAYS)
    found = desk.ranking("D", EVERYTHING, view)
    assert (found.level, found.levels) == (Level.STREET, (Level.STREET, Level.COMMUNITY, Level.GRID))
    assert [row.code for row in found.rows] == ["D1", "D2", "D3"]
    grids = desk.ranking("D", EVERYTHING, View(preset=Preset.LAST_30_DAYS, rank=Level.GRID))
    assert len(grids.rows) == 19
    for row in (*found.rows, *grids.rows[::5]):
        told = measure(engine, row.code, EVERYTHING, now=NOW, window=view.window(NOW, SHANGHAI))
        readings = {one.key: one for one in told.readings}
        assert all(readings[one.key] == one for one in row.readings)
    open_ = {row.code: next(one.n or 0 for one in row.readings if one.key == "open") for row in found.rows}
    whole = measure(engine, "D", EVERYTHING, now=NOW, keys=["open"]).readings[0].n
    (own,) = rows_of(
        url,
        "select count(*) as n from ops.events e join ops.regions r on r.id = e.region_id"
        " where r.code = 'D' and e.state = 'open' and e.duplicate_of is null",
    )
    assert sum(open_.values()) + own["n"] == whole
    assert desk.ranking("D1-1-1", EVERYTHING, view).level is None


def crew_by_hand(database_url: str, codes: set[str], now: datetime) -> dict[str, str]:
    """What each worker on shift does, row by row and rule by rule."""
    told = {row["worker_id"]: row for row in rows_of(database_url, "select * from board.presence")}
    places = {row["worker_id"]: row for row in rows_of(database_url, "select * from ops.latest_positions")}
    busy = {
        row["worker_id"]
        for row in rows_of(database_url, "select * from ops.events where state = 'open' and stage = 'handle'")
        if row["signed_at"] is not None and row["duplicate_of"] is None
    }
    found: dict[str, str] = {}
    for worker in rows_of(
        database_url,
        "select w.*, r.code as region from ops.workers w join ops.regions r on r.id = w.region_id",
    ):
        shifts = [
            row
            for row in rows_of(database_url, "select * from ops.shifts where worker_id = %s", worker["id"])
            if row["starts_at"] <= now < row["ends_at"] and not row["cancelled"]
        ]
        if not shifts or worker["region"] not in codes or worker["role"] != "grid_worker":
            continue
        ins = [row["checked_in_at"] for row in shifts if row["checked_in_at"] and row["checked_in_at"] <= now]
        there = any(
            row["checked_in_at"] is not None
            and row["checked_in_at"] <= now
            and not (row["checked_out_at"] is not None and row["checked_out_at"] <= now)
            for row in shifts
        )
        place = places.get(worker["id"])
        if not there:
            found[worker["code"]] = "missing"
            continue
        fixed = place["fixed_at"] if place is not None and place["fixed_at"] >= min(ins) else min(ins)
        said = told.get(worker["id"], {"away_since": None, "silent_since": None})
        resting = place is not None and fixed == place["fixed_at"] and place["still_since"]
        if said["silent_since"] is not None or now - fixed > timedelta(minutes=10):
            found[worker["code"]] = "offline"
        elif said["away_since"] is not None:
            found[worker["code"]] = "off_grid"
        elif worker["id"] in busy:
            found[worker["code"]] = "handling"
        else:
            still = resting and now - resting > timedelta(minutes=30)
            found[worker["code"]] = "still" if still else "patrol"
    return found


def test_the_crew_is_who_is_on_shift_and_does_what_the_walls_rules_say(database_url: str) -> None:
    fill(database_url, events=800)
    engine = make_engine(database_url)
    desk = Desk(engine, lambda: NOW)
    rng = np.random.default_rng(4)
    with psycopg.connect(database_url, autocommit=True) as conn:
        for row in conn.execute("select id, region_id from ops.workers order by id").fetchall():
            here = conn.execute(
                "select label_lon, label_lat from ops.region_versions where region_id = %s", (row[1],)
            ).fetchone()
            assert here is not None
            fixed = NOW - timedelta(seconds=float(rng.choice([5, 300, 3000])))
            still = fixed - timedelta(seconds=float(rng.choice([10, 3600])))
            builders.put_position(
                conn, row[0], here[0], here[1], fixed_at=fixed, received_at=fixed, still_since=still
            )
            away, silent = (fixed if one < 0.3 else None for one in rng.random(2))
            if away is not None or silent is not None:
                conn.execute("insert into board.presence values (%s, %s, %s)", (row[0], away, silent))
    with psycopg.connect(database_url) as conn:
        below = {row[0] for row in conn.execute("select code from ops.regions").fetchall()}
    for code in ("D", "D1", "D2-1"):
        codes = {one for one in below if one == code or one.startswith(code)} if code != "D" else below
        expected = crew_by_hand(database_url, codes, NOW)
        found = desk.crew(code, EVERYTHING)
        assert {one.code: one.doing for one in found.members} == expected
        assert found.rostered == len(expected)
        assert found.on_duty == sum(what != "missing" for what in expected.values())
        for one in found.members:
            (told,) = rows_of(
                database_url,
                "select count(*) as n from ops.events e join ops.workers w on w.id = e.worker_id where w.code = %s"
                " and e.source = 'grid_worker' and e.state <> 'void' and e.duplicate_of is null"
                " and e.reported_at between %s and %s",
                one.code,
                datetime(2025, 10, 15, tzinfo=SHANGHAI),
                NOW,
            )
            assert one.reported == told["n"]
    engine.dispose()


def test_menus_hold_the_regions_beside_and_below_and_no_more_than_the_viewer_sees(desk: Desk) -> None:
    whole = desk.surroundings("D", EVERYTHING)
    assert whole.codes is None
    assert [one.code for one in whole.beside] == ["D1", "D2", "D3"]
    assert whole.counts == {"street": 3, "community": 6, "grid": 19}
    street = desk.surroundings("D2", EVERYTHING)
    assert {one.code for one in street.beside if one.parent == "D"} == {"D1", "D2", "D3"}
    assert {one.code for one in street.beside if one.level is Level.GRID} == {
        f"D2-{c}-{g}" for c in (1, 2) for g in (1, 2, 3)
    }
    assert street.codes is not None
    assert set(street.codes) == {"D2", *(one.code for one in street.beside if one.code.startswith("D2-"))}
    scope = Scope(streets=frozenset({"D2", "D3"}))
    mine = desk.surroundings("D2", scope)
    assert {one.code for one in mine.beside if one.level is Level.STREET} == {"D2", "D3"}
    assert not any(one.code.startswith("D1") for one in mine.beside)
    assert desk.top(scope) == "D2"
    assert desk.top(EVERYTHING) == "D"
    assert desk.top(Scope(streets=frozenset())) is None
    grid = desk.surroundings("D2-1-1", Scope(streets=frozenset(), below=frozenset({"D2-1"})))
    assert {one.code for one in grid.beside} == {"D2-1", "D2-1-1", "D2-1-2", "D2-1-3"}
    for code in ("D", "D1", "D2-2", "nope"):
        with pytest.raises(RegionUnknown):
            desk.surroundings(code, Scope(streets=frozenset(), below=frozenset({"D2-1"})))


def test_a_hundred_pages_on_one_view_cost_one_question(desk: Desk, engine: Engine) -> None:
    statements: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def _note(*arguments: Any) -> None:
        statements.append(arguments[2])

    desk.figures("D2", EVERYTHING, View())
    alone = len(statements)
    desk = Desk(engine, lambda: NOW)
    statements.clear()
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda _: desk.figures("D2", EVERYTHING, View()), range(100)))
    assert len(statements) <= 2 * alone, "kept for a second: at most one more while they ask"
    assert all(one.now == found[0].now for one in found)
