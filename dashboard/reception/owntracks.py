"""OwnTracks in HTTP mode: one JSON object a request; only those of `_type` location hold a position.

Speed (`vel`) is in km/h, `acc` and `alt` in metres, `batt` in percent, `tst` in seconds since 1970. The device is
the topic; without one, the user and device of the query or headers; without those, the tracker id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.reception import readings
from dashboard.reception.readings import Reading
from dashboard.reception.refusals import WrongShape


def read(data: Any, query: Mapping[str, str], headers: Mapping[bytes, bytes]) -> Reading:  # noqa: ANN401 - JSON
    """The report. Raises Refused."""
    if not isinstance(data, dict) or not isinstance(data.get("_type"), str):
        raise WrongShape(expected="an object with _type", expected_zh="带有 _type 的对象")
    device = (
        readings.name(data.get("topic", "")) or _named(query, headers) or readings.name(data.get("tid", ""))
    )
    if data["_type"] != "location":
        return Reading(device=device)
    at = readings.moment(data["tst"], "tst") if "tst" in data else None
    x, y = readings.place(data.get("lon"), data.get("lat"))
    return Reading(
        device=device,
        at=at,
        lon=x,
        lat=y,
        accuracy_m=readings.accuracy(data.get("acc")),
        speed_mps=readings.speed(data.get("vel"), 1 / readings.KMH),
        heading_deg=readings.heading(data.get("cog")),
        altitude_m=readings.altitude(data.get("alt")),
        battery_pct=readings.percent(data.get("batt")),
    )


def _named(query: Mapping[str, str], headers: Mapping[bytes, bytes]) -> str:
    user = query.get("u") or headers.get(b"x-limit-u", b"").decode("latin-1")
    device = query.get("d") or headers.get(b"x-limit-d", b"").decode("latin-1")
    return readings.name(f"owntracks/{user}/{device}") if user and device else ""
