"""A worker's day through the interface: what was sent, what is left of it, and nothing from outside of shifts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from dashboard.api import routes
from dashboard.embedded import PostgresServer
from data_access.queries.session import reading
from data_access.queries.trails import trails
from tests.builders import SOUTH, insert_shift, insert_worker
from tests.conftest import own_database
from tests.integration.patrolled import (
    HERE,
    HIDDEN_LON,
    MINUTE,
    MORNING,
    NOW,
    OWN,
    Client,
    Site,
    off_shift,
    patrol,
    times_of,
)
from tests.integration.test_api import conforms, described


@pytest.fixture(scope="module")
def shared(postgres: PostgresServer, patrolled_district: str) -> Iterator[Site]:
    """One that no test changes."""
    with own_database(postgres, patrolled_district) as url, Site.opened(url) as site:
        yield site


@pytest.fixture
def client(shared: Site) -> Client:
    return shared.client


@pytest.fixture
def own(postgres: PostgresServer, patrolled_district: str) -> Iterator[Site]:
    """One that the test may change."""
    with own_database(postgres, patrolled_district) as url, Site.opened(url) as site:
        yield site


def test_the_raw_day_is_what_was_sent_on_shift(client: Client, shared: Site) -> None:
    body = client.get("/api/v1/workers/W1/track?day=2026-11-20&view=raw").json()
    conforms(body, described("/api/v1/workers/{code}/track"))
    expected = shared.conn.execute(
        "select fixed_at, lon, lat from ops.positions where worker_id = %s and lon <> %s order by fixed_at",
        (shared.worker, HIDDEN_LON),
    ).fetchall()
    assert times_of(body) == [row[0] for row in expected]
    assert body["points"]["x"] == [round(row[1] * 1e6) for row in expected]
    assert body["points"]["y"] == [round(row[2] * 1e6) for row in expected]
    assert body["quality"]["received"] == len(expected) == 90 * 6 + 30 * 6


def test_the_clean_day_has_its_stops_gaps_and_figures(client: Client) -> None:
    body = client.get("/api/v1/workers/W1/track?zoom=16").json()
    conforms(body, described("/api/v1/workers/{code}/track"))
    first, second = body["stops"]
    assert first["lasted_s"] == pytest.approx(600, abs=90)
    assert second["lasted_s"] == pytest.approx(600, abs=90)
    assert [gap["reason"] for gap in body["gaps"]] == ["off_shift"]
    walked_m = (90 + 30 - 20) * 60 * 1.2 * 0.9  # an ellipse of 287 by 278 m, told as if it were 300 m
    assert body["figures"]["distance_m"] == pytest.approx(walked_m, rel=0.08)
    assert body["figures"]["inside_s"] == body["figures"]["observed_s"] == (90 * 60 - 10) + (30 * 60 - 10)
    assert body["figures"]["on_duty_s"] == 3 * 3600 + 62 * 60
    assert len(body["points"]["t"]) < 250
    assert len(body["points"]["breaks"]) == 1
    assert len(body["silent"]) == 2
    assert body["coverage"]["visited"] == len(body["coverage"]["places"]) > 20


@pytest.mark.parametrize("url", HERE)
def test_no_answer_holds_a_fix_from_outside_of_a_shift(client: Client, url: str) -> None:
    answer = client.get(url)
    assert answer.status_code == 200
    for spelling in (
        f"{HIDDEN_LON:.6f}",
        f"{HIDDEN_LON:.4f}",
        str(round(HIDDEN_LON * 1e6)),
        str(round(HIDDEN_LON * 1e5)),
    ):
        assert spelling not in answer.text


def test_every_address_that_tells_of_tracks_was_tried(shared: Site) -> None:
    asked = {url.partition("?")[0].replace("W1", "{code}") for url in HERE}
    assert {
        str(route.path)
        for route in routes(shared.services)
        if "track" in route.path or "workers" in route.path
    } <= asked


def test_the_last_half_hour_of_the_map_is_that_of_shifts(own: Site) -> None:
    for at in (NOW, datetime(2026, 11, 20, 5, 40, tzinfo=UTC), MORNING + timedelta(hours=3, minutes=10)):
        own.conn.execute("delete from ops.latest_positions")
        own.conn.execute(
            "insert into ops.latest_positions (worker_id, fixed_at, received_at, lon, lat, still_lon, still_lat,"
            " still_since) values (%s, %s, %s, %s, %s, 0, 0, %s)",
            (own.worker, at - MINUTE, at, HIDDEN_LON, SOUTH, at),
        )
        with reading(own.services.engine) as connection:
            found = trails(connection, at)
        assert all(lon != HIDDEN_LON for _, _, lon, _ in found)
    assert len(found) == 0  # at 11:40 the worker had checked out at 11:30, and his last fix was of 10:00


def test_a_day_before_or_after_holds_nothing_of_this_one(client: Client) -> None:
    for other in ("2026-11-19", "2026-11-21"):
        body = client.get(f"/api/v1/workers/W1/track?day={other}&view=raw").json()
        assert (body["shifts"], body["points"]["t"], body["figures"]["distance_m"]) == ([], [], 0)


def test_a_night_shift_belongs_to_the_day_that_it_begins_on(own: Site) -> None:
    worker = insert_worker(own.conn, code="W8")
    start = datetime(2026, 11, 18, 14, 0, tzinfo=UTC)
    insert_shift(
        own.conn,
        worker,
        kind="night",
        starts_at=start,
        ends_at=start + timedelta(hours=8),
        checked_in_at=start,
    )
    patrol(own.conn, worker, start + timedelta(hours=1), 120)
    off_shift(own.conn, worker, [(start, start + timedelta(hours=8))])
    body = own.client.get("/api/v1/workers/W8/track?day=2026-11-18&view=raw").json()
    assert len(body["points"]["t"]) == 720
    assert times_of(body)[-1].date() == date(2026, 11, 18)
    assert own.client.get("/api/v1/workers/W8/track?day=2026-11-19&view=raw").json()["points"]["t"] == []


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("/api/v1/workers/W9/track", "worker_unknown"),
        ("/api/v1/workers/W1/track?day=yesterday", "bad_day"),
        ("/api/v1/workers/W1/track?day=0001-01-01", "bad_day"),
        ("/api/v1/workers/W1/track?view=best", "unknown_choice"),
        ("/api/v1/workers/W1/track?zoom=99", "bad_number"),
        ("/api/v1/workers/W1/track/file?form=kml", "unknown_choice"),
        ("/api/v1/tracks", "missing_region"),
        ("/api/v1/coverage?region=510117&month=11", "bad_day"),
    ],
)
def test_questions_that_make_no_sense_are_refused_in_words(client: Client, url: str, code: str) -> None:
    answer = client.get(url)
    assert answer.status_code in (400, 404)
    assert answer.json()["error"]["code"] == code


def test_several_workers_of_a_region_come_with_their_own_lines(own: Site) -> None:
    other = insert_worker(own.conn, code="W2")
    insert_shift(
        own.conn, other, starts_at=MORNING, ends_at=MORNING + timedelta(hours=8), checked_in_at=MORNING
    )
    patrol(own.conn, other, MORNING + timedelta(hours=1), 20)
    insert_worker(own.conn, code="W3")
    body = own.client.get(f"/api/v1/tracks?region={OWN}").json()
    conforms(body, described("/api/v1/tracks"))
    assert [one["worker"]["code"] for one in body["workers"]] == ["W1", "W2"]
    alone = own.client.get("/api/v1/workers/W2/track?zoom=15").json()
    assert body["workers"][1]["points"]["x"] == alone["points"]["x"]
    assert body["workers"][1]["figures"] == alone["figures"]
    assert body["more"] is False
