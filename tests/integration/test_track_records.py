"""Tracks as files, on record, cut to the viewer; the day of a night shift, and the patrols of a month."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import gpxpy
import numpy as np
import pytest

from dashboard.domain.coverage import cells_of
from dashboard.domain.policy import DEMO, Role, Scope
from dashboard.embedded import PostgresServer
from dashboard.own_day import OwnDays
from dashboard.workers import Workers
from tests.builders import SOUTH, WEST, insert_event, insert_shift, insert_worker, put_setting, square
from tests.conftest import own_database
from tests.integration.patrolled import (
    HERE,
    MORNING,
    NOW,
    OWN,
    Site,
    off_shift,
    patrol,
    times_of,
)
from tests.integration.test_api import conforms, described


@pytest.fixture
def own(postgres: PostgresServer, patrolled_district: str) -> Iterator[Site]:
    """One that the test may change."""
    with own_database(postgres, patrolled_district) as url, Site.opened(url) as site:
        yield site


def test_files_hold_the_same_day(own: Site) -> None:
    raw = own.client.get("/api/v1/workers/W1/track?view=raw").json()
    clean = own.client.get("/api/v1/workers/W1/track").json()
    address = "/api/v1/workers/W1/track/file?form="
    gpx = own.client.get(address + "gpx")
    assert gpx.headers["content-type"] == "application/gpx+xml"
    assert "W1_2026-11-20.gpx" in gpx.headers["content-disposition"]
    (line,) = gpxpy.parse(gpx.text).tracks
    points = [point for segment in line.segments for point in segment.points]
    assert [point.time for point in points] == times_of(clean)
    assert len(line.segments) == len(clean["gaps"]) + 1
    body = json.loads(own.client.get(address + "geojson").text)
    kinds = [feature["properties"]["kind"] for feature in body["features"]]
    assert kinds == ["track", "stop", "stop", "gap"]
    assert sum(map(len, body["features"][0]["geometry"]["coordinates"])) == len(points)
    text = own.client.get(address + "csv&view=raw").content.decode("utf-8")
    assert text.startswith("\ufeff")
    said, _, rows = text[1:].partition("\r\n\r\n")
    table = list(csv.DictReader(io.StringIO(rows)))
    assert [datetime.fromisoformat(row["time"]) for row in table] == times_of(raw)
    assert {row["verdict"] for row in table} == {"sound"}
    assert [float(row["lon"]) * 1e6 for row in table] == pytest.approx(raw["points"]["x"], abs=0.6, rel=0)
    assert "水印" not in said


def test_files_say_who_took_them_and_carry_the_mark_that_administrators_want(own: Site) -> None:
    put_setting(own.conn, "watermark", {"exports": 1})
    mark, address = f"{DEMO.login} {NOW:%Y-%m-%d %H:%M}Z", "/api/v1/workers/W1/track/file?form="
    assert f"水印 {mark}" in (gpxpy.parse(own.client.get(address + "gpx").text).description or "")
    assert own.client.get(address + "geojson").json()["about"][0] == {"name": "水印", "value": mark}
    lines = list(csv.reader(io.StringIO(own.client.get(address + "csv").content.decode("utf-8-sig"))))
    assert lines[:2] == [["W1_2026-11-20"], ["水印", mark]]
    assert lines[2][0] == "制作人"
    assert DEMO.login in lines[2][1]


def test_who_may_not_see_tracks_is_refused_and_both_are_on_record(own: Site) -> None:
    assert own.client.get("/api/v1/workers/W1/track?day=2026-11-20").status_code == 200
    assert own.client.get("/api/v1/tracks?region=510117").status_code == 200
    own.services.viewer = replace(DEMO, roles=frozenset({Role.ANALYST}), login="analyst")
    for url in HERE[:10]:
        refused = own.client.get(url + ("&" if "?" in url else "?") + "lang=zh")
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "tracks_closed")
    lines = own.conn.execute(
        "select actor, what, about, outcome from board.audit where what in ('track.seen', 'coverage.seen') order by id"
    ).fetchall()
    assert lines[:2] == [("demo", "track.seen", "W1", "done")] * 2
    assert [line[0::3] for line in lines[2:]] == [("analyst", "refused")] * 10


def test_every_look_and_every_file_is_on_record(own: Site) -> None:
    for url in HERE[:10]:
        own.client.get(url)
    counts = dict(own.conn.execute("select what, count(*) from board.audit group by what").fetchall())
    assert counts == {"track.seen": 9, "export.made": 4, "coverage.seen": 1}


def test_a_worker_of_another_street_does_not_exist(own: Site) -> None:
    own.services.viewer = replace(DEMO, scope=Scope(streets=frozenset({"510117002"})))
    assert own.client.get("/api/v1/workers/W1/track").json()["error"]["code"] == "worker_unknown"
    assert own.client.get("/api/v1/workers/W1/track").status_code == 404
    assert own.client.get(f"/api/v1/tracks?region={OWN}").status_code == 404
    assert own.client.get("/api/v1/tracks?region=510117002").json()["workers"] == []
    own.services.viewer = replace(DEMO, scope=Scope(streets=frozenset({"510117001"})))
    assert own.client.get("/api/v1/workers/W1/track").status_code == 200


def test_after_midnight_the_day_of_a_night_shift_goes_on(own: Site) -> None:
    worker = insert_worker(own.conn, code="W9")
    began = datetime(2026, 11, 19, 14, 0, tzinfo=UTC)  # 22:00 in the district
    insert_shift(own.conn, worker, starts_at=began, ends_at=began + timedelta(hours=8), checked_in_at=began)
    herself = replace(DEMO, roles=frozenset({Role.FIELD_WORKER}), worker="W9")
    for hours, day in ((1, 19), (2.5, 19), (8, 20)):
        own.services.time = began + timedelta(hours=hours)
        found = [own.client.get("/api/v1/workers/W9/track").json()["day"]]
        found.append(own.client.get("/api/v1/workers/W9/week").json()["days"][-1]["day"])
        found.append(Workers(own.services.engine, own.services.now).person("W9", DEMO).day.isoformat())
        found.append(OwnDays(own.services.engine, own.services.now).day(herself).worked.day.isoformat())
        assert found == [f"2026-11-{day}"] * 4
    own.services.time = began + timedelta(hours=2.5)
    own.conn.execute(
        "update ops.shifts set checked_out_at = %s where worker_id = %s",
        (began + timedelta(hours=2.2), worker),
    )
    assert own.client.get("/api/v1/workers/W9/track").json()["day"] == "2026-11-20"


def test_a_month_of_patrols_equals_a_count_by_hand(own: Site) -> None:
    for back in (3, 7):
        start = MORNING - timedelta(days=back)
        insert_shift(
            own.conn, own.worker, starts_at=start, ends_at=start + timedelta(hours=4), checked_in_at=start
        )
        patrol(own.conn, own.worker, start, 30 * back)
        off_shift(own.conn, own.worker, [(start, start + timedelta(hours=4))])
    spots = [(WEST + 0.0003, SOUTH + 0.0003)] * 3 + [(WEST + 0.009, SOUTH + 0.0095)]
    for lon, lat in spots:
        insert_event(own.conn, lon=lon, lat=lat, reported_at=NOW - timedelta(days=2))
    body = own.client.get("/api/v1/coverage?region=510117&month=2026-11").json()
    conforms(body, described("/api/v1/coverage"))
    (grid,) = body["grids"]
    cells = cells_of(square(0))
    shifts = own.conn.execute(
        "select starts_at, least(ends_at, checked_out_at, %s) from ops.shifts where not cancelled", (NOW,)
    ).fetchall()
    days = dict.fromkeys(cells.places.tolist(), 0)
    for start, end in shifts:
        rows = own.conn.execute(
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
