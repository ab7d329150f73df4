"""A phone's own requests, played over HTTP, seen on the open wall within two seconds."""

from __future__ import annotations

import base64
import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
from playwright.sync_api import Browser

from dashboard.embedded import PostgresServer
from dashboard.reception.tokens import DEVICE, SYSTEM, digest, new_token
from data_access.writes.tokens import add_device, add_system
from tests import builders
from tests.browser.live_wall import live_wall
from tests.browser.page import Watched, opened
from tests.conftest import own_database

WITHIN_S = 2.0
ROUNDS = 5
EAST = 103.8070
"""Where the first phone is; each one after it a little further east."""


class Stage:
    """A district whose worker is on duty, its wall, and what phones and systems know."""

    def __init__(self, url: str, base: str, token: str, gateway: str, citizens: str, worker: int) -> None:
        self.url = url
        self.base = base
        self.token = token
        self.gateway = gateway
        self.citizens = citizens
        self.worker = worker

    def send(self, path: str, body: Any = None, **headers: str) -> int:
        """One request as a client sends it: a body is JSON, text is a form."""
        form = isinstance(body, str)
        data = None if body is None else (body if form else json.dumps(body)).encode()
        kind = {} if body is None or form else {"Content-Type": "application/json"}
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.base + path, data=data, headers={**kind, **names})
        with urllib.request.urlopen(request) as answer:
            answer.read()
            return int(answer.status)


Request = Callable[[Stage, float, datetime], int]


def osmand(stage: Stage, lon: float, at: datetime) -> int:
    """OsmAnd's web address, filled in by the app."""
    place = (
        f"lat=30.706&lon={lon}&timestamp={round(at.timestamp() * 1000)}&hdop=4.0&altitude=512.0&bearing=12.0"
    )
    return stage.send(f"/ingest/osmand?id=W1&token={stage.token}&{place}")


def traccar(stage: Stage, lon: float, at: datetime) -> int:
    """Traccar Client from version 9 on."""
    coords = {
        "latitude": 30.706,
        "longitude": lon,
        "accuracy": 5,
        "speed": -1,
        "heading": -1,
        "altitude": 512,
    }
    location = {
        "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "coords": coords,
        "is_moving": False,
        "odometer": 0,
        "event": "motionchange",
        "battery": {"level": 0.8, "is_charging": False},
        "activity": {"type": "still"},
        "extras": {},
    }
    return stage.send("/ingest/osmand", {"location": location, "device_id": stage.token})


def owntracks(stage: Stage, lon: float, at: datetime) -> int:
    """OwnTracks in HTTP mode."""
    report = {
        "_type": "location",
        "lat": 30.706,
        "lon": lon,
        "acc": 6,
        "alt": 512,
        "batt": 80,
        "tid": "W1",
        "tst": round(at.timestamp()),
        "vel": 3,
    }
    secret = base64.b64encode(f"W1:{stage.token}".encode()).decode()
    return stage.send("/ingest/owntracks", report, Authorization=f"Basic {secret}")


def overland(stage: Stage, lon: float, at: datetime) -> int:
    """Overland's batch."""
    properties = {
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "altitude": 512,
        "speed": 1,
        "horizontal_accuracy": 5,
        "vertical_accuracy": 3,
        "motion": ["walking"],
        "battery_state": "unplugged",
        "battery_level": 0.8,
        "device_id": "W1",
    }
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, 30.706]},
        "properties": properties,
    }
    return stage.send("/ingest/overland", {"locations": [feature]}, Authorization=f"Bearer {stage.token}")


def batch(stage: Stage, lon: float, at: datetime) -> int:
    """A gateway that speaks for all workers."""
    row = {"worker": "W1", "time": at.isoformat(), "lon": lon, "lat": 30.706, "accuracy_m": 5}
    return stage.send("/ingest/positions", {"positions": [row]}, Authorization=f"Bearer {stage.gateway}")


PHONES: tuple[Request, ...] = (osmand, traccar, owntracks, overland, batch)


@pytest.fixture(scope="module")
def stage(postgres: PostgresServer, wire_url: str) -> Iterator[Stage]:
    with own_database(postgres) as url:
        with psycopg.connect(url, autocommit=True) as conn:
            builders.make_district(conn, streets=2)
            worker = builders.insert_worker(conn, code="W1")
            builders.insert_shift(conn, worker)
            builders.put_position(conn, worker, 103.805, 30.705, fixed_at=datetime.fromtimestamp(0, UTC))
            builders.insert_event(conn)
            device, gateway, citizens = new_token(DEVICE), new_token(SYSTEM), new_token(SYSTEM)
            add_device(conn, "W1", "phone", digest(device))
            add_system(conn, "grid_worker", "gateway", digest(gateway))
            add_system(conn, "citizen_app", "app", digest(citizens))
        with live_wall(url, wire_url) as (base, _relay):
            yield Stage(url, base, device, gateway, citizens, worker)


@pytest.fixture(scope="module")
def wall(browser: Browser, stage: Stage) -> Iterator[Watched]:
    with opened(browser, stage.base + "/") as page:
        page.until("document.documentElement.dataset.state === 'ready'", 60)
        page.until("document.documentElement.dataset.live === 'live'")
        page.until("quanyu.mapGrids.size > 0")
        with psycopg.connect(stage.url, autocommit=True) as conn:
            builders.insert_event(conn)  # once through, so that nothing is the first of its kind below
        page.until("document.querySelector('[data-kpi=open] .kv').textContent === '2'", 60)
        page.get("window.mark = 1")
        yield page


def test_a_phones_report_is_on_the_wall_within_two_seconds(wall: Watched, stage: Stage) -> None:
    place = f"quanyu.link.state.workers.index.get({stage.worker})"
    step = count()

    def seconds(phone: Request) -> float:
        wall.until(f"Date.now() >= {1000 * (time.time() // 1 + 1):.0f}")  # some send no parts of a second
        lon = round(EAST + next(step) * 0.0001, 6)
        began = time.monotonic()
        assert phone(stage, lon, datetime.now(UTC)) == 200
        wall.until(f"quanyu.link.state.workers.places[2 * {place}] === {round(lon * 1e5)}")
        return time.monotonic() - began

    late = {phone.__name__: quickest(partial(seconds, phone)) for phone in PHONES}
    assert {name: found for name, found in late.items() if found > WITHIN_S} == {}
    assert wall.get("window.mark") == 1


def app(stage: Stage) -> int:
    """A citizens' app in our own form."""
    event = {
        "category": "A01",
        "lon": 103.8051,
        "lat": 30.7051,
        "text": "<img src=x onerror=alert(1)>占道经营",
    }
    return stage.send("/ingest/events", {"events": [event]}, Authorization=f"Bearer {stage.citizens}")


def open311(stage: Stage) -> int:
    """An Open311 client's form."""
    fields = {
        "api_key": stage.citizens,
        "service_code": "A01",
        "lat": "30.7052",
        "long": "103.8052",
        "description": "Stall on the pavement",
    }
    return stage.send("/ingest/open311/v2/requests.json", urlencode(fields))


def test_a_citizens_report_is_on_the_wall_within_two_seconds(wall: Watched, stage: Stage) -> None:
    number = count(int(wall.text("[data-kpi=open] .kv")) + 1)

    def seconds(report: Callable[[Stage], int]) -> float:
        began = time.monotonic()
        assert report(stage) == 201
        wall.until(f"document.querySelector('[data-kpi=open] .kv').textContent === '{next(number)}'")
        return time.monotonic() - began

    late = {report.__name__: quickest(partial(seconds, report)) for report in (app, open311)}
    assert {name: found for name, found in late.items() if found > WITHIN_S} == {}
    assert wall.get("window.mark") == 1


def quickest(seconds: Callable[[], float]) -> float:
    """The first round that is quick enough, or the best of some: a machine on which other tests run may be late
    by itself now and then."""
    found: list[float] = []
    while len(found) < ROUNDS and (not found or found[-1] > WITHIN_S):
        found.append(seconds())
    return min(found)
