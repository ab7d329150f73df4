"""Who may see what.

Owns the scope that every query, snapshot, stream and export takes; leaves who is asking to access.

A street is the smallest thing a viewer is limited to: every region below it belongs to it. The district's own
figures (block "") belong to those who see everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
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
