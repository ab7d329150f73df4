"""A worker's day through the interface: what was sent, what is left of it, and nothing from outside of shifts."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import gpxpy
import httpx
import numpy as np
import psycopg
import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from dashboard.access.door import VIEWER_KEY
from dashboard.api import routes
from dashboard.domain.coverage import cells_of
from dashboard.domain.fixes import FixFlag
from dashboard.domain.policy import DEMO, Role, Scope, Viewer
from dashboard.own_day import OwnDays
from dashboard.workers import Workers
from data_access.engine import make_engine
from data_access.queries.session import reading
from data_access.queries.trails import trails
from tests.builders import (
    SOUTH,
    STEP,
    WEST,
    Conn,
    insert_event,
    insert_shift,
    insert_worker,
    make_district,
    put_setting,
    square,
)
from tests.integration.test_api import conforms, described

NOW = datetime(2026, 11, 20, 6, 32, tzinfo=UTC)
"""14:32 in the district."""
MORNING = datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
HIDDEN_LON = WEST - 0.0777
"""Where the worker is off shift, and never in a test's shift."""
MINUTE = timedelta(minutes=1)
OWN = "5101170010010001"


@dataclass
class Services:
    """The interface at a time, for a viewer."""

    engine: Engine
    viewer: Viewer = DEMO
    time: datetime = NOW

    def scope_of(self, scope: AsgiScope) -> Scope:
        return self.viewer.scope

    def now(self) -> datetime:
        return self.time


class Client:
    """Requests as the services' viewer, on a loop of their own."""

    def __init__(self, services: Services, runner: asyncio.Runner) -> None:
        self._services, self._runner = services, runner
        self._app = Starlette(routes=list(routes(services)))

    async def _inside(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        scope[VIEWER_KEY] = self._services.viewer
        await self._app(scope, receive, send)

    def get(self, url: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._inside)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.get(url)

        return self._runner.run(ask())


@pytest.fixture
def conn(database_url: str) -> Iterator[Conn]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        make_district(connection)
        yield connection


@pytest.fixture
def services(database_url: str) -> Iterator[Services]:
    engine = make_engine(database_url)
    yield Services(engine=engine)
    engine.dispose()


@pytest.fixture
def client(services: Services) -> Iterator[Client]:
    with asyncio.Runner() as runner:
        yield Client(services, runner)


def send_fix(conn: Conn, worker: int, at: datetime, lon: float, lat: float, flags: int = 0) -> None:
    conn.execute(
        "insert into ops.positions (worker_id, fixed_at, received_at, lon, lat, accuracy_m, speed_mps, battery_pct,"
        " flags) values (%s, %s, %s, %s, %s, 5, null, 80, %s)",
        (worker, at, at + timedelta(seconds=1), lon, lat, flags),
    )


def patrol(conn: Conn, worker: int, start: datetime, minutes: int, step_s: int = 10) -> list[datetime]:
    """A round in the own grid with a rest of ten minutes in the middle; when the fixes were."""
    times, middle = [], WEST + STEP / 2
    for place in range(minutes * 60 // step_s):
        at = start + timedelta(seconds=place * step_s)
        walked_s = place * step_s - min(max(place * step_s - minutes * 30, 0), 600)
        angle = walked_s * 1.2 / 300
        lon, lat = middle + 0.003 * np.cos(angle), SOUTH + STEP / 2 + 0.0025 * np.sin(angle)
        send_fix(conn, worker, at, float(lon), float(lat))
        times.append(at)
    return times


def off_shift(conn: Conn, worker: int, around: list[tuple[datetime, datetime]]) -> None:
    """Fixes before, between and after shifts, at a place where the worker is at no other time."""
    for start, end in around:
        for at in (
            start - MINUTE,
            start - timedelta(microseconds=1),
            end,
            end + timedelta(seconds=1),
            end + MINUTE,
        ):
            send_fix(conn, worker, at, HIDDEN_LON, SOUTH)


@pytest.fixture
def day(conn: Conn) -> int:
    """A worker's shift of this morning until 12:00, checked out at 11:30, and one of the afternoon that goes on."""
    worker = insert_worker(conn, code="W1")
    noon, out = MORNING + timedelta(hours=3, minutes=30), MORNING + timedelta(hours=3)
    insert_shift(
        conn, worker, starts_at=MORNING, ends_at=noon, checked_in_at=MORNING + MINUTE, checked_out_at=out
    )
    later = datetime(2026, 11, 20, 5, 30, tzinfo=UTC)
    insert_shift(conn, worker, starts_at=later, ends_at=later + timedelta(hours=4), checked_in_at=later)
    called_off = datetime(2026, 11, 20, 4, 15, tzinfo=UTC)
    insert_shift(conn, worker, starts_at=called_off, ends_at=called_off + timedelta(hours=1), cancelled=True)
    patrol(conn, worker, MORNING, 90)
    patrol(conn, worker, later, 30)
    send_fix(conn, worker, called_off + MINUTE, HIDDEN_LON, SOUTH)
    send_fix(conn, worker, later + 10 * MINUTE, HIDDEN_LON, SOUTH, int(FixFlag.OFF_SHIFT))
    off_shift(conn, worker, [(MORNING, out), (later, NOW)])
    return worker


def times_of(body: dict[str, Any]) -> list[datetime]:
    start = datetime.fromisoformat(body["start"])
    return [start + timedelta(seconds=tenths / 10) for tenths in body["points"]["t"]]


def test_the_raw_day_is_what_was_sent_on_shift(client: Client, conn: Conn, day: int) -> None:
    body = client.get("/api/v1/workers/W1/track?day=2026-11-20&view=raw").json()
    conforms(body, described("/api/v1/workers/{code}/track"))
    expected = conn.execute(
        "select fixed_at, lon, lat from ops.positions where worker_id = %s and lon <> %s order by fixed_at",
        (day, HIDDEN_LON),
    ).fetchall()
    assert times_of(body) == [row[0] for row in expected]
    assert body["points"]["x"] == [round(row[1] * 1e6) for row in expected]
    assert body["points"]["y"] == [round(row[2] * 1e6) for row in expected]
    assert body["quality"]["received"] == len(expected) == 90 * 6 + 30 * 6


def test_the_clean_day_has_its_stops_gaps_and_figures(client: Client, day: int) -> None:
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


HERE = (
    "/api/v1/workers/W1/track?view=raw",
    "/api/v1/workers/W1/track",
    "/api/v1/workers/W1/track?zoom=14",
    "/api/v1/workers/W1/track/file?form=gpx&view=raw",
    "/api/v1/workers/W1/track/file?form=geojson&view=raw",
    "/api/v1/workers/W1/track/file?form=csv&view=raw",
    "/api/v1/workers/W1/track/file?form=csv",
    f"/api/v1/tracks?region={OWN}",
    "/api/v1/tracks?region=510117001&zoom=18",
    "/api/v1/coverage?region=510117",
    "/api/v1/workers?region=510117",
    "/api/v1/workers?region=510117&near=103.72,30.70",
    "/api/v1/workers/W1/week?day=2026-11-20",
)


@pytest.mark.parametrize("url", HERE)
def test_no_answer_holds_a_fix_from_outside_of_a_shift(client: Client, day: int, url: str) -> None:
    answer = client.get(url)
    assert answer.status_code == 200
    for spelling in (
        f"{HIDDEN_LON:.6f}",
        f"{HIDDEN_LON:.4f}",
        str(round(HIDDEN_LON * 1e6)),
        str(round(HIDDEN_LON * 1e5)),
    ):
        assert spelling not in answer.text


def test_every_address_that_tells_of_tracks_was_tried(services: Services) -> None:
    asked = {url.partition("?")[0].replace("W1", "{code}") for url in HERE}
    assert {
        str(route.path) for route in routes(services) if "track" in route.path or "workers" in route.path
    } <= asked


def test_the_last_half_hour_of_the_map_is_that_of_shifts(
    client: Client, services: Services, conn: Conn, day: int
) -> None:
    for at in (NOW, datetime(2026, 11, 20, 5, 40, tzinfo=UTC), MORNING + timedelta(hours=3, minutes=10)):
        conn.execute("delete from ops.latest_positions")
        conn.execute(
            "insert into ops.latest_positions (worker_id, fixed_at, received_at, lon, lat, still_lon, still_lat,"
            " still_since) values (%s, %s, %s, %s, %s, 0, 0, %s)",
            (day, at - MINUTE, at, HIDDEN_LON, SOUTH, at),
        )
        with reading(services.engine) as connection:
            found = trails(connection, at)
        assert all(lon != HIDDEN_LON for _, _, lon, _ in found)
    assert len(found) == 0  # at 11:40 the worker had checked out at 11:30, and his last fix was of 10:00


def test_a_day_before_or_after_holds_nothing_of_this_one(client: Client, day: int) -> None:
    for other in ("2026-11-19", "2026-11-21"):
        body = client.get(f"/api/v1/workers/W1/track?day={other}&view=raw").json()
        assert (body["shifts"], body["points"]["t"], body["figures"]["distance_m"]) == ([], [], 0)


def test_a_night_shift_belongs_to_the_day_that_it_begins_on(client: Client, conn: Conn) -> None:
    worker = insert_worker(conn, code="W1")
    start = datetime(2026, 11, 18, 14, 0, tzinfo=UTC)
    insert_shift(
        conn, worker, kind="night", starts_at=start, ends_at=start + timedelta(hours=8), checked_in_at=start
    )
    patrol(conn, worker, start + timedelta(hours=1), 120)
    off_shift(conn, worker, [(start, start + timedelta(hours=8))])
    body = client.get("/api/v1/workers/W1/track?day=2026-11-18&view=raw").json()
    assert len(body["points"]["t"]) == 720
    assert times_of(body)[-1].date() == date(2026, 11, 18)
    assert client.get("/api/v1/workers/W1/track?day=2026-11-19&view=raw").json()["points"]["t"] == []


def test_files_hold_the_same_day(client: Client, day: int) -> None:
    raw = client.get("/api/v1/workers/W1/track?view=raw").json()
    clean = client.get("/api/v1/workers/W1/track").json()
    address = "/api/v1/workers/W1/track/file?form="
    gpx = client.get(address + "gpx")
    assert gpx.headers["content-type"] == "application/gpx+xml"
    assert "W1_2026-11-20.gpx" in gpx.headers["content-disposition"]
    (line,) = gpxpy.parse(gpx.text).tracks
    points = [point for segment in line.segments for point in segment.points]
    assert [point.time for point in points] == times_of(clean)
    assert len(line.segments) == len(clean["gaps"]) + 1
    body = json.loads(client.get(address + "geojson").text)
    kinds = [feature["properties"]["kind"] for feature in body["features"]]
    assert kinds == ["track", "stop", "stop", "gap"]
    assert sum(map(len, body["features"][0]["geometry"]["coordinates"])) == len(points)
    text = client.get(address + "csv&view=raw").content.decode("utf-8")
    assert text.startswith("\ufeff")
    said, _, rows = text[1:].partition("\r\n\r\n")
    table = list(csv.DictReader(io.StringIO(rows)))
    assert [datetime.fromisoformat(row["time"]) for row in table] == times_of(raw)
    assert {row["verdict"] for row in table} == {"sound"}
    assert [float(row["lon"]) * 1e6 for row in table] == pytest.approx(raw["points"]["x"], abs=0.6, rel=0)
    assert "水印" not in said


def test_files_say_who_took_them_and_carry_the_mark_that_administrators_want(
    client: Client, conn: Conn, day: int
) -> None:
    put_setting(conn, "watermark", {"exports": 1})
    mark, address = f"{DEMO.login} {NOW:%Y-%m-%d %H:%M}Z", "/api/v1/workers/W1/track/file?form="
    assert f"水印 {mark}" in (gpxpy.parse(client.get(address + "gpx").text).description or "")
    assert client.get(address + "geojson").json()["about"][0] == {"name": "水印", "value": mark}
    lines = list(csv.reader(io.StringIO(client.get(address + "csv").content.decode("utf-8-sig"))))
    assert lines[:2] == [["W1_2026-11-20"], ["水印", mark]]
    assert lines[2][0] == "制作人"
    assert DEMO.login in lines[2][1]


def test_who_may_not_see_tracks_is_refused_and_both_are_on_record(
    client: Client, services: Services, conn: Conn, day: int
) -> None:
    assert client.get("/api/v1/workers/W1/track?day=2026-11-20").status_code == 200
    assert client.get("/api/v1/tracks?region=510117").status_code == 200
    services.viewer = replace(DEMO, roles=frozenset({Role.ANALYST}), login="analyst")
    for url in HERE[:10]:
        refused = client.get(url + ("&" if "?" in url else "?") + "lang=zh")
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "tracks_closed")
    lines = conn.execute(
        "select actor, what, about, outcome from board.audit where what in ('track.seen', 'coverage.seen') order by id"
    ).fetchall()
    assert lines[:2] == [("demo", "track.seen", "W1", "done")] * 2
    assert [line[0::3] for line in lines[2:]] == [("analyst", "refused")] * 10


def test_every_look_and_every_file_is_on_record(client: Client, conn: Conn, day: int) -> None:
    for url in HERE[:10]:
        client.get(url)
    counts = dict(conn.execute("select what, count(*) from board.audit group by what").fetchall())
    assert counts == {"track.seen": 9, "export.made": 4, "coverage.seen": 1}


def test_a_worker_of_another_street_does_not_exist(
    client: Client, services: Services, conn: Conn, day: int
) -> None:
    services.viewer = replace(DEMO, scope=Scope(streets=frozenset({"510117002"})))
    assert client.get("/api/v1/workers/W1/track").json()["error"]["code"] == "worker_unknown"
    assert client.get("/api/v1/workers/W1/track").status_code == 404
    assert client.get(f"/api/v1/tracks?region={OWN}").status_code == 404
    assert client.get("/api/v1/tracks?region=510117002").json()["workers"] == []
    services.viewer = replace(DEMO, scope=Scope(streets=frozenset({"510117001"})))
    assert client.get("/api/v1/workers/W1/track").status_code == 200


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
def test_questions_that_make_no_sense_are_refused_in_words(
    client: Client, day: int, url: str, code: str
) -> None:
    answer = client.get(url)
    assert answer.status_code in (400, 404)
    assert answer.json()["error"]["code"] == code


def test_several_workers_of_a_region_come_with_their_own_lines(client: Client, conn: Conn, day: int) -> None:
    other = insert_worker(conn, code="W2")
    insert_shift(conn, other, starts_at=MORNING, ends_at=MORNING + timedelta(hours=8), checked_in_at=MORNING)
    patrol(conn, other, MORNING + timedelta(hours=1), 20)
    insert_worker(conn, code="W3")
    body = client.get(f"/api/v1/tracks?region={OWN}").json()
    conforms(body, described("/api/v1/tracks"))
    assert [one["worker"]["code"] for one in body["workers"]] == ["W1", "W2"]
    alone = client.get("/api/v1/workers/W2/track?zoom=15").json()
    assert body["workers"][1]["points"]["x"] == alone["points"]["x"]
    assert body["workers"][1]["figures"] == alone["figures"]
    assert body["more"] is False


def test_after_midnight_the_day_of_a_night_shift_goes_on(
    client: Client, services: Services, conn: Conn
) -> None:
    worker = insert_worker(conn, code="W9")
    began = datetime(2026, 11, 19, 14, 0, tzinfo=UTC)  # 22:00 in the district
    insert_shift(conn, worker, starts_at=began, ends_at=began + timedelta(hours=8), checked_in_at=began)
    own = replace(DEMO, roles=frozenset({Role.FIELD_WORKER}), worker="W9")
    for hours, day in ((1, 19), (2.5, 19), (8, 20)):
        services.time = began + timedelta(hours=hours)
        found = [client.get("/api/v1/workers/W9/track").json()["day"]]
        found.append(client.get("/api/v1/workers/W9/week").json()["days"][-1]["day"])
        found.append(Workers(services.engine, services.now).person("W9", DEMO).day.isoformat())
        found.append(OwnDays(services.engine, services.now).day(own).worked.day.isoformat())
        assert found == [f"2026-11-{day}"] * 4
    services.time = began + timedelta(hours=2.5)
    conn.execute("update ops.shifts set checked_out_at = %s", (began + timedelta(hours=2.2),))
    assert client.get("/api/v1/workers/W9/track").json()["day"] == "2026-11-20"


def test_a_month_of_patrols_equals_a_count_by_hand(client: Client, conn: Conn, day: int) -> None:
    for back in (3, 7):
        start = MORNING - timedelta(days=back)
        insert_shift(conn, day, starts_at=start, ends_at=start + timedelta(hours=4), checked_in_at=start)
        patrol(conn, day, start, 30 * back)
        off_shift(conn, day, [(start, start + timedelta(hours=4))])
    spots = [(WEST + 0.0003, SOUTH + 0.0003)] * 3 + [(WEST + 0.009, SOUTH + 0.0095)]
    for lon, lat in spots:
        insert_event(conn, lon=lon, lat=lat, reported_at=NOW - timedelta(days=2))
    body = client.get("/api/v1/coverage?region=510117&month=2026-11").json()
    conforms(body, described("/api/v1/coverage"))
    (grid,) = body["grids"]
    cells = cells_of(square(0))
    shifts = conn.execute(
        "select starts_at, least(ends_at, checked_out_at, %s) from ops.shifts where not cancelled", (NOW,)
    ).fetchall()
    days = dict.fromkeys(cells.places.tolist(), 0)
    for start, end in shifts:
        rows = conn.execute(
            "select lon, lat from ops.positions where fixed_at >= %s and fixed_at < %s and flags = 0",
            (start, end),
        ).fetchall()
        lon, lat = np.array(rows, dtype=np.float64).T
        for place in set(cells.at(lon, lat).tolist()) & set(days):
            days[place] += 1
    assert (grid["region"], grid["patrols"]) == (OWN, 4)
    assert dict(zip(grid["own"], grid["days"], strict=True)) == days
    assert sum(grid["events"]) == 4
    first = grid["blind_spots"][0]
    assert (first["events"], first["share"]) == (3, 0)
