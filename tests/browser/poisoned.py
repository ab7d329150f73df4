"""The street in trouble with harm in every text, running, and where reports of its pages go.

Owns the addresses that are looked at; what is planted is for `tests.payloads`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import psycopg
import pytest
from sqlalchemy import Engine

from dashboard.access.door import safe_headers
from dashboard.access.users import Grant
from dashboard.domain.policy import DEMO, Role
from dashboard.embedded import PostgresServer
from dashboard.file_kinds import KINDS, Making
from data_access.engine import make_engine
from tests import builders, payloads
from tests.browser import desk_stage
from tests.browser.live_wall import live_wall
from tests.conftest import own_database
from tests.integration.export_desk import Watch
from tests.payloads import MARK, MARKUP
from tests.receiver import Receiver, receiving
from tests.signed_site import put_user

SHOWN: Final = f"document.body.innerText.includes('{MARK}')"
WORKER: Final = "worker"


@dataclass(frozen=True, kw_only=True)
class Poisoned:
    """A running site and the codes of what it has."""

    base: str
    port: int
    collector: Receiver
    conn: builders.Conn
    engine: Engine
    folder: Path
    street: str
    event: str
    worker: str
    planted: dict[str, int]

    def order(self) -> dict[str, object]:
        """A briefing of a day with a case in clear, one of its sentences changed to harm."""
        day = (datetime.now(UTC) - timedelta(hours=55)).date().isoformat()
        asked = {"region": self.street, "cadence": "daily", "day": day, "masked": False}
        return {**asked, "cases": [self.event], "texts": {"overview.head": f"=1+1 {MARKUP}"}}

    def pages(self) -> dict[str, str]:
        """Addresses, and what must be there before a page is looked at."""
        street, event, worker = (quote(one, safe="") for one in (self.street, self.event, self.worker))
        order = self.order()
        asked = {**order, "cases": self.event, "masked": "0", "sections": "overview,cases,ranking"}
        del asked["texts"]
        return {
            f"/region/{street}": "document.querySelectorAll('.evt .ag-center-cols-container .ag-row[row-id]').length > 3",
            f"/region/{street}?event={event}": "document.querySelector('.drawer:not([hidden]):not([aria-busy]) .case-tags')",
            f"/event/{event}": "document.querySelector('.case-tags')",
            f"/event/{quote(MARKUP, safe='')}": SHOWN,
            "/supervision": SHOWN,
            "/worker": SHOWN,
            f"/worker/{worker}": SHOWN,
            "/attendance": SHOWN,
            f"/attendance?rota={datetime.now(UTC).date()}": "document.querySelector('#rota')",
            f"/briefing?{urlencode(asked)}": f"{SHOWN} && document.querySelector('.bf-stage .bf-slide')",
            f"/briefing/print?{urlencode({'order': json.dumps(order)})}": SHOWN,
            "/admin": SHOWN,
            "/admin/import": SHOWN,
            "/admin/settings": SHOWN,
            "/admin/audit": SHOWN,
        }

    def made(self, kind: str, question: Mapping[str, Any]) -> bytes:
        """A file that is made in the background."""
        making = Making(
            engine=self.engine,
            viewer=DEMO,
            lang="zh",
            question=question,
            now=datetime.now(UTC),
            path=self.folder / "made.part",
            watch=Watch(),
        )
        KINDS[kind].make(making)
        return making.path.read_bytes()


@contextmanager
def poisoned(postgres: PostgresServer, redis_url: str, folder: Path) -> Iterator[Poisoned]:
    """The site, poisoned before anything has read it."""
    with (
        own_database(postgres) as url,
        psycopg.connect(url, autocommit=True) as conn,
        receiving() as collector,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr("dashboard.factory.safe_headers", _reporting(collector.url))
        ids = builders.make_district(conn)
        desk_stage.people(conn, ids)
        desk_stage.events(conn, ids)
        payloads.fill(conn, ids)
        planted = payloads.poison(conn)
        engine = make_engine(url)
        worker = code(conn, "ops.workers", ids["W1"])
        put_user(engine, WORKER, Grant(roles=[Role.FIELD_WORKER], regions=[]), worker)
        with live_wall(url, redis_url) as (base, _relay):
            yield Poisoned(
                base=base,
                port=int(base.rpartition(":")[2]),
                collector=collector,
                conn=conn,
                engine=engine,
                folder=folder,
                street=code(conn, "ops.regions", ids[desk_stage.STREET]),
                event=text(conn, "select code from ops.events order by due_at limit 1"),
                worker=worker,
                planted=planted,
            )
        engine.dispose()


def _reporting(address: str) -> Any:
    """The headers of every answer, with a place to report to."""
    report = f"; report-uri {address}".encode()
    return lambda hashes: [
        (name, value + report if name == b"content-security-policy" else value)
        for name, value in safe_headers(hashes)
    ]


def text(conn: builders.Conn, question: str) -> str:
    row = conn.execute(question).fetchone()
    assert row is not None
    return str(row[0])


def code(conn: builders.Conn, table: str, number: int) -> str:
    return text(conn, f"select code from {table} where id = {number}")
