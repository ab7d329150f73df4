"""A district with a worker's patrolled day, and the interface that tells of it: what tests of tracks begin with."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import numpy as np
import psycopg
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from dashboard.access.door import VIEWER_KEY
from dashboard.api import routes
from dashboard.domain.fixes import FixFlag
from dashboard.domain.policy import DEMO, Scope, Viewer
from dashboard.embedded import PostgresServer
from data_access.engine import make_engine
from tests.builders import SOUTH, STEP, WEST, Conn, first, insert_shift, insert_worker, make_district
from tests.conftest import own_database

NOW = datetime(2026, 11, 20, 6, 32, tzinfo=UTC)
"""14:32 in the district."""
MORNING = datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
HIDDEN_LON = WEST - 0.0777
"""Where the worker is off shift, and never in a test's shift."""
MINUTE = timedelta(minutes=1)
OWN = "5101170010010001"
HERE = (
    "/api/v1/workers/W1/track?view=raw",
    "/api/v1/workers/W1/track",
    "/api/v1/workers/W1/track?zoom=14",
    "/api/v1/workers/W1/track/file?form=gpx&view=raw",
    "/api/v1/workers/W1/track/file?form=geojson&view=raw",
    "/api/v1/workers/W1/track/file?form=csv&view=raw",
    "/api/v1/workers/W1/track/file?form=csv",
    f"/api/v1/tracks?region={OWN}",
    "/api/v1/tracks?region=510117001&zoom=18",
    "/api/v1/coverage?region=510117",
    "/api/v1/workers?region=510117",
    "/api/v1/workers?region=510117&near=103.72,30.70",
    "/api/v1/workers/W1/week?day=2026-11-20",
)
"""Every address that tells of tracks."""


@dataclass
class Services:
    """The interface at a time, for a viewer."""

    engine: Engine
    viewer: Viewer = DEMO
    time: datetime = NOW

    def scope_of(self, scope: AsgiScope) -> Scope:
        return self.viewer.scope

    def now(self) -> datetime:
        return self.time


class Client:
    """Requests as the services' viewer, on a loop of their own."""

    def __init__(self, services: Services, runner: asyncio.Runner) -> None:
        self._services, self._runner = services, runner
        self._app = Starlette(routes=list(routes(services)))

    async def _inside(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        scope[VIEWER_KEY] = self._services.viewer
        await self._app(scope, receive, send)

    def get(self, url: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._inside)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.get(url)

        return self._runner.run(ask())


@dataclass
class Site:
    """A district, and how it is asked."""

    conn: Conn
    services: Services
    client: Client

    @property
    def worker(self) -> int:
        """Who had the day."""
        return first(self.conn, "select id from ops.workers where code = 'W1'")

    @classmethod
    @contextmanager
    def opened(cls, url: str) -> Iterator[Site]:
        """Over a database."""
        engine = make_engine(url)
        with psycopg.connect(url, autocommit=True) as conn, asyncio.Runner() as runner:
            services = Services(engine=engine)
            yield cls(conn, services, Client(services, runner))
        engine.dispose()


@contextmanager
def patrolled(postgres: PostgresServer) -> Iterator[str]:
    """A district in which W1 has had the day of `put_day`; nobody is connected to it."""
    with own_database(postgres) as url:
        with psycopg.connect(url) as conn:
            make_district(conn)
            put_day(conn)
        yield url


def send_fixes(
    conn: Conn, worker: int, fixes: Iterable[tuple[datetime, float, float]], flags: int = 0
) -> None:
    """Each arrives a second after it was taken."""
    conn.cursor().executemany(
        "insert into ops.positions (worker_id, fixed_at, received_at, lon, lat, accuracy_m, speed_mps, battery_pct,"
        " flags) values (%s, %s, %s, %s, %s, 5, null, 80, %s)",
        [(worker, at, at + timedelta(seconds=1), lon, lat, flags) for at, lon, lat in fixes],
    )


def patrol(conn: Conn, worker: int, start: datetime, minutes: int, step_s: int = 10) -> None:
    """A round in the own grid with a rest of ten minutes in the middle."""
    fixes, middle = [], WEST + STEP / 2
    for at_s in range(0, minutes * 60, step_s):
        walked_s = at_s - min(max(at_s - minutes * 30, 0), 600)
        angle = walked_s * 1.2 / 300
        lon, lat = middle + 0.003 * np.cos(angle), SOUTH + STEP / 2 + 0.0025 * np.sin(angle)
        fixes.append((start + timedelta(seconds=at_s), float(lon), float(lat)))
    send_fixes(conn, worker, fixes)


def off_shift(conn: Conn, worker: int, around: list[tuple[datetime, datetime]]) -> None:
    """Fixes before, between and after shifts, at a place where the worker is at no other time."""
    instant = timedelta(microseconds=1)
    for start, end in around:
        times = (start - MINUTE, start - instant, end, end + timedelta(seconds=1), end + MINUTE)
        send_fixes(conn, worker, [(at, HIDDEN_LON, SOUTH) for at in times])


def put_day(conn: Conn) -> int:
    """A worker's shift of this morning until 12:00, checked out at 11:30, and one of the afternoon that goes on."""
    worker = insert_worker(conn, code="W1")
    noon, out = MORNING + timedelta(hours=3, minutes=30), MORNING + timedelta(hours=3)
    insert_shift(
        conn, worker, starts_at=MORNING, ends_at=noon, checked_in_at=MORNING + MINUTE, checked_out_at=out
    )
    later = datetime(2026, 11, 20, 5, 30, tzinfo=UTC)
    insert_shift(conn, worker, starts_at=later, ends_at=later + timedelta(hours=4), checked_in_at=later)
    called_off = datetime(2026, 11, 20, 4, 15, tzinfo=UTC)
    insert_shift(conn, worker, starts_at=called_off, ends_at=called_off + timedelta(hours=1), cancelled=True)
    patrol(conn, worker, MORNING, 90)
    patrol(conn, worker, later, 30)
    send_fixes(conn, worker, [(called_off + MINUTE, HIDDEN_LON, SOUTH)])
    send_fixes(conn, worker, [(later + 10 * MINUTE, HIDDEN_LON, SOUTH)], int(FixFlag.OFF_SHIFT))
    off_shift(conn, worker, [(MORNING, out), (later, NOW)])
    return worker


def times_of(body: dict[str, Any]) -> list[datetime]:
    start = datetime.fromisoformat(body["start"])
    return [start + timedelta(seconds=tenths / 10) for tenths in body["points"]["t"]]
