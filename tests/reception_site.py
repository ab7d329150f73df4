"""A web process over a small district, for tests of what comes in: workers on and off shift, and their tokens."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from dashboard.embedded import PostgresServer
from dashboard.reception.tokens import DEVICE, SYSTEM, digest, new_token
from data_access.writes import tokens
from tests.builders import insert_shift, insert_worker, make_district
from tests.conftest import TEMPLATE
from tests.integration.streaming import Answer, answers, ask, eventually, free_port, web_process

Conn = psycopg.Connection[Any]
LON, LAT = 103.805, 30.705


class Site:
    """A web process over a small district: a worker on shift, one off shift, and their tokens."""

    process: subprocess.Popen[bytes]
    restart: Callable[[], None]

    def __init__(self, url: str, port: int) -> None:
        self.url, self.port = url, port
        with psycopg.connect(url) as conn:
            self.ids = make_district(conn, streets=2, communities=1, grids=1)
            self.on, self.off = insert_worker(conn, code="ON1"), insert_worker(conn, code="OFF1")
            insert_shift(conn, self.on)
            self.device = self.issue(conn, worker="ON1")
            self.idle = self.issue(conn, worker="OFF1")
            self.gateway = self.issue(conn, source="grid_worker")
            self.hotline = self.issue(conn, source="hotline")
            self.app = self.issue(conn, source="citizen_app")

    @staticmethod
    def issue(conn: Conn, worker: str = "", source: str = "") -> str:
        """A new token's text."""
        made = new_token(DEVICE if worker else SYSTEM)
        if worker:
            tokens.add_device(conn, worker, worker, digest(made))
        else:
            tokens.add_system(conn, source, source, digest(made))
        return made

    def new_worker(self, code: str, *, shift: bool = True) -> tuple[int, str]:
        """A worker and the token of a device."""
        with psycopg.connect(self.url) as conn:
            worker = insert_worker(conn, code=code)
            if shift:
                insert_shift(conn, worker, starts_at=datetime.now(UTC) - timedelta(hours=2))
            return worker, self.issue(conn, worker=code)

    def post(self, path: str, body: Any, token: str | None = None, **headers: str) -> Answer:
        """A request with a bearer token."""
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        headers.setdefault("content_type", "application/json")
        headers.setdefault("accept_language", "en")
        text = body if isinstance(body, str) else json.dumps(body)
        return ask(self.port, path, "POST", text, **headers)

    def rows(self, worker: int) -> list[tuple[float, float, int]]:
        """Stored fixes of a worker in time: lon, lat, flags."""
        with psycopg.connect(self.url) as conn:
            return conn.execute(
                "select lon, lat, flags from ops.positions where worker_id = %s order by fixed_at, flags",
                (worker,),
            ).fetchall()

    def latest(self, worker: int) -> tuple[float, float] | None:
        """The latest position of a worker."""
        with psycopg.connect(self.url) as conn:
            return conn.execute(
                "select lon, lat from ops.latest_positions where worker_id = %s", (worker,)
            ).fetchone()


@contextmanager
def open_site(postgres: PostgresServer, name: str, folder: Path, **settings: str) -> Iterator[Site]:
    """The site, with no wire at all: what comes in needs none."""
    with psycopg.connect(postgres.url(), autocommit=True) as conn:
        conn.execute(f"create database {name} template {TEMPLATE} strategy file_copy")
    port, log = free_port(), folder / "log"
    made = Site(postgres.url(name), port)
    environment = {
        **os.environ,
        "QUANYU_DATABASE_URL": made.url,
        "QUANYU_REDIS_URL": "redis://127.0.0.1:1/0",
        "QUANYU_PORT": str(port),
        "QUANYU_SIGN_IN": "demo",
        **settings,
    }
    with ExitStack() as stack:

        def restart() -> None:
            made.process = stack.enter_context(web_process("app.py", "serve", log=log, **environment))
            eventually(lambda: answers(port, "/healthz"), 60)

        made.restart = restart
        restart()
        yield made
    text = log.read_text()
    assert "Traceback" not in text, text[-3000:]
    assert DEVICE not in text
    assert SYSTEM not in text


def at(seconds: float = 0.0) -> str:
    """Now and some seconds, ISO 8601."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def fix(seconds: float = 0.0, north: float = 0.0, **values: Any) -> dict[str, Any]:
    """A fix so many seconds from now, so many degrees north."""
    return {"time": at(seconds), "lon": LON, "lat": round(LAT + north, 7), **values}
