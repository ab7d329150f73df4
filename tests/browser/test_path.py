"""From plain SQL to the open page, through outbox, relay, Valkey, hub and stream, without a reload."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from playwright.sync_api import Browser

from dashboard.embedded import PostgresServer
from tests import builders
from tests.browser.live_wall import RunningRelay, live_wall
from tests.browser.page import Watched, opened
from tests.conftest import own_database

GRID = "5101170010010001"
CALM = "5101170030010001"
"""A grid of which one test alone knows."""
OPEN = "document.querySelector('[data-kpi=open] .kv').textContent"


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePath:
    """A small district with a worker on duty: its database, its wall's address, its relay, and its ids by code."""

    conn: builders.Conn
    base: str
    relay: RunningRelay
    ids: dict[str, int]

    def open_events(self, region: str = "") -> int:
        """How many events are open in a region."""
        row = self.conn.execute(
            "select count(*) from ops.events e join ops.regions r on r.id = e.region_id"
            " where e.state = 'open' and r.code like %s",
            (region + "%",),
        ).fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture(scope="module")
def path(postgres: PostgresServer, wire_url: str) -> Iterator[LivePath]:
    """The district, running."""
    with own_database(postgres) as url, psycopg.connect(url, autocommit=True) as conn:
        ids = builders.make_district(conn, streets=3)
        worker = builders.insert_worker(conn)
        builders.insert_shift(conn, worker)
        builders.put_position(conn, worker, 103.805, 30.705)
        builders.insert_event(conn)
        ids["worker"] = worker
        with live_wall(url, wire_url) as (base, relay):
            yield LivePath(conn=conn, base=base, relay=relay, ids=ids)


@pytest.fixture(scope="module")
def open_wall(browser: Browser, path: LivePath) -> Iterator[Watched]:
    """A wall of that district that stays open."""
    with opened(browser, path.base + "/") as page:
        page.ready()
        yield page


@pytest.fixture
def wall(open_wall: Watched, path: LivePath) -> Watched:
    """The open wall, live, with as many events as the database."""
    open_wall.until("document.documentElement.dataset.live === 'live'", 60)
    open_wall.until(f"{OPEN} === '{path.open_events()}'")
    open_wall.get("window.mark = 1")
    return open_wall


def test_a_row_in_the_table_of_events_appears(wall: Watched, path: LivePath) -> None:
    before, many = wall.get(f"quanyu.mapGrids.colour('{CALM}')"), path.open_events()
    assert wall.text("[data-kpi='open'] .kv") == str(many)
    for _ in range(4):
        event = builders.insert_event(path.conn, region_id=path.ids[CALM], severity=2)
    wall.until(f"{OPEN} === '{many + 4}'")
    wall.until(f"document.querySelector('.er[data-event=\"{event}\"] .ex')?.textContent === 'kind A01'")
    wall.until(f"quanyu.mapGrids.colour('{CALM}') !== '{before}'")
    assert wall.get("window.mark") == 1


def test_an_overdue_event_is_marked_on_the_map_and_in_the_alerts(wall: Watched, path: LivePath) -> None:
    due = datetime.now(UTC) - timedelta(minutes=90)
    builders.insert_event(path.conn, region_id=path.ids["5101170020010001"], due_at=due)
    wall.until("document.querySelectorAll('.od').length === 1")
    wall.until("document.querySelector('[data-kpi=overdue] .kv').textContent === '1'")
    builders.insert_event(
        path.conn, region_id=path.ids[GRID], due_at=due, severity=3, reported_at=due - timedelta(hours=1)
    )
    wall.until("document.querySelector('.ar .at')?.textContent === '超期 1 时 30 分'")
    assert wall.get("document.querySelector('.nm').textContent") == "1"


def test_a_workers_new_place_appears(wall: Watched, path: LivePath) -> None:
    place = f"quanyu.link.state.workers.index.get({path.ids['worker']})"
    lon = f"quanyu.link.state.workers.places[2 * {place}]"
    assert wall.get(lon) == 10380500
    builders.put_position(path.conn, path.ids["worker"], 103.807, 30.706)
    wall.until(f"{lon} === 10380700")
    wall.until(f"quanyu.mapMovers.points({place}).then(all => all.length === 2)")


def test_a_stopped_relay_is_said_within_ten_seconds_and_nothing_is_missed(
    wall: Watched, path: LivePath
) -> None:
    many = path.open_events()
    path.relay.stop()
    wall.until("document.documentElement.dataset.live === 'lost'", 12)
    event = builders.insert_event(path.conn)
    path.relay.start()
    wall.until("document.documentElement.dataset.live === 'live'", 60)
    wall.until(f"{OPEN} === '{many + 1}'")
    wall.until(f"quanyu.link.state.events.has({event})")
    assert wall.get("window.mark") == 1


def test_one_key_puts_every_open_wall_into_an_emergency(
    browser: Browser, wall: Watched, path: LivePath
) -> None:
    emergency = "document.documentElement.dataset.posture === 'emergency'"
    with opened(browser, path.base + "/?show=streets") as other:
        other.until("document.documentElement.dataset.posture === 'normal'")
        wall.page.keyboard.press("e")
        other.until(emergency)
        wall.until(emergency)
        assert path.conn.execute("select posture from board.posture").fetchone() == ("emergency",)
        line = path.conn.execute(
            "select actor, about, outcome from board.audit where what = 'posture.switched'"
        )
        assert line.fetchall() == [("demo", "emergency", "done")]
        other.page.reload()
        other.until(emergency)
        other.page.goto(path.base + "/region/510117001")
        other.until("document.querySelector('.emer-tag')?.hidden === false")
        other.page.goto(path.base + "/?show=pressing")
        other.until(emergency)
        other.page.click("#wall-posture")
        wall.until("document.documentElement.dataset.posture === 'normal'")
    assert wall.get("window.mark") == 1


def test_a_region_of_the_real_database(browser: Browser, path: LivePath) -> None:
    with opened(browser, f"{path.base}/region/510117001") as page:
        page.until(
            f"document.querySelector('[data-kpi=open] b')?.textContent === '{path.open_events('510117001')}'",
            60,
        )
        page.until("document.documentElement.dataset.live === 'live'")
