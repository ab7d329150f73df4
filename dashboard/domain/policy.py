"""What a viewer may see and do: the one place that decides.

Owns the scope that every query, snapshot, stream and export takes, and the acts of each role; which act an address
needs is in `permits`, and who is asking is for access.

A scope is a set of regions of any level, each with all below it, and a set of departments; an event is in it where
both hold. The stream comes in blocks of streets: who sees less than a street, or not every department, gets its
beats and nothing else. The district's own figures (block "") belong to those who see everything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from dashboard.domain.filters import Filters
from dashboard.domain.messages import DISTRICT_BLOCK, FrameKind

FOR_EVERYBODY: Final = frozenset({FrameKind.BEAT, FrameKind.RESET})
NO_DEPARTMENT: Final = frozenset({""})
"""A choice of departments that no event has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a viewer sees. `streets`: codes of whole streets, None for every region of the district; `below`: codes of
    regions smaller than a street; `departments`: codes, None for all.
    """

    streets: frozenset[str] | None = None
    below: frozenset[str] = frozenset()
    departments: frozenset[str] | None = None

    @property
    def everything(self) -> bool:
        """Whether the viewer sees the whole district, its own figures included."""
        return self.streets is None and self.departments is None

    def allows(self, street_code: str) -> bool:
        """Whether all of a street may be seen. The district's own block, "", needs the whole."""
        if self.departments is not None:
            return False
        return self.streets is None or street_code in self.streets

    def reaches(self, path: Collection[str]) -> bool:
        """Whether a region may be seen, by the codes of itself and of what is above it. Departments are apart."""
        if self.streets is None:
            return True
        return any(code in self.streets or code in self.below for code in path)

    def roots(self) -> list[str] | None:
        """Codes of the regions that hold all that is visible; None: the district."""
        return None if self.streets is None else sorted(self.streets | self.below)

    def narrowed(self, filters: Filters) -> Filters:
        """The filters of a question, with the departments that the viewer may ask about."""
        if self.departments is None:
            return filters
        asked = filters.department & self.departments if filters.department else self.departments
        return replace(filters, department=asked or NO_DEPARTMENT)

    def blocks(self, keys: Iterable[str], kind: FrameKind | None = None) -> tuple[str, ...]:
        """Which of a frame's blocks the viewer gets, in the frame's order. Beats and resets go to all."""
        if self.everything:
            return tuple(keys)
        open_to_all = kind in FOR_EVERYBODY
        return tuple(key for key in keys if self.allows(key) or (open_to_all and key == DISTRICT_BLOCK))

    def codes(self) -> list[str]:
        """The scope as a snapshot states it: ["*"] or codes in order."""
        found = ["*"] if self.streets is None else sorted(self.streets | self.below)
        return found + [f"department:{code}" for code in sorted(self.departments or ())]


EVERYTHING: Final = Scope()
NOTHING: Final = Scope(streets=frozenset())


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
    """What somebody may do. SEE_PERSONAL: names, phone numbers and free text as they are; others get them masked."""

    SEE_WALL = "see_wall"
    SEE_REGIONS = "see_regions"
    SEE_PERSONAL = "see_personal"
    SEE_OWN_DAY = "see_own_day"
    SEE_EVENTS = "see_events"
    SEE_TRACKS = "see_tracks"
    SEE_ATTENDANCE = "see_attendance"
    NOTE = "note"
    REMIND = "remind"
    SUPERVISE = "supervise"
    TRANSFER = "transfer"
    MARK_DUPLICATE = "mark_duplicate"
    EXCUSE = "excuse"
    ROSTER = "roster"
    SWITCH_POSTURE = "switch_posture"
    EXPORT = "export"
    BRIEF = "brief"
    IMPORT = "import"
    ADMINISTER = "administer"
    AUDIT = "audit"


_LOOKING: Final = frozenset({Act.SEE_WALL, Act.SEE_REGIONS, Act.SEE_EVENTS, Act.EXPORT})
_ACTING: Final = frozenset(
    {
        Act.SEE_PERSONAL,
        Act.NOTE,
        Act.REMIND,
        Act.SUPERVISE,
        Act.TRANSFER,
        Act.MARK_DUPLICATE,
        Act.EXCUSE,
        Act.ROSTER,
    }
)
ACTS: Final[dict[Role, frozenset[Act]]] = {
    Role.LEADER: _LOOKING
    | {
        Act.SEE_TRACKS,
        Act.SEE_ATTENDANCE,
        Act.NOTE,
        Act.REMIND,
        Act.SUPERVISE,
        Act.BRIEF,
        Act.SWITCH_POSTURE,
    },
    Role.SUPERVISOR: _LOOKING | _ACTING | {Act.SEE_TRACKS, Act.SEE_ATTENDANCE, Act.BRIEF, Act.SWITCH_POSTURE},
    Role.ANALYST: _LOOKING | {Act.BRIEF},
    Role.FIELD_WORKER: frozenset({Act.SEE_OWN_DAY}),
    Role.ADMINISTRATOR: frozenset({Act.IMPORT, Act.ADMINISTER}),
    Role.AUDITOR: frozenset({Act.AUDIT}),
    Role.WALL: frozenset({Act.SEE_WALL}),
}
"""What each role may do. A role that is not here may do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who is asking. `login`: as recorded with what was done; `name`: as shown. `demo`: signed in by nobody.

    `worker`: the code of the field worker that it is; `kiosk`: a wall, not a person, and `layout` what it shows;
    `address`: where it asks from;
    `must_change`: its password was given by somebody else, and nothing else opens before it is changed.
    """

    login: str
    name: str
    roles: frozenset[Role]
    scope: Scope
    demo: bool = False
    worker: str | None = None
    kiosk: bool = False
    layout: str = ""
    must_change: bool = False
    address: str = ""

    @property
    def known(self) -> bool:
        """Whether somebody signed in, be it a wall or the demo."""
        return bool(self.login)

    def may(self, act: Act) -> bool:
        """Whether one of the viewer's roles allows it. Where is the scope's question."""
        return any(act in ACTS[role] for role in self.roles)


NOBODY: Final = Viewer(login="", name="", roles=frozenset(), scope=NOTHING)
DEMO: Final = Viewer(
    login="demo",
    name="演示用户",
    roles=frozenset({Role.LEADER, Role.SUPERVISOR, Role.ANALYST, Role.ADMINISTRATOR, Role.AUDITOR}),
    scope=EVERYTHING,
    demo=True,
)
"""The viewer of a server without sign-in, which is why it listens on loopback."""
