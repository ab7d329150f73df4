"""Briefings on a schedule: issued when their period is over, and laid as files into a folder.

A job of `work`. What was laid down is noted in the folder itself, so that a file that somebody took away is not made
again, and one that could not be made is.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any, Final

import psycopg

from dashboard.briefing.content import Cadence, Order
from dashboard.briefing_desk import BriefingDesk
from dashboard.briefing_files import bytes_of, file_name
from dashboard.desk import Desk
from dashboard.domain.policy import EVERYTHING, Role, Viewer
from dashboard.errors import DashboardError
from dashboard.watermark import Watermark
from data_access.engine import make_engine
from data_access.work import Job

log = logging.getLogger(__name__)

KEY: Final = 22
EVERY_S: Final = 20.0
NOTED: Final = ".laid-down"
BY: Final = Viewer(login="schedule", name="", roles=frozenset({Role.ANALYST}), scope=EVERYTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What is laid down where. `regions`: codes, none for the district; `hour`: of the local day after a period ends,
    before which it waits for what comes late."""

    folder: Path
    cadences: tuple[Cadence, ...]
    forms: tuple[str, ...]
    regions: tuple[str, ...] = ()
    hour: int = 6
    lang: str = "zh"


def briefing_schedule(database_url: str, schedule: Schedule) -> Job:
    """The job; any number of processes may have it, one at a time does it."""

    def lay(_connection: psycopg.Connection[Any], now: datetime) -> int:
        engine = make_engine(database_url, pool_size=2, application="quanyu briefings")
        try:
            desk = BriefingDesk(engine, lambda: now)
            root = Desk(engine, lambda: now).top(EVERYTHING)
            mark = Watermark(engine, clock=lambda: now).on_exports(BY)
            return lay_down(desk, schedule, schedule.regions or [root] if root else [], now, mark)
        finally:
            engine.dispose()

    return Job(key=KEY, name="briefings", every_s=EVERY_S, run=lay)


def lay_down(
    desk: BriefingDesk, schedule: Schedule, regions: Sequence[str], now: datetime, mark: str = ""
) -> int:
    """Issue the first briefing that is due and not laid down yet; how many files were. One a run keeps runs short.
    `mark`: what its files carry."""
    noted = _noted(schedule.folder)
    for cadence, region in product(schedule.cadences, regions):
        period = desk.latest(cadence)
        if now < period.window.end + timedelta(hours=schedule.hour):
            continue
        marks = {form: f"{region} {cadence} {period.first} {form}" for form in schedule.forms}
        missing = {form: mark for form, mark in marks.items() if mark not in noted}
        order = Order(region=region, cadence=cadence, day=period.first.isoformat(), lang=schedule.lang)
        try:
            if missing:
                return _lay(desk, schedule.folder, order, missing, mark)
        except DashboardError as error:  # one region that is no more keeps no other waiting
            extra = {"action": "briefing", "region": region, "reason": str(error)}
            log.warning("a briefing could not be laid down", extra=extra)
    return 0


def _lay(desk: BriefingDesk, folder: Path, order: Order, missing: Mapping[str, str], mark: str) -> int:
    """The files of one briefing, each noted once it lies there. All are of one version: where a file could not be
    written, the next run goes on with what was issued."""
    briefing = desk.standing(BY, order)
    for form, noted in missing.items():
        path = folder / f"{file_name(briefing)}.{form}"
        part = path.with_name(path.name + ".part")
        part.write_bytes(bytes_of(briefing, form, mark))
        part.rename(path)
        with (folder / NOTED).open("a", encoding="utf-8") as file:
            file.write(noted + "\n")
    return len(missing)


def _noted(folder: Path) -> frozenset[str]:
    """Marks of what was laid down. OSError where the folder cannot be had."""
    folder.mkdir(parents=True, exist_ok=True)
    ledger = folder / NOTED
    return frozenset(ledger.read_text(encoding="utf-8").splitlines()) if ledger.is_file() else frozenset()
