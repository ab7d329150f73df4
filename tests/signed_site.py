"""A web process as it is shipped, with sign-in, over a small district: who is in, and a browser's cookies in small."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import psycopg
from sqlalchemy import Engine

from dashboard.access import kiosk
from dashboard.access.passwords import hashed
from dashboard.access.tickets import SESSION, open_session
from dashboard.access.users import Grant
from dashboard.domain.policy import NOTHING, Role, Viewer
from dashboard.embedded import PostgresServer
from data_access.engine import make_engine
from data_access.queries.access import user_by_login
from data_access.writes.access import add_user
from tests.builders import make_district
from tests.conftest import TEMPLATE
from tests.integration.streaming import Answer, OpenStream, answers, ask, eventually, free_port, web_process

ADMIN = Viewer(login="test", name="", roles=frozenset({Role.ADMINISTRATOR}), scope=NOTHING)
PASSWORD = "correct-horse-battery"
FORM = "application/x-www-form-urlencoded"


@dataclass
class Client:
    """Somebody's browser: it keeps cookies, and says where its requests come from. `sends`: headers of them all."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    sends: dict[str, str] = field(default_factory=dict)

    def ask(self, path: str, method: str = "GET", body: str | None = None, **headers: str) -> Answer:
        own = self.headers()
        if method != "GET":
            own |= {"origin": f"http://127.0.0.1:{self.port}"}
        answer = ask(self.port, path, method, body, **{**own, **headers})
        for line in answer.headers.get("set-cookie", "").split("\n"):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return answer

    def headers(self) -> dict[str, str]:
        return {**self.sends, "cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def page(self, path: str) -> Answer:
        """As a browser opens a page."""
        return self.ask(path, accept="text/html")

    def post(self, path: str, **fields: str) -> Answer:
        """A form."""
        return self.ask(path, "POST", urlencode(fields), content_type=FORM)

    def sign_in(self, login: str, password: str = PASSWORD) -> Answer:
        return self.post("/login", login=login, password=password)

    def stream(self, at: str | None = None) -> OpenStream:
        query = f"?from={at}" if at else ""
        return OpenStream(self.port, f"/live/stream{query}", cookie=self.headers()["cookie"])


@dataclass
class SignedSite:
    """A running web process with sign-in."""

    port: int
    database_url: str
    engine: Engine
    process: subprocess.Popen[bytes]

    def client(self) -> Client:
        """A browser that nobody signed in with."""
        return Client(self.port)

    def user(
        self,
        login: str,
        *roles: Role,
        regions: Sequence[str] | None = None,
        departments: Sequence[str] | None = None,
        worker: str | None = None,
    ) -> None:
        """A user whose first password is changed already."""
        put_user(self.engine, login, Grant(roles=roles, regions=regions, departments=departments), worker)

    def signed_in(self, login: str) -> Client:
        client = self.client()
        assert client.sign_in(login).status == 303
        return client

    def inside(self, login: str) -> Client:
        """Somebody who is in, without the time that a password takes."""
        now = datetime.now(UTC)
        with self.engine.begin() as conn:
            found = user_by_login(conn, login)
            assert found is not None
            ticket = open_session(conn, found.id, now, address="127.0.0.1", agent="")
        return Client(self.port, {SESSION: ticket.token})

    def wall(self, regions: Sequence[str] | None = None) -> tuple[int, Client]:
        """A kiosk that has entered, and its number."""
        number, token = kiosk.add(self.engine, ADMIN, "hall", regions)
        client = self.client()
        assert client.post("/kiosk/enter", token=token).status == 204
        return number, client


def put_user(engine: Engine, login: str, grant: Grant, worker: str | None = None) -> None:
    """A user whose first password is changed already."""
    values = {"login": login, "name": f"name of {login}", "password": _password(), "worker": worker}
    with engine.begin() as conn:
        assert add_user(conn, {**values, **grant.values()}) is not None


@cache
def _password() -> str:
    return hashed(PASSWORD)


@contextmanager
def signed_site(postgres: PostgresServer, redis_url: str, name: str, log: Path) -> Iterator[SignedSite]:
    """The site; its database has the small district of `builders`."""
    with psycopg.connect(postgres.url(), autocommit=True) as conn:
        conn.execute(f"create database {name} template {TEMPLATE} strategy file_copy")
    url, port = postgres.url(name), free_port()
    with psycopg.connect(url, autocommit=True) as conn:
        make_district(conn)
        conn.execute("insert into ops.departments (code, name) values ('CG', 'd1'), ('GA', 'd2')")
    engine = make_engine(url)
    own = {"QUANYU_DATABASE_URL": url, "QUANYU_REDIS_URL": redis_url, "QUANYU_PORT": str(port)}
    try:
        with web_process("app.py", "serve", log=log, **{**os.environ, **own}) as process:
            eventually(lambda: answers(port, "/healthz"), 180)
            yield SignedSite(port, url, engine, process)
    finally:
        engine.dispose()
