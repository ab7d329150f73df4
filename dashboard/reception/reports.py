"""Reports of events in our own form: JSON, one or many.

    {"events": [{"category": "A01", "lon": 103.9, "lat": 30.8, "text": "...", "address": "...", "reporter": "...",
                 "code": "the sender's own", "severity": 1, "region": "510117001", "department": "D01",
                 "reported_at": "2026-11-20T14:30:00+08:00", "photos": ["..."], "attributes": {"depth": "30"}}]}

Owns the reading: what a report must and may say. Where it belongs is settled on the ground.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from dashboard.domain.geo import Datum, to_wgs84
from dashboard.ingest.report import shown
from dashboard.reception import readings
from dashboard.reception.refusals import (
    BadChoice,
    BadNumber,
    BadText,
    InFuture,
    Missing,
    Refused,
    TooMany,
    UnknownField,
    WrongShape,
)

MOST: Final = 1_000
MOST_PHOTOS: Final = 20
MOST_ATTRIBUTES: Final = 100
SHORT: Final = 200
LONG: Final = 20_000
AHEAD: Final = timedelta(minutes=2)
"""A sender's clock may be that much ahead of ours."""
FIELDS: Final = frozenset(
    {
        "code",
        "category",
        "severity",
        "lon",
        "lat",
        "datum",
        "address",
        "text",
        "reporter",
        "region",
        "department",
        "worker",
        "reported_at",
        "photos",
        "attributes",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What somebody reports, checked by itself. Degrees of WGS-84; None: not said."""

    category: str
    code: str | None = None
    severity: int = 1
    lon: float | None = None
    lat: float | None = None
    address: str | None = None
    text: str | None = None
    reporter: str | None = None
    region: str | None = None
    department: str | None = None
    worker: str | None = None
    reported_at: datetime | None = None
    photos: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)


def items(data: Any) -> list[Any]:  # noqa: ANN401 - JSON
    """The single reports of a request, unread. Raises WrongShape, TooMany."""
    if isinstance(data, dict):
        data = data.get("events", [data])
    if not isinstance(data, list) or not data:
        raise WrongShape(expected="an event, or a list of events", expected_zh="一个事件或事件列表")
    if len(data) > MOST:
        raise TooMany(limit=MOST)
    return data


def read(data: Any, zone: ZoneInfo, now: datetime) -> Report:  # noqa: ANN401 - JSON
    """One report. Times without a zone are the district's. Raises Refused."""
    if not isinstance(data, dict):
        raise WrongShape(expected="an object", expected_zh="对象")
    unknown = next((key for key in data if key not in FIELDS), None)
    if unknown is not None:
        raise UnknownField(field=shown(str(unknown), 40))
    category = text_of(data, "category", SHORT)
    if category is None:
        raise Missing(field="category")
    lon, lat = _point(data)
    return Report(
        category=category,
        code=text_of(data, "code", SHORT),
        severity=_severity(data.get("severity", 1)),
        lon=lon,
        lat=lat,
        address=text_of(data, "address", LONG),
        text=text_of(data, "text", LONG, lines=True),
        reporter=text_of(data, "reporter", SHORT),
        region=text_of(data, "region", SHORT),
        department=text_of(data, "department", SHORT),
        worker=text_of(data, "worker", SHORT),
        reported_at=reported_at(data.get("reported_at"), "reported_at", zone, now),
        photos=_photos(data.get("photos")),
        attributes=_attributes(data.get("attributes")),
    )


def text_of(data: Mapping[str, Any], name: str, limit: int, *, lines: bool = False) -> str | None:
    """A text, trimmed; None where it is absent or empty. Raises BadText."""
    value = data.get(name)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not clean(value, lines=lines) or len(value.strip()) > limit:
        raise BadText(field=name, limit=limit)
    return value.strip() or None


def clean(text: str, *, lines: bool) -> bool:
    """Whether a text can be kept and shown: no control characters (line ends and tabs where `lines`), no half
    characters."""
    allowed = "\n\r\t" if lines else ""
    return all(letter in allowed or unicodedata.category(letter) not in ("Cc", "Cs") for letter in text)


def reported_at(value: Any, name: str, zone: ZoneInfo, now: datetime) -> datetime | None:  # noqa: ANN401 - JSON
    """A moment, None where it is absent. Raises BadTime, InFuture."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and len(value) <= 40:
        try:
            found = datetime.fromisoformat(value.strip())
        except ValueError:
            found = None
        if found is not None and found.tzinfo is None:
            value = found.replace(tzinfo=zone).isoformat()
    at = readings.moment(value, name)
    if at > now + AHEAD:
        raise InFuture(field=name)
    return at.astimezone(UTC)


def _point(data: Mapping[str, Any]) -> tuple[float | None, float | None]:
    if data.get("lon") is None and data.get("lat") is None:
        return None, None
    lon, lat = readings.place(data.get("lon"), data.get("lat"))
    stated = data.get("datum", Datum.WGS84)
    if stated not in list(Datum):
        raise BadChoice(field="datum", known=", ".join(Datum))
    if stated == Datum.WGS84:
        return lon, lat
    true_lon, true_lat = to_wgs84(np.array([lon]), np.array([lat]), Datum(stated))
    return float(true_lon[0]), float(true_lat[0])


def _severity(value: Any) -> int:  # noqa: ANN401 - JSON
    if isinstance(value, bool) or value not in (1, 2, 3):
        raise BadNumber(field="severity", low=1, high=3)
    return int(value)


def _photos(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - JSON
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MOST_PHOTOS:
        raise WrongShape(
            expected=f"photos: at most {MOST_PHOTOS} texts", expected_zh=f" photos：至多 {MOST_PHOTOS} 个文本"
        )
    found = [text_of({"photos": one}, "photos", 2_000) for one in value]
    return tuple(one for one in found if one)


def _attributes(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - JSON
    if value is None:
        return {}
    sound = isinstance(value, dict) and len(value) <= MOST_ATTRIBUTES
    if not sound or not all(isinstance(one, str | int | float | bool | None) for one in value.values()):
        raise WrongShape(
            expected=f"attributes: at most {MOST_ATTRIBUTES} plain values",
            expected_zh=f" attributes：至多 {MOST_ATTRIBUTES} 个简单值",
        )
    for key, one in value.items():
        text_of({"attributes": key}, "attributes", SHORT)
        if isinstance(one, str):
            text_of({"attributes": one}, "attributes", LONG, lines=True)
        elif isinstance(one, float) and readings.number(one) is None:
            raise BadText(field="attributes", limit=LONG)
    return dict(value)


def report_or_refusal(data: Any, zone: ZoneInfo, now: datetime) -> Report | Refused:  # noqa: ANN401 - JSON
    """The report, or why it is none."""
    try:
        return read(data, zone, now)
    except Refused as error:
        return error
