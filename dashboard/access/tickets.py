"""The tickets that browsers carry: opaque tokens in cookies, of which the server keeps the hash alone."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final

from sqlalchemy import Connection

from data_access.writes.access import add_session

SESSION: Final = "quanyu_session"
KIOSK: Final = "quanyu_kiosk"
SSO: Final = "quanyu_sso"
SSO_LIFE: Final = timedelta(minutes=10)
LIFE: Final = timedelta(days=7)
"""No session lasts longer, however busy it is."""
IDLE: Final = timedelta(hours=12)
"""A session that nobody used for so long is over: a shift, and a bit."""
KIOSK_LIFE: Final = timedelta(days=400)
"""The longest that browsers keep a cookie; a wall renews it at every load."""
LONGEST: Final = 500
KIOSK_PREFIX: Final = "qyk_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A session just opened. `token`: goes into the cookie and nowhere else."""

    token: str
    expires_at: datetime


def new_token(prefix: str = "") -> str:
    """256 bits of chance."""
    return prefix + secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """What is kept of a token. A plain SHA-256 is enough for what nobody can guess."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def open_session(conn: Connection, user_id: int, now: datetime, *, address: str, agent: str) -> Ticket:
    """A session for a user who was let in. Its token is always a new one."""
    ticket = Ticket(token=new_token(), expires_at=now + LIFE)
    add_session(conn, digest(ticket.token), user_id, now, ticket.expires_at, address=address, agent=agent)
    return ticket


def secure(scope: Mapping[str, Any]) -> bool:
    """Whether the browser's connection is encrypted, be it up to the proxy before us."""
    return scope.get("scheme") == "https"


def cookie_name(name: str, scope: Mapping[str, Any]) -> str:
    """Over TLS with the prefix that browsers take from this very host alone."""
    return f"__Host-{name}" if secure(scope) else name


def carried(scope: Mapping[str, Any], name: str) -> str | None:
    """The token of a cookie of the request."""
    header = b"; ".join(value for key, value in scope["headers"] if key == b"cookie")
    wanted = cookie_name(name, scope)
    for item in header.decode("latin-1").split(";"):
        key, _, value = item.strip().partition("=")
        if key == wanted and 0 < len(value) <= LONGEST:
            return value
    return None


def cookie(scope: Mapping[str, Any], name: str, value: str, life: timedelta | None) -> str:
    """A Set-Cookie: no script reads it, no other site sends it. No `life`: for as long as the browser runs;
    an empty value takes the cookie away."""
    made: SimpleCookie = SimpleCookie()
    key = cookie_name(name, scope)
    try:
        made[key] = value
    except CookieError as error:
        raise ValueError("no value for a cookie") from error
    made[key]["path"] = "/"
    made[key]["httponly"] = True
    made[key]["samesite"] = "Lax"
    if secure(scope):
        made[key]["secure"] = True
    if not value:
        made[key]["max-age"] = 0
    elif life is not None:
        made[key]["max-age"] = int(life.total_seconds())
    return made[key].OutputString()
