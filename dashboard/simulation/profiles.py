"""The districts that can be simulated: their size, names and outline. Owns the shipped profile files.

Borders inside an outline are not in the files: `geography` draws them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from typing import Any

from dashboard.errors import DashboardError

DATA = "dashboard.simulation.data"


class UnknownProfile(DashboardError):
    """There is no profile {name}. Choose one of: {known}."""

    zh = "没有名为 {name} 的配置。可选：{known}。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The same words in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """A community or village of a street: 12-digit code and names."""

    code: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """A street or town: where it lies, how many grids it has, how much happens there and how late it is.

    `area_km2` None: the border lies half-way to the neighbours. `load` is its share of all events (any unit),
    `late` the share of its events that are closed after they were due.
    """

    code: str
    name: str
    name_en: str
    lon: float
    lat: float
    area_km2: float | None
    load: float
    late: float
    grids: int
    exclusive: int
    communities: tuple[Community, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """A built-up centre: grids are smaller around it."""

    lon: float
    lat: float
    spread_km: float
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """What lies beyond the border, for a label on the map."""

    zh: str
    en: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A district that can be simulated. `outline` is a ring of (lon, lat), WGS-84, not closed.

    `micro_grids` is how many parts all grids together are divided into; 0: the district has no such level.
    """

    key: str
    code: str
    name: str
    name_en: str
    title: Words
    subtitle: Words
    attribution: Words
    event_prefix: str
    workers: int
    events_per_day: float
    roster_days: int
    micro_grids: int
    neighbours: tuple[Neighbour, ...]
    centres: tuple[Centre, ...]
    sources: dict[str, str]
    outline: tuple[tuple[float, float], ...]
    streets: tuple[Street, ...]

    @property
    def grid_count(self) -> int:
        """How many grids the district has."""
        return sum(street.grids for street in self.streets)


def names() -> tuple[str, ...]:
    """Names of all profiles that ship."""
    folder = resources.files(DATA)
    return tuple(
        sorted(
            entry.name.removesuffix(".json")
            for entry in folder.iterdir()
            if entry.name.endswith(".json") and not entry.name.startswith("_")
        )
    )


def check_name(name: str) -> None:
    """Raises UnknownProfile, which lists the names there are, where no profile is called so."""
    if name not in names():
        raise UnknownProfile(name=name, known=", ".join(names()))


def load(name: str) -> Profile:
    """The profile of that name. Raises UnknownProfile."""
    check_name(name)
    raw = json.loads((resources.files(DATA) / f"{name}.json").read_text(encoding="utf-8"))
    return Profile(
        key=raw["key"],
        code=raw["code"],
        name=raw["name"],
        name_en=raw["name_en"],
        event_prefix=raw["event_prefix"],
        workers=raw["workers"],
        events_per_day=raw["events_per_day"],
        roster_days=raw["roster_days"],
        micro_grids=raw.get("micro_grids", 0),
        title=Words(**raw["title"]),
        subtitle=Words(**raw["subtitle"]),
        attribution=Words(**raw["attribution"]),
        neighbours=tuple(Neighbour(**entry) for entry in raw["neighbours"]),
        centres=tuple(Centre(**entry) for entry in raw["centres"]),
        sources=raw["sources"],
        outline=tuple((lon, lat) for lon, lat in raw["outline"]),
        streets=tuple(_street(entry) for entry in raw["streets"]),
    )


def _street(raw: dict[str, Any]) -> Street:
    communities = tuple(
        Community(code=code, name=name, name_en=name_en) for code, name, name_en in raw["communities"]
    )
    return Street(**{**raw, "communities": communities})
