"""Open311 GeoReport v2: every collected message gives its expected reading or refusal, and the round of a
request from creation to its status, in both forms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import fromstring

import psycopg
import pytest
import shapely

from dashboard.embedded import PostgresServer
from dashboard.reception import georeport
from dashboard.reception.georeport import Form
from tests.builders import put_setting
from tests.integration.streaming import Answer, ask, eventually
from tests.reception_site import LAT, LON, Site, open_site

FORM = "application/x-www-form-urlencoded"
BASE = "/ingest/open311/v2"
SETTING = {
    "services": {
        "POT": {
            "attributes": [
                {"code": "depth", "datatype": "number", "required": True, "description": "Depth"},
                {
                    "code": "shape",
                    "datatype": "singlevaluelist",
                    "values": [{"key": key, "name": key} for key in ("circle", "triangle", "square")],
                },
            ]
        }
    }
}


@pytest.fixture(scope="module")
def site(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site of a district that reaches from Chengdu to England, with attributes for one service."""
    with open_site(postgres, "test_open311", tmp_path_factory.mktemp("open311")) as made:
        with psycopg.connect(made.url) as conn:
            wide = shapely.to_wkb(shapely.box(-5, 25, 110, 55))
            conn.execute(
                "update ops.region_versions set geom = %s where region_id = %s", (wide, made.ids["510117"])
            )
            put_setting(conn, "open311", SETTING)
        yield made


def categories(site: Site, *codes: str) -> None:
    """Categories, once the server knows them: it looks for changes a few times a second."""
    with psycopg.connect(site.url) as conn, conn.cursor() as cursor:
        cursor.executemany(
            "insert into ops.categories (code, level, name, name_en) values (%s, 1, %s, %s) on conflict do nothing",
            [(code, f"类{code}", f"Kind {code}") for code in codes],
        )

    def known() -> bool:
        told = ask(site.port, f"{BASE}/services.json").json()
        return set(codes) <= {one["service_code"] for one in told}

    eventually(known)


def vectors(shared_data: Path, kind: str) -> list[dict[str, Any]]:
    found = json.loads((shared_data / "payloads" / "open311_vectors.json").read_text(encoding="utf-8"))
    return [one for one in found["vectors"] if one["kind"] == kind]


def post(site: Site, path: str, body: str, **headers: str) -> Answer:
    headers.setdefault("content_type", FORM)
    return ask(site.port, f"{BASE}{path}", "POST", body, accept_language="en", **headers)


def test_every_collected_creation_is_taken_or_refused_as_expected(site: Site, shared_data: Path) -> None:
    found = vectors(shared_data, "create")
    assert len(found) == 21
    categories(site, "BIN", "POT", *(one["expect"].get("service_code", "BIN") for one in found))
    for vector in found:
        body = vector["body"].replace("api_key=test", f"api_key={site.app}")
        body = body.replace("api_key=api-key", f"api_key={site.app}")
        told = post(site, vector["path"], body)
        form = Form(vector["path"].rpartition(".")[2])
        answer = georeport.parse(told.body, form)
        expect = vector["expect"]
        assert (told.status == 201) is expect["ok"], (vector["id"], told.status, told.body)
        if not expect["ok"]:
            assert answer[0]["code"] == str(told.status)
            assert told.status in (400, 403, 404)
            continue
        judge(site, answer[0]["service_request_id"], expect, vector["body"])


def judge(site: Site, code: str, expect: dict[str, Any], body: str) -> None:
    with psycopg.connect(site.url) as conn:
        row = conn.execute(
            "select c.code, e.lat, e.lon, e.source, s.details, s.photos from ops.events e"
            " join ops.categories c on c.id = e.category_id"
            " join ops.event_steps s on s.event_id = e.id and s.action = 'enter' where e.code = %s",
            (code,),
        ).fetchone()
    assert row is not None
    assert row[3] == "citizen_app"
    assert row[4]["channel"] == "open311"
    if "lat" in expect:
        assert row[:3] == (expect["service_code"], expect["lat"], expect["long"])
    assert len(row[5] or []) == body.count("media_url=")
    if "attribute%5Bfixmystreet_id%5D" in body:
        assert row[4]["attributes"]["attribute[fixmystreet_id]"].isdigit()


def test_every_collected_batch_is_taken_or_refused_request_by_request(site: Site, shared_data: Path) -> None:
    found = vectors(shared_data, "import")
    assert len(found) == 5
    categories(site, "sidewalks", "not_sidewalks")
    for vector in found:
        with psycopg.connect(site.url) as conn:
            conn.execute("delete from ops.event_steps; delete from ops.events")
        told = post(
            site, "/import.xml", vector["body"], content_type="text/xml", authorization=f"Bearer {site.app}"
        )
        results = georeport.parse(told.body, Form.XML)
        created = [one["status"] == "created" for one in results]
        assert created == [one["create"] for one in vector["expect"]], (vector["id"], told.body)
        with psycopg.connect(site.url, options="-c timezone=UTC") as conn:
            rows = conn.execute(
                'select code, lat, lon, to_char(reported_at, \'YYYY-MM-DD"T"HH24:MI:SS"Z"\'), text, state'
                " from ops.events order by code"
            ).fetchall()
        wanted = [one for one in vector["expect"] if one["create"]]
        assert [row[:4] for row in rows] == [
            (one["service_request_id"], one["lat"], one["long"], one["requested_utc"]) for one in wanted
        ]
        assert all(row[4] and row[5] == "open" for row in rows)
        again = post(
            site, "/import.xml", vector["body"], content_type="text/xml", authorization=f"Bearer {site.app}"
        )
        repeated = {one["status"] for one in georeport.parse(again.body, Form.XML)}
        assert repeated == ({"exists"} if wanted else {"refused"})


def test_every_collected_document_reads_alike_in_both_forms(shared_data: Path) -> None:
    found = {one["id"]: one for one in vectors(shared_data, "document")}
    assert len(found) == 13
    read = {name: georeport.parse(one["body"].encode(), Form(one["format"])) for name, one in found.items()}
    services = read["georeport-serviceList-xml"]
    assert services == read["georeport-serviceList-json"]
    assert [one["service_code"] for one in services] == ["001", "002"]
    assert services[0]["metadata"] == "true"
    definition = read["georeport-serviceDefinition-xml"]
    assert definition == read["georeport-serviceDefinition-json"]
    assert definition["attributes"][0]["values"][1] == {"key": "124", "name": "Chrysler"}
    requests = read["georeport-serviceRequests-xml"]
    assert requests == read["georeport-serviceRequests-json"]
    assert (requests[0]["status"], requests[0]["lat"], requests[0]["description"]) == (
        "closed",
        "37.762221815",
        None,
    )
    assert read["georeport-error-xml"] == read["georeport-error-json"]
    assert read["georeport-error-xml"][0]["code"] == "403"
    made = read["georeport-postServiceRequestResponse-xml"]
    assert made == read["georeport-postServiceRequestResponse-json"]
    assert made[0]["service_request_id"] == "293944"
    assert read["georeport-serviceRequestIdFromAToken-xml"][0] == {
        "service_request_id": "638344",
        "token": "12345",
    }
    assert read["georeport-serviceRequestIdFromAToken-json"][0]["service_request_id"] == "638344"
    endpoints = read["georeport-discovery-xml"]["endpoints"]
    assert len(endpoints) == 4
    assert endpoints[1]["formats"] == ["text/XML"]


def test_a_request_from_the_service_list_to_its_status(site: Site) -> None:
    categories(site, "POT")
    listed = ask(site.port, f"{BASE}/services.json", accept_language="en").json()
    pot = next(one for one in listed if one["service_code"] == "POT")
    assert (pot["service_name"], pot["metadata"], pot["type"]) == ("Kind POT", True, "realtime")
    assert next(one for one in listed if one["service_code"] == "A01")["group"] == "class A"
    xml = ask(site.port, f"{BASE}/services.xml", accept_language="en")
    assert xml.headers["content-type"] == "text/xml; charset=utf-8"
    assert xml.body.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    assert georeport.parse(xml.body, Form.XML) == georeport.parse(json.dumps(listed).encode(), Form.JSON)
    definition = ask(site.port, f"{BASE}/services/POT.json").json()
    assert [one["code"] for one in definition["attributes"]] == ["depth", "shape"]
    fields = {
        "api_key": site.app,
        "service_code": "POT",
        "lat": str(LAT),
        "long": str(LON),
        "description": "<script>alert(1)</script> & hole",
        "first_name": "Li",
        "phone": "123",
        "attribute[depth]": "30",
        "account_id": "a1",
    }
    told = post(site, "/requests.json", urlencode(fields))
    assert told.status == 201
    code = told.json()[0]["service_request_id"]
    assert told.json()[0]["account_id"] == "a1"
    key = f"api_key={site.app}"
    found = ask(site.port, f"{BASE}/requests/{code}.json?{key}").json()[0]
    assert (found["status"], found["service_code"], found["long"]) == ("open", "POT", LON)
    assert found["description"] == fields["description"]
    assert datetime.fromisoformat(found["requested_datetime"]).utcoffset() == timedelta(hours=8)
    root = fromstring(ask(site.port, f"{BASE}/requests/{code}.xml?{key}").body)
    assert root[0].findtext("description") == fields["description"]
    assert ask(site.port, f"{BASE}/tokens/{code}.json?{key}").json() == [
        {"service_request_id": code, "token": code}
    ]
    for query, expected in (
        ("status=open", True),
        ("status=closed", False),
        ("status=open,closed", True),
        ("service_code=POT,X", True),
        ("service_code=X", False),
        ("start_date=2010-01-01T00:00:00Z", False),
        (f"start_date={datetime.now(UTC) - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}", True),
        (f"service_request_id={code}", True),
        ("jurisdiction_id=any", True),
    ):
        codes = {
            one["service_request_id"] for one in ask(site.port, f"{BASE}/requests.json?{key}&{query}").json()
        }
        assert (code in codes) is expected, query
    other = f"api_key={site.hotline}"
    assert ask(site.port, f"{BASE}/requests/{code}.json?{other}").status == 404
    with psycopg.connect(site.url) as conn:
        conn.execute("update ops.events set state = 'closed', closed_at = now() where code = %s", (code,))
    assert ask(site.port, f"{BASE}/requests/{code}.json?{key}").json()[0]["status"] == "closed"


def test_a_closed_request_of_another_system_is_closed_here(site: Site) -> None:
    categories(site, "POT")
    one = {
        "service_request_id": "X-1",
        "status": "open",
        "service_code": "POT",
        "requested_datetime": "2026-11-01T10:00:00+08:00",
        "lat": LAT,
        "long": LON,
    }

    def send(**changes: Any) -> list[dict[str, Any]]:
        body = json.dumps([one | changes])
        told = post(
            site,
            "/import.json",
            body,
            content_type="application/json",
            authorization=f"Bearer {site.app}",
        )
        found: list[dict[str, Any]] = told.json()
        return found

    def state() -> tuple[str, str, datetime | None] | None:
        with psycopg.connect(site.url, options="-c timezone=UTC") as conn:
            return conn.execute(
                "select state, stage, closed_at from ops.events where code = 'X-1'"
            ).fetchone()

    assert send()[0]["status"] == "created"
    assert state() == ("open", "report", None)
    closed = "2026-11-02T10:00:00+08:00"
    assert send(status="closed", updated_datetime=closed)[0]["status"] == "exists"
    assert state() == ("closed", "evaluate", datetime.fromisoformat(closed))
    assert send(status="closed", updated_datetime=closed)[0]["status"] == "exists"


def test_refusals_are_error_documents(site: Site) -> None:
    xml = ask(site.port, f"{BASE}/services/NONE.xml", accept_language="en")
    assert xml.status == 404
    root = fromstring(xml.body)
    assert (root.tag, root[0].tag, root[0].findtext("code")) == ("errors", "error", "404")
    assert ask(site.port, f"{BASE}/requests.json").json()[0]["code"] == 403
    assert ask(site.port, f"{BASE}/requests.json?api_key=no").status == 403
    key = f"api_key={site.app}"
    for query in ("start_date=soon", "status=new", "end_date=1"):
        assert ask(site.port, f"{BASE}/requests.json?{key}&{query}").status == 400
    nowhere = urlencode({"api_key": site.app, "service_code": "A01"})
    assert post(site, "/requests.json", nowhere).status == 400
    assert ask(site.port, f"{BASE}/services.json", "POST", "").status == 405
    with psycopg.connect(site.url) as conn:
        put_setting(conn, "open311", SETTING | {"jurisdiction_id": "510117"})
    wanted = f"{BASE}/services.json?jurisdiction_id=510118"
    for _ in range(200):
        if ask(site.port, wanted).status == 404:
            break
    assert ask(site.port, wanted).status == 404
    assert ask(site.port, f"{BASE}/services.json?jurisdiction_id=510117").status == 200
    assert ask(site.port, f"{BASE}/discovery.xml").status == 200


@pytest.mark.parametrize(
    "body",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]><service_requests><request>&a;</request></service_requests>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><service_requests/>',
        "<service_requests>" + "<a>" * 5000 + "</a>" * 5000 + "</service_requests>",
        "<service_requests><request></service_requests>",
        "\x00",
        "",
        "<other><thing>1</thing></other>",
    ],
    ids=["entity", "external", "deep", "broken", "nul", "empty", "other"],
)
def test_hostile_documents_are_refused(site: Site, body: str) -> None:
    told = post(site, "/import.xml", body, content_type="text/xml", authorization=f"Bearer {site.app}")
    assert told.status == 400
    assert len(told.body) < 1000
