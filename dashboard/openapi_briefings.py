"""The description of the interface's addresses about briefings."""

from __future__ import annotations

from typing import Any, Final

from pydantic import TypeAdapter

from dashboard.briefing.content import Briefing, Cadence, Order
from dashboard.openapi_parts import CODE, TEXT, TIME, get, list_of, one_of, parameter, record, ref, response
from data_access.queries.briefings import MOST

NUMBER: Final = {"type": "integer", "minimum": 1}


def paths() -> dict[str, Any]:
    """The addresses."""
    limit = parameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST}, "Default 50")
    number = parameter("id", NUMBER, "The briefing's number", required=True) | {"in": "path"}
    region = parameter("region", CODE, "Of one region only")
    return {
        "/api/v1/briefings": {
            **get("briefings", "Issued briefings, the newest first", "Briefings", [region, limit]),
            **_post("issue_briefing", "Measure a briefing and freeze it", "201", "IssuedBriefing"),
        },
        "/api/v1/briefings/draft": _post(
            "draft_briefing", "A briefing as it would be issued now", "200", "Briefing"
        ),
        "/api/v1/briefings/{id}": get(
            "briefing", "One briefing as it was issued", "FrozenBriefing", [number]
        ),
    }


def schemas() -> dict[str, Any]:
    """What they take and answer."""
    issued = {
        "id": NUMBER,
        "region": CODE,
        "region_name": TEXT,
        "cadence": one_of(Cadence),
        "first_day": {"type": "string", "format": "date"},
        "version": NUMBER,
        "lang": {"type": "string", "enum": ["zh", "en"]},
        "title": TEXT,
        "period": TEXT,
        "start": TIME,
        "end": TIME,
        "as_of": TIME,
        "issued_at": TIME,
        "by": TEXT,
        "masked": {"type": "boolean"},
    }
    return {
        "IssuedBriefing": record(issued),
        "Briefings": record({"briefings": list_of("IssuedBriefing")}),
        "FrozenBriefing": record({"issued": ref("IssuedBriefing"), "briefing": ref("Briefing")}),
        **_told("Briefing", Briefing, "serialization"),
        **_told("BriefingOrder", Order, "validation"),
    }


def _told(name: str, kind: type, mode: Any) -> dict[str, Any]:  # noqa: ANN401 - a word that pydantic knows
    """A dataclass and those that it holds, each by its name; what is told of a briefing is prefixed."""
    found = TypeAdapter(kind).json_schema(mode=mode, ref_template="#/components/schemas/Briefing.{model}")
    parts = {f"Briefing.{part}": schema for part, schema in found.pop("$defs", {}).items()}
    return {name: found, **parts}


def _post(name: str, summary: str, status: str, answer: str) -> dict[str, Any]:
    refusals = {
        "400": "The order makes no sense",
        "403": "The viewer makes no briefings",
        "404": "No such region in scope",
        "503": "No answer in time",
    }
    return {
        "post": {
            "operationId": name,
            "summary": summary,
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": ref("BriefingOrder")}},
            },
            "responses": {status: response(summary, answer)}
            | {code: response(words, "Refusal") for code, words in refusals.items()},
        }
    }
