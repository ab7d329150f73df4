"""What a mapping says: which column is which field, and what its values mean. Leaves its TOML to
`mapping_file`."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from dashboard.ingest.columns import Column

FIELDS: dict[str, tuple[str, ...]] = {
    "regions": ("code", "name", "name_en", "level", "kind", "parent", "households", "population"),
    "categories": (
        *("code", "name", "name_en", "parent", "limit_hours", "limit_kind", "valid_from", "valid_to"),
    ),
    "departments": ("code", "name", "name_en", "categories", "regions"),
    "overlays": ("code", "name", "department", "regions"),
    "workers": ("code", "name", "name_en", "role", "region", "active"),
    "shifts": (
        *("worker", "date", "starts_at", "ends_at", "kind", "checked_in_at", "checked_out_at", "cancelled"),
    ),
    "events": (
        *("code", "source", "category", "severity", "region", "lon", "lat", "address", "text", "reporter"),
        *(
            "department",
            "worker",
            "stage",
            "state",
            "reported_at",
            "accepted_at",
            "filed_at",
            "dispatched_at",
        ),
        *("signed_at", "resolved_at", "replied_at", "verified_at", "closed_at", "evaluated_at", "due_at"),
    ),
    "positions": (
        *("worker", "fixed_at", "lon", "lat", "accuracy_m", "speed_mps", "heading_deg", "battery_pct"),
    ),
    "feedback": ("event", "asked_at", "code", "channel", "answered_at", "resolved", "satisfaction"),
    "stats": ("region", "key", "as_of", "value"),
}
"""The fields of each kind of import."""
REQUIRED: dict[str, tuple[str, ...]] = {
    "regions": ("code",),
    "categories": ("code", "name"),
    "departments": ("code", "name"),
    "overlays": ("code", "department"),
    "workers": ("code", "name", "region"),
    "events": ("code", "source", "reported_at"),
    "positions": ("worker", "fixed_at", "lon", "lat"),
    "shifts": ("worker", "starts_at", "ends_at"),
    "feedback": ("event", "asked_at"),
    "stats": ("region", "key", "value"),
}
"""The fields that a kind cannot do without; `[stats]` in a mapping stands for `key` and `value`, category levels
for `code` and `name`."""
SETTINGS = frozenset(
    {
        *(
            "timezone",
            "workflow",
            "title",
            "subtitle",
            "attribution",
            "mode",
            "schematic",
            "neighbours",
            "shifts",
        ),
        *(
            "satisfied_from",
            "targets",
            "thresholds",
            "ranking_min_n",
            "working_hours",
            "calendar",
            "own_days",
            "trails",
            "positions_days",
        ),
        "repeat",
    }
)
"""Keys of the district's settings that a regions mapping may set."""

MISSING = ("close", "covered", "keep")
"""What becomes of a stored region of the file's levels that the file lacks: it ends, it ends if the file
covers its land, it stays. Without a word it ends, unless most of the map would end without a successor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRules:
    """How the file is written. `crs`: "WGS-84", "GCJ-02", "BD-09" or anything that pyproj knows; "" is what the
    file itself names, else WGS-84. `layer`: the sheet or layer, "" the first. `header`: the row of the names of
    the columns, 0 the first that looks like one. `rows`: where the rows of a
    tree of JSON objects are ("areas.streets"). `only`: columns and the value that a row must have there to be
    read at all."""

    encoding: str | None = None
    delimiter: str = ","
    crs: str = ""
    layer: str = ""
    header: int = 0
    rows: str = ""
    only: MappingOf[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRules:
    """How local times are read. `timezone` None: the district's."""

    timezone: str | None = None
    formats: tuple[str, ...] = ()
    repeated: str = "first"
    missing: str = "forward"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationRules:
    """Which points are no locations. `placeholders` are (lon, lat) in degrees as the file writes them;
    `keep_crowds`: points where many unrelated rows sit are places all the same."""

    placeholders: tuple[tuple[float, float], ...] = ()
    tolerance_deg: float = 0.00005
    outside_m: float = 500.0
    keep_crowds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SquareRules:
    """How a square grid is laid around points: `trim` is the share of points left out at each side,
    `streets` about how many streets there shall be."""

    trim: float = 0.01
    streets: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """Whether an import makes what its rows name but the database lacks. `names`: (zh, en) by text of the
    file; `days`: the days of tracks become shifts of their workers."""

    create: bool = False
    names: MappingOf[str, tuple[str, str | None]] = field(default_factory=dict)
    name: Column | None = None
    days: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """The root of the region tree."""

    code: str
    name: str
    name_en: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One level of a list of names without shapes: where its codes and names are."""

    level: str
    code: Column
    name: Column
    name_en: Column | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A whole mapping. `levels`: the columns of a category's levels; `stated`: what a row says of its own
    region; `valid_from`: when new boundaries begin to apply, a day or a moment; `missing`: what becomes then
    of regions that the file lacks (MISSING); `stats`: the column of each figure, by its key. `tree`: the levels of a
    list of names, from the top down, that are to be drawn inside the boundary above them."""

    kind: str
    origin: str
    columns: MappingOf[str, Column]
    file: FileRules = FileRules()
    times: TimeRules = TimeRules()
    location: LocationRules = LocationRules()
    squares: SquareRules = SquareRules()
    categories: Making = Making()
    departments: Making = Making()
    workers: Making = Making()
    levels: tuple[Column, ...] = ()
    stated: MappingOf[str, Column] = field(default_factory=dict)
    stages: MappingOf[str, str] = field(default_factory=dict)
    first_contact_s: float | None = None
    level: str | None = None
    valid_from: date | None = None
    missing: str | None = None
    district: District | None = None
    settings: MappingOf[str, Any] = field(default_factory=dict)
    stats: MappingOf[str, Column] = field(default_factory=dict)
    tree: tuple[Branch, ...] = ()
