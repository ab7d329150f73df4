"""Users, sessions and kiosks: made, changed, ended. Owns their SQL; the caller commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

LONGEST = 300

ADD_USER = text("""
insert into board.users (login, name, password, must_change, issuer, subject, worker_id, roles, regions, departments)
values (lower(:login), :name, :password, :must_change, :issuer, :subject,
        (select id from ops.workers where code = :worker), :roles, :regions, :departments)
on conflict do nothing returning id
""")
CHANGEABLE = ("name", "roles", "regions", "departments")
DISABLE = text("update board.users set disabled_at = :at where id = :id")
PASSWORD = text("""
update board.users set password = :password, must_change = :must_change, failures = 0, locked_until = null
where id = :id
""")
FAILED = text("""
update board.users set failures = failures + 1,
  locked_until = case when (failures + 1) % :most = 0 then :until else locked_until end
where id = :id returning failures
""")
SIGNED_IN = text("""
update board.users set failures = 0, locked_until = null, signed_in_at = :now,
  password = coalesce(:password, password)
where id = :id
""")
ADD_SESSION = text("""
insert into board.sessions (digest, user_id, made_at, seen_at, expires_at, address, agent)
values (:digest, :user_id, :now, :now, :expires_at, :address, :agent)
""")
SEEN = text("update board.sessions set seen_at = :now where digest = :digest and seen_at < :now")
END = text("delete from board.sessions where digest = :digest")
END_NUMBER = text("delete from board.sessions where user_id = :user_id and number = :number")
END_ALL = text("delete from board.sessions where user_id = :user_id and digest is distinct from :but")
ADD_KIOSK = text("""
insert into board.kiosks (name, layout, digest, regions, made_by)
values (:name, :layout, :digest, :regions, :made_by) returning id
""")
REVOKE = text("update board.kiosks set revoked_at = clock_timestamp() where id = :id and revoked_at is null")
KIOSK_SEEN = text("""
update board.kiosks set seen_on = current_date where id = :id and seen_on is distinct from current_date
""")


def add_user(conn: Connection, values: Mapping[str, Any]) -> int | None:
    """A new user; None where the login or the identity is taken."""
    empty = dict.fromkeys(("password", "issuer", "subject", "worker", "regions", "departments"))
    found = conn.execute(ADD_USER, {**empty, "must_change": False, **values}).scalar_one_or_none()
    return None if found is None else int(found)


def change_user(conn: Connection, user_id: int, values: Mapping[str, Any]) -> None:
    """Change a user's name, roles, regions or departments."""
    names = [name for name in CHANGEABLE if name in values]
    if names:
        setting = ", ".join(f"{name} = :{name}" for name in names)
        conn.execute(text(f"update board.users set {setting} where id = :id"), {**values, "id": user_id})


def disable_user(conn: Connection, user_id: int, at: datetime | None) -> None:
    """Let a user in no more from `at` on, or again (None)."""
    conn.execute(DISABLE, {"id": user_id, "at": at})


def set_password(conn: Connection, user_id: int, password: str, *, must_change: bool) -> None:
    """Keep another hash, and open the lock."""
    conn.execute(PASSWORD, {"id": user_id, "password": password, "must_change": must_change})


def count_failure(conn: Connection, user_id: int, *, most: int, until: datetime) -> int:
    """One more wrong password; at every `most`th the user is locked until then. Returns how many in a row."""
    return int(conn.execute(FAILED, {"id": user_id, "most": most, "until": until}).scalar_one())


def note_sign_in(conn: Connection, user_id: int, now: datetime, password: str | None) -> None:
    """The right password came; `password`: its hash anew, where the old one was weaker than today's."""
    conn.execute(SIGNED_IN, {"id": user_id, "now": now, "password": password})


def add_session(
    conn: Connection,
    digest: bytes,
    user_id: int,
    now: datetime,
    expires_at: datetime,
    *,
    address: str,
    agent: str,
) -> None:
    """A session begins."""
    values = {"digest": digest, "user_id": user_id, "now": now, "expires_at": expires_at}
    conn.execute(ADD_SESSION, {**values, "address": address[:LONGEST], "agent": agent[:LONGEST]})


def session_seen(conn: Connection, digest: bytes, now: datetime) -> None:
    """A session is in use."""
    conn.execute(SEEN, {"digest": digest, "now": now})


def end_session(conn: Connection, digest: bytes) -> bool:
    """End one session."""
    return conn.execute(END, {"digest": digest}).rowcount > 0


def end_session_number(conn: Connection, user_id: int, number: int) -> bool:
    """End one session of a user, by its number in the list."""
    return conn.execute(END_NUMBER, {"user_id": user_id, "number": number}).rowcount > 0


def end_sessions(conn: Connection, user_id: int, *, but: bytes | None = None) -> int:
    """End all sessions of a user, but one if given. Returns how many."""
    return conn.execute(END_ALL, {"user_id": user_id, "but": but}).rowcount


def add_kiosk(
    conn: Connection, name: str, layout: str, digest: bytes, regions: Sequence[str] | None, made_by: str
) -> int:
    """A new wall; returns its id."""
    values = {"name": name, "layout": layout, "digest": digest, "made_by": made_by}
    scope = None if regions is None else list(regions)
    return int(conn.execute(ADD_KIOSK, {**values, "regions": scope}).scalar_one())


def revoke_kiosk(conn: Connection, kiosk_id: int) -> bool:
    """End a wall's token at once; False where there is none, or it was ended before."""
    return conn.execute(REVOKE, {"id": kiosk_id}).rowcount > 0


def kiosk_seen(conn: Connection, kiosk_id: int) -> None:
    """A wall asked today."""
    conn.execute(KIOSK_SEEN, {"id": kiosk_id})
