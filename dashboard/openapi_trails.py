"""The description of the interface's addresses about tracks."""

from __future__ import annotations

from typing import Any, Final

from dashboard.api_trails import Look
from dashboard.domain.model import Level, Source, State
from dashboard.domain.trails.stops import GapReason
from dashboard.openapi_parts import (
    CODE,
    COUNT,
    DAY,
    NULLABLE_NUMBER,
    NULLABLE_TEXT,
    NULLABLE_TIME,
    NUMBER,
    TEXT,
    TIME,
    get,
    list_of,
    one_of,
    parameter,
    path_code,
    record,
    ref,
)
from dashboard.track_files import MEDIA, Form

WHOLES: Final = {"type": "array", "items": {"type": "integer"}}
PERSONAL: Final = NULLABLE_TEXT | {"description": "null for who may not see names"}
RASTER: Final = {
    "west": NUMBER,
    "south": NUMBER,
    "lon_step": NUMBER,
    "lat_step": NUMBER,
    "columns": COUNT,
    "own": WHOLES | {"description": "Places (row times columns plus column) of the grid's cells"},
}


def paths() -> dict[str, Any]:
    """The addresses."""
    day = parameter(
        "day",
        DAY,
        "A local day, whose shifts count to their ends; default: today, of one worker the day of the shift under way",
    )
    zoom = parameter(
        "zoom",
        {"type": "integer", "minimum": 1, "maximum": 22},
        "As a map of that zoom draws it; default: all",
    )
    view = parameter("view", one_of(Look), "clean (default), or raw: every fix with its verdict")
    code = path_code("The worker's code")
    region = parameter("region", CODE, "The region's code", required=True)
    month = parameter("month", TEXT, "2026-11; default: this month")
    return {
        "/api/v1/workers/{code}/track": get(
            "track",
            "Where a worker was on shift on a day. The look goes on record",
            "Track",
            [code, day, view, zoom],
        ),
        "/api/v1/workers/{code}/week": get(
            "week",
            "How much of the own grid a worker covered on each of the seven days up to one",
            "Week",
            [code, day],
        ),
        "/api/v1/workers/{code}/track/file": _file([code, day, view]),
        "/api/v1/tracks": get(
            "tracks", "The day of the workers of a region, at most 20", "Tracks", [region, day, zoom]
        ),
        "/api/v1/coverage": get(
            "coverage",
            "A month of patrols over each grid, and its blind spots",
            "PatrolMonth",
            [region, month],
        ),
    }


def schemas() -> dict[str, Any]:
    """What the answers are made of."""
    line = {
        "t": WHOLES | {"description": "Tenths of a second since `start`"},
        "x": _degrees(),
        "y": _degrees(),
    }
    breaks = {"breaks": WHOLES | {"description": "Places of points that a gap follows"}}
    judged = {"verdict": WHOLES | {"description": _VERDICTS}, "late": WHOLES}
    return {
        "Track": record(
            _head()
            | {
                "view": one_of(Look),
                "zoom": {"type": ["integer", "null"]},
                "points": record(line | breaks | judged),
                "speeds": record({"start": TIME, "mps": {"type": "array", "items": NULLABLE_NUMBER}}),
                "coverage": {"type": ["object", "null"], **_cells()},
                "quality": record(_quality()),
                "events": list_of("TrackEvent"),
            }
        ),
        "Week": record({"worker": CODE, "days": list_of("WeekDay")}),
        "WeekDay": record(
            {
                "day": DAY,
                "shifts": COUNT,
                "visited": COUNT,
                "cells": {"type": ["integer", "null"], "description": "null where the grid has no shape"},
            }
        ),
        "TrackLine": record(_head() | {"points": record(line | breaks)}),
        "Tracks": record(
            {
                "region": ref("TrackRegion"),
                "zoom": COUNT,
                "workers": list_of("TrackLine"),
                "more": {"type": "boolean"},
            }
        ),
        "PatrolMonth": record(
            {
                "region": ref("TrackRegion"),
                "month": TEXT,
                "from": DAY,
                "to": DAY,
                "waiting": COUNT
                | {"description": "Patrols under way or ended just now, too many to be counted yet; else 0"},
                "grids": list_of("PatrolGrid"),
            }
        ),
        "PatrolGrid": record(_patrols()),
        "TrackRegion": record({"code": CODE, "level": one_of(Level), "name": TEXT}),
        "TrackShift": record(
            {
                "kind": TEXT,
                "starts_at": TIME,
                "ends_at": TIME,
                "checked_in_at": NULLABLE_TIME,
                "checked_out_at": NULLABLE_TIME,
                "until": TIME,
            }
        ),
        "TrackStop": record({"from": TIME, "to": TIME, "lasted_s": COUNT, "lon": NUMBER, "lat": NUMBER}),
        "TrackGap": record(
            {"from": TIME, "to": TIME, "lasted_s": COUNT, "apart_m": COUNT, "reason": one_of(GapReason)}
        ),
        "TrackSpell": record({"from": TIME, "raised_at": TIME, "to": NULLABLE_TIME}),
        "TrackEvent": record(_event()),
        "BlindSpot": record({"place": COUNT, "share": NUMBER, "events": COUNT, "weight": NUMBER}),
    }


_VERDICTS = (
    "0 sound, 1 marked by device or door, 2 told twice, 3 jump, 4 cold start, 5 drift; empty for clean"
)


def _head() -> dict[str, Any]:
    seconds = dict.fromkeys(("on_duty_s", "observed_s", "inside_s", "away_s", "stopped_s"), COUNT)
    return {
        "worker": record({"code": CODE, "name": PERSONAL, "role": TEXT, "region": ref("TrackRegion")}),
        "day": DAY,
        "as_of": TIME,
        "start": TIME,
        "shifts": list_of("TrackShift"),
        "figures": record({"distance_m": NUMBER, **seconds}),
        "stops": list_of("TrackStop"),
        "gaps": list_of("TrackGap"),
        "away": list_of("TrackSpell"),
        "silent": list_of("TrackSpell"),
    }


def _cells() -> dict[str, Any]:
    cells = record({"visited": COUNT, "cells": COUNT, **RASTER, "places": WHOLES, "times": WHOLES})
    return {key: cells[key] for key in ("properties", "additionalProperties")}


def _quality() -> dict[str, Any]:
    counts = ("received", "sound", "marked", "duplicates", "jumps", "cold_starts", "drifts", "late")
    return dict.fromkeys(counts, COUNT) | {"interval_s": NULLABLE_NUMBER, "longest_s": NULLABLE_NUMBER}


def _patrols() -> dict[str, Any]:
    return {
        "region": CODE,
        "patrols": COUNT,
        **RASTER,
        "days": WHOLES | {"description": "Of each cell of `own`: by how many patrols it was visited"},
        "events": WHOLES,
        "visited": COUNT,
        "blind_spots": list_of("BlindSpot"),
    }


def _event() -> dict[str, Any]:
    moments = ("signed_at", "resolved_at", "closed_at", "due_at", "warn_at")
    return {
        "code": TEXT,
        "category": TEXT,
        "source": one_of(Source),
        "stage": TEXT,
        "state": one_of(State),
        "severity": COUNT,
        "lon": NULLABLE_NUMBER,
        "lat": NULLABLE_NUMBER,
        "reported_at": TIME,
    } | dict.fromkeys(moments, NULLABLE_TIME)


def _degrees() -> dict[str, Any]:
    return WHOLES | {"description": "1e-6 degrees, WGS-84"}


def _file(parameters: list[dict[str, Any]]) -> dict[str, Any]:
    form = parameter("form", one_of(Form), "Default: gpx")
    found = get("track_file", "The same day as a file", "Refusal", [*parameters, form])
    kinds = [media.partition(";")[0] for media in MEDIA.values()]
    content = {kind: {"schema": {"type": "object"} if kind.endswith("json") else TEXT} for kind in kinds}
    found["get"]["responses"]["200"] = {"description": "The file", "content": content}
    return found
