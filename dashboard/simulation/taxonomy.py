"""What can be reported in a simulated district, and who handles it. Owns the shipped taxonomy file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from dashboard.simulation.profiles import DATA


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """Who handles events."""

    code: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A category of the third level. `limit_hours` and `working` come from its second level."""

    code: str
    name: str
    name_en: str
    limit_hours: float
    working: bool
    severity: int
    sensor: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A category of the second level."""

    code: str
    name: str
    name_en: str
    limit_hours: float
    working: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Top:
    """A category of the first level.

    `share` of all events, per thousand; codes of departments, likeliest first.
    """

    code: str
    name: str
    name_en: str
    share: float
    departments: tuple[str, ...]
    details: tuple[str, ...]
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """The whole tree and the departments."""

    tops: tuple[Top, ...]
    departments: tuple[Department, ...]

    def entries(self) -> Iterator[tuple[Top, Entry]]:
        """All categories of the third level with their first level, in order of code."""
        for top in self.tops:
            for group in top.groups:
                for entry in group.entries:
                    yield top, entry


@cache
def load() -> Taxonomy:
    """The taxonomy that ships."""
    raw = tomllib.loads((resources.files(DATA) / "taxonomy.toml").read_text(encoding="utf-8"))
    tops = []
    for serial, top in enumerate(raw["top"], start=1):
        code = f"{serial:02d}"
        groups = [_group(f"{code}{place:02d}", group) for place, group in enumerate(top["sub"], start=1)]
        tops.append(
            Top(
                code=code,
                name=top["zh"],
                name_en=top["en"],
                share=float(top["share"]),
                departments=tuple(top["departments"]),
                details=tuple(top["details"]),
                groups=tuple(groups),
            )
        )
    departments = tuple(
        Department(code=entry["code"], name=entry["zh"], name_en=entry["en"]) for entry in raw["department"]
    )
    return Taxonomy(tops=tuple(tops), departments=departments)


def _group(code: str, raw: dict[str, Any]) -> Group:
    hours, kind = float(raw["limit"][0]), str(raw["limit"][1])
    entries = tuple(
        Entry(
            code=f"{code}{serial:02d}",
            name=entry[0],
            name_en=entry[1],
            limit_hours=hours,
            working=kind == "working",
            severity=int(raw["severity"]),
            sensor="sensor" in entry[2:],
        )
        for serial, entry in enumerate(raw["entries"], start=1)
    )
    return Group(
        code=code,
        name=raw["zh"],
        name_en=raw["en"],
        limit_hours=hours,
        working=kind == "working",
        entries=entries,
    )
