"""Figures of a region's page as its script paints them: value, target, what it was, and on demand how it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

ARROWS = {"up": "\u2191", "down": "\u2193"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """What has changed, as shown. `versus`: since when; `way`: up, down, or nothing; `good`: whether that is better."""

    text: str
    versus: str
    way: str = ""
    good: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """How a value is made: pairs of what it is called and what it says, in order."""

    formula: str
    rows: Sequence[tuple[str, str]]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One figure as shown. `glyph`: ok, warn, bad, off or nothing; `verdict`: beside the glyph, below the value.

    `ways`: (value, name) of the ways to count it, which `field` of the address chooses.
    """

    key: str
    label: str
    value: str
    making: Making
    unit: str = ""
    target: str = ""
    glyph: str = ""
    verdict: str = ""
    delta: Delta | None = None
    spark: str = ""
    loud: bool = False
    missing: bool = False
    field: str = ""
    ways: Sequence[tuple[str, str]] = ()

    def shown(self) -> dict[str, Any]:
        """As the page's script takes it."""
        found = asdict(self)
        if self.delta is not None:
            parts = (self.delta.versus, ARROWS.get(self.delta.way, ""), self.delta.text)
            found["delta"] = {"text": " ".join(part for part in parts if part), "good": self.delta.good}
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One indicator in the list of all."""

    key: str
    name: str
    value: str
    before: str
    target: str
    glyph: str
    formula: str

    def shown(self) -> dict[str, str]:
        """As the page's script takes it."""
        return asdict(self)
