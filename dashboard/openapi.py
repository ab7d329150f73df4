"""The description of /api/v1 in OpenAPI 3.1: what the interface promises. A test holds the answers to it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from dashboard.domain.atlas import Drawn
from dashboard.domain.indicators import BY_KEY, Direction, Unit
from dashboard.domain.model import Kind, Level, Source
from dashboard.domain.windows import Step
from dashboard.reception import description as reception

VERSION = "1.0"

CODE = {"type": "string", "examples": ["510117001"]}
TIME = {"type": "string", "format": "date-time"}
NULLABLE_TEXT = {"type": ["string", "null"]}
NULLABLE_NUMBER = {"type": ["number", "null"]}
COUNT = {"type": "integer", "minimum": 0}
NULLABLE_COUNT = {"type": ["integer", "null"], "minimum": 0}


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
            "/api/v1/indicators": _get(
                "indicators",
                "Value, n and d of the indicators of a region over a window of time [from, to)",
                "Measurement",
                [
                    _parameter("region", CODE, "The region's code", required=True),
                    _parameter("from", {"type": "string"}, "ISO 8601; default: midnight of the day of `to`"),
                    _parameter("to", {"type": "string"}, "ISO 8601; default: now"),
                    _parameter("keys", {"type": "string"}, "Keys of indicators, by commas; default: all"),
                    _drawn(),
                ],
            ),
            "/api/v1/trends": _get(
                "trends",
                "Indicators of a region step by step: days, weeks from Monday, or months",
                "Trends",
                [
                    _parameter("region", CODE, "The region's code", required=True),
                    _parameter("from", {"type": "string"}, "ISO 8601; default: midnight of the day of `to`"),
                    _parameter("to", {"type": "string"}, "ISO 8601; default: now"),
                    _parameter("step", _one_of(Step), "Default day; at most 120 steps"),
                    _parameter(
                        "keys", {"type": "string"}, "Keys of indicators, by commas; default: the usual"
                    ),
                    _drawn(),
                ],
            ),
            "/api/v1/regions": _get(
                "regions",
                "Regions by code",
                "Regions",
                [_parameter("level", _one_of(Level), "One level only")],
            ),
            "/api/v1/regions/{code}": _get("region", "One region and its children", "RegionPage", [_code()]),
            "/api/v1/regions/{code}/events": _get(
                "region_events",
                "Open events at and below a region, the longest overdue first",
                "Events",
                [
                    _code(),
                    _parameter("limit", {"type": "integer", "minimum": 1, "maximum": 500}, "Default 50"),
                ],
            ),
            **reception.paths(),
        },
        "components": {
            "schemas": _schemas() | reception.schemas(),
            "securitySchemes": reception.security(),
        },
    }


def _schemas() -> dict[str, Any]:
    region = {
        "code": CODE,
        "level": _one_of(Level),
        "kind": _one_of(Kind),
        "name": {"type": "string"},
        "name_en": NULLABLE_TEXT,
        "parent": NULLABLE_TEXT,
        "lon": {"type": "number"},
        "lat": {"type": "number"},
    }
    load = {"open": COUNT, "overdue": COUNT, "yellow": COUNT}
    return {
        "Region": _object(region),
        "Child": _object(region | load),
        "Regions": _object({"regions": _list("Region")}),
        "RegionPage": _object(
            {
                "region": _ref("Region"),
                "ancestors": _list("Region"),
                "children": _list("Child"),
                "due_2h": COUNT,
            }
            | load
        ),
        "Event": _object(_event()),
        "Events": _object({"events": _list("Event")}),
        "Reading": _object(_reading()),
        "Measurement": _object(_measurement()),
        "Trends": _object(_trends()),
        "Refusal": _object({"error": _object({"code": {"type": "string"}, "message": {"type": "string"}})}),
    }


def _drawn() -> dict[str, Any]:
    words = (
        "Boundaries change. then (default): each row counts for the region that held it, in the tree of its own "
        "time. now: it counts for the region that holds its point on today's map"
    )
    return _parameter("drawn", _one_of(Drawn), words)


def _trends() -> dict[str, Any]:
    value = _object({"value": NULLABLE_NUMBER, "n": NULLABLE_COUNT, "d": NULLABLE_COUNT})
    return {
        "region": _ref("Region"),
        "as_of": TIME,
        "drawn": _one_of(Drawn),
        "step": _one_of(Step),
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
        "unit": _one_of(Unit),
        "direction": _one_of(Direction),
        "target": NULLABLE_NUMBER,
        "formula": {"type": "string"},
        "version": {"type": "integer"},
    }


def _event() -> dict[str, Any]:
    return {
        "code": {"type": "string"},
        "source": _one_of(Source),
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
        "region": _ref("Region"),
        "from": TIME,
        "to": TIME,
        "as_of": TIME,
        "drawn": _one_of(Drawn),
        "holidays_known": {
            "type": "boolean",
            "description": "false where a year's holidays are unknown and weekdays stand in for them",
        },
        "indicators": {
            "type": "object",
            "properties": {key: _ref("Reading") for key in BY_KEY},
            "additionalProperties": False,
        },
    }


def _get(name: str, summary: str, answer: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    lang = _parameter("lang", {"type": "string", "enum": ["zh", "en"]}, "Default: Accept-Language, else zh")
    refusals = {
        "400": "The question makes no sense",
        "404": "No such region in scope",
        "503": "No answer in time",
    }
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "parameters": [*parameters, lang],
            "responses": {"200": _response(summary, answer)}
            | {status: _response(words, "Refusal") for status, words in refusals.items()},
        }
    }


def _response(words: str, answer: str) -> dict[str, Any]:
    return {"description": words, "content": {"application/json": {"schema": _ref(answer)}}}


def _parameter(name: str, schema: dict[str, Any], words: str, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "schema": schema, "description": words}


def _code() -> dict[str, Any]:
    return _parameter("code", CODE, "The region's code", required=True) | {"in": "path"}


def _one_of(values: Iterable[StrEnum]) -> dict[str, Any]:
    return {"type": "string", "enum": [str(value) for value in values]}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": _ref(name)}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}
