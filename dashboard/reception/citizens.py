"""The addresses of Open311 GeoReport v2 below /ingest/open311/v2: services, requests, tokens, discovery.

Owns the questions and answers. Services may be read by anybody; requests are created and read with an api_key,
each system its own source's. Besides the standard a system may post its whole service_requests document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from dashboard.domain.words import Words
from dashboard.reception import georeport, readings, services
from dashboard.reception.calls import Answer, Call
from dashboard.reception.casework import Casework, Filing, Outcome, source_of
from dashboard.reception.filing import Desk
from dashboard.reception.gate import PARAMETERS, Gate
from dashboard.reception.georeport import Form, document
from dashboard.reception.ground import Ground
from dashboard.reception.open311 import asked_moment, iso, posted, read_all_told, read_posted
from dashboard.reception.refusals import (
    BadChoice,
    NoRequest,
    OtherJurisdiction,
    Refused,
    TooMany,
)
from dashboard.reception.reports import MOST
from dashboard.reception.tokens import carried
from data_access.queries.service_requests import ServiceRequest, Wanted, service_requests
from data_access.queries.tokens import Token

SPAN: Final = timedelta(days=90)
"""A question without dates is about this long, and none is about longer."""
SENT_TO: Final = Words(zh="已转交{name}处理。", en="Sent to {name}.")
VOID: Final = Words(zh="已作废。", en="Void.")
SPECIFICATION: Final = "GeoReport_v2"
CHANGESET: Final = "2026-11-21T00:00:00Z"


class Open311:
    """GeoReport v2 for one district."""

    def __init__(self, gate: Gate, desk: Desk, casework: Casework) -> None:
        self._gate = gate
        self._desk = desk
        self._casework = casework

    async def services(self, call: Call) -> Answer:
        """GET services."""
        ground = await self._ground(call.query)
        return document("services", services.services(ground, call.lang), form_of(call))

    async def service(self, call: Call) -> Answer:
        """GET services/{code}."""
        ground = await self._ground(call.query)
        code = services.service(ground, call.parameters["code"]).code
        asked = [one.body() for one in services.attributes(ground, code)]
        return document("service_definition", {"service_code": code, "attributes": asked}, form_of(call))

    async def create(self, call: Call) -> Answer:
        """POST requests."""
        form = posted(call.form())
        token = await self._admit(call, form.fields)
        ground = await self._ground({**call.query, **form.fields})
        report = read_posted(form)
        services.check_attributes(ground, services.service(ground, report.category).code, form.attributes)
        filing = Filing(token=token, data=(), lang=call.lang, channel="open311")
        item = await self._desk.run(token, lambda: self._casework.file_one(filing, report))
        if item.error is not None:
            raise item.error
        assert item.event is not None
        department = ground.departments.get(item.event.department or "")
        notice = SENT_TO.in_language(call.lang)
        made = {
            "service_request_id": item.event.code,
            "service_notice": (
                notice.format(name=department.name.in_language(call.lang)) if department else None
            ),
            "account_id": form.fields.get("account_id") or None,
        }
        return document("service_requests", [made], form_of(call), 201)

    async def told(self, call: Call) -> Answer:
        """POST import: another system's service_requests document, answered request by request."""
        token = await self._admit(call, call.query)
        ground = await self._ground(call.query)
        entries = await self._desk.run(None, lambda: georeport.requests_in(call.body, form_of(call)))
        if len(entries) > MOST:
            raise TooMany(limit=MOST)
        found = read_all_told(entries, ground.terms.zone, datetime.now(UTC))
        filing = Filing(token=token, data=(), lang=call.lang, channel="open311")
        items = await self._desk.run(token, lambda: self._casework.file_told(filing, found))
        results: list[dict[str, Any]] = []
        for entry, item in zip(entries, items, strict=True):
            body: dict[str, Any] = {
                "service_request_id": readings.name(entry.get("service_request_id")) or None,
                "status": str(item.outcome),
            }
            if item.error is not None:
                body["description"] = item.error.sentence(call.lang)
            results.append(body)
        refused = all(item.outcome is Outcome.REFUSED for item in items)
        return document("service_requests", results, form_of(call), 400 if refused and items else 200)

    async def requests(self, call: Call) -> Answer:
        """GET requests."""
        token = await self._admit(call, call.query)
        ground = await self._ground(call.query)
        found = await self._read(token, _wanted(token, call.query, datetime.now(UTC)))
        listed = [_body(one, ground, call.lang) for one in found]
        return document("service_requests", listed, form_of(call))

    async def request(self, call: Call) -> Answer:
        """GET requests/{code}."""
        token = await self._admit(call, call.query)
        ground = await self._ground(call.query)
        found = await self._one(token, call.parameters["code"])
        return document("service_requests", [_body(found, ground, call.lang)], form_of(call))

    async def token(self, call: Call) -> Answer:
        """GET tokens/{token}: requests are made at once, so a request's token is its own id."""
        token = await self._admit(call, call.query)
        await self._ground(call.query)
        found = await self._one(token, call.parameters["token"])
        made = {"service_request_id": found.code, "token": found.code}
        return document("service_requests", [made], form_of(call))

    async def discovery(self, call: Call) -> Answer:
        """GET discovery."""
        ground = await self._ground(call.query)
        endpoint = {
            "specification": SPECIFICATION,
            "url": call.path.rpartition("/")[0],
            "changeset": CHANGESET,
            "type": "production",
            "formats": ["text/xml", "application/json"],
        }
        found = {
            "changeset": CHANGESET,
            "contact": services.contact(ground),
            "key_service": None,
            "endpoints": [endpoint],
        }
        return document("discovery", found, form_of(call))

    async def _admit(self, call: Call, fields: Mapping[str, str]) -> Token:
        return await self._gate.admit_token(carried(call.headers, {**fields, **call.query}, PARAMETERS))

    async def _ground(self, fields: Mapping[str, str]) -> Ground:
        """The ground, if the question is about this jurisdiction. Raises OtherJurisdiction."""
        ground = await self._desk.run(None, self._casework.ground)
        own, asked = services.jurisdiction(ground), fields.get("jurisdiction_id")
        if own is not None and asked and asked != own:
            raise OtherJurisdiction(code=asked)
        return ground

    async def _read(self, token: Token, wanted: Wanted) -> list[ServiceRequest]:
        question: Callable[[], list[ServiceRequest]] = lambda: self._casework.read(  # noqa: E731
            token, lambda connection: service_requests(connection, wanted)
        )
        return await self._desk.run(token, question)

    async def _one(self, token: Token, code: str) -> ServiceRequest:
        if not code.isprintable():  # no event is called so, and the database does not take everything
            raise NoRequest(code=readings.name(code))
        now = datetime.now(UTC)
        wanted = replace(_wanted(token, {}, now), codes=[code])
        found = await self._read(token, wanted)
        if not found:
            raise NoRequest(code=code)
        return found[0]


def form_of(call: Call) -> Form:
    """The form that the address asks for; without one what the client accepts, at last JSON."""
    ending = call.path.rpartition(".")[2].lower()
    if ending in list(Form):
        return Form(ending)
    accepted = call.headers.get(b"accept", b"").decode("latin-1").lower()
    return Form.XML if "xml" in accepted and "json" not in accepted and "*/*" not in accepted else Form.JSON


def refusal_document(error: Refused, call: Call | None, lang: str) -> Answer:
    """A refusal as the specification's error document. A missing or wrong key is 403 there."""
    status = 403 if error.status == 401 else error.status
    body = [{"code": status, "description": error.sentence(lang)}]
    form = form_of(call) if call is not None else Form.JSON
    return document("errors", body, form, status, error.headers())


def _wanted(token: Token, query: Mapping[str, str], now: datetime) -> Wanted:
    """Raises BadTime, BadChoice."""
    codes, categories = (_listed(query.get(name)) for name in ("service_request_id", "service_code"))
    states = set(_listed(query.get("status")) or ())
    if states - {"open", "closed"}:
        raise BadChoice(field="status", known="open, closed")
    start = asked_moment(query["start_date"], "start_date") if query.get("start_date") else None
    end = asked_moment(query["end_date"], "end_date") if query.get("end_date") else None
    if end is None:
        end = now + timedelta(minutes=5) if start is None else min(start + SPAN, now + timedelta(minutes=5))
    if start is None:
        start = end - SPAN
    return Wanted(
        source=source_of(token),
        worker_id=token.worker_id,
        start=max(start, end - SPAN),
        end=end,
        codes=codes,
        categories=categories,
        closed=None if len(states) != 1 else states == {"closed"},
    )


def _listed(text: str | None) -> list[str] | None:
    if not text:
        return None
    return [one.strip() for one in text.split(",") if one.strip() and one.isprintable()][:1000]


def _body(one: ServiceRequest, ground: Ground, lang: str) -> dict[str, Any]:
    zone = ground.terms.zone
    return {
        "service_request_id": one.code,
        "status": "open" if one.state == "open" else "closed",
        "status_notes": VOID.in_language(lang) if one.state == "void" else None,
        "service_name": one.category_name if lang == "zh" else one.category_name_en,
        "service_code": one.category,
        "description": one.text,
        "agency_responsible": one.department if lang == "zh" else one.department_en,
        "service_notice": None,
        "requested_datetime": iso(one.reported_at, zone),
        "updated_datetime": iso(one.changed_at, zone),
        "expected_datetime": iso(one.due_at, zone) if one.due_at else None,
        "address": one.address,
        "address_id": None,
        "zipcode": None,
        "lat": one.lat,
        "long": one.lon,
        "media_url": one.photo,
    }
