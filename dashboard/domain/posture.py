"""The district's posture: its normal state, or an emergency in which every wall shows what presses first.

Owns who may switch it: the policy's act, and a scope that holds the whole district, as all walls follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from dashboard.domain.policy import Act, Viewer


class Posture(StrEnum):
    """平时 and 急时."""

    NORMAL = "normal"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A posture, and since when it holds."""

    posture: Posture
    since: datetime


CALM: Final = Standing(posture=Posture.NORMAL, since=datetime(1970, 1, 1, tzinfo=UTC))
"""What holds where nobody ever switched."""


def may_switch(viewer: Viewer) -> bool:
    """Whether the viewer may switch the posture of the district."""
    return viewer.may(Act.SWITCH_POSTURE) and viewer.scope.everything
