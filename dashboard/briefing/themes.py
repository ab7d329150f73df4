"""The colours and fonts of a briefing's files: those of the print theme of the screens.

Owns what a file takes from the style sheets, as numbers; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dashboard.briefing.content import Role, Series
from dashboard.domain.colours import Colour

SANS: Final = "Microsoft YaHei"
"""Of slides and sheets, for Chinese and Latin alike; where it is missing, any Chinese sans serif takes its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Colours as RRGGBB. `loads`: the six shades of a map, the last the darkest."""

    background: str
    surface: str
    rule: str
    text_1: str
    text_2: str
    text_3: str
    accent: str
    warn: str
    bad: str
    loads: tuple[str, ...]
    area_line: str
    border_line: str
    chart_grid: str
    chart_axis: str
    earlier: str
    bar: str
    target: str

    def status(self, status: Colour | None) -> str:
        """Colour of a standing. What stands well is drawn in the accent: colour is kept for what does not."""
        return {Colour.GREEN: self.accent, Colour.YELLOW: self.warn, Colour.RED: self.bad}.get(
            status or Colour.NONE, self.text_3
        )

    def line(self, role: Role) -> str:
        """Colour of a series as a line."""
        return self.accent if role is Role.NOW else self.earlier

    def area(self, series: Sequence[Series], place: int) -> str:
        """Colour of one of the series as bars: the period's own are told apart by how dark they are."""
        if series[place].role is not Role.NOW:
            return self.rule
        own = sum(one.role is Role.NOW for one in series[:place])
        return (self.bar, self.loads[5], self.loads[2])[own % 3]


PRINT: Final = Theme(
    background="FFFFFF",
    surface="F3F6F9",
    rule="B4C0CD",
    text_1="14202E",
    text_2="41526A",
    text_3="5B6C82",
    accent="1B6BB0",
    warn="9A6200",
    bad="C2331F",
    loads=("EDF3F8", "CFE1EE", "A5C8DF", "6FA5C8", "3A7BA8", "174F7C"),
    area_line="FFFFFF",
    border_line="22364C",
    chart_grid="E1E7EE",
    chart_axis="B4C0CD",
    earlier="7C8CA0",
    bar="3C7FB8",
    target="41526A",
)

GLYPHS: Final = {Colour.GREEN: "●", Colour.YELLOW: "▲", Colour.RED: "■", Colour.NONE: "○"}
"""The shape of a standing, which goes with its colour everywhere."""
