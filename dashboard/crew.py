"""The workers of a region on shift now, those first who need a look: what each is doing, by the wall's rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine

from dashboard.domain.counters import STILL_AFTER
from dashboard.domain.model import Activity
from dashboard.domain.policy import Scope
from dashboard.domain.trails.rules import trail_rules_from
from dashboard.domain.windows import today
from dashboard.domain.words import Words
from data_access.queries.crew import ShiftWorker, reported_by, shift_workers
from data_access.queries.indicators import district_terms
from data_access.queries.session import district_settings, reading

MOST_SHOWN: Final = 200
MISSING: Final = "missing"
"""On shift and not checked in."""
CONCERN: Final = (
    Activity.OFFLINE,
    Activity.OFF_GRID,
    Activity.STILL,
    MISSING,
    Activity.HANDLING,
    Activity.PATROL,
)
"""What is shown first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewMember:
    """One worker. `doing`: an activity, or missing; `still_s`, `fix_age_s`: None where no fix of the shift has come."""

    code: str
    name: Words
    region_code: str
    region: Words
    parent: Words | None
    doing: str
    still_s: float | None
    fix_age_s: float | None
    reported: int
    accuracy_m: float | None = None
    battery_pct: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Those on shift. `members`: the first of them by need; `counts`: all of them by what they do."""

    at: datetime
    rostered: int
    on_duty: int
    counts: dict[str, int]
    members: tuple[CrewMember, ...]


class CrewReads:
    """Reads crews. Everything here blocks: call it from a thread."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def crew(self, code: str, scope: Scope, *, most: int = MOST_SHOWN) -> Crew:
        """The workers of a region who are on shift now, at most so many of them by name. RegionUnknown."""
        now, zone = self._clock(), district_terms(self._engine).zone
        with reading(self._engine) as conn:
            workers = shift_workers(conn, code, scope, now)
            silent_after = timedelta(seconds=trail_rules_from(district_settings(conn)).silent_s)
            doing = [_doing(one, silent_after, now) for one in workers]
            order = sorted(range(len(workers)), key=lambda at: (CONCERN.index(doing[at]), workers[at].code))
            first = [(workers[at], doing[at]) for at in order[:most]]
            reported = reported_by(conn, [one.id for one, _ in first], today(now, zone).start, now)
        return Crew(
            at=now,
            rostered=len(workers),
            on_duty=sum(one.on_duty for one in workers),
            counts=dict(Counter(doing)),
            members=tuple(_member(one, what, reported.get(one.id, 0), now) for one, what in first),
        )


def _doing(worker: ShiftWorker, silent_after: timedelta, now: datetime) -> str:
    if not worker.on_duty:
        return MISSING
    heard_at = max((at for at in (worker.came_at, worker.fixed_at) if at is not None), default=now)
    if worker.silent or now - heard_at > silent_after:
        return Activity.OFFLINE
    if worker.away:
        return Activity.OFF_GRID
    if worker.handling:
        return Activity.HANDLING
    if worker.still_since is not None and now - worker.still_since > STILL_AFTER:
        return Activity.STILL
    return Activity.PATROL


def _member(worker: ShiftWorker, doing: str, reported: int, now: datetime) -> CrewMember:
    still = worker.still_since if doing == Activity.STILL else None
    return CrewMember(
        code=worker.code,
        name=worker.name,
        region_code=worker.region_code,
        region=worker.region,
        parent=worker.parent,
        doing=doing,
        still_s=None if still is None else (now - still).total_seconds(),
        fix_age_s=None if worker.fixed_at is None else max(0.0, (now - worker.fixed_at).total_seconds()),
        reported=reported,
        accuracy_m=worker.accuracy_m,
        battery_pct=worker.battery_pct,
    )
