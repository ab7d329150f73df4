"""A desk that exports for a viewer of the test's choice, over the generated district; and reading what it gives."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx
import psycopg
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from dashboard.access.door import VIEWER_KEY
from dashboard.domain.policy import DEMO, Viewer
from dashboard.embedded import PostgresServer
from dashboard.export_routes import routes
from dashboard.file_kinds import KINDS, JobStopped, Making
from dashboard.services import Services
from tests.conftest import own_database
from tests.event_oracle import put_words
from tests.generated import NOW, fill

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
FORMULA: Final = "=HYPERLINK(1)"


@contextmanager
def exported_district(postgres: PostgresServer) -> Iterator[str]:
    """The address of a district with words, some of them formulas."""
    with own_database(postgres) as url:
        fill(url, seed=9, events=900)
        put_words(url)
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("update ops.events set text = %s where id %% 17 = 0", (FORMULA,))
        yield url


@dataclass
class Watch:
    """Hears how far a file is. `most`: it stops the maker beyond so many rows."""

    most: int | None = None
    told_of: list[tuple[int, int | None]] = field(default_factory=list)

    def told(self, done: int, total: int | None, note: str = "") -> None:
        """Remember it."""
        self.told_of.append((done, total))
        if self.most is not None and done > self.most:
            raise JobStopped


@dataclass
class Desk:
    """Exports of a viewer of the test's choice."""

    engine: Engine
    runner: asyncio.Runner
    folder: Path
    viewer: Viewer = DEMO

    def events(self, question: Mapping[str, Any], watch: Watch | None = None) -> list[list[str]]:
        """The cells of a list of events, and its heading."""
        return self.made("export.events", question, watch)

    def made(self, kind: str, question: Mapping[str, Any], watch: Watch | None = None) -> list[list[str]]:
        """The cells of a long table, and its heading."""
        making = Making(
            engine=self.engine,
            viewer=self.viewer,
            lang="zh",
            question={"form": "csv", **question},
            now=NOW,
            path=self.folder / "made.part",
            watch=watch or Watch(),
        )
        made = KINDS[kind].make(making)
        rows = cells(making.path.read_bytes())
        assert made.file_name.endswith(".csv")
        assert made.rows == len(rows) - 1
        return rows

    def get(self, path: str, status: int = 200, **query: str) -> httpx.Response:
        """The answer of an address."""
        return self._answer("GET", path, status, params={"region": "D", **query})

    def post(self, body: object, status: int = 200) -> httpx.Response:
        """The answer to a panel as its page shows it."""
        return self._answer("POST", "shown", status, json=body)

    def _answer(self, method: str, path: str, status: int, **asked: Any) -> httpx.Response:
        app = Starlette(routes=list(routes(Services(self.engine, clock=lambda: NOW))))

        async def through_door(scope: AsgiScope, receive: Receive, send: Send) -> None:
            scope[VIEWER_KEY] = self.viewer
            await app(scope, receive, send)

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=through_door)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, f"/export/{path}", **asked)

        response = self.runner.run(ask())
        assert response.status_code == status, response.text
        return response


def cells(body: bytes) -> list[list[str]]:
    """Heading and rows of a file of ours, without what it says of itself."""
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    return rows[rows.index([]) + 1 :]


def told(body: bytes) -> dict[str, str]:
    """What a file says of itself."""
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    return {"title": rows[0][0]} | dict(rows[1 : rows.index([])])
