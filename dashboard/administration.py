"""What the pages of administration ask and do: users, walls, tokens, and the record. Every deed is on record.

Owns which act each needs; leaves the rules of users and walls to `dashboard.access`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from dashboard.access import audit, kiosk, users
from dashboard.access.passwords import new_password
from dashboard.access.users import Grant
from dashboard.answering import answered
from dashboard.domain.policy import Act, Role, Viewer
from dashboard.domain.wall import WallLayout
from dashboard.errors import DashboardError
from data_access.queries.access import Kiosk, User, listed_kiosks, listed_users
from data_access.queries.audit import AuditQuestion, AuditRow, Verdict, search, verify
from data_access.queries.tokens import ListedToken, listed_tokens
from data_access.writes.session import pooled
from data_access.writes.tokens import revoke


class MayNotAdminister(DashboardError):
    """Your role does not include this. Ask an administrator."""

    zh = "您的角色不包含此项权限，请联系管理员。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asks of the page. `about`: a login or a number; `fields`: as typed."""

    act: str
    about: str
    fields: Mapping[str, Any]

    def text(self, name: str) -> str:
        """A field's text."""
        value = self.fields.get(name, "")
        return str(value).strip()[:200] if isinstance(value, str) else ""

    def codes(self, name: str) -> list[str]:
        """A field's codes, with commas or blanks between them."""
        return self.text(name).replace(",", " ").replace("，", " ").split()

    def grant(self) -> Grant:
        """Roles and scope of a user. An empty line of regions grants none unless the whole is ticked."""
        chosen = self.fields.get("roles", [])
        roles = [Role(name) for name in chosen if name in list(Role)] if isinstance(chosen, list) else []
        regions = None if self.fields.get("everything") else self.codes("regions")
        return Grant(roles=roles, regions=regions, departments=self.codes("departments") or None)


class Administration:
    """Everything here blocks: call it from a thread."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    @answered
    def lists(self, viewer: Viewer) -> tuple[list[User], list[Kiosk], list[ListedToken]]:
        """All users, walls and tokens. MayNotAdminister."""
        self._need(viewer, Act.ADMINISTER)
        with self._engine.connect() as conn:
            people, walls = listed_users(conn), listed_kiosks(conn)
        with pooled(self._engine) as connection:
            return people, walls, listed_tokens(connection)

    @answered
    def obey(self, viewer: Viewer, wish: Wish) -> str:
        """Do what is asked. What must be shown once (a password, a token), else "". DashboardError."""
        self._need(viewer, Act.ADMINISTER)
        engine = self._engine
        if wish.act == "user-add":
            password = new_password()
            users.add_user(
                engine,
                viewer,
                wish.text("login"),
                wish.text("name"),
                password,
                wish.grant(),
                wish.text("worker") or None,
            )
            return password
        if wish.act == "user-grant":
            users.change_grant(engine, viewer, wish.about, wish.grant())
        elif wish.act == "user-password":
            password = new_password()
            users.set_password(engine, viewer, wish.about, password)
            return password
        elif wish.act in ("user-disable", "user-enable"):
            at = self._clock() if wish.act == "user-disable" else None
            users.disable_user(engine, viewer, wish.about, at)
        elif wish.act == "kiosk-add":
            regions = None if wish.fields.get("everything") else wish.codes("regions")
            layout = wish.text("layout") or WallLayout.WALL
            return kiosk.add(engine, viewer, wish.text("name") or "wall", regions, layout)[1]
        elif wish.act == "kiosk-revoke" and wish.about.isdecimal():
            kiosk.revoke(engine, viewer, int(wish.about[:18]))
        elif wish.act == "token-revoke" and wish.about.isdecimal():
            self._revoke_token(viewer, int(wish.about[:18]))
        return ""

    @answered
    def record(self, viewer: Viewer, question: AuditQuestion) -> Sequence[AuditRow]:
        """Lines of the record; looking at it is on record too. MayNotAdminister."""
        self._need(viewer, Act.AUDIT)
        audit.note(self._engine, viewer, "audit.seen", question.actor or "", what=question.what)
        with self._engine.connect() as conn:
            return search(conn, question)

    @answered
    def chain(self, viewer: Viewer) -> Verdict:
        """Whether the record holds. MayNotAdminister."""
        self._need(viewer, Act.AUDIT)
        with self._engine.connect() as conn:
            return verify(conn)

    def _revoke_token(self, viewer: Viewer, number: int) -> None:
        with pooled(self._engine) as connection:
            if revoke(connection, number):
                audit.note(connection, viewer, "token.revoked", str(number))

    def _need(self, viewer: Viewer, act: Act) -> None:
        if not viewer.may(act):
            audit.note(self._engine, viewer, f"admin.{act}", "", audit.Outcome.REFUSED)
            raise MayNotAdminister
