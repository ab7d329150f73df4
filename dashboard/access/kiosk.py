"""Walls: each has a token of its own, for one layout and one scope, that does not expire and can be revoked at once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine

from dashboard.access import audit
from dashboard.access.audit import Outcome
from dashboard.access.tickets import KIOSK_PREFIX, digest, new_token
from dashboard.access.viewers import viewer_of_kiosk
from dashboard.domain.policy import NOBODY, Viewer
from dashboard.domain.wall import WallLayout
from dashboard.errors import DashboardError
from data_access.queries.access import kiosk_by_digest, unknown_codes
from data_access.writes.access import add_kiosk, revoke_kiosk


class BadKiosk(DashboardError):
    """{what} cannot be used for a wall. Check the codes of its regions and its layout."""

    zh = "大屏的 {what} 无法使用。请检查区域代码和布局。"


class KioskUnknown(DashboardError):
    """No wall {id} holds a token; `kiosk list` shows them all."""

    zh = "没有编号为 {id} 的有效大屏；kiosk list 列出所有大屏。"


def add(
    engine: Engine, by: Viewer, name: str, regions: Sequence[str] | None, layout: str = WallLayout.WALL
) -> tuple[int, str]:
    """A new wall: its id, and its token, which is shown once and kept nowhere. BadKiosk."""
    if layout not in list(WallLayout):
        raise BadKiosk(what=layout)
    token = new_token(KIOSK_PREFIX)
    with engine.begin() as conn:
        unknown = unknown_codes(conn, regions or (), ())
        if unknown:
            raise BadKiosk(what=", ".join(unknown))
        number = add_kiosk(conn, name, layout, digest(token), regions, by.login)
        audit.note(conn, by, "kiosk.added", str(number), regions=None if regions is None else list(regions))
    return number, token


def revoke(engine: Engine, by: Viewer, number: int) -> None:
    """End a wall's token: its screen is dark within seconds. KioskUnknown."""
    with engine.begin() as conn:
        if not revoke_kiosk(conn, number):
            raise KioskUnknown(id=number)
        audit.note(conn, by, "kiosk.revoked", str(number))


def enter(engine: Engine, token: str, address: str) -> bool:
    """Whether a token is that of a wall; on record either way."""
    with engine.begin() as conn:
        found = kiosk_by_digest(conn, digest(token)) if token.startswith(KIOSK_PREFIX) else None
        who = NOBODY if found is None else viewer_of_kiosk(found, address)
        outcome = Outcome.REFUSED if found is None else Outcome.DONE
        audit.note(
            conn, who, "kiosk.entered", "" if found is None else str(found.id), outcome, address=address
        )
    return found is not None
