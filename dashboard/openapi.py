"""The description of /api/v1 in OpenAPI 3.1: what the interface promises. A test holds the answers to it."""

from __future__ import annotations

from typing import Any

from dashboard import (
    openapi_attendance,
    openapi_briefings,
    openapi_events,
    openapi_indicators,
    openapi_posture,
    openapi_supervision,
    openapi_trails,
)
from dashboard.domain.model import Kind, Level, Source
from dashboard.openapi_parts import (
    CODE,
    COUNT,
    NULLABLE_NUMBER,
    NULLABLE_TEXT,
    TIME,
    get,
    list_of,
    one_of,
    parameter,
    record,
    ref,
    response,
)
from dashboard.reception import description as reception

VERSION = "1.0"
SESSION = "session"
AT_THE_DOOR = {"401": "Nobody is signed in", "403": "The viewer's role does not include this"}


def description() -> dict[str, Any]:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Quanyu 全域",
            "version": VERSION,
            "description": "The numbers of the screens as JSON. A viewer gets what the viewer's scope holds.",
        },
        "paths": {
            **_behind_the_door(_paths()),
            **reception.paths(),
        },
        "components": {
            "schemas": {
                **_schemas(),
                **openapi_indicators.schemas(),
                **openapi_events.schemas(),
                **openapi_supervision.schemas(),
                **openapi_trails.schemas(),
                **openapi_attendance.schemas(),
                **openapi_briefings.schemas(),
                **openapi_posture.schemas(),
                **reception.schemas(),
            },
            "securitySchemes": {
                **reception.security(),
                SESSION: {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "quanyu_session",
                    "description": "What the page /login leaves; over TLS its name begins with __Host-",
                },
            },
        },
    }


def _paths() -> dict[str, dict[str, Any]]:
    return {
        **openapi_indicators.paths(),
        "/api/v1/regions": get(
            "regions",
            "Regions by code",
            "Regions",
            [parameter("level", one_of(Level), "One level only")],
        ),
        "/api/v1/regions/{code}": get("region", "One region and its children", "RegionPage", [_code()]),
        "/api/v1/regions/{code}/events": get(
            "region_events",
            "Open events at and below a region, the longest overdue first",
            "Events",
            [
                _code(),
                parameter("limit", {"type": "integer", "minimum": 1, "maximum": 500}, "Default 50"),
            ],
        ),
        **openapi_events.paths(),
        **openapi_supervision.paths(),
        **openapi_trails.paths(),
        **openapi_attendance.paths(),
        **openapi_briefings.paths(),
        **openapi_posture.paths(),
    }


def _behind_the_door(paths: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The same, with what is answered before an address is asked."""
    for operations in paths.values():
        for operation in operations.values():
            operation["security"] = [{SESSION: []}]
            door = {status: response(words, "Refusal") for status, words in AT_THE_DOOR.items()}
            operation["responses"] = door | operation["responses"]
    return paths


def _schemas() -> dict[str, Any]:
    region = {
        "code": CODE,
        "level": one_of(Level),
        "kind": one_of(Kind),
        "name": {"type": "string"},
        "name_en": NULLABLE_TEXT,
        "parent": NULLABLE_TEXT,
        "lon": {"type": "number"},
        "lat": {"type": "number"},
    }
    load = {"open": COUNT, "overdue": COUNT, "yellow": COUNT}
    return {
        "Region": record(region),
        "Child": record(region | load),
        "Regions": record({"regions": list_of("Region")}),
        "RegionPage": record(
            {
                "region": ref("Region"),
                "ancestors": list_of("Region"),
                "children": list_of("Child"),
                "due_2h": COUNT,
            }
            | load
        ),
        "Event": record(_event()),
        "Events": record({"events": list_of("Event")}),
        "Refusal": record({"error": record({"code": {"type": "string"}, "message": {"type": "string"}})}),
    }


def _event() -> dict[str, Any]:
    return {
        "code": {"type": "string"},
        "source": one_of(Source),
        "category": {"type": "string"},
        "region": CODE,
        "region_name": {"type": "string"},
        "severity": {"type": "integer", "minimum": 1, "maximum": 3},
        "escalation": COUNT,
        "stage": {"type": "string"},
        "colour": {"type": "string", "enum": ["green", "yellow", "red"]},
        "reported_at": TIME,
        "due_at": {"type": ["string", "null"], "format": "date-time"},
        "lon": NULLABLE_NUMBER,
        "lat": NULLABLE_NUMBER,
    }


def _code() -> dict[str, Any]:
    return parameter("code", CODE, "The region's code", required=True) | {"in": "path"}
