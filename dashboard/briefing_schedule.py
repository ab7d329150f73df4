"""Briefings on a schedule: issued when their period is over, and laid as files into a folder.

A job of `work`. What was laid down is noted in the folder itself, so that a file that somebody took away is not made
again, and one that could not be made is. The folder also holds since when there is a schedule, so that periods that
ended while `work` stood still are made up for.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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
SINCE: Final = "since"
BY: Final = Viewer(login="schedule", name="", roles=frozenset({Role.ANALYST}), scope=EVERYTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What is laid down where. `regions`: codes, none for the district; `hour`: so many hours after its end a period
    waits for what comes late."""

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
    ledger = Ledger(schedule.folder)
    for cadence, region in product(schedule.cadences, regions):
        latest = desk.latest(cadence)
        since = {form: ledger.since(f"{region} {cadence} {form}", latest.first) for form in schedule.forms}
        for period in reversed(latest.course()):
            marks = {form: f"{region} {cadence} {period.first} {form}" for form in schedule.forms}
            missing = {
                form: noted
                for form, noted in marks.items()
                if since[form] <= period.first and noted not in ledger.lines
            }
            if not missing or now < period.window.end + timedelta(hours=schedule.hour):
                continue
            order = Order(region=region, cadence=cadence, day=period.first.isoformat(), lang=schedule.lang)
            try:
                return _lay(desk, ledger, order, missing, mark)
            except DashboardError as error:  # one region that is no more keeps no other waiting
                extra = {"action": "briefing", "region": region, "reason": str(error)}
                log.warning("a briefing could not be laid down", extra=extra)
                break
    return 0


class Ledger:
    """What was laid down in a folder, and since when there is a schedule of it. OSError where it cannot be had."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._file = folder / NOTED
        told = self._file.read_text(encoding="utf-8").splitlines() if self._file.is_file() else []
        self.lines = set(told)

    def since(self, series: str, latest: date) -> date:
        """The first period of a series of files: the last that was over when it was first asked for."""
        for line in self.lines:
            word, _, rest = line.partition(" ")
            day, _, named = rest.partition(" ")
            if word == SINCE and named == series:
                return date.fromisoformat(day)
        self.note(f"{SINCE} {latest} {series}")
        return latest

    def note(self, line: str) -> None:
        """Add a line."""
        self.lines.add(line)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def _lay(desk: BriefingDesk, ledger: Ledger, order: Order, missing: Mapping[str, str], mark: str) -> int:
    """The files of one briefing, each noted once it lies there. All are of one version: where a file could not be
    written, the next run goes on with what was issued."""
    briefing = desk.standing(BY, order)
    for form, noted in missing.items():
        path = ledger.folder / f"{file_name(briefing)}.{form}"
        part = path.with_name(path.name + ".part")
        part.write_bytes(bytes_of(briefing, form, mark))
        part.rename(path)
        ledger.note(noted)
    return len(missing)
