"""The part of the interface's description that is about indicators."""

from __future__ import annotations

from typing import Any

from dashboard.domain.atlas import Drawn
from dashboard.domain.indicators import BY_KEY, Direction, Unit
from dashboard.domain.model import Level
from dashboard.domain.windows import Step
from dashboard.openapi_parts import (
    NULLABLE_COUNT,
    NULLABLE_NUMBER,
    NULLABLE_TEXT,
    TEXT,
    TIME,
    get,
    list_of,
    look,
    one_of,
    parameter,
    record,
    ref,
)


def paths() -> dict[str, Any]:
    """Addresses."""
    return {
        "/api/v1/indicators": get(
            "indicators",
            "Value, n and d of the indicators of a region over a window of time [from, to)",
            "Measurement",
            [*look(), parameter("keys", TEXT, "Keys of indicators, by commas; default: all")],
        ),
        "/api/v1/trends": get(
            "trends",
            "Indicators of a region step by step: hours, days, weeks from Monday, or months",
            "Trends",
            [*look(), parameter("step", one_of(Step), "Default day; at most 120 steps"), _keys()],
        ),
        "/api/v1/breakdown": get(
            "breakdown",
            "Indicators of the children of a region, or of all regions of a level below it",
            "Breakdown",
            [*look(), parameter("level", one_of(Level), "Default: the children"), _keys()],
        ),
    }


def schemas() -> dict[str, Any]:
    """What they answer."""
    return {
        "Reading": record(_reading()),
        "Value": record({"value": NULLABLE_NUMBER, "n": NULLABLE_COUNT, "d": NULLABLE_COUNT}),
        "Measurement": record(_measurement()),
        "Trends": record(_trends()),
        "Part": record({"region": ref("Region"), "values": _by_key(ref("Value"))}),
        "Breakdown": record(
            {
                "from": TIME,
                "to": TIME,
                "as_of": TIME,
                "drawn": one_of(Drawn),
                "parts": list_of("Part"),
            }
        ),
    }


def _keys() -> dict[str, Any]:
    return parameter("keys", TEXT, "Keys of indicators, by commas; default: the usual")


def _by_key(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict.fromkeys(BY_KEY, schema), "additionalProperties": False}


def _trends() -> dict[str, Any]:
    return {
        "region": ref("Region"),
        "as_of": TIME,
        "drawn": one_of(Drawn),
        "step": one_of(Step),
        "starts": {"type": "array", "items": TIME},
        "end": TIME,
        "series": _by_key({"type": "array", "items": ref("Value")}),
    }


def _reading() -> dict[str, Any]:
    return {
        "name": TEXT,
        "value": NULLABLE_NUMBER | {"description": "null where there is nothing to divide; see reason"},
        "n": NULLABLE_COUNT,
        "d": NULLABLE_COUNT | {"description": "null for counts and durations"},
        "reason": NULLABLE_TEXT,
        "unit": one_of(Unit),
        "direction": one_of(Direction),
        "target": NULLABLE_NUMBER,
        "formula": TEXT,
        "version": {"type": "integer"},
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
        "indicators": _by_key(ref("Reading")),
    }
