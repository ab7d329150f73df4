"""A table as it goes into a file: columns with what their cells mean, rows, and what the whole is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

Value = str | int | float | datetime | None
Row = Sequence[Value]
MOMENT_LENGTH: Final = len("2026-11-20 06:32:08")
"""Of a local time as text, to the second."""
MOST_KNOWN: Final = 2_000
"""Texts of a column that are kept as they are written: most columns say the same few again and again."""
_UNFIT: Final = '\\/:*?"<>|'


class Kind(StrEnum):
    """What the cells of a column hold. RATE: a share between 0 and 1; MOMENT: an aware time."""

    TEXT = "text"
    COUNT = "count"
    RATE = "rate"
    NUMBER = "number"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. `width`: in characters."""

    name: str
    kind: Kind = Kind.TEXT
    width: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a file is about. `lines`: pairs of what is told and what it says, in order; `as_of`: when it was read."""

    title: str
    region: str
    lines: Sequence[tuple[str, str]]
    as_of: datetime
    zone: ZoneInfo
    sheet: str = "data"
    notes: str = "about"

    @property
    def file_name(self) -> str:
        """A name for the file, without its ending."""
        at = self.as_of.astimezone(self.zone).strftime("%Y%m%d-%H%M")
        name = f"{self.region}_{self.title}_{at}"
        return "".join("_" if char in _UNFIT or not char.isprintable() else char for char in name)[:120]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table with what it is about. Rows are read once."""

    about: About
    columns: Sequence[Column]
    rows: Iterable[Row]


def share(n: int | None, d: int | None) -> float | None:
    """A rate as shown: cut, not rounded, to a tenth of a percent; None for 0/0."""
    return None if not d else (n or 0) * 1000 // d / 1000
