"""A worker's day as a file: GPX 1.1, GeoJSON (RFC 7946) or CSV. The line breaks at gaps; no worker is named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

import gpxpy.gpx
import numpy as np

from dashboard import i18n
from dashboard.domain.trails.cleaning import Verdict
from dashboard.domain.trails.facts import DayFacts
from dashboard.domain.trails.track import SECOND_US, Track
from dashboard.exports import csv_file
from dashboard.exports.sheet import About, Column, Kind, Row, Sheet
from dashboard.i18n import Lang

COLUMNS: Final = (
    Column(name="time"),
    *(
        Column(name=name, kind=Kind.NUMBER)
        for name in ("lon", "lat", "accuracy_m", "speed_mps", "battery_pct")
    ),
    Column(name="verdict"),
    Column(name="late", kind=Kind.COUNT),
)


class Form(StrEnum):
    """Forms of a file."""

    GPX = "gpx"
    GEOJSON = "geojson"
    CSV = "csv"


MEDIA: Final = {
    Form.GPX: "application/gpx+xml",
    Form.GEOJSON: "application/geo+json",
    Form.CSV: csv_file.MEDIA,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledDay:
    """The day of one worker. `name`: the worker's code and the day; `raw`: every fix as it was sent, in time;
    `lines`: what the file says of its maker."""

    name: str
    facts: DayFacts
    zone: ZoneInfo
    raw: bool
    lang: Lang
    as_of: datetime
    lines: Sequence[tuple[str, str]]

    @property
    def about(self) -> list[tuple[str, str]]:
        """What the file says of itself."""
        at = self.as_of.astimezone(self.zone).strftime("%Y-%m-%d %H:%M")
        fixes = i18n.text(self.lang, f"worker.{'raw' if self.raw else 'clean'}")
        return [
            *self.lines,
            (i18n.text(self.lang, "export.as_of"), f"{at} ({self.zone.key})"),
            (i18n.text(self.lang, "worker.fixes"), fixes),
        ]


def track_file(form: Form, day: FiledDay) -> bytes:
    """The file."""
    write: dict[Form, Callable[[FiledDay], bytes]] = {
        Form.GPX: _gpx,
        Form.GEOJSON: _geojson,
        Form.CSV: _csv,
    }
    return write[form](day)


def _gpx(day: FiledDay) -> bytes:
    document = gpxpy.gpx.GPX()
    document.creator = "Quanyu"
    document.name = day.name
    document.description = "\n".join(f"{name} {said}" for name, said in day.about)
    line = gpxpy.gpx.GPXTrack(name=day.name)
    document.tracks.append(line)
    for part in _lines(day):
        points = [
            gpxpy.gpx.GPXTrackPoint(latitude=round(lat, 7), longitude=round(lon, 7), time=_moment(at))
            for at, lon, lat in zip(part.at_us.tolist(), part.lon.tolist(), part.lat.tolist(), strict=True)
        ]
        line.segments.append(gpxpy.gpx.GPXTrackSegment(points))
    for number, stop in enumerate(day.facts.stops, start=1):
        spot = gpxpy.gpx.GPXWaypoint(
            latitude=round(stop.lat, 7), longitude=round(stop.lon, 7), time=_moment(stop.arrived_us)
        )
        spot.name, spot.description = str(number), f"{stop.lasted_s:.0f} s"
        document.waypoints.append(spot)
    return str(document.to_xml("1.1")).encode()


def _geojson(day: FiledDay) -> bytes:
    parts, facts, zone = list(_lines(day)), day.facts, day.zone
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
            line,
            {"kind": "track", "name": day.name, "distance_m": round(facts.distance_m, 1), "times": times},
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
    about = [{"name": name, "value": said} for name, said in day.about]
    collection = {"type": "FeatureCollection", "about": about, "features": features}
    return json.dumps(collection, ensure_ascii=False).encode()


def _csv(day: FiledDay) -> bytes:
    about = About(title=day.name, region="", lines=day.about, as_of=day.as_of, zone=day.zone)
    return csv_file.csv_bytes(Sheet(about=about, columns=COLUMNS, rows=_fixes(day)))


def _fixes(day: FiledDay) -> Iterator[Row]:
    cleaned = day.facts.cleaned
    track = cleaned.track
    for row in range(len(track)) if day.raw else np.flatnonzero(cleaned.verdict == Verdict.SOUND).tolist():
        yield (
            _local(int(track.at_us[row]), day.zone),
            round(float(track.lon[row]), 7),
            round(float(track.lat[row]), 7),
            _number(track.accuracy_m[row]),
            _number(track.speed_mps[row]),
            _number(track.battery_pct[row]),
            Verdict(int(cleaned.verdict[row])).name.lower(),
            int(cleaned.late[row]),
        )


def _lines(day: FiledDay) -> Iterator[Track]:
    """The stretches of the line between gaps."""
    track = day.facts.cleaned.track if day.raw else day.facts.sound
    ends = {gap.from_us for gap in day.facts.gaps}
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


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(f"{value:g}")
