"""Events in the live feed: new reports by the day's rhythm, and unfinished ones moved on step by step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import psycopg

from dashboard.domain.model import Source
from dashboard.domain.worktime import WorkTable
from dashboard.simulation import lifecycle, reports, resumption, rhythm
from dashboard.simulation.casework import ANSWERS, CLOSED_STAGE, Case, Plan
from dashboard.simulation.lifecycle import Lives
from dashboard.simulation.patrol import Patrol
from dashboard.simulation.profiles import Profile
from dashboard.simulation.reports import SOURCES, Reports
from dashboard.simulation.rhythm import ServiceClock
from dashboard.simulation.traces import CHANNELS
from dashboard.simulation.world import World
from data_access.queries import scene
from data_access.queries.scene import TaskRow
from data_access.writes import events
from data_access.writes.events import Change, NewEvent

PAGE = 5_000
STEPS_A_ROUND = 400
QUIET_S = 2.5
HORIZON_S = 100.0
CLOCK_DAYS = 90
STAY_S = 1500.0
LONGEST_ROUND_S = 5.0
ANSWER_WITHIN = timedelta(hours=36)


class Dispatch:
    """All events of the feed. `speed` multiplies arrivals and shortens lives, due times included."""

    def __init__(
        self, world: World, profile: Profile, patrol: Patrol, speed: float, rng: np.random.Generator
    ) -> None:
        self._world = world
        self._profile = profile
        self._patrol = patrol
        self._speed = speed
        self._rng = rng
        self._plan = Plan(world.schedule, speed)
        self._day: date | None = None
        self._clock: ServiceClock
        self._table: WorkTable
        self._prefix = ""
        self._serial = 0
        self._last_s = 0.0
        self._stepped_s = 0.0

    @property
    def unfinished(self) -> int:
        """How many events have something ahead."""
        return len(self._plan)

    def start(self, connection: psycopg.Connection[Any], now: datetime) -> None:
        """Take up what is unfinished."""
        self._last_s = self._stepped_s = now.timestamp()
        self._new_day(connection, now)
        after = 0
        while tasks := scene.tasks(connection, after=after, asked_after=now - ANSWER_WITHIN, limit=PAGE):
            self._take_up(tasks, now)
            after = tasks[-1].id
        connection.commit()

    def advance(self, connection: psycopg.Connection[Any], now: datetime) -> None:
        """What has happened since the last round."""
        if now.astimezone(self._world.zone).date() != self._day:
            self._new_day(connection, now)
        elapsed_s = min(max(now.timestamp() - self._last_s, 0.0), LONGEST_ROUND_S)
        self._last_s = now.timestamp()
        self._report(connection, now, elapsed_s)
        self._step(connection, now)
        connection.commit()

    def _new_day(self, connection: psycopg.Connection[Any], now: datetime) -> None:
        local = now.astimezone(self._world.zone)
        self._day = local.date()
        first = self._day - timedelta(days=40)
        self._clock = rhythm.service_clock(first, CLOCK_DAYS + 40, self._world.zone, self._world.calendar)
        self._table = self._world.schedule.table(first, self._day + timedelta(days=CLOCK_DAYS))
        self._prefix = f"{self._profile.event_prefix}-{local:%Y%m%d}-"
        self._serial = scene.serial(connection, self._prefix)

    def _take_up(self, tasks: Sequence[TaskRow], now: datetime) -> None:
        places = dict(zip(self._world.grid_ids.tolist(), range(len(self._world.grid_ids)), strict=True))
        workers = self._world.worker_places()
        mean = float(self._world.late.mean())
        late = np.array(
            [self._world.late[places[task.region_id]] if task.region_id in places else mean for task in tasks]
        )
        lives = resumption.rest(tasks, late, now_s=now.timestamp(), clock=self._clock, rng=self._rng)
        lives = lives.faster(self._speed)
        for place, task in enumerate(tasks):
            case = Case(
                id=task.id,
                source=task.source,
                stage=task.stage if task.state == "open" else CLOSED_STAGE,
                state=task.state,
                worker=workers.get(task.worker_id or 0, -1),
                lon=float("nan"),
                lat=float("nan"),
                resolution=bool(lives.resolution[place]),
                satisfaction=int(lives.satisfaction[place]),
            )
            self._plan.add(case, lives, place)

    def _report(self, connection: psycopg.Connection[Any], now: datetime, elapsed_s: float) -> None:
        local = now.astimezone(self._world.zone)
        workday = self._world.calendar.is_workday(local.date())
        counts = [
            int(
                self._rng.poisson(
                    rhythm.rate_per_s(source, local, self._profile.events_per_day, workday=workday)
                    * elapsed_s
                    * self._speed
                )
            )
            for source in SOURCES
        ]
        if not any(counts):
            return
        source = self._rng.permutation(np.repeat(np.arange(len(SOURCES)), counts))
        drawn = reports.draw(self._world, source, self._rng)
        lives = lifecycle.draw(
            np.full(len(drawn), now.timestamp()),
            hours=self._world.hours[drawn.leaf],
            working=self._world.working[drawn.leaf],
            late=self._world.late[drawn.grid],
            hotline=source == SOURCES.index(Source.HOTLINE),
            clock=self._clock,
            table=self._table,
            rng=self._rng,
        ).faster(self._speed)
        ids = events.insert(connection, self._rows(drawn, lives, now))
        for place, event_id in enumerate(ids):
            self._plan.add(self._case(event_id, drawn, lives, place), lives, place)

    def _rows(self, drawn: Reports, lives: Lives, now: datetime) -> list[NewEvent]:
        rows = []
        stage_due = self._plan.stage_due("report", now)
        for place in range(len(drawn)):
            self._serial += 1
            worker = int(drawn.worker[place])
            placed = not np.isnan(drawn.lon[place])
            leaf = int(drawn.leaf[place])
            rows.append(
                NewEvent(
                    code=f"{self._prefix}{self._serial:06d}",
                    source=SOURCES[int(drawn.source[place])].value,
                    category_id=self._world.leaves[leaf].id,
                    severity=int(self._world.severity[leaf]),
                    region_id=int(drawn.region[place]),
                    lon=float(drawn.lon[place]) if placed else None,
                    lat=float(drawn.lat[place]) if placed else None,
                    address=drawn.address[place],
                    text=drawn.text[place],
                    reporter=drawn.reporter[place],
                    department_id=int(drawn.department[place]),
                    worker_id=int(self._world.worker_ids[worker]) if worker >= 0 else None,
                    reported_at=now,
                    due_at=datetime.fromtimestamp(float(lives.due[place]), UTC),
                    warn_at=datetime.fromtimestamp(float(lives.warn[place]), UTC),
                    stage_due_at=stage_due,
                    first_contact=bool(lives.instant[place]),
                )
            )
        return rows

    def _case(self, event_id: int, drawn: Reports, lives: Lives, place: int) -> Case:
        return Case(
            id=event_id,
            source=SOURCES[int(drawn.source[place])].value,
            stage="report",
            state="open",
            worker=int(drawn.worker[place]),
            lon=float(drawn.lon[place]),
            lat=float(drawn.lat[place]),
            resolution=bool(lives.resolution[place]),
            satisfaction=int(lives.satisfaction[place]),
        )

    def _step(self, connection: psycopg.Connection[Any], now: datetime) -> None:
        """Take the steps whose time has come; after a quiet moment the next one comes a little early."""
        now_s = now.timestamp()
        quiet = now_s - self._stepped_s >= QUIET_S
        due = self._plan.due(now_s, HORIZON_S / self._speed if quiet else 0.0, STEPS_A_ROUND)
        if not due:
            return
        self._stepped_s = now_s
        changes: list[Change] = []
        moved: list[tuple[Case, str]] = []
        for case, key in due:
            if key not in ANSWERS:
                changes.append(self._plan.change(case, key, now))
            moved.append((case, key))
        applied = events.change(connection, changes)
        self._answer(connection, moved, now)
        for case, key in moved:
            if key in ANSWERS or case.id in applied:
                self._plan.keep(case)
            if key == "signed" and case.worker >= 0 and not np.isnan(case.lon):
                self._patrol.send(case.worker, case.lon, case.lat, STAY_S / self._speed)

    @staticmethod
    def _answer(connection: psycopg.Connection[Any], moved: list[tuple[Case, str]], now: datetime) -> None:
        events.ask(
            connection,
            [(case.id, CHANNELS.get(case.source, "visit"), now) for case, key in moved if key == "asked"],
        )
        events.answer(
            connection,
            [(case.id, now, case.resolution, case.satisfaction) for case, key in moved if key == "answered"],
        )
