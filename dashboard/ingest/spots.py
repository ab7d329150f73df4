"""Where rows say they are. Owns the checks of points: numbers, datum, placeholders, swapped axes, the
district's outline; works on whole chunks at a time."""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A row's place: degrees of WGS-84 and the region that holds it, or the flaw that leaves it without one.

    OUTSIDE_GRIDS is a flaw that keeps the point; `value` is what the file says."""

    lon: float | None = None
    lat: float | None = None
    region_id: int | None = None
    flaw: Flaw | None = None
    value: str = ""
    details: MappingOf[str, object] = field(default_factory=dict)


class SpotReader:
    """Reads the points of rows by the mapping's rules."""

    def __init__(self, mapping: Mapping, places: Places) -> None:
        self._lon, self._lat = mapping.columns.get("lon"), mapping.columns.get("lat")
        self._rules, self._places = mapping.location, places
        self._convert = converter(mapping.file.crs)
        self._placeholders = np.array(mapping.location.placeholders, dtype=np.float64).reshape(-1, 2)

    @property
    def label(self) -> str:
        """What the report calls the location: the file's columns."""
        return " / ".join(column.label for column in (self._lon, self._lat) if column is not None)

    def read(self, readers: Sequence[RowReader]) -> list[Spot]:
        """The spots of a chunk of rows, in order."""
        spots = [Spot()] * len(readers)
        numbers: list[tuple[int, float, float]] = []
        for place, reader in enumerate(readers):
            spots[place], pair = self._pair(reader)
            if pair is not None:
                numbers.append((place, *pair))
        if numbers:
            where = [place for place, _, _ in numbers]
            x = np.array([pair[1] for pair in numbers], dtype=np.float64)
            y = np.array([pair[2] for pair in numbers], dtype=np.float64)
            for place, spot in zip(where, self._placed(x, y), strict=True):
                spots[place] = spot
        return spots

    def _pair(self, reader: RowReader) -> tuple[Spot, tuple[float, float] | None]:
        if self._lon is None or self._lat is None:
            return Spot(), None
        x, y = reader.value(self._lon), reader.value(self._lat)
        if not x and not y:
            return Spot(), None
        if not x or not y:
            return Spot(flaw=Flaw.HALF_LOCATION, value=f"{x or ''}, {y or ''}"), None
        pair = as_number(x), as_number(y)
        if pair[0] is None or pair[1] is None:
            return Spot(flaw=Flaw.NOT_NUMBER, value=f"{x}, {y}"), None
        return Spot(), (pair[0], pair[1])

    def _placed(self, x: Degrees, y: Degrees) -> list[Spot]:
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
        swapped = self._swapped(x, y, far)
        ids = self._places.locate(safe_lon, safe_lat)
        spots = []
        for i in range(len(x)):
            value = f"{x[i]:.6f}, {y[i]:.6f}"
            if placeholder[i]:
                spots.append(Spot(flaw=Flaw.PLACEHOLDER, value=value))
            elif swapped[i]:
                spots.append(Spot(flaw=Flaw.SWAPPED, value=value))
            elif not ranged[i]:
                spots.append(
                    Spot(flaw=Flaw.NUMBER_RANGE, value=value, details={"low": "-180, -90", "high": "180, 90"})
                )
            elif far[i]:
                details = {"distance_m": f"{away[i]:,.0f}"}
                spots.append(Spot(flaw=Flaw.OUTSIDE_DISTRICT, value=value, details=details))
            else:
                spots.append(self._inside(float(lon[i]), float(lat[i]), int(ids[i]), value))
        return spots

    def _swapped(self, x: Degrees, y: Degrees, far: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which of the far points lie in the district the other way round."""
        swapped = np.zeros(len(x), dtype=bool)
        doubtful = np.flatnonzero(far)
        if len(doubtful):
            lon, lat = self._convert(y[doubtful], x[doubtful])
            ranged = (abs(lon) <= 180) & (abs(lat) <= 90)
            lon, lat = np.where(ranged, lon, 0.0), np.where(ranged, lat, 0.0)
            swapped[doubtful] = ranged & (self._places.outside_m(lon, lat) == 0)
        return swapped

    def _inside(self, lon: float, lat: float, region_id: int, value: str) -> Spot:
        held = region_id or self._places.root.id
        if self._places.is_grid(held):
            return Spot(lon=lon, lat=lat, region_id=held, value=value)
        region = self._places.by_id[held]
        details = {"region": (region.name, region.name_en or region.name)}
        return Spot(lon=lon, lat=lat, region_id=held, flaw=Flaw.OUTSIDE_GRIDS, value=value, details=details)
