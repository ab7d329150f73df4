"""Who may see what, and who may do what.

Owns the scope that every query, snapshot, stream and export takes, and the acts of each role; leaves who is asking
to access.

A street is the smallest thing a viewer is limited to: every region below it belongs to it. The district's own
figures (block "") belong to those who see everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dashboard.domain.messages import DISTRICT_BLOCK, FrameKind

FOR_EVERYBODY: Final = frozenset({FrameKind.BEAT, FrameKind.RESET})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Codes of the streets that a viewer sees; None means all of the district."""

    streets: frozenset[str] | None = None

    @property
    def everything(self) -> bool:
        """Whether the viewer sees the whole district, its own figures included."""
        return self.streets is None

    def allows(self, street_code: str) -> bool:
        """Whether a street may be seen. The district's own block, "", needs the whole."""
        return self.streets is None or street_code in self.streets

    def blocks(self, keys: Iterable[str], kind: FrameKind | None = None) -> tuple[str, ...]:
        """Which of a frame's blocks the viewer gets, in the frame's order. Beats and resets go to all."""
        if self.streets is None:
            return tuple(keys)
        open_to_all = kind in FOR_EVERYBODY
        return tuple(key for key in keys if key in self.streets or (open_to_all and key == DISTRICT_BLOCK))

    def codes(self) -> list[str]:
        """The scope as a snapshot states it: ["*"] or street codes in order."""
        return ["*"] if self.streets is None else sorted(self.streets)


EVERYTHING: Final = Scope()


class Role(StrEnum):
    """What a person is here for. Somebody may have several."""

    LEADER = "leader"
    SUPERVISOR = "supervisor"
    ANALYST = "analyst"
    FIELD_WORKER = "field_worker"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    WALL = "wall"


class Act(StrEnum):
    """What somebody may do beyond looking at counts."""

    SEE_EVENTS = "see_events"
    SEE_TRACKS = "see_tracks"
    SEE_ATTENDANCE = "see_attendance"
    NOTE = "note"
    REMIND = "remind"
    SUPERVISE = "supervise"
    TRANSFER = "transfer"
    MARK_DUPLICATE = "mark_duplicate"
    EXCUSE = "excuse"
    EXPORT = "export"
    BRIEF = "brief"
    IMPORT = "import"
    ADMINISTER = "administer"
    AUDIT = "audit"


_LOOKING: Final = frozenset({Act.SEE_EVENTS, Act.EXPORT})
_ACTING: Final = frozenset(
    {Act.NOTE, Act.REMIND, Act.SUPERVISE, Act.TRANSFER, Act.MARK_DUPLICATE, Act.EXCUSE}
)
ACTS: Final[dict[Role, frozenset[Act]]] = {
    Role.LEADER: _LOOKING
    | {Act.SEE_TRACKS, Act.SEE_ATTENDANCE, Act.NOTE, Act.REMIND, Act.SUPERVISE, Act.BRIEF},
    Role.SUPERVISOR: _LOOKING | _ACTING | {Act.SEE_TRACKS, Act.SEE_ATTENDANCE, Act.BRIEF},
    Role.ANALYST: _LOOKING | {Act.BRIEF},
    Role.FIELD_WORKER: frozenset(),
    Role.ADMINISTRATOR: frozenset({Act.IMPORT, Act.ADMINISTER}),
    Role.AUDITOR: frozenset({Act.AUDIT}),
    Role.WALL: frozenset(),
}
"""What each role may do. A role that is not here may do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who is asking. `login`: as recorded with what was done; `name`: as shown. `demo`: signed in by nobody.

    `worker`: the code of the field worker that it is; `kiosk`: a wall, not a person; `address`: where it asks from;
    `must_change`: its password was given by somebody else, and nothing else opens before it is changed.
    """

    login: str
    name: str
    roles: frozenset[Role]
    scope: Scope
    demo: bool = False
    worker: str | None = None
    kiosk: bool = False
    must_change: bool = False
    address: str = ""

    def may(self, act: Act) -> bool:
        """Whether one of the viewer's roles allows it. Where is the scope's question."""
        return any(act in ACTS[role] for role in self.roles)


NOBODY: Final = Viewer(login="", name="", roles=frozenset(), scope=Scope(streets=frozenset()))
DEMO: Final = Viewer(
    login="demo",
    name="演示用户",
    roles=frozenset({Role.LEADER, Role.SUPERVISOR, Role.ANALYST, Role.ADMINISTRATOR, Role.AUDITOR}),
    scope=EVERYTHING,
    demo=True,
)
"""The viewer of a server without sign-in, which is why it listens on loopback."""
