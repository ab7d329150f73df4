"""Where each worker walked in the last half hour, from the frames that pass by: no page ever asks the
database.

Owns one point a minute and worker, plus the newest. Leaves the time before this process began to whoever
`fill`s it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from dashboard.domain.messages import DISTRICT_BLOCK, Part
from dashboard.domain.policy import Scope
from dashboard.live.mirror import Mirror

SPAN_MS: Final = 30 * 60_000
STEP_MS: Final = 60_000
_MOST: Final = SPAN_MS // STEP_MS + 2


class Point(NamedTuple):
    """A fix: ms since 1970, 1e-5 degrees."""

    ms: int
    x: int
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """The trails of a scope, ready to be written down. `at_ms`: their moment."""

    at_ms: int
    points: dict[int, tuple[Point, ...]]

    def payload(self) -> dict[str, Any]:
        """{"at": ms, "t": {worker id: [[age_s, x, y], ...]}}, newest last."""
        begin = self.at_ms - SPAN_MS
        return {
            "at": self.at_ms,
            "t": {
                str(id_): [[(self.at_ms - p.ms) // 1000, p.x, p.y] for p in points if p.ms >= begin]
                for id_, points in self.points.items()
            },
        }


class Trails:
    """Points by worker. The last one of each is where the worker is now; the others are a minute apart."""

    def __init__(self) -> None:
        self._points: dict[int, deque[Point]] = {}

    def take(self, mirror: Mirror, part: Part) -> None:
        """Add the moves of one part that the mirror has taken in already."""
        for id_, *_ in part["m"]:
            row = mirror.workers.get(id_)
            if row is not None:
                self.add(id_, Point(part["at"] - row[5] * 1000, row[3] + row[6], row[4] + row[7]))

    def add(self, worker_id: int, point: Point) -> None:
        """Add a newer point; the newest but one goes unless it is a minute after the one before."""
        points = self._points.setdefault(worker_id, deque(maxlen=_MOST))
        if points and point.ms <= points[-1].ms:
            return
        if len(points) > 1 and points[-1].ms - points[-2].ms < STEP_MS:
            points[-1] = point
        else:
            points.append(point)

    def fill(self, history: Mapping[int, Iterable[Point]]) -> None:
        """Put older points before those that are known, by worker."""
        for id_, points in history.items():
            known = self._points.pop(id_, ())
            for point in sorted([*points, *known]):
                self.add(id_, point)

    def excerpt(self, mirror: Mirror, scope: Scope, grids: Collection[str] | None = None) -> Excerpt:
        """The trails of the workers that the scope shows in a frozen mirror, of those of some grids only where these
        are given. May be called in another thread: points may come in meanwhile, and one worker's points are copied
        in one step."""
        found: dict[int, tuple[Point, ...]] = {}
        for id_, row in mirror.workers.items():
            points = self._points.get(id_)
            if grids is not None and row[2] not in grids:
                continue
            if points is not None and scope.allows(mirror.block_of.get(row[2], DISTRICT_BLOCK)):
                found[id_] = tuple(points)
        return Excerpt(at_ms=mirror.as_of_ms, points=found)

    def forget(self, before_ms: int) -> None:
        """Let go of workers who have not moved since."""
        for id_ in [id_ for id_, points in self._points.items() if points[-1].ms < before_ms]:
            del self._points[id_]
