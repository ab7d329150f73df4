"""The description of the interface's address for the district's posture."""

from __future__ import annotations

from typing import Any

from dashboard.domain.posture import Posture
from dashboard.openapi_parts import TIME, one_of, record, response


def paths() -> dict[str, Any]:
    """The address."""
    refusals = {
        "400": "The request cannot be read",
        "403": "The viewer may not switch the whole district",
        "503": "The database is away",
    }
    return {
        "/api/v1/posture": {
            "post": {
                "operationId": "switch_posture",
                "summary": "Put the district into an emergency, or back. Every wall shows it; it goes on record",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": record({"posture": one_of(Posture)})}},
                },
                "responses": {"200": response("What holds now", "Posture")}
                | {status: response(words, "Refusal") for status, words in refusals.items()},
            }
        }
    }


def schemas() -> dict[str, Any]:
    """What the answer is made of."""
    truth = {"type": "boolean", "description": "Whether another posture held before"}
    return {"Posture": record({"posture": one_of(Posture), "since": TIME, "switched": truth})}
