"""Pieces that descriptions of the JSON interface are made of, in OpenAPI 3.1: plain dictionaries."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from dashboard.domain.atlas import Drawn
from dashboard.domain.filters import FILTER_STATES, SEVERITIES
from dashboard.domain.model import Source
from dashboard.domain.windows import Preset

TEXT = {"type": "string"}
DAY = {"type": "string", "format": "date"}
NULLABLE_TIME = {"type": ["string", "null"], "format": "date-time"}
TRUTH = {"type": "boolean"}
NUMBER = {"type": "number"}
CODE = {"type": "string", "examples": ["510117001"]}
TIME = {"type": "string", "format": "date-time"}
NULLABLE_TEXT = {"type": ["string", "null"]}
NULLABLE_NUMBER = {"type": ["number", "null"]}
COUNT = {"type": "integer", "minimum": 0}
NULLABLE_COUNT = {"type": ["integer", "null"], "minimum": 0}


def get(name: str, summary: str, answer: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    """One address that is asked with GET."""
    lang = parameter("lang", {"type": "string", "enum": ["zh", "en"]}, "Default: Accept-Language, else zh")
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
            "responses": {"200": response(summary, answer)}
            | {status: response(words, "Refusal") for status, words in refusals.items()},
        }
    }


def response(words: str, answer: str) -> dict[str, Any]:
    """One answer."""
    return {"description": words, "content": {"application/json": {"schema": ref(answer)}}}


def parameter(name: str, schema: dict[str, Any], words: str, *, required: bool = False) -> dict[str, Any]:
    """One parameter of a query."""
    return {"name": name, "in": "query", "required": required, "schema": schema, "description": words}


def one_of(values: Iterable[StrEnum]) -> dict[str, Any]:
    """A text out of a few."""
    return {"type": "string", "enum": [str(value) for value in values]}


def record(properties: dict[str, Any]) -> dict[str, Any]:
    """An object all of whose properties are there, and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def list_of(name: str) -> dict[str, Any]:
    """An array of one schema."""
    return {"type": "array", "items": ref(name)}


def ref(name: str) -> dict[str, Any]:
    """A schema by name."""
    return {"$ref": f"#/components/schemas/{name}"}


def path_code(words: str) -> dict[str, Any]:
    """A code that is part of the address."""
    return parameter("code", CODE, words, required=True) | {"in": "path"}


def look() -> list[dict[str, Any]]:
    """Where, when and which: the parameters that pages and interface have in common."""
    texts = {"type": "string"}
    return [
        parameter("region", CODE, "The region's code", required=True),
        parameter("window", one_of(Preset), "A stretch of time by name; default: today"),
        parameter("from", texts, "ISO 8601, instead of `window`; default: midnight of the day of `to`"),
        parameter("to", texts, "ISO 8601, instead of `window`; default: now"),
        parameter("source", texts, f"By commas, of: {', '.join(Source)}"),
        parameter("category", texts, "Codes of categories by commas, each with all below it"),
        parameter("stage", texts, "Keys of stages by commas"),
        parameter("severity", texts, f"By commas, of: {', '.join(map(str, SEVERITIES))}"),
        parameter("department", texts, "Codes of departments by commas"),
        parameter("state", texts, f"By commas, of: {', '.join(FILTER_STATES)}"),
        parameter("late", {"type": "string", "enum": ["1"]}, "Only what was, or is by now, past its limit"),
        parameter(
            "drawn",
            one_of(Drawn),
            "then (default): each event counts for the region that held it. now: for the one that holds its "
            "point on today's map",
        ),
    ]
