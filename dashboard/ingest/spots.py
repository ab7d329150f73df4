"""Where rows say they are. Owns the checks of points one by one: numbers, datum, placeholders, axes and signs, the
district's outline. Works on whole chunks at a time; what only the whole file shows is left to `hindsight`."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dashboard.domain.geo import Degrees
from dashboard.ingest.checks import RowReader, as_number
from dashboard.ingest.mapping import Mapping
from dashboard.ingest.places import Places
from dashboard.ingest.projection import converter
from dashboard.ingest.wording import Flaw

_SIXTIETHS = re.compile(r"\d\s*[°º˚度].*|\d+[:\s]\d+[:\s]\d+(?:\.\d+)?\s*[NSEW]?", re.IGNORECASE)
_FACTORS = (1e5, 1e6, 1e7)
"""What devices multiply degrees by to send whole numbers."""
_NOWHERE_DEG = 1e-6
_DEGREES_FAR = 0.05
"""More than two datums differ in degrees anywhere in China, and less than any system in metres would."""
_NOTHING: MappingOf[str, object] = {}
FINE = 99
"""The decimals of coordinates that are not in degrees: as good as any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A row's place: degrees of WGS-84 and the region that holds it, or the flaw that leaves it without one.

    OUTSIDE_GRIDS is a flaw that keeps the point; `value` is what the file says, `x` and `y` are its numbers
    and `decimals` how many the better of the two has."""

    lon: float | None = None
    lat: float | None = None
    region_id: int | None = None
    flaw: Flaw | None = None
    value: str = ""
    x: float | None = None
    y: float | None = None
    decimals: int = FINE
    details: MappingOf[str, object] = field(default_factory=dict)


class SpotReader:
    """Reads the points of rows by the mapping's rules."""

    def __init__(self, mapping: Mapping, places: Places) -> None:
        self._lon, self._lat = mapping.columns.get("lon"), mapping.columns.get("lat")
        self._rules, self._places = mapping.location, places
        self._convert = converter(mapping.file.crs)
        middle = np.array([places.middle])
        there = self._convert(middle[:, 0], middle[:, 1])
        self._degrees = bool(max(abs(there[0] - middle[:, 0]), abs(there[1] - middle[:, 1])) < _DEGREES_FAR)
        self._placeholders = np.array(mapping.location.placeholders, dtype=np.float64).reshape(-1, 2)

    @property
    def label(self) -> str:
        """What the report calls the location: the file's columns."""
        return " / ".join(column.label for column in (self._lon, self._lat) if column is not None)

    def read(self, readers: Sequence[RowReader]) -> list[Spot]:
        """The spots of a chunk of rows, in order."""
        spots = [Spot()] * len(readers)
        numbers: list[tuple[int, float, float, int]] = []
        for place, reader in enumerate(readers):
            spots[place], pair = self._pair(reader)
            if pair is not None:
                numbers.append((place, *pair))
        if numbers:
            x = np.array([row[1] for row in numbers], dtype=np.float64)
            y = np.array([row[2] for row in numbers], dtype=np.float64)
            decimals = [row[3] for row in numbers]
            for (place, *_), spot in zip(numbers, self._placed(x, y, decimals), strict=True):
                spots[place] = spot
        return spots

    def _pair(self, reader: RowReader) -> tuple[Spot, tuple[float, float, int] | None]:
        if self._lon is None or self._lat is None:
            return Spot(), None
        x, y = reader.value(self._lon), reader.value(self._lat)
        if not x and not y:
            return Spot(), None
        if not x or not y:
            return Spot(flaw=Flaw.HALF_LOCATION, value=f"{x or ''}, {y or ''}"), None
        pair = as_number(x), as_number(y)
        if pair[0] is None or pair[1] is None:
            sixtieths = _SIXTIETHS.search(x) and _SIXTIETHS.search(y)
            flaw = Flaw.DEGREES_MINUTES if sixtieths else Flaw.NOT_NUMBER
            return Spot(flaw=flaw, value=f"{x}, {y}"), None
        decimals = max(_decimals(x), _decimals(y)) if self._degrees else FINE
        return Spot(), (pair[0], pair[1], decimals)

    def _placed(self, x: Degrees, y: Degrees, decimals: Sequence[int]) -> list[Spot]:
        """Spots of numbers: the checks for all of them at once, then one spot each."""
        placeholder = np.zeros(len(x), dtype=bool)
        for lon, lat in self._placeholders:
            placeholder |= (abs(x - lon) <= self._rules.tolerance_deg) & (
                abs(y - lat) <= self._rules.tolerance_deg
            )
        lon, lat = self._convert(x, y)
        ranged = (abs(lon) <= 180) & (abs(lat) <= 90)
        safe_lon, safe_lat = np.where(ranged, lon, 0.0), np.where(ranged, lat, 0.0)
        away = self._places.outside_m(safe_lon, safe_lat)
        far = ~ranged | (away > self._rules.outside_m)
        guesses = self._guessed(x, y, far, ranged)
        ids = self._places.locate(safe_lon, safe_lat)
        spots = []
        for i in range(len(x)):
            value = f"{x[i]:.6f}, {y[i]:.6f}"
            if placeholder[i]:
                spots.append(Spot(flaw=Flaw.PLACEHOLDER, value=value))
            elif i in guesses:
                flaw, said = guesses[i]
                spots.append(Spot(flaw=flaw, value=value, details=said))
            elif not ranged[i]:
                spots.append(
                    Spot(flaw=Flaw.NUMBER_RANGE, value=value, details={"low": "-180, -90", "high": "180, 90"})
                )
            elif far[i]:
                details = {"distance_m": f"{away[i]:,.0f}"}
                spots.append(Spot(flaw=Flaw.OUTSIDE_DISTRICT, value=value, details=details))
            else:
                point, pair = (float(lon[i]), float(lat[i])), (float(x[i]), float(y[i]))
                spots.append(self._inside(point, int(ids[i]), value, pair, decimals[i]))
        return spots

    def _guessed(
        self, x: Degrees, y: Degrees, far: NDArray[np.bool_], ranged: NDArray[np.bool_]
    ) -> dict[int, tuple[Flaw, dict[str, object]]]:
        """What went wrong with far points, by place: where another reading puts them into the district."""
        found: dict[int, tuple[Flaw, dict[str, object]]] = {}
        doubtful = np.flatnonzero(far)
        if not len(doubtful):
            return found
        a, b = x[doubtful], y[doubtful]
        readings: list[tuple[Flaw, Degrees, Degrees, dict[str, object]]] = [(Flaw.SWAPPED, b, a, {})]
        if self._degrees:
            readings += [(Flaw.MIRRORED, p * a, q * b, {}) for p, q in ((-1, 1), (1, -1), (-1, -1))]
            readings += [(Flaw.SCALED, a / by, b / by, {"factor": f"{by:,.0f}"}) for by in _FACTORS]
        for place in doubtful[(abs(a) < _NOWHERE_DEG) & (abs(b) < _NOWHERE_DEG)].tolist():
            found[place] = Flaw.NULL_ISLAND, {}
        for flaw, lon, lat, details in readings:
            for place in doubtful[self._within(lon, lat)].tolist():
                found.setdefault(place, (flaw, details))
        if self._degrees:
            metres = ~ranged[doubtful] & (np.maximum(abs(a), abs(b)) >= 1_000)
            for place in doubtful[metres].tolist():
                found.setdefault(place, (Flaw.METRES, {}))
        return found

    def _within(self, x: Degrees, y: Degrees) -> NDArray[np.bool_]:
        """Whether points as a file writes them lie in the district."""
        lon, lat = self._convert(x, y)
        ranged = (abs(lon) <= 180) & (abs(lat) <= 90)
        lon, lat = np.where(ranged, lon, 0.0), np.where(ranged, lat, 0.0)
        return np.asarray(ranged & (self._places.outside_m(lon, lat) == 0))

    def _inside(
        self,
        point: tuple[float, float],
        region_id: int,
        value: str,
        said: tuple[float, float],
        decimals: int,
    ) -> Spot:
        held = region_id or self._places.root.id
        flaw, details = None, _NOTHING
        if not self._places.is_grid(held):
            region = self._places.by_id[held]
            flaw, details = Flaw.OUTSIDE_GRIDS, {"region": (region.name, region.name_en or region.name)}
        return Spot(
            lon=point[0],
            lat=point[1],
            region_id=held,
            flaw=flaw,
            value=value,
            x=said[0],
            y=said[1],
            decimals=decimals,
            details=details,
        )


def _decimals(text: str) -> int:
    """Digits behind the point, zeros at the end left out."""
    return FINE if "e" in text.lower() else len(text.partition(".")[2].rstrip("0"))
