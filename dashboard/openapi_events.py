"""The part of the interface's description that is about events and workers."""

from __future__ import annotations

from typing import Any

from dashboard.domain.bigrams import LONGEST, MOST_TERMS
from dashboard.domain.colours import Colour
from dashboard.domain.model import Level, Source, State
from dashboard.domain.workflow import CLOCKS
from dashboard.openapi_parts import (
    CODE,
    COUNT,
    NULLABLE_COUNT,
    NULLABLE_NUMBER,
    NULLABLE_TEXT,
    NULLABLE_TIME,
    TEXT,
    TIME,
    TRUTH,
    get,
    list_of,
    look,
    one_of,
    parameter,
    path_code,
    record,
    ref,
)
from data_access.queries.event_points import COLOURS, MOST_POINTS, MOST_READ
from data_access.queries.event_rows import MOST_ROWS
from data_access.queries.event_set import Listing
from data_access.queries.event_surroundings import Relation
from data_access.queries.event_table import MOST_COUNTED, MOST_OFFSET, Column
from data_access.queries.workers_near import MOST as MOST_WORKERS

TEXTS = {"type": "array", "items": TEXT}
PERSONAL = NULLABLE_TEXT | {"description": "null for a viewer who may not see what people said"}
HOURS = {"type": "number", "minimum": 0}


def paths() -> dict[str, Any]:
    """Addresses."""
    return {
        "/api/v1/events": get(
            "events",
            "Events at and below a region. Without `state` those that are open now, whatever the window; "
            "state=closed: closed in the window; state=open,closed: reported in the window",
            "EventPage",
            [*_optional(look()), *_listed()],
        ),
        "/api/v1/events/points": get(
            "event_points",
            f"The same events on the map: up to {MOST_POINTS} one by one, more as cells of a mesh",
            "EventPoints",
            [*look(), _words()],
        ),
        "/api/v1/events/{code}": get(
            "event",
            "One event: clocks, trace, voices, orders, what stands around it, and why it is where it is",
            "EventDetail",
            [path_code("The event's code")],
        ),
        "/api/v1/workers": get(
            "workers",
            "Workers of a region who are on duty now, by code; nearest to a point first where one is given",
            "Workers",
            [
                parameter("region", CODE, "The region's code", required=True),
                parameter("near", TEXT, "longitude,latitude in degrees of WGS-84"),
                parameter("limit", _number(1, MOST_WORKERS), "Default 100"),
            ],
        ),
    }


def schemas() -> dict[str, Any]:
    """What they answer."""
    return {
        "EventRow": record(_row()),
        "EventPage": record(
            {
                "events": list_of("EventRow"),
                "total": COUNT | {"description": f"At most {MOST_COUNTED}; see capped"},
                "capped": TRUTH | {"description": "There are more than `total`"},
                "listing": {"type": ["string", "null"], "enum": [*map(str, Listing), None]},
                "sort": NULLABLE_TEXT,
                "offset": COUNT,
                "next": NULLABLE_COUNT | {"description": "The offset of the next page; null: there is none"},
            }
        ),
        "EventPoints": record(_points()),
        "EventDetail": record(_detail()),
        "Worker": record(_worker()),
        "Workers": record({"workers": list_of("Worker")}),
    }


def _optional(parameters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A region is needed only where no codes are given."""
    return [one | {"required": False} for one in parameters]


def _listed() -> list[dict[str, Any]]:
    codes = f"Codes of events by commas, at most {MOST_ROWS}, instead of all other questions"
    order = (
        f'One of {", ".join(Column)}; "-" behind it: descending. A list that is capped is sorted within the first '
        f"{MOST_COUNTED} of its usual order"
    )
    return [
        _words(),
        parameter("sort", TEXT, order),
        parameter("offset", _number(0, MOST_OFFSET), "Default 0"),
        parameter("limit", _number(1, MOST_ROWS), "Default 50"),
        parameter("codes", TEXT, codes),
    ]


def _words() -> dict[str, Any]:
    words = (
        f"Up to {MOST_TERMS} words parted by spaces ({LONGEST} characters together), all of which must occur in "
        "address or text; one that looks like a code also as its beginning or its end. A viewer who may not see what "
        "people said finds codes only"
    )
    return parameter("q", TEXT, words)


def _number(least: int, most: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "maximum": most}


def _row() -> dict[str, Any]:
    return {
        "code": CODE,
        "version": COUNT,
        "source": one_of(Source),
        "state": one_of(State),
        "stage": TEXT,
        "stage_name": TEXT,
        "severity": {"type": "integer", "minimum": 1, "maximum": 3},
        "escalation": COUNT,
        "rework": COUNT,
        "colour": {
            "type": ["string", "null"],
            "enum": [*(str(one) for one in Colour if one is not Colour.NONE), None],
            "description": "null for void events and duplicates",
        },
        "duplicate": TRUTH,
        "category": TEXT,
        "category_code": CODE,
        "region": CODE,
        "region_name": TEXT,
        "parent_name": NULLABLE_TEXT,
        "department": NULLABLE_TEXT,
        "department_code": NULLABLE_TEXT,
        "reported_at": TIME,
        "due_at": NULLABLE_TIME,
        "warn_at": NULLABLE_TIME,
        "closed_at": NULLABLE_TIME,
        "address": PERSONAL,
        "text": PERSONAL,
        "lon": NULLABLE_NUMBER,
        "lat": NULLABLE_NUMBER,
    }


def _points() -> dict[str, Any]:
    whole = {"type": "array", "items": {"type": ["integer", "string"]}}
    return {
        "points": {
            "type": "array",
            "items": whole,
            "description": f"[x, y, colour, code, region, 1]; x, y: degrees of WGS-84 times 100,000; colour: "
            f"{', '.join(COLOURS)}",
        },
        "cells": {
            "type": "array",
            "items": whole,
            "description": f"[x, y, n, {', '.join(COLOURS)}]: the middle of n events and their colours",
        },
        "cell": NULLABLE_COUNT | {"description": "Width of a cell, in the same units; null: points"},
        "total": COUNT,
        "unplaced": COUNT | {"description": "Events of the same question without a place"},
        "since": NULLABLE_TIME
        | {"description": f"Of more than {MOST_READ} events only those from this moment on are shown"},
        "listing": one_of(Listing),
    }


def _detail() -> dict[str, Any]:
    place = {"code": CODE, "level": one_of(Level), "name": TEXT}
    step = {"at": TIME, "stage": TEXT, "action": TEXT, "actor": PERSONAL, "note": PERSONAL, "photos": TEXTS}
    return {
        "event": ref("EventRow"),
        "category_path": TEXTS,
        "region_path": {"type": "array", "items": record(place)},
        "reporter": PERSONAL,
        "worker": NULLABLE_TEXT,
        "duplicate_of": NULLABLE_TEXT,
        "first_contact": TRUTH,
        "clocks": record(dict.fromkeys(CLOCKS, NULLABLE_TIME)),
        "sign": record(
            {"signed_at": NULLABLE_TIME, "due_at": NULLABLE_TIME, "late": TRUTH, "late_hours": HOURS}
        ),
        "stages": {"type": "array", "items": record(_stage())},
        "steps": {"type": "array", "items": record(step)},
        "photos": TEXTS | {"description": "References, as they came"},
        "feedback": {"type": "array", "items": record(_voice())},
        "supervision": {"type": "array", "items": record(_order())},
        "workers": list_of("Worker"),
        "neighbours": {"type": "array", "items": record(_neighbour())},
        "why": TEXT,
    }


def _stage() -> dict[str, Any]:
    return {
        "key": TEXT,
        "started_at": NULLABLE_TIME,
        "done_at": NULLABLE_TIME,
        "running": TRUTH,
        "limit_hours": NULLABLE_NUMBER,
        "working": TRUTH | {"description": "Hours are working hours; false: plain hours"},
        "used_hours": NULLABLE_NUMBER,
        "due_at": NULLABLE_TIME,
        "late": TRUTH,
        "late_hours": HOURS,
        "returned": COUNT,
        "actor": PERSONAL,
    }


def _voice() -> dict[str, Any]:
    return {
        "channel": TEXT,
        "asked_at": TIME,
        "answered_at": NULLABLE_TIME,
        "resolved": {"type": ["boolean", "null"]},
        "satisfaction": NULLABLE_COUNT,
    }


def _order() -> dict[str, Any]:
    return {
        "id": COUNT,
        "kind": TEXT,
        "department": NULLABLE_TEXT,
        "issued_at": TIME,
        "due_at": NULLABLE_TIME,
        "closed_at": NULLABLE_TIME,
        "reason": PERSONAL,
        "actor": PERSONAL,
    }


def _neighbour() -> dict[str, Any]:
    return {
        "code": CODE,
        "relation": one_of(Relation),
        "category": TEXT,
        "state": one_of(State),
        "stage": TEXT,
        "reported_at": TIME,
        "distance_m": NULLABLE_NUMBER,
        "region": CODE,
    }


def _worker() -> dict[str, Any]:
    return {
        "code": CODE,
        "name": PERSONAL,
        "region": CODE,
        "region_name": TEXT,
        "lon": NULLABLE_NUMBER,
        "lat": NULLABLE_NUMBER,
        "fixed_at": NULLABLE_TIME,
        "fix_age_s": NULLABLE_NUMBER,
        "distance_m": NULLABLE_NUMBER,
        "open_events": COUNT,
        "battery_pct": NULLABLE_COUNT,
    }
