"""A briefing's grid map as native shapes: one for each grid, so that an office program selects, moves and recolours it.

Owns the projection onto a page and the shapes' paths; slides and documents wrap them in their own dialect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Final

from dashboard.briefing.content import Border, GridMap, Ring
from dashboard.briefing.typeset import ems

EMU_PER_PT: Final = 12_700
FINEST_EMU: Final = EMU_PER_PT // 5
"""Corners nearer to one another than this are one: a fifth of a point, which nobody sees."""

Point = tuple[int, int]
Polygons = tuple[tuple[Ring, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A rectangle on a page, in EMU."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """Its lower edge."""
        return self.top + self.height

    def meets(self, other: Frame) -> bool:
        """Whether the two share a place."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """Closed paths on the page, and the rectangle around them: empty paths where nothing is left at this size."""

    frame: Frame
    paths: tuple[tuple[Point, ...], ...]

    def path_xml(self) -> str:
        """As the path of a custom geometry: coordinates from the frame's corner."""
        left, top = self.frame.left, self.frame.top
        parts = [f'<a:path w="{self.frame.width}" h="{self.frame.height}">']
        for path in self.paths:
            x, y = path[0]
            parts.append(f'<a:moveTo><a:pt x="{x - left}" y="{y - top}"/></a:moveTo>')
            parts += [f'<a:lnTo><a:pt x="{x - left}" y="{y - top}"/></a:lnTo>' for x, y in path[1:]]
            parts.append("<a:close/>")
        return "".join([*parts, "</a:path>"])


class Projection:
    """Degrees to a page: as large as fits into the frame, in its middle, distances east as long as north."""

    def __init__(self, drawn: GridMap, frame: Frame, finest: int = FINEST_EMU) -> None:
        """`finest`: corners nearer to one another are one."""
        self._finest = finest
        points = [point for polygons in _all(drawn) for rings in polygons for point in rings[0]]
        lons = [lon for lon, _ in points] or [0.0, 1.0]
        lats = [lat for _, lat in points] or [0.0, 1.0]
        self._west, self._north = min(lons), max(lats)
        self._narrow = cos(radians((min(lats) + max(lats)) / 2))
        wide = (max(lons) - self._west) * self._narrow or 1e-6
        high = self._north - min(lats) or 1e-6
        self._scale = min(frame.width / wide, frame.height / high)
        self._left = frame.left + (frame.width - wide * self._scale) / 2
        self._top = frame.top + (frame.height - high * self._scale) / 2

    def point(self, lon: float, lat: float) -> Point:
        """Where a place lies on the page."""
        return (
            round(self._left + (lon - self._west) * self._narrow * self._scale),
            round(self._top + (self._north - lat) * self._scale),
        )

    def outline(self, polygons: Polygons) -> Outline:
        """The shape of a region."""
        paths = tuple(path for rings in polygons for ring in rings if len(path := self._path(ring)) >= 3)
        xs = [x for path in paths for x, _ in path] or [0]
        ys = [y for path in paths for _, y in path] or [0]
        frame = Frame(left=min(xs), top=min(ys), width=max(xs) - min(xs), height=max(ys) - min(ys))
        return Outline(frame=frame, paths=paths)

    def _path(self, ring: Ring) -> tuple[Point, ...]:
        kept: list[Point] = []
        for lon, lat in ring:
            x, y = self.point(lon, lat)
            if not kept or abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= self._finest:
                kept.append((x, y))
        if len(kept) > 1 and abs(kept[0][0] - kept[-1][0]) + abs(kept[0][1] - kept[-1][1]) < self._finest:
            kept.pop()
        return tuple(kept)


def label_frames(
    borders: Sequence[Border], projection: Projection, size_pt: float, unit: int = EMU_PER_PT
) -> Iterator[tuple[Border, Frame]]:
    """The labels that stand clear of one another, each in the middle of its region; others are left out. `unit`: of
    the projection, a point.
    """
    taken: list[Frame] = []
    high = round(size_pt * 1.5 * unit)
    for border in borders:
        wide = round((ems(border.name) + 0.8) * size_pt * unit)
        x, y = projection.point(border.lon, border.lat)
        frame = Frame(left=x - wide // 2, top=y - high // 2, width=wide, height=high)
        if not any(frame.meets(other) for other in taken):
            taken.append(frame)
            yield border, frame


def _all(drawn: GridMap) -> Iterable[Polygons]:
    yield from (area.polygons for area in drawn.areas)
    yield from (border.polygons for border in drawn.borders)
