"""What comes in from senders that mean harm or are broken: nobody writes for another, nothing odd breaks a batch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import fromstring

import psycopg
import pytest

from dashboard.embedded import PostgresServer
from tests.integration.streaming import Answer, ask
from tests.reception_site import LAT, LON, Site, at, fix, open_site

OPEN311 = "/ingest/open311/v2"
ODD = ("a\x00b", "\ud800", "a\u202eb", "\x1b[2J")


@pytest.fixture(scope="module")
def site(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_site(postgres, "test_strangers", tmp_path_factory.mktemp("strangers")) as made:
        yield made


def state(site: Site, code: str) -> str:
    with psycopg.connect(site.url) as conn:
        row = conn.execute("select state from ops.events where code = %s", (code,)).fetchone()
    return row[0] if row is not None else ""


def told(code: str, **others: Any) -> dict[str, Any]:
    return {
        "service_request_id": code,
        "service_code": "A01",
        "status": "closed",
        "requested_datetime": at(-60),
        "lat": LAT,
        "long": LON,
        **others,
    }


def tell(site: Site, token: str, *entries: dict[str, Any]) -> Answer:
    return site.post(f"{OPEN311}/import.json", list(entries), token)


def test_a_device_neither_closes_nor_sees_what_another_worker_reported(site: Site) -> None:
    made = site.post(
        "/ingest/events", {"category": "A01", "code": "OWN-1", "lon": LON, "lat": LAT}, site.device
    )
    assert made.status == 201
    answer = tell(site, site.idle, told("OWN-1"))
    assert answer.json()[0]["status"] == "refused"
    assert state(site, "OWN-1") == "open"
    asked = site.post("/ingest/events", {"category": "A01", "code": "OWN-1"}, site.idle)
    (item,) = asked.json()["items"]
    assert item["error"]["code"] == "code_taken"
    assert "region" not in item
    again = site.post("/ingest/events", {"category": "A01", "code": "OWN-1"}, site.device)
    assert again.json()["items"][0]["status"] == "exists"
    assert tell(site, site.device, told("OWN-1")).json()[0]["status"] == "exists"
    assert state(site, "OWN-1") == "closed"


def test_a_gateway_may_close_what_its_source_reported(site: Site) -> None:
    assert site.post("/ingest/events", {"category": "A01", "code": "OWN-2"}, site.device).status == 201
    assert tell(site, site.hotline, told("OWN-2")).json()[0]["status"] == "refused"
    assert state(site, "OWN-2") == "open"
    assert tell(site, site.gateway, told("OWN-2")).json()[0]["status"] == "exists"
    assert state(site, "OWN-2") == "closed"


@pytest.mark.parametrize("odd", ODD)
def test_one_odd_name_of_a_worker_does_not_hold_a_batch_back(site: Site, odd: str) -> None:
    worker, _ = site.new_worker(f"ODD{ODD.index(odd)}")
    rows = [{**fix(-30), "worker": f"ODD{ODD.index(odd)}"}, {**fix(-20), "worker": odd}]
    answer = site.post("/ingest/positions", {"positions": rows}, site.gateway)
    assert answer.status == 200, answer.body
    assert (answer.json()["accepted"], answer.json()["items"][0]["error"]["code"]) == (1, "bad_text")
    assert len(site.rows(worker)) == 1


def test_a_name_of_a_field_that_cannot_be_stored_is_told_and_told_again(site: Site) -> None:
    for place, odd in enumerate(ODD):
        code = f"KEY-{place}"
        body = json.dumps([{"category": "A01", "code": code}, {"category": "A01", odd: 1}])
        first, second = (
            site.post("/ingest/events", body, site.hotline, idempotency_key=code) for _ in range(2)
        )
        assert first.status == second.status == 201, first.body
        assert first.json() == second.json()
        assert first.json()["items"][1]["error"]["code"] == "unknown_field"
        assert state(site, code) == "open"


@pytest.mark.parametrize("place", ["status_notes", "agency_responsible", "service_request_id", "description"])
def test_an_odd_text_of_another_system_refuses_its_own_request_only(site: Site, place: str) -> None:
    odd = [
        told(f"ODD-{place}-{number}", status="open") | {place: text} for number, text in enumerate(ODD[:2])
    ]
    answer = tell(site, site.hotline, told(f"GOOD-{place}", status="open"), *odd)
    assert answer.status == 200, answer.body
    assert [one["status"] for one in answer.json()] == ["created", "refused", "refused"]
    assert state(site, f"GOOD-{place}") == "open"


@pytest.mark.parametrize(
    "path",
    [
        "/requests/a%00b.json",
        "/tokens/a%00b.json",
        "/requests/%ED%A0%80.json",
        "/services/a%00b.json",
    ],
)
def test_a_code_that_cannot_be_one_is_not_found(site: Site, path: str) -> None:
    answer = ask(site.port, OPEN311 + path, authorization=f"Bearer {site.hotline}")
    assert answer.status == 404, answer.body


def test_codes_that_cannot_be_any_are_left_out_of_a_question(site: Site) -> None:
    for name in ("service_request_id", "service_code"):
        answer = ask(
            site.port, f"{OPEN311}/requests.json?{name}=a%00b,%1b", authorization=f"Bearer {site.hotline}"
        )
        assert (answer.status, answer.json()) == (200, [])


@pytest.mark.parametrize("document", ["<a>" * 200_000, f"<a>{'<b/>' * 200_000}</a>"])
def test_a_document_of_tags_alone_is_refused_before_it_is_read(site: Site, document: str) -> None:
    answer = site.post(f"{OPEN311}/import.xml", document, site.hotline, content_type="text/xml")
    assert answer.status == 400
    assert "too many elements" in answer.body.decode()


def test_a_refusal_is_sound_xml_whatever_it_cites(site: Site) -> None:
    answer = ask(site.port, f"{OPEN311}/services/%EF%BF%BE%00%0C.xml")
    assert answer.status == 404
    assert fromstring(answer.body.decode()).tag == "errors"
