"""From plain SQL to the open page, through outbox, relay, Valkey, hub and stream, without a reload."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from playwright.sync_api import Browser

from tests import builders
from tests.browser.live_wall import RunningRelay, live_wall
from tests.browser.page import Watched, opened

GRID = "5101170010010001"


@pytest.fixture
def path(
    database_url: str, redis_url: str
) -> Iterator[tuple[builders.Conn, str, RunningRelay, dict[str, int]]]:
    """A small district with a worker on duty, its database, its wall and its relay."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        ids = builders.make_district(conn, streets=3)
        worker = builders.insert_worker(conn)
        builders.insert_shift(conn, worker)
        builders.put_position(conn, worker, 103.805, 30.705)
        builders.insert_event(conn)
        ids["worker"] = worker
        with live_wall(database_url, redis_url) as (base, relay):
            yield conn, base, relay, ids


@pytest.fixture
def wall(
    browser: Browser, path: tuple[builders.Conn, str, RunningRelay, dict[str, int]]
) -> Iterator[Watched]:
    """The open wall of that district."""
    with opened(browser, path[1] + "/") as page:
        page.until("document.documentElement.dataset.state === 'ready'", 60)
        page.ready()
        page.until("document.documentElement.dataset.live === 'live'")
        page.get("window.mark = 1")
        yield page


def test_a_row_in_the_table_of_events_appears(
    wall: Watched, path: tuple[builders.Conn, str, RunningRelay, dict[str, int]]
) -> None:
    conn, _, _, ids = path
    assert wall.text("[data-kpi='open'] .kv") == "1"
    before = wall.get(f"quanyu.mapGrids.colour('{GRID}')")
    for _ in range(4):
        event = builders.insert_event(conn, region_id=ids[GRID], severity=2)
    wall.until("document.querySelector('[data-kpi=open] .kv').textContent === '5'")
    wall.until(f"document.querySelector('.er[data-event=\"{event}\"] .ex')?.textContent === 'kind A01'")
    wall.until(f"quanyu.mapGrids.colour('{GRID}') !== '{before}'")
    assert wall.get("window.mark") == 1


def test_an_overdue_event_is_marked_on_the_map_and_in_the_alerts(
    wall: Watched, path: tuple[builders.Conn, str, RunningRelay, dict[str, int]]
) -> None:
    conn, _, _, ids = path
    due = datetime.now(UTC) - timedelta(minutes=90)
    builders.insert_event(conn, region_id=ids["5101170020010001"], due_at=due)
    wall.until("document.querySelectorAll('.od').length === 1")
    wall.until("document.querySelector('[data-kpi=overdue] .kv').textContent === '1'")
    builders.insert_event(
        conn, region_id=ids[GRID], due_at=due, severity=3, reported_at=due - timedelta(hours=1)
    )
    wall.until("document.querySelector('.ar .at')?.textContent === '超期 1 时 30 分'")
    assert wall.get("document.querySelector('.nm').textContent") == "1"


def test_a_workers_new_place_appears(
    wall: Watched, path: tuple[builders.Conn, str, RunningRelay, dict[str, int]]
) -> None:
    conn, _, _, ids = path
    place = f"quanyu.link.state.workers.index.get({ids['worker']})"
    lon = f"quanyu.link.state.workers.places[2 * {place}]"
    assert wall.get(lon) == 10380500
    builders.put_position(conn, ids["worker"], 103.807, 30.706)
    wall.until(f"{lon} === 10380700")
    wall.until(f"quanyu.mapMovers.points({place}).then(all => all.length === 2)")


def test_a_stopped_relay_is_said_within_ten_seconds_and_nothing_is_missed(
    wall: Watched, path: tuple[builders.Conn, str, RunningRelay, dict[str, int]]
) -> None:
    conn, _, relay, _ = path
    relay.stop()
    wall.until("document.documentElement.dataset.live === 'lost'", 12)
    event = builders.insert_event(conn)
    relay.start()
    wall.until("document.documentElement.dataset.live === 'live'", 60)
    wall.until("document.querySelector('[data-kpi=open] .kv').textContent === '2'")
    wall.until(f"quanyu.link.state.events.has({event})")
    assert wall.get("window.mark") == 1


def test_one_key_puts_every_open_wall_into_an_emergency(
    browser: Browser, wall: Watched, path: tuple[builders.Conn, str, RunningRelay, dict[str, int]]
) -> None:
    conn, base, _, _ = path
    emergency = "document.documentElement.dataset.posture === 'emergency'"
    with opened(browser, base + "/?show=streets") as other:
        other.until("document.documentElement.dataset.posture === 'normal'")
        wall.page.keyboard.press("e")
        other.until(emergency)
        wall.until(emergency)
        assert conn.execute("select posture from board.posture").fetchone() == ("emergency",)
        line = conn.execute("select actor, about, outcome from board.audit where what = 'posture.switched'")
        assert line.fetchall() == [("demo", "emergency", "done")]
        other.page.reload()
        other.until(emergency)
        other.page.goto(base + "/region/510117001")
        other.until("document.querySelector('.emer-tag')?.hidden === false")
        other.page.goto(base + "/?show=pressing")
        other.until(emergency)
        other.page.click("#wall-posture")
        wall.until("document.documentElement.dataset.posture === 'normal'")
    assert wall.get("window.mark") == 1


def test_a_region_of_the_real_database(
    browser: Browser, path: tuple[builders.Conn, str, RunningRelay, dict[str, int]]
) -> None:
    with opened(browser, f"{path[1]}/region/510117001") as page:
        page.until("document.querySelector('[data-kpi=open] b')?.textContent === '1'")
        page.until("document.documentElement.dataset.live === 'live'")
