"""What the pages of workers ask beside tracks: who a worker is, who is beside, and who is out just now.

Owns who may ask; fixes of a day are the track desk's, which puts each look on record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine

from dashboard.answering import answered
from dashboard.caching import Answers, Kept
from dashboard.crew import Crew, CrewReads
from dashboard.domain.model import Level
from dashboard.domain.policy import Act, Viewer
from dashboard.domain.terms import terms_from
from dashboard.track_desk import TracksClosed
from data_access.queries.colleagues import Colleague, colleagues
from data_access.queries.regions import RegionNode, RegionPath, listed_regions, region_path
from data_access.queries.session import district_settings, reading
from data_access.queries.tracks import TrackWorker, find_worker, working_day

LEVELS = tuple(Level)
MOST_LISTED = 2_000
"""Of those on shift: a district of ten thousand is looked through by street."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A worker, the day that goes on, the region around the own grid with its workers, and what lies in the same
    street."""

    worker: TrackWorker
    day: date
    around: RegionNode
    beside: tuple[Colleague, ...]
    land: tuple[RegionNode, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A region on its way down, the regions right below it, and what lies in the same street."""

    path: RegionPath
    below: tuple[RegionNode, ...]
    land: tuple[RegionNode, ...]


class Workers:
    """The reads. Everything here blocks: call it from a thread."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock
        self._crew = Kept(Answers(), "roster", Crew)
        self._crews = CrewReads(engine, clock)

    @answered
    def person(self, code: str, viewer: Viewer) -> Person:
        """One worker. TracksClosed, WorkerUnknown."""
        _admit(viewer)
        now, scope = self._clock(), viewer.scope
        with reading(self._engine) as conn:
            worker = find_worker(conn, code, scope, now)
            day = working_day(conn, code, now, terms_from(district_settings(conn)).zone)
            seen = [node for node in (*worker.path.ancestors, worker.path.region) if node.visible]
            around = next((node for node in seen if node.level is Level.COMMUNITY), seen[-1])
            beside = colleagues(conn, around.code, scope, now) if scope.departments is None else []
            everything = listed_regions(conn, scope, now)
        land = _land(everything, worker.path)
        return Person(worker=worker, day=day, around=around, beside=tuple(beside), land=land)

    @answered
    def ground(self, code: str, viewer: Viewer) -> Ground:
        """A region whose workers are looked at. TracksClosed, RegionUnknown."""
        _admit(viewer)
        now = self._clock()
        with reading(self._engine) as conn:
            path = region_path(conn, code, viewer.scope, now)
            everything = listed_regions(conn, viewer.scope, now)
        below = tuple(one for one in everything if one.parent_code == code)
        return Ground(path=path, below=below, land=_land(everything, path))

    @answered
    def roster(self, code: str, viewer: Viewer) -> Crew:
        """The workers of a region who are on shift now. TracksClosed, RegionUnknown."""
        _admit(viewer)
        about = {"code": code, "scope": viewer.scope}
        return self._crew.get(about, lambda: self._crews.crew(code, viewer.scope, most=MOST_LISTED))


def _land(everything: Sequence[RegionNode], path: RegionPath) -> tuple[RegionNode, ...]:
    """All regions of the street that a region lies in; none for a district."""
    inside = {path.street_code} - {None}
    found = []
    for one in sorted(everything, key=lambda one: LEVELS.index(one.level)):
        if one.parent_code in inside:
            inside.add(one.code)
            found.append(one)
    return tuple(found)


def _admit(viewer: Viewer) -> None:
    if not viewer.may(Act.SEE_TRACKS):
        raise TracksClosed
