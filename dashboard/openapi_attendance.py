"""The description of the interface's addresses about attendance and visits."""

from __future__ import annotations

from typing import Any, Final

from dashboard.api_attendance import By
from dashboard.attendance_files import MEDIA, SheetForm
from dashboard.domain.attendance import Mark, Standing
from dashboard.domain.model import Level
from dashboard.domain.rota import Rests
from dashboard.domain.rota_entry import READERS
from dashboard.domain.visits import Tier
from dashboard.openapi_parts import (
    CODE,
    COUNT,
    DAY,
    NULLABLE_NUMBER,
    NULLABLE_TEXT,
    NULLABLE_TIME,
    TEXT,
    TIME,
    TRUTH,
    get,
    list_of,
    one_of,
    parameter,
    record,
    ref,
)
from data_access.writes.attendance import MOST_REASON

COUNTS: Final = {"due": COUNT, "done": COUNT, "overdue": COUNT, "rate": NULLABLE_NUMBER}


def paths() -> dict[str, Any]:
    """The addresses."""
    region = parameter("region", CODE, "The region's code", required=True)
    day = parameter("day", DAY, "A local day, with all shifts that begin on it; default: today")
    month = parameter("month", TEXT, "2026-11: the sheet of a month instead of a day")
    by = parameter(
        "by", one_of(By), "worker (default): with a line for each worker, at most 2,000; region: without"
    )
    form = parameter("form", one_of(SheetForm), "Default: xlsx")
    file = get(
        "attendance_file",
        "The same sheet as a file. It goes on record",
        "Attendance",
        [region, day, month, form],
    )
    file["get"]["responses"]["200"] = {
        "description": "The file",
        "content": {media: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA.values()},
    }
    return {
        "/api/v1/attendance": get(
            "attendance",
            "A day's or a month's attendance. The look goes on record",
            "Attendance",
            [region, day, month, by],
        ),
        "/api/v1/attendance/file": file,
        "/api/v1/attendance/shifts/{id}/reasons": {"post": _reason()},
        "/api/v1/attendance/rota": {"post": _rota()},
        "/api/v1/visits": get("visits", "Visits by tier as of a day", "Visits", [region, day]),
    }


def _reason() -> dict[str, Any]:
    reason = {"type": ["string", "null"], "maxLength": MOST_REASON}
    done = {"shift": COUNT, "mark": one_of(Mark), "reason": reason}
    asked = {name: done[name] for name in ("mark", "reason")}
    return {
        "operationId": "excuse_shift",
        "summary": "Say why a shift was late, left or missed, or withdraw that with null. It goes on record",
        "parameters": [
            parameter("id", {"type": "integer"}, "The shift's id", required=True) | {"in": "path"}
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": record(asked)}}},
        "responses": {
            "200": {
                "description": "It is written",
                "content": {"application/json": {"schema": record(done)}},
            },
            "400": {"description": "The request cannot be read"},
            "403": {"description": "The viewer's role does not allow it"},
            "404": {"description": "No such shift in scope"},
            "422": {"description": "The reason is empty or too long, or the shift bears no such mark"},
            "503": {"description": "The database is away"},
        },
    }


def _rota() -> dict[str, Any]:
    asked = {
        "enter": {"type": "string", "enum": list(READERS)},
        "worker": CODE | {"description": "Whose turn: of swap, leave, extra"},
        "day": DAY,
        "other": CODE | {"description": "Of a swap: who gives the turn of other_day for it"},
        "other_day": DAY,
        "turn": TEXT | {"description": "Of an extra turn; the district's setting shifts names the turns"},
        "note": TEXT,
        "workers": {"type": "array", "items": CODE, "description": "Of assign"},
        "pattern": NULLABLE_TEXT | {"description": "Of assign; null: no pattern any more"},
        "first": DAY,
        "step": {"type": "integer", "description": "Of assign: days further in the pattern than its anchor"},
        "code": CODE | {"description": "Of pattern"},
        "name": TEXT,
        "name_en": TEXT,
        "turns": {
            "type": "array",
            "items": NULLABLE_TEXT,
            "description": "Of pattern: day by day, null is off",
        },
        "anchor": DAY,
        "rests": one_of(Rests),
        "id": {"type": "integer", "description": "Of withdraw: the change"},
    }
    done = {"schema": record({"workers": {"type": "array", "items": CODE}})}
    return {
        "operationId": "enter_rota",
        "summary": "Enter a pattern, who follows one, or a change of a day. Shifts follow at once; it goes on record",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": record(asked) | {"required": ["enter"]}}},
        },
        "responses": {
            "200": {
                "description": "It is entered, and the shifts of the next days are laid out anew",
                "content": {"application/json": done},
            },
            "400": {"description": "The request cannot be read"},
            "403": {"description": "The viewer's role does not allow it"},
            "404": {"description": "No such worker, pattern or change in scope"},
            "422": {"description": "It cannot be planned, or the day is over; nothing was changed"},
            "503": {"description": "The database is away"},
        },
    }


def schemas() -> dict[str, Any]:
    """What the answers are made of."""
    return {
        "Attendance": record(
            {
                "region": record({"code": CODE, "level": one_of(Level), "name": TEXT}),
                "from": DAY,
                "to": DAY,
                "as_of": TIME,
                "calendar_known": TRUTH,
                "workdays": COUNT,
                "sums": ref("AttendanceSums"),
                "regions": list_of("AttendanceRegion"),
                "workers": list_of("AttendanceWorker"),
                "more": TRUTH,
            }
        ),
        "AttendanceSums": record(
            dict.fromkeys(
                ("due", "attended", "leave", "to_come", "excused", "nights", "rest_days", "worked_min"), COUNT
            )
            | {"rate": NULLABLE_NUMBER, "marks": list_of("AttendanceMarkSum")}
        ),
        "AttendanceMarkSum": record({"mark": one_of(Mark), "times": COUNT, "minutes": COUNT}),
        "AttendanceRegion": record(
            {"code": CODE, "name": TEXT, "workers": COUNT, "sums": ref("AttendanceSums")}
        ),
        "AttendanceWorker": record(
            {
                "code": CODE,
                "name": NULLABLE_TEXT | {"description": "null for who may not see names"},
                "region": CODE,
                "sums": ref("AttendanceSums"),
                "cells": {"type": "array", "items": TEXT, "description": "A cell for each day of the sheet"},
                "shifts": list_of("AttendanceShift"),
            }
        ),
        "AttendanceShift": record(
            {
                "id": COUNT,
                "turn": TEXT,
                "starts_at": TIME,
                "ends_at": TIME,
                "checked_in_at": NULLABLE_TIME,
                "checked_out_at": NULLABLE_TIME,
                "state": one_of(Standing),
                "worked_min": COUNT,
                "watched": TRUTH | {"description": "Whether fixes told where the worker was"},
                "marks": list_of("AttendanceMark"),
            }
        ),
        "AttendanceMark": record(
            {"mark": one_of(Mark), "minutes": COUNT, "excused": TRUTH, "reason": NULLABLE_TEXT}
        ),
        "Visits": record({"tiers": list_of("VisitTier")}),
        "VisitTier": record(
            {"tier": one_of(Tier), "from": DAY, "to": DAY, **COUNTS, "course": list_of("VisitPeriod")}
        ),
        "VisitPeriod": record({"from": DAY, **COUNTS}),
    }
