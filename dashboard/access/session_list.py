"""Where a user is signed in: the list, and ending one session or all. Endings are on record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from sqlalchemy import Engine

from dashboard.access import audit
from dashboard.access.tickets import IDLE
from dashboard.domain.policy import Viewer
from dashboard.i18n import Lang, text
from data_access.queries.access import SessionRow, listed_sessions, user_by_login
from data_access.writes import access as writes


def own(engine: Engine, viewer: Viewer, now: datetime) -> list[SessionRow]:
    """The viewer's sessions that hold."""
    with engine.connect() as conn:
        user = user_by_login(conn, viewer.login)
        return [] if user is None else listed_sessions(conn, user.id, now, now - IDLE)


def end_own(engine: Engine, viewer: Viewer, digest: bytes) -> None:
    """End the session of that ticket."""
    with engine.begin() as conn:
        if writes.end_session(conn, digest):
            audit.note(conn, viewer, "session.ended", viewer.login)


def end(engine: Engine, viewer: Viewer, number: int | None) -> None:
    """End one of the viewer's sessions, or all (None)."""
    with engine.begin() as conn:
        user = user_by_login(conn, viewer.login)
        if user is None:
            return
        gone = (
            writes.end_sessions(conn, user.id)
            if number is None
            else writes.end_session_number(conn, user.id, number)
        )
        audit.note(conn, viewer, "session.ended", user.login, n=int(gone))


def table(rows: Sequence[SessionRow], own_digest: bytes | None, lang: Lang) -> str:
    """The list as a table of HTML, its values escaped."""

    def word(key: str) -> str:
        return escape(text(lang, f"access.{key}"))

    lines = []
    for row in rows:
        here = f' <b class="tag">{word("here")}</b>' if row.digest == own_digest else ""
        button = f'<button class="btn sm" name="number" value="{row.number}">{word("end")}</button>'
        cells = (
            f"{row.seen_at:%Y-%m-%d %H:%M}Z",
            escape(row.address or ""),
            escape((row.agent or "")[:80]) + here,
            f'<form method="post" action="/sessions">{button}</form>',
        )
        lines.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    head = "".join(f"<th>{word(key)}</th>" for key in ("seen", "address", "agent")) + "<th></th>"
    every = (
        f'<form method="post" action="/sessions"><button class="btn pri">{word("end_all")}</button></form>'
    )
    return f'<table class="tb"><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table>{every}'
