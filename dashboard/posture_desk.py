"""Switching between the normal state and an emergency: who asks, what is said, what goes on record."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Engine

from dashboard.access import audit
from dashboard.domain.act_refusals import ActRefused
from dashboard.domain.policy import Viewer
from dashboard.domain.posture import Posture, may_switch
from data_access.queries.posture import standing
from data_access.writes.posture import switch
from data_access.writes.session import pooled


class MayNotSwitch(ActRefused):
    """Only leaders and supervisors of the whole district switch its state. Ask one of them."""

    zh = "只有负责全区的领导或值班主管可以进行平急转换，请联系其处理。"
    status: ClassVar[int] = 403


class PostureUnknown(ActRefused):
    """There is no such state. It is normal or emergency."""

    zh = "没有这种状态，应为 normal（平时）或 emergency（急时）。"
    status: ClassVar[int] = 400


def switch_posture(engine: Engine, viewer: Viewer, body: object, now: datetime) -> dict[str, Any]:
    """Have the district be in the posture of a body; what holds then, as an answer. MayNotSwitch, PostureUnknown."""
    wanted = body.get("posture") if isinstance(body, dict) and set(body) == {"posture"} else None
    if wanted not in list(Posture):
        raise PostureUnknown
    posture = Posture(wanted)
    if not may_switch(viewer):
        audit.note(engine, viewer, "posture.switched", posture, audit.Outcome.REFUSED)
        raise MayNotSwitch
    with pooled(engine) as connection:
        switched = switch(connection, posture, now)
        if switched:
            audit.note(connection, viewer, "posture.switched", posture)
        found = standing(connection)
    return {"posture": found.posture, "since": found.since.isoformat(), "switched": switched}
