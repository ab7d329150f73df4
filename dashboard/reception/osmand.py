"""OsmAnd's and Traccar Client's reports: a query string (or the same as a form), or JSON with one location.

Query: id or deviceid, lat and lon (or location=lat,lon), timestamp (s, ms, ISO 8601, UTC without a zone), speed in
knots, bearing or heading, altitude, accuracy or hacc, batt. JSON: device_id and location with coords in m/s,
-1 for unknown, battery level as a share.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dashboard.domain.fixes import FixFlag
from dashboard.reception import readings
from dashboard.reception.readings import Reading
from dashboard.reception.refusals import NoDevice, WrongShape

_DEVICE: Final = ("id", "deviceid")


def read_query(query: Mapping[str, str]) -> Reading:
    """A report as parameters. Raises Refused."""
    device = next((found for key in _DEVICE if (found := readings.name(query.get(key, "")))), "")
    if not device:
        raise NoDevice
    at = readings.moment(query["timestamp"], "timestamp") if query.get("timestamp") else None
    lat, lon = query.get("lat"), query.get("lon")
    if query.get("location"):
        lat, _, lon = query["location"].partition(",")
    if not lat and not lon:
        return Reading(device=device, at=at)
    x, y = readings.place(lon, lat)
    return Reading(
        device=device,
        at=at,
        lon=x,
        lat=y,
        accuracy_m=readings.accuracy(query.get("accuracy", query.get("hacc"))),
        speed_mps=readings.speed(query.get("speed"), readings.KNOT_MPS),
        heading_deg=readings.heading(query.get("bearing", query.get("heading"))),
        altitude_m=readings.altitude(query.get("altitude")),
        battery_pct=readings.percent(query.get("batt")),
        flags=_said(valid=query.get("valid", "true"), mock=query.get("mock", "false")),
    )


def read_json(data: Any) -> Reading:  # noqa: ANN401 - JSON
    """A report as JSON. Raises Refused."""
    if not isinstance(data, dict):
        raise WrongShape(expected="an object", expected_zh="对象")
    device = readings.name(data.get("device_id", ""))
    if not device:
        raise NoDevice
    location = data.get("location")
    if not isinstance(location, dict):
        return Reading(device=device)
    stated = location.get("timestamp")
    at = None if stated is None else readings.moment(stated, "timestamp")
    coords, battery = location.get("coords"), location.get("battery")
    if not isinstance(coords, dict):
        return Reading(device=device, at=at)
    x, y = readings.place(coords.get("longitude"), coords.get("latitude"))
    return Reading(
        device=device,
        at=at,
        lon=x,
        lat=y,
        accuracy_m=readings.accuracy(coords.get("accuracy")),
        speed_mps=readings.speed(coords.get("speed")),
        heading_deg=readings.heading(coords.get("heading")),
        altitude_m=readings.altitude(coords.get("altitude")),
        battery_pct=readings.share(battery.get("level")) if isinstance(battery, dict) else None,
        flags=FixFlag.MOCK if location.get("mock") is True else FixFlag(0),
    )


def _said(*, valid: str, mock: str) -> FixFlag:
    found = FixFlag(0)
    if valid.lower() in ("false", "0"):
        found |= FixFlag.NO_FIX
    if mock.lower() in ("true", "1"):
        found |= FixFlag.MOCK
    return found
