"""Positions that devices send: who may, which are kept, which become the latest, and what the answers say."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from dashboard.domain.fixes import FixFlag
from dashboard.embedded import PostgresServer
from dashboard.reception.tokens import digest
from data_access.writes import tokens
from tests.builders import insert_shift
from tests.integration.streaming import ask
from tests.reception_site import LAT, LON, Site, at, fix, open_site


@pytest.fixture(scope="module")
def site(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site of these tests."""
    folder = tmp_path_factory.mktemp("reception")
    with open_site(postgres, "test_reception", folder, QUANYU_INGEST_DEVICE_RATE="20") as made:
        yield made


def test_a_device_brings_its_workers_positions(site: Site) -> None:
    worker, token = site.new_worker("P1")
    told = site.post("/ingest/positions", fix(-5, battery_pct=55, accuracy_m=4), token)
    assert (told.status, told.json()) == (200, {"accepted": 1, "refused": 0, "items": []})
    told = site.post("/ingest/positions", {"positions": [fix(-3, 1e-4), fix(-1, 2e-4)]}, token)
    assert told.json()["accepted"] == 2
    assert [row[2] for row in site.rows(worker)] == [0, 0, 0]
    assert site.latest(worker) == (LON, round(LAT + 2e-4, 7))


def test_a_gateway_brings_everybodys_and_bad_rows_stay_out(site: Site) -> None:
    first, _ = site.new_worker("G1")
    second, _ = site.new_worker("G2")
    rows: list[Any] = [
        fix(-2, worker="G1", speed_mps=1.5, heading_deg=90, altitude_m=512.5),
        fix(-2, worker="NOBODY"),
        fix(-2, worker="OFF1"),
        {"worker": "G1", "time": "yesterday", "lon": LON, "lat": LAT},
        {"worker": "G1", "lon": LON, "lat": LAT},
        fix(-2, worker="G1") | {"lat": 95},
        fix(-2, worker="G1", battery_pct=101),
        fix(200_000, worker="G1"),
        fix(-2),
        "text",
        fix(-1, worker="G2"),
    ]
    told = site.post("/ingest/positions", {"positions": rows}, site.gateway)
    assert told.status == 200
    assert (told.json()["accepted"], told.json()["refused"]) == (2, 9)
    codes = {item["index"]: item["error"]["code"] for item in told.json()["items"]}
    assert codes == {
        1: "unknown_worker",
        2: "outside_shift",
        3: "bad_time",
        4: "missing",
        5: "bad_place",
        6: "bad_number",
        7: "in_future",
        8: "missing",
        9: "wrong_shape",
    }
    assert len(site.rows(first)) == len(site.rows(second)) == 1
    assert site.rows(site.off) == []


@pytest.mark.parametrize("kind", ["GCJ-02", "BD-09"])
def test_chinese_datums_are_converted(site: Site, kind: str) -> None:
    worker, token = site.new_worker(f"D{kind}")
    site.post("/ingest/positions", {"positions": [fix(-2)], "datum": kind}, token)
    ((lon, lat, _),) = site.rows(worker)
    assert 1e-4 < abs(lon - LON) < 0.02
    assert 1e-4 < abs(lat - LAT) < 0.02
    assert site.post("/ingest/positions", {"positions": [fix(-2)], "datum": "moon"}, token).status == 400


def test_odd_fixes_are_kept_with_their_flags_and_never_become_the_latest(site: Site) -> None:
    worker, token = site.new_worker("O1")
    good = fix(-30)
    for body in (
        good,
        good,
        fix(-40, 1e-4),
        fix(-3600, 2e-4),
        fix(600, 3e-4),
        fix(-20, 0.2),
        fix(-10) | {"lon": 0, "lat": 0},
        fix(-5, 4e-4, accuracy_m=3000),
    ):
        assert site.post("/ingest/positions", body, token).status == 200
    flags = sorted(FixFlag(row[2]) for row in site.rows(worker))
    assert flags == sorted(
        [
            FixFlag(0),
            FixFlag.DUPLICATE,
            FixFlag.OUT_OF_ORDER,
            FixFlag.STALE | FixFlag.OUT_OF_ORDER,
            FixFlag.AHEAD,
            FixFlag.TOO_FAST,
            FixFlag.NULL_ISLAND,
            FixFlag.VAGUE,
        ]
    )
    assert site.latest(worker) == (LON, LAT)
    site.post("/ingest/positions", fix(-1, 1e-3), token)
    assert site.latest(worker) == (LON, round(LAT + 1e-3, 7))


def test_a_repeat_of_an_old_report_is_seen_as_one(site: Site) -> None:
    worker, token = site.new_worker("O2")
    batch = {"positions": [fix(-3000), fix(-2990, 1e-4), fix(-10, 2e-4)]}
    assert site.post("/ingest/positions", batch, token).json()["accepted"] == 3
    assert site.post("/ingest/positions", batch, token).json()["accepted"] == 3
    flags = [FixFlag(row[2]) for row in site.rows(worker)]
    assert flags == [
        FixFlag.STALE,
        FixFlag.STALE | FixFlag.DUPLICATE,
        FixFlag.STALE,
        FixFlag.STALE | FixFlag.DUPLICATE,
        FixFlag(0),
        FixFlag.DUPLICATE,
    ]


def test_nobody_is_followed_off_shift(site: Site) -> None:
    told = site.post("/ingest/positions", fix(-1), site.idle)
    assert told.status == 422
    assert told.json()["items"][0]["error"]["code"] == "outside_shift"
    assert (
        site.post("/ingest/positions", fix(-1), site.idle, accept_language="zh")
        .json()["items"][0]["error"]["message"]
        .startswith("该人员当时不在班次内")
    )
    assert site.rows(site.off) == []
    worker, token = site.new_worker("S1", shift=False)
    with psycopg.connect(site.url) as conn:
        start = datetime.now(UTC) - timedelta(hours=3)
        insert_shift(conn, worker, starts_at=start, checked_out_at=start + timedelta(hours=2))
        insert_shift(conn, worker, starts_at=datetime.now(UTC) - timedelta(minutes=5), cancelled=True)
    batch = {"positions": [fix(-7200), fix(-60), fix(-4 * 3600)]}
    assert site.post("/ingest/positions", batch, token).json()["accepted"] == 1
    assert len(site.rows(worker)) == 1


def test_a_shift_counts_from_the_moment_that_it_is_written(site: Site) -> None:
    worker, token = site.new_worker("S2", shift=False)
    assert site.post("/ingest/positions", fix(-1), token).status == 422
    with psycopg.connect(site.url) as conn:
        insert_shift(conn, worker)
    assert site.post("/ingest/positions", fix(-1), token).status == 200


def test_who_has_no_token_or_another_is_refused(site: Site) -> None:
    for path in ("/ingest/positions", "/ingest/owntracks", "/ingest/overland", "/ingest/osmand"):
        assert site.post(path, {}).status == 401
        assert site.post(path, {}, "qyd_wrong").status == 401
        assert site.post(path, {}, "").status == 401
    told = site.post("/ingest/positions", fix(), site.hotline)
    assert (told.status, told.json()["error"]["code"]) == (403, "not_allowed")
    assert site.post("/ingest/positions", fix(worker="OFF1"), site.device).status == 422
    with psycopg.connect(site.url) as conn:
        kept = conn.execute("select hash from board.tokens").fetchall()
    assert {bytes(row[0]) for row in kept} >= {digest(site.device), digest(site.gateway)}
    assert site.device.encode() not in b"".join(bytes(row[0]) for row in kept)


def test_a_token_may_come_in_three_ways(site: Site) -> None:
    worker, token = site.new_worker("T1")
    pair = b64encode(f"anybody:{token}".encode()).decode()
    assert site.post("/ingest/positions", fix(-3), authorization=f"Basic {pair}").status == 200
    assert site.post(f"/ingest/positions?token={token}", fix(-2)).status == 200
    assert site.post(f"/ingest/positions?api_key={token}", fix(-1)).status == 200
    assert len(site.rows(worker)) == 3


def test_a_revoked_token_ends_at_once(site: Site) -> None:
    worker, token = site.new_worker("R1")
    assert site.post("/ingest/positions", fix(-2), token).status == 200
    with psycopg.connect(site.url) as conn:
        (number,) = conn.execute(
            "select id from board.tokens where hash = %s", (digest(token),)
        ).fetchone() or (0,)
        assert conn.execute(
            "select used_on is not null from board.tokens where id = %s", (number,)
        ).fetchone() == (True,)
        assert tokens.revoke(conn, number)
        assert not tokens.revoke(conn, number)
    assert site.post("/ingest/positions", fix(-1), token).status == 401
    assert site.post("/ingest/positions", fix(-1), token).status == 401
    assert len(site.rows(worker)) == 1


def test_a_token_that_calls_too_often_must_wait(site: Site) -> None:
    _, token = site.new_worker("L1")
    statuses: set[int] = set()
    for _ in range(400):
        told = site.post("/ingest/positions", {"positions": []}, token)
        statuses.add(told.status)
        if told.status == 429:
            break
    assert statuses == {200, 429}
    assert int(told.headers["retry-after"]) >= 1
    assert told.json()["error"]["code"] == "too_often"


def test_what_is_no_json_or_too_much_of_it_is_refused(site: Site) -> None:
    worker, token = site.new_worker("B1")
    for body in ("", "{", "[" * 100_000, '"text"', "1", '{"positions": 5}', "\x00", '{"positions": null}'):
        assert site.post("/ingest/positions", body, token).status == 400, body[:20]
    assert site.post("/ingest/positions", "[" + "1," * 1_500_000 + "1]", token).status == 413
    assert site.post("/ingest/positions", {"positions": [fix()] * 10_001}, token).status == 413
    assert site.post("/ingest/positions", fix(), token, content_encoding="gzip").status == 415
    assert ask(site.port, "/ingest/positions", authorization=f"Bearer {token}").status == 405
    odd = f'{{"time": "{at()}", "lon": NaN, "lat": 1e999, "worker": {{}}}}'
    assert site.post("/ingest/positions", odd, token).status == 422
    huge = f'{{"time": {"9" * 5000}, "lon": 1, "lat": 1}}'
    assert site.post("/ingest/positions", huge, token).status in (400, 422)
    assert site.rows(worker) == []


def test_a_phone_goes_on_after_the_shift_because_nothing_of_it_waits(site: Site) -> None:
    told = ask(site.port, f"/ingest/osmand?id={site.idle}&lat={LAT}&lon={LON}")
    assert (told.status, told.json()) == (200, {"accepted": 0})
    assert told.headers["x-quanyu-refused"] == "1"
    assert site.rows(site.off) == []


def test_what_came_in_is_counted(site: Site) -> None:
    _, token = site.new_worker("M1")
    site.post("/ingest/positions", fix(-1), token)
    text = ask(site.port, "/metrics").body.decode()
    assert "quanyu_ingest_waiting 0.0" in text
    kept = next(
        line for line in text.splitlines() if line.startswith('quanyu_ingest_fixes_total{fate="kept"}')
    )
    assert float(kept.split()[-1]) >= 1
