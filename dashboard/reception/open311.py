"""Reports as Open311 GeoReport v2 writes them: the form that creates one, and documents of several.

Owns the reading of their fields. Which services there are is `services`', what becomes of a report `casework`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from dashboard.reception import readings
from dashboard.reception.refusals import BadPlace, BadTime, Missing, NoLocation, Refused
from dashboard.reception.reports import LONG, SHORT, Report, reported_at, text_of

CLOSED: Final = "closed"
_ABOUT_SENDER: Final = ("device_id", "account_id", "address_id")
_MOST_MEDIA: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What somebody posts, before the service is known: fields by name, attributes by code."""

    fields: Mapping[str, str]
    attributes: Mapping[str, Sequence[str]]
    media: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A service request of another system's document. `closed_at`: it is closed there since then."""

    report: Report
    status: str
    closed_at: datetime | None


def posted(pairs: Sequence[tuple[str, str]]) -> Posted:
    """A form's fields, taken apart: `attribute[CODE]` and repeated media apart from the others."""
    fields: dict[str, str] = {}
    attributes: dict[str, list[str]] = {}
    media: list[str] = []
    for name, value in pairs:
        if name.startswith("attribute[") and "]" in name:
            attributes.setdefault(name[len("attribute[") : name.index("]")], []).append(value)
        elif name == "media_url":
            media.append(value)
        else:
            fields.setdefault(name, value)
    return Posted(fields=fields, attributes=attributes, media=tuple(media))


def read_posted(form: Posted) -> Report:
    """The report of a form. Raises Refused."""
    fields = form.fields
    category = text_of(fields, "service_code", SHORT)
    if category is None:
        raise Missing(field="service_code")
    lon, lat = _point(fields)
    address = text_of(fields, "address_string", LONG)
    if lon is None and address is None and not fields.get("address_id"):
        raise NoLocation
    about = {name: found for name in _ABOUT_SENDER if (found := text_of(fields, name, SHORT))}
    return Report(
        category=category,
        lon=lon,
        lat=lat,
        address=address,
        text=text_of(fields, "description", LONG, lines=True),
        reporter=_reporter(fields),
        photos=_media(form.media),
        attributes=about | _joined(form.attributes),
    )


def read_told(entry: Mapping[str, Any], zone: ZoneInfo, now: datetime) -> Told:
    """A service request of another system. Raises Refused."""
    scalars = {name: value for name, value in entry.items() if value is None or isinstance(value, str)}
    code, category = (text_of(scalars, name, SHORT) for name in ("service_request_id", "service_code"))
    if code is None:
        raise Missing(field="service_request_id")
    if category is None:
        raise Missing(field="service_code")
    lon, lat = _point(scalars)
    if lon is None:
        raise BadPlace
    at = _moment(scalars, "requested_datetime", zone, now)
    if at is None:
        raise Missing(field="requested_datetime")
    updated = _moment(scalars, "updated_datetime", zone, now)
    media = scalars.get("media_url")
    status = (text_of(scalars, "status", SHORT) or "open").lower()
    report = Report(
        category=category,
        code=code,
        lon=lon,
        lat=lat,
        address=text_of(scalars, "address", LONG),
        text=text_of(scalars, "description", LONG, lines=True) or text_of(scalars, "service_name", SHORT),
        reported_at=at,
        photos=_media([media] if media else ()),
        attributes={
            name: found
            for name in ("status_notes", "agency_responsible")
            if (found := text_of(scalars, name, LONG, lines=True))
        },
    )
    closed = max(updated or now, at) if status == CLOSED else None
    return Told(report=report, status=status, closed_at=closed)


def read_all_told(
    entries: Sequence[Mapping[str, Any]], zone: ZoneInfo, now: datetime
) -> list[Told | Refused]:
    """All requests of a document, each read or refused by itself."""
    found: list[Told | Refused] = []
    for entry in entries:
        try:
            found.append(read_told(entry, zone, now))
        except Refused as error:
            found.append(error)
    return found


def iso(at: datetime, zone: ZoneInfo) -> str:
    """A moment as the specification wants it: whole seconds and an offset."""
    return at.astimezone(zone).isoformat(timespec="seconds")


def asked_moment(text: str, name: str) -> datetime:
    """A moment of a question. Raises BadTime."""
    stated = text.strip()
    head, sign, tail = stated.rpartition(" ")
    if sign and head.count("T") == 1 and tail[:2].isdigit():
        stated = f"{head}+{tail}"  # a plus that a query string turned into a space
    return readings.moment(stated, name).astimezone(UTC)


def _moment(scalars: Mapping[str, Any], name: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    """ISO 8601 or nothing; a date without a time is none. Raises BadTime, InFuture."""
    text = scalars.get(name)
    if text is None:
        return None
    if "T" not in text or text[:4].isdigit() is False or text[4:5] != "-":
        raise BadTime(field=name)
    return reported_at(text, name, zone, now)


def _point(fields: Mapping[str, Any]) -> tuple[float | None, float | None]:
    lat, lon = fields.get("lat"), fields.get("long")
    if not lat and not lon:
        return None, None
    return readings.place(lon, lat)


def _reporter(fields: Mapping[str, str]) -> str | None:
    name = " ".join(found for part in ("first_name", "last_name") if (found := text_of(fields, part, SHORT)))
    parts = [name, *(text_of(fields, part, SHORT) or "" for part in ("phone", "email"))]
    return ", ".join(part for part in parts if part)[:SHORT] or None


def _media(addresses: Sequence[str]) -> tuple[str, ...]:
    found = [text_of({"media_url": one}, "media_url", 2_000) for one in addresses[:_MOST_MEDIA]]
    return tuple(one for one in found if one)


def _joined(attributes: Mapping[str, Sequence[str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for code, values in attributes.items():
        text_of({"attribute": code}, "attribute", SHORT)
        for value in values:
            text_of({f"attribute[{code}]": value}, f"attribute[{code}]", LONG, lines=True)
        found[f"attribute[{code}]"] = ", ".join(value.strip() for value in values)
    return found
