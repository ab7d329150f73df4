"""Phones in their own protocols: every report of the collected ones gives its expected reading or refusal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dashboard.domain.fixes import FixFlag
from dashboard.embedded import PostgresServer
from tests.builders import insert_worker
from tests.integration.streaming import Answer, ask
from tests.reception_site import LAT, LON, Site, at, fix, open_site

ADDRESS = {
    "osmand-query": "/ingest/osmand",
    "osmand-json": "/ingest/osmand",
    "owntracks-http": "/ingest/owntracks",
    "overland-batch": "/ingest/overland",
}
EMPTY = "EMPTY"


@pytest.fixture(scope="module")
def site(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site, keeping what lies outside shifts: the collected reports are years old."""
    folder = tmp_path_factory.mktemp("phones")
    with open_site(postgres, "test_phones", folder, QUANYU_POSITIONS_OUTSIDE_SHIFTS="true") as made:
        yield made


def vectors(shared_data: Path) -> list[dict[str, Any]]:
    found = json.loads((shared_data / "payloads" / "location_vectors.json").read_text(encoding="utf-8"))
    return [one for one in found["vectors"] if one["protocol"] in ADDRESS]


def send(site: Site, vector: dict[str, Any], token: str) -> Answer:
    query = vector["path"].partition("?")[2]
    path = ADDRESS[vector["protocol"]] + (f"?{query}" if query else "")
    headers = {name.replace("-", "_").lower(): value for name, value in vector["headers"].items()}
    headers |= {"authorization": f"Bearer {token}", "accept_language": "en"}
    return ask(site.port, path, vector["method"], vector["body"], **headers)


def test_every_collected_report_gives_its_expected_reading(site: Site, shared_data: Path) -> None:
    found = vectors(shared_data)
    assert len(found) == 26
    for vector in found:
        expect = vector["expect"]
        code = expect.get("device_id") or EMPTY
        with psycopg.connect(site.url) as conn:
            conn.execute("delete from ops.positions")
            conn.execute("delete from ops.latest_positions")
            known = conn.execute("select id from ops.workers where code = %s", (code,)).fetchone()
            worker = known[0] if known else insert_worker(conn, code=code)
        # a device without a name of its own can only be known by its token
        with psycopg.connect(site.url) as conn:
            token = site.gateway if expect.get("device_id") else site.issue(conn, worker=code)
        before = datetime.now(UTC)
        told = send(site, vector, token)
        assert (told.status // 100 == 2) is expect["accept"], (vector["id"], told.body)
        if "response_body" in expect:
            assert told.json() == expect["response_body"]
        judge(site, vector["id"], worker, expect, before)


def judge(site: Site, name: str, worker: int, expect: dict[str, Any], before: datetime) -> None:
    """What was stored is what was expected."""
    with psycopg.connect(site.url, options="-c timezone=UTC") as conn:
        rows = conn.execute(
            "select worker_id, fixed_at, lon, lat, speed_mps, heading_deg, altitude_m, accuracy_m, battery_pct,"
            " flags from ops.positions order by fixed_at"
        ).fetchall()
        latest = conn.execute("select count(*) from ops.latest_positions").fetchone()
    wanted = expect.get("positions") or ([expect] if expect["has_position"] else [])
    assert len(rows) == len(wanted), name
    for row, one in zip(rows, wanted, strict=True):
        assert row[0] == worker
        if one["time_utc"] is None:
            assert 0 <= (row[1] - before).total_seconds() < 10
            assert latest == (1,)
        else:
            assert row[1] == datetime.fromisoformat(one["time_utc"]), name
            assert FixFlag(row[9]) & FixFlag.STALE
            assert latest == (0,)
        assert (row[2], row[3]) == (one["lon"], one["lat"]), name
        speed = None if row[4] is None else row[4] * 3.6
        for got, key in ((speed, "speed_kmh"), (row[5], "course_deg"), (row[6], "altitude_m")):
            assert got == pytest.approx(one.get(key), abs=1e-3), (name, key)
        assert row[7] == pytest.approx(one["accuracy_m"], abs=1e-5), name
        assert row[8] == (None if one["battery_pct"] is None else round(one["battery_pct"])), name
        assert bool(FixFlag(row[9]) & FixFlag.MOCK) is (one.get("mock") is True), name


def test_osmand_may_carry_the_token_as_the_devices_name(site: Site) -> None:
    worker, token = site.new_worker("OS1")
    seconds = round(datetime.now(UTC).timestamp())
    path = f"/ingest/osmand?id={token}&lat={LAT}&lon={LON}&timestamp={seconds}&hdop=1&altitude=510&speed=2&bearing=9"
    assert ask(site.port, path).json() == {"accepted": 1}
    form = f"id={token}&lat={LAT}&lon={LON}&timestamp={seconds * 1000 + 500}"
    told = site.post("/ingest/osmand", form, content_type="application/x-www-form-urlencoded")
    assert told.headers["x-quanyu-accepted"] == "1"
    body = {
        "device_id": token,
        "location": {"timestamp": at(-0.1), "coords": {"latitude": LAT, "longitude": LON}},
    }
    assert site.post("/ingest/osmand", body).status == 200
    assert len(site.rows(worker)) == 3
    assert site.latest(worker) == (LON, LAT)


def test_owntracks_signs_in_with_basic_and_gets_a_list(site: Site) -> None:
    worker, token = site.new_worker("OT1")
    body = {
        "_type": "location",
        "lat": LAT,
        "lon": LON,
        "tst": int(datetime.now(UTC).timestamp()),
        "tid": "x",
    }
    told = site.post("/ingest/owntracks?u=a&d=b", body, token)
    assert (told.status, told.json()) == (200, [])
    assert len(site.rows(worker)) == 1
    odd_ones: list[Any] = [
        [],
        {},
        {"_type": 5},
        {"_type": "location", "lat": 1},
        {"_type": "location", "lat": 1, "lon": 500},
    ]
    for odd in odd_ones:
        assert site.post("/ingest/owntracks", odd, token).status == 400
    assert site.post("/ingest/owntracks", body | {"tst": 10**30}, token).status == 400


def test_overland_keeps_what_it_can_of_a_batch(site: Site) -> None:
    worker, token = site.new_worker("OV1")

    def feature(seconds: float, lon: object = LON) -> dict[str, Any]:
        return {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [lon, LAT]},
            "properties": {"timestamp": at(seconds), "battery_level": -1, "speed": -1, "course": -1},
        }

    body = {"locations": [feature(-3), feature(-2, "x"), {"geometry": None}, 7, feature(-1)]}
    told = site.post("/ingest/overland", body, token)
    assert (told.status, told.json()) == (200, {"result": "ok"})
    assert (told.headers["x-quanyu-accepted"], told.headers["x-quanyu-refused"]) == ("2", "3")
    with psycopg.connect(site.url) as conn:
        assert conn.execute(
            "select speed_mps, heading_deg, battery_pct from ops.positions where worker_id = %s limit 1",
            (worker,),
        ).fetchone() == (None, None, None)
    assert site.post("/ingest/overland", {"locations": [7]}, token).status == 400
    assert site.post("/ingest/overland", {"locations": []}, token).json() == {"result": "ok"}


def test_a_gateway_must_name_a_worker_that_is_there(site: Site) -> None:
    path = f"/ingest/osmand?id=NOBODY&lat={LAT}&lon={LON}"
    told = ask(site.port, path, authorization=f"Bearer {site.gateway}", accept_language="en")
    assert (told.status, told.json()["error"]["code"]) == (400, "unknown_worker")
    hotline = ask(site.port, path, authorization=f"Bearer {site.hotline}")
    assert hotline.status == 403


def test_kept_off_shift_by_the_setting_and_said_so(site: Site) -> None:
    assert site.post("/ingest/positions", fix(-1), site.idle).json()["accepted"] == 1
    assert [FixFlag(row[2]) for row in site.rows(site.off)] == [FixFlag.OFF_SHIFT]
