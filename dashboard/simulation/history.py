"""The past of a simulated district as rows.

Events, their steps, feedback and supervision as they stand at a moment.

Owns the cut through the lives of the events: what lies after the moment has not happened yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from dashboard.domain.model import Source
from dashboard.domain.workflow import DONE, SEVEN
from dashboard.simulation import lifecycle, reports, rhythm
from dashboard.simulation.lifecycle import ESCALATE_AFTER_H, Lives
from dashboard.simulation.people import Indices
from dashboard.simulation.profiles import Profile
from dashboard.simulation.reports import SOURCES, Reports
from dashboard.simulation.rhythm import HOUR_S, Seconds
from dashboard.simulation.world import World
from data_access.writes.history import Column

STAGE_KEYS = np.array((*SEVEN.keys, DONE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """All events of the past and where they stand.

    Clocks are cut: NaN where not yet. Ids count from `first_id`.
    """

    reports: Reports
    lives: Lives
    now_s: float
    ids: NDArray[np.int64]
    clocks: dict[str, Seconds]
    stage: Indices
    void: NDArray[np.bool_]
    duplicate: NDArray[np.int64]
    escalation: NDArray[np.int64]

    @property
    def closed(self) -> NDArray[np.bool_]:
        """Whether each event is closed."""
        return ~self.void & ~np.isnan(self.clocks["closed_at"])

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Whether each event counts."""
        return ~self.void


def draw(
    profile: Profile,
    world: World,
    *,
    clock: rhythm.ServiceClock,
    start_s: float,
    now: datetime,
    rng: np.random.Generator,
) -> Past:
    """Events reported from `start_s` to `now`."""
    now_s = now.timestamp()
    times = [
        rhythm.arrivals(
            source,
            (start_s, now_s),
            profile.events_per_day,
            zone=world.zone,
            calendar=world.calendar,
            rng=rng,
        )
        for source in SOURCES
    ]
    source = np.repeat(np.arange(len(SOURCES)), [len(some) for some in times])
    reported = np.concatenate(times)
    order = np.argsort(reported, kind="stable")
    reported, source = reported[order], source[order]
    drawn = reports.draw(world, source, rng)
    first = datetime.fromtimestamp(start_s, world.zone).date()
    last = datetime.fromtimestamp(now_s + 60 * rhythm.DAY_S, world.zone).date()
    lives = lifecycle.draw(
        np.round(reported, 3),
        hours=world.hours[drawn.leaf],
        working=world.working[drawn.leaf],
        late=world.late[drawn.grid],
        hotline=source == SOURCES.index(Source.HOTLINE),
        clock=clock,
        table=world.schedule.table(first, last),
        rng=rng,
    )
    return cut(drawn, lives, now_s, rng)


def cut(drawn: Reports, lives: Lives, now_s: float, rng: np.random.Generator) -> Past:
    """Where those events stand at that moment."""
    count = len(drawn)
    ids = np.arange(1, count + 1)
    void = lives.voided <= now_s
    duplicate = np.where(void & (rng.random(count) < 0.4), _earlier(drawn), 0)
    end = np.where(void, lives.voided, now_s)
    again = lives.returned <= end
    resolved = np.where(np.isnan(lives.returned) | again, lives.resolved, lives.first_resolved)
    replied = np.where(np.isnan(lives.returned) | again, lives.replied, lives.first_replied)
    marks = (
        lives.accepted,
        lives.filed,
        lives.dispatched,
        resolved,
        replied,
        lives.verified,
        lives.evaluated,
    )
    past_marks = [np.where(mark <= end, np.round(mark, 3), np.nan) for mark in marks]
    stage = np.sum([~np.isnan(mark) for mark in past_marks], axis=0)
    dispatched = ~np.isnan(past_marks[2])
    clocks = {
        "reported_at": lives.reported,
        "accepted_at": past_marks[0],
        "filed_at": past_marks[1],
        "dispatched_at": past_marks[2],
        "signed_at": np.where(lives.signed <= end, np.round(lives.signed, 3), np.nan),
        "resolved_at": past_marks[3],
        "replied_at": past_marks[4],
        "verified_at": past_marks[5],
        "closed_at": past_marks[5],
        "evaluated_at": past_marks[6],
        "due_at": np.round(lives.due, 3),
        "warn_at": np.round(lives.warn, 3),
        "sign_due_at": np.where(dispatched, np.round(lives.sign_due, 3), np.nan),
    }
    over = np.fmin(end, lives.verified) - lives.due
    escalation = np.sum([over >= hours * HOUR_S for hours in ESCALATE_AFTER_H], axis=0)
    return Past(
        reports=drawn,
        lives=lives,
        now_s=now_s,
        ids=ids,
        clocks=clocks,
        stage=stage,
        void=void,
        duplicate=duplicate,
        escalation=escalation,
    )


def _earlier(drawn: Reports) -> NDArray[np.int64]:
    """Id of the report before in the same grid and category, 0 where there is none."""
    key = drawn.grid.astype(np.int64) * 10_000 + drawn.leaf
    order = np.argsort(key, kind="stable")
    same = np.concatenate(([False], key[order][1:] == key[order][:-1]))
    before = np.zeros(len(drawn), dtype=np.int64)
    before[order[1:]] = np.where(same[1:], order[:-1] + 1, 0)
    return before


def instants(seconds: Seconds) -> NDArray[np.datetime64]:
    """Seconds since 1970 as instants for the database, NaN as no time."""
    millis = np.where(np.isnan(seconds), np.iinfo(np.int64).min, np.round(np.nan_to_num(seconds) * 1000))
    return millis.astype(np.int64).astype("datetime64[ms]")


def masked(
    values: NDArray[np.int64], hidden: NDArray[np.bool_]
) -> np.ma.MaskedArray[tuple[int], np.dtype[np.int64]]:
    """Whole numbers, some of them absent."""
    return np.ma.MaskedArray(values, mask=hidden)


def event_columns(past: Past, world: World, profile: Profile) -> Mapping[str, Column]:
    """Rows for `ops.events`."""
    drawn, lives = past.reports, past.lives
    leaf_ids = np.array([leaf.id for leaf in world.leaves])
    state = np.where(past.void, "void", np.where(past.closed, "closed", "open"))
    moments = [values for key, values in past.clocks.items() if not key.endswith(("due_at", "warn_at"))]
    moments += [
        np.where(values <= past.now_s, values, np.nan)
        for values in (lives.asked, lives.answered, lives.voided)
    ]
    happened = np.stack(moments)
    columns: dict[str, Column] = {
        "id": past.ids,
        "code": codes(past, profile, world),
        "source": np.array([source.value for source in SOURCES])[drawn.source],
        "category_id": leaf_ids[drawn.leaf],
        "severity": world.severity[drawn.leaf],
        "region_id": drawn.region,
        "lon": drawn.lon,
        "lat": drawn.lat,
        "address": drawn.address,
        "text": drawn.text,
        "reporter": drawn.reporter,
        "department_id": drawn.department,
        "worker_id": masked(world.worker_ids[np.maximum(drawn.worker, 0)], drawn.worker < 0),
        "stage": STAGE_KEYS[past.stage],
        "state": state,
        "first_contact": lives.instant & (drawn.source == SOURCES.index(Source.HOTLINE)),
        "rework": (lives.returned <= np.where(past.void, lives.voided, past.now_s)).astype(np.int64),
        "escalation": past.escalation,
        "duplicate_of": masked(past.duplicate, past.duplicate == 0),
        "version": np.sum(~np.isnan(happened), axis=0),
        "changed_at": instants(np.nanmax(happened, axis=0)),
        "stage_due_at": instants(_stage_due(past, world)),
    }
    columns.update({key: instants(values) for key, values in past.clocks.items()})
    return columns


def codes(past: Past, profile: Profile, world: World) -> list[str]:
    """Codes such as PD-20261119-000417: the day of the report and its number on that day."""
    texts = []
    day_end, prefix, serial = 0.0, "", 0
    for at in past.lives.reported.tolist():
        if at >= day_end:
            local = datetime.fromtimestamp(at, world.zone)
            day_end = local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() + rhythm.DAY_S
            prefix, serial = f"{profile.event_prefix}-{local:%Y%m%d}-", 0
        serial += 1
        texts.append(f"{prefix}{serial:06d}")
    return texts


def _stage_due(past: Past, world: World) -> Seconds:
    """The present stage's own limit of open events; the whole limit where the stage has none."""
    result = np.full(len(past.ids), np.nan)
    keys = ("reported_at", "accepted_at", "filed_at", "dispatched_at", "resolved_at", "replied_at")
    first = datetime.fromtimestamp(float(past.lives.reported[0]), world.zone).date()
    last = datetime.fromtimestamp(past.now_s + 30 * rhythm.DAY_S, world.zone).date()
    table = world.schedule.table(first, last)
    for place, (stage, key) in enumerate(zip(SEVEN.open_stages, keys, strict=True)):
        own = np.flatnonzero((past.stage == place) & ~past.void)
        if stage.limit_hours is None:
            result[own] = past.clocks["due_at"][own]
        else:
            entered = np.rint(past.clocks[key][own] * 1e6).astype(np.int64)
            result[own] = table.add_working_time(entered, stage.limit_hours) / 1e6
    return result
