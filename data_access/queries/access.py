"""Who may sign in: users, sessions and kiosks as access asks for them. Every list is bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user as stored. `regions`, `departments`: codes, None for all; `levels`: level by region code."""

    id: int
    login: str
    name: str
    password: str | None
    must_change: bool
    worker: str | None
    roles: tuple[str, ...]
    regions: tuple[str, ...] | None
    departments: tuple[str, ...] | None
    levels: tuple[tuple[str, str], ...]
    failures: int
    locked_until: datetime | None
    disabled_at: datetime | None
    signed_in_at: datetime | None
    elsewhere: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A session that is not over by itself. `number`: how lists name it."""

    number: int
    digest: bytes
    made_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str | None
    agent: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kiosk:
    """A wall. `regions`: codes, None for the whole district; `levels`: level by code."""

    id: int
    name: str
    layout: str
    regions: tuple[str, ...] | None
    levels: tuple[tuple[str, str], ...]
    made_by: str
    made_at: datetime
    revoked_at: datetime | None


_LEVELS = """
  (select coalesce(jsonb_object_agg(r.code, r.level), '{{}}') from ops.regions r where r.code = any({of}.regions))
"""
_USER = f"""
  u.id, u.login, u.name, u.password, u.must_change, w.code as worker, u.roles, u.regions, u.departments,
  u.failures, u.locked_until, u.disabled_at, u.signed_in_at, u.issuer is not null as elsewhere,
  {_LEVELS.format(of="u")} as levels
"""
BY_LOGIN = text(f"""
select {_USER} from board.users u left join ops.workers w on w.id = u.worker_id where u.login = lower(:login)
""")
BY_IDENTITY = text(f"""
select {_USER} from board.users u left join ops.workers w on w.id = u.worker_id
where u.issuer = :issuer and u.subject = :subject
""")
BY_SESSION = text(f"""
select {_USER}, s.number, s.digest, s.made_at, s.seen_at, s.expires_at, s.address, s.agent
from board.sessions s join board.users u on u.id = s.user_id left join ops.workers w on w.id = u.worker_id
where s.digest = :digest and s.expires_at > :now and s.seen_at > :idle and u.disabled_at is null
""")
LISTED = text(f"""
select {_USER} from board.users u left join ops.workers w on w.id = u.worker_id order by u.login limit {MOST}
""")
SESSIONS = text(f"""
select number, digest, made_at, seen_at, expires_at, address, agent from board.sessions
where user_id = :user_id and expires_at > :now and seen_at > :idle order by seen_at desc limit {MOST}
""")
_KIOSK = f"k.id, k.name, k.layout, k.regions, k.made_by, k.made_at, k.revoked_at, {_LEVELS.format(of='k')} as levels"
BY_KIOSK = text(f"select {_KIOSK} from board.kiosks k where k.digest = :digest and k.revoked_at is null")
KIOSKS = text(f"select {_KIOSK} from board.kiosks k order by k.id limit {MOST}")
VERSION = text("select version from board.access_version")
UNKNOWN = text("""
select code from unnest(cast(:codes as text[])) code
where not exists (select from ops.regions r where r.code = code.code)
""")
UNKNOWN_DEPARTMENTS = text("""
select code from unnest(cast(:codes as text[])) code
where not exists (select from ops.departments d where d.code = code.code)
""")


def user_by_login(conn: Connection, login: str) -> User | None:
    """The user of a login, whatever its case."""
    row = conn.execute(BY_LOGIN, {"login": login}).one_or_none()
    return None if row is None else _user(row)


def user_by_identity(conn: Connection, issuer: str, subject: str) -> User | None:
    """The user whom another provider knows."""
    row = conn.execute(BY_IDENTITY, {"issuer": issuer, "subject": subject}).one_or_none()
    return None if row is None else _user(row)


def user_by_session(
    conn: Connection, digest: bytes, now: datetime, idle: datetime
) -> tuple[User, SessionRow] | None:
    """Whose session that is, provided that it holds: not over, seen after `idle`, its user not disabled."""
    row = conn.execute(BY_SESSION, {"digest": digest, "now": now, "idle": idle}).one_or_none()
    return None if row is None else (_user(row), _session(row))


def kiosk_by_digest(conn: Connection, digest: bytes) -> Kiosk | None:
    """The wall of a token, unless it was revoked."""
    row = conn.execute(BY_KIOSK, {"digest": digest}).one_or_none()
    return None if row is None else _kiosk(row)


def listed_users(conn: Connection) -> list[User]:
    """All users by login."""
    return [_user(row) for row in conn.execute(LISTED)]


def listed_sessions(conn: Connection, user_id: int, now: datetime, idle: datetime) -> list[SessionRow]:
    """The sessions of a user that hold, the last seen first."""
    return [_session(row) for row in conn.execute(SESSIONS, {"user_id": user_id, "now": now, "idle": idle})]


def listed_kiosks(conn: Connection) -> list[Kiosk]:
    """All walls in the order in which they were made."""
    return [_kiosk(row) for row in conn.execute(KIOSKS)]


def access_version(conn: Connection) -> int:
    """A number that rises with every change of a right."""
    return int(conn.execute(VERSION).scalar_one())


def unknown_codes(conn: Connection, regions: Sequence[str], departments: Sequence[str]) -> list[str]:
    """Which of the codes name no region or no department."""
    found = list(conn.execute(UNKNOWN, {"codes": list(regions)}).scalars())
    return found + list(conn.execute(UNKNOWN_DEPARTMENTS, {"codes": list(departments)}).scalars())


def _user(row: Row[Any]) -> User:
    return User(
        id=row.id,
        login=row.login,
        name=row.name,
        password=row.password,
        must_change=row.must_change,
        worker=row.worker,
        roles=tuple(row.roles),
        regions=_codes(row.regions),
        departments=_codes(row.departments),
        levels=tuple(sorted(row.levels.items())),
        failures=row.failures,
        locked_until=row.locked_until,
        disabled_at=row.disabled_at,
        signed_in_at=row.signed_in_at,
        elsewhere=row.elsewhere,
    )


def _session(row: Row[Any]) -> SessionRow:
    return SessionRow(
        number=row.number,
        digest=bytes(row.digest),
        made_at=row.made_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        address=row.address,
        agent=row.agent,
    )


def _kiosk(row: Row[Any]) -> Kiosk:
    return Kiosk(
        id=row.id,
        name=row.name,
        layout=row.layout,
        regions=_codes(row.regions),
        levels=tuple(sorted(row.levels.items())),
        made_by=row.made_by,
        made_at=row.made_at,
        revoked_at=row.revoked_at,
    )


def _codes(found: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if found is None else tuple(found)
