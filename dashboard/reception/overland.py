"""Overland's batches: GeoJSON features of points, longitude first, with their properties; -1 for unknown."""

from __future__ import annotations

from typing import Any, Final

from dashboard.reception import readings
from dashboard.reception.readings import Reading
from dashboard.reception.refusals import BadPlace, Missing, Refused, TooMany, WrongShape

MOST: Final = 5_000


def read(data: Any) -> tuple[list[Reading], dict[int, Refused]]:  # noqa: ANN401 - JSON
    """The readings of a batch in order, and by place why others could not be read. Raises Refused."""
    locations = data.get("locations") if isinstance(data, dict) else None
    if not isinstance(locations, list):
        raise WrongShape(
            expected='{"locations": [...]}, a list of GeoJSON features',
            expected_zh='{"locations": [...]}，即 GeoJSON 要素列表',
        )
    if len(locations) > MOST:
        raise TooMany(limit=MOST)
    found: list[Reading] = []
    refused: dict[int, Refused] = {}
    for place, feature in enumerate(locations):
        try:
            found.append(_reading(feature))
        except Refused as error:
            refused[place] = error
    return found, refused


def _reading(feature: Any) -> Reading:  # noqa: ANN401 - JSON
    if not isinstance(feature, dict):
        raise WrongShape(expected="a GeoJSON feature", expected_zh="GeoJSON 要素")
    geometry, stated = feature.get("geometry"), feature.get("properties")
    properties = stated if isinstance(stated, dict) else {}
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if not isinstance(coordinates, list) or len(coordinates) < 2:
        raise BadPlace
    x, y = readings.place(coordinates[0], coordinates[1])
    if "timestamp" not in properties:
        raise Missing(field="timestamp")
    return Reading(
        device=readings.name(properties.get("device_id", "")),
        at=readings.moment(properties["timestamp"], "timestamp"),
        lon=x,
        lat=y,
        accuracy_m=readings.accuracy(properties.get("horizontal_accuracy")),
        speed_mps=readings.speed(properties.get("speed")),
        heading_deg=readings.heading(properties.get("course")),
        altitude_m=readings.altitude(properties.get("altitude")),
        battery_pct=readings.share(properties.get("battery_level")),
    )
