"""Which reader takes which kind of import. Owns the register; leaves what a row has to be to the readers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import psycopg

from dashboard.ingest.categories import CategoryImport
from dashboard.ingest.departments import DepartmentImport
from dashboard.ingest.entries import EntryRows
from dashboard.ingest.events import EventRows
from dashboard.ingest.feedback import FeedbackRows
from dashboard.ingest.figures import FigureImport
from dashboard.ingest.mapping import Mapping as Rules
from dashboard.ingest.overlays import OverlayImport
from dashboard.ingest.positions import PositionRows
from dashboard.ingest.report import Agreement, Findings
from dashboard.ingest.rosters import ShiftRows
from dashboard.ingest.tables import Record
from data_access.writes.imports import EVENTS, FEEDBACK, POSITIONS, SHIFTS, WORKERS, Landing, Target

Connection = psycopg.Connection[Any]


class RowSource(Protocol):
    """Turns records into rows of one table; they are staged, compared and landed together."""

    made: Counter[str]
    columns: tuple[str, ...]

    def rows(self, records: Sequence[Record]) -> Iterator[tuple[object, ...]]:
        """Rows of a chunk of records: the row's number, then `columns`."""

    def agreements(self) -> tuple[Agreement, ...]:
        """How often points lay in the region that their row names."""


@runtime_checkable
class LateSource(RowSource, Protocol):
    """A source that looks at its rows once more when all are staged. `beside`: what they carry for that, by name
    and SQL type."""

    beside: Mapping[str, str]

    def settle(self) -> None:
        """Settles what only the whole file shows."""


class WholeSource(Protocol):
    """Takes records one by one, and writes them when it has seen all."""

    made: Counter[str]

    def add(self, record: Record) -> None:
        """Takes one record in, or rejects it."""

    def land(self) -> Landing:
        """Writes what was taken in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A kind whose rows go through the staging table. `named`: the field that a repeated row is reported at."""

    target: Target
    reader: Callable[[Connection, Rules, Findings], RowSource]
    named: str = "code"


STAGED: Mapping[str, Staged] = {
    "events": Staged(target=EVENTS, reader=EventRows),
    "positions": Staged(target=POSITIONS, reader=PositionRows, named="fixed_at"),
    "workers": Staged(target=WORKERS, reader=EntryRows),
    "shifts": Staged(target=SHIFTS, reader=ShiftRows, named="starts_at"),
    "feedback": Staged(target=FEEDBACK, reader=FeedbackRows, named="event"),
}
WHOLE: Mapping[str, Callable[[Connection, Rules, Findings], WholeSource]] = {
    "categories": CategoryImport,
    "departments": DepartmentImport,
    "stats": FigureImport,
    "overlays": OverlayImport,
}
"""Kinds that are read as a whole before anything is written; regions too, which need more than these."""
