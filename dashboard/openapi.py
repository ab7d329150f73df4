"""The description of /api/v1 in OpenAPI 3.1: what the interface promises. A test holds the answers to it."""

from __future__ import annotations

from typing import Any

from dashboard import openapi_events
from dashboard.domain.atlas import Drawn
from dashboard.domain.indicators import BY_KEY, Direction, Unit
from dashboard.domain.model import Kind, Level, Source
from dashboard.domain.windows import Step
from dashboard.openapi_parts import (
    CODE,
    COUNT,
    NULLABLE_COUNT,
    NULLABLE_NUMBER,
    NULLABLE_TEXT,
    TIME,
    get,
    list_of,
    one_of,
    parameter,
    record,
    ref,
)
from dashboard.reception import description as reception

VERSION = "1.0"


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
            "/api/v1/indicators": get(
                "indicators",
                "Value, n and d of the indicators of a region over a window of time [from, to)",
                "Measurement",
                [
                    parameter("region", CODE, "The region's code", required=True),
                    parameter("from", {"type": "string"}, "ISO 8601; default: midnight of the day of `to`"),
                    parameter("to", {"type": "string"}, "ISO 8601; default: now"),
                    parameter("keys", {"type": "string"}, "Keys of indicators, by commas; default: all"),
                    _drawn(),
                ],
            ),
            "/api/v1/trends": get(
                "trends",
                "Indicators of a region step by step: days, weeks from Monday, or months",
                "Trends",
                [
                    parameter("region", CODE, "The region's code", required=True),
                    parameter("from", {"type": "string"}, "ISO 8601; default: midnight of the day of `to`"),
                    parameter("to", {"type": "string"}, "ISO 8601; default: now"),
                    parameter("step", one_of(Step), "Default day; at most 120 steps"),
                    parameter(
                        "keys", {"type": "string"}, "Keys of indicators, by commas; default: the usual"
                    ),
                    _drawn(),
                ],
            ),
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
            **reception.paths(),
        },
        "components": {
            "schemas": _schemas() | openapi_events.schemas() | reception.schemas(),
            "securitySchemes": reception.security(),
        },
    }


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
        "Reading": record(_reading()),
        "Measurement": record(_measurement()),
        "Trends": record(_trends()),
        "Refusal": record({"error": record({"code": {"type": "string"}, "message": {"type": "string"}})}),
    }


def _drawn() -> dict[str, Any]:
    words = (
        "Boundaries change. then (default): each row counts for the region that held it, in the tree of its own "
        "time. now: it counts for the region that holds its point on today's map"
    )
    return parameter("drawn", one_of(Drawn), words)


def _trends() -> dict[str, Any]:
    value = record({"value": NULLABLE_NUMBER, "n": NULLABLE_COUNT, "d": NULLABLE_COUNT})
    return {
        "region": ref("Region"),
        "as_of": TIME,
        "drawn": one_of(Drawn),
        "step": one_of(Step),
        "starts": {"type": "array", "items": TIME},
        "end": TIME,
        "series": {
            "type": "object",
            "properties": {key: {"type": "array", "items": value} for key in BY_KEY},
            "additionalProperties": False,
        },
    }


def _reading() -> dict[str, Any]:
    return {
        "name": {"type": "string"},
        "value": NULLABLE_NUMBER | {"description": "null where there is nothing to divide; see reason"},
        "n": NULLABLE_COUNT,
        "d": NULLABLE_COUNT | {"description": "null for counts and durations"},
        "reason": NULLABLE_TEXT,
        "unit": one_of(Unit),
        "direction": one_of(Direction),
        "target": NULLABLE_NUMBER,
        "formula": {"type": "string"},
        "version": {"type": "integer"},
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


def _measurement() -> dict[str, Any]:
    return {
        "region": ref("Region"),
        "from": TIME,
        "to": TIME,
        "as_of": TIME,
        "drawn": one_of(Drawn),
        "holidays_known": {
            "type": "boolean",
            "description": "false where a year's holidays are unknown and weekdays stand in for them",
        },
        "indicators": {
            "type": "object",
            "properties": {key: ref("Reading") for key in BY_KEY},
            "additionalProperties": False,
        },
    }


def _code() -> dict[str, Any]:
    return parameter("code", CODE, "The region's code", required=True) | {"in": "path"}
