"""The part of the interface's description that is about acts on events and about supervision."""

from __future__ import annotations

from typing import Any

from dashboard.domain.acts import MOST_REASON, ON_EVENTS
from dashboard.domain.colours import Colour
from dashboard.domain.drafts import Breach
from dashboard.domain.model import State
from dashboard.domain.policy import Act
from dashboard.domain.supervision import PaperKind, PaperState
from dashboard.domain.windows import Preset
from dashboard.openapi_parts import (
    CODE,
    COUNT,
    NULLABLE_COUNT,
    NULLABLE_NUMBER,
    NULLABLE_TEXT,
    NULLABLE_TIME,
    TEXT,
    TIME,
    get,
    list_of,
    one_of,
    parameter,
    path_code,
    record,
    ref,
    response,
)
from data_access.queries.breaches import MOST as MOST_DRAFTS
from data_access.queries.departments import KEYS
from data_access.queries.supervision import MOST, MOST_OFFSET

REFUSALS = {
    "400": "The request cannot be read",
    "403": "The viewer's role does not allow it",
    "404": "No such event in scope",
    "409": "Somebody else changed the event meanwhile: `version` is the present one",
    "422": "It makes no sense for the event as it stands",
    "503": "The database is away",
}


def paths() -> dict[str, Any]:
    """Addresses."""
    region = parameter("region", CODE, "The region's code", required=True)
    return {
        "/api/v1/events/{code}/acts": {"post": _act()},
        "/api/v1/supervision": get(
            "supervision",
            "The ledger: reminders and orders, what is waited for first, and the totals whatever their state",
            "Ledger",
            [
                region,
                parameter("kind", one_of(PaperKind), "Default: both"),
                parameter("state", TEXT, f"By commas, of: {', '.join(PaperState)}"),
                parameter("department", CODE, "Code of whom they are addressed to"),
                parameter("event", TEXT, "Code of the event that they are about"),
                *_issued(),
                parameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST}, "Default 50"),
                parameter("offset", {"type": "integer", "minimum": 0, "maximum": MOST_OFFSET}, "Default 0"),
            ],
        ),
        "/api/v1/supervision/{id}": get(
            "paper",
            "One reminder or order, and every attempt to deliver it",
            "PaperDetail",
            [parameter("id", {"type": "integer"}, "Its id", required=True) | {"in": "path"}],
        ),
        "/api/v1/supervision/{id}/close": {"post": _close()},
        "/api/v1/supervision/drafts": get(
            "drafts",
            "Reminders and orders that are proposed, with their evidence; nothing is issued",
            "Drafts",
            [
                region,
                parameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST_DRAFTS}, "Default 50"),
            ],
        ),
        "/api/v1/supervision/watch": get(
            "watch", "What is late or about to be now, by street", "Watch", [region]
        ),
        "/api/v1/supervision/departments": get(
            "departments",
            "Departments over a window: events for the one that has them, papers for whom they are addressed to",
            "Departments",
            [region, *_issued()],
        ),
    }


def schemas() -> dict[str, Any]:
    """Answers and requests."""
    paper = {
        "id": COUNT,
        "number": TEXT,
        "kind": one_of(PaperKind),
        "kind_name": TEXT,
        "state": one_of(PaperState),
        "state_name": TEXT,
        "event": NULLABLE_TEXT,
        "event_stage": NULLABLE_TEXT,
        "event_state": {"type": ["string", "null"], "enum": [*map(str, State), None]},
        "category": NULLABLE_TEXT,
        "region": NULLABLE_TEXT,
        "region_name": NULLABLE_TEXT,
        "department": NULLABLE_TEXT,
        "department_name": NULLABLE_TEXT,
        "addressee": NULLABLE_TEXT,
        "level": NULLABLE_COUNT,
        "issued_at": TIME,
        "due_at": NULLABLE_TIME,
        "closed_at": NULLABLE_TIME,
        "reason": NULLABLE_TEXT,
        "actor": NULLABLE_TEXT,
        "closed_by": NULLABLE_TEXT,
        "result": NULLABLE_TEXT,
        "delivery": NULLABLE_TEXT,
        "delivered_at": NULLABLE_TIME,
        "attempts": COUNT,
    }
    totals = {"issued": COUNT, "closed": COUNT, "overdue": COUNT, "closed_late": COUNT}
    return {
        "Act": _request(),
        "Performed": record(_performed()),
        "Paper": record(paper),
        "Ledger": record({"papers": list_of("Paper"), "total": COUNT, **totals, "rate": NULLABLE_NUMBER}),
        "Attempt": record(
            {
                "number": COUNT,
                "at": TIME,
                "elapsed_ms": COUNT,
                "status": NULLABLE_COUNT,
                "error": NULLABLE_TEXT,
            }
        ),
        "PaperDetail": record({"paper": ref("Paper"), "attempts": list_of("Attempt")}),
        "Drafts": record({"drafts": list_of("Draft")}),
        "Draft": record(_draft()),
        "Evidence": record({"key": one_of(Breach), "name": TEXT, "evidence": TEXT}),
        "Watch": record({"streets": list_of("StreetWatch")}),
        "StreetWatch": record(
            {
                "code": NULLABLE_TEXT,
                "name": NULLABLE_TEXT,
                **dict.fromkeys(("open", "overdue", "due_2h", "sign_late", "stage_stuck"), COUNT),
            }
        ),
        "Departments": record({"from": TIME, "to": TIME, "departments": list_of("Department")}),
        "Department": record(
            {
                "code": CODE,
                "name": TEXT,
                "colour": one_of(Colour),
                "reason": TEXT,
                "papers_overdue": COUNT,
                "indicators": record(dict.fromkeys(KEYS, ref("Judged"))),
            }
        ),
        "Judged": record(
            {
                "value": NULLABLE_NUMBER,
                "n": NULLABLE_COUNT,
                "d": NULLABLE_COUNT,
                "colour": NULLABLE_TEXT,
                "reason": NULLABLE_TEXT,
            }
        ),
    }


def _act() -> dict[str, Any]:
    words = "Do something to an event: the act, why, and the version of the event that the person saw"
    return {
        "operationId": "act",
        "summary": words,
        "parameters": [path_code("The event's code")],
        "requestBody": {"required": True, "content": {"application/json": {"schema": ref("Act")}}},
        "responses": {"200": response("The event as it stands now", "Performed")}
        | {status: {"description": said} for status, said in REFUSALS.items()},
    }


def _close() -> dict[str, Any]:
    body = record({"result": {"type": "string", "maxLength": MOST_REASON}})
    done = record({"number": TEXT, "state": one_of(PaperState), "closed_at": TIME})
    return {
        "operationId": "close_paper",
        "summary": "Close a reminder or an order whose matter is settled, with what came of it",
        "parameters": [parameter("id", {"type": "integer"}, "Its id", required=True) | {"in": "path"}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": {"description": "It is closed", "content": {"application/json": {"schema": done}}}
        }
        | {status: {"description": said} for status, said in REFUSALS.items()},
    }


def _request() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "act": one_of(ON_EVENTS),
            "version": {"type": "integer", "minimum": 1},
            "reason": {"type": "string", "maxLength": MOST_REASON},
            "due": {
                "type": "string",
                "description": f"ISO 8601. {Act.SUPERVISE} needs it, {Act.REMIND} may have it",
            },
            "department": {"type": "string", "description": f"{Act.TRANSFER}: to whom"},
            "duplicate_of": {"type": "string", "description": f"{Act.MARK_DUPLICATE}: of which event"},
        },
        "required": ["act", "version", "reason"],
        "additionalProperties": False,
    }


def _performed() -> dict[str, Any]:
    event = {
        "code": TEXT,
        "version": COUNT,
        "stage": TEXT,
        "state": one_of(State),
        "region": CODE,
        "department": NULLABLE_TEXT,
        "department_name": NULLABLE_TEXT,
        "duplicate_of": NULLABLE_TEXT,
    }
    paper = record({"id": COUNT, "number": TEXT, "kind": one_of(PaperKind), "due_at": TIME})
    return {
        "act": one_of(ON_EVENTS),
        "at": TIME,
        "event": record(event),
        "paper": paper | {"type": ["object", "null"]},
    }


def _draft() -> dict[str, Any]:
    return {
        "event": TEXT,
        "version": COUNT,
        "act": one_of((Act.REMIND, Act.SUPERVISE)),
        "breaches": list_of("Evidence"),
        "reason": TEXT,
        "due_at": TIME,
        "department": NULLABLE_TEXT,
        "department_name": NULLABLE_TEXT,
        "category": TEXT,
        "region": CODE,
        "region_name": TEXT,
    }


def _issued() -> list[dict[str, Any]]:
    return [
        parameter("window", one_of(Preset), "A stretch of time by name"),
        parameter("from", TEXT, "ISO 8601, instead of `window`"),
        parameter("to", TEXT, "ISO 8601, instead of `window`"),
    ]
