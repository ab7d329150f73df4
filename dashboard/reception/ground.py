"""The ground that incoming events are placed on, kept while nothing of it changes, and the placing itself.

Owns which region, department and due times an event gets, and the reasons for its trace.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, Final

import numpy as np
import psycopg

from dashboard.domain.assignment import ALL, By, responsible, why
from dashboard.domain.terms import terms_from
from dashboard.domain.words import Words
from dashboard.domain.worktime import Deadline
from dashboard.ingest.places import Places
from dashboard.reception.refusals import NoMap, UnknownCategory, UnknownDepartment, UnknownRegion
from dashboard.reception.reports import Report
from data_access.queries.ground import (
    CategoryFact,
    DepartmentFact,
    GroundFacts,
    ground_fingerprint,
    read_ground,
)
from data_access.writes.regions import StoredRegion

OUTSIDE_M: Final = 500.0
"""A point may lie this far outside the district's outline: receivers and outlines are not that exact."""
LOOK_EVERY_S: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What an event becomes on this ground. `reasons` goes to its trace as codes and numbers."""

    category: CategoryFact
    region: StoredRegion
    lon: float | None
    lat: float | None
    department: DepartmentFact | None
    deadline: Deadline
    stage: str
    stage_due_at: datetime | None
    note: Words
    reasons: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    region: StoredRegion
    by: By
    lon: float | None
    lat: float | None
    outside_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Assigned:
    """Who has an event, and the category and region of the duty that says so; None: all."""

    department: DepartmentFact | None
    by: By
    category: CategoryFact | None = None
    region: StoredRegion | None = None

    @property
    def rule(self) -> tuple[Words, Words] | None:
        if self.by is not By.DUTY:
            return None
        return self.category.name if self.category else ALL, _named(self.region) if self.region else ALL


class Ground:
    """One state of map, taxonomy, duties and terms."""

    def __init__(self, facts: GroundFacts) -> None:
        self.fingerprint = facts.fingerprint
        self.facts = facts
        self.terms = terms_from(facts.settings)
        self.categories = {one.code: one for one in facts.categories}
        self.departments = {one.code: one for one in facts.departments}
        rooted = any(region.parent_id is None for region in facts.regions)
        self._places = Places(facts.regions) if rooted else None
        self._category_by_id = {one.id: one for one in facts.categories}
        self._department_by_id = {one.id: one for one in facts.departments}

    def place(self, report: Report, reported_at: datetime, *, own_region: int | None = None) -> Placement:
        """Where a report belongs. Raises NoMap, UnknownCategory, UnknownRegion, UnknownDepartment."""
        category = self.categories.get(report.category)
        if category is None or not category.valid:
            raise UnknownCategory(code=report.category)
        where = self._where(report, own_region)
        chain = self._category_chain(category)
        assigned = self._assigned(report, chain, self._region_chain(where.region))
        department = assigned.department
        hours, working = _limit(chain)
        stage = self.terms.workflow.stages[0]
        return Placement(
            category=category,
            region=where.region,
            lon=where.lon,
            lat=where.lat,
            department=department,
            deadline=self.terms.schedule.deadline(reported_at, hours, working=working),
            stage=stage.key,
            stage_due_at=self.terms.schedule.deadline(reported_at, stage.limit_hours).due_at,
            note=why(
                region=_named(where.region),
                by=where.by,
                department=department.name if department else None,
                chosen=assigned.by,
                rule=assigned.rule,
            ),
            reasons=_reasons(where, assigned),
        )

    def _assigned(
        self, report: Report, categories: list[CategoryFact], regions: list[StoredRegion]
    ) -> _Assigned:
        """The department that the report names, else the one whose duty fits best. Both lists go upwards."""
        if report.department is not None:
            stated = self.departments.get(report.department)
            if stated is None:
                raise UnknownDepartment(code=report.department)
            return _Assigned(department=stated, by=By.STATED)
        duty = responsible(self.facts.duties, [one.id for one in categories], [one.id for one in regions])
        if duty is None:
            return _Assigned(department=None, by=By.NOTHING)
        return _Assigned(
            department=self._department_by_id[duty.department_id],
            by=By.DUTY,
            category=next((one for one in categories if one.id == duty.category_id), None),
            region=next((one for one in regions if one.id == duty.region_id), None),
        )

    def _where(self, report: Report, own_region: int | None) -> _Place:
        if self._places is None:
            raise NoMap
        places, stated = self._places, None
        if report.region is not None:
            stated = places.by_code.get(report.region)
            if stated is None:
                raise UnknownRegion(code=report.region)
        outside_m = 0.0
        if report.lon is not None and report.lat is not None:
            lon, lat = np.array([report.lon]), np.array([report.lat])
            outside_m = float(places.outside_m(lon, lat)[0])
            if outside_m <= OUTSIDE_M:
                held = places.by_id[int(places.locate(lon, lat)[0]) or places.root.id]
                sharper = stated is not None and not places.is_grid(held.id)
                region = stated if sharper and stated is not None else held
                by = By.STATED if sharper else By.POINT
                return _Place(region=region, by=by, lon=report.lon, lat=report.lat, outside_m=0.0)
        own = places.by_id.get(own_region) if own_region is not None else None
        if stated is not None:
            return _Place(region=stated, by=By.STATED, lon=None, lat=None, outside_m=outside_m)
        if own is not None:
            return _Place(region=own, by=By.WORKER, lon=None, lat=None, outside_m=outside_m)
        return _Place(region=places.root, by=By.NOTHING, lon=None, lat=None, outside_m=outside_m)

    def _category_chain(self, category: CategoryFact) -> list[CategoryFact]:
        chain: list[CategoryFact] = []
        one: CategoryFact | None = category
        while one is not None and one not in chain:
            chain.append(one)
            one = self._category_by_id.get(one.parent_id) if one.parent_id is not None else None
        return chain

    def _region_chain(self, region: StoredRegion) -> list[StoredRegion]:
        assert self._places is not None
        chain: list[StoredRegion] = []
        one: StoredRegion | None = region
        while one is not None and len(chain) < 10:
            chain.append(one)
            one = self._places.by_id.get(one.parent_id) if one.parent_id is not None else None
        return chain


class Grounds:
    """The present ground of a process: read again when anything of it has changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ground: Ground | None = None
        self._looked_s = 0.0

    def current(self, connection: psycopg.Connection[Any]) -> Ground:
        """The ground as it was at most a moment ago."""
        with self._lock:
            now_s = monotonic()
            if self._ground is not None:
                if now_s - self._looked_s < LOOK_EVERY_S:
                    return self._ground
                if ground_fingerprint(connection) == self._ground.fingerprint:
                    self._looked_s = now_s
                    return self._ground
            self._ground = Ground(read_ground(connection))
            self._looked_s = now_s
            return self._ground


def _reasons(where: _Place, assigned: _Assigned) -> dict[str, Any]:
    """Why an event went where it went, as codes and numbers."""
    place: dict[str, Any] = {"by": str(where.by), "code": where.region.code}
    if where.outside_m:
        place["outside_m"] = round(where.outside_m)
    department = {
        "by": str(assigned.by),
        "code": assigned.department.code if assigned.department else None,
        "duty_category": assigned.category.code if assigned.category else None,
        "duty_region": assigned.region.code if assigned.region else None,
    }
    return {"region": place, "department": department}


def _named(region: StoredRegion) -> Words:
    return Words(zh=region.name, en=region.name_en or region.name)


def _limit(chain: list[CategoryFact]) -> tuple[float | None, bool]:
    """Hours of the closest category that states any, and whether they are working hours."""
    ruling = next((one for one in chain if one.limit_hours is not None), None)
    return (None, True) if ruling is None else (ruling.limit_hours, ruling.working)
