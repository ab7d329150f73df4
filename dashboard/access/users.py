"""Signing in with a password, changing it, and what administrators do to users. Every one of these is on record.

Owns the rules (lockout, first change, who may not lock himself out); leaves rows to `data_access` and the cookie to
`pages`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Engine

from dashboard.access import audit
from dashboard.access.audit import Outcome
from dashboard.access.passwords import check_new, hashed, outdated, right
from dashboard.access.tickets import Ticket, open_session
from dashboard.domain.policy import NOBODY, Role, Viewer
from dashboard.errors import DashboardError
from data_access.queries.access import User, unknown_codes, user_by_login
from data_access.writes import access as writes

MOST_FAILURES: Final = 5
LOCKED: Final = timedelta(minutes=15)


class NotLetIn(DashboardError):
    """The user name or the password is wrong, or too many wrong ones were tried: then wait a quarter of an hour."""

    zh = "用户名或密码错误；若多次输错，请等待一刻钟后再试。"


class LoginTaken(DashboardError):
    """There is a user {login} already. Choose another user name."""

    zh = "用户名 {login} 已存在，请另选。"


class BadUser(DashboardError):
    """{what} cannot be used for a user. Check the codes of regions and departments, the roles, and the user name."""

    zh = "用户的 {what} 无法使用。请检查区域和部门的代码、角色以及用户名。"


class UserUnknown(DashboardError):
    """There is no user {login}. `user list` shows them all."""

    zh = "没有用户 {login}；user list 列出所有用户。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a user gets. `regions`, `departments`: codes, None for all."""

    roles: Sequence[Role]
    regions: Sequence[str] | None = None
    departments: Sequence[str] | None = None

    def values(self) -> dict[str, object]:
        """As columns."""
        return {
            "roles": sorted(self.roles),
            "regions": None if self.regions is None else sorted(set(self.regions)),
            "departments": None if self.departments is None else sorted(set(self.departments)),
        }


def sign_in(engine: Engine, login: str, password: str, now: datetime, *, address: str, agent: str) -> Ticket:
    """A session for the right password. NotLetIn for every other case alike, and on record."""
    with engine.begin() as conn:
        user = user_by_login(conn, login[:200])
    good = right(user.password if user else None, password)
    who = Viewer(
        login=user.login if user else "", name="", roles=frozenset(), scope=NOBODY.scope, address=address
    )
    if user is None or not good or user.disabled_at is not None or _locked(user, now):
        with engine.begin() as conn:
            failures = 0
            if user is not None and not good:
                failures = writes.count_failure(conn, user.id, most=MOST_FAILURES, until=now + LOCKED)
            audit.note(conn, who, "session.begun", "", Outcome.REFUSED, failures=failures)
        raise NotLetIn
    with engine.begin() as conn:
        anew = hashed(password) if user.password and outdated(user.password) else None
        writes.note_sign_in(conn, user.id, now, anew)
        audit.note(conn, who, "session.begun", "")
        return open_session(conn, user.id, now, address=address, agent=agent)


def change_password(
    engine: Engine, viewer: Viewer, old: str, new: str, now: datetime, *, keep: bytes | None
) -> None:
    """The user's own change; all other sessions end. NotLetIn, WeakPassword."""
    with engine.begin() as conn:
        user = user_by_login(conn, viewer.login)
    if user is None or _locked(user, now) or not right(user.password, old):
        with engine.begin() as conn:
            if user is not None:
                writes.count_failure(conn, user.id, most=MOST_FAILURES, until=now + LOCKED)
            audit.note(conn, viewer, "password.changed", viewer.login, Outcome.REFUSED)
        raise NotLetIn
    check_new(new, user.login)
    with engine.begin() as conn:
        writes.set_password(conn, user.id, hashed(new), must_change=False)
        writes.end_sessions(conn, user.id, but=keep)
        audit.note(conn, viewer, "password.changed", viewer.login)


def add_user(
    engine: Engine, by: Viewer, login: str, name: str, password: str, grant: Grant, worker: str | None = None
) -> None:
    """A new user, who changes the password at the first sign-in. LoginTaken, BadUser, WeakPassword."""
    login = login.strip().lower()
    if not 1 < len(login) <= 64 or not all(letter.isalnum() or letter in "._-@" for letter in login):
        raise BadUser(what=ascii(login))
    check_new(password, login)
    values = {"login": login, "name": name.strip() or login, "password": hashed(password), "worker": worker}
    with engine.begin() as conn:
        _check(conn, grant)
        if writes.add_user(conn, {**values, **grant.values(), "must_change": True}) is None:
            raise LoginTaken(login=login)
        audit.note(conn, by, "user.added", login, **grant.values())


def change_grant(engine: Engine, by: Viewer, login: str, grant: Grant) -> None:
    """Other roles, regions, departments. Streams and sessions follow within seconds. UserUnknown, BadUser."""
    with engine.begin() as conn:
        user = _found(conn, login)
        _check(conn, grant)
        writes.change_user(conn, user.id, grant.values())
        audit.note(conn, by, "user.changed", user.login, **grant.values())


def set_password(engine: Engine, by: Viewer, login: str, password: str) -> None:
    """A new password given by somebody else: to be changed at the next sign-in; all sessions end."""
    check_new(password, login)
    with engine.begin() as conn:
        user = _found(conn, login)
        writes.set_password(conn, user.id, hashed(password), must_change=True)
        writes.end_sessions(conn, user.id)
        audit.note(conn, by, "password.given", user.login)


def disable_user(engine: Engine, by: Viewer, login: str, now: datetime | None) -> None:
    """Let a user in no more, or again (None); sessions end. UserUnknown, BadUser for oneself."""
    with engine.begin() as conn:
        user = _found(conn, login)
        if user.login == by.login:
            raise BadUser(what=user.login)
        writes.disable_user(conn, user.id, now)
        writes.end_sessions(conn, user.id)
        audit.note(conn, by, "user.enabled" if now is None else "user.disabled", user.login)


def _locked(user: User, now: datetime) -> bool:
    return user.locked_until is not None and user.locked_until > now


def _found(conn: Connection, login: str) -> User:
    user = user_by_login(conn, login)
    if user is None:
        raise UserUnknown(login=login)
    return user


def _check(conn: Connection, grant: Grant) -> None:
    unknown = unknown_codes(conn, grant.regions or (), grant.departments or ())
    if unknown or not grant.roles or Role.WALL in grant.roles:
        raise BadUser(what=", ".join(unknown) or "roles")
