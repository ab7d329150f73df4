"""The addresses below /ingest in OpenAPI 3.1: what senders may rely on. A test holds the routes to it."""

from __future__ import annotations

from typing import Any, Final

from dashboard.domain.geo import Datum
from dashboard.reception import overland, positions, reports

_TEXT: Final = {"type": "string"}
_NUMBER: Final = {"type": "number"}
_COUNT: Final = {"type": "integer", "minimum": 0}
_TIME: Final = {
    "type": "string",
    "description": "ISO 8601 with a zone, or seconds or milliseconds since 1970",
}
_DATUM: Final = {"type": "string", "enum": [str(one) for one in Datum], "default": "WGS-84"}
_REFUSED: Final = {"$ref": "#/components/schemas/Refused"}
_SECURITY: Final[list[dict[str, list[str]]]] = [{"bearer": []}, {"password": []}, {"parameter": []}]
OPEN311: Final = "/ingest/open311/v2"
REFUSALS: Final = {
    "400": "It makes no sense",
    "401": "No token, or one that does not hold",
    "403": "The token may not do that",
    "413": "Too large, or too many at once",
    "429": "The token calls too often; see Retry-After",
    "503": "Nothing was written; see Retry-After",
}


def paths() -> dict[str, Any]:
    """Paths of the document."""
    return {
        "/ingest/positions": {
            "post": _operation(
                "positions_in",
                "Positions of one device, or of many through a gateway of the source grid_worker",
                body=_json_body("Positions"),
                answers={"200": "PositionsAnswer", "422": "PositionsAnswer"},
            )
        },
        "/ingest/events": {
            "post": _operation(
                "events_in",
                "One event or many; each is answered by itself",
                body=_json_body("EventsIn"),
                answers={"201": "EventsAnswer", "200": "EventsAnswer", "422": "EventsAnswer"},
                parameters=[
                    _parameter(
                        "Idempotency-Key",
                        "header",
                        "The same key and body get the same answer for seven days",
                    )
                ],
            )
        },
        "/ingest/osmand": {
            method: _operation(
                f"osmand_{method}",
                "OsmAnd and Traccar Client: a query string, a form, or JSON",
                parameters=[
                    _parameter(name, "query", words)
                    for name, words in {
                        "id": "The device's name, or the token itself",
                        "lat": "Degrees",
                        "lon": "Degrees",
                        "timestamp": "Seconds or milliseconds since 1970, or ISO 8601",
                        "speed": "Knots",
                        "bearing": "Degrees",
                        "altitude": "Metres",
                        "accuracy": "Metres",
                        "batt": "Percent",
                    }.items()
                ],
            )
            for method in ("get", "post")
        },
        "/ingest/owntracks": {"post": _operation("owntracks", "OwnTracks in HTTP mode")},
        "/ingest/overland": {
            "post": _operation("overland", f"Overland: at most {overland.MOST:,} locations at once")
        },
        **_open311(),
    }


def schemas() -> dict[str, Any]:
    """Schemas of the document."""
    return {
        "Refused": _object({"code": _TEXT, "message": _TEXT}),
        "Position": _object(
            {
                "worker": _TEXT | {"description": "The worker's code; a device's token needs none"},
                "time": _TIME,
                "lon": _NUMBER | {"minimum": -180, "maximum": 180},
                "lat": _NUMBER | {"minimum": -90, "maximum": 90},
            }
            | {
                name: _NUMBER | {"minimum": low, "maximum": high}
                for name, (low, high) in positions.OPTIONAL.items()
            },
            required=["time", "lon", "lat"],
        ),
        "Positions": _object(
            {"positions": _list("Position") | {"maxItems": positions.MOST}, "datum": _DATUM},
            required=["positions"],
        ),
        "PositionsAnswer": _object(
            {
                "accepted": _COUNT,
                "refused": _COUNT,
                "items": {"type": "array", "items": _object({"index": _COUNT, "error": _REFUSED})},
            }
        ),
        "EventIn": _event(),
        "EventsIn": {
            "oneOf": [
                {"$ref": "#/components/schemas/EventIn"},
                _list("EventIn") | {"maxItems": reports.MOST},
                _object({"events": _list("EventIn") | {"maxItems": reports.MOST}}),
            ]
        },
        "EventsAnswer": _object(
            {
                "created": _COUNT,
                "exists": _COUNT,
                "refused": _COUNT,
                "items": {"type": "array", "items": _item()},
            }
        ),
    }


def security() -> dict[str, Any]:
    """How a token may be carried."""
    return {
        "bearer": {"type": "http", "scheme": "bearer"},
        "password": {"type": "http", "scheme": "basic", "description": "The password is the token"},
        "parameter": {"type": "apiKey", "in": "query", "name": "token", "description": "Or api_key"},
    }


def _event() -> dict[str, Any]:
    short = _TEXT | {"maxLength": reports.SHORT}
    long = _TEXT | {"maxLength": reports.LONG}
    return _object(
        {
            "category": short | {"description": "The category's code"},
            "code": short | {"description": "The sender's own; the same code is the same event"},
            "severity": {"type": "integer", "minimum": 1, "maximum": 3, "default": 1},
            "lon": _NUMBER,
            "lat": _NUMBER,
            "datum": _DATUM,
            "address": long,
            "text": long,
            "reporter": short,
            "region": short | {"description": "A region's code, where there is no point"},
            "department": short | {"description": "A department's code; by default the one whose duty it is"},
            "worker": short | {"description": "The code of the worker who reports"},
            "reported_at": _TIME | {"description": "Default: now. Without a zone: the district's"},
            "photos": {"type": "array", "items": _TEXT, "maxItems": reports.MOST_PHOTOS},
            "attributes": {"type": "object", "maxProperties": reports.MOST_ATTRIBUTES},
        },
        required=["category"],
    )


def _item() -> dict[str, Any]:
    nullable = {"type": ["string", "null"]}
    made = {
        "status": {"type": "string", "enum": ["created", "exists"]},
        "code": _TEXT,
        "category": _TEXT,
        "region": _TEXT,
        "department": nullable,
        "stage": _TEXT,
        "due_at": nullable,
    }
    refused = {"status": {"type": "string", "enum": ["refused"]}, "error": _REFUSED}
    return {"oneOf": [_object(made), _object(refused)]}


def _open311() -> dict[str, Any]:
    """Each address also ends in .json or .xml."""
    table = {
        "/services": {"get": "The services: categories without others below them"},
        "/services/{code}": {"get": "What a service asks for"},
        "/requests": {"get": "Requests of the token's source", "post": "Create a request"},
        "/requests/{code}": {"get": "One request"},
        "/tokens/{token}": {"get": "The id of a request; requests are made at once, so it is the token"},
        "/discovery": {"get": "Discovery"},
        "/import": {"post": "Another system's service_requests document"},
    }
    return {
        OPEN311 + path: {
            method: {
                "operationId": f"open311_{method}_{path.strip('/').replace('/', '_').strip('{}')}",
                "summary": f"Open311 GeoReport v2. {words}",
                "security": [] if path.startswith(("/services", "/discovery")) else _SECURITY,
                "parameters": [
                    _parameter(name, "path", "As the list names it") | {"required": True}
                    for name in ("code", "token")
                    if f"{{{name}}}" in path
                ],
                "responses": {"2XX": {"description": "As the specification says, in JSON or XML"}}
                | {"4XX": {"description": "An error document"}},
            }
            for method, words in methods.items()
        }
        for path, methods in table.items()
    }


def _operation(
    name: str,
    summary: str,
    *,
    body: dict[str, Any] | None = None,
    answers: dict[str, str] | None = None,
    parameters: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    told = {
        status: {"description": "What became of each", "content": _content(schema)}
        for status, schema in (answers or {}).items()
    } or {"200": {"description": "As the client expects; X-Quanyu-Accepted and X-Quanyu-Refused count"}}
    return {
        "operationId": name,
        "summary": summary,
        "security": _SECURITY,
        "parameters": parameters or [],
        **({"requestBody": body} if body else {}),
        "responses": told
        | {
            status: {"description": words, "content": _content("Refusal")}
            for status, words in REFUSALS.items()
        },
    }


def _json_body(schema: str) -> dict[str, Any]:
    return {"required": True, "content": _content(schema)}


def _content(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _parameter(name: str, place: str, words: str) -> dict[str, Any]:
    return {"name": name, "in": place, "required": False, "schema": _TEXT, "description": words}


def _object(properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
        "additionalProperties": False,
    }


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}
