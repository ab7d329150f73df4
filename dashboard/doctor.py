"""What is wrong with a set-up, one sentence a finding: programs, settings, servers, schema, data, disk."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import redis
from sqlalchemy import Engine

from dashboard.access.door import is_loopback
from dashboard.complaints import sentence_for, without_password
from dashboard.config import Settings, unknown_variables
from dashboard.embedded.accounts import service_account
from dashboard.embedded.binaries import postgres_folder, postgres_major, valkey_program
from dashboard.errors import DashboardError
from data_access.engine import make_engine
from data_access.queries.access import listed_users
from data_access.queries.indicators import district_terms
from data_access.schema import versions

NEWEST_CALENDAR_NOTE = (
    "holidays of {year} are not known: weekdays count instead, import a calendar of your own"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at."""

    good: bool
    text: str


def examine(settings: Settings) -> list[Finding]:
    """Look at everything that can be looked at; a failure of one does not hide the others."""
    return [
        *_surroundings(settings),
        *_tried("PostgreSQL", lambda: _database(settings), settings.database_url, "QUANYU_DATABASE_URL"),
        *_tried("Valkey", lambda: _wire(settings), settings.redis_url, "QUANYU_REDIS_URL"),
    ]


def _surroundings(settings: Settings) -> Iterator[Finding]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Finding(good=sys.version_info >= (3, 11), text=f"Python {version}")
    for name in unknown_variables():
        yield Finding(good=False, text=f"{name} is no setting: is it misspelt? See docs/settings.md.")
    for look in (_postgres_programs, _valkey_programs):
        try:
            yield look(settings)
        except DashboardError as error:
            yield Finding(good=False, text=error.sentence())
    yield _sign_in(settings)
    place = settings.data_dir if settings.data_dir.exists() else settings.data_dir.absolute().parent
    if place.exists():
        free_mb = shutil.disk_usage(place).free // 1_000_000
        yield Finding(good=free_mb >= settings.min_free_mb, text=f"{free_mb} MB free in {place}")


def _sign_in(settings: Settings) -> Finding:
    """Whether anybody gets in without a sign-in."""
    if settings.sign_in == "required":
        return Finding(good=True, text="everybody signs in")
    if is_loopback(settings.host):
        text = "whoever uses this machine is in as the demo user: for real data set QUANYU_SIGN_IN=required"
        return Finding(good=True, text=text)
    text = f"QUANYU_SIGN_IN=demo holds on loopback only; listening on {settings.host} everybody signs in"
    return Finding(good=False, text=text)


def _users(engine: Engine) -> Finding:
    with engine.connect() as conn:
        found = [one for one in listed_users(conn) if one.disabled_at is None]
    text = f"{len(found)} users may sign in" if found else "nobody can sign in: run `python app.py user add`"
    return Finding(good=bool(found), text=text)


def _postgres_programs(settings: Settings) -> Finding:
    folder = postgres_folder(service_account(), settings.postgres_bin)
    return Finding(good=True, text=f"PostgreSQL {postgres_major(folder)} for demo in {folder}")


def _valkey_programs(settings: Settings) -> Finding:
    return Finding(
        good=True, text=f"Valkey for demo: {valkey_program(service_account(), settings.valkey_server)}"
    )


def _tried(what: str, look: Callable[[], Iterator[Finding]], url: str, setting: str) -> list[Finding]:
    if not url:
        return [Finding(good=True, text=f"{setting} is not set: demo brings its own {what}")]
    try:
        return [Finding(good=True, text=f"{what} answers at {without_password(url)}"), *look()]
    except Exception as error:
        sentence = sentence_for(error)
        if sentence is None:
            raise
        return [Finding(good=False, text=sentence)]


def _database(settings: Settings) -> Iterator[Finding]:
    current, newest = versions(settings.database_url)
    if current != newest:
        advice = "run `python app.py migrate`"
        yield Finding(
            good=False, text=f"the schema is at {current or 'nothing'}, the program at {newest}: {advice}"
        )
        return
    yield Finding(good=True, text=f"the schema is at {newest}")
    engine = make_engine(settings.database_url, application="quanyu doctor")
    try:
        now = datetime.now(UTC)
        known = district_terms(engine).schedule.known(now, now)
        note = f"holidays of {now.year} are known"
        if settings.sign_in == "required":
            yield _users(engine)
        yield Finding(good=known, text=note if known else NEWEST_CALENDAR_NOTE.format(year=now.year))
    finally:
        engine.dispose()


def _wire(settings: Settings) -> Iterator[Finding]:
    with redis.Redis.from_url(settings.redis_url, socket_timeout=3, socket_connect_timeout=3) as client:
        client.ping()
    yield from ()
