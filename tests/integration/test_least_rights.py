"""Roles of PostgreSQL and users of the wire as shipped in `deploy/`: each process works with its own, no further."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import redis
from psycopg import sql
from sqlalchemy import Engine

from dashboard.access import audit, kiosk, users
from dashboard.access.users import Grant
from dashboard.domain.policy import DEMO, Role
from dashboard.embedded import PostgresServer
from dashboard.relay import run_relay
from data_access.audit_retention import audit_retention
from data_access.bus import RedisBus
from data_access.engine import make_engine
from data_access.listening import RedisListener
from data_access.queries.audit import verify
from data_access.work import JOBS, do
from data_access.writes.session import writing
from tests.builders import insert_event, insert_feedback, make_district
from tests.integration.streaming import eventually
from tests.leaders import Leader
from tests.signed_site import PASSWORD

DEPLOY = Path(__file__).parents[2] / "deploy"
ROLES = ("quanyu_owner", "quanyu_web", "quanyu_relay", "quanyu_work", "quanyu_field")
SECRET = "least-rights"


@pytest.fixture
def database(database_url: str, postgres: PostgresServer) -> Iterator[str]:
    """A small district whose database has the roles; they are of the whole server and go again."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        make_district(conn)
        conn.execute((DEPLOY / "postgres-roles.sql").read_text())
        conn.execute((DEPLOY / "postgres-roles.sql").read_text())
        for role in ROLES:
            conn.execute(
                sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(SECRET))
            )
    yield database_url
    with psycopg.connect(database_url, autocommit=True) as conn:
        for role in ROLES:
            conn.execute(sql.SQL("reassign owned by {} to current_user").format(sql.Identifier(role)))
            conn.execute(sql.SQL("drop owned by {} cascade").format(sql.Identifier(role)))
        for role in ROLES:
            conn.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))


def as_role(url: str, role: str) -> str:
    """The address of the same database for another role."""
    rest = url.partition("@")[2]
    return f"postgresql://{role}:{SECRET}@{rest}"


@pytest.fixture
def web(database: str) -> Iterator[Engine]:
    engine = make_engine(as_role(database, "quanyu_web"))
    yield engine
    engine.dispose()


def test_the_web_signs_people_in_and_adds_to_the_record_and_no_more(web: Engine, database: str) -> None:
    users.add_user(web, DEMO, "li", "", PASSWORD, Grant(roles=[Role.LEADER]))
    users.sign_in(web, "li", PASSWORD, datetime.now(UTC), address="", agent="")
    kiosk.add(web, DEMO, "hall", None)
    audit.note(web, DEMO, "event.seen", "E1")
    with web.connect() as conn:
        assert verify(conn).holds
    with psycopg.connect(as_role(database, "quanyu_web"), autocommit=True) as conn_:
        insert_event(conn_)
        for forbidden in (
            "update board.audit set actor = ''",
            "delete from board.audit",
            "truncate board.audit",
            "insert into board.audit_chain values (99, 99, '')",
            "delete from board.audit_chain",
            "select board.prune_audit(now())",
            "alter table board.audit disable trigger all",
            "drop table ops.feedback",
            "create table ops.more (id int)",
            "create table public.more (id int)",
            "update board.access_version set version = 0",
            "select * from pg_authid",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn_.execute(forbidden)


def test_the_jobs_run_with_their_own_rights(database: str) -> None:
    url = as_role(database, "quanyu_work")
    with writing(url, "work") as connection:
        for job in (*JOBS, audit_retention(180)):
            do(connection, job, datetime.now(UTC))
    with psycopg.connect(url, autocommit=True) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("update board.audit set actor = ''")


def test_the_relay_leads_with_its_own_rights_and_sees_no_people(database: str, redis_url: str) -> None:
    stop, url = threading.Event(), as_role(database, "quanyu_relay")
    thread = threading.Thread(target=run_relay, args=(url, redis_url, stop))
    with redis.Redis.from_url(redis_url) as wire, psycopg.connect(database, autocommit=True) as conn:
        thread.start()
        try:
            eventually(lambda: bool(wire.exists("quanyu:snapshot")))
            insert_event(conn)
            eventually(lambda: conn.execute("select count(*) from board.outbox").fetchone() == (0,))
        finally:
            stop.set()
            thread.join()
    with psycopg.connect(url, autocommit=True) as conn_:
        for table in ("users", "sessions", "kiosks", "tokens", "audit"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn_.execute(sql.SQL("select from board.{}").format(sql.Identifier(table)))


def test_field_systems_write_facts_and_see_nothing_of_the_board(database: str) -> None:
    with psycopg.connect(as_role(database, "quanyu_field"), autocommit=True) as conn:
        event = insert_event(conn)
        conn.execute("update ops.events set state = 'closed', closed_at = now() where id = %s", (event,))
        insert_feedback(conn, event)
        for forbidden in ("select from board.users", "select from board.settings", "delete from ops.events"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(forbidden)


def test_users_of_the_wire_do_their_part_and_no_more(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url, decode_responses=True) as admin:
        for line in (DEPLOY / "valkey-users.acl").read_text().splitlines():
            if line.startswith("user quanyu"):
                _, name, *rules = line.replace(">CHANGE-ME", f">{SECRET}").split()
                admin.execute_command("ACL", "SETUSER", name, "reset", *rules)
        try:
            _tried(redis_url)
        finally:
            admin.execute_command("ACL", "DELUSER", "quanyu-relay", "quanyu-web")


def _tried(redis_url: str) -> None:
    def named(user: str) -> str:
        separator = "&" if "?" in redis_url else "?"
        return f"{redis_url}{separator}username={user}&password={SECRET}"

    bus = RedisBus(named("quanyu-relay"))
    leader = Leader(bus)
    leader.tell()
    leader.save()
    bus.close()

    async def heard() -> dict[str, object] | None:
        listener = RedisListener(named("quanyu-web"))
        try:
            return await listener.snapshot()
        finally:
            await listener.close()

    assert asyncio.run(heard()) is not None
    with redis.Redis.from_url(named("quanyu-web")) as web:
        for forbidden in (
            ("SET", "quanyu:head", "1"),
            ("FLUSHALL",),
            ("PUBLISH", "quanyu:frames", "x"),
            ("KEYS", "*"),
        ):
            with pytest.raises(redis.exceptions.NoPermissionError):
                web.execute_command(*forbidden)
