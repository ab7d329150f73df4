"""Batches of positions in our own form: JSON to columns.

    {"positions": [{"worker": "W0001", "time": "2026-11-20T14:30:00+08:00", "lon": 103.9, "lat": 30.8,
                    "accuracy_m": 5, "speed_mps": 1.2, "heading_deg": 90, "altitude_m": 500, "battery_pct": 80}],
     "datum": "WGS-84"}

Owns the reading. A row that makes no sense is refused by itself; the others go on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dashboard.domain.fixes import Real, Whole
from dashboard.domain.geo import Datum, to_wgs84
from dashboard.reception import readings
from dashboard.reception.refusals import (
    BadChoice,
    BadNumber,
    BadPlace,
    BadText,
    BadTime,
    InFuture,
    Missing,
    Refused,
    TooMany,
    WrongShape,
)

MOST: Final = 10_000
NONE: Final = np.nan
FUTURE: Final = timedelta(days=1)
"""A fix this far ahead is no clock that runs fast but a wrong date."""

OPTIONAL: Final = {
    "accuracy_m": (0.0, 1e7),
    "speed_mps": (0.0, 1e5),
    "heading_deg": (0.0, 360.0),
    "altitude_m": (-12_000.0, 100_000.0),
    "battery_pct": (0.0, 100.0),
}
_NUMBERS: Final = frozenset({int, float, type(None)})
_EARLIEST_US: Final = round(readings.EARLIEST.timestamp() * 1e6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The sound rows of a batch in columns, `row` their places in what was sent, and why the others were
    refused. `worker`: codes, "" where a row names none."""

    count: int
    row: Whole
    worker: list[str]
    at_us: Whole
    lon: Real
    lat: Real
    optional: dict[str, Real]
    refused: dict[int, Refused]


def read(data: Any, now: datetime) -> Batch:  # noqa: ANN401 - JSON
    """The batch. Raises Refused where it is none at all."""
    datum = Datum.WGS84
    if isinstance(data, dict) and "positions" in data:
        datum = _datum(data.get("datum", Datum.WGS84))
        data = data["positions"]
    elif isinstance(data, dict):
        data = [data]
    if not isinstance(data, list):
        raise WrongShape(
            expected='{"positions": [{...}, ...]}', expected_zh='{"positions": [{...}, ...]} 形式的对象'
        )
    if len(data) > MOST:
        raise TooMany(limit=MOST)
    refused: dict[int, Refused] = {}
    if not all(type(one) is dict for one in data):
        refused = {
            place: WrongShape(expected="an object", expected_zh="对象")
            for place, one in enumerate(data)
            if not isinstance(one, dict)
        }
        data = [one if isinstance(one, dict) else {} for one in data]
    at_us = _times(data, now, refused)
    lon, lat = _places(data, datum, refused)
    optional = {name: _optional(data, name, *limits, refused) for name, limits in OPTIONAL.items()}
    workers = _workers(data, refused)
    if not refused:
        return Batch(
            count=len(data),
            row=np.arange(len(data)),
            worker=workers,
            at_us=at_us,
            lon=lon,
            lat=lat,
            optional=optional,
            refused=refused,
        )
    kept = np.array([place for place in range(len(data)) if place not in refused], dtype=np.int64)
    return Batch(
        count=len(data),
        row=kept,
        worker=[workers[place] for place in kept.tolist()],
        at_us=at_us[kept],
        lon=lon[kept],
        lat=lat[kept],
        optional={name: values[kept] for name, values in optional.items()},
        refused=refused,
    )


def _datum(value: object) -> Datum:
    try:
        return Datum(str(value))
    except ValueError:
        raise BadChoice(field="datum", known=", ".join(Datum)) from None


def _numbers(values: list[Any]) -> tuple[Real, NDArray[np.bool_]]:
    """The numbers, NaN for what is none, and which of those were given all the same."""
    if set(map(type, values)) <= _NUMBERS:
        try:
            found = np.array(values, dtype=np.float64)
        except OverflowError:
            found = None
        if found is not None:
            odd = np.isnan(found) | np.isinf(found)
            if not odd.any():
                return found, odd
            given = np.array([value is not None for value in values])
            return np.where(odd, NONE, found), odd & given
    read_one: Callable[[Any], float | None] = readings.number
    parsed = [None if value is None else read_one(value) for value in values]
    wrong = np.array(
        [one is None and value is not None for one, value in zip(parsed, values, strict=True)], dtype=bool
    )
    return np.array(parsed, dtype=np.float64), wrong


def _optional(
    data: list[dict[str, Any]], name: str, low: float, high: float, refused: dict[int, Refused]
) -> Real:
    found, wrong = _numbers([row.get(name) for row in data])
    wrong = wrong | (found < low) | (found > high)
    for place in np.flatnonzero(wrong).tolist():
        refused.setdefault(place, BadNumber(field=name, low=f"{low:,.0f}", high=f"{high:,.0f}"))
    return found


def _places(data: list[dict[str, Any]], datum: Datum, refused: dict[int, Refused]) -> tuple[Real, Real]:
    lon, _ = _numbers([row.get("lon") for row in data])
    lat, _ = _numbers([row.get("lat") for row in data])
    sound = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    for place in np.flatnonzero(~sound).tolist():
        refused.setdefault(place, BadPlace())
    if datum is Datum.WGS84:
        return lon, lat
    lon, lat = np.where(sound, lon, 0.0), np.where(sound, lat, 0.0)
    return to_wgs84(lon, lat, datum)


def _times(data: list[dict[str, Any]], now: datetime, refused: dict[int, Refused]) -> Whole:
    values = [row.get("time") for row in data]
    latest_us = round((now + FUTURE).timestamp() * 1e6)
    try:
        at_us = np.array(
            [round(datetime.fromisoformat(value).timestamp() * 1e6) for value in _aware(values)],
            dtype=np.int64,
        )
    except (ValueError, TypeError, OverflowError):
        at_us = np.zeros(len(values), dtype=np.int64)
        for place, value in enumerate(values):
            if value is None:
                refused.setdefault(place, Missing(field="time"))
                continue
            try:
                at_us[place] = round(readings.moment(value, "time").timestamp() * 1e6)
            except BadTime as error:
                refused.setdefault(place, error)
    for place in np.flatnonzero(at_us < _EARLIEST_US).tolist():
        refused.setdefault(place, BadTime(field="time"))
    for place in np.flatnonzero(at_us > latest_us).tolist():
        refused.setdefault(place, InFuture(field="time"))
    return at_us


def _aware(values: list[Any]) -> list[str]:
    """The values where all are texts that end in a zone: the quick way. Raises TypeError."""
    for value in values:
        if type(value) is not str or not (value[-1:] == "Z" or value[-6:-5] in ("+", "-")):
            raise TypeError
    return values


def _workers(data: list[dict[str, Any]], refused: dict[int, Refused]) -> list[str]:
    found = [row.get("worker") for row in data]
    if set(map(type, found)) <= {str} and "".join(found).isprintable():  # type: ignore[arg-type]
        return found  # type: ignore[return-value]  # all are texts
    names: list[str] = []
    for place, value in enumerate(found):
        text = "" if value is None else readings.name(value)
        if value not in (None, "") and not text:
            refused.setdefault(place, BadText(field="worker", limit=readings.LONGEST_NAME))
        names.append(text)
    return names
