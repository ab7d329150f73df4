"""A worker's day as a file: GPX 1.1, GeoJSON (RFC 7946) or CSV. The line breaks at gaps; nobody is named."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

import gpxpy.gpx
import numpy as np

from dashboard.domain.trails.cleaning import Verdict
from dashboard.domain.trails.facts import DayFacts
from dashboard.domain.trails.track import SECOND_US, Track

BOM: Final = "\ufeff"
COLUMNS: Final = ("time", "lon", "lat", "accuracy_m", "speed_mps", "battery_pct", "verdict", "late")


class Form(StrEnum):
    """Forms of a file."""

    GPX = "gpx"
    GEOJSON = "geojson"
    CSV = "csv"


MEDIA: Final = {
    Form.GPX: "application/gpx+xml",
    Form.GEOJSON: "application/geo+json",
    Form.CSV: "text/csv; charset=utf-8",
}


def track_file(form: Form, name: str, facts: DayFacts, zone: ZoneInfo, *, raw: bool) -> bytes:
    """The day of one worker. `name`: the worker's code and the day; `raw`: every fix as it was sent, in time."""
    write: dict[Form, Callable[[str, DayFacts, ZoneInfo, bool], str]] = {
        Form.GPX: _gpx,
        Form.GEOJSON: _geojson,
        Form.CSV: _csv,
    }
    return write[form](name, facts, zone, raw).encode("utf-8")


def _gpx(name: str, facts: DayFacts, _zone: ZoneInfo, raw: bool) -> str:
    document = gpxpy.gpx.GPX()
    document.creator = "Quanyu"
    document.name = name
    line = gpxpy.gpx.GPXTrack(name=name)
    document.tracks.append(line)
    for part in _lines(facts, raw):
        points = [
            gpxpy.gpx.GPXTrackPoint(latitude=round(lat, 7), longitude=round(lon, 7), time=_moment(at))
            for at, lon, lat in zip(part.at_us.tolist(), part.lon.tolist(), part.lat.tolist(), strict=True)
        ]
        line.segments.append(gpxpy.gpx.GPXTrackSegment(points))
    for number, stop in enumerate(facts.stops, start=1):
        spot = gpxpy.gpx.GPXWaypoint(
            latitude=round(stop.lat, 7), longitude=round(stop.lon, 7), time=_moment(stop.arrived_us)
        )
        spot.name, spot.description = str(number), f"{stop.lasted_s:.0f} s"
        document.waypoints.append(spot)
    return str(document.to_xml("1.1"))


def _geojson(name: str, facts: DayFacts, zone: ZoneInfo, raw: bool) -> str:
    parts = list(_lines(facts, raw))
    line = {
        "type": "MultiLineString",
        "coordinates": [
            [
                [round(lon, 7), round(lat, 7)]
                for lon, lat in zip(part.lon.tolist(), part.lat.tolist(), strict=True)
            ]
            for part in parts
        ],
    }
    times = [[_local(at, zone) for at in part.at_us.tolist()] for part in parts]
    features = [
        _feature(
            line, {"kind": "track", "name": name, "distance_m": round(facts.distance_m, 1), "times": times}
        )
    ]
    for stop in facts.stops:
        spot = {"type": "Point", "coordinates": [round(stop.lon, 7), round(stop.lat, 7)]}
        span = {"from": _local(stop.arrived_us, zone), "to": _local(stop.left_us, zone)}
        features.append(_feature(spot, {"kind": "stop", **span, "lasted_s": round(stop.lasted_s)}))
    for gap in facts.gaps:
        span = {"from": _local(gap.from_us, zone), "to": _local(gap.until_us, zone)}
        told = {"kind": "gap", **span, "lasted_s": round(gap.lasted_s), "reason": str(gap.reason)}
        features.append(_feature(None, told))
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def _csv(_name: str, facts: DayFacts, zone: ZoneInfo, raw: bool) -> str:
    cleaned, out = facts.cleaned, io.StringIO()
    rows = np.arange(len(cleaned.track)) if raw else np.flatnonzero(cleaned.verdict == Verdict.SOUND)
    track, writer = cleaned.track, csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows.tolist():
        writer.writerow(
            (
                _local(int(track.at_us[row]), zone),
                f"{track.lon[row]:.7f}",
                f"{track.lat[row]:.7f}",
                _number(track.accuracy_m[row]),
                _number(track.speed_mps[row]),
                _number(track.battery_pct[row]),
                Verdict(int(cleaned.verdict[row])).name.lower(),
                int(cleaned.late[row]),
            )
        )
    return BOM + out.getvalue()


def _lines(facts: DayFacts, raw: bool) -> Iterator[Track]:
    """The stretches of the line between gaps."""
    track = facts.cleaned.track if raw else facts.sound
    ends = {gap.from_us for gap in facts.gaps}
    cuts = [row + 1 for row, at in enumerate(track.at_us.tolist()[:-1]) if at in ends]
    bounds = [0, *cuts, len(track)]
    for first, last in pairwise(bounds):
        if last > first:
            yield track.picked(slice(first, last))


def _feature(geometry: dict[str, Any] | None, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _moment(at_us: int) -> datetime:
    return datetime.fromtimestamp(at_us / SECOND_US, UTC)


def _local(at_us: int, zone: ZoneInfo) -> str:
    return _moment(at_us).astimezone(zone).isoformat()


def _number(value: float) -> str:
    return "" if np.isnan(value) else f"{value:g}"
