"""The facts of the domain as frozen values. Owns the vocabulary; leaves what follows from it to its neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Level(StrEnum):
    """Levels of the region tree, from the whole down. A level may be absent from a district."""

    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"
    GRID = "grid"
    MICRO_GRID = "micro_grid"


class Kind(StrEnum):
    """A grid is general, or exclusive to one institution."""

    GENERAL = "general"
    EXCLUSIVE = "exclusive"


class Source(StrEnum):
    """Who reported an event."""

    GRID_WORKER = "grid_worker"
    HOTLINE = "hotline"
    CITIZEN_APP = "citizen_app"
    SENSOR = "sensor"
    DEPARTMENT = "department"


class State(StrEnum):
    """An event is open until closed; a void one never counted."""

    OPEN = "open"
    CLOSED = "closed"
    VOID = "void"


class Activity(StrEnum):
    """What a worker on duty is doing; the first that applies, in the order OFFLINE ... PATROL."""

    PATROL = "patrol"
    HANDLING = "handling"
    STILL = "still"
    OFF_GRID = "off_grid"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A node of the region tree as it is now. `lon`, `lat`: a point inside, degrees, WGS-84."""

    id: int
    code: str
    level: Level
    kind: Kind
    name: str
    name_en: str | None
    parent_id: int | None
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What the counters and the wall need of one event, its feedback included.

    `counted` is False for void events and duplicates. `feedback` holds one entry per asking.
    `supervision`: 2 with an open order, 1 with an open reminder; `supervised_at`: when the newest open one was issued.
    `category_top` is the id of the level-1 category. Times are aware, UTC.
    """

    id: int
    code: str
    version: int
    source: Source
    category_id: int
    category_top: int
    severity: int
    region_id: int
    lon: float | None
    lat: float | None
    worker_id: int | None
    stage: str
    state: State
    counted: bool
    reported_at: datetime
    accepted_at: datetime | None = None
    filed_at: datetime | None = None
    dispatched_at: datetime | None = None
    signed_at: datetime | None = None
    resolved_at: datetime | None = None
    replied_at: datetime | None = None
    verified_at: datetime | None = None
    closed_at: datetime | None = None
    evaluated_at: datetime | None = None
    due_at: datetime | None = None
    warn_at: datetime | None = None
    first_contact: bool = False
    escalation: int = 0
    supervision: int = 0
    supervised_at: datetime | None = None
    changed_at: datetime | None = None
    feedback: tuple[Feedback, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One asking of the person who reported: 5 very satisfied ... 1 not at all."""

    asked_at: datetime
    answered_at: datetime | None
    resolved: bool | None
    satisfaction: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A worker of the service; `region_id` is the own grid."""

    id: int
    code: str
    name: str
    region_id: int
    role: str
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One rostered turn of one worker."""

    id: int
    worker_id: int
    starts_at: datetime
    ends_at: datetime
    checked_in_at: datetime | None
    checked_out_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """The newest fix of one worker. Degrees, WGS-84; `still_since`: since when within 50 m."""

    worker_id: int
    fixed_at: datetime
    lon: float
    lat: float
    battery_pct: int | None
    still_since: datetime
